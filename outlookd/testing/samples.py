"""Invented links, intents, journal lines and reports for tests of a store: nobody in them exists.

Each maker returns the plainest sensible value; keyword arguments replace single attributes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from outlookd.core.model import Conflict, Fields, Intent, JournalEntry, Link, Op, RunReport, RunStatus, Side

JOB = "j.martin/contact/clients/crm"
OTHER_JOB = "j.martin/calendar/rendezvous"
NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)

FIELDS: Fields = {
    "displayName": "Écluse & fils",
    "birthday": "1980-02-29",
    "emailAddresses": ("accueil@example.com", "contact@example.test"),
    "children": (),
    "companyName": None,
    "employees": 12,
    "isCustomer": True,
}


def make_link(name: str, **changes: Any) -> Link:
    """A living link whose ids follow from its name."""
    link = Link(id=f"link-{name}", job=JOB, gopaas_id=f"cle-{name}", outlook_id=f"AAMk{name}=")
    return replace(link, **changes)


def make_intent(link: Link, **changes: Any) -> Intent:
    """An announced creation of the link's Outlook half."""
    intent = Intent(
        id=f"intent-{link.id}",
        job=link.job,
        run="run-1",
        op=Op.CREATE,
        side=Side.OUTLOOK,
        link=link,
        before={},
        after=FIELDS,
        sent_at=NOON,
        longer={"emailAddresses": ("a@example.com", "b@example.com")},
        rule="1",
        mails=True,
        seen={Side.GOPAAS: "changed"},
        image={"nom": "Durand", "email": None},
        conflicts=(make_conflict(link),),
    )
    return replace(intent, **changes)


def make_entry(link: Link, **changes: Any) -> JournalEntry:
    """The journal line of that creation."""
    entry = JournalEntry(
        run="run-1",
        at=NOON,
        op=Op.CREATE,
        side=Side.OUTLOOK,
        link=link.id,
        gopaas_id=link.gopaas_id,
        outlook_id=link.outlook_id,
        before={},
        after=FIELDS,
        reason="new in the view",
    )
    return replace(entry, **changes)


def make_conflict(link: Link, **changes: Any) -> Conflict:
    """Two people changed the link's address."""
    conflict = Conflict(
        link=link.id,
        group="businessAddress",
        winner=Side.OUTLOOK,
        gopaas={"businessAddress.city": "Lyon"},
        outlook={"businessAddress.city": "Nantes"},
        base={"businessAddress.city": None},
        rule="4",
    )
    return replace(conflict, **changes)


def make_report(run: str, **changes: Any) -> RunReport:
    """A run that did something of everything."""
    report = RunReport(run=run, job=JOB, user="j.martin", type="contact", status=RunStatus.OK, started=NOON)
    return replace(report, **changes)
