"""A real Prometheus scrapes the real daemon: what the files say is what there is."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sources import ALERTS, DASHBOARD, PAGE, RULES, RUNBOOKS, named, queries
from watched import COMMAND, MARKS, PROVOKED, watch

from outlookd.runtime.metrics import CATALOGUE
from outlookd.sandbox.seed import CLAIRE, UPNS

pytestmark = [
    pytest.mark.skipif(shutil.which("prometheus") is None, reason="Prometheus is not installed"),
    pytest.mark.skipif(not COMMAND.exists(), reason="outlookd is not installed in this environment"),
]

OURS = [RULES, ALERTS, DASHBOARD, PAGE, *sorted(RUNBOOKS.glob("*.md"))]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return asyncio.run(watch(Path(tmp_path_factory.mktemp("watched"))))


def test_the_daemon_is_scraped_without_a_fault(found):
    assert (found.target.get("health"), found.target.get("lastError")) == ("up", "")


def test_every_rule_can_be_evaluated(found):
    assert found.rules
    assert [(rule["name"], rule["lastError"]) for rule in found.rules if rule["health"] != "ok"] == []


@pytest.mark.parametrize("query", [query for query in queries() if query[0] not in MARKS], ids=lambda query: query[0])
def test_the_dashboard_has_something_to_draw(found, query):
    assert found.answers.get(query, 0) > 0


@pytest.mark.parametrize("file", OURS, ids=lambda file: file.name)
def test_what_a_file_names_is_really_shown(found, file):
    histograms = {family.name for family in CATALOGUE if f"{family.name}_bucket" in found.names}
    assert named(file.read_text()) - found.names - histograms == set()


def test_the_whole_catalogue_is_shown(found):
    shown = {family.name for family in text_string_to_metric_families(found.exposition)}
    assert {family.name.removesuffix("_total") for family in CATALOGUE} - shown == set()


def test_what_was_provoked_is_told_and_nothing_else(found):
    assert found.alerts == PROVOKED


def test_no_call_of_the_daemon_is_missing_in_the_table_of_operations(found):
    assert 'operation="other"' not in found.exposition


@pytest.mark.parametrize("private", [CLAIRE, *UPNS.values(), "ateliers-du-lac", "AAMk", "Bearer", "$deltatoken"])
def test_nobody_is_named(found, private):
    assert found.exposition
    assert private.casefold() not in found.exposition.casefold()


def test_there_are_few_series(found):
    assert found.exposition.count("\n") < 1500


def test_promtool_has_nothing_to_say_about_the_exposition(found):
    checked = subprocess.run(["promtool", "check", "metrics"], input=found.exposition, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
