"""The built-in plugins come through the same door as a stranger's."""

from __future__ import annotations

import ast
import importlib
import tomllib
from pathlib import Path

import pytest

from outlookd.plugins import Candidate, PluginState, load_plugins

ROOT = Path(__file__).parents[2]
ENTRY_POINTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["outlookd"]
SOURCES = sorted((ROOT / "plugins").rglob("*.py"))


def test_every_plugin_folder_is_an_entry_point_named_after_it():
    folders = {path.name for path in (ROOT / "plugins").iterdir() if (path / "__init__.py").is_file()}
    assert folders == set(ENTRY_POINTS.values())
    assert {name: f"outlookd_{name}" for name in ENTRY_POINTS} == ENTRY_POINTS


def test_all_built_in_plugins_load():
    def candidate(name, module):
        return Candidate(name=name, origin="outlookd", load=lambda: importlib.import_module(module))

    plugins = load_plugins(candidates=[candidate(*pair) for pair in ENTRY_POINTS.items()])
    assert {record.state for record in plugins.records} == {PluginState.ENABLED}
    assert "contact" in plugins.handlers
    assert "phone_fr" in plugins.transforms


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_plugin_imports_only_the_public_door(path):
    modules = [node.module or "" for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    assert [module for module in modules if module.startswith("outlookd.")] == []
