"""What Graph is to tell us about, and when a subscription is made, renewed or ended.

Pure. Knows that a subscription ends by itself and that its end must be put off in time. Knows nothing of HTTP, tokens, or of what
a notification says: a notification is only a reason to look earlier (graph.md section 7, threat T12).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from outlookd.core.model import Direction, Side

LIFE: Final = timedelta(minutes=4_200)
"""What is asked for. Graph grants 10,080 minutes today and granted 4,230 for years (graph.md 7.1)."""

Purpose: TypeAlias = tuple[str, str]
"""A login and a resource: what there is one subscription for."""

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)
_DOUBLINGS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Graph's promise to tell us of changes until `expires`.

    `client_state` is the SHA-256, in hexadecimal, of the secret that a notification must show: ours only to recognise. `made_at` is
    when it was made or last renewed. Times are aware, UTC.
    """

    id: str
    login: str
    resource: str
    client_state: str
    expires: datetime
    made_at: datetime

    @property
    def purpose(self) -> Purpose:
        """What it is for."""
        return self.login, self.resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A subscription that a login should have. `resource` is a path such as ``me/events``.

    `bound_at` is when the login signed in, where it does. After another sign-in ``me`` may be another mailbox, and only the person
    who made a subscription can renew it: so an older one is tried at once.
    """

    login: str
    resource: str
    bound_at: datetime | None = None

    @property
    def purpose(self) -> Purpose:
        """What it is for."""
        return self.login, self.resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Graph is to be asked for this one."""

    wanted: Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Renew:
    """Its end is to be put off. If it is gone, `wanted` is to be made again."""

    subscription: Subscription
    wanted: Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Nobody needs it any more."""

    subscription: Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """It has expired: Graph knows it no longer."""

    subscription: Subscription


Step: TypeAlias = Create | Renew | Delete | Forget


def resource_of(kind: Literal["contacts", "events"], direction: Direction, *, folder: str, container: str) -> str | None:
    """What to watch for a job, as a path below the mailbox; None: nothing, or not yet.

    Only a job that writes to GoPaaS has news to fetch in Outlook. An export merely restores what a person changed, which may wait
    for the interval; a first export of thousands of contacts would moreover wake itself with each of its own writes.

    `folder` is the name in the settings, empty for the user's own calendar. `container` is the id of the folder or calendar that
    the job works on; a job that never ran has none yet.
    """
    if not direction.writes(Side.GOPAAS):
        return None
    match kind:
        case "events" if not folder:
            return "events"
        case "events":
            return f"calendars/{container}/events" if container else None
        case "contacts":
            return f"contactFolders/{container}/contacts" if container else None


def next_steps(
    wanted: Iterable[Wanted], held: Collection[Subscription], now: datetime, *, urgent: Collection[str] = ()
) -> Sequence[Step]:
    """What is to be done now. `urgent` are ids of subscriptions that Graph has asked us to look after.

    Of several for the same purpose the one that lasts longest stays. What is to end comes first: it may be in the way of the rest.
    """
    living = sorted((each for each in held if each.expires > now), key=lambda each: each.expires)
    best = {each.purpose: each for each in living}
    needed = {want.purpose: want for want in wanted}
    ends: list[Step] = [Forget(subscription=each) for each in held if each.expires <= now]
    ends += [Delete(subscription=each) for each in living if each.purpose not in needed or best[each.purpose] is not each]
    return [*ends, *_upkeep(needed, best, now, urgent)]


def _upkeep(
    needed: Mapping[Purpose, Wanted], best: Mapping[Purpose, Subscription], now: datetime, urgent: Collection[str]
) -> Iterator[Step]:
    for purpose, want in needed.items():
        subscription = best.get(purpose)
        if subscription is None:
            yield Create(wanted=want)
        elif subscription.id in urgent or _is_older(subscription, want.bound_at) or renewal_of(subscription) <= now:
            yield Renew(subscription=subscription, wanted=want)


def renewal_of(subscription: Subscription) -> datetime:
    """When to renew: around half of its life, each at its own time between 40 and 60 %, always the same.

    Half, so that a day without Microsoft costs nothing; spread, because after an upgrade or a first start all were made together.
    """
    share = int.from_bytes(hashlib.blake2s(subscription.id.encode(), digest_size=4).digest()) / 2**32
    return subscription.made_at + (subscription.expires - subscription.made_at) * (0.4 + 0.2 * share)


def pause_after(failures: int) -> timedelta:
    """How long to leave a login alone after so many failures in a row: a minute, doubling, up to an hour."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << min(failures - 1, _DOUBLINGS)))


def digest_of(client_state: str) -> str:
    """What is kept of the secret. It has 256 random bits, so that a plain hash cannot be turned round."""
    return hashlib.sha256(client_state.encode()).hexdigest()


def _is_older(subscription: Subscription, bound_at: datetime | None) -> bool:
    return bound_at is not None and subscription.made_at < bound_at
