"""What goes wrong: the fault menu of sync-model 3.4, each under the name by which it is counted.

Most are ordered at the sandbox just before a run and withdrawn after it, whether they struck or not; only those that struck are counted. `Misfortunes`
knows no job's meaning, only addresses: with two users a fault meets the requests of one (I12).
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from outlookd.sandbox.directory import MailboxState
from outlookd.sandbox.seed import UPNS
from simulation.circumstances import CONTACTS, Part
from simulation.stage import Stage

WRITES = "^(POST|PATCH|DELETE)"

Order = Callable[[Stage, Part, Random], None]


def _gopaas(kind: str, match: str, **options: Any) -> Order:
    def order(stage: Stage, part: Part, rng: Random) -> None:
        table = "contact" if part.type == CONTACTS else "action"
        pattern = match.format(view=f"{table}.{part.login}", table=table)
        stage.world.faults.add("gopaas", kind, match=pattern, **options)

    return order


def _graph(kind: str, match: str = "", **options: Any) -> Order:
    def order(stage: Stage, part: Part, rng: Random) -> None:
        stage.world.faults.add("graph", kind, match=match, **options)

    return order


def _item(kind: str, match: str = "", **options: Any) -> Order:
    def order(stage: Stage, part: Part, rng: Random) -> None:
        stage.world.faults.add("graph.item", kind, match=match, times=rng.choice((1, 1, 2)), **options)

    return order


ORDERS: dict[str, Order] = {
    "gopaas 401 in the middle": _gopaas("status", "list/{view}", status=401),
    "gopaas 500": _gopaas("status", "list/{view}", status=500),
    "gopaas 500 for good": _gopaas("status", "list/{view}", status=500, times=9),
    "gopaas 500 after the effect": _gopaas("status_after", "^POST .*items/{table}", status=500),
    "gopaas write refused": _gopaas("status", "^POST .*items/{table}", status=500),
    "gopaas answer lost": _gopaas("drop_after", "^POST .*items/{table}"),
    "gopaas write lost": _gopaas("drop_before", "^POST .*items/{table}"),
    "gopaas write too slow": _gopaas("slow", "^POST .*items/{table}", seconds=100.0),
    "gopaas 504 from a proxy": _gopaas("status", "list/{view}", status=504, body="<html>Gateway</html>"),
    "gopaas 200 from a proxy": _gopaas("status", "list/{view}", status=200, body="<html>Login</html>"),
    "gopaas 429": _gopaas("status", "list/{view}", status=429, retry_after=7),
    "gopaas listing dropped": _gopaas("drop_before", "list/{view}", times=3),
    "gopaas 200 after nothing": _gopaas("status", "^POST .*items/{table}", status=200, body={"msg": "Success."}),
    "gopaas empty page with 200": _gopaas("status", "list/{view}", status=200, body={"total": 0, "rows": []}),
    "gopaas empty list with 200": _gopaas("status", "list/{view}", status=200, body=[]),
    "gopaas item empty with 200": _gopaas("status", "item/{table}", status=200, body=[], times=3),
    "graph 429 with Retry-After": _graph("status", status=429, code="TooManyRequests", retry_after=9),
    "graph 429 with a long Retry-After": _graph("status", status=429, code="TooManyRequests", retry_after=900),
    "graph 429 without Retry-After": _graph("status", status=429, code="TooManyRequests"),
    "graph 503 with Retry-After": _graph("status", status=503, code="ServiceUnavailable", retry_after=4),
    "graph 503 for good": _graph("status", status=503, code="ServiceUnavailable", times=9),
    "graph 504": _graph("status", status=504, code="UnknownError", empty=True),
    "graph 401": _graph("status", status=401, code="InvalidAuthenticationToken"),
    "graph claims challenge": _graph("status", status=401, code="InvalidAuthenticationToken", claims='{"access_token":{}}'),
    "graph 410 on a link": _graph("status", "delta.*token=", status=410, code="SyncStateNotFound"),
    "graph 410 on the next link": _graph("status", "skiptoken", status=410, code="SyncStateNotFound"),
    "graph 404 from a proxy": _graph("status", "^GET", status=404, empty=True),
    "graph 409": _graph("status", "^(PATCH|DELETE)", status=409, code="ErrorIrresolvableConflict"),
    "graph batch lost": _graph("drop_before", "batch"),
    "graph batch's answer lost": _graph("drop_after", "batch"),
    "graph batch 500 after the effect": _graph("status_after", "batch", status=500, code="UnknownError"),
    "graph batch too slow": _graph("slow", "batch", seconds=400.0),
    "graph write's answer lost": _graph("drop_after", WRITES),
    "graph item 429": _item("status", status=429, code="TooManyRequests", retry_after=3),
    "graph item 503": _item("status", status=503, code="ServiceUnavailable"),
    "graph item 412": _item("status", "^PATCH", status=412, code="ErrorIrresolvableConflict"),
    "graph item 400": _item("status", "^(PATCH|POST)", status=400, code="ErrorInvalidRequest"),
    "graph item 500 after the effect": _item("status_after", WRITES, status=500, code="UnknownError"),
    "graph item's answer lost": _item("drop_after", WRITES),
    "graph item lost": _item("drop_before", WRITES),
    "graph item 404 on a read": _item("status", "^GET", status=404, code="UnknownError"),
}
"""Faults that meet requests. Each strikes once unless it says otherwise."""


def _turn(**switches: Any) -> Order:
    return lambda stage, _part, _rng: stage.world.directory.switches.turn(switches)


def _state(state: MailboxState) -> Order:
    def order(stage: Stage, part: Part, rng: Random) -> None:
        stage.world.directory.user(UPNS[part.login]).state = state

    return order


def _drift(stage: Stage, part: Part, rng: Random) -> None:
    stage.world.crm.quirks.turn({"drift": "move"})


def _empty_page(stage: Stage, part: Part, rng: Random) -> None:
    stage.world.crm.quirks.turn({"empty_page": rng.choice((1, 2))})


def _forget_tokens(stage: Stage, part: Part, rng: Random) -> None:
    user = stage.world.directory.user(UPNS[part.login])
    user.mailbox.expire_delta()
    user.calendars.tracker.expire()


def _sign_out(stage: Stage, part: Part, rng: Random) -> None:
    stage.signed_out.add(part.login)


def _shorten(stage: Stage, part: Part, rng: Random) -> None:
    stage.world.crm.quirks.turn({"max_length": 60})


STATES: dict[str, Order] = {
    "page shifts while it is read": _drift,
    "silently empty page": _empty_page,
    "delta tokens forgotten": _forget_tokens,
    "delta lags behind": _turn(delta_lag=3000.0),
    "delta comes shuffled": _turn(delta_shuffle=True),
    "delta comes twice": _turn(delta_duplicates=True),
    "invalid_grant": _sign_out,
    "mailbox not enabled": _state(MailboxState.NOT_ENABLED),
    "mailbox denied": _state(MailboxState.ACCESS_DENIED),
    "mailbox moving": _state(MailboxState.MOVING),
    "mailbox over quota": _state(MailboxState.OVER_QUOTA),
    "long texts are cut": _shorten,
}
"""Standing conditions. They count as struck when a run met them."""


class Misfortunes:
    """Of one history."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._switches = dict(stage.world.directory.switches.dump())
        self._quirks = dict(stage.world.crm.quirks.dump())

    def order(self, name: str, part: Part, rng: Random) -> None:
        """Let it happen to this part's next run."""
        (ORDERS.get(name) or STATES[name])(self._stage, part, rng)

    def struck(self, name: str) -> bool:
        """Whether what was ordered has met anything."""
        return name in STATES or not self._stage.world.faults.waiting or "for good" in name or "dropped" in name

    def withdraw(self) -> None:
        """Everything is as it should be. What lagged has arrived."""
        self._stage.world.faults.clear()
        self._stage.signed_out.clear()
        self._stage.world.directory.switches.turn(self._switches)
        self._stage.world.crm.quirks.turn(self._quirks)
        for user in self._stage.world.directory.users:
            user.state = MailboxState.OK
