from __future__ import annotations

import sys

import pytest

from outlookd.plugins import PluginState, discover, load_plugins

PLUGIN = """
from __future__ import annotations
from outlookd import hookimpl
from .voice import Shout

@hookimpl
def register_transforms(registry):
    registry.add(Shout())
"""
VOICE = """
class Shout:
    name = "shout"
    def to_outlook(self, value): return value
    def to_gopaas(self, value): return value
"""


@pytest.fixture
def forget_local_plugins():
    yield
    for name in [name for name in sys.modules if name.startswith("_outlookd_local_")]:
        del sys.modules[name]


def distribution(root, name, entry_points):
    info = root / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[outlookd]\n" + entry_points)


def local(directory):
    return [candidate for candidate in discover(directory) if candidate.origin.startswith(str(directory))]


def test_our_own_distribution_comes_before_a_strangers_that_sorts_first(tmp_path, monkeypatch):
    distribution(tmp_path, "aaa-stranger", "contacts = aaa_stranger\n")
    distribution(tmp_path, "outlookd", "contacts = outlookd_contacts\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert [candidate.origin for candidate in discover()] == ["outlookd 1.0", "aaa-stranger 1.0"]


def test_strangers_come_in_the_order_of_their_names(tmp_path, monkeypatch):
    distribution(tmp_path, "zzz", "b = one\na = two\n")
    distribution(tmp_path, "yyy", "c = three\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert [candidate.name for candidate in discover()] == ["a", "b", "c"]


def test_a_directory_gives_modules_and_packages_sorted(tmp_path):
    for name in ("zebra.py", "ant.py", "_private.py", "notes.txt", ".hidden.py"):
        (tmp_path / name).touch()
    (tmp_path / "mouse").mkdir()
    (tmp_path / "mouse" / "__init__.py").touch()
    (tmp_path / "not_a_package").mkdir()
    assert [candidate.name for candidate in local(tmp_path)] == ["ant", "mouse", "zebra"]


@pytest.mark.usefixtures("forget_local_plugins")
def test_a_package_in_the_directory_may_import_its_own_modules(tmp_path):
    (tmp_path / "loud").mkdir()
    (tmp_path / "loud" / "__init__.py").write_text(PLUGIN)
    (tmp_path / "loud" / "voice.py").write_text(VOICE)
    assert set(load_plugins(candidates=local(tmp_path)).transforms) == {"shout"}


@pytest.mark.usefixtures("forget_local_plugins")
def test_a_file_in_the_directory_shadows_no_installed_module(tmp_path):
    (tmp_path / "json.py").write_text("from outlookd import hookimpl\n@hookimpl\ndef shutdown(): pass\n")
    plugins = load_plugins(candidates=local(tmp_path))
    assert plugins.records[0].state is PluginState.ENABLED
    assert not sys.modules["json"].__file__.startswith(str(tmp_path))


def test_a_missing_directory_is_no_reason_to_stop(tmp_path):
    assert local(tmp_path / "nowhere") == []
