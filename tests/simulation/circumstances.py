"""What a history begins with, drawn from its seed: who takes part, which jobs with which settings, how the services behave.

Pure draws; nothing is built here. Every drawer of chances has a generator of its own (`chance`), so that leaving out one kind of event does
not change the others: that is what the comparisons of `comparisons.py` rest on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from outlookd.sandbox.seed import CALENDAR_MAP, CLAIRE, CONTACT_MAP, PAUL
from simulation.themes import CALENDAR, CONTACTS, NOTHING, THEMES, Theme

RETIRED = "gestion_par"
"""The column that `on_outlook_delete` sets: no map names it and no person writes it."""
RETIRED_VALUE = "retire"

FIELDS = {
    "givenName": "prenom",
    "surname": "nom",
    "emailAdresses": "email",
    "mobilePhone": "telephone",
    "birthday": "date_naissance",
    "jobTitle": "fonction",
    "companyName": "societe",
    "city": "ville",
}
assert FIELDS.items() <= CONTACT_MAP.items()
AGENDA_FIELDS = {**CALENDAR_MAP, "location": "lieu"}

THEMED = 0.4
"""So many histories have a theme."""


def chance(seed: int, purpose: str) -> Random:
    """The generator of one drawer of chances; the same for the same two, in any process."""
    return Random(f"{seed}/{purpose}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """One job of a history: whose, of which type, and every setting that is not the default."""

    login: str
    type: str
    settings: Mapping[str, Any]

    @property
    def direction(self) -> str:
        """Which way it writes."""
        return str(self.settings["direction"])

    @property
    def name(self) -> str:
        """In words."""
        return f"{self.login}'s {self.type} job"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Everything that holds from the beginning to the end. `skew` is how many seconds our clock is ahead of the services'."""

    seed: int
    parts: tuple[Part, ...]
    things: int
    skew: float
    quirks: Mapping[str, Any] = field(default_factory=dict)
    switches: Mapping[str, Any] = field(default_factory=dict)
    theme: Theme = NOTHING

    @property
    def logins(self) -> tuple[str, ...]:
        """Whose jobs there are."""
        return tuple(dict.fromkeys(part.login for part in self.parts))

    @property
    def of_application(self) -> bool:
        """Whether the application calls for everybody. With two users it does: then an address tells whose request it is."""
        return len(self.logins) > 1


def draw_circumstances(seed: int) -> Circumstances:
    """The same for the same seed."""
    rng, theme = chance(seed, "circumstances"), draw_theme(seed)
    types = rng.choices([(CONTACTS,), (CALENDAR,), (CONTACTS, CALENDAR)], weights=(42, 54, 4))[0]
    types = (theme.type,) if theme.type else types
    logins = (CLAIRE, PAUL) if rng.random() < 0.06 else (CLAIRE,)
    parts = tuple(Part(login=login, type=type, settings=_settings(rng, type, theme)) for login in logins for type in types)
    things = rng.choice((1, 2, 2, 3, 3, 7))
    return Circumstances(
        seed=seed,
        parts=parts,
        things=theme.things or things,
        skew=rng.choice((0.0, 0.0, 0.0, -200.0, 95.0, 3600.0)),
        quirks={**_quirks(rng), **theme.quirks},
        switches=_switches(rng),
        theme=theme,
    )


def draw_theme(seed: int) -> Theme:
    """What the history of this seed is about. From a generator of its own: the other histories are as if there were no themes."""
    rng = chance(seed, "theme")
    return rng.choice(THEMES) if rng.random() < THEMED else NOTHING


def _settings(rng: Random, type: str, theme: Theme) -> dict[str, Any]:
    drawn = _contact_settings(rng) if type == CONTACTS else _calendar_settings(rng)
    return {**drawn, **theme.settings}


def _contact_settings(rng: Random) -> dict[str, Any]:
    direction = rng.choices(("to_outlook", "both", "to_gopaas"), weights=(60, 35, 5))[0]
    return {
        "direction": direction,
        "policy": rng.choice(("newest", "newest", "gopaas", "outlook", "hold")),
        "on_view_exit": rng.choice(("delete", "delete", "keep")),
        "on_outlook_delete": rng.choice(("detach", f"set:{RETIRED}={RETIRED_VALUE}")) if direction != "to_outlook" else "detach",
        "full_interval": "30d",
    }


def _calendar_settings(rng: Random) -> dict[str, Any]:
    direction = rng.choices(("both", "to_gopaas", "to_outlook"), weights=(80, 12, 8))[0]
    return {
        "direction": direction,
        "policy": rng.choice(("newest", "newest", "gopaas", "outlook", "hold")),
        "on_view_exit": rng.choice(("detach", "delete")),
        "on_outlook_delete": rng.choice(("detach", f"set:{RETIRED}={RETIRED_VALUE}")) if direction != "to_outlook" else "detach",
        "private": rng.choice(("skip", "skip", "busy")),
        "recurrence": rng.choice(("occurrences", "occurrences", "occurrences", "skip")),
        "window_past": rng.choice(("60d", "20d")),
        "window_future": rng.choice(("365d", "60d")),
        "recurrence_future": rng.choice(("90d", "30d")),
        "full_interval": "30d",
    }


def _quirks(rng: Random) -> dict[str, Any]:
    drawn: dict[str, Any] = {
        "missing_key": rng.choice(("200 []", "200 {}", "200 null", "404", "500")),
        "total": rng.choice(("int", "text", "missing")),
        "empty_cell": rng.choice(("text", "null")),
        "bare_list": rng.random() < 0.1,
        "numbers_as_text": rng.random() < 0.2,
        "formatted_dates": rng.random() < 0.1,
        "trim": rng.random() < 0.3,
        "page_cap": rng.choice((1000, 1000, 2, 3)),
    }
    return drawn


def _switches(rng: Random) -> dict[str, Any]:
    return {
        "latency": 0.02,
        "birthday": rng.choice(("keep", "normalise")),
        "email_names_stick": rng.random() < 0.2,
        "delta_empty_first": rng.random() < 0.1,
        "delta_shuffle": rng.random() < 0.3,
        "delta_duplicates": rng.random() < 0.2,
        "delta_oversize": rng.random() < 0.1,
        "delta_masters": rng.choice(("always", "in window", "never")),
        "delta_full_occurrences": rng.random() < 0.2,
        "exceptions_survive": rng.random() < 0.1,
        "declined_stay": rng.random() < 0.3,
        "custom_zone": rng.random() < 0.1,
        "transaction_status": rng.choice((400, 409)),
        "transaction_names_event": rng.random() < 0.2,
        "transaction_repeats": rng.random() < 0.2,
        "retry_after": rng.choice(("integer", "decimal", "date", "none")),
        "throttle_status": rng.choice((429, 503)),
    }
