"""Outlook through Microsoft Graph: one client per mailbox, one adapter per kind of record.

The client knows HTTP, tokens, limits and errors; `batch` and `delta` know Graph's two bulk protocols; `contacts` and `events`
speak the engine's language. Nothing here decides what a change means.
"""

from __future__ import annotations

from outlookd.graph.client import GraphClient
from outlookd.graph.contacts import ContactsAdapter
from outlookd.graph.events import EventsAdapter
from outlookd.graph.throttle import MailboxLimit

__all__ = ["ContactsAdapter", "EventsAdapter", "GraphClient", "MailboxLimit"]
