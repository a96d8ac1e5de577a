"""The application mode: nobody signs in, so the configuration must say what a sign-in would have told."""

from __future__ import annotations

import pytest

DIRECTORY = "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555"


@pytest.fixture
def application(working):
    return working.replace("[entra]", f'[entra]\nmode = "application"\nauthority = "{DIRECTORY}"')


def test_a_job_with_a_mailbox_is_all_it_takes(configuration, application, job):
    assert configuration.load(application + job + 'mailbox = "claire@example.com"').jobs[0].mailbox == "claire@example.com"


@pytest.mark.parametrize("authority", ["organizations", "common", "Organizations"])
def test_an_authority_of_many_directories_is_a_fault(configuration, application, job, authority):
    text = application.replace(DIRECTORY, f"https://login.microsoftonline.com/{authority}")
    (fault,) = configuration.faults(text + job + 'mailbox = "claire@example.com"')
    assert fault.startswith("entra: must name one directory in authority")


@pytest.mark.parametrize("mailbox", ["", 'mailbox = ""', 'mailbox = "a/b"'], ids=["none", "blank", "path"])
def test_a_job_that_names_no_mailbox_is_a_fault(configuration, application, job, mailbox):
    (fault,) = configuration.faults(application + job + mailbox)
    assert fault.startswith("job[1].mailbox: must be the mailbox's address or object id")


def test_a_mailbox_belongs_to_one_user(configuration, application, job):
    claire, paul = job + 'mailbox = "claire@example.com"', job.replace("claire", "paul") + 'mailbox = "Claire@example.com"'
    (fault,) = configuration.faults(application + claire + paul)
    assert fault.startswith("job[2].mailbox: is another user's too")


def test_two_jobs_of_one_user_share_their_mailbox(configuration, application, job):
    mailbox = 'mailbox = "claire@example.com"\n'
    assert len(configuration.load(application + job + mailbox + job.replace('"Contact"', '"Calendar"') + mailbox).jobs) == 2


def test_users_who_sign_in_need_name_no_mailbox(configuration, working, job):
    assert configuration.load(working + job).jobs[0].mailbox is None
