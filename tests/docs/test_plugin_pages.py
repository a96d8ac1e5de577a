"""The pages on plugins and maps say what the code does."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import outlookd_transforms
from outlookd.core.fieldmap import FieldRule
from outlookd.hookspecs import HookSpecs, TransformRegistry
from outlookd.plugins import PluginState
from outlookd_contacts.fields import ALIASES, SPECS

DOCS = Path(__file__).parents[2] / "docs"
PLUGINS = (DOCS / "plugins.md").read_text()
MAPPING = (DOCS / "mapping.md").read_text()


def hooks():
    return {name: spec for name, spec in vars(HookSpecs).items() if not name.startswith("_")}


def section(page, title):
    return page.split(f"# {title}\n", 1)[1].split("\n#", 1)[0]


def rows(text):
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line.startswith("| `")]


def transforms():
    registry = TransformRegistry()
    outlookd_transforms.register_transforms(registry)
    return registry.items


def test_every_hook_has_a_heading_with_its_exact_arguments():
    specified = {f"{name}({', '.join(list(inspect.signature(spec).parameters)[1:])})" for name, spec in hooks().items()}
    assert set(re.findall(r"^### (\w+\(.*\))$", PLUGINS, re.MULTILINE)) == specified


@pytest.mark.parametrize("hook", sorted(hooks()))
def test_every_hook_says_since_when_it_exists(hook):
    assert re.search(r"Added in \d+\.\d+\.", hooks()[hook].__doc__)


def test_every_state_of_a_plugin_is_explained():
    assert {row[0].strip("`") for row in rows(section(PLUGINS, "States"))} == {state.value for state in PluginState}


def test_the_example_plugin_works_as_its_text_says():
    source = re.search(r"```python\n(.*?)```", PLUGINS, re.DOTALL).group(1)
    made = {}
    exec(source, made)  # our own page
    registry = TransformRegistry()
    made["register_transforms"](registry)
    stars = registry.items["stars"]
    assert (stars.to_outlook("***"), stars.to_gopaas("3")) == ("3", "***")


def test_every_contact_field_is_on_the_page_and_no_other():
    table = section(MAPPING, "Contacts")
    documented = set()
    for cells in rows(table):
        names = re.findall(r"`([^`]+)`", cells[0])
        outer = names[0].partition(".")[0]
        documented |= {f"{outer}{name}" if name.startswith(".") else name for name in names}
    documented |= set(re.findall(r"`(\w+)`", re.search(r"From Outlook to GoPaaS only: (.*)", table).group(1)))
    # The middle one of three places is written as "to".
    assert documented | {"emailAddresses[1]"} == set(SPECS)


def test_every_contact_field_stands_beside_its_group():
    for cells in rows(section(MAPPING, "Contacts")):
        name = re.search(r"`([^`]+)`", cells[0]).group(1)
        group = cells[1].strip("`")
        assert SPECS[name].group == (name if group == "its own" else group)


def test_every_other_spelling_is_on_the_page():
    documented = {row[0].strip("`"): row[1].strip("`") for row in rows(section(MAPPING, "Other spellings"))}
    assert documented == dict(ALIASES)


def test_every_transform_is_on_the_page():
    assert {row[0].strip("`") for row in rows(section(MAPPING, "Transforms"))} == set(transforms())


@pytest.mark.parametrize("row", rows(section(MAPPING, "Transforms")), ids=lambda row: row[0].strip("`"))
def test_the_example_of_a_transform_is_true(row):
    name, cell, shown = (re.findall(r"`([^`]*)`", part) for part in row[:3])
    rule = FieldRule(outlook="x", gopaas="x", transforms=(transforms()[name[0]],))
    value = rule.to_outlook(cell[0])
    lines = value if isinstance(value, tuple) else tuple(value.split("\n"))
    assert lines == tuple(shown)
