"""One broken rule at a time: what the code would be if somebody took a rule of design section 5 out of it.

A mutant replaces a function of ours wherever it was imported, which no other test may do: here it is the subject. `RULES` says of each
rule what is taken out. Knows nothing of what finds it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from typing import Any

from outlookd.core import (
    decision,
    expression,
    firewall,
    guards,
    merge,
    pairing,
    series,
    settle,
    verdict,
)
from outlookd.core.marker import birth_key, record_key
from outlookd.core.merge import Merge
from outlookd.core.model import Commit, Fields, IntentState, Link, Origin, Plan, Record, Side
from outlookd.core.rules import Limits
from outlookd.core.verdict import Observation, Verdict
from outlookd.errors import OutlookdError
from outlookd.sync import recover, state
from outlookd_calendar import fields, moments, privacy

Substitute = Callable[[Callable[..., Any]], Callable[..., Any]]
"""Makes, of the real function, the broken one."""
ANY = 10**6
"""A limit that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A rule of design section 5 without which the code would be as `breaks` makes it.

    `without` says what is missing, in words. `theme` is what histories are best about to meet it, and `by` are the invariants that must
    notice: a violation of another one says that the mutant is a different fault.
    """

    rule: int
    without: str
    theme: str
    by: tuple[str, ...]
    breaks: Mapping[Callable[..., Any], Substitute]

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The code with this mutation, for as long as the block runs."""
        with ExitStack() as undo:
            for real, substitute in self.breaks.items():
                _replace(real, substitute(real), undo)
            yield


def _replace(real: Callable[..., Any], broken: Callable[..., Any], undo: ExitStack) -> None:
    """Put `broken` wherever a module or class of ours holds `real`, until `undo`. Raises LookupError when nobody does."""
    places = [(holder, attribute) for holder in _holders() for attribute, value in list(vars(holder).items()) if value is real]
    if not places:
        raise LookupError(f"nobody holds {real.__name__}")
    for holder, attribute in places:
        setattr(holder, attribute, broken)
        undo.callback(setattr, holder, attribute, real)


