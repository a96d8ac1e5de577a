"""A side counts as empty when it shows nothing that is remembered of it, not when it shows none of the pairs that are kept."""

from __future__ import annotations

import pytest
from agenda_examples import FAR, FUTURE, event, linked, row, rows

from outlookd.core.guards import shrunk
from outlookd.core.model import LinkStatus
from outlookd.core.rules import Limits

LIMITS = Limits()
KEPT = linked(row("kept"), event("e-kept"))
LET_GO = [LinkStatus.DETACHED, LinkStatus.WITHDRAWN]
ENDED = [LinkStatus.TOMBSTONE, LinkStatus.FOLLOWER]


def resting(status=LinkStatus.DETACHED, at=FUTURE):
    return linked(row("other", at=at), event("e-other", at=at), status=status)


@pytest.mark.parametrize("other", [*map(resting, LET_GO), resting(LinkStatus.ACTIVE, FAR)], ids=[*LET_GO, "far away"])
def test_a_view_that_shows_a_row_which_is_remembered_is_not_empty(other):
    assert shrunk([KEPT], rows(row("other", at=other.gopaas.span)), LIMITS, (), [other]).held is None


@pytest.mark.parametrize("status", ENDED)
def test_a_view_that_shows_only_what_had_left_it_may_be_another_one(status):
    assert shrunk([KEPT], rows(row("other")), LIMITS, (), [resting(status)]).held is not None


def test_a_remembered_row_that_is_shown_as_it_was_counts_as_well():
    assert shrunk([KEPT], rows(same=frozenset(["other"])), LIMITS, (), [resting()]).held is None


def test_strangers_alone_do_not_show_that_a_view_is_still_the_same():
    assert shrunk([KEPT], rows(row("stranger")), LIMITS, (), [resting()]).held is not None


def test_a_remembered_row_that_is_not_shown_says_nothing():
    assert shrunk([KEPT], rows(), LIMITS, (), [resting()]).held is not None


def test_remembered_rows_do_not_make_more_absences_credible():
    kept = [linked(row(f"k{number}"), event(f"e{number}")) for number in range(6)]
    aside = [linked(row(f"a{number}"), event(f"f{number}"), status=LinkStatus.DETACHED) for number in range(90)]
    shown = rows(*(row(link.gopaas_id) for link in aside))
    assert shrunk(kept[:5], shown, LIMITS, (), aside).held is None
    assert shrunk(kept, shown, LIMITS, (), aside).held is not None
