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
from zoneinfo import ZoneInfo

from complaints import test_data_loss as loss
from complaints import test_duplicates as duplicates
from complaints import test_graph_edges as edges
from complaints import test_invitations as invitations
from complaints import test_loops as loops
from complaints import test_time as hours
from outlookd.core import (
    container,
    decision,
    eligibility,
    firewall,
    guards,
    introduction,
    merge,
    pairing,
    recovery,
    verdict,
    window,
)
from outlookd.core.marker import parse_marker
from outlookd.core.model import WRITES, Origin
from outlookd.core.verdict import Proof, Verdict
from outlookd.core.writes import Decision, writes
from outlookd.graph import batch, calendar_changes, event_writes, events
from outlookd.graph.calendar_cursor import CalendarCursor
from outlookd.ports import Write
from outlookd.sync import engine, execute, folder, observe, recover
from outlookd.sync.observe import View
from outlookd.testing import MemoryStore
from outlookd_calendar import gopaas, meeting, moments, outlook, privacy

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


def _forgetting_approvals(links: Any, seen: Any, limits: Any, _: Any, *more: Any, shrunk: Any = guards.shrunk) -> guards.Absence:
    return shrunk(links, seen, limits, (), *more)


def _blind_to_pairs(record: Any, _: Any, ours: Any, *, is_orphan: Any = pairing._is_orphan) -> bool:
    return is_orphan(record, (), ours)


def _guessing(rows: Any, records: Any, *, exact: bool, by_key: Any = pairing._by_natural_key) -> Any:
    return by_key(rows, records, exact=False)


def _by_name_only(found: Any, *, known: Any, choose: Any = container.choose, **wanted: Any) -> Any:
    return choose([replace(one, marker="") for one in found], known=None, **wanted)


def _forgetful(*shown: Any, **why: Any) -> Decision:
    decision = writes(*shown, **why)
    return replace(decision, actions=tuple(action for action in decision.actions if action.op in WRITES))


async def _nowhere(*_: Any) -> bool:
    return False


async def _alone(*_: Any) -> tuple[()]:
    return ()


def _blind_to_guests(proof: Proof, link: Any, seen: Any) -> Verdict:
    kept = proof is Proof.GONE and link.meeting in seen.followed
    return Verdict.OUT_OF_SCOPE if kept else verdict._PROVED[proof]


def _blind_to_tables(record: Any, chosen: Any) -> bool:
    marker = parse_marker(record.marker)
    return marker is not None and marker.install != chosen.install


def _empty_without_a_column(row: Any, column: str) -> str:
    return str(row.get(column) or "") if column else ""


async def _nobody_looks(*_: object) -> None:
    return None


async def _none_there(*_: Any) -> frozenset[str]:
    return frozenset()


def _free_to_write(*shown: Any, shield: Any = firewall.shield) -> firewall.Shield:
    return replace(shield(*shown), mirrored=False)


def _as_sent(link: Any, _: Any, shown: Any, *, same_run: bool) -> Any:
    del same_run
    kept = {name: value for name, value in link.gopaas.fields.items() if name in shown.fields}
    return replace(link, gopaas=replace(link.gopaas, fields=kept, before={}, settled=True))


def _as_sent_to_outlook(action: Any, link: Any, shown: Any, fieldmap: Any, *, id: str, settle: Any = execute.settle_write) -> Any:
    believed = replace(shown, fields={**shown.fields, **action.fields}) if shown is not None else None
    return settle(action, link, believed, fieldmap, id=id)


def _all_dirty(_: Any, shown: Any, names: Any = None) -> frozenset[str]:
    return frozenset(shown if names is None else names)


def _without_zone(wall: Any, _: str) -> dict[str, str]:
    return {"dateTime": wall.isoformat(), "timeZone": "UTC"}


def _on_the_clocks(occasion: Any, zone: ZoneInfo) -> dict[str, Any]:
    return {name: moments._sent(wall, zone.key) for name, wall in (("start", occasion.start), ("end", occasion.end))}


def _at_midnight(payload: Any, zone: Any, *, read: Any = moments.read_times) -> Any:
    return read({**payload, "isAllDay": False}, zone)


def _by_universal_day(payload: Any, event: Any, _: Any, *, series_of: Any = meeting.series_of) -> tuple[str, str]:
    return series_of(payload, event, ZoneInfo("UTC"))


class _NeverRaised(Exception):
    """Stands for an error that nobody looks for."""


def _unconditional(write: Write, *where: Any, item_of: Any = event_writes.item_of) -> batch.Item:
    return item_of(replace(write, version=""), *where)


def _side_by_side(position: int, item: Any, _: int, *, request: Any = batch._request) -> dict[str, Any]:
    return request(position, item, batch.MAX_ITEMS)


