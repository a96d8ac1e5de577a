"""What the panels of one person say: the choice of texts that a template should not have to make. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outlookd.core.model import Side
from outlookd.web.jobs.addresses import story_address
from outlookd.web.jobs.desk import HeldBack, Panel, SetAside
from outlookd.web.words.causes import known_cause
from outlookd.web.words.fields import field_in
from outlookd.web.words.guards import GUARDS
from outlookd.web.words.reasons import reason_in
from outlookd.web.words.speech import Counted, Speech
from outlookd.web.words.sync import SyncWords

__all__ = ["PanelsView"]

MOST_SHOWN: Final = 999
"""Nobody acts differently on more: ``999+``."""

_WHILE_BUSY, _WHILE_COUNTING, _OTHERWISE = 1, 2, 15
"""Seconds between two looks of the page at the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelsView:
    """The panels of `login`. `page` is where they are shown, `parts` where the page gets them anew; `noted` a key of the notes."""

    login: str
    panels: tuple[Panel, ...]
    words: SyncWords
    speech: Speech
    page: str
    parts: str
    noted: str = ""

    @property
    def busy(self) -> bool:
        """Whether something runs, or is about to."""
        return any(panel.busy for panel in self.panels)

    @property
    def every(self) -> int:
        """How often, in seconds, the page asks."""
        if self.busy:
            return _WHILE_BUSY
        return _WHILE_COUNTING if any(panel.counting for panel in self.panels) else _OTHERWISE

    @property
    def note(self) -> str:
        """What to say about the button that was pressed; nothing for a key that is not ours."""
        return self.words.notes.get(self.noted, "")

    @property
    def news(self) -> str:
        """What a screen reader says when it changes: one sentence per panel, and no numbers, which would never stop."""
        return " ".join(filter(None, (self.note, *(self._news_of(panel) for panel in self.panels))))

    def count(self, panel: Panel) -> str:
        """How much waits."""
        waiting = panel.waiting.count if panel.waiting else 0
        return self.speech.count(self.words.waiting[panel.resource], min(waiting, MOST_SHOWN), more=waiting > MOST_SHOWN)

    def tried_again(self, panel: Panel, one: SetAside) -> datetime | None:
        """When a record is handled again: by the first run after its time has come. None while nobody knows of a run."""
        return max(one.retry_at, panel.next_run) if panel.next_run is not None else None

    def story(self, panel: Panel, one: SetAside) -> str:
        """Where a record's story is told, and where it can be tried again."""
        return story_address(f"/jobs/{panel.address}", one.id)

    def cause(self, one: SetAside) -> str | None:
        """Why a record was set aside, in the page's language; None for a text that is not ours."""
        return known_cause(one.reason, self.speech.language)

    def called(self, name: str) -> str | None:
        """What people call a field; None for a name that is none of ours, such as a column's."""
        return field_in(name, self.speech.language)

    @property
    def guards(self) -> Mapping[str, Counted]:
        """What our guards say of what they hold back."""
        return GUARDS.of(self.speech.language)

    def because(self, held: HeldBack) -> str | None:
        """Why something is held back, in the page's language; None for a text that is not ours."""
        return reason_in(held.reason, self.speech.language)

    def written(self, panel: Panel) -> Sequence[Side]:
        """The sides that this job writes to, and any other that its last run wrote to before the job was turned around."""
        last = panel.last
        return [
            side
            for side in (Side.OUTLOOK, Side.GOPAAS)
            if panel.direction.writes(side)
            or (last is not None and any(getattr(tally, side.value) for tally in (last.created, last.updated, last.deleted)))
        ]

    def _news_of(self, panel: Panel) -> str:
        title = self.words.titles[panel.resource][panel.direction]
        if panel.bar is not None:
            state = self.words.stages[panel.bar.stage]
        elif panel.due:
            state = self.words.due
        elif panel.last is not None:
            state = f"{self.words.results[panel.last.status]}."
        else:
            return ""
        # A dash, not a colon: the two languages disagree about the space before that.
        return f"{title} – {state}"
