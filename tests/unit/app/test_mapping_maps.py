"""Maps over the real app and the sandbox's GoPaaS: looked at, tried, saved into a settings record, and in effect at once."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
import pytest_asyncio
from structlog.testing import capture_logs
from waiting import until

from outlookd.app import App, load_installation
from outlookd.app.daemon.rounds import schedule
from outlookd.app.pages.maps import AppMaps
from outlookd.app.pages.rooms import pages
from outlookd.cli.demo import sign_in
from outlookd.cli.sandbox import free_port
from outlookd.core.model import RunReport, RunStatus
from outlookd.runtime.schedule import Trigger, Turn
from outlookd.sandbox.faults import Kind
from outlookd.sandbox.schema import SETTINGS_TABLE
from outlookd.sandbox.seed import UPNS
from outlookd.sandbox.server import Sandbox, write_configuration
from outlookd.web.mapping.sheet import Extent, Outcome

CONTACTS, CALENDAR = "claire/contact/contact/GoPaaS", "claire/calendar/action"


class House:
    """An opened installation whose jobs are the sandbox's settings records, and its maps."""

    def __init__(self, sandbox, app):
        self.sandbox = sandbox
        self.app = app
        self.maps = AppMaps(app)
        self.rows = sandbox.crm.table(SETTINGS_TABLE).rows

    def record(self, job):
        return self.rows[self.app.roster.find(job).record]

    def map_of(self, job):
        return json.loads(self.record(job)["map"])

    @property
    def exported(self):
        mailbox = self.sandbox.directory.user(UPNS["claire"]).mailbox
        folder = next(folder for folder in mailbox.all_folders() if folder.name == "GoPaaS")
        return [contact.properties for contact in mailbox.contacts(folder.id)]

    async def sign_in(self):
        async with pages(self.app):
            await sign_in(self.app, self.sandbox, "claire")

    async def save(self, job, **changes):
        sheet = await self.maps.open(job)
        entries = sheet.form({**sheet.entries, **changes}).entries
        return await self.maps.save(job, entries, version=sheet.version)


@asynccontextmanager
async def opened(directory, *, table=SETTINGS_TABLE, jobs=(), records=True):
    async with await Sandbox.start(directory, contacts=12) as sandbox:
        config = write_configuration(sandbox, directory, web_listen=f"127.0.0.1:{free_port()}", jobs=jobs, records=records)
        text = config.read_text()
        if table:
            text = text.replace("[gopaas]", f'[gopaas]\nsettings_table = "{table}"')
        config.write_text(text)
        async with App(load_installation(config, {})) as app:
            await app.roster.refresh()
            yield House(sandbox, app)


@pytest_asyncio.fixture
async def house(tmp_path):
    async with opened(tmp_path) as house:
        yield house


async def test_a_saved_map_stands_in_its_record_and_in_the_job_and_nothing_else_of_the_record_changed(house):
    before = dict(house.record(CONTACTS))
    saved = await house.save(CONTACTS, department="fonction")
    assert saved.outcome is Outcome.SAVED
    assert house.map_of(CONTACTS)["department"] == "fonction"
    assert dict(house.app.roster.find(CONTACTS).map) == dict(saved.entries) == house.map_of(CONTACTS)
    assert dict(saved.before) == json.loads(before["map"])
    changed = {name for name, cell in house.record(CONTACTS).items() if before.get(name) != cell}
    assert changed <= {"map", "date_modification", "heure_modification"}
    assert ", " not in house.record(CONTACTS)["map"]


async def test_the_map_before_can_be_restored(house):
    first = house.map_of(CONTACTS)
    saved = await house.save(CONTACTS, department="fonction")
    now = await house.maps.open(CONTACTS)
    assert (await house.maps.save(CONTACTS, saved.before, version=now.version)).outcome is Outcome.SAVED
    assert house.map_of(CONTACTS) == first


async def test_what_was_saved_is_what_outlook_shows_after_the_next_run(house):
    await house.sign_in()
    await house.app.sync(house.app.roster.find(CONTACTS))
    assert {contact.get("department") for contact in house.exported} <= {None, ""}
    await house.save(CONTACTS, department="societe")
    report = await house.app.sync(house.app.roster.find(CONTACTS))
    assert report.status is RunStatus.HELD, "the guard of fields asks before it fills a field everywhere"
    (held,) = (await house.app.plan(house.app.roster.find(CONTACTS))).held
    await house.app.approve(house.app.roster.find(CONTACTS), held.hash)
    await house.app.sync(house.app.roster.find(CONTACTS))
    assert [contact["department"] for contact in house.exported] == [contact["companyName"] for contact in house.exported]


