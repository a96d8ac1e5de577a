"""What Prometheus sees: the catalogue, what is counted, and what is read. See docs/metrics.md."""

from __future__ import annotations

from outlookd.runtime.metrics import catalogue
from outlookd.runtime.metrics.catalogue import CATALOGUE, RESOURCES, Family, Kind
from outlookd.runtime.metrics.reading import Figure, show_figures
from outlookd.runtime.metrics.recorder import Metrics, counted_run, outcome_of

__all__ = [
    "CATALOGUE",
    "RESOURCES",
    "Family",
    "Figure",
    "Kind",
    "Metrics",
    "catalogue",
    "counted_run",
    "outcome_of",
    "show_figures",
]
