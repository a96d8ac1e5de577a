"""Random people on both sides, random faults, a process that dies at random: then peace, and the invariants.

After the people stop, two cycles later both sides agree, nothing is doubled, links are one to one, the plan is empty and stays
empty (sync-model I1, I2, I5, I18). The short profile runs in `make test`; `HYPOTHESIS_PROFILE=soak` is the long one.
"""

from __future__ import annotations

import asyncio

from effort import SOAK
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from outlookd.core.model import WRITES, Direction
from outlookd.core.rules import Limits
from outlookd.testing import Crash, MemoryStore
from sync.world import World, make_job

PROFILE = settings(
    max_examples=2000 if SOAK else 20,
    stateful_step_count=40 if SOAK else 25,
    deadline=None,
    derandomize=not SOAK,
    suppress_health_check=list(HealthCheck),
)

WORDS = st.sampled_from(["", "Alpha", "Beta", "Gamma", "$$NULL", "Été"])
PHONES = st.sampled_from(["", "0199", "0299"])
PEOPLE = st.sampled_from(["anna", "bruno", "chloe", "denis", "emma"])
COLUMNS = {"companyName": "societe", "mobilePhone": "telephone"}


class Machine(RuleBasedStateMachine):
    direction = Direction.BOTH

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        # Guards have their own tests; here they would only stop the machine from settling.
        limits = Limits(deletes_min=1000, shrink_percent=1000)
        self.world = World(job=make_job(self.direction, limits=limits))

    def teardown(self) -> None:
        try:
            if self.world.crm.rows or self.world.outlook.folders:
                self.settle()
        finally:
            self.runner.close()

    def do(self, awaitable):
        return self.runner.run(awaitable)

    @initialize(keys=st.sets(PEOPLE, min_size=1))
    def begin(self, keys: set[str]) -> None:
        # A side that shows nothing at all is never believed; one pair that nobody deletes keeps that guard quiet.
        for key in ("ancre", *sorted(keys)):
            self.world.add_row(key)
        self.do(self.world.run())

    def others(self) -> list[str]:
        # Nor its copies: after a loss of the state one of them may be taken for it.
        return sorted(id for id in self.world.contacts() if not self.world.outlook.items[id].marker.endswith("/ancre"))

    # --- people

    @rule(key=PEOPLE, word=WORDS)
    def add_or_edit_row(self, key: str, word: str) -> None:
        if key in self.world.crm.rows:
            self.world.crm.rows[key]["societe"] = word
        else:
            self.world.add_row(key, societe=word)

    @rule(key=PEOPLE, number=PHONES)
    def edit_phone_in_gopaas(self, key: str, number: str) -> None:
        if key in self.world.crm.rows:
            self.world.crm.rows[key]["telephone"] = number

    @rule(key=PEOPLE)
    def delete_row(self, key: str) -> None:
        self.world.crm.rows.pop(key, None)

    @rule(data=st.data(), field=st.sampled_from(["companyName", "mobilePhone", "personalNotes"]), word=WORDS)
    def edit_contact(self, data, field: str, word: str) -> None:
        if ids := sorted(self.world.contacts()):
            id = data.draw(st.sampled_from(ids))
            self.world.outlook.edit(id, **{field: word or None})

    @rule(data=st.data())
    def delete_contact(self, data) -> None:
        if ids := self.others():
            id = data.draw(st.sampled_from(ids))
            self.world.outlook.delete(id)

    @rule(data=st.data())
    def churn(self, data) -> None:
        if ids := sorted(self.world.contacts()):
            self.world.outlook.churn(data.draw(st.sampled_from(ids)))

    @rule(data=st.data())
    def copy_contact(self, data) -> None:
        if ids := sorted(self.world.contacts()):
            item = self.world.outlook.items[data.draw(st.sampled_from(ids))]
            self.world.outlook.add(self.world.folder, item.body, marker=item.marker)

    # --- the world

    @rule()
    def forget_tokens(self) -> None:
        self.world.outlook.expire()

    @rule(data=st.data())
    def lag(self, data) -> None:
        if ids := sorted(self.world.contacts()):
            self.world.outlook.lagging.add(data.draw(st.sampled_from(ids)))

    @rule()
    def catch_up(self) -> None:
        self.world.outlook.lagging.clear()

    @rule()
    def lose_an_answer(self) -> None:
        self.world.outlook.lose_answers = 1

    @rule()
    def lose_an_answer_of_gopaas(self) -> None:
        self.world.crm.lose_answers = 1

    # --- the daemon

    @rule()
    def run(self) -> None:
        self.do(self.world.run())

    @rule(moment=st.integers(1, 12))
    def die(self, moment: int) -> None:
        self.world.crasher.arm(moment)
        try:
            self.do(self.world.run())
        except (Crash, BaseExceptionGroup):
            pass
        finally:
            self.world.crasher.arm(None)

    @precondition(lambda self: self.direction is Direction.TO_OUTLOOK)
    @rule()
    def lose_the_state(self) -> None:
        self.world.store = MemoryStore(self.world.crasher)

    @invariant()
    def one_link_per_record(self) -> None:
        links = self.do(self.world.links()).values()
        ids = [link.outlook_id for link in links if link.outlook_id]
        assert len(set(ids)) == len(ids)

    def settle(self) -> None:
        world = self.world
        world.outlook.lagging.clear()
        world.crm.lose_answers = world.outlook.lose_answers = 0
        for _ in range(3):
            self.do(world.run())
        plan = self.do(world.plan())
        assert [action for action in plan.actions if action.op in WRITES] == []
        assert plan.waiting == 0
        self.agree()
        report = self.do(world.run())
        assert report.requests == {"gopaas": 1, "graph": 1}

    def agree(self) -> None:
        """Every live pair shows the same; in a mirror, every row has a contact."""
        links = self.do(self.world.links())
        for key, link in links.items():
            if link.status == "active":
                row, body = self.world.crm.rows[key], self.world.outlook.items[link.outlook_id].body
                for name, column in COLUMNS.items():
                    if row[column] or self.direction is Direction.BOTH:
                        assert (body.get(name) or "").replace("$ $", "$$") == row[column].replace("$ $", "$$")
        assert set(self.world.crm.rows) <= set(links)


class Mirror(Machine):
    direction = Direction.TO_OUTLOOK

    def agree(self) -> None:
        super().agree()
        rows = set(self.world.crm.rows)
        active = {key for key, link in self.do(self.world.links()).items() if link.status == "active"}
        assert rows == active


def test_two_ways_settle_after_any_history():
    run_state_machine_as_test(Machine, settings=PROFILE)


def test_a_mirror_settles_after_any_history():
    run_state_machine_as_test(Mirror, settings=PROFILE)
