"""Who wins a true conflict."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from outlookd.core.model import Link, Origin, Record, Side
from outlookd.core.policy import BUILT_IN

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def choose(policy: str, *, gopaas: datetime | None, outlook: datetime | None, exact: bool = True, origin=Origin.GOPAAS):
    left = Record(side=Side.GOPAAS, id="k", modified=gopaas, modified_exact=exact)
    right = Record(side=Side.OUTLOOK, id="o", modified=outlook, modified_exact=True)
    return BUILT_IN[policy].choose(Link(id="l", job="j", gopaas_id="k", origin=origin), left, right)


@pytest.mark.parametrize(("minutes", "expected"), [(3, Side.OUTLOOK), (-3, Side.GOPAAS), (2, Side.GOPAAS), (-2, Side.GOPAAS)])
def test_the_newest_wins_beyond_two_minutes(minutes, expected):
    assert choose("newest", gopaas=NOON, outlook=NOON + timedelta(minutes=minutes)) is expected


@pytest.mark.parametrize("origin", Origin)
def test_a_day_without_an_hour_is_no_time(origin):
    born = Side.OUTLOOK if origin is Origin.OUTLOOK else Side.GOPAAS
    assert choose("newest", gopaas=NOON, outlook=NOON + timedelta(hours=9), exact=False, origin=origin) is born


def test_an_unknown_time_is_no_time():
    assert choose("newest", gopaas=None, outlook=NOON) is Side.GOPAAS


@pytest.mark.parametrize(("policy", "expected"), [("gopaas", Side.GOPAAS), ("outlook", Side.OUTLOOK), ("hold", None)])
def test_the_other_policies_look_at_no_clock(policy, expected):
    assert choose(policy, gopaas=NOON, outlook=NOON + timedelta(days=1)) is expected
