"""What an answer means is told by status and code, never by text."""

from __future__ import annotations

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd import errors as ours
from outlookd.graph.errors import NotSent, codes_of, may_have_happened, no_answer, refusal


def body(code, *inner, key="innerError"):
    node = None
    for name in reversed(inner):
        node = {"code": name} | ({key: node} if node else {})
    return {"error": {"code": code, "message": "pat@example.com", **({key: node} if node else {})}}


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [
        (401, body("InvalidAuthenticationToken"), ours.CredentialsRefused),
        (403, body("ErrorAccessDenied"), ours.AccessDenied),
        (403, body("Authorization_RequestDenied"), ours.AccessDenied),
        (403, None, ours.AccessDenied),
        (404, body("ErrorItemNotFound"), ours.NotFound),
        (404, body("erroritemNOTfound"), ours.NotFound),
        (400, body("ErrorInvalidIdMalformed"), ours.NotFound),
        (404, body("ErrorSyncFolderNotFound"), ours.NotFound),
        (404, body("MailboxNotEnabledForRESTAPI"), ours.MailboxUnusable),
        (404, body("MailboxNotSupportedForRESTAPI"), ours.MailboxUnusable),
        (404, body("Request_ResourceNotFound"), ours.MailboxUnusable),
        (404, body("ErrorInvalidUser"), ours.MailboxUnusable),
        (404, body("NotFound", "MailboxNotEnabledForRESTAPI"), ours.MailboxUnusable),
        (404, body("UnknownError", "Wrapper", "ErrorItemNotFound", key="innererror"), ours.NotFound),
        (503, body("ErrorMailboxMoveInProgress"), ours.MailboxMoving),
        (507, body("ErrorQuotaExceeded"), ours.MailboxUnusable),
        (507, None, ours.MailboxUnusable),
        (410, body("SyncStateNotFound"), ours.WatermarkExpired),
        (400, body("syncStateInvalid"), ours.WatermarkExpired),
        (410, body("resyncRequired"), ours.WatermarkExpired),
        (410, None, ours.WatermarkExpired),
        (412, body("ErrorIrresolvableConflict"), ours.Stale),
        (409, body("ErrorIrresolvableConflict"), ours.Stale),
        (412, None, ours.Stale),
        (409, body("ErrorFolderExists"), ours.Rejected),
        (400, body("ErrorFolderExists"), ours.Rejected),
        (400, body("RequestBodyRead"), ours.Rejected),
        (413, None, ours.Rejected),
        (429, body("TooManyRequests"), ours.Throttled),
        (429, body("ErrorItemNotFound"), ours.Throttled),
        (503, body("ApplicationThrottled"), ours.Throttled),
        (509, None, ours.Throttled),
        (500, body("ErrorInternalServerError"), ours.ServerTrouble),
        (503, None, ours.ServerTrouble),
        (504, b"<html>", ours.ServerTrouble),
        (302, None, ours.Unintelligible),
    ],
)
def test_status_and_codes_decide(status, answer, kind):
    assert type(refusal(status, answer)) is kind


def test_a_404_with_no_known_code_is_no_evidence_of_a_deletion():
    assert type(refusal(404, body("SomethingNew"))) is ours.Unintelligible
    assert type(refusal(404, None)) is ours.Unintelligible


def test_a_404_on_a_wrong_path_says_which_setting_to_look_at():
    assert "graph.url" in refusal(404, body("BadRequest")).hint


def test_a_mailbox_that_is_being_moved_is_waited_for_and_says_so():
    error = refusal(503, body("ErrorMailboxMoveInProgress"))
    assert (error.exit_status, error.retryable) == (75, True)
    assert "moving the mailbox" in error.hint
    assert "licensed" not in error.hint


@pytest.mark.parametrize(
    ("seconds", "when"), [(3600, "in 60 minutes or later"), (20, "in 1 minute or later"), (None, "in a few minutes")]
)
def test_a_throttle_says_when_to_try_again(seconds, when):
    assert f"a run {when} " in refusal(429, None, retry_after=seconds).hint


def test_503_with_retry_after_is_a_throttle():
    assert type(refusal(503, None, retry_after=4)) is ours.Throttled


def test_the_innermost_known_code_is_the_one_reported():
    error = refusal(404, body("NotFound", "ErrorItemNotFound", "Unheard"))
    assert error.code == "ErrorItemNotFound"


def test_graphs_own_text_is_never_passed_on():
    error = refusal(400, body("pat@example.com has no mailbox"), request_id="abc")
    assert "pat" not in f"{error} {error.code} {error.hint}"
    assert error.request_id == "abc"


json = st.recursive(
    st.none() | st.text(max_size=5) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "code", "innererror", "innerError", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(json, st.integers(300, 599))
def test_no_error_body_whatever_its_shape_breaks_us(answer, status):
    assert isinstance(refusal(status, answer), ours.RemoteError)


def test_nesting_without_end_is_cut():
    node = {"code": "x"}
    node["innerError"] = node
    assert len(list(codes_of({"error": node}))) < 20


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (aiohttp.ConnectionTimeoutError(), NotSent),
        (aiohttp.ServerDisconnectedError(), ours.Unreachable),
        (aiohttp.ClientPayloadError("https://graph.example.com/?$deltatoken=secret"), ours.Unreachable),
        (TimeoutError(), ours.Unreachable),
    ],
)
def test_a_request_without_answer_is_unreachable_and_shows_no_address(error, kind):
    made = no_answer(error)
    assert type(made) is kind
    assert "secret" not in str(made)


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (NotSent("x", service="graph"), False),
        (ours.Unreachable("x", service="graph"), True),
        (ours.ServerTrouble("x", service="graph"), True),
        (ours.Unintelligible("x", service="graph"), True),
        (ours.Throttled("x", service="graph"), False),
        (ours.Stale("x", service="graph"), False),
        (ours.SignInNeeded("x", user="pat"), False),
    ],
)
def test_only_silence_and_server_trouble_leave_a_write_in_doubt(error, answer):
    assert may_have_happened(error) is answer