async def test_the_daemons_next_run_has_the_saved_map(house):
    ran = []
    await house.sign_in()

    async def sync(job, **_options):
        ran.append((job.id, dict(job.map)))
        return RunReport(run="", job=job.id, user=job.user, type=job.type, status=RunStatus.OK, started=house.app.clock.now())

    house.app.sync = sync
    async with schedule(house.app):
        saved = await house.save(CONTACTS, department="fonction")
        ran.clear()
        house.app.schedule.wake(CONTACTS, Trigger.MANUAL)
        await until(lambda: CONTACTS in dict(ran))
    assert dict(ran)[CONTACTS] == dict(saved.entries)


async def test_a_record_that_changed_in_gopaas_meanwhile_is_not_overwritten(house):
    sheet = await house.maps.open(CONTACTS)
    theirs = {**house.map_of(CONTACTS), "department": "fonction"}
    house.record(CONTACTS)["map"] = json.dumps(theirs)
    saved = await house.maps.save(CONTACTS, {"givenName": "nom"}, version=sheet.version)
    assert (saved.outcome, dict(saved.entries)) == (Outcome.CONFLICT, theirs)
    assert house.map_of(CONTACTS) == theirs
    again = await house.maps.open(CONTACTS)
    assert (await house.maps.save(CONTACTS, {"givenName": "nom"}, version=again.version)).outcome is Outcome.SAVED


async def test_a_record_that_is_gone_is_no_job(house):
    sheet = await house.maps.open(CONTACTS)
    del house.rows[house.app.roster.find(CONTACTS).record]
    assert (await house.maps.save(CONTACTS, {"givenName": "nom"}, version=sheet.version)).outcome is Outcome.GONE
    assert await house.maps.open(CONTACTS) is None


@pytest.mark.parametrize("kind", [Kind.STATUS, Kind.DROP_BEFORE, Kind.SLOW])
async def test_while_gopaas_is_down_columns_are_unknown(house, kind):
    house.sandbox.faults.add("gopaas", kind, times=100, status=500 if kind is Kind.STATUS else 0, seconds=0.5 * (kind is Kind.SLOW))
    blind = await AppMaps(house.app, patience=0.2).open(CONTACTS)
    assert (blind.columns, blind.rows, dict(blind.entries)) == (None, (), house.map_of(CONTACTS))
    house.sandbox.faults.clear()


@pytest.mark.parametrize(("kind", "outcome"), [(Kind.STATUS, Outcome.LATER), (Kind.DROP_AFTER, Outcome.UNCERTAIN)])
async def test_a_save_that_fails_says_whether_it_may_have_happened(house, kind, outcome):
    sheet = await house.maps.open(CONTACTS)
    house.sandbox.faults.add("gopaas", kind, match="/items/", status=400 if kind is Kind.STATUS else 0)
    saved = await house.maps.save(CONTACTS, {"givenName": "nom"}, version=sheet.version)
    assert (saved.outcome, dict(saved.entries)) == (outcome, dict(sheet.entries))
    assert saved.detail


async def test_while_the_records_cannot_be_read_nothing_is_saved(house):
    sheet = await house.maps.open(CONTACTS)
    house.sandbox.faults.add("gopaas", Kind.STATUS, times=1, status=403, match="/list/")
    saved = await house.maps.save(CONTACTS, {"givenName": "nom"}, version=sheet.version)
    assert (saved.outcome, house.map_of(CONTACTS)) == (Outcome.LATER, dict(sheet.entries))


@pytest.mark.parametrize("job", [CONTACTS, CALENDAR])
async def test_the_views_columns_are_shown_with_their_labels(house, job):
    sheet = await house.maps.open(job)
    shown = {target.partition("|")[0].strip() for target in sheet.entries.values()}
    assert shown <= sheet.columns.keys()
    assert all(sheet.columns[column] for column in shown)
    assert (len(sheet.rows), sheet.trouble) == (5, "")
    assert not house.maps.faults(sheet, sheet.entries)


