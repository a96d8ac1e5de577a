"""The composition root, which alone knows every part and puts them together, and the daemon around it.

What is decided about records is decided below; the rules here are about jobs: which there are, when one counts as healthy, whom to
tell. Commands use `load_installation` and `App`; nothing below this package imports it.
"""

from __future__ import annotations

from outlookd.app.checks import Finding, Level, check
from outlookd.app.composition import App, open_existing
from outlookd.app.daemon.orders import Orders, take_orders
from outlookd.app.daemon.rounds import schedule
from outlookd.app.daemon.serve import serve
from outlookd.app.figures.exposition import new_metrics
from outlookd.app.figures.standing import JobStanding, standing_of
from outlookd.app.jobs.installation import Installation, load_installation
from outlookd.app.pages.rooms import pages
from outlookd.app.personal import Forgotten, forget_person

__all__ = [
    "App",
    "Finding",
    "Forgotten",
    "Installation",
    "JobStanding",
    "Level",
    "Orders",
    "check",
    "forget_person",
    "load_installation",
    "new_metrics",
    "open_existing",
    "pages",
    "schedule",
    "serve",
    "standing_of",
    "take_orders",
]
