"""Random people with two calendars between them, random faults, a process that dies at random: then peace, and the invariants.

After the people stop, both sides agree within two cycles, one row is one event, the plan is empty and stays empty, nobody was
mailed, and what a person wrote is to be seen, or was followed by something later, or is in the conflict store (sync-model I1 to I3,
I5, I8, I18). In what the sides may still differ is said once, in `Machine.excused`. The short profile runs in `make test`;
`HYPOTHESIS_PROFILE=soak` is the long one.
"""

from __future__ import annotations

import asyncio
import re
from datetime import date, datetime, timedelta

from effort import SOAK
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from outlookd.core.model import WRITES, Link, LinkStatus
from outlookd.core.rules import Limits
from outlookd.errors import Rejected
from outlookd.testing import Crash, MemoryStore
from sync.agenda import DAY, AgendaWorld, make_agenda_job

PROFILE = settings(
    max_examples=2000 if SOAK else 20,
    stateful_step_count=40 if SOAK else 20,
    deadline=None,
    derandomize=not SOAK,
    suppress_health_check=list(HealthCheck),
)

WORDS = st.sampled_from(["Alpha", "Beta", "Gamma", "$$NULL", "Été & hiver", "two\nlines"])
KEYS = st.sampled_from(["anna", "bruno", "chloe", "denis"])
TEXTS = st.sampled_from(["intitule", "note", "lieu"])
PROPERTY_OF = {"intitule": "subject", "note": "body", "lieu": "location"}
MOMENTS = st.sampled_from(
    [
        datetime(2026, 11, 24, 9),
        datetime(2026, 12, 2, 14, 30),
        datetime(2027, 3, 28, 10),
        date(2026, 12, 24),
        datetime(2026, 11, 10, 9),
        datetime(2031, 5, 6, 9),
    ]
)
"""Soon, later, the day on which the clocks change, a whole day, the past, and far outside of every window."""
STEPS = st.sampled_from([7, 14, 1])
ROWS_IN_A_PAGE = 100
ANCHOR = "ancre"
"""A pair that nobody touches: a side that shows nothing at all is never believed."""


