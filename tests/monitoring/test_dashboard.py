"""The dashboard is what the generator makes, and what Grafana's own linter would let pass."""

from __future__ import annotations

import importlib
import itertools
import json
import re
import sys

import pytest
from sources import DASHBOARD, GRAFANA, dashboard, known, named, panels, queries, recorded

UNITS = {"short", "none", "s", "ops", "reqps", "bytes", "percentunit"}
"""Those of Grafana's that we use: a misspelt one is shown as a suffix."""

ALL = dashboard()["panels"]
QUERIES = queries()


def test_the_file_is_what_the_generator_makes(monkeypatch):
    """`python etc/grafana/generate.py` makes it anew."""
    monkeypatch.syspath_prepend(str(GRAFANA))
    try:
        made = importlib.import_module("generate").dashboard()
    finally:
        for name in ("generate", "rows", "panels"):
            sys.modules.pop(name, None)
    assert made == json.loads(DASHBOARD.read_text())


def test_the_model_is_the_last_classic_one_and_nobody_edits_it_by_hand():
    found = dashboard()
    assert (found["schemaVersion"], found["editable"]) == (42, False)


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel["title"])
def test_a_panel_says_what_it_shows_and_in_which_unit(panel):
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["targets"]


def test_no_two_panels_lie_over_each_other():
    def overlap(one, other):
        a, b = one["gridPos"], other["gridPos"]
        beside = a["x"] >= b["x"] + b["w"] or b["x"] >= a["x"] + a["w"]
        above = a["y"] >= b["y"] + b["h"] or b["y"] >= a["y"] + a["h"]
        return not (beside or above)

    assert [(one["title"], other["title"]) for one, other in itertools.combinations(ALL, 2) if overlap(one, other)] == []


def test_no_panel_reaches_over_the_edge():
    assert [panel["title"] for panel in ALL if panel["gridPos"]["x"] + panel["gridPos"]["w"] > 24] == []


def test_numbers_and_titles_are_there_once():
    for key in ("id", "title"):
        values = [panel[key] for panel in ALL]
        assert len(values) == len(set(values))


def test_every_part_asks_the_data_source_that_was_chosen():
    asked = [part["datasource"] for panel in panels() for part in (panel, *panel["targets"])]
    assert {source["uid"] for source in asked} == {"${datasource}"}


def test_the_variables_are_those_that_grafanas_linter_asks_for():
    variables = {variable["name"]: variable for variable in dashboard()["templating"]["list"]}
    assert (variables["datasource"]["type"], variables["datasource"]["label"]) == ("datasource", "Data source")
    for name in ("job", "instance", "resource", "upstream"):
        found = {key: variables[name][key] for key in ("type", "multi", "includeAll", "allValue", "refresh")}
        assert found == {"type": "query", "multi": True, "includeAll": True, "allValue": ".+", "refresh": 2}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[0])
def test_a_counter_is_only_asked_for_its_rate(query):
    _, expression = query
    counters = [name for name in known() if re.search(r"(_total|_bucket|_sum|_count)$", name)]
    bare = re.sub(r"(rate|increase)\(\w+(\{[^}]*\})?\[", "", expression)
    assert not [name for name in counters if re.search(rf"\b{name}\b", bare)]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[0])
def test_a_rate_goes_over_the_interval_that_grafana_names(query):
    assert set(re.findall(r"\[(.+?)\]", query[1])) <= {"$__rate_interval", "30d"}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[0])
def test_a_query_asks_for_the_chosen_job_and_instance(query):
    for name in named(query[1]):
        matchers = re.findall(rf"{re.escape(name)}(?:\{{(.*?)\}})?", query[1])
        wanted = ['job=~"$job"'] if name in recorded() else ['job=~"$job"', 'instance=~"$instance"']
        assert all(part in found for found in matchers for part in wanted), name


def test_every_row_begins_a_line_of_its_own():
    rows = [panel["gridPos"] for panel in ALL if panel["type"] == "row"]
    assert all((place["x"], place["w"], place["h"]) == (0, 24, 1) for place in rows)
