"""What is written down of a write and of a decision: the intent before it, the line in the journal after it.

A write that is found done after a crash gets the line that it would have had, so everything that the line says stands in the
intent.
"""

from __future__ import annotations

from uuid import uuid4

from outlookd.core.fieldmap import cell
from outlookd.core.model import Action, Fields, Intent, JournalEntry, Link, Record
from outlookd.core.writes import sent_longer
from outlookd.sync.state import State


def intend(state: State, action: Action, link: Link) -> Intent:
    """What is announced of a write. `link` is the link as it will be once that is done."""
    columns = {name: cell(action.image[name]) for name in action.raw if name in action.image}
    return Intent(
        id=str(uuid4()),
        job=state.job.id,
        run=state.run,
        op=action.op,
        side=action.side,
        link=link,
        before={**{name: change.before for name, change in action.changes.items()}, **columns},
        after={**{name: change.after for name, change in action.changes.items()}, **action.raw},
        longer=sent_longer(action),
        sent_at=state.deps.clock.now(),
        rule=action.rule,
        mails=action.mails,
        seen=action.seen,
        image=action.image,
        conflicts=action.conflicts,
        undoes=action.undoes,
        resolves=action.resolves,
    )


def written(state: State, intent: Intent, link: Link, *, reason: str, shown: Record | None = None) -> JournalEntry:
    """The line of a write that was done: what the side showed afterwards where it answers with that, else what was sent."""
    after: Fields = {**intent.after, **intent.longer}
    return JournalEntry(
        run=intent.run,
        at=state.deps.clock.now(),
        op=intent.op,
        side=intent.side,
        link=link.id,
        gopaas_id=link.gopaas_id,
        outlook_id=link.outlook_id or intent.link.outlook_id,
        before=intent.before,
        after={name: shown.fields.get(name) for name in after} if shown is not None else after,
        reason=reason,
        rule=intent.rule,
        mails=intent.mails,
        seen=intent.seen,
        image=intent.image,
    )


def decided(state: State, action: Action) -> JournalEntry:
    """The line of a decision that changed only what we remember."""
    link = action.link
    return JournalEntry(
        run=state.run,
        at=state.deps.clock.now(),
        op=action.op,
        side=action.side,
        link=link.id,
        gopaas_id=link.gopaas_id,
        outlook_id=link.outlook_id,
        before={},
        after={},
        reason=action.reason,
        rule=action.rule,
        seen=action.seen,
    )
