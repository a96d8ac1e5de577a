"""The whole of Graph behind one function: a call goes in, an answer comes out, and errors are answers too."""

from __future__ import annotations

import asyncio
from typing import assert_never

from outlookd.sandbox.directory import Directory
from outlookd.sandbox.faults import Fault, Faults, Kind
from outlookd.sandbox.graph import calendar_tracking, calendars, contacts, events, folders, profile, tracking
from outlookd.sandbox.graph.access import check_mailbox, check_permission, check_token, find_owner
from outlookd.sandbox.graph.batch import run_batch
from outlookd.sandbox.graph.call import JSON_TYPE, Answer, Call
from outlookd.sandbox.graph.errors import GraphError, error_answer, from_fault, from_refusal
from outlookd.sandbox.graph.routes import Visit, find_route, split_owner
from outlookd.sandbox.graph.subscriptions import ShakeHands, SubscriptionDesk
from outlookd.sandbox.graph.throttle import Throttle
from outlookd.sandbox.ids import Family
from outlookd.sandbox.maillog import MailLog
from outlookd.sandbox.meetings import Meetings
from outlookd.sandbox.refusal import Refusal

CONTACT_ROUTES = (*tracking.ROUTES, *contacts.ROUTES, *folders.ROUTES)
CALENDAR_ROUTES = (*calendar_tracking.ROUTES, *events.ROUTES, *calendars.ROUTES)
ROUTES = (*CONTACT_ROUTES, *CALENDAR_ROUTES, *profile.ROUTES)
"""In the order in which they are tried: `delta` before the ids that could look like it."""


class GraphService:
    """Answers calls for everybody in `directory`. `mail_log` receives what Exchange would have mailed.

    `shake_hands` asks an address whether it wants to be notified.
    """

    def __init__(self, directory: Directory, mail_log: MailLog, faults: Faults, shake_hands: ShakeHands) -> None:
        self.directory = directory
        self.mail_log = mail_log
        self.faults = faults
        self._meetings = Meetings(directory, mail_log)
        self._desk = SubscriptionDesk(directory, shake_hands)
        self.throttle = Throttle(directory.switches, directory.now)

    async def answer(self, call: Call) -> Answer:
        """The answer to an HTTP request of its own."""
        try:
            if [segment.lower() for segment in call.segments] == ["$batch"]:
                return await self._batch(call)
            return await self._serve(call, self.directory.switches.latency)
        except (Refusal, GraphError) as error:
            return self.refuse(call, error)

    def refuse(self, call: Call, error: Refusal | GraphError) -> Answer:
        """The error answer to `call`."""
        if isinstance(error, Refusal):
            error = from_refusal(error, self.directory.switches)
        return error_answer(error, call, self.directory.now())

    async def _batch(self, call: Call) -> Answer:
        check_token(self.directory, call)
        if call.method != "POST":
            raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
        return await run_batch(
            call,
            self._item,
            lambda method, target: self.faults.take("graph.item", method, f"/{target}"),
            shuffle=self.directory.switches.shuffle_batch,
        )

    async def _item(self, call: Call, fault: Fault | None) -> Answer | None:
        """One item of a batch, with the fault it meets. None: its answer is lost."""
        if fault is None:
            return await self._item_answer(call)
        await asyncio.sleep(fault.seconds)
        match fault.kind:
            case Kind.SLOW:
                return await self._item_answer(call)
            case Kind.STATUS:
                return self.refuse(call, from_fault(fault))
            case Kind.STATUS_AFTER:
                await self._item_answer(call)
                return self.refuse(call, from_fault(fault))
            case Kind.DROP_BEFORE:
                return None
            case Kind.DROP_AFTER:
                await self._item_answer(call)
                return None
            case _:
                assert_never(fault.kind)

    async def _item_answer(self, call: Call) -> Answer:
        try:
            return await self._serve(call, self.directory.switches.item_latency)
        except (Refusal, GraphError) as error:
            return self.refuse(call, error)

    async def _serve(self, call: Call, latency: float) -> Answer:
        grant = check_token(self.directory, call)
        if call.segments[0].lower() == "subscriptions":
            await asyncio.sleep(latency)
            return _finish(call, await self._desk.answer(call, grant))
        owner, rest = split_owner(call.segments)
        route, ids = find_route(ROUTES, call.method, rest)
        user = find_owner(self.directory, grant, owner[1] if len(owner) > 1 else None)
        visit = Visit(
            call=call,
            user=user,
            owner=owner,
            ids=ids,
            switches=self.directory.switches,
            now=self.directory.now,
            meetings=self._meetings,
        )
        if not route.resource:
            return _finish(call, route.handle(visit))
        check_permission(grant, call.method, route.resource)
        with self.throttle.slot(grant.client_id, user.object_id):
            await asyncio.sleep(latency)
            check_mailbox(user, call.method)
            return _finish(call, route.handle(visit))


def _finish(call: Call, answer: Answer) -> Answer:
    """`answer` with the headers that every success carries; which preferences were followed is said in one of them."""
    headers = dict(answer.headers)
    if answer.body is not None:
        headers.setdefault("Content-Type", JSON_TYPE)
    if call.family is Family.IMMUTABLE:
        applied = [headers["Preference-Applied"]] if "Preference-Applied" in headers else []
        headers["Preference-Applied"] = ", ".join([*applied, 'IdType="ImmutableId"'])
    return Answer(status=answer.status, body=answer.body, headers=headers)
