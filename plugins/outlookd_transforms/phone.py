"""Phone numbers as a telephone needs them to recognise a caller, and as French CRMs show them.

A number that is not understood (a short number, an extension, two numbers in one cell) is never changed and never lost.
"""

from __future__ import annotations

import re
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

from outlookd import Transform, Value
from outlookd_transforms.values import each_text

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_HOME = "FR"
_HOME_CODE = 33
# Letters would be read as vanity numbers or extensions, and a slash may part two numbers: both are left to people.
_ONE_NUMBER = re.compile(r"\s*(?:\+|00|0|\(\+)[\d\s.()-]+")


class Phone:
    """``06 39 98 12 34`` and ``0033639981234`` become ``+33 6 39 98 12 34``; `national` gives the spelling of French CRMs back.

    A number needs its ``0``, ``00`` or ``+`` in front: nine bare digits may be a French number without its zero, or a foreign one.
    """

    def __init__(self, name: str, *, national: bool) -> None:
        self.name = name
        self._national = national

    def to_outlook(self, value: Value) -> Value:
        """International, with spaces."""
        return each_text(value, _international)

    def to_gopaas(self, value: Value) -> Value:
        """National for French numbers, international for others, with spaces."""
        return each_text(value, _national if self._national else _international)


@cache
def _library() -> ModuleType:
    """Its tables cost megabytes: only a process whose maps name a phone transform loads them."""
    import phonenumbers  # noqa: PLC0415 - see above

    return phonenumbers


def _international(text: str) -> str:
    library = _library()
    number = _parse(text)
    return str(library.format_number(number, library.PhoneNumberFormat.INTERNATIONAL)) if number is not None else text


def _national(text: str) -> str:
    library = _library()
    number = _parse(text)
    if number is None:
        return text
    style = library.PhoneNumberFormat
    return str(library.format_number(number, style.NATIONAL if number.country_code == _HOME_CODE else style.INTERNATIONAL))


def _parse(text: str) -> PhoneNumber | None:
    """The number, if it is one and has a length that its country uses.

    Not "is assigned to a subscriber": the numbers reserved for films, and those allotted last year, are not in the library's
    tables.
    """
    if not _ONE_NUMBER.fullmatch(text):
        return None
    library = _library()
    try:
        number = library.parse(text, _HOME)
    except library.NumberParseException:
        return None
    return number if library.is_possible_number(number) else None


TRANSFORMS: tuple[Transform, ...] = (
    Phone("phone_fr", national=True),
    Phone("phone_international", national=False),
)