class Machine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        # Guards have their own tests; here they would only stop the machine from settling.
        limits = Limits(deletes_min=1000, shrink_percent=1000, field_percent=1000)
        self.world = AgendaWorld(job=make_agenda_job(limits=limits))
        self.count = 0
        # What people wrote last, numbered, by side, object and column; and the conflicts of states that were lost.
        self.written: dict[tuple[str, str, str], int] = {}
        self.conflicts = []

    def teardown(self) -> None:
        try:
            if self.world.crm.rows:
                self.settle()
        finally:
            self.runner.close()

    def do(self, awaitable):
        return self.runner.run(awaitable)

    @initialize(keys=st.sets(KEYS, min_size=1))
    def begin(self, keys: set[str]) -> None:
        for key in (ANCHOR, *sorted(keys)):
            self.world.add_row(key)
        self.do(self.world.run())

    def write(self, side: str, id: str, column: str, word: str) -> str:
        """A text that nobody wrote before."""
        self.count += 1
        self.written[side, id, column] = self.count
        return f"{word} #{self.count}"

    # --- whom a rule means

    def an_event(self, data) -> str:
        """A single event or a series in the calendar, but not the anchor's nor a copy of it."""
        ids = [id for id, event in self.world.outlook.events.items() if not event.marker.endswith(f"/{ANCHOR}")]
        return data.draw(st.sampled_from(sorted(ids))) if ids else ""

    def a_series(self, data) -> str:
        ids = [id for id, event in self.world.outlook.events.items() if event.pattern is not None]
        return data.draw(st.sampled_from(sorted(ids))) if ids else ""

    def an_occurrence(self, data) -> str:
        series = self.a_series(data)
        if not series:
            return ""
        window = self.world.job.horizon.at(self.world.clock.now()).inner
        ids = [one.id for one in self.world.outlook.events[series].instances(window)][:6]
        return data.draw(st.sampled_from(ids)) if ids else ""

    def a_row(self, data) -> str:
        keys = [key for key in self.world.crm.rows if key != ANCHOR]
        return data.draw(st.sampled_from(sorted(keys))) if keys else ""

    # --- people at GoPaaS

    @rule(key=KEYS, start=MOMENTS)
    def add_row(self, key: str, start: date) -> None:
        if key not in self.world.crm.rows:
            # A row that comes back under its old key says something later than what its event says.
            self.world.add_row(key, start, **{column: self.write("row", key, column, "New") for column in PROPERTY_OF})

    @rule(data=st.data(), column=TEXTS, word=WORDS)
    def edit_row(self, data, column: str, word: str) -> None:
        if key := self.a_row(data):
            self.world.edit_row(key, **{column: self.write("row", key, column, word)})

    @rule(data=st.data(), start=MOMENTS)
    def reschedule_row(self, data, start: date) -> None:
        if key := self.a_row(data):
            self.world.edit_row(key, start)

    @rule(data=st.data())
    def delete_row(self, data) -> None:
        if key := self.a_row(data):
            self.world.delete_row(key)
            self.written = {entry: number for entry, number in self.written.items() if entry[:2] != ("row", key)}

    # --- people at Outlook

    @rule(start=MOMENTS, word=WORDS)
    def add_event(self, start: date, word: str) -> None:
        self.world.outlook.add(start, subject=word)

    @rule(start=st.sampled_from([datetime(2026, 11, 23, 9), datetime(2026, 9, 7, 8), date(2026, 11, 26)]), step=STEPS)
    def add_series(self, start: date, step: int) -> None:
        day = start.date() if isinstance(start, datetime) else start
        self.world.outlook.add_series(start, step=step, last=day + 5 * step * DAY, subject="Series")

    @rule(data=st.data(), column=TEXTS, word=WORDS)
    def edit_event(self, data, column: str, word: str) -> None:
        if id := self.an_event(data):
            self.world.outlook.edit(id, **{PROPERTY_OF[column]: self.write("event", id, column, word)})

    @rule(data=st.data(), start=MOMENTS)
    def reschedule_event(self, data, start: date) -> None:
        if id := self.an_event(data):
            self.world.outlook.edit(id, start)
            self.forget_exceptions(id)

    def forget_exceptions(self, series: str) -> None:
        """Outlook itself drops what was written into single occurrences when their series moves."""
        self.written = {key: number for key, number in self.written.items() if not key[1].startswith(f"{series}.")}

    @rule(data=st.data())
    def delete_event(self, data) -> None:
        if id := self.an_event(data):
            self.world.outlook.delete(id)

    @rule(data=st.data(), column=TEXTS, word=WORDS)
    def edit_occurrence(self, data, column: str, word: str) -> None:
        if id := self.an_occurrence(data):
            self.world.outlook.edit(id, **{PROPERTY_OF[column]: self.write("event", id, column, word)})

    @rule(data=st.data(), hours=st.sampled_from([2, 24]))
    def move_occurrence(self, data, hours: int) -> None:
        if id := self.an_occurrence(data):
            times = self.world.outlook.found(id).times
            whole = self.world.outlook.found(id).content["isAllDay"]
            start = times.start + timedelta(hours=24 if whole else hours)
            try:
                self.world.outlook.edit(id, start.date() if whole else start)
            except Rejected:
                return  # over its neighbour: Outlook says no

    @rule(data=st.data())
    def delete_occurrence(self, data) -> None:
        if id := self.an_occurrence(data):
            self.world.outlook.delete(id)

    @rule(data=st.data(), by=st.sampled_from([timedelta(hours=1), 1 * DAY, 7 * DAY]))
    def move_series(self, data, by: timedelta) -> None:
        if id := self.a_series(data):
            whole = self.world.outlook.events[id].content["isAllDay"]
            self.world.outlook.move_series(id, max(by, DAY) if whole else by)
            self.forget_exceptions(id)

    @rule(data=st.data())
    def end_series(self, data) -> None:
        if id := self.a_series(data):
            self.world.outlook.end_series(id, date(2026, 12, 1))

    @rule(data=st.data())
    def copy_event(self, data) -> None:
        if id := self.an_event(data):
            self.world.outlook.copy(id)

    @rule(data=st.data())
    def move_to_another_calendar(self, data) -> None:
        if id := self.an_event(data):
            here = self.world.outlook.events[id].calendar == "calendar"
            others = [name for name in self.world.outlook.calendars if name != "calendar"]
            other = others[0] if others else self.world.outlook.add_calendar("Private")
            self.world.outlook.move(id, other if here else "calendar")

    # --- meetings

    @rule(data=st.data())
    def invite(self, data) -> None:
        if (id := self.an_event(data)) and self.world.outlook.events[id].mine:
            self.world.outlook.invite(id, "customer@example.com")

    @rule(start=MOMENTS, step=st.sampled_from([0, 7]))
    def receive_invitation(self, start: date, step: int) -> None:
        self.world.outlook.receive_invitation(start, organizer="boss@example.com", step=step, subject="Invitation")

    @rule(data=st.data(), reply=st.sampled_from(["accepted", "declined"]))
    def respond(self, data, reply) -> None:
        if (id := self.an_event(data)) and not self.world.outlook.events[id].mine:
            self.world.outlook.respond(id, reply)

    @rule(data=st.data())
    def cancel(self, data) -> None:
        if (id := self.an_event(data)) and not self.world.outlook.events[id].mine:
            self.world.outlook.cancel(id)

    @rule(data=st.data())
    def make_private(self, data) -> None:
        if id := self.an_event(data):
            self.world.outlook.make_private(id)

    @rule(data=st.data())
    def make_online(self, data) -> None:
        if id := self.an_event(data):
            self.world.outlook.make_online(id)

    # --- the world

    @rule(data=st.data())
    def churn(self, data) -> None:
        if id := self.an_event(data):
            self.world.outlook.churn(id)

    @rule()
    def forget_tokens(self) -> None:
        self.world.outlook.expire()

    @rule(data=st.data())
    def lag(self, data) -> None:
        if id := self.an_event(data):
            self.world.outlook.lagging.add(id)

    @rule()
    def catch_up(self) -> None:
        self.world.outlook.lagging.clear()

    @rule(replays=st.booleans(), reorders=st.booleans())
    def disturb_the_feed(self, replays: bool, reorders: bool) -> None:
        self.world.outlook.replays, self.world.outlook.reorders = replays, reorders

    @rule(keep=st.booleans())
    def keep_ids_of_moved_series(self, keep: bool) -> None:
        self.world.outlook.new_ids = not keep

    @rule()
    def lose_an_answer(self) -> None:
        self.world.outlook.lose_answers = 1

    @rule()
    def lose_an_answer_of_gopaas(self) -> None:
        self.world.crm.lose_answers = 1

    @rule(time=st.sampled_from([timedelta(hours=7), 3 * DAY, 40 * DAY]))
    def let_time_pass(self, time: timedelta) -> None:
        self.world.clock.advance(time.total_seconds())

    # --- the daemon

    @rule()
    def run(self) -> None:
        self.do(self.world.run())

    @rule()
    def run_in_full(self) -> None:
        self.do(self.world.run(full=True))

    @rule(moment=st.integers(1, 14))
    def die(self, moment: int) -> None:
        self.world.crasher.arm(moment)
        try:
            self.do(self.world.run())
        except (Crash, BaseExceptionGroup):
            pass
        finally:
            self.world.crasher.arm(None)

    @rule()
    def lose_the_state(self) -> None:
        self.conflicts += self.do(self.world.store.conflicts(self.world.job.id))
        self.world.store = MemoryStore(self.world.crasher)

    # --- what must hold at any time

    @invariant()
    def nobody_was_mailed(self) -> None:
        assert self.world.outlook.mails == []

    @invariant()
    def one_link_per_record(self) -> None:
        links = self.do(self.world.links()).values()
        ids = [link.outlook_id for link in links if link.outlook_id]
        assert len(set(ids)) == len(ids)

    # --- and in the end

    def settle(self) -> None:
        world = self.world
        world.outlook.lagging.clear()
        world.outlook.replays = world.outlook.reorders = False
        world.crm.lose_answers = world.outlook.lose_answers = 0
        for _ in range(3):
            self.do(world.run())
        plan = self.do(world.plan())
        assert [action for action in plan.actions if action.op in WRITES] == []
        poisoned = {entry.id for entry in self.do(world.store.quarantine(world.job.id))}
        assert plan.waiting <= len(poisoned)
        self.check_agreement(plan, poisoned)
        self.check_pairs()
        self.check_nothing_is_lost()
        assert world.outlook.mails == []
        report = self.do(world.run())
        if not (plan.held or poisoned):
            # What lies in another calendar is looked at once more by every run, in one request.
            pages = -(-len(world.crm.rows) // ROWS_IN_A_PAGE)
            assert (report.requests["gopaas"], report.requests["graph"] <= 2) == (pages, True)

    def check_agreement(self, plan, poisoned: set[str]) -> None:
        links = self.do(self.world.links())
        waiting = {action.link.gopaas_id for held in plan.held for action in held.actions}
        waiting |= {key for key, link in links.items() if not poisoned.isdisjoint((key, link.outlook_id))}
        for key, columns in self.do(self.world.agree()).items():
            left = {name: pair for name, pair in columns.items() if not self.excused(links[key], name, pair[1])}
            assert not left or key in waiting, (key, left)

    def excused(self, link: Link, column: str, shown: str) -> bool:
        """Whether the rules let a row differ from its event, which shows `shown`.

        Nothing is done about what lies outside the window, nor about the text of an online meeting or any event that is over
        (design rules 7 and 8); what is private, cancelled or declined is left alone on both sides (rule 11). What the organiser of
        a meeting left empty may be filled in at GoPaaS. Writes that wait were held by a guard, or refused by Outlook for good.
        """
        now, event = self.world.clock.now(), self.world.outlook.find_event(link.outlook_id)
        if not self.world.job.horizon.at(now).keeps(link.gopaas.span, link.outlook.span):
            return True
        if event is None:
            return False
        content = event.content
        barred = content["sensitivity"] != "normal" or content["isCancelled"] or content["responseStatus"]["response"] == "declined"
        filled_in = not event.appointment.mine and not shown
        sealed = event.times.span.end <= now or (column == "note" and bool(content["joinUrl"]))
        return barred or filled_in or sealed

    def check_nothing_is_lost(self) -> None:
        """What somebody wrote is still there, or something that was written later is, or the conflict store has it."""
        kept = [*self.conflicts, *self.do(self.world.store.conflicts(self.world.job.id))]
        stored = {number for one in kept for fields in (one.gopaas, one.outlook) for number in numbers(fields.values())}
        for (side, id, column), number in self.written.items():
            if side == "row" and id in self.world.crm.rows:
                shown = self.world.row_content(id)[column]
            elif side == "event" and self.world.outlook.find_event(id) is not None:
                shown = self.world.event_content(id)[column]
            else:
                continue
            assert number in stored or max(numbers([shown]), default=0) >= number, (side, id, column, number, shown)

    def check_pairs(self) -> None:
        """One row is one event: no living link shares a half, and no two rows name one event."""
        links = [link for link in self.do(self.world.links()).values() if link.status is not LinkStatus.TOMBSTONE]
        ids = [link.outlook_id for link in links if link.outlook_id]
        assert len(set(ids)) == len(ids)


def numbers(values) -> set[int]:
    """The numbers of the texts that people wrote."""
    return {int(number) for value in values for number in re.findall(r"#(\d+)", str(value))}


def test_both_sides_settle_after_any_history():
    run_state_machine_as_test(Machine, settings=PROFILE)
