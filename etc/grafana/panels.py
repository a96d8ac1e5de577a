# ruff: noqa: INP001 - a folder of files for Grafana, not a package
"""Panels, and the usual kinds of them: a figure, lines, a stack of lines; and the usual kinds of query.

How Grafana wants to be told is `generate`'s. In a query ``@`` stands for the matchers of job and instance, ``@job`` for that of the
job alone: recording rules have no instance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Steps = tuple[tuple[float | None, str], ...]
"""From which value on which colour; None is the beginning."""

GOOD, FAIR, BAD, PLAIN = "green", "orange", "red", "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel. `queries` are pairs of query and legend. `names` has a figure show its legend: as it is, or beside the value."""

    title: str
    description: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    kind: Literal["stat", "timeseries"] = "timeseries"
    width: int = 8
    height: int = 7
    stacked: bool = False
    highest: float | None = None
    steps: Steps = ((None, GOOD),)
    names: Literal["auto", "name", "value_and_name"] = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels under one heading."""

    title: str
    panels: tuple[Panel, ...]


def figure(title: str, description: str, query: str, unit: str, steps: Steps, *, legend: str = "", width: int = 4) -> Panel:
    """One value, large."""
    return Panel(
        title=title,
        description=description,
        queries=((query, legend),),
        unit=unit,
        steps=steps,
        kind="stat",
        width=width,
        height=4,
        names="value_and_name" if legend else "auto",
    )


def lines(
    title: str, description: str, *queries: tuple[str, str], unit: str, width: int = 8, steps: Steps = ((None, GOOD),)
) -> Panel:
    """A line for each series."""
    return Panel(title=title, description=description, queries=queries, unit=unit, width=width, steps=steps)


def stack(title: str, description: str, *queries: tuple[str, str], unit: str, width: int = 8) -> Panel:
    """Series that add up to something."""
    return Panel(title=title, description=description, queries=queries, unit=unit, width=width, stacked=True)


def percentile(share: float, metric: str, by: str = "", more: str = "") -> str:
    """Below which `share` of a histogram's observations lie, in the time that the panel asks for."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate(outlookd_{metric}_bucket{{@{more}}}[$__rate_interval])))"


def rate(metric: str, by: str, more: str = "") -> str:
    """Per second."""
    return f"sum by ({by}) (rate(outlookd_{metric}{{@{more}}}[$__rate_interval]))"


def increase(metric: str, by: str, more: str = "") -> str:
    """How many in the time that one point of the panel stands for."""
    return f"sum by ({by}) (increase(outlookd_{metric}{{@{more}}}[$__rate_interval]))"
