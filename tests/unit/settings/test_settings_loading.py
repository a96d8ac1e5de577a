"""Reading the file and the environment: precedence, faults all at once, clear words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outlookd.core.model import Direction
from outlookd.errors import ConfigurationError
from outlookd.settings import Remark, load_settings


def test_a_minimal_file_gets_the_documented_defaults(configuration):
    settings = configuration.load()
    assert (settings.sync.interval, settings.gopaas.page_size, settings.graph.concurrency) == (timedelta(minutes=5), 500, 3)
    assert settings.sync.direction is None


def test_every_fault_is_reported_at_once_with_file_and_key(configuration):
    text = """
[gopaas]
url = "http://crm.example.com"
timezone = "Europe/Pari"
page_sise = 10
api_key_file = "missing.key"
[entra]
client_secret_file = "entra.secret"
mode = "delegate"
[state]
key_file = "state.key"
[sync]
interval = "5 minutes"
[gard]
[[job]]
user = "a"
type = "Contact"
table = "contact"
view = "v"
map = "{"
"""
    with pytest.raises(ConfigurationError) as caught:
        configuration.load(text)
    assert all(fault.startswith(f"{configuration.file}: ") for fault in caught.value.faults)
    keys = {fault.removeprefix(f"{configuration.file}: ").partition(":")[0] for fault in caught.value.faults}
    assert keys == {
        "gopaas.url", "gopaas.timezone", "gopaas.page_sise", "gopaas.api_key_file",
        "entra.client_id", "entra.mode", "sync.interval", "gard", "job[1].map",
    }  # fmt: skip


def test_a_fault_ends_with_the_configuration_exit_status(configuration):
    with pytest.raises(ConfigurationError) as caught:
        configuration.load("")
    assert caught.value.exit_status == 78


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("[gopaas]\npage_sise = 1", "gopaas.page_sise: unknown key; did you mean 'page_size'?"),
        ("[gopaas]\nwholly_different = 1", "gopaas.wholly_different: unknown key"),
        ("[entra]\nmode = 'aplication'", "entra.mode: must be 'delegated' or 'application'; did you mean 'application'?"),
        ("[entra]\nclient_secret_fil = 'x'", "entra.client_secret_fil: unknown key; did you mean 'client_secret_file'?"),
        ("[gaurd]\n", "gaurd: unknown table; did you mean 'guard'?"),
        ("[guard]\ndeletes_min = 'many'", "guard.deletes_min: must be a whole number"),
        ("[graph]\nnotifications = 'perhaps'", "graph.notifications: must be true or false"),
        ("[sync]\npolicy = ''", "sync.policy: must not be empty"),
        ("[state]\n", "state.key_file: is missing"),
    ],
)
def test_a_fault_says_what_would_be_right(configuration, line, fault):
    assert fault in configuration.faults(line)


def test_a_broken_file_is_reported_with_its_line_and_without_its_text(configuration):
    fault = configuration.faults('[gopaas]\nurl = "x"\napi_key = "canary\n')[0]
    assert "line 3" in fault
    assert "canary" not in fault


def test_brackets_within_brackets_without_end_are_a_fault_and_no_crash(configuration):
    assert configuration.faults(f"deep = {'[' * 5_000}{']' * 5_000}") == ["has brackets within brackets, too many to be read"]


def test_brackets_without_end_in_the_environment_are_a_fault_of_that_key(configuration, working):
    [fault] = configuration.faults(working, {"OUTLOOKD_WEB__ADMINS": "[" * 100_000})
    assert fault.startswith("environment variable OUTLOOKD_WEB__ADMINS")


def test_a_missing_file_says_where_it_looked_and_what_to_copy(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path / "none.toml", {})
    (fault,) = caught.value.faults
    assert str(tmp_path / "none.toml") in fault
    assert "copy the sample" in fault
    assert "OUTLOOKD_CONFIG" in fault


def test_a_directory_instead_of_a_file_is_a_fault(tmp_path):
    with pytest.raises(ConfigurationError):
        load_settings(tmp_path, {})


def test_text_in_another_encoding_is_a_fault(configuration):
    configuration.file.write_bytes("[gopaas]\nurl = 'é'".encode("latin-1"))
    with pytest.raises(ConfigurationError) as caught:
        load_settings(configuration.file, {})
    assert "UTF-8" in caught.value.faults[0]


def test_a_byte_order_mark_does_not_matter(configuration, working):
    configuration.file.write_bytes(b"\xef\xbb\xbf" + working.encode())
    assert load_settings(configuration.file, {}).gopaas.page_size == 500


def test_the_environment_wins_over_the_file(configuration, working):
    environ = {"OUTLOOKD_SYNC__INTERVAL": "90s", "OUTLOOKD_SYNC__ALLOW_MAIL": "true", "OUTLOOKD_PLUGINS__DISABLED": '["a", "b"]'}
    settings = configuration.load(working + "[sync]\ninterval = '1h'", environ)
    assert (settings.sync.interval, settings.sync.allow_mail) == (timedelta(seconds=90), True)
    assert settings.plugins.disabled == ("a", "b")


def test_a_fault_in_the_environment_names_the_variable(configuration):
    faults = configuration.faults(environ={"OUTLOOKD_SYNC__INTERVAL": "soon", "OUTLOOKD_SINC__INTERVAL": "1m"})
    assert any(
        fault.startswith("environment variable OUTLOOKD_SYNC__INTERVAL: sync.interval: is not a duration") for fault in faults
    )
    assert "environment variable OUTLOOKD_SINC__INTERVAL: unknown table [sinc]; did you mean 'sync'?" in faults


def test_an_unrelated_variable_is_no_fault(configuration):
    assert configuration.load(environ={"OUTLOOKD_CONFIG": "x", "PATH": "y"}).jobs


def test_an_ipv6_address_in_the_environment_is_not_taken_for_json(configuration):
    assert str(configuration.load(environ={"OUTLOOKD_WEB__LISTEN": "[::1]:8080"}).web.listen) == "[::1]:8080"


def test_a_plugins_own_table_is_handed_on_as_it_is(configuration, working):
    settings = configuration.load(working + "[plugins]\n[plugins.notes]\ndepth = 3\n[plugins.notes.more]\na = 'b'")
    assert settings.plugins.settings == {"notes": {"depth": 3, "more": {"a": "b"}}}


def test_an_unknown_key_of_the_plugins_table_is_a_fault(configuration, working):
    assert "plugins.disable: unknown key; did you mean 'disabled'?" in configuration.faults(working + "[plugins]\ndisable = ['a']")


def test_faults_of_the_plugins_arrive_together_with_the_others(configuration, working, job):
    def examine(plugins, sync, jobs):
        assert [one.view for one in jobs] == ["-", "1170"]
        yield Remark(job=1, key="map", sentence="unknown Outlook name 'x'")

    broken = job.replace("view = 1170", "vue = 1170")
    faults = configuration.faults(working + "[sync]\ninterval = 'x'" + broken + job, examine=examine)
    assert "job[2].map: unknown Outlook name 'x'" in faults
    assert any(fault.startswith("sync.interval") for fault in faults)


def test_what_the_plugins_only_warn_of_keeps_nothing_from_working(configuration, working, job):
    def examine(plugins, sync, jobs):
        yield Remark(job=0, key="map", sentence="names no id", fatal=False)

    settings = configuration.load(working + job, examine=examine)
    assert settings.warnings == (f"{configuration.file}: job[1].map: names no id",)


def test_a_table_with_a_fault_is_examined_as_far_as_it_is_sound(configuration, working, job):
    """One fault must not hide the next: whoever mends one at a time starts the daemon ten times."""
    seen = []

    def examine(plugins, sync, jobs):
        seen.append((sync.policy, [(one.type, dict(one.map), one.policy) for one in jobs]))
        return ()

    broken = job.replace('{ givenName = "prenom" }', '{ givenName = 1, surnam = "nom" }').replace("view = 1170", "view = ''")
    configuration.faults(working + "[sync]\ninterval = 'x'\npolicy = 'newset'" + broken, examine=examine)
    assert seen == [("newset", [("contact", {"surnam": "nom"}, "newset")])]


def test_a_job_whose_type_is_missing_is_not_examined_further(configuration, working, job):
    def examine(plugins, sync, jobs):
        assert not jobs
        return ()

    assert configuration.faults(working + job.replace('type = "Contact"', ""), examine=examine) == ["job[1].type: is missing"]


def test_settings_cannot_be_changed(configuration):
    settings = configuration.load()
    with pytest.raises(Exception, match=r"frozen|cannot assign"):
        settings.sync.interval = timedelta(1)


def test_a_missing_certificate_authority_is_a_fault_at_once(configuration, working):
    assert any(
        fault.startswith("gopaas.ca_file: the file ")
        for fault in configuration.faults(working.replace("[gopaas]", "[gopaas]\nca_file = 'ca.pem'"))
    )


def test_gopaas_without_credentials_is_a_fault(configuration, working, job):
    faults = configuration.faults(working.replace('api_key_file = "gopaas.key"', "") + job)
    assert faults == ["gopaas: has no credentials: set api_key_file, or client_id and client_secret_file"]


def test_gopaas_needs_no_credentials_when_every_job_has_its_own(configuration, working, job):
    settings = configuration.load(working.replace('api_key_file = "gopaas.key"', "") + job + 'api_key_file = "gopaas.key"')
    assert settings.jobs[0].api_key.get_secret_value() == "key-canary"


def test_two_ways_into_gopaas_are_a_fault(configuration, working):
    both = working.replace("[gopaas]", "[gopaas]\nclient_id = 'c'\nclient_secret_file = 'entra.secret'")
    assert configuration.faults(both) == ["gopaas: has both api_key_file and client_id: keep the one that outlookd shall use"]


def test_direction_is_read_in_any_case(configuration, working):
    assert configuration.load(working + "[sync]\ndirection = 'To_Outlook'").sync.direction is Direction.TO_OUTLOOK


@pytest.mark.parametrize("url", ["postgresql://u:canary@db.example.com/x", "sqlite:///", "state.db"])
def test_another_database_is_a_fault_that_does_not_show_its_address(configuration, working, url):
    (fault,) = configuration.faults(working.replace("[state]", f"[state]\nurl = '{url}'"))
    assert fault == "state.url: must be sqlite:/// and the path of a file, such as sqlite:////var/lib/outlookd/state.db"


def test_the_plugins_directory_starts_at_the_configuration_file(configuration, working):
    (configuration.directory / "extras").mkdir()
    settings = configuration.load(working + "[plugins]\ndirectory = 'extras'")
    assert settings.plugins.directory == configuration.directory / "extras"


def test_a_missing_plugins_directory_is_a_fault(configuration, working):
    (fault,) = configuration.faults(working + "[plugins]\ndirectory = 'extras'")
    assert fault == f"plugins.directory: the directory {configuration.directory}/extras does not exist"


def without_registration(text):
    return text.replace('client_id = "app"\nclient_secret_file = "entra.secret"', "")


def test_settings_records_may_bring_every_registration(configuration, working):
    text = without_registration(working).replace("[gopaas]", "[gopaas]\nsettings_view = 1190")
    assert configuration.load(text).entra.registration is None


@pytest.mark.parametrize(("view", "more"), [("", ""), ("1190", "job")], ids=["no records", "a job beside them"])
def test_without_records_or_beside_a_job_the_registration_is_needed(configuration, working, job, view, more):
    text = without_registration(working).replace("[gopaas]", f"[gopaas]\nsettings_view = '{view}'")
    assert configuration.faults(text + (job if more else "")) == [
        "entra.client_id: is missing",
        "entra.client_secret_file: is missing",
    ]


def test_half_a_registration_is_a_fault_even_beside_records(configuration, working):
    text = working.replace('client_id = "app"', "").replace("[gopaas]", "[gopaas]\nsettings_view = 1190")
    assert configuration.faults(text) == ["entra.client_id: is missing"]


def test_settings_records_are_read_with_everybodys_credentials(configuration, working, job):
    text = working.replace('api_key_file = "gopaas.key"', "settings_view = 1190") + job + 'api_key_file = "gopaas.key"'
    assert configuration.faults(text) == ["gopaas: has no credentials: set api_key_file, or client_id and client_secret_file"]
