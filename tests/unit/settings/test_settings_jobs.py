"""Jobs: their names, their maps, what they inherit."""

from __future__ import annotations

from datetime import timedelta

import pytest


def test_a_contact_jobs_id_names_user_type_table_and_folder(configuration, working, job):
    (one,) = configuration.load(working + job + "folder = 'Clients'").jobs
    assert one.id == "claire/contact/contact/Clients"


def test_a_calendar_jobs_id_has_no_folder(configuration, working, job):
    (one,) = configuration.load(working + job.replace('"Contact"', '"CALENDAR"')).jobs
    assert one.id == "claire/calendar/contact"


def test_contacts_without_a_folder_go_into_one_called_gopaas(configuration):
    assert configuration.load().jobs[0].folder == "GoPaaS"


@pytest.mark.parametrize("table", ["contact", "client"])
def test_two_jobs_of_one_user_in_one_folder_are_a_fault_whatever_their_tables_and_its_case(configuration, working, job, table):
    other = job.replace('table = "contact"', f'table = "{table}"')
    (fault,) = configuration.faults(working + job + "folder = 'Clients'" + other + "folder = 'CLIENTS'")
    assert fault.startswith("job[2].folder: is that of job[1] too")


def test_two_users_may_have_folders_of_one_name(configuration, working, job):
    assert len(configuration.load(working + job + job.replace("claire", "paul")).jobs) == 2


def test_two_calendar_jobs_of_one_table_are_a_fault(configuration, working, job):
    calendar = job.replace('"Contact"', '"calendar"')
    assert configuration.faults(working + calendar + calendar) == [
        "job[2]: is the same as job[1]: user, type, table and folder must differ in one at least"
    ]


@pytest.mark.parametrize("table", ['table = "contact"\nfolder = "Chantiers"', 'table = "visite"'], ids=["calendar", "table"])
def test_two_calendar_jobs_of_one_user_may_differ_in_calendar_or_table(configuration, working, job, table):
    calendar = job.replace('"Contact"', '"calendar"')
    other = calendar.replace('table = "contact"', table)
    assert len({one.id for one in configuration.load(working + calendar + other).jobs}) == 2


def test_a_view_number_is_read_as_text(configuration):
    assert configuration.load().jobs[0].view == "1170"


def test_a_map_is_read_as_gopaas_writes_it(configuration, working, job):
    text = job.replace('{ givenName = "prenom" }', """'{"givenName":"nom","emailAdresses":"email"}'""")
    assert configuration.load(working + text).jobs[0].map == {"givenName": "nom", "emailAdresses": "email"}


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("'{\"a\":'", "is not JSON (line 1"),
        ('\'{"a":"x","a":"y"}\'', "names 'a' twice"),
        ("'[1]'", "must be a table"),
        ("{ a = 1 }", "'a' must name a GoPaaS field"),
    ],
    ids=["broken", "twice", "list", "number"],
)
def test_a_map_that_is_none_is_a_fault(configuration, working, job, written, words):
    (fault,) = configuration.faults(working + job.replace('{ givenName = "prenom" }', written))
    assert fault.startswith("job[1].map: ")
    assert words in fault


def test_every_entry_of_a_map_that_is_no_text_is_named_at_once(configuration, working, job):
    (fault,) = configuration.faults(working + job.replace('{ givenName = "prenom" }', "{ a = 1, b = 'x', c = [] }"))
    assert fault == "job[1].map: 'a', 'c' must name a GoPaaS field, as text"


def test_a_job_takes_what_sync_says(configuration, working, job):
    (one,) = configuration.load(working + "[sync]\ninterval = '1h'\nprivate = 'busy'" + job).jobs
    assert (one.interval, one.private) == (timedelta(hours=1), "busy")


def test_a_job_may_say_otherwise_even_when_it_names_the_default(configuration, working, job):
    (one,) = configuration.load(working + "[sync]\ninterval = '1h'" + job + "interval = '5m'").jobs
    assert one.interval == timedelta(minutes=5)


def test_filtering_by_user_needs_the_column(configuration, working, job):
    assert configuration.faults(working + job + "filter_by_user = true") == [
        "job[1]: filter_by_user needs user_field, the view's column that holds the user"
    ]


@pytest.mark.parametrize("user", ["a/b", "", "a\\nb"])
def test_a_user_that_cannot_be_part_of_an_id_is_a_fault(configuration, working, job, user):
    assert configuration.faults(working + job.replace("claire", user))[0].startswith("job[1].user: ")


@pytest.mark.parametrize("value", ["detach", "set:statut=annule", "set:actif="])
def test_on_outlook_delete_takes_its_two_forms(configuration, working, value):
    assert configuration.load(working + f"[sync]\non_outlook_delete = '{value}'").sync.on_outlook_delete == value


@pytest.mark.parametrize("value", ["delete", "set:", "set:=x", "set:statut"])
def test_on_outlook_delete_takes_nothing_else(configuration, working, value):
    assert configuration.faults(working + f"[sync]\non_outlook_delete = '{value}'")[0].startswith("sync.on_outlook_delete: ")


def test_one_bracket_instead_of_two_is_explained(configuration, working, job):
    assert configuration.faults(working + job.replace("[[job]]", "[job]")) == [
        "job: must be a list of tables: write [[job]], with two brackets"
    ]


@pytest.mark.parametrize("mailbox", ['mailbox = "Claire@example.com"', 'mailbox = "claire@example.com"'])
def test_a_mailbox_is_known_by_one_name_however_it_is_written(configuration, working, job, mailbox):
    assert configuration.load(working + job + mailbox).jobs[0].mailbox_name == "claire@example.com"


def test_a_job_that_names_no_mailbox_is_for_that_of_its_user(configuration, working, job):
    assert configuration.load(working + job).jobs[0].mailbox_name == "claire"
