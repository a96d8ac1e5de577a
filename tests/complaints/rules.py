"""Which rule each story stands on, and what the program is like without it.

The only place where functions of ours are replaced: that is the point here. A rule is taken out at the name by which its user knows it;
what stands there instead does what a program without the rule would. Where several barriers guard the same thing, all of them are
named, and `test_rules_matter.py` also shows that any one of them is enough.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import uuid4

from complaints import test_data_loss as loss
from complaints import test_duplicates as duplicates
from outlookd.core import container, guards, introduction, pairing, verdict, window
from outlookd.core.model import Origin
from outlookd.core.verdict import Proof, Verdict
from outlookd.graph import event_writes
from outlookd.sync import engine, folder, observe, recover
from outlookd.sync.observe import View
from outlookd.testing import MemoryStore

Story: TypeAlias = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """One place where a rule lives: `name` of `owner`, and what stands there without the rule."""

    owner: Any
    name: str
    without: Any

    def __str__(self) -> str:
        owner = getattr(self.owner, "__qualname__", self.owner.__name__)
        return f"{owner.removeprefix('outlookd.')}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a story stands on. `says` is the rule in words."""

    story: Story
    says: str
    barriers: tuple[Barrier, ...]


def rule(story: Story, says: str, *barriers: tuple[Any, str, Any]) -> Rule:
    return Rule(story=story, says=says, barriers=tuple(Barrier(owner=o, name=n, without=w) for o, n, w in barriers))


# --- what a program without the rule does ------------------------------------------------------------------------------


async def _nothing(*_: Any, **__: Any) -> None:
    """Does not do it."""


def _seeing(**dropped: Any) -> Callable[..., verdict.Seen]:
    """A view that is frozen without some of what it knows."""
    freeze = View.freeze
    return lambda view, followed=(): replace(freeze(view, followed), **dropped)


def _believing_removals(view: View, followed: Any = (), *, freeze: Any = View.freeze) -> verdict.Seen:
    seen = freeze(view, followed)
    return replace(seen, proofs={**dict.fromkeys(seen.removed, Proof.GONE), **seen.proofs})


def _forgetting_approvals(links: Any, seen: Any, limits: Any, _: Any, *, shrunk: Any = guards.shrunk) -> guards.Absence:
    return shrunk(links, seen, limits, ())


def _blind_to_pairs(record: Any, _: Any, install: str, scope: str, *, is_orphan: Any = pairing._is_orphan) -> bool:
    return is_orphan(record, {}, install, scope)


def _guessing(rows: Any, records: Any, *, exact: bool, by_key: Any = pairing._by_natural_key) -> Any:
    return by_key(rows, records, exact=False)


def _by_name_only(found: Any, *, known: Any, choose: Any = container.choose, **wanted: Any) -> Any:
    return choose([replace(one, marker="") for one in found], known=None, **wanted)


async def _nowhere(*_: Any) -> bool:
    return False


async def _alone(*_: Any) -> tuple[()]:
    return ()


LOSS = (
    rule(
        loss.test_complaint_01_a_view_that_shows_nothing_deletes_nothing,
        "a side that suddenly shows nothing is not believed; and many deletions at once need a person",
        (observe, "shrunk", lambda *_: guards.Absence()),
        (guards, "_hold_deletes", lambda plan, *_: plan),
    ),
    rule(
        loss.test_complaint_02_a_row_that_cannot_be_read_is_not_a_row_that_is_gone,
        "unknown is a verdict of its own; and nothing is written for a record that is set aside",
        (View, "freeze", _seeing(unreadable=frozenset())),
        (engine, "_without_poison", lambda _, plan: plan),
    ),
    rule(
        loss.test_complaint_03_a_run_that_was_killed_anywhere_doubles_nothing_and_takes_nobodys_edit_for_its_own,
        "intents are written ahead, and settled before anything is planned",
        (engine, "recover", _nothing),
    ),
    rule(
        loss.test_complaint_04_what_left_the_view_is_not_cancelled,
        "what exists but is not shown is out of scope, not deleted",
        (verdict, "_PROVED", {**verdict._PROVED, Proof.EXISTS: Verdict.DELETED}),
    ),
    rule(
        loss.test_complaint_05_what_moved_out_of_the_window_is_not_deleted,
        "a removal is a hint, and is asked about",
        (View, "freeze", _believing_removals),
    ),
    rule(
        loss.test_complaint_06_an_event_that_touches_the_edge_of_the_window_is_one_event,
        "what is read is wider than what may enter",
        (window, "MARGIN", timedelta(0)),
    ),
    rule(
        loss.test_complaint_07_a_copy_is_an_appointment_of_its_own_and_the_original_stays,
        "a stamp counts only where no living pair has its record",
        (pairing, "_is_orphan", _blind_to_pairs),
    ),
    rule(
        loss.test_complaint_08_an_approved_emptiness_is_asked_about_once,
        "a guard can be approved",
        (observe, "shrunk", _forgetting_approvals),
    ),
    rule(
        loss.test_complaint_10_an_event_that_we_did_not_make_outlives_its_row,
        "of a pair that was found, no side may delete the other",
        (introduction, "_born", lambda *_: Origin.GOPAAS),
    ),
)

DUPLICATES = (
    rule(
        duplicates.test_complaint_11_a_create_whose_answer_was_lost_makes_one_event,
        "a create in doubt is looked for by its stamp before it is sent again; and one transaction makes one event",
        (recover, "_find", _nowhere),
        (event_writes, "transaction_of", lambda _: str(uuid4())),
    ),
    rule(
        duplicates.test_complaint_12_a_new_installation_finds_every_pair_by_the_column,
        "the row's column names its event",
        (pairing, "_by_pointer", lambda *_: ({}, frozenset())),
    ),
    rule(
        duplicates.test_complaint_12_without_state_and_column_the_stamp_finds_every_pair,
        "the event's stamp names its row",
        (pairing, "_claims", lambda *_, **__: {}),
    ),
    rule(
        duplicates.test_complaint_13_a_meeting_in_two_mailboxes_is_one_row_of_its_organizer,
        "a meeting that another job keeps in step is followed",
        (engine, "neighbours", _alone),
    ),
    rule(
        duplicates.test_complaint_14_of_two_runs_at_once_only_one_works,
        "a job is leased to one run",
        (MemoryStore, "lease", lambda *_: nullcontext()),
    ),
    rule(
        duplicates.test_complaint_14_a_folder_of_another_installation_is_refused,
        "a folder says whose it is",
        (container, "is_folder_marker", lambda _: False),
    ),
    rule(
        duplicates.test_complaint_15_what_another_synchronizer_stamped_is_no_source,
        "stamps of others are respected",
        (pairing, "_is_foreign", lambda *_: False),
    ),
    rule(
        duplicates.test_complaint_16_a_series_that_was_moved_keeps_its_rows,
        "an occurrence is known by its place in the series",
        (engine, "follow_series", _nothing),
    ),
    rule(
        duplicates.test_complaint_17_a_first_run_finds_what_both_sides_have_before_it_makes_anything,
        "pairing comes before making",
        (pairing, "_by_natural_key", lambda *_, **__: ([], [])),
    ),
    rule(
        duplicates.test_complaint_18_nobody_guesses_about_twins_and_the_rest_goes_on,
        "what could belong together in several ways is left to a person",
        (pairing, "_by_natural_key", _guessing),
    ),
    rule(
        duplicates.test_complaint_19_a_renamed_folder_is_followed,
        "a folder is its id and its stamp",
        (folder, "choose", _by_name_only),
    ),
)

RULES: tuple[Rule, ...] = (*LOSS, *DUPLICATES)
