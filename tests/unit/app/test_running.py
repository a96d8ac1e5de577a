"""The mark of a running daemon."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from outlookd.app.daemon.mark import marked_as_running


def test_an_orderly_end_leaves_nothing(tmp_path):
    with marked_as_running(tmp_path / "state.db") as unclean:
        assert not unclean
        assert [path.name for path in tmp_path.iterdir()] == ["state.db.running"]
    assert list(tmp_path.iterdir()) == []


def test_a_crash_is_noticed_by_the_next_start_and_by_no_later_one(tmp_path):
    with pytest.raises(ZeroDivisionError), marked_as_running(tmp_path / "state.db"):
        raise ZeroDivisionError
    with capture_logs() as logs, marked_as_running(tmp_path / "state.db") as unclean:
        assert unclean
    assert [entry["event"] for entry in logs] == ["daemon.previous_shutdown_unclean"]
    with marked_as_running(tmp_path / "state.db") as unclean:
        assert not unclean


def test_a_mark_that_cannot_be_left_stops_nothing(tmp_path):
    with capture_logs() as logs, marked_as_running(tmp_path / "nowhere" / "state.db") as unclean:
        assert not unclean
    assert [entry["event"] for entry in logs] == ["daemon.mark.failed"]
