"""Which language a browser gets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar, assert_never

__all__ = ["Catalogue", "Language", "choose_language"]

_Words = TypeVar("_Words")


class Language(StrEnum):
    """The languages that every page is complete in; the values are what HTML calls them."""

    ENGLISH = "en"
    FRENCH = "fr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue(Generic[_Words]):
    """The words of one room, in every language."""

    english: _Words
    french: _Words

    def of(self, language: Language) -> _Words:
        """The words in that language."""
        match language:
            case Language.ENGLISH:
                return self.english
            case Language.FRENCH:
                return self.french
            case _:
                assert_never(language)


def choose_language(accept_language: str, chosen: str = "") -> Language:
    """What the person has `chosen`, else what the browser ranks highest among ours; English when it names neither."""
    if chosen in set(Language):
        return Language(chosen)
    best, best_weight = Language.ENGLISH, 0.0
    for part in accept_language.split(","):
        tag, _, parameter = part.partition(";")
        name = tag.strip().partition("-")[0].lower()
        weight = _weight(parameter)
        if name in set(Language) and weight > best_weight:
            best, best_weight = Language(name), weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
