"""More acts of the people around an agenda, which happen in histories with a theme only (`themes.py`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from outlookd.core.model import Side
from outlookd.sandbox.appointments import Appointment
from outlookd.sandbox.ids import Family
from simulation.calendar_people import DAY, HOUR, CalendarPeople, as_property, times
from simulation.ledger import stamp

FAR = (390, 420, -70)
"""So many days from today nothing is in any view or window."""


class CalendarCases(CalendarPeople):
    """Everybody who has to do with one user's agenda, in any history."""

    @property
    def acts(self) -> list[tuple[int, Callable[[], str]]]:
        """What may happen, with how often in a history without a theme."""
        cases = (
            self.edit_row_delete_event, self.edit_event_delete_row, self.add_whole_day_event, self.make_whole_day,
            self.add_private_event, self.postpone_row, self.add_impossible_row, self.break_row, self.leave_old_event,
            self.leave_look_alike, self.shift_series, self.note_on_online_meeting,
        )  # fmt: skip
        return [*super().acts, *((0, act) for act in cases)]

    # --- edited here, deleted there --------------------------------------------------------------------------------------

    def _known(self) -> tuple[str, Appointment] | None:
        """A row and its single event."""
        events = {self._whose(one): one for one in self.singles()}
        key = self._pick([key for key in self.rows() if self._thing(key) in events])
        return (key, events[self._thing(key)]) if key else None

    def edit_row_delete_event(self) -> str:
        """Between two runs somebody edits the record while the event is deleted."""
        known = self._known()
        if not known:
            return ""
        key, one = known
        told = self._edit(key, self._rng.choice(("intitule", "note", "lieu")))
        self._delete(one.immutable_id)
        self._ledger.remove(Side.OUTLOOK, one.immutable_id, thing=self._whose(one))
        return f"{told}; {self._login} deletes event …{one.immutable_id[-8:]}"

    def edit_event_delete_row(self) -> str:
        """The other way round."""
        known = self._known()
        if not known:
            return ""
        key, one = known
        told = self._change(one.immutable_id, self._whose(one), self._rng.choice(("intitule", "note", "lieu")))
        self._ledger.remove(Side.GOPAAS, key, thing=self._thing(key))
        self._stage.world.crm.delete("action", key)
        return f"{told}; {self._login} deletes appointment {key} in the CRM"

    # --- whole days ------------------------------------------------------------------------------------------------------

    def add_whole_day_event(self) -> str:
        """An event of one or more whole days."""
        thing, start = self._numbers.thing(), self._midnight()
        properties, tokens = self._body(thing, start, HOUR)
        id = self._create({**properties, **_whole_days(start, self._rng.choice((1, 1, 3)))}).immutable_id
        self._note(thing, id, tokens, start)
        return f"{self._login} enters event …{id[-8:]} of whole days from {start:%d/%m} (thing {thing})"

    def make_whole_day(self) -> str:
        """An event becomes one of whole days, or is moved to others."""
        one, start = self._pick(self.singles()), self._midnight()
        if not one:
            return ""
        self._update(one.immutable_id, _whole_days(start, self._rng.choice((1, 2))))
        self._ledger.write(Side.OUTLOOK, one.immutable_id, "time", stamp(start))
        return f"{self._login} makes event …{one.immutable_id[-8:]} last whole days from {start:%d/%m}"

    def _midnight(self) -> datetime:
        return self._start().replace(hour=0, minute=0)

    # --- what must not be touched ----------------------------------------------------------------------------------------

    def note_on_online_meeting(self) -> str:
        """An event becomes an online meeting, and its record gets a note before the next run."""
        known = self._known()
        if not known:
            return ""
        key, one = known
        self._update(one.immutable_id, {"isOnlineMeeting": True})
        self._ledger.touched.add(one.immutable_id)
        return f"{self._login} makes event …{one.immutable_id[-8:]} an online meeting; {self._edit(key, 'note')}"

    # --- private, postponed, impossible ----------------------------------------------------------------------------------

    def add_private_event(self) -> str:
        """An event that never was for others to see."""
        thing, start = self._numbers.thing(), self._start(self._rng.choice((1, 2, 5, 8)))
        properties, tokens = self._body(thing, start, HOUR)
        sensitivity = self._rng.choice(("private", "confidential", "personal"))
        id = self._create({**properties, "sensitivity": sensitivity}).immutable_id
        self._note(thing, id, tokens, start)
        self._ledger.secrets.update(tokens.values())
        return f"{self._login} enters event …{id[-8:]}, {sensitivity}, at {start:%d/%m %H:%M} (thing {thing})"

    def _change(self, id: str, thing: int, name: str) -> str:
        told = super()._change(id, thing, name)
        one = self.calendars._appointments.get(id)
        if one is not None and one.shape.content["sensitivity"] != "normal":
            self._ledger.secrets.add(self._ledger.written[-1].token)
        return told

    def postpone_row(self) -> str:
        """To a day that no view shows and no window reaches."""
        key, day = self._pick(self.rows()), self._rng.choice(FAR)
        if not key:
            return ""
        start = self._start(day)
        self._stage.world.crm.edit("action", key, self._cells(start, HOUR), by=self._login)
        self._ledger.write(Side.GOPAAS, key, "time", stamp(start))
        return f"{self._login} moves appointment {key} far away, to {start:%d/%m/%Y %H:%M}"

    def add_impossible_row(self) -> str:
        """A record whose times nobody can mean."""
        thing, start = self._numbers.thing(), self._start(self._rng.choice((1, 2, 5)))
        self._ledger.impossible.add(thing)
        return self._enter(thing, {**self._cells(start, HOUR), **self._impossible(start)}, start)

    def break_row(self) -> str:
        """A record gets such times."""
        key, start = self._pick(self.rows()), self._start(self._rng.choice((1, 2, 5)))
        if not key:
            return ""
        cells = {**self._cells(start, HOUR), **self._impossible(start)}
        self._ledger.impossible.add(self._thing(key))
        self._stage.world.crm.edit("action", key, cells, by=self._login)
        self._ledger.write(Side.GOPAAS, key, "time", stamp(start))
        return f"{self._login} gives appointment {key} impossible times"

    def _impossible(self, start: datetime) -> dict[str, Any]:
        before = f"{start - 2 * DAY:%Y-%m-%d}"
        return self._rng.choice(
            ({"date_fin": before}, {"date_debut": "2027-02-30"}, {"heure_debut": "25:61:00"}, {"heure_debut": None})
        )

    def shift_series(self) -> str:
        """A whole series to the next day of the week: every occurrence gets another id."""
        one = self._pick(self.all_series())
        if not one:
            return ""
        start = one.shape.start.wall + DAY
        shown = one.shape.recurrence.shown()
        pattern = {**shown["pattern"], "daysOfWeek": [start.strftime("%A").lower()]}
        recurrence = {"pattern": pattern, "range": {**shown["range"], "startDate": f"{start:%Y-%m-%d}"}}
        self._update(one.immutable_id, {**times(start, HOUR), "recurrence": recurrence})
        self._ledger.remove(Side.OUTLOOK, one.immutable_id, "reshaped", thing=self._whose(one))
        return f"{self._login} moves series …{one.immutable_id[-8:]} to the day after"

    # --- what the old button left ----------------------------------------------------------------------------------------

    def leave_old_event(self) -> str:
        """A row whose column names the event that the old button made of it; people went on with both."""
        key, event = self._leave_event()
        if event is None:
            return ""
        id = event.id(self._rng.choice(tuple(Family)))
        self.table.rows[key]["outlook_id"] = id
        return f"the old button left event …{event.immutable_id[-8:]} of appointment {key}"

    def leave_look_alike(self) -> str:
        """The same appointment on both sides, entered twice by hand."""
        key, event = self._leave_event()
        return f"appointment {key} is also event …{event.immutable_id[-8:]}, entered by hand" if event is not None else ""

    def _leave_event(self) -> tuple[str, Appointment | None]:
        rows = [key for key in self.rows() if self._thing(key) not in self._ledger.found and self.table.rows[key]["heure_debut"]]
        key = self._pick(rows)
        if not key:
            return "", None
        row, thing = self.table.rows[key], self._thing(key)
        start, end = (datetime.fromisoformat(f"{row[f'date_{end}']}T{row[f'heure_{end}']}") for end in ("debut", "fin"))
        event = self._create({**times(start, end - start), **as_property("intitule", str(row["intitule"]))})
        self._ledger.made(thing, Side.OUTLOOK, event.immutable_id)
        self._ledger.find(thing)
        return key, event


def _whole_days(start: datetime, days: int) -> dict[str, Any]:
    """As Outlook says it: the last day is the one before the end."""
    return {"isAllDay": True, **times(start, timedelta(days=days))}
