"""Rules, alerts, dashboard, runbooks and pages name only what exists, and everything has its page."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from asyncio.subprocess import PIPE, STDOUT

import pytest
from catalogue_table import page_of
from sources import ALERTS, DASHBOARD, PAGE, PROMETHEUS, RULES, RUNBOOKS, TESTS, alerts, known, named

from outlookd.cli import COMMANDS
from outlookd.runtime.metrics import CATALOGUE

HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation"]
NAMING = [RULES, ALERTS, DASHBOARD, *TESTS, *sorted(RUNBOOKS.glob("*.md"))]


def test_the_page_has_the_catalogue_as_the_code_has_it():
    """`python tests/monitoring/catalogue_table.py` writes it there."""
    assert page_of(PAGE.read_text()) == PAGE.read_text()


@pytest.mark.parametrize("file", NAMING, ids=lambda file: file.name)
def test_a_file_names_no_metric_that_is_not_there(file):
    assert named(file.read_text()) - known() == set()


def test_the_page_names_no_metric_that_is_not_there():
    families = {family.name for family in CATALOGUE}
    assert named(PAGE.read_text()) - known() - families == set()


def test_what_the_page_calls_left_out_is_left_out():
    names = re.findall(r"^\| (`.*?) \|", PAGE.read_text().partition("## What is left out")[2], flags=re.MULTILINE)
    left_out = {f"outlookd_{name}" for cell in names for name in re.findall(r"`([a-z_]+)`", cell)}
    assert left_out & {family.name for family in CATALOGUE} == set()


def test_every_alert_has_a_runbook_and_every_runbook_an_alert():
    assert {page.stem for page in RUNBOOKS.glob("*.md")} == alerts()


def test_every_alert_leads_to_its_own_runbook():
    text = ALERTS.read_text()
    named_by = re.findall(r"- alert: (\S+)|runbook_url: https://outlookd\.example/docs/runbooks/(\S+)", text)
    pairs = list(zip([alert for alert, _ in named_by if alert], [page for _, page in named_by if page], strict=True))
    assert [pair for pair in pairs if pair[0] != pair[1]] == []


def test_every_alert_is_fired_by_a_test():
    fired = set(re.findall(r"Outlookd[A-Za-z]+", "".join(file.read_text() for file in TESTS)))
    assert alerts() - fired == set()


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda page: page.stem)
def test_a_runbook_says_what_it_means_what_it_does_how_to_find_out_and_what_to_do(page):
    assert re.findall(r"^## (.+)$", page.read_text(), flags=re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda page: page.stem)
def test_a_runbook_asks_for_commands_and_pages_that_exist(page):
    text = page.read_text()
    commands = set(re.findall(r"`outlookd ([a-z]+)", text))
    links = re.findall(r"\]\((\w+\.md)\)", text)
    assert commands - set(COMMANDS) == set()
    assert [link for link in links if not (RUNBOOKS / link).exists()] == []


async def said(*command, where=PROMETHEUS):
    """What a command of Prometheus says. These are Go: left alone, promtool spends a third of its time on looking for garbage."""
    environment = os.environ | {"GOGC": "400"}
    process = await asyncio.create_subprocess_exec(*command, cwd=where, stdout=PIPE, stderr=STDOUT, env=environment)
    out, _ = await process.communicate()
    return process.returncode, out.decode()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", "--lint=all", "--lint-fatal", RULES.name, ALERTS.name),
        ("check", "config", "prometheus.example.yml"),
        *(("test", "rules", file.name) for file in TESTS),
    ],
    ids=" ".join,
)
async def test_promtool_accepts(arguments):
    status, out = await said("promtool", *arguments)
    assert status == 0, out


@pytest.mark.skipif(shutil.which("amtool") is None, reason="amtool is not installed")
async def test_amtool_accepts_the_example():
    status, out = await said("amtool", "check-config", "alertmanager.example.yml")
    assert status == 0, out
