"""Who is synchronised, from one reading of the settings records to the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from outlookd.app.jobs.enlistment import enlist, seat_of
from outlookd.app.jobs.roster import Roster
from outlookd.core.fieldmap import FieldSpec
from outlookd.core.model import Direction
from outlookd.errors import ConfigurationError, StoreFull, Unreachable
from outlookd.sealing import Seal
from outlookd.settings import Record, load_settings
from outlookd.testing import FakeClock

FILE = """
[gopaas]
url = "https://crm.example.com/app"
api_key_file = "k"
settings_view = 1190
settings_table = "outlook_sync"
[entra]
client_id = "ours"
client_secret_file = "k"
[state]
key_file = "k"
"""
JOB = """
[[job]]
user = "claire"
type = "Contact"
table = "contact"
view = "v"
folder = "GoPaaS"
map = { givenName = "nom" }
"""
CONTACT = {"utilisateur": "claire", "type": "Contact", "tablename": "contact", "vue": "v", "map": '{"givenName":"nom"}'}
CALENDAR = {
    "utilisateur": "claire",
    "type": "Calendar",
    "user_calendar": "utilisateur",
    "tablename": "action",
    "vue": "v",
    "map": '{"id":"oid","startDate":"debut"}',
}


def handler(resource, direction, *names):
    fields = {name: FieldSpec(name=name, group=name, identity=name == "id") for name in names}
    return SimpleNamespace(resource=resource, default_direction=direction, fields=fields, aliases={})


PLUGINS = SimpleNamespace(
    handlers={
        "contact": handler("contacts", Direction.TO_OUTLOOK, "givenName", "surname"),
        "calendar": handler("events", Direction.BOTH, "id", "startDate"),
    },
    transforms={},
    policies={},
)


class Shelf:
    """The store's roster in memory."""

    def __init__(self):
        self.rows = {}
        self.word = ""
        self.writes = 0
        self.full = False

    async def load(self):
        return [self.rows[key] for key in sorted(self.rows)]

    async def keep(self, put, drop):
        if self.full:
            raise StoreFull("no room")
        self.writes += 1
        self.rows = {key: row for key, row in self.rows.items() if key not in drop} | {row.record: row for row in put}
        self.word = ""

    async def doubt(self):
        return self.word

    async def keep_doubt(self, doubt):
        self.word = doubt


class Source:
    """GoPaaS: `records` is what its view shows; an error is what it answers."""

    def __init__(self):
        self.records = {}
        self.error = None

    async def read(self):
        if self.error:
            raise self.error
        return {key: dict(cells) for key, cells in self.records.items()}

    async def save_map(self, key, text, now):
        self.records[key]["map"] = text
        self.saved_at = now


class Office:
    """A configuration, a GoPaaS and a database, from which rosters are made as processes start."""

    def __init__(self, directory):
        self.directory = directory
        (directory / "k").write_text("s")
        (directory / "k").chmod(0o600)
        self.shelf = Shelf()
        self.source = Source()
        self.key = b"k" * 32
        self.clock = FakeClock()
        self.settings = self.configured()

    def configured(self, text=FILE):
        (self.directory / "o.toml").write_text(text)
        return load_settings(self.directory / "o.toml", {})

    def roster(self):
        return Roster(
            self.settings,
            PLUGINS,
            shelf=self.shelf,
            source=lambda: self.source if self.settings.gopaas.settings_view else None,
            seal=lambda: Seal([self.key]),
            clock=self.clock,
        )

    async def started(self):
        roster = self.roster()
        await roster.load()
        return roster


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


@pytest.fixture
async def roster(office):
    """Two users' records have been read."""
    office.source.records = {"R1": CONTACT, "R2": {**CONTACT, "utilisateur": "paul"}}
    roster = office.roster()
    assert await roster.refresh()
    return roster


def ids(roster):
    return [job.id for job in roster.jobs]


def many(count):
    return {f"R{number:02}": {**CONTACT, "utilisateur": f"u{number}"} for number in range(count)}


