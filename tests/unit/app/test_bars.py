"""A bar never runs backwards, whatever a run tells, and starts anew with the next run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.app.pages.bars import Bars
from outlookd.app.parts.board import Board

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TOLD = st.tuples(
    st.sampled_from(["gopaas", "outlook", "writes", "a stage of the future"]),
    st.integers(0, 500),
    st.none() | st.integers(0, 400),
)


@given(st.lists(TOLD, max_size=30))
def test_a_bar_never_runs_backwards(told: list[tuple[str, int, int | None]]) -> None:
    board = Board()
    bars = Bars(board)
    shares = []
    with board.running("job", started=NOON, trigger="manual") as progress:
        for stage, done, total in told:
            progress(stage, done, total)
            bar = bars.of("job")
            assert bar is not None
            shares.append(bar.share)
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)


def test_the_next_run_begins_at_nothing() -> None:
    board = Board()
    bars = Bars(board)
    with board.running("job", started=NOON, trigger="manual") as progress:
        progress("writes", 9, 9)
        bar = bars.of("job")
        assert bar is not None
        assert bar.share == 1
    # Nobody looked in between.
    with board.running("job", started=NOON + timedelta(minutes=5), trigger="manual"):
        bar = bars.of("job")
        assert bar is not None
        assert (bar.stage, bar.share) == ("", 0)


@pytest.mark.parametrize("look_before", [True, False])
def test_there_is_no_bar_where_nothing_runs(look_before: bool) -> None:
    board = Board()
    bars = Bars(board)
    if look_before:
        with board.running("job", started=NOON, trigger="manual"):
            bars.of("job")
    assert bars.of("job") is None
