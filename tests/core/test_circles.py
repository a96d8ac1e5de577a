"""When the last writes of a pair went round in circles, and when a person merely changes their mind."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from outlookd.core.loops import circling
from outlookd.core.model import Action, Change, JournalEntry, Link, Op, Side

LINK = Link(id="1", job="claire/contact/contact/GoPaaS", gopaas_id="k", outlook_id="o")
SIDES = {"g": Side.GOPAAS, "o": Side.OUTLOOK}


def line(word: str, op: Op = Op.UPDATE) -> JournalEntry:
    """``o:B`` is B written to Outlook."""
    side, _, value = word.partition(":")
    return JournalEntry(
        run="r", at=datetime(2026, 11, 23, tzinfo=UTC), op=op, side=SIDES[side], link="1", gopaas_id="k", outlook_id="o",
        before={}, after={"city": value}, reason="",
    )  # fmt: skip


def action(word: str, op: Op = Op.UPDATE, **more) -> Action:
    side, _, value = word.partition(":")
    return Action(op=op, side=SIDES[side], link=LINK, reason="", changes={"city": Change(before="", after=value)}, **more)


def circles(past: str, now: str) -> bool:
    return circling(action(now), [line(word) for word in past.split()]) == ("city",)


@pytest.mark.parametrize(
    ("past", "now"),
    [
        ("o:A o:A", "o:A"),
        ("o:A o:B o:A o:B", "o:A"),
        ("o:A g:B o:A g:B", "o:A"),
        ("o:a g:aa o:aaa g:aaaa o:aaaaa", "g:aaaaaa"),
    ],
    ids=["each write is undone", "there and back on one side", "there and back on both", "growing"],
)
def test_what_goes_round_in_circles_is_found(past, now):
    assert circles(past, now)


@pytest.mark.parametrize(
    ("past", "now"),
    [
        ("", "o:A"),
        ("o:A", "o:A"),
        ("o:A o:B o:A", "o:B"),
        ("o:A o:B o:C o:D o:E o:F o:G", "o:H"),
        ("o:A g:B o:C g:D", "o:E"),
        ("g:A g:A", "o:A"),
    ],
    ids=["a first write", "once more", "a change of mind", "a busy hour in one place", "two people", "the other side's"],
)
def test_a_person_is_not_taken_for_a_loop(past, now):
    assert not circles(past, now)


def test_other_fields_of_the_pair_do_not_count():
    past = [line("o:A"), line("o:A")]
    assert (
        circling(
            Action(op=Op.UPDATE, side=Side.OUTLOOK, link=LINK, reason="", changes={"street": Change(before="", after="A")}), past
        )
        == ()
    )


@pytest.mark.parametrize("told", [{"undoes": 7}, {"resolves": {3: Side.OUTLOOK}}])
def test_what_a_person_orders_is_done(told):
    assert circling(action("o:A", **told), [line("o:A"), line("o:A")]) == ()


@pytest.mark.parametrize("op", [Op.CREATE, Op.DELETE, Op.REBASE])
def test_only_updates_circle(op):
    assert circling(action("o:A", op), [line("o:A"), line("o:A")]) == ()
    assert circling(action("o:A"), [line("o:A", op), line("o:A", op)]) == ()
