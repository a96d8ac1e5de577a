"""GoPaaS's settings records are the configuration: from the CRM's page to the folders and calendars of two people."""

from __future__ import annotations

import json
import re

import aiohttp
import pytest

from outlookd.app import App, load_installation, pages
from outlookd.cli.demo import sign_in
from outlookd.cli.roster import call_roster
from outlookd.cli.sandbox import free_port
from outlookd.gopaas import ApiKey, GopaasClient
from outlookd.gopaas.settings_records import SettingsRecords
from outlookd.runtime.clock import SystemClock
from outlookd.sandbox.schema import SETTINGS_TABLE, SETTINGS_VIEW
from outlookd.sandbox.seed import UPNS
from outlookd.sandbox.server import write_configuration
from outlookd.testing import FakeClock

NOWHERE = "http://127.0.0.1:9/crm"


class Records:
    """The settings records as an administrator sees them on the CRM's page."""

    def __init__(self, place):
        self._place = place
        self._page = f"{place.sandbox.addresses.gopaas_page}tables/{SETTINGS_TABLE}"
        self.rows = place.sandbox.crm.table(SETTINGS_TABLE).rows

    def of(self, login, kind):
        return next(key for key, row in self.rows.items() if (row["utilisateur"], row["type"]) == (login, kind))

    async def edit(self, key, **cells):
        await self._post(f"rows/{key}", cells)

    async def delete(self, key):
        await self._post("delete", {"cle": key})

    async def _post(self, path, form):
        async with aiohttp.ClientSession() as session, session.post(f"{self._page}/{path}", data=form) as answer:
            assert answer.status == 200, await answer.text()


@pytest.fixture
def configured(place):
    """No [[job]], and no registration: every record brings its own."""
    write_configuration(place.sandbox, place.config.parent, web_listen=f"127.0.0.1:{free_port()}", jobs=[], records=True)
    text = re.sub(r"^client_(id|secret_file) = .*\n", "", place.config.read_text(), flags=re.MULTILINE)
    place.config.write_text(text.replace("[gopaas]", f'[gopaas]\nsettings_table = "{SETTINGS_TABLE}"'))
    return place


@pytest.fixture
def records(configured):
    return Records(configured)


@pytest.fixture
def broken(records):
    """The map of one of the four records cannot be read."""
    key = records.of("paul", "Calendar")
    records.rows[key]["map"] = '{"subject":'
    return key


async def sign_everybody_in(place):
    async with App(load_installation(place.config, {})) as app, pages(app):
        await app.roster.refresh()
        for login in UPNS:
            await sign_in(app, place.sandbox, login)


def made(ended):
    return {(run["user"], run["type"]): run["created"]["outlook"] for run in ended.json["runs"]}


async def test_two_peoples_records_run_and_a_broken_one_stops_only_itself(configured, records, broken):
    await sign_everybody_in(configured)
    first = await configured.call("sync", "--json")
    assert first.status == 78, first.err
    created = made(first)
    assert created.keys() == {("claire", "contact"), ("claire", "calendar"), ("paul", "contact")}
    assert (created["claire", "contact"], created["paul", "contact"], created["claire", "calendar"] > 0) == (12, 12, True)
    assert f"The settings record {broken} of paul is not used: map: is not JSON" in first.err

    standing = (await configured.call("status", "--json")).json
    assert [(job["user"], job["type"], job["state"]) for job in standing["jobs"]] == [
        ("claire", "contact", "ok"),
        ("claire", "calendar", "ok"),
        ("paul", "contact", "ok"),
    ]
    (fault,) = standing["faults"]
    assert (fault["record"], fault["user"]) == (broken, "paul")

    await records.edit(broken, map=records.rows[records.of("claire", "Calendar")]["map"])
    repaired = await configured.call("sync", "--json")
    assert (repaired.status, made(repaired)[("paul", "calendar")]) == (0, 0)
    assert (await configured.call("status", "--json")).json["faults"] == []


async def test_a_calendar_gets_the_appointments_of_its_user_only(configured):
    """The service account sees everybody's: the record's User Calendar says whose is whose."""
    rows = configured.sandbox.crm.table("action").rows
    for key in list(rows)[::2]:
        rows[key]["utilisateur"] = "paul"
    await sign_everybody_in(configured)
    async with App(load_installation(configured.config, {})) as app:
        for job in app.jobs(type="calendar"):
            await app.sync(job)
            kept = {rows[link.gopaas_id]["utilisateur"] for link in await app.store.links(job.id)}
            assert kept == {job.user}


async def test_a_removed_record_stops_its_job_and_deletes_nothing(configured, records):
    await sign_everybody_in(configured)
    await configured.call("sync", "--type", "contact")
    await records.delete(records.of("paul", "Contact"))
    ended = await configured.call("sync", "--type", "contact", "--json")
    assert made(ended) == {("claire", "contact"): 0}
    mailbox = configured.sandbox.directory.user(UPNS["paul"]).mailbox
    assert any(folder.name == "GoPaaS" for folder in mailbox.all_folders())


async def test_a_renamed_folder_is_another_folder_as_in_a_job_of_the_file(configured, records):
    await sign_everybody_in(configured)
    await configured.call("sync", "--type", "contact", "--user", "claire")
    await records.edit(records.of("claire", "Contact"), id_libelle="Clients")
    ended = await configured.call("sync", "--type", "contact", "--user", "claire", "--json")
    assert made(ended) == {("claire", "contact"): 12}


