"""Records without a link -> their first actions: found partners are paired, what has none is made on the other side.

Design rules 6, 13 and 14. Whether a record may become a pair at all is `core.eligibility`'s, who belongs to whom `core.pairing`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace

from outlookd.core.births import births, key_for, own_key
from outlookd.core.firewall import shield
from outlookd.core.marker import parse_marker
from outlookd.core.merge import adopt, changes
from outlookd.core.model import Action, Bar, Base, Fields, Link, LinkStatus, Op, Origin, Record, Side
from outlookd.core.pairing import Following, Match
from outlookd.core.rules import Rules
from outlookd.core.settle import described, refresh, with_base
from outlookd.core.verdict import SHOWN, Seen, judge
from outlookd.core.writes import Decision, marker_of, new_link, note, writes


def introduce(match: Match, rules: Rules) -> Decision:
    """Make a pair of two records that were found to belong together (design rule 14).

    A pair rebuilt from our own marker keeps its origin. It counts as touched, since nobody remembers what we wrote, unless all it
    holds is what its row says: such a copy may go with its row one day, and nothing is lost. One whose event must not be copied is
    known, and rests.
    """
    marker = parse_marker(match.outlook.marker)
    ours = marker if marker and marker.install in rules.installs and marker.key == match.gopaas.id else None
    origin, generation = (ours.origin, ours.generation) if ours else (_born(match, rules), 1)
    link = replace(
        new_link(match.gopaas.id, rules, origin=origin, generation=generation),
        outlook_id=match.outlook.id,
        marker=match.outlook.marker if ours else "",
        touched=ours is None or not _is_mere_copy(match, rules),
        outlook=Base(digest=match.outlook.digest),
    )
    if match.outlook.meeting and match.gopaas.barred is Bar.OF_ANOTHER:
        link = described(replace(link, status=LinkStatus.FOLLOWER), match.outlook)
        return note(Op.LINK, link, "a colleague keeps this meeting's record", "13")
    if match.outlook.barred not in (None, Bar.DECLINED) or match.gopaas.barred is not None:
        link = described(replace(link, status=LinkStatus.DETACHED), match.outlook)
        return note(Op.LINK, link, "found again, but not to be copied", "11")
    cover = shield(link, match.gopaas, match.outlook, rules)
    result = adopt(link, match.gopaas, match.outlook, rules, cover)
    reason = "found again by our marker" if match.by_marker else _likeness(rules)
    restamp = not link.marker and rules.resource == "contacts" and rules.direction.writes(Side.OUTLOOK)
    decision = writes(
        link, match.gopaas, match.outlook, result, rules, cover, restamp=restamp, reason=reason, rule="14", always=True
    )
    return replace(decision, actions=tuple(_as_link(action) for action in decision.actions))


def _is_mere_copy(match: Match, rules: Rules) -> bool:
    """Whether the item shows nothing but its row: what a person adds is either beyond the map or differs."""
    names, row, item = rules.fieldmap.mapped, match.gopaas.fields, match.outlook.fields
    return not match.outlook.extra and all(row.get(name) == item.get(name) for name in names)


def _as_link(action: Action) -> Action:
    """What is only remembered of a pair that is made is the pair itself."""
    return replace(action, op=Op.LINK) if action.op is Op.REBASE else action


def _born(match: Match, rules: Rules) -> Origin:
    """Where an unmarked pair was born: in Outlook when the row carries the key that we would have given it."""
    return Origin.OUTLOOK if match.gopaas.id in births(match.outlook, rules) else Origin.ADOPTED


def _likeness(rules: Rules) -> str:
    if rules.resource == "events":
        return "already in the calendar with the same times and subject"
    return "already in the folder under the same e-mail and name"


def relink(link: Link, record: Record, gopaas: Seen, rules: Rules) -> Decision:
    """An item that we had let go came back into our folder, still carrying our marker."""
    observation = judge(link, gopaas)
    row = observation.record
    if observation.verdict not in SHOWN or row is None:
        return Decision(waiting=True)
    link = replace(link, status=LinkStatus.ACTIVE, outlook_id=record.id, marker=record.marker, touched=True)
    if record.barred not in (None, Bar.DECLINED) or (rules.window is not None and not rules.window.keeps(row.span, record.span)):
        # Not to be copied: known again, so that it cannot take the place of the one that was deleted.
        return note(Op.LINK, described(replace(link, status=LinkStatus.DETACHED), record), "came back, but not to be copied", "11")
    cover = shield(link, row, record, rules)
    result = adopt(link, row, record, rules, cover)
    return writes(link, row, record, result, rules, cover, restamp=False, reason="came back into our folder", rule="6", always=True)


def create_in_outlook(row: Record, rules: Rules, *, generation: int = 1) -> Decision:
    """A GoPaaS record without partner."""
    if not rules.direction.writes(Side.OUTLOOK):
        return Decision()
    link = new_link(row.id, rules, origin=Origin.GOPAAS, generation=generation)
    return Decision(actions=(make_in_outlook(link, row, rules, reason="new in GoPaaS", rule="13"),))


def create_in_gopaas(record: Record, rules: Rules) -> Decision:
    """An Outlook item without partner, under a key that will always be the same (design rule 13)."""
    if not rules.direction.writes(Side.GOPAAS):
        return Decision()
    link = replace(new_link(key_for(record, rules), rules, origin=Origin.OUTLOOK), touched=True)
    return Decision(actions=(make_in_gopaas(link, record, rules, reason="new in Outlook", rule="13"),))


def make_in_outlook(link: Link, row: Record, rules: Rules, *, reason: str, rule: str) -> Action:
    """Create the Outlook half of `link`. Attendees are among the fields that are read only: they are never written."""
    marker = str(marker_of(link, rules))
    link = with_base(link, Side.GOPAAS, refresh(link.gopaas, row, row.fields))
    link = described(replace(link, marker=marker, outlook_id="", outlook=Base()), Record(side=Side.OUTLOOK, id=""))
    wanted = {name: value for name, value in row.fields.items() if not rules.fieldmap.specs[name].read_only}
    filled = {name: value for name, value in wanted.items() if value is not None}
    return Action(op=Op.CREATE, side=Side.OUTLOOK, link=link, reason=reason, rule=rule, changes=changes({}, filled), fields=wanted)


def make_in_gopaas(link: Link, record: Record, rules: Rules, *, reason: str, rule: str) -> Action:
    """Create the GoPaaS half of `link`, under the key that it names."""
    link = with_base(link, Side.OUTLOOK, refresh(Base(digest=record.digest), record, record.fields))
    link = described(replace(link, outlook_id=record.id, gopaas=Base()), record)
    wanted: Fields = {name: record.fields.get(name) for name in rules.fieldmap.mapped}
    return Action(
        op=Op.CREATE,
        side=Side.GOPAAS,
        link=link,
        reason=reason,
        rule=rule,
        changes=changes({}, wanted),
        fields=wanted,
        points_to=record.id if rules.fieldmap.pointer else "",
    )


def follow(entry: Following, rules: Rules) -> Decision:
    """Remember that a meeting is known through another mailbox; its record is that one's (complaint 13)."""
    link = new_link(entry.owner.gopaas_id, rules, origin=Origin.ADOPTED)
    link = described(replace(link, outlook_id=entry.outlook.id, status=LinkStatus.FOLLOWER), entry.outlook)
    return note(Op.LINK, link, "another mailbox keeps this meeting's record", "13")


