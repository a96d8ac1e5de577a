"""How a language counts, writes numbers, says when, and yes and no. Knows no page and no clock: `now` is given.

Babel was the alternative: ten megabytes of tables for two languages, of which we need two plural rules and twelve months.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from outlookd.core.model import Value
from outlookd.web.words.foreign import Quoted, quoted, shown
from outlookd.web.words.languages import Language

__all__ = ["COLON", "NARROW", "Counted", "Speech"]

NARROW = "\u202f"
"""The narrow no-break space of French: before ``: ; ! ?`` and between thousands."""

COLON = {Language.ENGLISH: ": ", Language.FRENCH: f"{NARROW}: "}
"""Between a name and what is said of it."""

_MONTHS = {
    Language.ENGLISH: "January February March April May June July August September October November December",
    Language.FRENCH: "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
_THOUSANDS = {Language.ENGLISH: ",", Language.FRENCH: NARROW}
_YES_NO = {Language.ENGLISH: {True: "yes", False: "no"}, Language.FRENCH: {True: "oui", False: "non"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A text with a number in it, at ``{n}``, for one thing and for several."""

    one: str
    many: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """One language at one moment, in the zone in which times are told. `now` is aware."""

    language: Language
    zone: tzinfo
    now: datetime

    def number(self, value: int) -> str:
        """`value` with its thousands set apart."""
        return f"{value:,}".replace(",", _THOUSANDS[self.language])

    def count(self, text: Counted, value: int, *, more: bool = False) -> str:
        """The text for that many. Nothing is singular in French and plural in English. `more`: at least so many, ``500+``."""
        singular = value < 2 if self.language is Language.FRENCH else value == 1
        form = text.one if singular and not more else text.many
        return form.format(n=f"{self.number(value)}+" if more else self.number(value))

    def value(self, value: Value) -> str:
        """A field's value as text, in one line; nothing for none."""
        return shown(self._text(value))

    def values(self, one: Value, other: Value) -> tuple[Quoted, Quoted]:
        """Two values of a field beside each other, so that they can be told apart however long they are."""
        return quoted(self._text(one), self._text(other))

    def _text(self, value: Value) -> str:
        match value:
            case None:
                return ""
            case bool():
                return _YES_NO[self.language][value]
            case tuple():
                return "; ".join(value)
            case _:
                return str(value)

    def when(self, moment: datetime) -> str:
        """The time of day, preceded by the date unless that is today; the year unless that is this one."""
        local, today = moment.astimezone(self.zone), self.now.astimezone(self.zone)
        if local.date() == today.date():
            return f"{local:%H:%M}"
        month = _MONTHS[self.language].split()[local.month - 1]
        # French says "1er", and only of the first.
        day = "1er" if self.language is Language.FRENCH and local.day == 1 else str(local.day)
        year = "" if local.year == today.year else f" {local.year}"
        joint = " à " if self.language is Language.FRENCH else ", "
        return f"{day} {month}{year}{joint}{local:%H:%M}"
