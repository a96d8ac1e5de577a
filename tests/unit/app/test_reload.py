"""What a reading of the configuration while the daemon runs brings, and what has to wait for a restart."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outlookd.app.jobs.installation import Installation, load_installation
from outlookd.app.jobs.reload import RESTART, reread
from outlookd.errors import ConfigurationError
from outlookd.settings import SECTIONS

FILE = """
[gopaas]
url = "https://crm.example.com/app"
api_key_file = "gopaas.key"
[entra]
client_id = "app"
client_secret_file = "entra.secret"
[state]
key_file = "state.key"
[web]
listen = "127.0.0.1:8080"
admins = ["paul"]
[sync]
interval = "5m"
[[job]]
user = "claire"
type = "contact"
table = "contact"
view = "1170"
map = { givenName = "prenom" }
"""


class Place:
    """A configuration, as it was loaded and as it is edited."""

    def __init__(self, directory):
        self.directory, self.file = directory, directory / "outlookd.toml"
        for name in ("gopaas.key", "entra.secret", "state.key"):
            self.write_secret(name, "first")
        self.file.write_text(FILE)
        self.installation = load_installation(self.file, {})

    def write_secret(self, name, text):
        (self.directory / name).write_text(text)
        (self.directory / name).chmod(0o600)

    def reread(self, *edits):
        text = FILE
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        self.file.write_text(text)
        return reread(self.installation, {})


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_the_same_file_changes_nothing(place):
    found = place.reread()
    assert (found.settings, found.kept) == (place.installation.settings, ())


def test_intervals_maps_and_jobs_take_effect(place):
    found = place.reread(('"5m"', '"1m"'), ("prenom", "nom"), ('user = "claire"', 'user = "zoe"'))
    [job] = found.settings.jobs
    assert (job.interval, dict(job.map), job.user, found.kept) == (timedelta(minutes=1), {"givenName": "nom"}, "zoe", ())


def test_a_new_key_of_the_crm_takes_effect(place):
    place.write_secret("gopaas.key", "second")
    assert place.reread().settings.gopaas.api_key.get_secret_value() == "second"


def test_what_something_already_depends_on_keeps_its_value_and_is_named(place):
    place.write_secret("entra.secret", "second")
    found = place.reread(("8080", "9090"), ('"app"', '"other"'), ('["paul"]', '["zoe"]'))
    assert found.kept == ("entra.client_id", "entra.client_secret_file", "web.listen")
    assert (str(found.settings.web.listen), found.settings.web.admins) == ("127.0.0.1:8080", ("zoe",))
    assert found.settings.entra == place.installation.settings.entra


def test_another_graph_waits_for_a_restart_because_the_sign_ins_are_for_the_old_one(place):
    found = place.reread(("[sync]", '[graph]\nurl = "https://graph.example.com/v1.0"\n[sync]'))
    assert (found.kept, found.settings.graph.url) == (("graph.url",), place.installation.settings.graph.url)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"5m"', '"soon"', "sync.interval"),
        ("givenName", "givenNam", "job[1].map"),
        ("[sync]", "[sinc]", "sinc"),
        ("[gopaas]", "[gopaas", "not valid TOML"),
        ("gopaas.key", "nowhere", "gopaas.api_key_file"),
    ],
)
def test_a_fault_refuses_all_of_it(place, old, new, fault):
    with pytest.raises(ConfigurationError) as caught:
        place.reread((old, new))
    assert any(fault in line for line in caught.value.faults)


def test_maps_are_judged_by_the_plugins_that_are_loaded(place):
    without = Installation(settings=place.installation.settings, plugins=NO_PLUGINS)
    with pytest.raises(ConfigurationError, match="contact"):
        reread(without, {})


class _NoPlugins:
    handlers, transforms, policies, records = {}, {}, {}, ()


NO_PLUGINS = _NoPlugins()


def test_the_keys_that_need_a_restart_exist():
    for table, keys in RESTART.items():
        assert set(keys) <= SECTIONS[table].model_fields.keys()