LOSS = (
    rule(
        loss.test_complaint_01_a_view_that_shows_nothing_deletes_nothing,
        "a side that suddenly shows nothing is not believed; and many deletions at once need a person",
        (observe, "shrunk", lambda *_: guards.Absence()),
        (guards, "_hold_deletes", lambda plan, *_: plan),
    ),
    rule(
        loss.test_complaint_02_a_row_that_cannot_be_read_is_not_a_row_that_is_gone,
        "unknown is a verdict of its own, also outside the view; and nothing is written for a record that is set aside",
        (View, "freeze", _seeing(unreadable=frozenset())),
        (observe, "_take_from_elsewhere", lambda _state, view, key, _payload: view.proofs.update({key: Proof.EXISTS})),
        (engine, "_without_poison", lambda _, plan: plan),
    ),
    rule(
        loss.test_complaint_03_a_run_that_was_killed_anywhere_doubles_nothing_and_takes_nobodys_edit_for_its_own,
        "intents are written ahead, and settled before anything is planned",
        (recover, "recover", _nothing),
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
        "a create in doubt is looked for by its stamp before it is sent again; one transaction makes one event; and a listing "
        "shows the stamp, too",
        (recover, "_find", _nowhere),
        (pairing, "_claims", lambda *_, **__: {}),
        (event_writes, "transaction_of", lambda _: str(uuid4())),
    ),
    rule(
        duplicates.test_complaint_12_a_new_installation_finds_every_pair_by_the_column,
        "the row's column names its event, the stamps of a state that was lost are its heir's, and what bears one rests meanwhile",
        (pairing, "_by_pointer", lambda *_: ({}, frozenset())),
        (pairing, "_claims", lambda *_, **__: {}),
        (engine, "_existing", _none_there),
    ),
    rule(
        duplicates.test_complaint_12_without_state_and_column_the_stamp_finds_every_pair,
        "the event's stamp names its row, and what bears one rests meanwhile",
        (pairing, "_claims", lambda *_, **__: {}),
        (engine, "_existing", _none_there),
    ),
    rule(
        duplicates.test_complaint_13_a_meeting_in_two_mailboxes_is_one_row_of_its_organizer,
        "a meeting that another job keeps in step is followed; and what is there under the key of a new record is no new record",
        (engine, "neighbours", _alone),
        (engine, "_existing", _none_there),
    ),
    rule(
        duplicates.test_complaint_13_a_participant_who_deletes_a_copy_does_not_cancel_the_meeting,
        "a copy that is gone says nothing while another mailbox has one",
        (verdict, "_proved", lambda proof, *_: verdict._PROVED[proof]),
    ),
    rule(
        duplicates.test_complaint_13_an_organizer_who_deletes_the_meeting_cancels_it,
        "of a meeting, the organizer's own event is no copy",
        (verdict, "_proved", _blind_to_guests),
    ),
    rule(
        duplicates.test_complaint_14_of_two_runs_at_once_only_one_works,
        "a job is leased to one run, and of two copies of a state the one whose seal was replaced stops",
        (MemoryStore, "lease", lambda *_: nullcontext()),
        (execute, "keep_watch", _nobody_looks),
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
        duplicates.test_complaint_15_what_another_table_of_ours_put_into_the_calendar_is_no_source,
        "stamps of our other tables are respected, too",
        (pairing, "_is_foreign", _blind_to_tables),
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
        duplicates.test_complaint_17_a_found_pair_whose_first_write_is_refused_is_not_doubled_by_the_retry,
        "a pair that was found is remembered before anything is written",
        (introduction, "writes", _forgetful),
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
    rule(
        duplicates.test_complaint_19_a_deleted_folder_is_a_question_and_not_an_order,
        "a folder that is gone is made again only when a person says so",
        (folder, "choose", lambda found, *, choose=container.choose, **wanted: choose(found, **{**wanted, "recreate": True})),
    ),
)

INVITATIONS = (
    rule(
        invitations.test_complaint_20_the_past_is_not_pushed,
        "what is over is not exported",
        (eligibility, "is_over", lambda *_: False),
    ),
    rule(
        invitations.test_complaint_20_what_is_over_stays_as_it_was,
        "past events are sealed",
        (firewall, "is_over", lambda *_: False),
    ),
    rule(
        invitations.test_complaint_21_a_change_that_others_would_be_told_of_is_not_sent,
        "whether a write may send mail is known before it is sent, and only a setting lets it through",
        (guards, "_hold_mail", lambda plan, **_: plan),
    ),
    rule(
        invitations.test_complaint_21_a_meeting_that_somebody_made_of_our_event_while_we_were_dead_is_one,
        "what is recovered is remembered with the people on it",
        (recovery, "described", lambda link, _: link),
    ),
    rule(
        invitations.test_complaint_22_nobody_is_invited_by_us,
        "a write that names attendees does not leave the house",
        (events, "forbidden", lambda _: None),
    ),
    rule(
        invitations.test_complaint_23_a_guest_does_not_change_the_organizers_meeting,
        "what somebody else organises is read only, and GoPaaS shows what Outlook shows",
        (decision, "shield", _free_to_write),
    ),
    rule(
        invitations.test_complaint_24_an_online_meeting_keeps_its_link,
        "the body of an online meeting is sealed",
        (meeting, "sealed_fields", lambda *_: frozenset()),
    ),
    rule(
        invitations.test_complaint_25_a_private_appointment_is_not_copied,
        "what its owner marked as private is not copied",
        (privacy, "is_private", lambda _: False),
    ),
    rule(
        invitations.test_complaint_25_a_private_appointment_may_show_as_busy_without_a_word,
        "a private event is masked before anybody compares it",
        (privacy, "masked", lambda event: event),
    ),
    rule(
        invitations.test_complaint_25_only_the_users_own_rows_come_into_the_calendar,
        "a row is the user's only if its column says so",
        (gopaas, "is_of_another", lambda *_: False),
    ),
)

LOOPS = (
    rule(
        loops.test_complaint_26_what_the_crm_made_of_our_text_is_written_once,
        "the base of the CRM is what it shows, not what was sent",
        (observe, "settle_listing", _as_sent),
    ),
    rule(
        loops.test_complaint_26_without_a_column_for_the_outlook_id_nothing_is_written_for_it,
        "a column that is not there shows nothing, and not an empty cell",
        (gopaas, "read_pointer", _empty_without_a_column),
    ),
    rule(
        loops.test_complaint_27_our_own_write_that_comes_back_changes_nothing,
        "the base of Outlook is what it answered, not what was sent",
        (execute, "settle_write", _as_sent_to_outlook),
    ),
    rule(
        loops.test_complaint_28_another_date_alone_is_no_change,
        "content decides, dates do not",
        (merge, "dirty", _all_dirty),
    ),
)

TIME = (
    rule(
        hours.test_complaint_29_three_in_summer_is_three_in_summer,
        "wall times travel with their zone",
        (moments, "_sent", _without_zone),
    ),
    rule(
        hours.test_complaint_29_half_an_hour_over_the_end_of_summer_is_half_an_hour,
        "a night in which the clocks change is sent in UTC",
        (moments, "_start_and_end", _on_the_clocks),
    ),
    rule(
        hours.test_complaint_30_whole_days_are_the_same_days_everywhere,
        "whole days are dates, not moments",
        (outlook, "read_times", _at_midnight),
    ),
    rule(
        hours.test_complaint_31_a_series_in_the_night_keeps_its_days,
        "the place of an occurrence is a day of the application's zone",
        (meeting, "series_of", _by_universal_day),
    ),
    rule(
        hours.test_complaint_32_a_zone_that_nobody_knows_is_the_one_that_was_asked_for,
        "an unknown zone is UTC, which every read asks for",
        (moments, "zone_of", ZoneInfo),
    ),
)

EDGES = (
    rule(
        edges.test_complaint_33_forgotten_change_tokens_are_no_failure_and_no_deletion,
        "a forgotten token means: read everything, conclude nothing",
        (calendar_changes, "WatermarkExpired", _NeverRaised),
        (observe, "WatermarkExpired", _NeverRaised),
    ),
    rule(
        edges.test_complaint_34_an_occurrence_that_somebody_deletes_is_noticed_though_no_feed_says_so,
        "a series that was touched is read again, whole",
        (View, "freeze", _seeing(whole=frozenset())),
    ),
    rule(
        edges.test_complaint_35_one_feed_serves_for_weeks,
        "a feed is begun over more than is needed, and goes on while it covers the window",
        (CalendarCursor, "covers", lambda *_: False),
    ),
    rule(
        edges.test_complaint_35_a_mailbox_that_forgets_all_the_time_gets_one_feed_a_day,
        "one feed a day; until the next one the window is listed",
        (CalendarCursor, "is_replaceable", lambda *_: True),
    ),
    rule(
        edges.test_complaint_36_an_event_is_stamped_by_the_request_that_makes_it,
        "the stamp is part of the POST",
        (event_writes, "stamped", lambda body, _: dict(body)),
    ),
    rule(
        edges.test_complaint_36_an_edit_that_came_in_between_is_not_overwritten_unseen,
        "a write names the version that it was decided on",
        (events, "item_of", _unconditional),
    ),
    rule(
        edges.test_complaint_37_sixty_writes_at_once_are_never_too_many,
        "the writes of a batch are one chain",
        (batch, "_request", _side_by_side),
    ),
    rule(
        edges.test_complaint_37_a_throttled_write_waits_and_is_done,
        "a throttled item stays queued",
        (batch, "Throttled", _NeverRaised),
    ),
)

RULES: tuple[Rule, ...] = (*LOSS, *DUPLICATES, *INVITATIONS, *LOOPS, *TIME, *EDGES)
