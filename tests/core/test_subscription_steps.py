"""When a subscription is made, renewed or ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.core.model import Direction
from outlookd.core.subscriptions import (
    LIFE,
    Create,
    Delete,
    Forget,
    Renew,
    Subscription,
    Wanted,
    digest_of,
    next_steps,
    pause_after,
    renewal_of,
    resource_of,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
WANTED = Wanted(login="claire", resource="me/events")
HOUR = timedelta(hours=1)


def held(id="S1", *, age=timedelta(0), **more):
    """One of claire's, made or renewed `age` before noon."""
    made = NOON - age
    known = Subscription(id=id, login="claire", resource="me/events", client_state="", expires=made + LIFE, made_at=made)
    return replace(known, **more)


def test_what_is_wanted_and_missing_is_created():
    assert next_steps([WANTED], [], NOON) == [Create(wanted=WANTED)]


def test_a_young_one_is_left_alone():
    assert next_steps([WANTED], [held(age=HOUR)], NOON) == []


def test_one_past_its_middle_is_renewed():
    old = held(age=LIFE * 0.6)
    assert next_steps([WANTED], [old], NOON) == [Renew(subscription=old, wanted=WANTED)]


def test_one_that_has_expired_is_forgotten_before_it_is_made_again():
    old = held(age=LIFE)
    assert next_steps([WANTED], [old], NOON) == [Forget(subscription=old), Create(wanted=WANTED)]


def test_what_nobody_wants_is_deleted():
    assert next_steps([], [held()], NOON) == [Delete(subscription=held())]


def test_of_two_for_one_purpose_the_one_that_lasts_longer_stays():
    short, long = held("S1", age=HOUR), held("S2")
    assert next_steps([WANTED], [long, short], NOON) == [Delete(subscription=short)]


def test_the_subscriptions_of_two_logins_have_nothing_to_do_with_each_other():
    other = replace(WANTED, login="paul")
    assert next_steps([WANTED, other], [held()], NOON) == [Create(wanted=other)]


def test_one_that_graph_asks_us_to_look_after_is_renewed_whatever_its_age():
    assert next_steps([WANTED], [held()], NOON, urgent=["S1"]) == [Renew(subscription=held(), wanted=WANTED)]


def test_one_from_before_the_last_sign_in_is_renewed_because_only_its_maker_can():
    signed_in = replace(WANTED, bound_at=NOON - HOUR)
    old = held(age=2 * HOUR)
    assert next_steps([signed_in], [old], NOON) == [Renew(subscription=old, wanted=signed_in)]
    assert next_steps([signed_in], [held()], NOON) == []


def test_a_clock_that_was_set_back_neither_renews_nor_loses_anything():
    assert next_steps([WANTED], [held(age=-5 * HOUR)], NOON) == []


def test_renewals_of_what_was_made_together_are_hours_apart():
    moments = sorted(renewal_of(held(f"S{number}")) for number in range(1_000))
    assert moments[-1] - moments[0] > 13 * HOUR
    assert max(later - sooner for sooner, later in pairwise(moments)) < HOUR


SUBSCRIPTIONS = st.lists(
    st.builds(
        lambda name, login, resource, age, life: held(
            str(name), login=login, resource=resource, expires=NOON - age + life, made_at=NOON - age
        ),
        st.uuids(),
        st.sampled_from(["claire", "paul"]),
        st.sampled_from(["me/events", "me/contacts"]),
        st.timedeltas(timedelta(0), 2 * LIFE),
        st.timedeltas(timedelta(minutes=45), LIFE),
    ),
    max_size=6,
    unique_by=lambda each: each.id,
)
WANTS = st.sets(
    st.builds(Wanted, login=st.sampled_from(["claire", "paul"]), resource=st.sampled_from(["me/events", "me/contacts"]))
)


@given(WANTS, SUBSCRIPTIONS)
def test_afterwards_everything_wanted_is_there_once_and_nothing_else_and_there_is_no_more_to_do(wanted, before):
    after = []
    steps = next_steps(wanted, before, NOON)
    touched = {step.subscription.id for step in steps if not isinstance(step, Create)}
    after += [each for each in before if each.id not in touched]
    for number, step in enumerate(steps):
        match step:
            case Create(wanted=want):
                after.append(held(f"N{number}", login=want.login, resource=want.resource))
            case Renew(subscription=each):
                after.append(replace(each, made_at=NOON, expires=NOON + LIFE))
    assert sorted((each.login, each.resource) for each in after) == sorted((want.login, want.resource) for want in wanted)
    assert next_steps(wanted, after, NOON) == []


@given(st.uuids(), st.timedeltas(timedelta(minutes=45), LIFE))
def test_a_renewal_falls_between_two_and_three_fifths_of_a_life(id, life):
    one = held(str(id), expires=NOON + life)
    assert 0.4 * life <= renewal_of(one) - NOON <= 0.6 * life


def test_a_login_that_fails_is_left_alone_for_longer_each_time_up_to_an_hour():
    pauses = [pause_after(failures) / timedelta(minutes=1) for failures in (1, 2, 3, 6, 7, 1_000)]
    assert pauses == [1, 2, 4, 32, 60, 60]


@pytest.mark.parametrize(
    ("kind", "direction", "folder", "container", "resource"),
    [
        ("events", Direction.BOTH, "", "", "events"),
        ("events", Direction.TO_GOPAAS, "", "CAL", "events"),
        ("events", Direction.BOTH, "Chantiers", "CAL", "calendars/CAL/events"),
        ("events", Direction.BOTH, "Chantiers", "", None),
        ("events", Direction.TO_OUTLOOK, "", "CAL", None),
        ("contacts", Direction.TO_OUTLOOK, "GoPaaS", "F", None),
        ("contacts", Direction.BOTH, "GoPaaS", "F", "contactFolders/F/contacts"),
        ("contacts", Direction.BOTH, "GoPaaS", "", None),
    ],
)
def test_a_job_watches_its_own_calendar_or_folder_if_it_has_news_to_fetch_there(kind, direction, folder, container, resource):
    assert resource_of(kind, direction, folder=folder, container=container) == resource


@given(st.text(), st.text())
def test_only_the_secret_itself_has_its_digest(secret, guess):
    assert (digest_of(guess) == digest_of(secret)) == (guess == secret)
