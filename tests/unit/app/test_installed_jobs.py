"""Settings and plugins together: what a job may name, and what it becomes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from outlookd.app.installation import Installation, compose_job, job_faults, load_installation
from outlookd.core.fieldmap import FieldSpec
from outlookd.core.model import Direction
from outlookd.core.rules import OutlookDelete, ViewExit
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


def plugins(**handlers):
    records = [SimpleNamespace(name="owner", provides=tuple(f"handler {name}" for name in handlers))]
    return SimpleNamespace(handlers=handlers, transforms={}, policies={}, records=records)


def installed(tmp_path, job, extra=""):
    (tmp_path / "k").write_text("x")
    (tmp_path / "k").chmod(0o600)
    (tmp_path / "o.toml").write_text(FILE + extra + '[[job]]\nuser = "u"\ntable = "t"\nview = "v"\n' + job)
    from outlookd.settings import load_settings

    return Installation(settings=load_settings(tmp_path / "o.toml", {}), plugins=plugins(note=Handler()))


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
    ((key, sentence),) = faults_of(tmp_path, JOB, note=Handler("events"))
    assert (key, sentence[:12]) == ("type", "this version")


def test_an_unknown_policy_gets_the_nearest_one(tmp_path):
    ((key, sentence),) = faults_of(tmp_path, JOB + 'policy = "newset"', note=Handler())
    assert (key, sentence) == ("policy", "there is no policy 'newset'; did you mean 'newest'?")


def test_an_unknown_policy_of_all_jobs_is_told_once_and_beside_other_faults(tmp_path):
    job = '[[job]]\nuser = "%s"\ntable = "t"\nview = "v"\n' + JOB.replace("note", "zzz")
    (tmp_path / "o.toml").write_text(FILE + '[sync]\npolicy = "newset"\ninterval = "x"\n' + job % "u" + job % "v")
    (tmp_path / "k").write_text("x")
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
