"""The one line that a run leaves in the log."""

from __future__ import annotations

from datetime import UTC, datetime

from outlookd.core.model import RunReport, RunStatus, Tally
from outlookd.sync.report import figures

REPORT = RunReport(
    run="r",
    job="claire/contact/contact/GoPaaS",
    user="claire",
    type="contact",
    status=RunStatus.HELD,
    started=datetime(2026, 11, 23, tzinfo=UTC),
    created=Tally(gopaas=1, outlook=2),
    requests={"gopaas": 3, "graph": 4},
    seconds=1.23456,
    message="2 contacts of the folder 'Confidential' are held",
)


def test_the_line_counts_every_write_by_side_and_every_request_by_service():
    line = figures(REPORT)
    assert (line["created_gopaas"], line["created_outlook"], line["deleted_outlook"]) == (1, 2, 0)
    assert (line["requests_gopaas"], line["requests_graph"], line["duration_s"]) == (3, 4, 1.235)


def test_the_line_quotes_no_message():
    assert "Confidential" not in str(figures(REPORT))