# --- one reading to the next ---------------------------------------------------------------------------------------------


async def test_records_are_jobs_beside_those_of_the_file(office):
    office.settings = office.configured(FILE + JOB)
    office.source.records = {"R1": CALENDAR}
    roster = office.roster()
    await roster.refresh()
    assert ids(roster) == ["claire/contact/contact/GoPaaS", "claire/calendar/action"]
    assert [roster.place_of(job) for job in roster.jobs] == ["job[1]", "record[R1]"]


async def test_a_reading_without_news_says_so_and_writes_nothing(office, roster):
    assert (await roster.refresh(), office.shelf.writes) == (False, 1)


async def test_an_added_a_changed_and_a_removed_record_take_effect_at_the_next_reading(office, roster):
    office.source.records = {"R1": {**CONTACT, "vue": "other"}, "R3": CALENDAR}
    assert await roster.refresh()
    assert [(job.record, job.view) for job in roster.jobs] == [("R1", "other"), ("R3", "v")]


async def test_a_faulty_record_stops_itself_and_nobody_else(office, roster):
    office.source.records["R2"] = {**CONTACT, "utilisateur": "paul", "map": "{"}
    assert await roster.refresh()
    assert ids(roster) == ["claire/contact/contact/GoPaaS"]
    (fault,) = roster.faults
    assert (fault.record, fault.login, fault.sentence[:16]) == ("R2", "paul", "map: is not JSON")


async def test_a_fault_is_logged_once_and_names_nobody(office, roster):
    office.source.records["R2"]["map"] = "{"
    with capture_logs() as logged:
        for _ in range(3):
            await roster.refresh()
    assert [(line["event"], line["record"]) for line in logged if line["log_level"] == "warning"] == [
        ("roster.record.faulty", "R2")
    ]
    assert "paul" not in str(logged)


async def test_a_repaired_record_runs_again(office, roster):
    before = ids(roster)
    office.source.records["R2"]["map"] = "{"
    await roster.refresh()
    office.source.records["R2"]["map"] = CONTACT["map"]
    assert await roster.refresh()
    assert (ids(roster), roster.faults) == (before, ())


async def test_a_failing_gopaas_changes_nothing_and_is_told(office, roster):
    before = ids(roster)
    office.source.error = Unreachable("no answer", service="gopaas")
    assert not await roster.refresh()
    assert (ids(roster), roster.trouble) == (before, office.source.error)
    office.source.error = None
    await roster.refresh()
    assert roster.trouble is None


async def test_a_reading_that_cannot_be_stored_does_not_count(office, roster):
    """Or the next start would run other jobs than this one."""
    before, office.shelf.full = ids(roster), True
    office.source.records = {"R1": CONTACT}
    assert not await roster.refresh()
    assert (ids(roster), isinstance(roster.trouble, StoreFull)) == (before, True)


@pytest.mark.parametrize(("before", "after"), [(1, 0), (12, 0), (12, 6), (7, 1)])
async def test_a_view_that_lost_most_of_its_records_is_believed_when_it_is_seen_again(office, before, after):
    office.source.records = many(before)
    roster = office.roster()
    await roster.refresh()
    office.source.records = many(after)
    assert not await roster.refresh()
    assert (len(roster.jobs), roster.trouble is None) == (before, False)
    assert await roster.refresh()
    assert (len(roster.jobs), roster.trouble) == (after, None)


@pytest.mark.parametrize(("count", "faulty"), [(2, 2), (12, 12), (12, 6)])
async def test_a_reading_in_which_most_records_became_faulty_is_believed_when_it_is_seen_again(office, count, faulty):
    """A label of the CRM's list was changed, say: the records are all there, and none is a job."""
    office.source.records = many(count)
    roster = office.roster()
    await roster.refresh()
    for key in sorted(office.source.records)[:faulty]:
        office.source.records[key]["type"] = "Synchro Contact"
    assert not await roster.refresh()
    assert (len(roster.jobs), roster.faults, roster.trouble is None) == (count, (), False)
    assert await roster.refresh()
    assert (len(roster.jobs), len(roster.faults), roster.trouble) == (count - faulty, faulty, None)


