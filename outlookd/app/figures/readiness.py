"""Whether the daemon does its work right now: what ``/readyz`` says. Looks at this process and its disk, and at nobody outside."""

from __future__ import annotations

import os
from collections.abc import Mapping

from outlookd.app.composition import App
from outlookd.store.files import path_of


class AppReadiness:
    """Implements `web.doors.health.Readiness`. Words, not sentences: a machine reads them."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._path = path_of(app.settings.state.url).absolute()

    def troubles(self) -> Mapping[str, str]:
        """``daemon``: it has not begun to turn, or is about to end; ``database``: it cannot be written (`SqliteStore.trouble`).

        A full disk or a limit shows only to one who writes, so the latest write is asked besides the permissions.
        """
        found: dict[str, str] = {}
        if not self._app.ready:
            found["daemon"] = "starting_or_draining"
        # SQLite makes its journal beside the file.
        if not all(os.access(place, os.W_OK) for place in (self._path, self._path.parent)):
            found["database"] = "read_only"
        elif self._app.store.trouble:
            found["database"] = self._app.store.trouble
        return found
