"""Who wins when two people changed the same thing (design rule 4). Policies are chosen by name in the settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Protocol

from outlookd.core.model import Link, Origin, Record, Side

CLOCK_TOLERANCE = timedelta(minutes=2)
"""Two modification times closer than this are simultaneous: the two clocks are not the same clock."""


class Policy(Protocol):
    """A named, pure choice between two edits of one field group."""

    name: str

    def choose(self, link: Link, gopaas: Record, outlook: Record) -> Side | None:
        """The side whose value both will show; None holds the group for a person to decide."""
        ...


class Newest:
    """The later edit, where both sides know the second and differ by more than two minutes; else the side of birth.

    GoPaaS contacts often carry a day without an hour: a morning edit there and an afternoon edit in Outlook are simultaneous.
    """

    name = "newest"

    def choose(self, link: Link, gopaas: Record, outlook: Record) -> Side | None:
        """The later edit, or the side of birth."""
        if gopaas.modified and outlook.modified and gopaas.modified_exact and outlook.modified_exact:
            distance = gopaas.modified - outlook.modified
            if abs(distance) > CLOCK_TOLERANCE:
                return Side.GOPAAS if distance > timedelta(0) else Side.OUTLOOK
        return birth_side(link)


class Always:
    """One side always wins."""

    def __init__(self, side: Side) -> None:
        self.name = str(side)
        self._side = side

    def choose(self, link: Link, gopaas: Record, outlook: Record) -> Side | None:
        """That side."""
        del link, gopaas, outlook
        return self._side


class Hold:
    """Nobody wins: the group stays as it is on both sides until a person decides."""

    name = "hold"

    def choose(self, link: Link, gopaas: Record, outlook: Record) -> Side | None:
        """Nobody."""
        del link, gopaas, outlook
        return None


BUILT_IN: Mapping[str, Policy] = MappingProxyType(
    {policy.name: policy for policy in (Newest(), Always(Side.GOPAAS), Always(Side.OUTLOOK), Hold())}
)


def birth_side(link: Link) -> Side:
    """Where the pair was born; an adopted pair counts as born in GoPaaS, which is the system of record."""
    return Side.OUTLOOK if link.origin is Origin.OUTLOOK else Side.GOPAAS
