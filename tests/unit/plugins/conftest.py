"""Things that hooks are told about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from outlookd.core.model import Action, JournalEntry, Link, Op, RunReport, RunStatus, Side


@pytest.fixture
def link():
    return Link(id="l1", job="j", gopaas_id="k1", outlook_id="o1")


@pytest.fixture
def action(link):
    return Action(op=Op.UPDATE, side=Side.OUTLOOK, link=link, reason="a test")


@pytest.fixture
def entry():
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    return JournalEntry(
        run="r",
        at=moment,
        op=Op.UPDATE,
        side=Side.OUTLOOK,
        link="l1",
        gopaas_id="k1",
        outlook_id="o1",
        before={},
        after={},
        reason="",
    )


@pytest.fixture
def report():
    return RunReport(run="r", job="j", user="u", type="contact", status=RunStatus.OK, started=datetime(2026, 11, 22, tzinfo=UTC))
