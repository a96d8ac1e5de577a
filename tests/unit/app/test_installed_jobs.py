"""Settings and plugins together: what a job may name, and what it becomes."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from outlookd.app.jobs.installation import Installation, compose_job, load_installation
from outlookd.app.jobs.objections import job_faults, remarks
from outlookd.core.fieldmap import FieldSpec
from outlookd.core.model import Direction
from outlookd.core.rules import OutlookDelete, ViewExit
from outlookd.core.window import Horizon
from outlookd.errors import ConfigurationError

FILE = """
[gopaas]
url = "https://crm.example.com/app"
api_key_file = "k"
[entra]
client_id = "app"
client_secret_file = "k"
[state]
key_file = "k"
"""


class Handler:
    """A handler with one field."""

    def __init__(self, resource="contacts"):
        self.kind = "note"
        self.resource = resource
        self.default_direction = Direction.TO_OUTLOOK
        self.fields = {name: FieldSpec(name=name, group=name) for name in ("title", "text")}
        self.aliases = {"Title": "title"}


class Agenda:
    """A handler of events, with what every calendar has."""

    kind = "agenda"
    resource = "events"
    default_direction = Direction.BOTH

    def __init__(self):
        self.fields = {name: FieldSpec(name=name, group=name, identity=name == "id") for name in ("id", "startDate", "subject")}
        self.aliases = {}


def plugins(**handlers):
    records = [SimpleNamespace(name="owner", provides=tuple(f"handler {name}" for name in handlers))]
    return SimpleNamespace(handlers=handlers, transforms={}, policies={}, records=records)


def installed(tmp_path, job, extra=""):
    (tmp_path / "k").write_text("x")
    (tmp_path / "k").chmod(0o600)
    (tmp_path / "k").chmod(0o600)
    (tmp_path / "o.toml").write_text(FILE + extra + '[[job]]\nuser = "u"\ntable = "t"\nview = "v"\n' + job)
    from outlookd.settings import load_settings

    return Installation(settings=load_settings(tmp_path / "o.toml", {}), plugins=plugins(note=Handler()))


AGENDA = 'type = "agenda"\nmap = { id = "oid", startDate = "debut" }\nuser_field = "qui"\n'
JOB = 'type = "note"\nmap = { Title = "titre" }\n'


def faults_of(tmp_path, job, **handlers):
    installation = installed(tmp_path, job)
    return list(job_faults(installation.settings.jobs[0], plugins(**handlers)))


def test_a_sound_job_has_no_fault(tmp_path):
    assert faults_of(tmp_path, JOB, note=Handler()) == []


def test_an_unknown_type_gets_the_nearest_one(tmp_path):
    ((key, sentence),) = faults_of(tmp_path, JOB.replace("note", "noet"), note=Handler())
    assert key == "type"
    assert "did you mean 'note'" in sentence


def test_a_type_that_this_version_cannot_move_is_a_fault_and_not_an_empty_side(tmp_path):
    ((key, sentence),) = faults_of(tmp_path, JOB, note=Handler("messages"))
    assert (key, sentence[:12]) == ("type", "this version")


def test_an_unknown_policy_gets_the_nearest_one(tmp_path):
    ((key, sentence),) = faults_of(tmp_path, JOB + 'policy = "newset"', note=Handler())
    assert (key, sentence) == ("policy", "there is no policy 'newset'; did you mean 'newest'?")


def test_an_unknown_policy_of_all_jobs_is_told_once_and_beside_other_faults(tmp_path):
    job = '[[job]]\nuser = "%s"\ntable = "t"\nview = "v"\n' + JOB.replace("note", "zzz")
    (tmp_path / "o.toml").write_text(FILE + '[sync]\npolicy = "newset"\ninterval = "x"\n' + job % "u" + job % "v")
    (tmp_path / "k").write_text("x")
    (tmp_path / "k").chmod(0o600)
    with pytest.raises(ConfigurationError) as caught:
        load_installation(tmp_path / "o.toml", {})
    keys = sorted(fault.split(": ")[1] for fault in caught.value.faults)
    assert keys == ["job[1].type", "job[2].type", "sync.interval", "sync.policy"]


def test_one_column_for_two_names_is_a_fault_only_when_the_way_back_is_open(tmp_path):
    job = 'type = "note"\nmap = { title = "x", text = "x" }\n'
    assert faults_of(tmp_path, job, note=Handler()) == []
    ((key, _),) = faults_of(tmp_path, job + 'direction = "both"', note=Handler())
    assert key == "map"


def test_faults_of_plugins_and_of_the_file_come_together(tmp_path):
    (tmp_path / "o.toml").write_text(
        FILE.replace('url = "', 'url = "ftp') + '[[job]]\nuser = "u"\ntable = "t"\nview = "v"\n' + JOB.replace("note", "zzz")
    )
    (tmp_path / "k").write_text("x")
    (tmp_path / "k").chmod(0o600)
    with pytest.raises(ConfigurationError) as caught:
        load_installation(tmp_path / "o.toml", {})
    text = "\n".join(caught.value.faults)
    assert "gopaas.url" in text
    assert "job[1].type" in text


def test_the_direction_of_all_jobs_decides_whether_the_way_back_is_open(tmp_path):
    """[sync] speaks for jobs that say nothing, before their maps are judged."""
    installation = installed(tmp_path, 'type = "note"\nmap = { title = "x", text = "x" }\n', extra='[sync]\ndirection = "both"\n')
    assert [key for key, _ in job_faults(installation.settings.jobs[0], plugins(note=Handler()))] == ["map"]


def test_a_job_takes_from_its_handler_what_nobody_said(tmp_path):
    installation = installed(tmp_path, JOB, extra="[plugins.owner]\ndepth = 3\n")
    job = compose_job(installation.settings.jobs[0], installation)
    assert (job.direction, job.on_view_exit, job.on_outlook_delete) == (Direction.TO_OUTLOOK, ViewExit.DELETE, OutlookDelete())
    assert (job.id, job.policy.name, job.context.settings) == ("u/note/t", "newest", {"depth": 3})


def test_a_job_says_what_an_outlook_deletion_sets(tmp_path):
    installation = installed(tmp_path, JOB + 'on_outlook_delete = "set:statut=a=b"\non_view_exit = "keep"')
    job = compose_job(installation.settings.jobs[0], installation)
    assert job.on_outlook_delete == OutlookDelete(field="statut", value="a=b")
    assert job.on_view_exit is ViewExit.KEEP


def test_a_job_whose_plugin_was_withdrawn_is_refused_and_not_run_empty(tmp_path):
    installation = installed(tmp_path, JOB)
    with pytest.raises(ConfigurationError) as caught:
        compose_job(installation.settings.jobs[0], Installation(settings=installation.settings, plugins=plugins()))
    assert "plugins" in caught.value.hint


# --- calendars -----------------------------------------------------------------------------------------------------------


def calendar(tmp_path, job=AGENDA, extra=""):
    """The job as it would run."""
    installation = installed(tmp_path, job, extra)
    return compose_job(
        installation.settings.jobs[0], Installation(settings=installation.settings, plugins=plugins(agenda=Agenda()))
    )


def remarks_on(tmp_path, jobs, extra=""):
    """What is said about jobs with calendars, as (job, key, fatal)."""
    settings = installed(tmp_path, jobs, extra).settings
    said = remarks(settings.sync, settings.jobs, plugins(agenda=Agenda(), note=Handler()))
    return [(remark.job, remark.key, remark.fatal) for remark in said]


def another(job, user="u", table="t"):
    return f'[[job]]\nuser = "{user}"\ntable = "{table}"\nview = "v"\n{job}'


def test_a_sound_calendar_job_is_not_remarked_upon(tmp_path):
    assert remarks_on(tmp_path, AGENDA) == []


def test_a_calendar_job_looks_as_far_as_its_settings_say(tmp_path):
    extra = '[sync]\nwindow_past = "3d"\nwindow_future = "30d"\nrecurrence_future = "7d"\nrecurrence = "skip"\nrecurrence_cap = 9\n'
    days = {name: timedelta(days=count) for name, count in {"past": 3, "future": 30, "series": 7}.items()}
    assert calendar(tmp_path, extra=extra).horizon == Horizon(**days, occurrences=False, cap=9)


def test_a_contact_job_has_no_horizon(tmp_path):
    installation = installed(tmp_path, JOB)
    assert compose_job(installation.settings.jobs[0], installation).horizon is None


@pytest.mark.parametrize("private", ["skip", "busy"])
def test_a_calendars_handler_learns_what_becomes_of_private_events(tmp_path, private):
    assert calendar(tmp_path, AGENDA + f'private = "{private}"').context.private == private


def test_an_event_whose_row_left_the_view_is_detached_unless_the_job_says_delete(tmp_path):
    """Design rule 12: it may be a meeting of other people."""
    said = [calendar(tmp_path, AGENDA + more).on_view_exit for more in ("", 'on_view_exit = "delete"')]
    assert said == [ViewExit.DETACH, ViewExit.DELETE]


@pytest.mark.parametrize(
    ("job", "word"), [(AGENDA, "keep"), (JOB, "detach")], ids=["an event cannot be kept", "a contact cannot be detached"]
)
@pytest.mark.parametrize("place", ["job", "sync"])
def test_a_way_to_leave_the_view_that_the_type_has_not_is_a_fault(tmp_path, job, word, place):
    line = f'on_view_exit = "{word}"\n'
    said = remarks_on(tmp_path, job + line) if place == "job" else remarks_on(tmp_path, job, extra=f"[sync]\n{line}")
    assert said == [(0, "on_view_exit", True)]


def test_a_calendars_map_without_a_day_is_a_fault(tmp_path):
    assert remarks_on(tmp_path, AGENDA.replace("startDate", "subject")) == [(0, "map", True)]


def test_a_calendars_map_without_the_outlook_id_is_a_warning(tmp_path):
    """Without it records cannot be adopted after a loss of the state."""
    assert remarks_on(tmp_path, AGENDA.replace('id = "oid", ', "")) == [(0, "map", False)]


UNOWNED = AGENDA.replace('user_field = "qui"\n', "")


def test_records_that_a_service_account_would_create_for_nobody_are_a_warning(tmp_path):
    assert remarks_on(tmp_path, UNOWNED) == [(0, "user_field", False)]


@pytest.mark.parametrize("more", ['api_key_file = "k"', 'direction = "to_outlook"'], ids=["a person's key", "none are created"])
def test_nobody_is_warned_of_records_that_have_an_owner_or_are_not_created(tmp_path, more):
    assert remarks_on(tmp_path, UNOWNED + more) == []


def test_two_tables_may_not_both_take_their_records_out_of_one_calendar(tmp_path):
    """Complaint 15: each event would become two records, and each of the two jobs would put its stamp over the other's."""
    assert remarks_on(tmp_path, AGENDA + another(AGENDA, table="t2")) == [(1, "", True)]


@pytest.mark.parametrize(
    "other",
    [
        another(AGENDA + 'direction = "to_outlook"', table="t2"),
        another(AGENDA + 'folder = "Chantiers"', table="t2"),
        another(AGENDA + 'folder = "Chantiers"'),
        another(AGENDA, user="v"),
    ],
    ids=["one only writes", "another calendar", "another calendar of the same table", "another user"],
)
def test_jobs_that_do_not_take_from_one_calendar_go_together(tmp_path, other):
    assert remarks_on(tmp_path, AGENDA + other) == []
