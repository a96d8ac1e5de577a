"""What Outlook's change feed does not know yet, and must be asked for by its id.

Of what came and went between two of its rounds a feed tells nothing at all (Graph trap 31). So what we made, or what was listed
beside a feed that did not know it, is asked for until the feed itself has shown it. What the answers mean is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence

from outlookd.core.model import Action, Link, LinkStatus, Op, Side
from outlookd.sync.observe import View
from outlookd.sync.state import State

UNTOLD = "untold"
"""The note of a job under which `State.untold` is kept."""


async def expect(state: State, actions: Sequence[Action]) -> None:
    """Write down which Outlook halves are about to be made, before they are: whoever is killed then asks for them all the same."""
    made = {action.link.id for action in actions if action.side is Side.OUTLOOK and action.op is Op.CREATE}
    await _note(state, state.untold | made)


async def note_untold(state: State, outlook: View) -> None:
    """Write down what the feed does not know after this round either."""
    await _note(state, _still_untold(state, outlook))


def unknown(state: State) -> list[Link]:
    """The kept pairs whose Outlook half the feed does not know yet, mostly since we have just made it."""
    links = [link for id in sorted(state.untold) if (link := state.links.get(id)) is not None]
    return [link for link in links if link.outlook_id and link.status is LinkStatus.ACTIVE]


async def _note(state: State, untold: set[str]) -> None:
    if untold != state.untold:
        await state.deps.store.note(state.job.id, UNTOLD, " ".join(sorted(untold)))
        state.untold = untold


def _still_untold(state: State, outlook: View) -> set[str]:
    """What the feed does not know yet. A listing that was read in part is read again, from where it began.

    A feed may not know what is listed beside it already: then it need not tell that this is gone. A new one is asked about all that
    is listed, whoever made it.
    """
    untold, end = unknown(state), outlook.end
    if end is None or not end.complete:
        return {link.id for link in untold}
    if end.restart is not None:
        untold += [link for link in state.links.values() if link.outlook_id in outlook.told and link.status is LinkStatus.ACTIVE]
    fed = outlook.told if end.fed is None else end.fed
    return {link.id for link in untold if fed.isdisjoint((link.outlook_id, link.series))}