@pytest.mark.parametrize(("count", "faulty"), [(1, 1), (3, 2), (12, 5)])
async def test_a_few_records_may_become_faulty_at_once_and_say_why(office, count, faulty):
    office.source.records = many(count)
    roster = office.roster()
    await roster.refresh()
    for key in sorted(office.source.records)[:faulty]:
        office.source.records[key]["type"] = "Synchro Contact"
    assert await roster.refresh()
    assert len(roster.faults) == faulty


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [(1, 0, [("warning", 1, 0)]), (4, 1, [("warning", 3, 1)]), (20, 14, [("warning", 6, 14)]), (4, 2, []), (20, 15, [])],
)
async def test_a_large_loss_that_is_believed_is_a_warning(office, before, after, told):
    office.source.records = many(before)
    roster = office.roster()
    await roster.refresh()
    office.source.records = many(after)
    with capture_logs() as logged:
        await roster.refresh()
        await roster.refresh()
    shrunk = [line for line in logged if line["event"] == "roster.shrunk"]
    assert [(line["log_level"], line["lost"], line["left"]) for line in shrunk] == told


async def test_a_start_that_makes_no_job_of_what_was_stored_is_a_warning(office, roster):
    """The state key was lost, or a plugin was switched off."""
    office.key = b"z" * 32
    with capture_logs() as logged:
        await office.started()
    assert [(line["lost"], line["left"]) for line in logged if line["event"] == "roster.shrunk"] == [(2, 0)]


@pytest.mark.parametrize(("before", "after"), [(2, 1), (12, 7), (6, 1), (10, 5)])
async def test_a_few_records_may_go_at_once(office, before, after):
    office.source.records = many(before)
    roster = office.roster()
    await roster.refresh()
    office.source.records = many(after)
    assert await roster.refresh()
    assert len(roster.jobs) == after


async def test_the_second_look_may_be_another_process(office):
    """`outlookd sync` from a timer, without a daemon, must not run for ever what was removed."""
    office.source.records = many(3)
    await office.roster().refresh()
    office.source.records = {}
    await (await office.started()).refresh()
    second = await office.started()
    assert await second.refresh()
    assert second.jobs == ()


async def test_a_full_view_between_two_empty_ones_begins_the_count_anew(office):
    full = many(3)
    office.source.records = full
    roster = office.roster()
    await roster.refresh()
    for office.source.records in ({}, full, {}):
        await roster.refresh()
    assert len(roster.jobs) == 3


async def test_without_a_view_nothing_is_read_and_what_was_stored_goes(office, roster):
    office.settings = office.configured(FILE.replace("settings_view = 1190", "") + JOB)
    other = await office.started()
    await other.refresh()
    assert (ids(other), office.shelf.rows) == (["claire/contact/contact/GoPaaS"], {})


async def test_other_settings_judge_the_same_records_anew(office, roster):
    roster.adopt(office.configured(FILE + '[sync]\ninterval = "1h"\n' + JOB))
    assert [(job.record, job.interval.total_seconds()) for job in roster.jobs] == [("", 3600), ("R2", 3600)]
    assert roster.faults[0].record == "R1"


async def test_what_other_settings_make_of_the_same_records_is_stored_with_the_next_reading(office, roster):
    """The operator's figures are counted there."""
    roster.adopt(office.configured(FILE + JOB))
    await roster.refresh()
    assert [bool(row.fault) for row in await office.shelf.load()] == [True, False]


async def test_settings_that_come_while_a_reading_is_stored_are_not_undone_by_it(office, roster):
    office.source.records["R3"] = {**CONTACT, "utilisateur": "zoe"}
    others, keep = office.configured(FILE + JOB), office.shelf.keep

    async def interrupted(put, drop):
        roster.adopt(others)
        await keep(put, drop)

    office.shelf.keep = interrupted
    await roster.refresh()
    assert [job.record for job in roster.jobs] == ["", "R2", "R3"]


