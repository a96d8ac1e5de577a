"""How this GoPaaS deviates today: every switch of the simulated CRM's API, with its allowed values.

GoPaaS's documentation leaves these answers open (gopaas.md, "Shapes"), so a client must live with all of them. Knows nothing of
HTTP or of rows; `listing.py`, `gopaas.py` and `crm.py` read it. Graph's and Entra's own switches are in `switches.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

CHOICES: Mapping[str, tuple[str, ...]] = {
    "missing_key": ("200 []", "200 {}", "200 null", "404", "500"),
    "total": ("int", "text", "missing"),
    "column_shape": ("object", "list"),
    "drift": ("none", "move", "insert", "delete"),
    "unknown_column": ("reject", "ignore"),
    "empty_cell": ("text", "null"),
}
"""What the switches that are words may be set to."""


@dataclass(slots=True, kw_only=True)
class Quirks:
    """The current behaviour. Mutable: tests and the control page turn these while the sandbox runs."""

    missing_key: Literal["200 []", "200 {}", "200 null", "404", "500"] = "200 []"
    """What ``api/item`` answers for a key that does not exist."""
    total: Literal["int", "text", "missing"] = "int"
    """How a listing counts itself."""
    bare_list: bool = False
    """A listing is its rows alone, without an object around them."""
    numbers_as_text: bool = False
    """Numbers are written as texts."""
    empty_cell: Literal["text", "null"] = "text"
    """An empty cell is an empty text, or null."""
    formatted_dates: bool = False
    """Every view shows dates as dd/mm/yyyy."""
    column_shape: Literal["object", "list"] = "object"
    """The form of what ``columns: on`` adds."""
    drift: Literal["none", "move", "insert", "delete"] = "none"
    """What happens in the CRM after the first page of the next listing, once: the last row moves to the top (with two pages, one
    row comes twice and the moved one never), a row is inserted on top, or the first row is deleted."""
    empty_page: int = 0
    """The number of a page that is answered empty, without an error; 0 for none."""
    page_cap: int = 1000
    """The most rows a page may have, whatever was asked for."""
    unknown_column: Literal["reject", "ignore"] = "reject"
    """What a write to a column that does not exist gets."""
    trim: bool = False
    """Blanks around a text are lost on write."""
    max_length: int = 0
    """Longer texts are cut on write; 0 for no limit."""
    trash: bool = True
    """A deleted row goes to the trash can, from which a person can take it out again."""

    def turn(self, changes: Mapping[str, Any]) -> None:
        """Set several switches by name, all or none. Raises ValueError for an unknown name, a wrong type or a wrong value."""
        current = asdict(self)
        for name, value in changes.items():
            if name not in current:
                raise ValueError(f"there is no switch {name!r}")
            if type(value) is not type(current[name]):
                raise ValueError(f"switch {name!r} wants {type(current[name]).__name__}, not {type(value).__name__}")
            if value not in CHOICES.get(name, (value,)):
                raise ValueError(f"switch {name!r} is one of {', '.join(CHOICES[name])}")
            if isinstance(value, int) and value < (name == "page_cap"):
                raise ValueError(f"switch {name!r} is too small")
        for name, value in changes.items():
            setattr(self, name, value)

    def dump(self) -> dict[str, Any]:
        """The current setting of every switch."""
        return asdict(self)
