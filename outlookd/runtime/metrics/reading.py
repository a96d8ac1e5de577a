"""Figures that are read and not counted, shown at each scrape as they were last read.

Knows the catalogue and prometheus_client. Where the figures come from is `app.figures.snapshot`'s: a scrape waits for no database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from outlookd.runtime.metrics.catalogue import CATALOGUE, Family


class Figure(NamedTuple):
    """One value of a family, for these words of its labels."""

    family: Family
    value: float
    labels: tuple[str, ...] = ()


class Reading(Collector):
    """Shows the latest figures. `latest` gives them, none before the first reading; it must not block."""

    def __init__(self, latest: Callable[[], Sequence[Figure]]) -> None:
        self._latest = latest

    def collect(self) -> Iterator[Metric]:
        """Every family that is read, whole or absent: the library calls this for each scrape."""
        by_family: dict[str, list[Figure]] = defaultdict(list)
        for figure in self._latest():
            by_family[figure.family.name].append(figure)
        for family in READ:
            if found := by_family[family.name]:
                yield _shown(family, found)

    def describe(self) -> Iterable[Metric]:
        """The names, so that registering asks for no figures."""
        return [GaugeMetricFamily(family.name, family.help, labels=list(family.labels)) for family in READ]


READ = tuple(family for family in CATALOGUE if family.read)


def show_figures(registry: CollectorRegistry, latest: Callable[[], Sequence[Figure]]) -> None:
    """Have `registry` show what `latest` gives, besides what is counted."""
    registry.register(Reading(latest))


def _shown(family: Family, figures: Iterable[Figure]) -> Metric:
    shown = GaugeMetricFamily(family.name, family.help, labels=list(family.labels))
    for figure in figures:
        shown.add_metric(list(figure.labels), figure.value)
    return shown
