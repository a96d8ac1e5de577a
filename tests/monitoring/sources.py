"""What the files beside the code say about metrics: names, alerts, queries."""

from __future__ import annotations

import json
import re
from pathlib import Path

from outlookd.runtime.metrics import CATALOGUE, Kind

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "etc" / "prometheus"
RULES, ALERTS = PROMETHEUS / "outlookd.rules.yml", PROMETHEUS / "outlookd.alerts.yml"
TESTS = (PROMETHEUS / "outlookd.test.yml", PROMETHEUS / "outlookd.days.test.yml")
GRAFANA = ROOT / "etc" / "grafana"
DASHBOARD = GRAFANA / "dashboards" / "outlookd-overview.json"
RUNBOOKS = ROOT / "docs" / "runbooks"
PAGE = ROOT / "docs" / "metrics.md"

_NAME = re.compile(r"(?<![\w./:-])(?:outlookd_[a-z_]+|job_\w+:[\w:]+)(?![\w/.-]*\.(?:py|md|yml|json))")


def recorded():
    """The series that recording rules make."""
    return set(re.findall(r"- record: (\S+)", RULES.read_text()))


def alerts():
    """The alerts' names."""
    return set(re.findall(r"- alert: (\S+)", ALERTS.read_text()))


def dashboard():
    return json.loads(DASHBOARD.read_text())


def panels():
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries():
    """Every query of the dashboard with the panel it belongs to, annotations included."""
    drawn = [(panel["title"], target["expr"]) for panel in panels() for target in panel["targets"]]
    return drawn + [(mark["name"], mark["expr"]) for mark in dashboard()["annotations"]["list"] if "expr" in mark]


def named(text):
    """The metrics of ours, and recorded series, that a text names."""
    return {name for name in _NAME.findall(text) if not name.endswith("_")}


def series_of(family):
    """The names under which Prometheus stores a family."""
    return {family.name + part for part in ("_bucket", "_sum", "_count")} if family.kind is Kind.HISTOGRAM else {family.name}


def known():
    """Every name that a query may ask for: what we show, and what the rules record."""
    return {name for family in CATALOGUE for name in series_of(family)} | recorded()
