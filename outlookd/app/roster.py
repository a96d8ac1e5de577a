"""Who is synchronised: the ``[[job]]`` tables, and GoPaaS's own settings records."""

from __future__ import annotations

from outlookd.settings import JobSettings, Settings


class Roster:
    """The jobs as they are now."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.jobs: tuple[JobSettings, ...] = settings.jobs

    async def refresh(self) -> bool:
        """Read the records again; whether anything is different now."""
        return False

    def adopt(self, settings: Settings) -> None:
        """Go on with other settings."""
        self._settings, self.jobs = settings, settings.jobs

    def place_of(self, job: JobSettings) -> str:
        """How the configuration calls the job, as its faults do."""
        return f"job[{self._settings.jobs.index(job) + 1}]"