def rest_orphans(orphans: Iterable[Record], known: Collection[str], existing: Collection[str], rules: Rules) -> list[Decision]:
    """Which pairs the items with our marker were, whose records exist outside the view. Each pair once.

    An item of which a record was made belongs to that one, whatever its marker says (`own_key`); of the others one was the pair
    (complaint 7). What is left over is a copy without a record, and new as soon as the pair is known.

    What an occurrence alone is stamped with it was: it stands elsewhere since its series was moved, perhaps where another one was.
    Where several carry one stamp, their series was copied, or began as the event that has it.

    `known` are the keys of living pairs, `existing` those whose record exists.
    """
    again: dict[str, tuple[int, Record]] = {}
    born: dict[str, Record] = {}
    orphans = sorted(orphans, key=lambda record: record.id)
    markers = [parse_marker(record.marker) for record in orphans]
    carriers = Counter(marker.key for marker in markers if marker is not None)
    for record, marker in zip(orphans, markers, strict=True):
        if marker is None:
            continue
        moved = record.series and carriers[marker.key] == 1
        if not moved and (own := own_key(record, existing, rules)):
            born.setdefault(own, record)
        elif marker.key in existing and marker.generation > again.get(marker.key, (-1, record))[0]:
            again[marker.key] = (marker.generation, record)
    found = [rest_born(record, key, rules) for key, record in born.items() if key not in known]
    return found + [rest_again(record, rules) for key, (_, record) in again.items() if key not in born]


def rest_born(record: Record, key: str, rules: Rules) -> Decision:
    """An Outlook item whose record, `key`, we made before the state was lost: outside the view, and not to be overwritten."""
    link = replace(new_link(key, rules, origin=Origin.OUTLOOK), outlook_id=record.id, touched=True)
    link = replace(link, status=LinkStatus.DETACHED, outlook=Base(version=record.version, span=record.span))
    return note(Op.LINK, described(link, record), "made from Outlook once; its row is not in the view", "14")


def rest_again(record: Record, rules: Rules) -> Decision:
    """An item with our marker whose record exists outside the view: we knew this pair once. It rests until the row is back."""
    marker = parse_marker(record.marker)
    if marker is None:
        return Decision()
    link = new_link(marker.key, rules, origin=marker.origin, generation=marker.generation)
    link = replace(link, outlook_id=record.id, marker=record.marker, status=LinkStatus.DETACHED, touched=True)
    link = described(with_base(link, Side.OUTLOOK, Base(version=record.version, span=record.span)), record)
    return note(Op.LINK, link, "found again by our marker; its row is not in the view", "14")
