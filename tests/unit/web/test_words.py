"""The words: which language, which plural, and that no text is missing, empty or badly punctuated in either."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.entra import Reason
from outlookd.web import words
from outlookd.web.outcomes import STATUS, Outcome
from outlookd.web.words import Catalogue, Counted, Language, Speech, choose_language
from outlookd.web.words.connect import CONNECT
from outlookd.web.words.foreign import LONGEST_VALUE, LONGEST_WHOLE, quoted

NOW = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
PLACES = re.compile(r"{\w+}")


def catalogues() -> Iterator[tuple[str, Catalogue[Any]]]:
    """Those of every module there is, so that a new room's words are judged without anybody adding them here."""
    known: set[int] = set()
    for found in pkgutil.iter_modules(words.__path__):
        module = importlib.import_module(f"{words.__name__}.{found.name}")
        for name, value in vars(module).items():
            if isinstance(value, Catalogue) and id(value) not in known:  # one module may use another's words
                known.add(id(value))
                yield f"{found.name}.{name}", value


def texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a value, with the way to it."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key in sorted(value, key=str):
            yield from texts(value[key], f"{name}[{key}]")
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name), f"{name}.{field.name}")


CATALOGUES = dict(catalogues())
CHANCE = {("GoPaaS", "GoPaaS"), ("Outlook", "Outlook"), ("Held back", "Retenu")}
"""Alike in both languages without being one thing: names, and a heading that reads like a state."""
EVERY_ROOM = pytest.mark.parametrize("words", CATALOGUES.values(), ids=CATALOGUES)


@EVERY_ROOM
def test_both_languages_have_the_same_texts_with_the_same_places(words: Catalogue[Any]) -> None:
    english, french = dict(texts(words.english)), dict(texts(words.french))
    assert english.keys() == french.keys()
    assert not [name for name in english if not english[name].strip() or not french[name].strip()]
    assert not [name for name in english if sorted(PLACES.findall(english[name])) != sorted(PLACES.findall(french[name]))]


def test_what_is_called_the_same_in_two_rooms_is_written_once() -> None:
    rooms: dict[tuple[str, str], set[str]] = {}
    for room, each in CATALOGUES.items():
        for english, french in zip(texts(each.english), texts(each.french), strict=True):
            rooms.setdefault((english[1], french[1]), set()).add(room)
    assert {pair: found for pair, found in rooms.items() if len(found) > 1}.keys() == CHANCE


@EVERY_ROOM
def test_french_puts_a_narrow_no_break_space_before_double_punctuation(words: Catalogue[Any]) -> None:
    assert not [text for _, text in texts(words.french) if re.search(r"(?<!\u202f)[:;?!](?!//)", text)]


@EVERY_ROOM
def test_no_text_uses_a_typewriters_apostrophe_in_french(words: Catalogue[Any]) -> None:
    assert not [text for _, text in texts(words.french) if re.search(r"\w'\w", text)]


@pytest.mark.parametrize("words", [CONNECT.english, CONNECT.french], ids=["en", "fr"])
def test_every_outcome_of_a_sign_in_has_a_text_and_a_status(words: Any) -> None:
    assert set(words.endings) == set(Outcome) == set(STATUS)
    assert {reason.value for reason in Reason} < {outcome.value for outcome in Outcome}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("en-GB,en;q=0.9,fr;q=0.8", "en"),
        ("de,fr;q=0.5,en;q=0.3", "fr"),
        ("de", "en"),
        ("", "en"),
        ("en;q=0,fr;q=0.1", "fr"),
    ],
)
def test_the_language_is_the_one_the_browser_ranks_highest(header: str, language: str) -> None:
    assert choose_language(header) == language


def test_what_a_person_chose_counts_more_than_the_browser() -> None:
    assert choose_language("fr", "en") is Language.ENGLISH
    assert choose_language("fr", "xx") is Language.FRENCH


@given(st.text(), st.text())
def test_no_language_header_is_a_crash(header: str, chosen: str) -> None:
    assert choose_language(header, chosen) in set(Language)


def speech(language: Language) -> Speech:
    return Speech(language=language, zone=PARIS, now=NOW)


THINGS = Counted(one="{n} thing", many="{n} things")


@pytest.mark.parametrize(
    ("language", "number", "text"),
    [
        (Language.FRENCH, 0, "0 thing"),
        (Language.ENGLISH, 0, "0 things"),
        (Language.FRENCH, 1, "1 thing"),
        (Language.ENGLISH, 1, "1 thing"),
        (Language.FRENCH, 2, "2 things"),
        (Language.FRENCH, 12345, "12\u202f345 things"),
        (Language.ENGLISH, 1_000_000, "1,000,000 things"),
    ],
)
def test_nothing_is_singular_in_french_and_plural_in_english(language: Language, number: int, text: str) -> None:
    assert speech(language).count(THINGS, number) == text


def test_a_number_that_is_only_a_lower_bound_says_so() -> None:
    assert speech(Language.FRENCH).count(THINGS, 500, more=True) == "500+ things"


@pytest.mark.parametrize(
    ("language", "moment", "text"),
    [
        (Language.ENGLISH, datetime(2026, 11, 22, 13, 5, tzinfo=UTC), "14:05"),
        (Language.FRENCH, datetime(2026, 11, 22, 23, 30, tzinfo=UTC), "23 novembre à 00:30"),
        (Language.FRENCH, datetime(2026, 8, 1, 7, 0, tzinfo=UTC), "1er août à 09:00"),
        (Language.ENGLISH, datetime(2025, 3, 2, 7, 0, tzinfo=UTC), "2 March 2025, 08:00"),
    ],
)
def test_a_moment_is_told_in_the_applications_zone_and_no_longer_than_needed(
    language: Language, moment: datetime, text: str
) -> None:
    assert speech(language).when(moment) == text


LONG = "the same words again and again, " * 20


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{LONG}yes", f"{LONG}no"),
        (LONG, f"{LONG}and more"),
        (f"a{LONG}", f"b{LONG}"),
        (f"{LONG}x{LONG}", f"{LONG}y{LONG}"),
        ("line one\nline two", "line one line two"),
        ("two  spaces", "two spaces"),
    ],
)
def test_two_values_that_differ_can_be_told_apart_without_unfolding_them(one: str, other: str) -> None:
    first, second = Speech(language=Language.ENGLISH, zone=PARIS, now=NOW).values(one, other)
    assert first.text != second.text
    assert {first.whole or first.text, second.whole or second.text} == {one, other}


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_value_however_odd_turns_and_hides_nothing(one: str, other: str) -> None:
    for found in quoted(one, other):
        assert (found.text + found.whole).replace("\n", "").isprintable()
        assert len(found.text) <= LONGEST_VALUE + 2


def test_a_value_without_end_is_cut() -> None:
    (found, _) = quoted("x" * (LONGEST_WHOLE + 1), "")
    assert (len(found.whole), found.whole[-1]) == (LONGEST_WHOLE + 1, "…")
