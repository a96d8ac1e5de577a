"""Records, fields and writes as the pages tell them: names that people know in place of ours. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from outlookd.core.model import Action, Change, Fields, JournalEntry, Link, Value
from outlookd.ports import Handler
from outlookd.web.history.lines import Altered, Known, Line
from outlookd.web.mapping.form import offered
from outlookd.web.words.foreign import shown

__all__ = ["Teller", "name_of", "teller_of"]


def name_of(fields: Fields) -> str:
    """What people call a record: an appointment's subject, a person's names, a company. In one line, like any text of theirs."""
    whole = " ".join(str(fields[name]) for name in ("givenName", "surname") if fields.get(name))
    return shown(str(fields.get("subject") or whole or fields.get("companyName") or ""))


def name_of_pair(link: Link) -> str:
    """What people call a pair: as GoPaaS has it, where it has it."""
    return name_of({**link.outlook.fields, **link.gopaas.fields})


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Tells of one job. `keys` are what its maps call the canonical fields."""

    keys: Mapping[str, str] = field(default_factory=dict)

    def key_of(self, name: str) -> str:
        """What a map calls that field."""
        return self.keys.get(name, name)

    def planned(self, action: Action) -> Line:
        """A write that would be made."""
        shown = {name: change.after if change.after is not None else change.before for name, change in action.changes.items()}
        record = known(action.link)
        return Line(
            op=action.op,
            side=action.side,
            record=record if record.name else replace(record, name=name_of(shown)),
            reason=action.reason,
            rule=action.rule,
            altered=self._altered(changes_of(action)),
            mails=action.mails,
        )

    def done(self, entry: JournalEntry, link: Link | None) -> Line:
        """A line of the journal, of a pair that may be forgotten."""
        names = dict.fromkeys((*entry.before, *entry.after))
        changes = {name: Change(before=entry.before.get(name), after=entry.after.get(name)) for name in names}
        name = name_of({**entry.before, **{name: value for name, value in entry.after.items() if value is not None}})
        return Line(
            op=entry.op,
            side=entry.side,
            record=Known(id=entry.gopaas_id or entry.outlook_id or entry.link, name=(name_of_pair(link) if link else "") or name),
            reason=entry.reason,
            rule=entry.rule,
            altered=self._altered(changes.items()),
            mails=entry.mails,
            at=entry.at,
            number=entry.seq,
            undone=entry.undone,
        )

    def disputed(self, gopaas: Fields, outlook: Fields) -> tuple[tuple[str, Value, Value], ...]:
        """What differs between two sides, field by field."""
        return tuple((name, one, other) for name, one, other in self.beside(gopaas, outlook) if one != other)

    def beside(self, gopaas: Fields, outlook: Fields) -> tuple[tuple[str, Value, Value], ...]:
        """What two sides show, field by field."""
        return tuple((self.key_of(name), gopaas.get(name), outlook.get(name)) for name in dict.fromkeys((*gopaas, *outlook)))

    def _altered(self, changes: Iterable[tuple[str, Change]]) -> tuple[Altered, ...]:
        return tuple(
            Altered(name=self.key_of(name), before=change.before, after=change.after)
            for name, change in changes
            if change.before != change.after
        )


def teller_of(handler: Handler | None) -> Teller:
    """For the jobs of that handler; where there is none, fields keep the names that they have here."""
    if handler is None:
        return Teller()
    names = offered(handler.resource, handler.fields, handler.aliases, into_gopaas=True)
    return Teller(keys={name.canonical: name.key for name in names})


def known(link: Link) -> Known:
    """A pair, under the id to ask for its story with."""
    return Known(id=link.gopaas_id or link.outlook_id or link.id, name=name_of_pair(link))


def changes_of(action: Action) -> Iterator[tuple[str, Change]]:
    """Every value that would be sent, GoPaaS columns that are set as they are included. What these held before is not known."""
    yield from action.changes.items()
    for column, value in action.raw.items():
        yield column, Change(before=None, after=value)
    if action.points_to:
        yield "id", Change(before=None, after=action.points_to)
