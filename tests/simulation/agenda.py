"""One user's agenda on both sides, as people act on it: who is in it, how one acts, and what one writes.

What people do with it is in `calendar_people`. Whatever Exchange mails because of an act of theirs is theirs (`Ledger.mails`).
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from outlookd.core.model import Side
from outlookd.sandbox.appointments import Appointment, Instance, Window
from outlookd.sandbox.crm import ZONE
from outlookd.sandbox.directory import User
from outlookd.sandbox.seed import UPNS
from simulation.contact_people import HOSTILE
from simulation.ledger import CANARY, Ledger, Numbers, thing_of
from simulation.stage import Stage

PARIS = "Romance Standard Time"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TEXTS = {"intitule": "subject", "note": "body", "lieu": "location"}
DAYS = (1, 1, 2, 3, 5, 8, 13, 19, 26, 33, 45, 125, -1, -3, -10, 70)
"""How many days from today things are put: soon, later, over the night when the clocks change, in the past, beyond the smaller windows."""


class Agenda:
    """Of one user, whose acts are told to the ledger."""

    def __init__(self, stage: Stage, ledger: Ledger, numbers: Numbers, login: str, rng: Random) -> None:
        self._stage, self._ledger, self._numbers, self._login, self._rng = stage, ledger, numbers, login, rng

    # --- who is there ----------------------------------------------------------------------------------------------------

    @property
    def table(self) -> Any:
        return self._stage.world.crm.table("action")

    @property
    def calendars(self) -> Any:
        return self._stage.world.directory.user(UPNS[self._login]).calendars

    @property
    def today(self) -> datetime:
        """Midnight on the clocks of Paris."""
        return datetime.combine(self._stage.world.crm.now().astimezone(ZONE).date(), time())

    def rows(self) -> list[str]:
        """The keys of this user's rows."""
        return [key for key, row in self.table.rows.items() if row["utilisateur"] == self._login]

    def singles(self, *, mine: bool = True) -> list[Appointment]:
        """Single events of the user's own calendar."""
        found = [one for one in self.calendars.events() if one.shape.recurrence is None]
        return [one for one in found if one.is_organizer or not mine]

    def all_series(self) -> list[Appointment]:
        """Series of the user's own."""
        return [one for one in self.calendars.events() if one.shape.recurrence is not None and one.is_organizer]

    def occurrences(self) -> list[Instance]:
        """The next occurrences of one of them."""
        series = self._pick(self.all_series())
        if series is None:
            return []
        start = self._stage.world.crm.now()
        return list(series.instances(Window(start=start, end=start + 29 * DAY)))[:5]

    def _pick(self, among: list[Any]) -> Any:
        return self._rng.choice(among) if among else None

    @property
    def _user(self) -> User:
        return self._stage.world.directory.user(UPNS[self._login])

    def _update(self, id: str, properties: dict[str, Any], user: User | None = None) -> None:
        with self._mailing():
            self._stage.meetings.update(user or self._user, id, properties)

    def _create(self, properties: dict[str, Any], user: User | None = None) -> Appointment:
        with self._mailing():
            return self._stage.meetings.create(user or self._user, properties)

    def _delete(self, id: str, user: User | None = None) -> None:
        with self._mailing():
            self._stage.meetings.delete(user or self._user, id)

    @contextmanager
    def _mailing(self) -> Any:
        log = self._stage.world.mail_log
        before = len(log)
        try:
            yield
        finally:
            self._ledger.mails.update(range(before, len(log)))

    # --- values ----------------------------------------------------------------------------------------------------------

    def _thing(self, key: str) -> int:
        return self._ledger.things.get((Side.GOPAAS, key)) or thing_of(self.table.rows[key]["intitule"])

    def _whose(self, one: Appointment) -> int:
        return self._ledger.things.get((Side.OUTLOOK, one.immutable_id)) or thing_of(one.shape.content["subject"])

    def _start(self, day: int | None = None) -> datetime:
        """A wall time that nothing else begins at."""
        minutes = 7 * 60 + 5 * (self._numbers.number() % 120)
        return self.today + (self._rng.choice(DAYS) if day is None else day) * DAY + timedelta(minutes=minutes)

    def _text(self, name: str, thing: int) -> tuple[str, str]:
        token = self._numbers.word()
        match name:
            case "intitule":
                return f"{self._rng.choice(HOSTILE)}{CANARY} b{thing}q {token}", token
            case "note":
                return f"{CANARY} {token}\nsuite de la note", token
            case _:
                return f"{self._rng.choice(HOSTILE)}{CANARY} {token}", token

    def _body(self, thing: int, start: datetime, length: timedelta) -> tuple[dict[str, Any], dict[str, str]]:
        properties, tokens = times(start, length), {}
        for name in ("intitule", *(each for each in ("note", "lieu") if self._rng.random() < 0.6)):
            value, tokens[name] = self._text(name, thing)
            properties |= as_property(name, value)
        return properties, tokens

    @staticmethod
    def _cells(start: datetime, length: timedelta) -> dict[str, Any]:
        end = start + length
        return {
            "date_debut": f"{start:%Y-%m-%d}",
            "heure_debut": f"{start:%H:%M:%S}",
            "date_fin": f"{end:%Y-%m-%d}",
            "heure_fin": f"{end:%H:%M:%S}",
        }


BOSS = "direction@ateliers-du-lac.test"


def times(start: datetime, length: timedelta) -> dict[str, Any]:
    return {
        name: {"dateTime": f"{wall:%Y-%m-%dT%H:%M:%S}", "timeZone": PARIS}
        for name, wall in (("start", start), ("end", start + length))
    }


def as_property(name: str, value: str) -> dict[str, Any]:
    match name:
        case "intitule":
            return {"subject": value}
        case "note":
            return {"body": {"contentType": "html", "content": f"<p><b>{value}</b></p>"}}
        case _:
            return {"location": {"displayName": value}}
