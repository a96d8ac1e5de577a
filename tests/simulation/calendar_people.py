"""People and appointments, at the CRM and in Outlook: one method per act, as in `contact_people`.

What they act on is in `agenda`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from outlookd.core.model import Side
from outlookd.sandbox.appointments import Appointment
from outlookd.sandbox.ids import Family
from outlookd.sandbox.refusal import Refusal
from outlookd.sandbox.seed import UPNS
from simulation.agenda import BOSS, DAY, HOUR, TEXTS, Agenda, as_property, times
from simulation.ledger import stamp


class CalendarPeople(Agenda):
    """Everybody who has to do with one user's agenda."""

    @property
    def acts(self) -> list[tuple[int, Callable[[], str]]]:
        """What may happen, with how often."""
        return [
            (4, self.add_row), (7, self.edit_row), (3, self.reschedule_row), (3, self.delete_row), (1, self.restore_row),
            (1, self.leave_view), (1, self.edit_without_stamp), (1, self.stamp_without_edit),
            (5, self.add_event), (7, self.edit_event), (3, self.reschedule_event), (4, self.delete_event), (3, self.add_series),
            (4, self.edit_occurrence), (2, self.move_occurrence), (3, self.delete_occurrence), (2, self.move_series),
            (1, self.end_series), (2, self.copy_event), (2, self.move_event_away), (1, self.move_event_back),
            (2, self.receive_invitation), (1, self.respond), (1, self.organiser_acts), (2, self.invite), (1, self.make_private),
            (2, self.make_online), (1, self.touch_all), (3, self.edit_both), (1, self.add_whole_day),
        ]  # fmt: skip

    # --- at the CRM ------------------------------------------------------------------------------------------------------

    def add_row(self) -> str:
        """A new record, with an hour or two."""
        thing, start = self._numbers.thing(), self._start()
        cells = self._cells(start, HOUR * self._rng.choice((1, 1, 2, 10)))
        return self._enter(thing, cells, start)

    def add_whole_day(self) -> str:
        """A record of one or more whole days."""
        thing, start = self._numbers.thing(), self._start().replace(hour=0, minute=0)
        last = start + self._rng.choice((0, 0, 2)) * DAY
        cells = {"date_debut": f"{start:%Y-%m-%d}", "date_fin": f"{last:%Y-%m-%d}", "heure_debut": None, "heure_fin": None}
        return self._enter(thing, cells, start)

    def _enter(self, thing: int, cells: dict[str, Any], start: datetime) -> str:
        texts = {name: self._text(name, thing) for name in ("intitule", *(n for n in ("note", "lieu") if self._rng.random() < 0.6))}
        row = {**cells, **{name: value for name, (value, _) in texts.items()}, "utilisateur": self._login}
        key = self._stage.world.crm.create("action", row, by=self._login)["cle"]
        self._ledger.made(thing, Side.GOPAAS, key)
        for name, (_, token) in texts.items():
            self._ledger.write(Side.GOPAAS, key, name, token)
        self._ledger.write(Side.GOPAAS, key, "time", stamp(start))
        return f"{self._login} enters appointment {key} at {start:%d/%m %H:%M} (thing {thing})"

    def edit_row(self) -> str:
        """One text of a record."""
        key = self._pick(self.rows())
        return self._edit(key, self._rng.choice(tuple(TEXTS))) if key else ""

    def _edit(self, key: str, name: str) -> str:
        value, token = self._text(name, self._thing(key))
        self._stage.world.crm.edit("action", key, {name: value}, by=self._login)
        self._ledger.write(Side.GOPAAS, key, name, token)
        return f"{self._login} writes {name} of appointment {key} ({token})"

    def edit_without_stamp(self) -> str:
        """A program that writes without setting the modification's date."""
        key = self._pick(self.rows())
        if not key:
            return ""
        value, token = self._text("lieu", self._thing(key))
        self.table.rows[key]["lieu"] = value
        self._ledger.write(Side.GOPAAS, key, "lieu", token)
        return f"a program writes lieu of appointment {key} ({token}), and no modification date"

    def stamp_without_edit(self) -> str:
        """A modification date without a modification."""
        key = self._pick(self.rows())
        if key:
            self._stage.world.crm.edit("action", key, {}, by=self._login)
        return f"appointment {key} is saved unchanged" if key else ""

    def reschedule_row(self) -> str:
        """To another time."""
        key, start = self._pick(self.rows()), self._start()
        if not key:
            return ""
        self._stage.world.crm.edit("action", key, self._cells(start, HOUR), by=self._login)
        self._ledger.write(Side.GOPAAS, key, "time", stamp(start))
        return f"{self._login} moves appointment {key} to {start:%d/%m %H:%M}"

    def delete_row(self) -> str:
        """Into the trash can."""
        key = self._pick(self.rows())
        if not key:
            return ""
        self._ledger.remove(Side.GOPAAS, key, thing=self._thing(key))
        self._stage.world.crm.delete("action", key)
        return f"{self._login} deletes appointment {key} in the CRM"

    def restore_row(self) -> str:
        """Out of it again."""
        key = self._pick([key for key, row in self.table.trash.items() if row["utilisateur"] == self._login])
        if not key:
            return ""
        others = [self._thing(row) for row in self.rows()]
        self._stage.world.crm.restore("action", key)
        self._ledger.restore(key, self._thing(key), others)
        return f"{self._login} restores appointment {key} from the trash can"

    def leave_view(self) -> str:
        """The record is given to somebody else."""
        key = self._pick(self.rows())
        if not key:
            return ""
        self._stage.world.crm.edit("action", key, {"utilisateur": "personne"}, by=self._login)
        self._ledger.remove(Side.GOPAAS, key, "left", thing=self._thing(key))
        return f"appointment {key} is given to somebody else"

    # --- in Outlook ------------------------------------------------------------------------------------------------------

    def add_event(self) -> str:
        """A new appointment."""
        thing, start = self._numbers.thing(), self._start()
        body = self._body(thing, start, HOUR)
        id = self._create(body[0]).immutable_id
        self._note(thing, id, body[1], start)
        return f"{self._login} enters event …{id[-8:]} at {start:%d/%m %H:%M} (thing {thing})"

    def add_series(self) -> str:
        """A weekly series, from a recent week on."""
        thing, start = self._numbers.thing(), self._start(self._rng.choice((1, 2, 3, -12)))
        properties, tokens = self._body(thing, start, HOUR)
        day = start.strftime("%A").lower()
        pattern = {"type": "weekly", "interval": self._rng.choice((1, 1, 2)), "daysOfWeek": [day]}
        range = {"type": "numbered", "startDate": f"{start:%Y-%m-%d}", "numberOfOccurrences": self._rng.choice((2, 3, 5))}
        self._ledger.days[thing] = range["numberOfOccurrences"]
        id = self._create({**properties, "recurrence": {"pattern": pattern, "range": range}}).immutable_id
        self._ledger.series.add(thing)
        self._note(thing, id, tokens, None)
        return f"{self._login} enters series …{id[-8:]} from {start:%d/%m %H:%M} (thing {thing})"

    def _note(self, thing: int, id: str, tokens: dict[str, str], start: datetime | None) -> None:
        self._ledger.made(thing, Side.OUTLOOK, id)
        for name, token in tokens.items():
            self._ledger.write(Side.OUTLOOK, id, name, token)
        if start is not None:
            self._ledger.write(Side.OUTLOOK, id, "time", stamp(start))

    def edit_event(self) -> str:
        """One text of an event or of a whole series."""
        one = self._pick(self.singles() + self.all_series())
        return self._change(one.immutable_id, self._whose(one), self._rng.choice(tuple(TEXTS))) if one else ""

    def _change(self, id: str, thing: int, name: str) -> str:
        value, token = self._text(name, thing)
        self._update(id, as_property(name, value))
        self._ledger.made(thing, Side.OUTLOOK, id)
        self._ledger.write(Side.OUTLOOK, id, name, token)
        return f"{self._login} writes {TEXTS[name]} of event …{id[-20:]} ({token})"

    def edit_both(self) -> str:
        """The same thing on both sides between two runs, half of the time the same text."""
        one = self._pick(self.singles())
        keys = [key for key in self.rows() if one and self._thing(key) == self._whose(one)]
        if not keys:
            return ""
        here, there = self._rng.choice(tuple(TEXTS)), self._rng.choice(tuple(TEXTS))
        return f"{self._edit(keys[0], here)}; {self._change(one.immutable_id, self._whose(one), here if self._rng.random() < 0.5 else there)}"

    def reschedule_event(self) -> str:
        """To another time."""
        one, start = self._pick(self.singles()), self._start()
        if not one:
            return ""
        self._update(one.immutable_id, {"isAllDay": False, **times(start, HOUR)})
        self._ledger.write(Side.OUTLOOK, one.immutable_id, "time", stamp(start))
        return f"{self._login} moves event …{one.immutable_id[-8:]} to {start:%d/%m %H:%M}"

    def delete_event(self) -> str:
        """An event or a series, into Deleted Items."""
        one = self._pick(self.singles(mine=False) + self.all_series())
        if not one:
            return ""
        self._delete(one.immutable_id)
        self._ledger.remove(Side.OUTLOOK, one.immutable_id, thing=self._whose(one))
        return f"{self._login} deletes event …{one.immutable_id[-8:]}"

    def edit_occurrence(self) -> str:
        """A text of a single occurrence."""
        one = self._pick(self.occurrences())
        if not one:
            return ""
        return self._change(one.id(Family.IMMUTABLE), self._whose(one.appointment), self._rng.choice(tuple(TEXTS)))

    def move_occurrence(self) -> str:
        """A single occurrence to another hour."""
        one = self._pick(self.occurrences())
        if not one:
            return ""
        start = one.shape.start.wall + timedelta(minutes=self._rng.choice((25, 95, 205)))
        try:
            self._update(one.id(Family.IMMUTABLE), times(start, HOUR))
        except Refusal:
            return ""  # over its neighbour: Outlook says no
        self._ledger.touched.add(one.appointment.immutable_id)
        return f"{self._login} moves occurrence …{one.id(Family.IMMUTABLE)[-20:]} to {start:%d/%m %H:%M}"

    def delete_occurrence(self) -> str:
        """A single occurrence."""
        one = self._pick(self.occurrences())
        if not one:
            return ""
        id = one.id(Family.IMMUTABLE)
        self._delete(id)
        self._ledger.remove(Side.OUTLOOK, id, thing=self._whose(one.appointment))
        self._ledger.touched.add(one.appointment.immutable_id)
        return f"{self._login} deletes occurrence …{id[-20:]}"

    def move_series(self) -> str:
        """A whole series to another hour; Outlook drops what was written into single occurrences."""
        one = self._pick(self.all_series())
        if not one:
            return ""
        start = one.shape.start.wall.replace(hour=self._rng.choice((7, 11, 15)), minute=self._rng.choice((5, 25)))
        self._update(one.immutable_id, times(start, HOUR))
        self._ledger.remove(Side.OUTLOOK, one.immutable_id, "reshaped", thing=self._whose(one))
        return f"{self._login} moves series …{one.immutable_id[-8:]} to {start:%H:%M}"

    def end_series(self) -> str:
        """A series with fewer occurrences."""
        one = self._pick(self.all_series())
        if not one:
            return ""
        shown = one.shape.recurrence.shown()
        shown["range"] |= {"type": "numbered", "numberOfOccurrences": 1}
        shown["range"].pop("endDate", None)
        self._update(one.immutable_id, {"recurrence": shown})
        self._ledger.remove(Side.OUTLOOK, one.immutable_id, "reshaped", thing=self._whose(one))
        return f"{self._login} ends series …{one.immutable_id[-8:]} after its first day"

    def copy_event(self) -> str:
        """Our stamp is copied along."""
        one = self._pick(self.singles())
        if not one:
            return ""
        id, thing = self.calendars.copy(one.immutable_id).immutable_id, self._whose(one)
        self._ledger.copies[thing] = self._ledger.copies.get(thing, 0) + 1
        self._ledger.made(thing, Side.OUTLOOK, id)
        self._ledger.touched.add(id)
        return f"{self._login} copies event …{one.immutable_id[-8:]} to …{id[-8:]}"

    def move_event_away(self) -> str:
        """Into another calendar."""
        one = self._pick(self.singles() + self.all_series())
        if not one:
            return ""
        others = [calendar for calendar in self.calendars.all_calendars() if calendar.id != self.calendars.default.id]
        other = others[0].id if others else self.calendars.create_calendar("Privé").id
        self.calendars.move(one.immutable_id, other)
        self._ledger.remove(Side.OUTLOOK, one.immutable_id, "moved", thing=self._whose(one))
        return f"{self._login} moves event …{one.immutable_id[-8:]} into another calendar"

    def move_event_back(self) -> str:
        """And back."""
        away = [
            one
            for calendar in self.calendars.all_calendars()
            if calendar.id != self.calendars.default.id
            for one in self.calendars.events(calendar.id)
        ]
        one = self._pick(away)
        if not one:
            return ""
        self.calendars.move(one.immutable_id, self.calendars.default.id)
        self._ledger.touched.add(one.immutable_id)
        return f"{self._login} moves event …{one.immutable_id[-8:]} back"

    # --- meetings --------------------------------------------------------------------------------------------------------

    def receive_invitation(self) -> str:
        """From somebody whose calendar is nobody's business here."""
        thing, start = self._numbers.thing(), self._start(self._rng.choice((1, 2, 5)))
        properties, tokens = self._body(thing, start, HOUR)
        boss = self._stage.world.directory.user(BOSS) or self._stage.world.directory.add_user(BOSS, "Direction")
        guests = [{"type": "required", "emailAddress": {"address": UPNS[self._login], "name": self._login}}]
        copy = self.calendars.participation(self._create({**properties, "attendees": guests}, boss).uid)
        self._note(thing, copy.immutable_id, tokens, start)
        return f"{self._login} is invited to event …{copy.immutable_id[-8:]} at {start:%d/%m %H:%M} (thing {thing})"

    def _guests_events(self) -> list[Appointment]:
        return [one for one in self.calendars.events() if not one.is_organizer]

    def respond(self) -> str:
        """Yes or no."""
        one, reply = self._pick(self._guests_events()), self._rng.choice(("accepted", "declined"))
        if not one:
            return ""
        with self._mailing():
            self._stage.meetings.respond(self._user, one.immutable_id, reply)
        if reply == "declined":
            self._ledger.remove(Side.OUTLOOK, one.immutable_id, thing=self._whose(one))
        self._ledger.touched.add(one.immutable_id)
        return f"{self._login} answers {reply} to event …{one.immutable_id[-8:]}"

    def organiser_acts(self) -> str:
        """Whoever invited changes or cancels."""
        one = self._pick(self._guests_events())
        boss = self._stage.world.directory.user(BOSS)
        original = boss.calendars.participation(one.uid) if one and boss else None
        if original is None:
            return ""
        if self._rng.random() < 0.5:
            self._delete(original.immutable_id, boss)
            self._ledger.remove(Side.OUTLOOK, one.immutable_id, thing=self._whose(one))
            return f"the organiser cancels event …{one.immutable_id[-8:]}"
        value, token = self._text("lieu", 0)
        self._update(original.immutable_id, as_property("lieu", value), boss)
        self._ledger.write(Side.OUTLOOK, one.immutable_id, "lieu", token)
        return f"the organiser writes location of event …{one.immutable_id[-8:]} ({token})"

    def invite(self) -> str:
        """A customer, to an event of the user's own: Graph tells them of every change from now on."""
        one = self._pick(self.singles() + self.all_series())
        if not one:
            return ""
        guests = [{"type": "required", "emailAddress": {"address": "client@example.com", "name": "Client"}}]
        self._update(one.immutable_id, {"attendees": guests})
        self._ledger.touched.add(one.immutable_id)
        return f"{self._login} invites a customer to event …{one.immutable_id[-8:]}"

    def make_private(self) -> str:
        """An event becomes private."""
        one = self._pick(self.singles() + self.all_series())
        if not one:
            return ""
        self._update(one.immutable_id, {"sensitivity": "private"})
        self._ledger.remove(Side.OUTLOOK, one.immutable_id, "private", thing=self._whose(one))
        return f"{self._login} makes event …{one.immutable_id[-8:]} private"

    def make_online(self) -> str:
        """An event becomes an online meeting."""
        one = self._pick(self.singles() + self.all_series())
        if not one:
            return ""
        self._update(one.immutable_id, {"isOnlineMeeting": True})
        self._ledger.touched.add(one.immutable_id)
        return f"{self._login} makes event …{one.immutable_id[-8:]} an online meeting"

    def touch_all(self) -> str:
        """Exchange touches everything without changing anything."""
        self.calendars.churn()
        places = self.calendars.all_calendars()
        self._ledger.touched.update(one.immutable_id for place in places for one in self.calendars.events(place.id))
        return "Exchange gives every event a new change key"
