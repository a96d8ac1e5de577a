"""What vanished with much else stays held, however small a share of the pairs it becomes, until it is shown again or approved."""

from __future__ import annotations

from dataclasses import replace

from outlookd.core.guards import shrunk
from outlookd.core.model import Link, LinkStatus, Side
from outlookd.core.rules import Limits
from outlookd.core.verdict import Seen

LIMITS = Limits()
OLD = [Link(id=f"l{number}", job="j", gopaas_id=f"k{number}", outlook_id=f"o{number}") for number in range(10)]
NEW = [Link(id=f"n{number}", job="j", gopaas_id=f"m{number}", outlook_id=f"p{number}") for number in range(100)]
BOTH = [*OLD, *NEW]


def view(links, **more):
    return Seen(side=Side.GOPAAS, same=frozenset(link.gopaas_id for link in links), snapshot=True, complete=True, **more)


FIRST = shrunk(OLD, view(NEW), LIMITS, ())
HELD = FIRST.vanished


def ids(links):
    return {link.id for link in links}


def later(links, seen, approved=()):
    return shrunk(links, seen, LIMITS, approved, (), HELD)


def test_it_stays_held_under_the_same_hash_when_new_pairs_outnumber_it():
    absence = later(BOTH, view(NEW))
    assert absence.held.hash == FIRST.held.hash
    assert absence.vanished == HELD == frozenset(FIRST.held.releases)


def test_what_goes_missing_beside_it_is_asked_for_as_always():
    absence = later(BOTH, view(NEW[1:]))
    assert [link.id for link in BOTH if absence.may_ask(link)] == [link.id for link in NEW]


def test_what_is_shown_again_is_released_by_itself_and_the_rest_is_not():
    absence = later(BOTH, view([*NEW, *OLD[:9]]))
    assert absence.held.links == ("l9",)
    assert absence.vanished == {"shrink:gopaas:l9"}
    assert later(BOTH, view(BOTH)).vanished == frozenset()


def test_an_approval_releases_exactly_it():
    absence = later(BOTH, view(NEW[1:]), frozenset(FIRST.held.releases))
    assert (absence.held, absence.excused, absence.vanished) == (None, ids(OLD), frozenset())


def test_silence_neither_releases_nor_forgets_it():
    unreadable = view(NEW, unreadable=frozenset(link.gopaas_id for link in OLD))
    for seen in (Seen(side=Side.GOPAAS), Seen(side=Side.OUTLOOK), replace(view(NEW), complete=False), unreadable):
        assert later(BOTH, seen).vanished == HELD


def test_what_is_no_kept_pair_any_more_is_forgotten():
    rested = [replace(link, status=LinkStatus.DETACHED) for link in OLD]
    for left in (NEW, [*NEW, *rested]):
        absence = later(left, view(NEW))
        assert (absence.held, absence.vanished) == (None, frozenset())
