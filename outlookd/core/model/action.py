"""What is decided: one action per write, what a guard holds back, and the plan of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from outlookd.core.model.link import Conflict, Link
from outlookd.core.model.record import Fields, Payload, Side, Value


class Op(StrEnum):
    """What is done to one side. CREATE, UPDATE and DELETE write; the others only change what we remember."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REBASE = "rebase"
    LINK = "link"
    DETACH = "detach"
    FORGET = "forget"


WRITES = frozenset({Op.CREATE, Op.UPDATE, Op.DELETE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field of one action: what the side shows now, what it will show."""

    before: Value
    after: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One decision about one pair, on one side. Pure data: printing it is `plan`, carrying it out is `sync`.

    `link` is the link *as it will be remembered once this action is done*, except for the written side's id, version and
    base, which only the side's answer can supply, and for `takes`: the values of the *other* side that become agreed when this
    write is. `changes` are the fields that the write is about; `fields` is the full canonical content to render (whole groups,
    because Graph replaces nested objects and lists whole, trap 17); `overflow` is what the row held of them beyond what is
    compared, when this was decided (GoPaaS only, see Record); `raw` are GoPaaS columns set as they are, and `retires` says that
    they stand for a deletion. `points_to` is the Outlook id to be kept in the row's column. `version` is what we believe the side
    shows. `restamp` asks for our marker on an item that has none, or may have lost it. `rule` names the rule of design section 5
    that decided, `reason` says it in words, `seen` what each side was judged to show (words of `core.verdict`). `mails` says that
    the write could make the other side send mail (design rule 7). `undoes` and `resolves`: see Intent. `image`: see JournalEntry.
    """

    op: Op
    side: Side
    link: Link
    reason: str
    rule: str = ""
    changes: Mapping[str, Change] = field(default_factory=dict)
    fields: Fields = field(default_factory=dict)
    overflow: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    takes: Fields = field(default_factory=dict)
    raw: Mapping[str, str] = field(default_factory=dict)
    retires: bool = False
    points_to: str = ""
    version: str = ""
    restamp: bool = False
    mails: bool = False
    conflicts: tuple[Conflict, ...] = ()
    seen: Mapping[Side, str] = field(default_factory=dict)
    image: Payload = field(default_factory=dict)
    undoes: int = 0
    resolves: Mapping[int, Side | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a guard withholds, and why. The rest of the plan goes on (design rule 15).

    `actions` are writes held back; `links` are pairs that were not even decided (a side that shrank). `hash` is what an approval
    names, `releases` what it lets through, one name for each write or pair (`core.guards`).
    """

    guard: str
    reason: str
    actions: tuple[Action, ...] = ()
    links: tuple[str, ...] = ()
    hash: str = ""
    releases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one run would do, in order: creates and updates first, deletes last.

    `disputes` are the field groups that both sides changed and that a person must decide; `held` says so, too.
    """

    actions: tuple[Action, ...] = ()
    held: tuple[Held, ...] = ()
    unchanged: int = 0
    waiting: int = 0
    """Pairs that cannot be decided yet: absent but unproved, unreadable, quarantined, or being recovered."""
    disputes: tuple[Conflict, ...] = ()