def _holders() -> Iterator[Any]:
    """Our modules and their classes."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] not in {"outlookd", "outlookd_contacts", "outlookd_calendar"}:
            continue
        yield module
        yield from (item for item in list(vars(module).values()) if isinstance(item, type))


def _returning(value: Any) -> Substitute:
    return lambda _real: lambda *_args, **_options: value


# --- what each rule says, and the code without it


def _base_as_sent(real: Callable[..., Link]) -> Callable[..., Link]:
    def settle_write(action: Any, link: Link, shown: Record | None, fieldmap: Any, *, id: str) -> Link:
        sent: Fields = {name: change.after for name, change in action.changes.items()}
        if shown is not None:
            shown = replace(shown, fields={**shown.fields, **sent})
        return real(action, link, shown, fieldmap, id=id)

    return settle_write


def _echo_is_an_edit(real: Callable[..., Link]) -> Callable[..., Link]:
    """What GoPaaS shows right after a write is compared with what was sent, as if a person had edited it."""
    return lambda link, side, shown, *, same_run: real(link, side, shown, same_run=False)


def _absence_is_deletion(real: Callable[..., Observation]) -> Callable[..., Observation]:
    def glance(link: Link, seen: Any) -> Observation:
        said = real(link, seen)
        return replace(said, verdict=Verdict.DELETED) if said.verdict in {Verdict.UNKNOWN, Verdict.ABSENT} else said

    return glance


def _one_piece_of_evidence(real: Callable[..., Observation]) -> Callable[..., Observation]:
    """What is missing or said to be removed is believed at once, and so is that what is elsewhere is gone."""

    def glance(link: Link, seen: Any) -> Observation:
        said = real(link, seen)
        hinted = said.verdict in {Verdict.ABSENT, Verdict.OUT_OF_SCOPE} and said.record is None
        return replace(said, verdict=Verdict.DELETED) if hinted else said

    return glance


def _loser_not_kept(real: Callable[..., Merge]) -> Callable[..., Merge]:
    def merged(*args: Any, **options: Any) -> Merge:
        result = real(*args, **options)
        result.conflicts = [entry for entry in result.conflicts if entry.winner is None]
        return result

    return merged


def _born_in_gopaas(real: Callable[..., bool]) -> Callable[..., bool]:
    """A record that was edited makes its deleted event again, wherever the pair was born."""
    return lambda link, row, rules: real(replace(link, origin=Origin.GOPAAS), row, rules)


def _born_in_outlook(real: Callable[..., bool]) -> Callable[..., bool]:
    """The same for an event whose record was deleted."""
    return lambda link, outlook, rules, left: real(replace(link, origin=Origin.OUTLOOK), outlook, rules, left)


def _no_stamp_needed(real: Callable[..., str]) -> Callable[..., str]:
    """Whatever is in our folder is ours to delete, touched or not, stamped or not."""

    def why_not_delete(link: Link, shown: Record, rules: Any) -> str:
        reason = real(link, shown, rules)
        return "" if rules.resource == "contacts" or not link.marker else reason

    return why_not_delete


def _no_firewall(real: Callable[..., Any]) -> Callable[..., Any]:
    def shield(*args: Any, **options: Any) -> firewall.Shield:
        return replace(real(*args, **options), mirrored=False, mails=False)

    return shield


def _body_always(real: Callable[..., Any]) -> Callable[..., Any]:
    def shield(link: Link, gopaas: Record, item: Record, rules: Any) -> firewall.Shield:
        cover = real(link, gopaas, item, rules)
        return replace(cover, sealed=cover.sealed - item.sealed)

    return shield


def _end_included(real: Callable[..., Any]) -> Callable[..., Any]:
    """Graph's end of whole days is taken for the last of them."""

    def read_days(payload: Any, zone: Any) -> Any:
        shown, span = real(payload, zone)
        last = date.fromisoformat(shown[fields.END_DATE]) + timedelta(days=1)
        return {**shown, fields.END_DATE: last.isoformat()}, span

    return read_days


def _keyed_by_id(real: Callable[..., str]) -> Callable[..., str]:
    del real
    return lambda record, install, user: record_key(install, user, record.id)


def _give_up(real: Callable[..., Any]) -> Callable[..., Any]:
    """Whatever was announced and not answered counts as never sent."""
    del real

    async def recovered(interrupted: Any) -> None:
        intents = await interrupted.deps.store.open_intents(interrupted.job.id)
        await interrupted.commit([Commit(intent=intent.id, state=IntentState.VOID) for intent in intents])
        interrupted.ambiguous = False

    return recovered


def _another_key(real: Callable[..., str]) -> Callable[..., str]:
    """Each try to make a record has a key of its own."""
    tries = count()
    return lambda install, user, outlook_id: real(install, user, f"{outlook_id}/{next(tries)}")


def _unheld(real: Callable[..., Any]) -> Callable[..., Any]:
    del real
    return lambda plan, *_args, **_options: plan


def _unguarded(real: Callable[..., Plan]) -> Callable[..., Plan]:
    """No limit on deletions, changes and new records. What could send mail is still held: that is another rule."""
    limits = Limits(deletes_min=ANY, creates_min=ANY)
    return lambda plan, **options: real(plan, **{**options, "limits": limits})


def _stops_its_job(real: Callable[..., None]) -> Callable[..., None]:
    del real

    def poison(self: Any, side: Side, id: str, error: OutlookdError, **_options: Any) -> None:
        del self, side, id
        raise error

    return poison


def _found_nothing(real: Callable[..., Any]) -> Callable[..., Any]:
    del real
    return lambda *_args, **_options: ([], [])


