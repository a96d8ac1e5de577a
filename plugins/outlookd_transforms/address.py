"""French postal addresses kept in one cell."""

from __future__ import annotations

import re
from dataclasses import dataclass

from outlookd import BadRecord, Transform, Value

_BREAKS = re.compile(r"\s*[,\n]\s*")
_CITY_LINE = re.compile(r"(?:^|(?<=[\s,]))(?:F[- ]?)?(?P<code>\d{5})\s+(?P<city>[^\d\s,][^\n,]*)")


class AddressLines:
    """``12 rue de la Paix, Bât. B`` in GoPaaS, one line per part in Outlook, as on an envelope."""

    name = "address_fr"

    def to_outlook(self, value: Value) -> Value:
        """Commas become line ends."""
        return _joined(value, "\n")

    def to_gopaas(self, value: Value) -> Value:
        """Line ends become commas."""
        return _joined(value, ", ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The parts of an address in one cell. Without a postal code in it, everything is the street."""

    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None


class AddressPart:
    """One part of an address in one cell, so that one column can feed street, postal code and city. An export only.

    The way back is refused: a city alone cannot be put into the cell without losing the street.
    """

    def __init__(self, part: str) -> None:
        self.name = f"address_fr_{part}"
        self._part = part

    def to_outlook(self, value: Value) -> Value:
        """That part, or None when the cell does not show it."""
        found: str | None = getattr(read_address(value), self._part) if isinstance(value, str) else None
        return found

    def to_gopaas(self, value: Value) -> Value:
        """Raises BadRecord: see the class."""
        del value
        raise BadRecord(f"{self.name} reads one part of a cell and cannot write it back")


def read_address(cell: str) -> Address:
    """Take a cell apart at its last "75002 Paris"; what follows the city is the country."""
    matches = list(_CITY_LINE.finditer(cell))
    if not matches:
        return Address(street=_lines(cell))
    last = matches[-1]
    return Address(
        street=_lines(cell[: last.start()]),
        postal_code=last["code"],
        city=last["city"].strip(" -") or None,
        country=_lines(cell[last.end() :]),
    )


def _lines(text: str) -> str | None:
    parts = (part.strip(" -") for part in _BREAKS.split(text))
    return "\n".join(part for part in parts if part) or None


def _joined(value: Value, glue: str) -> Value:
    if not isinstance(value, str):
        return value
    return glue.join(part for part in _BREAKS.split(value.strip()) if part) or None


TRANSFORMS: tuple[Transform, ...] = (
    AddressLines(),
    *(AddressPart(part) for part in ("street", "postal_code", "city", "country")),
)