# --- when they were last read ---------------------------------------------------------------------------------------------


async def test_the_time_of_the_last_reading_is_that_of_one_that_counted(office):
    office.source.records = many(3)
    roster = await office.started()
    started = roster.read_at
    office.clock.advance(60)
    await roster.refresh()
    assert roster.read_at - started == timedelta(minutes=1)
    office.clock.advance(60)
    office.source.error = Unreachable("no answer", service="gopaas")
    await roster.refresh()
    office.source.error, office.source.records = None, {}
    await roster.refresh()
    assert roster.read_at - started == timedelta(minutes=1)


async def test_without_a_view_there_is_no_time_of_a_reading(office, roster):
    roster.adopt(office.configured(FILE.replace("settings_view = 1190", "") + JOB))
    assert roster.read_at is None


# --- from one start to the next ------------------------------------------------------------------------------------------


async def test_a_start_knows_the_jobs_and_the_faults_without_asking_anybody(office, roster):
    office.source.records["R3"] = {**CONTACT, "type": "Contcat"}
    await roster.refresh()
    office.source = None
    again = await office.started()
    assert (again.jobs, again.faults) == (roster.jobs, roster.faults)


async def test_what_is_stored_shows_no_secret(office):
    office.source.records = {"R1": {**CONTACT, "client_id": "app", "id_secret": "canary"}}
    await office.roster().refresh()
    assert b"canary" not in repr(office.shelf.rows).encode()


async def test_a_record_that_no_longer_opens_is_a_fault_until_it_is_read_again(office, roster):
    before = ids(roster)
    office.key = b"z" * 32
    again = await office.started()
    assert (again.jobs, [fault.login for fault in again.faults]) == ((), ["claire", "paul"])
    assert await again.refresh()
    assert (ids(again), again.faults) == (before, ())


async def test_a_sealed_record_opens_under_its_own_key_only(office, roster):
    office.shelf.rows["R1"] = replace(office.shelf.rows["R1"], sealed=office.shelf.rows["R2"].sealed)
    again = await office.started()
    assert [fault.record for fault in again.faults] == ["R1"]


async def test_whoever_had_the_folder_keeps_it_across_a_restart(office):
    office.source.records = {"R5": CONTACT}
    await office.roster().refresh()
    office.source.records["R1"] = CONTACT
    await (await office.started()).refresh()
    assert [job.record for job in (await office.started()).jobs] == ["R5"]


# --- saving a map --------------------------------------------------------------------------------------------------------


async def test_a_saved_map_takes_effect_at_once(office, roster):
    (job, _) = roster.jobs
    await roster.save_map(job, '{"surname":"nom"}')
    assert roster.jobs[0].map == {"surname": "nom"}
    assert office.source.saved_at == FakeClock().now()


async def test_a_map_of_the_file_or_without_a_table_cannot_be_saved(office, roster):
    (job, _) = roster.jobs
    assert roster.saves_map_of(job)
    roster.adopt(office.configured(FILE.replace('settings_table = "outlook_sync"', "")))
    assert not roster.saves_map_of(job)
    with pytest.raises(ConfigurationError):
        await roster.save_map(job, "{}")


# --- who gets in ---------------------------------------------------------------------------------------------------------


def enlisted(office, records, seated=()):
    found = [Record(key=key, cells=cells) for key, cells in records.items()]
    return enlist(found, office.settings, PLUGINS, seated=seated)


def reasons(found):
    return {fault.record: fault.sentence for fault in found.faults}


def test_a_job_of_the_file_goes_before_a_record_with_its_folder(office):
    office.settings = office.configured(FILE + JOB)
    (sentence,) = reasons(enlisted(office, {"R1": {**CONTACT, "id_libelle": "gopaas"}})).values()
    assert sentence.startswith("id_libelle: is that of job[1] too")


def test_of_two_new_records_for_one_folder_the_first_key_gets_in(office):
    found = enlisted(office, {"R2": CONTACT, "R1": {**CONTACT, "tablename": "client"}})
    assert ([job.record for job in found.jobs], reasons(found)["R2"][:34]) == (["R1"], "id_libelle: is that of record[R1] ")


