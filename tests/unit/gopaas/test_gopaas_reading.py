from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.errors import (
    AccessDenied,
    CredentialsRefused,
    NotFound,
    OutlookdError,
    Rejected,
    ServerTrouble,
    Throttled,
    Unintelligible,
)
from outlookd.gopaas.reading import ListPage, key_of, read_list, read_row, read_token, refusal
from outlookd.gopaas.wire import Answer

ROWS = [{"cle": "a", "nom": "A"}]


def answer(value, status=200):
    return Answer(status=status, body=value if isinstance(value, bytes) else orjson.dumps(value))


@pytest.mark.parametrize(
    ("value", "total"),
    [
        ({"total": 32, "rows": ROWS}, 32),
        ({"total": "32", "rows": ROWS}, 32),
        ({"total": 32.0, "rows": ROWS}, 32),
        ({"total": None, "rows": ROWS}, None),
        ({"total": "", "rows": ROWS}, None),
        ({"rows": ROWS}, None),
        (ROWS, None),
    ],
)
def test_a_list_is_read_in_every_shape_that_was_seen(value, total):
    page = read_list(answer(value), "view v")
    assert (list(page.rows), page.total) == (ROWS, total)


@pytest.mark.parametrize(
    "value",
    [
        {"total": 0},
        {"msg": "Invalid version."},
        {"rows": None, "total": 0},
        {"rows": {}, "total": 0},
        {"rows": ["a"]},
        [["a"]],
        {"rows": [], "total": "many"},
        {"rows": [], "total": -1},
        {"rows": [], "total": 1.5},
        {"rows": [], "total": True},
        None,
        0,
        b"",
        b"<!DOCTYPE html><html></html>",
        b"\xef\xbb\xbf" + b"[]",
        b'{"rows": [{"cle": "a"',
        b'[{"cle": NaN}]',
    ],
)
def test_an_answer_in_an_unknown_shape_is_never_read_as_empty(value):
    with pytest.raises(Unintelligible):
        read_list(answer(value), "view v")


@pytest.mark.parametrize(
    "column",
    [
        ["cle", "nom"],
        [{"name": "cle"}, {"name": "nom", "type": "text"}],
        [{"field": "cle", "label": "Clé"}, {"field": "nom", "label": "Nom"}],
        {"cle": "Clé", "nom": "Nom"},
        {"cle": {"type": "text"}, "nom": {"type": "text"}},
        {"0": "cle", "1": "nom"},
        {"0": {"champ": "cle"}, "1": {"champ": "nom"}},
    ],
)
def test_the_description_of_columns_is_read_in_any_likely_shape(column):
    assert read_list(answer({"rows": [], "column": column}), "view v").columns == {"cle", "nom"}


@pytest.mark.parametrize(
    "column",
    [
        [{"name": "cle"}, {"name": "nom", "label": "Nom"}],
        [{"champ": "cle"}, {"champ": "nom", "libelle": "Nom"}],
        {"cle": {"type": "text"}, "nom": {"label": "Nom"}},
        {"cle": "", "nom": "Nom"},
        {"0": "cle", "1": {"id": "nom", "titre": "Nom"}},
    ],
)
def test_what_people_call_a_column_is_read_in_any_likely_shape(column):
    described = read_list(answer({"rows": [], "column": column}), "view v").described
    assert [(entry.names, entry.label) for entry in described] == [(("cle",), ""), (("nom",), "Nom")]


@pytest.mark.parametrize("column", [None, [], {}, "cle", 3, [1, 2]])
def test_a_description_that_names_nothing_says_nothing(column):
    assert read_list(answer({"rows": [], "column": column}), "view v").columns is None


@given(
    st.binary()
    | st.recursive(st.none() | st.integers() | st.text() | st.floats(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)).map(
        str
    )
)
def test_reading_any_bytes_gives_a_page_or_an_error_of_ours(body):
    try:
        page = read_list(Answer(status=200, body=body if isinstance(body, bytes) else body.encode(errors="replace")), "view v")
    except OutlookdError:
        return
    assert isinstance(page, ListPage)


@pytest.mark.parametrize(
    ("status", "error", "retryable"),
    [
        (302, Unintelligible, False),
        (400, Rejected, False),
        (401, CredentialsRefused, False),
        (403, AccessDenied, False),
        (404, NotFound, False),
        (413, Rejected, False),
        (429, Throttled, True),
        (500, ServerTrouble, True),
        (503, ServerTrouble, True),
        (504, ServerTrouble, True),
        (206, Unintelligible, False),
    ],
)
def test_each_status_stands_for_one_error(status, error, retryable):
    refused = refusal(answer({}, status), "view v")
    assert (type(refused), refused.retryable, refused.status) == (error, retryable, status)


def test_a_503_that_says_when_to_come_back_did_nothing():
    assert isinstance(refusal(Answer(status=503, body=b"", retry_after=3.0), "view v"), Throttled)


def test_a_documented_text_is_repeated():
    assert "Invalid version." in str(refusal(answer({"msg": "Invalid version."}, 400), "view v"))


def test_an_undocumented_text_may_quote_somebody_and_is_not_repeated():
    assert "jeanne" not in str(refusal(answer({"msg": "Duplicate value jeanne@example.test"}, 400), "view v"))


@pytest.mark.parametrize(("cle", "key"), [("a", "a"), (7, "7"), (None, ""), (" ", ""), (True, ""), (1.5, ""), ([], "")])
def test_a_key_is_text_or_a_number(cle, key):
    assert key_of({"cle": cle}) == key


@pytest.mark.parametrize("value", [{"cle": "a"}, [{"cle": "a"}]])
def test_a_record_is_read_bare_or_alone_in_a_list(value):
    assert read_row(answer(value)) == {"cle": "a"}


@pytest.mark.parametrize("value", [[], {}, None, {"cle": None}, {"cle": ""}, [{"cle": "a"}, {"cle": "b"}], {"msg": "x"}, b"<html>"])
def test_what_is_no_record_is_not_read_as_one(value):
    assert read_row(answer(value)) is None


@pytest.mark.parametrize(
    ("said", "life"), [("60", 60.0), (60, 60.0), ("1", 1.0), (None, None), ("soon", None), ("nan", None), ("inf", None)]
)
def test_the_life_of_a_token_may_be_a_string_or_missing(said, life):
    assert read_token(answer({"access_token": "t", "expires_in": said}), "token call").life == life


@pytest.mark.parametrize(
    "value", [{}, [], {"access_token": ""}, {"access_token": "a\r\nb"}, {"access_token": 5}, {"access_token": "é"}]
)
def test_a_token_that_no_header_can_carry_is_unintelligible(value):
    with pytest.raises(Unintelligible):
        read_token(answer(value), "token call")


def test_a_throttle_and_an_outage_say_when_to_try_again():
    assert "in 2 minutes or later" in refusal(Answer(status=429, body=b"", retry_after=90), "view v").hint
    assert "in a few minutes" in refusal(Answer(status=500, body=b""), "view v").hint


def test_json_that_is_no_list_says_which_setting_to_look_at():
    with pytest.raises(Unintelligible) as caught:
        read_list(Answer(status=200, body=b'{"status": "ok"}'), "view v")
    assert "gopaas.url" in caught.value.hint
