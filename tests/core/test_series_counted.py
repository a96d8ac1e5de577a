"""A series is one act of one person: guards count it once, however many occurrences it has (design rule 15)."""

from __future__ import annotations

import pytest
from agenda_examples import (
    DAY,
    HORIZON,
    NOW,
    decided,
    event,
    events,
    known,
    linked,
    listing,
    row,
    rows,
    span,
    words,
)

from outlookd.core.guards import review, shrunk
from outlookd.core.model import Action, Change, Op, Plan, Side
from outlookd.core.rules import Limits

LIMITS = Limits()


def deletions(links):
    return tuple(Action(op=Op.DELETE, side=Side.OUTLOOK, link=link, reason="") for link in links)


def changed(links):
    change = {"subject": Change(before="Site visit", after="Renamed")}
    return tuple(Action(op=Op.UPDATE, side=Side.GOPAAS, link=link, reason="", changes=change) for link in links)


def guarded(actions, pairs):
    plan = review(
        Plan(actions=actions), limits=LIMITS, pairs=frozenset(link.id for link in pairs), allow_mail=False, approved=frozenset()
    )
    return [held.guard for held in plan.held]


ONE_SERIES = [known(number) for number in range(30)]
MANY = [known(number, series=f"s{number}") for number in range(30)]


@pytest.mark.parametrize(("links", "expected"), [(ONE_SERIES, []), (MANY, ["deletes"])], ids=["one series", "many series"])
def test_deleting_a_series_is_one_deletion(links, expected):
    assert guarded(deletions(links), links) == expected


def test_the_limit_on_deletions_counts_series_and_single_events_together():
    assert guarded(deletions([*ONE_SERIES, *MANY[:4]]), MANY) == []
    assert guarded(deletions([*ONE_SERIES, *MANY[:5]]), MANY) == ["deletes"]


@pytest.mark.parametrize(("links", "expected"), [(ONE_SERIES, []), (MANY, ["field"])], ids=["one series", "many series"])
def test_renaming_a_series_is_one_change(links, expected):
    assert guarded(changed(links), links) == expected


@pytest.mark.parametrize(("missing", "held"), [(ONE_SERIES, False), (MANY[:20], True)], ids=["one series", "many series"])
def test_a_missing_series_is_one_absence(missing, held):
    kept = [link for link in [*ONE_SERIES, *MANY] if link not in missing]
    seen = listing(Side.OUTLOOK, same=frozenset(link.outlook_id for link in kept))
    assert (shrunk([*ONE_SERIES, *MANY], seen, LIMITS, ()).held is not None) == held


def test_a_side_that_shows_nothing_is_not_believed_even_if_it_was_one_series():
    assert shrunk(ONE_SERIES, events(), LIMITS, ()).held is not None


def test_an_occurrence_that_went_while_others_stay_is_not_held():
    seen = listing(Side.OUTLOOK, same=frozenset(link.outlook_id for link in ONE_SERIES[1:]))
    assert shrunk(ONE_SERIES, seen, LIMITS, ()).held is None


def test_what_lies_outside_the_listed_window_is_not_missing():
    far = [linked(row(f"k{n}", at=at), event(f"o{n}", at=at)) for n, at in enumerate([span(NOW - 100 * DAY)] * 30)]
    near = [linked(row("k"), event("o"))]
    seen = events(event("o"), window=HORIZON.at(NOW).outer)
    assert shrunk([*far, *near], seen, LIMITS, ()).held is None


def test_a_pair_outside_the_listed_window_is_not_judged_absent():
    old = linked(row(at=span(NOW - 61 * DAY)), event(at=span(NOW - 61 * DAY)))
    seen = events(window=HORIZON.at(NOW).inner)
    assert words(decided(old, rows(row(at=span(NOW - 61 * DAY))), seen)) == []
