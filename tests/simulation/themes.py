"""What some histories are about: one subject of which much more happens than by chance, so that rare rules are met often.

Knows acts by their names only. Which history has which theme is drawn in `circumstances.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CONTACTS, CALENDAR = "contact", "calendar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """How such histories differ: `acts` says how often an act happens, `opening` what happened before the first run, and `settings`, `quirks` and
    `things` stand in place of what was drawn. `mishaps` are the misfortunes there may be (none: any). `long_texts`: people write at length."""

    name: str
    type: str
    acts: Mapping[str, int] = field(default_factory=dict)
    opening: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    quirks: Mapping[str, Any] = field(default_factory=dict)
    things: int = 0
    mishaps: tuple[str, ...] = ()
    long_texts: bool = False


NOTHING = Theme(name="", type="")
THEMES = (
    Theme(
        name="long texts",
        type=CONTACTS,
        acts={"edit_contact": 25},
        settings={"direction": "both"},
        quirks={"max_length": 60},
        mishaps=("people act during the run",),
        long_texts=True,
    ),
    Theme(name="two at once", type=CALENDAR, acts={"edit_both": 40}, settings={"direction": "both"}),
    Theme(
        name="edited here, deleted there",
        type=CALENDAR,
        acts={"edit_row_delete_event": 30, "edit_event_delete_row": 30, "add_event": 10},
        opening=("add_event", "add_event"),
        settings={"direction": "both"},
    ),
    Theme(
        name="touched exports",
        type=CONTACTS,
        acts={"touch_and_leave": 40, "note_on_contact": 10, "add_photo": 8, "leave_view": 10},
        settings={"direction": "to_outlook", "on_view_exit": "delete", "on_outlook_delete": "detach"},
    ),
    Theme(
        name="online meetings",
        type=CALENDAR,
        acts={"note_on_online_meeting": 40, "make_online": 10, "edit_row": 10},
        opening=("add_event",),
        settings={"direction": "both"},
    ),
    Theme(
        name="whole days",
        type=CALENDAR,
        acts={"add_whole_day": 20, "add_whole_day_event": 25, "make_whole_day": 20, "reschedule_row": 15},
        opening=("add_whole_day_event", "add_whole_day"),
        settings={"direction": "both"},
    ),
    Theme(
        name="series",
        type=CALENDAR,
        acts={"add_series": 20, "shift_series": 25, "edit_occurrence": 10, "edit_row": 20},
        opening=("add_series",),
        settings={"direction": "both", "recurrence": "occurrences"},
        things=1,
    ),
    Theme(
        name="private events",
        type=CALENDAR,
        acts={"add_private_event": 30, "make_private": 10, "edit_event": 20},
        opening=("add_private_event",),
        settings={"direction": "both"},
    ),
    Theme(
        name="postponed",
        type=CALENDAR,
        acts={"postpone_row": 40, "leave_view": 8},
        settings={"direction": "both", "on_view_exit": "delete"},
    ),
    Theme(
        name="what the old button left: contacts",
        type=CONTACTS,
        acts={"add_row": 10},
        opening=("leave_old_contact", "leave_old_contact"),
    ),
    Theme(
        name="what the old button left: events",
        type=CALENDAR,
        opening=("leave_old_event", "leave_old_event", "leave_look_alike"),
        settings={"direction": "both"},
    ),
    Theme(
        name="mass exit",
        type=CONTACTS,
        acts={"mass_exit": 40},
        settings={"direction": "to_outlook", "on_view_exit": "delete", "on_outlook_delete": "detach"},
        things=10,
    ),
    Theme(
        name="listings that lie",
        type=CALENDAR,
        settings={"direction": "both", "on_view_exit": "delete", "on_outlook_delete": "set:gestion_par=retire"},
        mishaps=(
            "page shifts while it is read",
            "silently empty page",
            "gopaas empty page with 200",
            "gopaas empty list with 200",
            "gopaas item empty with 200",
            "graph item 404 on a read",
            "graph 404 from a proxy",
        ),
    ),
    Theme(
        name="moved elsewhere",
        type=CALENDAR,
        acts={"move_event_away": 40, "move_event_back": 10},
        settings={"direction": "both", "on_outlook_delete": "set:gestion_par=retire"},
    ),
    Theme(
        name="guests",
        type=CALENDAR,
        acts={"invite": 30, "edit_row": 40, "reschedule_row": 10},
        settings={"direction": "both"},
    ),
    Theme(
        name="cut off while something is made",
        type=CONTACTS,
        acts={"add_stranger": 60},
        settings={"direction": "both"},
        mishaps=("process killed", "gopaas answer lost", "gopaas 500 after the effect"),
    ),
    Theme(
        name="hostile texts",
        type=CALENDAR,
        acts={"add_event": 30, "edit_event": 40},
        settings={"direction": "both"},
    ),
    Theme(
        name="impossible records",
        type=CALENDAR,
        acts={"add_impossible_row": 40, "break_row": 20},
        settings={"direction": "both"},
    ),
)