async def test_a_running_process_follows_the_page(configured, records):
    async with App(load_installation(configured.config, {})) as app:
        assert await app.roster.refresh()
        assert len(app.jobs()) == 4
        await records.edit(records.of("claire", "Contact"), vue="1170")
        await records.delete(records.of("paul", "Calendar"))
        assert await app.roster.refresh()
        assert [(job.user, job.view) for job in app.jobs(type="contact")] == [("claire", "1170"), ("paul", "contact.outlook")]
        assert [job.user for job in app.jobs(type="calendar")] == ["claire"]
        assert not await app.roster.refresh()


async def test_a_start_while_gopaas_is_down_knows_the_jobs(configured, records):
    async with App(load_installation(configured.config, {})) as app:
        await app.roster.refresh()
    configured.edit(configured.sandbox.addresses.gopaas, NOWHERE)
    async with App(load_installation(configured.config, {}), clock=FakeClock()) as app:
        assert len(app.jobs()) == 4
        assert not await app.roster.refresh()
        assert (len(app.jobs()), app.roster.trouble.exit_status) == (4, 75)


async def test_a_first_start_while_gopaas_is_down_asks_to_try_again(configured):
    configured.edit(configured.sandbox.addresses.gopaas, NOWHERE)
    async with App(load_installation(configured.config, {}), clock=FakeClock()) as app:
        assert (await call_roster(app, None, None)).exit_status == 75


async def test_a_command_that_cannot_read_the_records_says_that_it_goes_by_the_last_reading(configured):
    async with App(load_installation(configured.config, {})) as app:
        await app.roster.refresh()
    (configured.config.parent / "gopaas-api-key").write_text("wrong")
    ended = await configured.call("sync", "--json")
    assert "those of the last reading count:\n  GoPaaS refused the API key." in ended.err
    assert len(ended.json["runs"]) == 4


async def test_a_view_that_is_suddenly_empty_stops_nobody_at_first_sight(configured, records):
    async with App(load_installation(configured.config, {})) as app:
        await app.roster.refresh()
        records.rows.clear()
        assert not await app.roster.refresh()
        assert len(app.jobs()) == 4
        assert await app.roster.refresh()
        assert app.jobs() == []


async def test_a_status_without_jobs_says_that_nobody_is_synchronised(configured):
    ended = await configured.call("status")
    assert (ended.status, "nobody is synchronised" in ended.out) == (0, True)


async def test_a_label_that_was_changed_in_the_crm_stops_nobody_at_first_sight(configured, records):
    async with App(load_installation(configured.config, {})) as app:
        await app.roster.refresh()
        for row in records.rows.values():
            row["type"] = f"Synchro {row['type']}"
        assert not await app.roster.refresh()
        assert (len(app.jobs()), app.roster.faults) == (4, ())
        assert await app.roster.refresh()
        assert (app.jobs(), len(app.roster.faults)) == ([], 4)


async def test_check_names_every_record_that_is_not_used(configured, broken):
    ended = await configured.call("check")
    assert ended.status == 78
    assert f"record[{broken}]: this settings record of paul is not used: map: is not JSON" in ended.out
    assert f"view {SETTINGS_VIEW} shows 4 records, and 3 can be used" in ended.out


async def test_check_explains_a_view_of_records_that_shows_none(configured, records):
    records.rows.clear()
    ended = await configured.call("check")
    assert "if its conditions use (-me-), that means the service account" in ended.out


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (f'settings_view = "{SETTINGS_VIEW}"', 'settings_view = "nowhere"', "Check gopaas.settings_view"),
        ("[gopaas]", '[gopaas]\nsettings_fields = { vue = "vues" }', "'vues'; did you mean 'vue'?"),
    ],
)
async def test_a_view_that_cannot_be_read_is_explained(configured, old, new, words):
    configured.edit(old, new)
    ended = await configured.call("check")
    assert words in ended.out


async def test_a_link_is_made_for_whoever_has_a_record_and_for_nobody_else(configured, broken, records):
    assert (await configured.call("connect", "claire")).status == 0
    assert (await configured.call("connect", "zoe")).status == 2
    await records.delete(records.of("paul", "Contact"))
    refused = await configured.call("connect", "paul")
    assert (refused.status, "map: is not JSON" in refused.err) == (78, True)


async def test_a_saved_map_stands_in_the_record_with_its_stamps(configured, records):
    async with App(load_installation(configured.config, {})) as app:
        await app.roster.refresh()
        (job,) = app.jobs("claire", "contact")
        await app.roster.save_map(job, '{"givenName":"prenom","surname":"nom"}')
        (job,) = app.jobs("claire", "contact")
    row = records.rows[job.record]
    assert json.loads(row["map"]) == dict(job.map) == {"givenName": "prenom", "surname": "nom"}
    assert row["date_modification"] == f"{configured.sandbox.crm.now():%Y-%m-%d}"
    assert row["utilisateur"] == "claire"


async def test_records_are_read_whole_whatever_shape_gopaas_gives_them(configured, records):
    installation = load_installation(configured.config, {})
    settings = installation.settings.gopaas
    quirks = configured.sandbox.crm.quirks
    async with aiohttp.ClientSession() as session:
        client = GopaasClient(session, settings.url, ApiKey(settings.api_key.get_secret_value()), SystemClock())
        source = SettingsRecords(
            client, view=SETTINGS_VIEW, table=None, names=settings.settings_fields, page_size=3, zone=settings.timezone
        )
        for switch in (
            {},
            {"total": "missing"},
            {"total": "text"},
            {"bare_list": True},
            {"empty_cell": "null"},
            {"column_shape": "list"},
        ):
            quirks.turn(switch)
            assert set(await source.read()) == set(records.rows), switch