RULES: Sequence[Mutant] = (
    Mutant(
        rule=1,
        without="the base is what was sent, not what the side shows",
        theme="long texts",
        by=("rule01_no_echo",),
        breaks={settle.settle_write: _base_as_sent, settle.settle_listing: _echo_is_an_edit},
    ),
    Mutant(
        rule=2,
        without="what is absent or unknown counts as deleted",
        theme="listings that lie",
        by=("i04_no_inferred_deletion", "i05_uniqueness"),
        breaks={verdict.glance: _absence_is_deletion},
    ),
    Mutant(
        rule=3,
        without="one hint proves a deletion",
        theme="moved elsewhere",
        by=("i04_no_inferred_deletion",),
        breaks={verdict.glance: _one_piece_of_evidence},
    ),
    Mutant(
        rule=4,
        without="the losing value is not kept",
        theme="two at once",
        by=("rule04_loser_is_kept",),
        breaks={merge.merge: _loser_not_kept, merge.adopt: _loser_not_kept},
    ),
    Mutant(
        rule=5,
        without="an edit undoes any deletion, wherever the pair was born",
        theme="edited here, deleted there",
        by=("rule05_origin_decides",),
        breaks={decision._edit_wins: _born_in_gopaas, decision._may_return: _born_in_outlook},
    ),
    Mutant(
        rule=6,
        without="what is not ours or was touched is deleted",
        theme="touched exports",
        by=("i04_no_inferred_deletion",),
        breaks={firewall.why_not_delete: _no_stamp_needed},
    ),
    Mutant(
        rule=7,
        without="events with other attendees are written",
        theme="guests",
        by=("i06_ownership", "i08_no_mail"),
        breaks={firewall.shield: _no_firewall, guards._hold_mail: _unheld},
    ),
    Mutant(
        rule=8,
        without="the body of an online meeting is sent",
        theme="online meetings",
        by=("i09_body_preserved",),
        breaks={firewall.shield: _body_always},
    ),
    Mutant(
        rule=9,
        without="the end of whole days counts as the last of them",
        theme="whole days",
        by=("rule09_whole_days",),
        breaks={moments._read_days: _end_included},
    ),
    Mutant(
        rule=10,
        without="occurrences are known by their ids",
        theme="series",
        by=("rule10_occurrences",),
        breaks={series.reseat: _returning(()), birth_key: _keyed_by_id},
    ),
    Mutant(
        rule=11,
        without="private events are copied",
        theme="private events",
        by=("rule11_private",),
        breaks={privacy.is_private: _returning(False)},
    ),
    Mutant(
        rule=12,
        without="an appointment that was postponed out of the view is deleted",
        theme="postponed",
        by=("i04_no_inferred_deletion",),
        breaks={decision._left_by_date: _returning(False)},
    ),
    Mutant(
        rule=13,
        without="an interrupted create is not looked for, and made again under another key",
        theme="cut off while something is made",
        by=("i05_uniqueness",),
        breaks={recover.recover: _give_up, record_key: _another_key},
    ),
    Mutant(
        rule=14,
        without="what was there before is made again",
        theme="what the old button left",
        by=("i05_uniqueness",),
        breaks={pairing._by_natural_key: _found_nothing, pairing._by_pointer: lambda _real: lambda *_args: ({}, frozenset())},
    ),
    Mutant(
        rule=15,
        without="nothing is held back",
        theme="mass exit",
        by=("i13_guard",),
        breaks={guards.review: _unguarded, guards.shrunk: _returning(guards.Absence())},
    ),
    Mutant(
        rule=16,
        without="a bad record stops its job",
        theme="impossible records",
        by=("rule16_bulkhead",),
        breaks={state.State.poison: _stops_its_job},
    ),
    Mutant(
        rule=17,
        without="texts go to GoPaaS as they are",
        theme="hostile texts",
        by=("rule17_no_expression",),
        breaks={expression.is_expression: _returning(False)},
    ),
)
