"""What may be written to an Outlook event at all: the mail firewall and its neighbours (design rules 7 and 8).

Graph has no switch that keeps it from mailing the attendees of an event (complaint 21), so whether a write may send mail follows
from the event itself, before anything is sent. Contacts know none of this; what an export may delete is said here, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from outlookd.core.model import Link, Record
from outlookd.core.rules import Rules
from outlookd.core.verdict import dirty

TIME = "time"
"""The group of fields that every handler of events keeps start and end in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shield:
    """How one pair's Outlook half is protected.

    `sealed` fields are not written there, and a GoPaaS edit of them stays where it is. `mirrored`: nothing is written there, and
    GoPaaS shows what Outlook shows. `mails`: a write could send mail to other people.
    """

    sealed: frozenset[str] = frozenset()
    mirrored: bool = False
    mails: bool = False


def shield(link: Link, gopaas: Record, outlook: Record, rules: Rules) -> Shield:
    """The protection of a pair that both sides show.

    Past events stay as they are (complaint 20): a salesman writes his report into last week's appointment. One that GoPaaS moves
    into the future is no longer past.
    """
    rescheduled = not is_over(gopaas, rules.now) and bool(dirty(link.gopaas, gopaas.fields, _days(rules)))
    over = is_over(outlook, rules.now) and not rescheduled
    return Shield(
        sealed=rules.fieldmap.mapped if over else outlook.sealed,
        mirrored=outlook.guest,
        mails=outlook.attended,
    )


def _days(rules: Rules) -> frozenset[str]:
    """The fields that say when something takes place."""
    return frozenset(name for name in rules.fieldmap.mapped if rules.fieldmap.group_of(name) == TIME)


def is_over(record: Record, now: datetime) -> bool:
    """Whether it has ended by `now` (aware, UTC)."""
    return record.span is not None and record.span.end <= now


def why_not_delete(link: Link, outlook: Record, rules: Rules) -> str:
    """Why the Outlook half must not be deleted, in words; empty when it may be."""
    if not link.marker:
        return "we did not stamp it"
    if rules.resource == "contacts":
        return "a person edited the contact" if link.touched else ""
    if outlook.guest:
        return "somebody else organises it"
    if outlook.attended and not rules.allow_mail:
        return "other people would be told"
    if outlook.span is not None and outlook.span.start <= rules.now:
        return "it has begun"
    return ""
