"""Entra's codes: who must act."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.entra.aadsts import Trouble, classify, read_code, token_error
from outlookd.errors import CredentialsRefused, ServerTrouble, SignInNeeded, Unintelligible

CANARY = "CANARY for someone@example.test"


@pytest.mark.parametrize("code", [50076, 50173, 700082, 70008, 53003, 65001, 90094, 50057])
def test_a_code_that_this_user_can_clear_asks_for_a_sign_in(code: int) -> None:
    error = token_error({"error": "invalid_grant", "error_codes": [code], "error_description": CANARY}, login="alice")
    assert isinstance(error, SignInNeeded)
    assert error.code == f"AADSTS{code}"


@pytest.mark.parametrize("code", [7000215, 7000222, 7000218, 7000112, 700016, 90002, 500011, 50011])
def test_a_code_of_the_registration_says_what_the_operator_must_do(code: int) -> None:
    error = token_error({"error": "invalid_client", "error_codes": [code], "error_description": CANARY}, login="alice")
    assert isinstance(error, CredentialsRefused)
    assert len(error.hint) > 30


def test_the_code_beats_the_word() -> None:
    assert classify({"error": "invalid_grant", "error_codes": [7000222]}) is Trouble.OPERATOR


def test_a_known_code_beats_an_unknown_one_before_it() -> None:
    answer = {"error": "invalid_grant", "error_codes": [999999, 50196]}
    assert classify(answer) is Trouble.TRANSIENT
    assert read_code(answer) == "AADSTS50196"


def test_an_unknown_code_falls_back_to_the_word() -> None:
    assert classify({"error": "invalid_grant", "error_codes": [123456]}) is Trouble.SIGN_IN


def test_busy_is_retryable() -> None:
    assert isinstance(token_error({"error": "temporarily_unavailable"}, login="a"), ServerTrouble)


def test_an_answer_that_says_nothing_known_is_unintelligible() -> None:
    assert isinstance(token_error({"error": "surprise", "error_codes": [123456]}, login="a"), Unintelligible)


def test_a_login_with_a_space_gives_a_command_that_can_be_pasted() -> None:
    assert "outlookd connect 'jean paul'" in str(token_error({"error": "invalid_grant"}, login="jean paul"))


@given(
    answer=st.fixed_dictionaries(
        {},
        optional={
            "error": st.text(),
            "error_codes": st.one_of(st.none(), st.lists(st.integers() | st.text())),
            "error_description": st.text(),
            "trace_id": st.text(),
        },
    )
)
def test_no_answer_can_put_its_own_words_into_a_code(answer: dict[str, object]) -> None:
    code = read_code(answer)
    assert code.isascii()
    assert "\n" not in code
    assert code == "" or code.startswith("AADSTS") or code == answer["error"]