def test_a_new_record_does_not_take_the_place_of_one_that_runs(office):
    before = enlisted(office, {"R2": CONTACT})
    after = enlisted(office, {"R1": CONTACT, "R2": CONTACT}, seated=[seat_of(job) for job in before.jobs])
    assert [job.record for job in after.jobs] == ["R2"]


def test_two_calendar_records_with_one_table_are_told_apart_or_refused(office):
    found = enlisted(office, {"R1": CALENDAR, "R2": CALENDAR, "R3": {**CALENDAR, "id_libelle": "Chantiers"}})
    assert ([job.record for job in found.jobs], list(reasons(found))) == (["R1", "R3"], ["R2"])


def test_two_tables_into_one_calendar_would_double_its_events(office):
    """Complaint 15."""
    found = enlisted(office, {"R1": CALENDAR, "R2": {**CALENDAR, "tablename": "visite"}})
    assert reasons(found)["R2"].startswith("takes new events out of a calendar")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"type": "Contcat"}, "type: "),
        ({"map": '{"nam":"nom"}'}, "map: "),
        ({"vue": ".."}, "vue: "),
        ({"tablename": "."}, "tablename: "),
    ],
)
def test_what_the_handler_or_an_address_refuses_is_a_fault_of_the_record(office, change, place):
    assert reasons(enlisted(office, {"R1": {**CONTACT, **change}}))["R1"].startswith(place)


def test_a_user_that_no_search_can_name_is_a_fault_of_a_calendar_record(office):
    assert reasons(enlisted(office, {"R1": {**CALENDAR, "utilisateur": "a|b"}}))["R1"].startswith("utilisateur: ")


def test_one_user_signs_in_through_one_registration(office):
    own = {"client_id": "app", "id_secret": "s"}
    found = enlisted(
        office, {"R1": {**CONTACT, **own}, "R2": {**CALENDAR, **own}, "R3": {**CALENDAR, "tablename": "x", "client_id": ""}}
    )
    assert reasons(found)["R3"].startswith("client_id: and the secret must be those of record[R1]")
    assert [job.record for job in found.jobs] == ["R1", "R2"]


async def test_a_changed_secret_is_the_users_at_the_next_reading(office):
    record = {**CONTACT, "client_id": "app", "id_secret": "old"}
    office.source.records = {"R1": record}
    roster = office.roster()
    await roster.refresh()
    office.source.records = {"R1": {**record, "id_secret": "new"}}
    assert await roster.refresh()
    assert roster.registration_of("claire").client_secret.get_secret_value() == "new"
    assert roster.registration_of("nobody") is None


RECORDS = st.dictionaries(
    st.sampled_from(["R1", "R2", "R3", "R4"]),
    st.builds(
        lambda kind, changes: {**kind, **changes},
        st.sampled_from([CONTACT, CALENDAR]),
        st.dictionaries(
            st.sampled_from(["utilisateur", "id_libelle", "tablename", "map", "client_id", "type"]),
            st.sampled_from(["", "claire", "paul", "Contact", "Calendar", "{}", "ours", "$$x", '{"givenName":"a|b"}']),
        ),
    ),
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Office(tmp_path_factory.mktemp("office")).configured(FILE + JOB)


@given(RECORDS, RECORDS)
def test_every_record_is_a_job_or_a_fault_and_no_two_jobs_share_a_place(settings, before, after):
    """Whatever was there before."""
    office = SimpleNamespace(settings=settings)
    seated = [seat_of(job) for job in enlisted(office, before).jobs]
    found = enlisted(office, after, seated)
    assert sorted([job.record for job in found.jobs] + [fault.record for fault in found.faults]) == sorted(after)
    jobs = [*settings.jobs, *found.jobs]
    assert len({job.place for job in jobs}) == len({job.id for job in jobs}) == len(jobs)
    assert all(fault.sentence for fault in found.faults)
