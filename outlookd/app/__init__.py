"""The composition root: the only place that knows every part and puts them together.

It contains wiring and no rules. Commands use `load_installation` and `App`; nothing below this package imports it.
"""

from __future__ import annotations

from outlookd.app.checks import Finding, Level, check
from outlookd.app.composition import App, open_existing
from outlookd.app.daemon import serve
from outlookd.app.exposition import new_metrics
from outlookd.app.installation import Installation, load_installation
from outlookd.app.orders import Orders, take_orders
from outlookd.app.pages import pages
from outlookd.app.rounds import schedule
from outlookd.app.standing import JobStanding, standing_of

__all__ = [
    "App",
    "Finding",
    "Installation",
    "JobStanding",
    "Level",
    "Orders",
    "check",
    "load_installation",
    "new_metrics",
    "open_existing",
    "pages",
    "schedule",
    "serve",
    "standing_of",
    "take_orders",
]
