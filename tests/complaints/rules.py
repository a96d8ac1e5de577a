"""Which rule each story stands on, and what the program is like without it.

The only place where functions of ours are replaced: that is the point here. A rule is taken out at the name by which its user knows it;
what stands there instead does what a program without the rule would. Where several barriers guard the same thing, all of them are
named, and `test_rules_matter.py` also shows that any one of them is enough.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeAlias

from complaints import test_data_loss as loss
from outlookd.core import guards, introduction, pairing, verdict, window
from outlookd.core.model import Origin
from outlookd.core.verdict import Proof, Verdict
from outlookd.sync import engine, observe
from outlookd.sync.observe import View

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

RULES: tuple[Rule, ...] = (*LOSS,)
