"""The plugin is found like a stranger's, and the page on maps says what it does."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from pathlib import Path

from outlookd.plugins import load_plugins
from outlookd_calendar.fields import ALIASES, SPECS

MAPPING = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text()


def section(title):
    return MAPPING.split(f"# {title}\n", 1)[1].split("\n#", 1)[0]


def rows(text):
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line.startswith("| `")]


def test_discovery_lists_the_calendar():
    assert "calendar" in {point.name for point in entry_points(group="outlookd")}
    plugins = load_plugins()
    assert "calendar" in {record.name for record in plugins.records}
    assert plugins.handlers["calendar"].resource == "events"


def test_every_field_is_on_the_page_and_no_other():
    table = section("Calendar")
    documented = {name for cells in rows(table) for name in re.findall(r"`([^`]+)`", cells[0])}
    documented |= set(re.findall(r"`([\w.]+)`", re.search(r"From Outlook to GoPaaS only: ([^\n]*(?:\n[^\n]+)*)", table).group(1)))
    assert documented == set(SPECS)


def test_every_field_stands_beside_its_group():
    for cells in rows(section("Calendar")):
        for name in re.findall(r"`([^`]+)`", cells[0]):
            assert SPECS[name].group == {"its own": name, "none": name}.get(cells[1], cells[1])


def test_every_other_spelling_is_on_the_page():
    documented = {row[0].strip("`"): row[1].strip("`") for row in rows(section("Other spellings in a calendar"))}
    assert documented == dict(ALIASES)
