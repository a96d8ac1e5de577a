"""Secrets: only from files and the environment, never shown."""

from __future__ import annotations

import os

import pytest

from outlookd.errors import ConfigurationError


def test_a_secret_file_loses_its_line_break(configuration):
    settings = configuration.load()
    assert settings.gopaas.api_key.get_secret_value() == "key-canary"
    assert settings.entra.client_secret.get_secret_value() == "secret-canary"


def test_a_secret_shows_in_no_representation(configuration):
    settings = configuration.load()
    assert "canary" not in f"{settings!r} {settings!s} {settings.entra!r} {settings.state!r}"


def test_the_environment_gives_a_secret_without_a_file(configuration, working):
    text = working.replace('client_secret_file = "entra.secret"', "")
    settings = configuration.load(text, {"OUTLOOKD_ENTRA__CLIENT_SECRET": "from-environment\n"})
    assert settings.entra.client_secret.get_secret_value() == "from-environment"


def test_the_environment_wins_over_a_secret_file(configuration):
    settings = configuration.load(environ={"OUTLOOKD_GOPAAS__API_KEY": "other"})
    assert settings.gopaas.api_key.get_secret_value() == "other"


def test_systemds_credentials_directory_is_understood(configuration, working, tmp_path):
    (tmp_path / "creds").mkdir()
    (tmp_path / "creds" / "k").write_text("from-systemd")
    text = working.replace('"gopaas.key"', '"${CREDENTIALS_DIRECTORY}/k"')
    settings = configuration.load(text, {"CREDENTIALS_DIRECTORY": str(tmp_path / "creds")})
    assert settings.gopaas.api_key.get_secret_value() == "from-systemd"


def test_the_credentials_directory_outside_systemd_is_explained(configuration, working):
    faults = configuration.faults(working.replace('"gopaas.key"', '"${CREDENTIALS_DIRECTORY}/k"'))
    assert "LoadCredential" in faults[0]


@pytest.mark.parametrize(("section", "key"), [("entra", "client_secret"), ("gopaas", "api_key")])
def test_a_secret_in_the_file_is_refused_and_not_shown(configuration, working, section, key):
    text = working.replace(f"[{section}]", f'[{section}]\n{key} = "open-canary"').replace(f"{key}_file", "# ")
    (fault,) = configuration.faults(text)
    assert fault.startswith(f"{section}.{key}: a secret does not belong")
    assert f"{key}_file" in fault
    assert "canary" not in fault


def test_a_secret_in_a_job_is_refused(configuration, working, job):
    assert configuration.faults(working + job + 'api_key = "open-canary"')[0].startswith("job[1].api_key: a secret does not belong")


def test_a_secret_pasted_as_its_own_file_name_is_not_shown(configuration, working):
    (fault,) = configuration.faults(working.replace('"entra.secret"', '"abc8Q~canary/canary"'))
    assert "canary" not in fault
    assert "does not exist" in fault


def test_a_missing_file_is_shown_when_it_is_plainly_a_path(configuration, working, tmp_path):
    (fault,) = configuration.faults(working.replace('"entra.secret"', f'"{tmp_path}/no.secret"'))
    assert f"the file {tmp_path}/no.secret does not exist" in fault


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\n", "is empty"), (b"  \n", "is empty"), (b"\xff\xfe\x00", "is not text"), (b"x" * 70_000, "too large")],
    ids=["blank", "spaces", "binary", "large"],
)
def test_a_useless_secret_file_is_a_fault(configuration, content, words):
    (configuration.directory / "entra.secret").write_bytes(content)
    (fault,) = configuration.faults()
    assert fault.startswith("entra.client_secret_file: ")
    assert words in fault


def test_a_directory_as_a_secret_is_a_fault(configuration, working):
    (configuration.directory / "d").mkdir()
    (fault,) = configuration.faults(working.replace('"entra.secret"', '"./d"'))
    assert "is not a file" in fault


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_secret_file_says_what_to_do(configuration):
    (configuration.directory / "entra.secret").chmod(0)
    (fault,) = configuration.faults()
    assert "give the user that runs outlookd the right" in fault


@pytest.mark.parametrize("mode", [0o604, 0o666, 0o660, 0o644])
def test_a_secret_that_others_may_read_is_a_warning(configuration, mode):
    (configuration.directory / "gopaas.key").chmod(mode)
    (warning,) = configuration.load().warnings
    assert "gopaas.api_key_file" in warning
    assert "chmod 0600" in warning


@pytest.mark.parametrize("mode", [0o604, 0o666, 0o660, 0o644])
def test_a_state_key_that_others_may_read_is_a_fault_that_says_the_chmod(configuration, mode):
    (configuration.directory / "state.key").chmod(mode)
    (fault,) = configuration.faults()
    assert ("state.key_file" in fault, "chmod 0600" in fault) == (True, True)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
@pytest.mark.parametrize("name", ["gopaas.key", "state.key"])
def test_a_secret_of_owner_and_group_is_no_warning(configuration, mode, name):
    (configuration.directory / name).chmod(mode)
    assert configuration.load().warnings == ()


def test_no_fault_ever_shows_a_secret(configuration, working, job):
    """Everything wrong at once, with canaries wherever a secret can stand."""
    text = (
        'top = "canary"\n'
        + working.replace("https://crm", "https://user:canary@crm").replace('"entra.secret"', '"canary"')
        + '[graph]\nurl = "https://canary@graph.example.com"\n'
        + job
        + 'api_key_file = "canary~canary"\n'
    )
    with pytest.raises(ConfigurationError) as caught:
        configuration.load(text, {"OUTLOOKD_STATE__KEY": "state-canary", "OUTLOOKD_ENTRA__CLIENT_SECRETT": "canary"})
    assert "canary" not in "\n".join(caught.value.faults) + str(caught.value)
    assert len(caught.value.faults) >= 5


@pytest.mark.parametrize("text", ["key-canary\nsecond-canary\n", "key\tcanary"])
def test_a_key_file_with_more_than_the_key_is_named_and_not_shown(configuration, text):
    (configuration.directory / "gopaas.key").write_text(text)
    (fault,) = configuration.faults()
    assert fault.startswith(f"gopaas.api_key_file: the file {configuration.directory}/gopaas.key holds several lines")
    assert "canary" not in fault


def test_the_state_key_may_have_several_lines(configuration):
    (configuration.directory / "state.key").write_text("new\nold\n")
    assert configuration.load().state.key.get_secret_value().split() == ["new", "old"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look everywhere")
def test_a_directory_that_may_not_be_looked_into_is_a_fault_like_any_other(configuration, working):
    (configuration.directory / "closed").mkdir(mode=0)
    (fault,) = configuration.faults(working.replace('"entra.secret"', '"closed/entra.secret"'))
    assert "give the user that runs outlookd the right" in fault
