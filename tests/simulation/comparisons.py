"""Invariants that need the same history twice: with and without one thing that must not matter, compared by how both end.

Compared is what people see in the end: of every thing its rows and its items, with everything that was written into them. Ids, versions and times of
change are nobody's business.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from outlookd.sandbox.crm import ZONE
from simulation.circumstances import CONTACTS, Circumstances, Part
from simulation.contact_people import COLUMNS, shown_property
from simulation.course import History, Variation
from simulation.ledger import thing_of, words_of
from simulation.stage import START
from simulation.witness import look

CALM = Variation(trouble=False, undo=False)
SKEW = -95.0
"""Seconds that our clock is behind the services' in the other play of I16: less than between the times at which things begin or end."""
EVERY = 64
"""One history in so many is compared in each way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two plays of one history. `logins` are those whose outcome must be the same."""

    name: str
    circumstances: Circumstances
    others: Circumstances
    one: Variation
    other: Variation
    logins: tuple[str, ...]

    def compare(self, one: History, other: History) -> list[str]:
        """What differs, as violations; nothing when one of both was already broken by itself."""
        if one.violations or other.violations:
            return [f"{self.name}: {wrong}" for wrong in (*one.violations, *other.violations)]
        found = []
        for part, same in zip(self.circumstances.parts, self.others.parts, strict=True):
            if part.login in self.logins:
                first, second = outcome(one, part), outcome(other, same)
                if other.variation.crash:
                    second -= {entry for entry in second - first if came_within_reach(other, same, entry)}
                found += [f"{self.name}: {part.name} ends with {what}" for what in _difference(first, second)]
        return found


def comparison_for(circumstances: Circumstances) -> Comparison | None:
    """How this history is compared, if it is."""
    chosen, logins = circumstances.seed % EVERY, circumstances.logins
    calm = {"circumstances": circumstances, "others": circumstances, "one": CALM, "other": CALM, "logins": logins}
    if len(logins) > 1 and circumstances.seed % 8 == 1:
        troubled = Variation(trouble=True, undo=False)
        return Comparison(**{**calm, "name": "i12_bulkhead", "other": troubled, "logins": logins[1:]})
    if chosen == 2 and all(part.settings["policy"] != "newest" for part in circumstances.parts):
        skewed = replace(circumstances, skew=SKEW)
        return Comparison(
            **{**calm, "name": "i16_clock_freedom", "circumstances": replace(circumstances, skew=0.0), "others": skewed}
        )
    if chosen == 3:
        ordered = {"delta_shuffle": False, "delta_duplicates": False, "shuffle_batch": False}
        shuffled = {"delta_shuffle": True, "delta_duplicates": True, "shuffle_batch": True}
        first, second = (replace(circumstances, switches={**circumstances.switches, **order}) for order in (ordered, shuffled))
        return Comparison(**{**calm, "name": "i17_order_freedom", "circumstances": first, "others": second})
    if chosen == 4:
        killed = replace(CALM, crash=1 + circumstances.seed // EVERY % 40)
        return Comparison(**{**calm, "name": "i18_crash_anywhere", "other": killed})
    return None


def outcome(history: History, part: Part) -> frozenset[tuple[Any, ...]]:
    """What both sides show of every thing in the end."""
    sight = look(history.stage, part)
    if part.type == CONTACTS:
        rows = [
            (thing_of(row["prenom"]), "row", *(str(row[name] or "").strip() for name in COLUMNS)) for row in _own(sight.rows, part)
        ]
        items = [
            (thing_of(item.name), "contact", item.gone, *(shown_property(item.content, name).strip() for name in COLUMNS))
            for item in sight.items.values()
        ]
        return frozenset([*rows, *items])
    rows = [(thing_of(row["intitule"]), "row", *_said(row)) for row in _own(sight.rows, part)]
    items = [(thing_of(item.name), "event", item.gone, *_shown(item)) for item in sight.items.values()]
    return frozenset([*rows, *items])


def came_within_reach(history: History, part: Part, entry: tuple[Any, ...]) -> bool:
    """Whether it is the row of a day of a series that `recurrence_future` reached only after the last run before peace.

    I18 excuses it where the killed play alone has it. What a killed run did is done an hour later, with an hour more of the future in reach; a
    series is read again only when it changed, or in full, so the other play takes the same day with its next full reading.
    """
    thing, kind, *said = entry
    if part.type == CONTACTS or kind != "row" or thing not in history.ledger.series:
        return False
    reach = timedelta(days=int(part.settings["recurrence_future"][:-1]), seconds=history.circumstances.skew)
    before, after = (
        f"{(START + timedelta(seconds=at) + reach).astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
        for at in (history.last_round, history.loop.time())
    )
    return before <= f"{said[0]} {said[1] or '00:00:00'}" < after


def _own(rows: Any, part: Part) -> list[Any]:
    return [row for row in rows.values() if row["utilisateur"] == part.login]


def _said(row: Any) -> tuple[Any, ...]:
    times = tuple(str(row[name] or "") for name in ("date_debut", "heure_debut", "date_fin", "heure_fin"))
    return (*times, *(words_of(row[name]) for name in ("intitule", "lieu", "note")))


def _shown(item: Any) -> tuple[Any, ...]:
    words = (words_of(item.content[name]) for name in ("subject", "body"))
    days = frozenset((day, words_of(content), start.instant, end.instant) for day, (content, start, end) in item.days.items())
    return (item.shape.start.instant, item.shape.end.instant, *words, words_of(item.content["location"]), days, item.off)


def _difference(first: frozenset[Any], second: frozenset[Any]) -> list[str]:
    return [
        f"{side} {entry}"
        for side, entries in (("only", first - second), ("instead", second - first))
        for entry in sorted(entries, key=str)
    ][:4]