async def test_an_unknown_view_is_a_reason_and_no_crash(house):
    house.record(CONTACTS)["vue"] = "no.such"
    await house.app.roster.refresh()
    sheet = await house.maps.open(CONTACTS)
    assert sheet.columns is None
    assert "view" in sheet.trouble


async def test_a_map_is_judged_as_the_engine_and_the_view_judge_it(house):
    contacts, calendar = await house.maps.open(CONTACTS), await house.maps.open(CALENDAR)
    assert house.maps.faults(contacts, {"surname": "nomm"}) == ["view contact.outlook has no column 'nomm'; did you mean 'nom'?"]
    assert house.maps.faults(contacts, {"surname": "nom | nope"})[0].startswith("'surname' names an unknown transform 'nope'")
    assert any("begins with '$$'" in fault for fault in house.maps.faults(contacts, {"surname": "$$NOW"}))
    assert any(
        fault.startswith("names no column for 'startDate'") for fault in house.maps.faults(calendar, {"subject": "intitule"})
    )


async def test_a_preview_transforms_real_rows_and_writes_nothing(house):
    sheet = await house.maps.open(CONTACTS)
    before = json.dumps(house.sandbox.crm.table("contact").rows, default=str)
    with capture_logs() as logged:
        preview = await house.maps.preview(sheet, {"surname": "nom | upper"})
    assert len(preview.samples) == 5
    for sample, row in zip(preview.samples, sheet.rows, strict=True):
        assert sample.fields["surname"] == row["nom"].upper()
        assert row["nom"].upper() not in json.dumps(logged, default=str)
    assert json.dumps(house.sandbox.crm.table("contact").rows, default=str) == before
    assert preview.extent is None  # nobody has signed in


async def test_a_row_that_fails_says_why_and_the_others_are_shown(house):
    sheet = await house.maps.open(CONTACTS)
    preview = await house.maps.preview(sheet, {"surname": "nom", "birthday": "email"})
    assert {sample.problem for sample in preview.samples if sheet.rows and sample.problem} <= {"birthday: this is not a date"}
    assert any(sample.problem for sample in preview.samples)


async def test_a_preview_counts_what_the_changed_map_would_write(house):
    await house.sign_in()
    await house.app.sync(house.app.roster.find(CONTACTS))
    sheet = await house.maps.open(CONTACTS)
    assert (await house.maps.preview(sheet, sheet.entries)).extent == Extent(writes=0, held=0)
    changed = {name: f"{target} | lower" if name == "surname" else target for name, target in sheet.entries.items()}
    # The guard of fields holds what would change in more than a few pairs.
    assert (await house.maps.preview(sheet, changed)).extent == Extent(writes=0, held=12)


async def test_a_preview_counts_nothing_beside_a_run_of_the_job(house):
    await house.sign_in()
    sheet = await house.maps.open(CONTACTS)
    house.app.schedule = SimpleNamespace(turn=lambda name: Turn(running_since=house.app.clock.now() if name == CONTACTS else None))
    assert (await house.maps.preview(sheet, sheet.entries)).extent is None
    house.app.schedule = SimpleNamespace(turn=lambda _name: Turn())
    assert (await house.maps.preview(sheet, sheet.entries)).extent is not None


async def test_a_job_of_the_file_cannot_be_saved(tmp_path):
    async with opened(tmp_path, jobs=["contact"], records=False) as house:
        sheet = await house.maps.open(CONTACTS)
        assert (sheet.record, sheet.savable) == (False, False)
        saved = await house.maps.save(CONTACTS, {"givenName": "nom"}, version=sheet.version)
        assert (saved.outcome, dict(saved.entries)) == (Outcome.LATER, dict(sheet.entries))


async def test_without_a_table_a_record_cannot_be_saved(tmp_path):
    async with opened(tmp_path, table="") as house:
        sheet = await house.maps.open(CONTACTS)
        assert (sheet.record, sheet.savable) == (True, False)
        before = house.map_of(CONTACTS)
        assert (await house.maps.save(CONTACTS, {"givenName": "nom"}, version=sheet.version)).outcome is Outcome.LATER
        assert house.map_of(CONTACTS) == before
