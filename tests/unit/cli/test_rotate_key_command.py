"""What `outlookd rotate-key` does to the key file, and what it says where that is not ours."""

from __future__ import annotations

import base64
import json
import os
import stat

import pytest
from unit.cli.configurations import write_configuration

from outlookd.cli import main
from outlookd.sealing import read_keys

OLD = b"o" * 32


@pytest.fixture
def configuration(tmp_path):
    file = write_configuration(tmp_path, kind="Unheard-of")
    file.write_text(file.read_text().replace('key_file = "secret"\n[[job]]', 'key_file = "state-key"\n[[job]]'))
    (tmp_path / "state-key").write_text(base64.b64encode(OLD).decode())
    (tmp_path / "state-key").chmod(0o640)
    return file


@pytest.fixture
def call(configuration, capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as caught:
            main(["rotate-key", "--config", str(configuration), *arguments])
        printed = capsys.readouterr()
        return caught.value.code, printed.out, printed.err

    return call


@pytest.fixture
def keys(tmp_path):
    return lambda: read_keys((tmp_path / "state-key").read_text())


def test_a_new_key_is_put_in_front_and_nothing_is_printed_of_either(call, keys, tmp_path):
    status, said, _ = call("--new")
    new, old = keys()
    assert (status, old, new != OLD) == (0, OLD, True)
    assert not any(line and line in said for line in (tmp_path / "state-key").read_text().splitlines())


def test_the_key_file_keeps_who_may_read_it(call, tmp_path):
    call("--new")
    assert stat.S_IMODE((tmp_path / "state-key").stat().st_mode) == 0o640


def test_dropping_leaves_the_first_key_alone(call, keys):
    call("--new")
    first = keys()[0]
    assert (call("--drop")[0], keys()) == (0, (first,))


def test_programs_get_the_same_as_json(call):
    assert json.loads(call("--new", "--json")[1]) == {"keys": 2, "tables": {}}


def test_a_key_from_the_environment_is_left_to_whoever_set_it(call, monkeypatch):
    monkeypatch.setenv("OUTLOOKD_STATE__KEY", base64.b64encode(OLD).decode())
    status, _, complaint = call("--new")
    assert (status, "without --new" in complaint) == (78, True)


def test_a_file_that_is_not_ours_to_replace_stays_as_it_is(call, keys, monkeypatch):
    """As under the service's own command, which sees copies of root's files."""

    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refuse)
    status, _, complaint = call("--new")
    assert (status, keys(), "without --new" in complaint) == (78, (OLD,), True)


def test_one_key_that_stays_the_only_one_is_not_called_new(call, keys):
    status, said, _ = call()
    assert (status, keys(), "copy" in said, "There is only this key, as before" in said) == (0, (OLD,), False, True)
    assert "Keep a copy of the first key" in call("--new")[1]
