"""What goes although something refers to it: the journal's values, conflicts that are settled, pairs that ended long ago.

It knows rows and who may still need them; how old is old, the caller knows. A pair's end goes in two steps. When its journal has
served its time, the values in it go, and those of the pair; what stays is its ids, how often it was made, and one line without
values that says when it ended. That rest goes much later.

The rest of an event that we made stays for good: Graph never makes two events under one ``transactionId``, which counts how often a
pair was made (design rule 13). A row that came back after years would silently get no event.

Never goes: what an open write refers to, and what a conflict that nobody has settled is about.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlite_utils import Database

from outlookd.store.values import dump_json

PAGE = 500
"""Lines of the journal, or conflicts, that are looked at in one transaction."""

_PAGE = "SELECT MAX(seq), COUNT(*) FROM (SELECT seq FROM journal WHERE seq > :seq AND at < :before ORDER BY seq LIMIT :page)"
_OF_PAGE = "journal.seq > :seq AND journal.seq <= :to AND journal.at < :before"
_NEEDED = """(journal.run IN (SELECT run FROM intent) OR journal.link IN (SELECT link_id FROM intent)
    OR journal.seq IN (SELECT undoes FROM intent)
    OR EXISTS (SELECT 1 FROM conflict WHERE conflict.link = journal.link AND winner IS NULL AND resolved_at IS NULL))"""

_MADE_EVENT = "(gopaas_span IS NOT NULL OR outlook_span IS NOT NULL) AND (origin = 'gopaas' OR generation > 1)"
_ENDS = f"""SELECT journal.seq, link.id, {_MADE_EVENT} FROM journal JOIN link ON link.id = journal.link
    WHERE {_OF_PAGE} AND link.status = 'tombstone' AND NOT {_NEEDED}
    AND NOT EXISTS (SELECT 1 FROM journal AS later WHERE later.link = journal.link AND later.seq > journal.seq)"""  # noqa: S608 - constants

_EMPTY_PAIRS = """UPDATE link SET gopaas_fields = '{}', gopaas_before = '{}', gopaas_digest = '', gopaas_span = NULL,
    outlook_fields = '{}', outlook_before = '{}', outlook_digest = '', outlook_span = NULL
    WHERE id IN (SELECT value FROM json_each(:links))"""
_EMPTY_LINES = "UPDATE journal SET before = '{}', after = '{}', image = '{}' WHERE seq IN (SELECT value FROM json_each(:lines))"
_REMOVE_LINES = f"""DELETE FROM journal WHERE {_OF_PAGE} AND NOT {_NEEDED}
    AND seq NOT IN (SELECT value FROM json_each(:lines))"""  # noqa: S608 - constants

_REMOVE_UNDATED = """DELETE FROM conflict WHERE link IN (SELECT value FROM json_each(:links))
    AND winner IS NOT NULL AND COALESCE(resolved_at, at) IS NULL"""
_REMOVE_PAIRS = """DELETE FROM link WHERE id IN (SELECT value FROM json_each(:links))
    AND NOT EXISTS (SELECT 1 FROM conflict WHERE conflict.link = link.id)"""
_REMOVE_ENDS = """DELETE FROM journal WHERE seq IN (SELECT value FROM json_each(:lines))
    AND NOT EXISTS (SELECT 1 FROM link WHERE link.id = journal.link)"""

_CONFLICTS = "SELECT MAX(seq), COUNT(*) FROM (SELECT seq FROM conflict WHERE seq > :seq ORDER BY seq LIMIT :page)"
_REMOVE_CONFLICTS = """DELETE FROM conflict WHERE seq > :seq AND seq <= :to
    AND (winner IS NOT NULL OR resolved_at IS NOT NULL) AND COALESCE(resolved_at, at) < :before"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some lines or conflicts have been looked at, up to number `seq`; `removed` rows went. The next ones begin behind it."""

    removed: int
    seq: int
    last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """The last line of a pair that ended. `made` is whether the pair was an event that we made."""

    line: int
    link: str
    made: bool


def expire_journal(db: Database, seq: int, before: str) -> Stretch:
    """Remove the lines after `seq` that are older than `before`, a page of them. Pairs that ended are emptied."""
    to, seen = db.execute(_PAGE, {"seq": seq, "before": before, "page": PAGE}).fetchone()
    if to is None:
        return Stretch(removed=0, seq=seq, last=True)
    bounds = {"seq": seq, "to": to, "before": before}
    ends = _ends(db, bounds)
    kept = dump_json([end.line for end in ends if not end.made])
    db.execute(_EMPTY_PAIRS, {"links": _links(ends)})
    db.execute(_EMPTY_LINES, {"lines": kept})
    removed = db.execute(_REMOVE_LINES, bounds | {"lines": kept}).rowcount
    return Stretch(removed=removed, seq=to, last=seen < PAGE)


def expire_ends(db: Database, seq: int, before: str) -> Stretch:
    """Remove what is left of pairs whose last line is older than `before`, and that line: a page of lines after `seq`."""
    to, seen = db.execute(_PAGE, {"seq": seq, "before": before, "page": PAGE}).fetchone()
    if to is None:
        return Stretch(removed=0, seq=seq, last=True)
    ends = [end for end in _ends(db, {"seq": seq, "to": to, "before": before}) if not end.made]
    db.execute(_REMOVE_UNDATED, {"links": _links(ends)})
    db.execute(_REMOVE_PAIRS, {"links": _links(ends)})
    removed = db.execute(_REMOVE_ENDS, {"lines": dump_json([end.line for end in ends])}).rowcount
    return Stretch(removed=removed, seq=to, last=seen < PAGE)


def expire_conflicts(db: Database, seq: int, before: str) -> Stretch:
    """Look at the conflicts after `seq`, a page of them, and remove those that were settled before that."""
    to, seen = db.execute(_CONFLICTS, {"seq": seq, "page": PAGE}).fetchone()
    if to is None:
        return Stretch(removed=0, seq=seq, last=True)
    removed = db.execute(_REMOVE_CONFLICTS, {"seq": seq, "to": to, "before": before}).rowcount
    return Stretch(removed=removed, seq=to, last=seen < PAGE)


def _ends(db: Database, bounds: dict[str, object]) -> list[_End]:
    return [_End(line=line, link=link, made=bool(made)) for line, link, made in db.execute(_ENDS, bounds).fetchall()]


def _links(ends: Collection[_End]) -> str:
    return dump_json([end.link for end in ends])
