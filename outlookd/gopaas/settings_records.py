"""GoPaaS's table of settings records: read whole, and one cell of it written.

Knows the view, the table, and what this GoPaaS calls the fields. Does not know what a record means (`outlookd.settings.records`)
nor when a reading may be believed (`outlookd.app.jobs.roster`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from outlookd.core.model import Payload
from outlookd.errors import ConfigurationError, Rejected, Unintelligible
from outlookd.gopaas.client import GopaasClient
from outlookd.gopaas.listing import ViewQuery, list_view
from outlookd.gopaas.reading import KEY, key_of
from outlookd.gopaas.wire import SERVICE


class SettingsRecords:
    """The records that `view` shows, and the table behind them (`table`; None: nothing can be written).

    `names` are GoPaaS's usual names of the fields and those of this GoPaaS. `optional` are usual names that the view need not
    show.
    """

    def __init__(
        self,
        client: GopaasClient,
        *,
        view: str,
        table: str | None,
        names: Mapping[str, str],
        optional: Iterable[str] = (),
        page_size: int,
        zone: ZoneInfo,
    ) -> None:
        self._client = client
        self._table = table
        self._names = names
        needed = frozenset(names.values()) - {names[name] for name in optional}
        self._query = ViewQuery(view=view, columns=needed, page_size=page_size)
        self._zone = zone

    async def read(self) -> Mapping[str, Mapping[str, Any]]:
        """Every record: its cells under their usual names, by its key.

        Raises Unintelligible when something may be missing, ConfigurationError when the view or one of its columns does not
        exist, else the errors of a listing.
        """
        rows: dict[str, Payload] = {}
        fault = ""
        try:
            async for page in list_view(self._client, self._query):
                rows |= {key_of({KEY: row.get(self._names[KEY])}): row for row in page.payloads}
                fault = page.end.reason if page.end else ""
        except Rejected as error:
            raise ConfigurationError(
                error.message, hint="Check gopaas.settings_view: GoPaaS must know a view of that name."
            ) from error
        except ConfigurationError as error:
            if not error.faults:
                raise
            hint = "Add them to the view, or say in gopaas.settings_fields how they are named."
            raise ConfigurationError(
                "The view of the settings records does not show every field.", faults=error.faults, hint=hint
            ) from error
        if fault or "" in rows:
            why = fault or "a record has no key"
            raise Unintelligible(f"the settings records could not be read whole: {why}.", service=SERVICE)
        return {key: {name: row.get(column) for name, column in self._names.items()} for key, row in rows.items()}

    async def save_map(self, key: str, text: str, now: datetime) -> None:
        """Put `text` into the record's map, and nothing else but the stamps that a client has to set.

        Raises ConfigurationError when there is no table to write to, UncertainWrite, or the error of a refusal.
        """
        if self._table is None:
            raise ConfigurationError("No map can be saved.", hint="Name the settings records' table in gopaas.settings_table.")
        local = now.astimezone(self._zone)
        stamps = {"date_modification": f"{local:%Y-%m-%d}", "heure_modification": f"{local:%H:%M:%S}"}
        try:
            await self._client.upsert(self._table, [{KEY: key, self._names["map"]: text, **stamps}])
        except Rejected as error:
            hint = "Check gopaas.settings_table and the name of its map field."
            raise ConfigurationError(error.message, hint=hint) from error
