"""The seal on a folder or calendar: which installation keeps it, and how often it has been there.

A backup of the state does not know that it is old, and a second installation does not know of the first. The mailbox does: before
the first write of a run the installation counts in its own state, then writes the count on the container. A container that has seen
more than the state remembers was written by a newer life of it (sync-model 5.8, "stale database"); one that names another
installation is somebody else's (complaint 14). Knows texts and what they mean, not where either is kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

_PREFIX = "outlookd/1/seal"
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"

TWICE = timedelta(days=1)
"""Found old again so soon after it was put in order, a state has a living double: each would make the other old, for ever."""

ANCESTORS = 32
"""So many lost installations are remembered, the latest first. About a thousand letters in the seal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSeal:
    """What a seal says.

    `epoch` counts the runs that wrote, `key` is a fingerprint of the state key (never the key), `at` when it was put there (aware,
    UTC, whole seconds). `nonce` is the run's own: two copies of one state count alike. `former` are the installations whose place
    this one took, the latest first.
    """

    install: str
    epoch: int
    key: str
    at: datetime
    nonce: str
    former: tuple[str, ...] = ()

    def __str__(self) -> str:
        heritage = "+".join(self.former)
        return f"{_PREFIX}/{self.install}/{self.epoch}/{self.key}/{self.at.astimezone(UTC):{_MOMENT}}/{self.nonce}/{heritage}"


def parse_seal(text: str) -> ContainerSeal | None:
    """The seal behind `text`, or None when it is not one of ours (or of a format to come)."""
    parts = text.split("/")
    if len(parts) != 9 or "/".join(parts[:3]) != _PREFIX or not parts[4].isdecimal():
        return None
    try:
        at = datetime.strptime(parts[6], _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None
    former = tuple(parts[8].split("+")) if parts[8] else ()
    return ContainerSeal(install=parts[3], epoch=int(parts[4]), key=parts[5], at=at, nonce=parts[7], former=former)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What this installation knows of a container and of the job that is about to write there.

    `epoch` is the container's count as we remember it and `nonce` the run that reached it (empty: a folder that we have only made),
    `vouched` the count with which this job was last known to be up to date.
    `doubted` is the count from which on a job is up to date again after the container was found to be ahead of us at `doubted_at`:
    jobs that share a calendar find out one after the other. `former` are installations whose place we took, the latest first.
    `keys` are fingerprints of our state keys, the one in use first. `remembers`: the job has pairs.
    """

    install: str
    keys: tuple[str, ...]
    epoch: int = 0
    nonce: str = ""
    vouched: int = 0
    doubted: int = 0
    doubted_at: datetime | None = None
    former: tuple[str, ...] = ()
    remembers: bool = False


class Standing(StrEnum):
    """What a seal means for us.

    TRUSTED: our memory is as good as any. OUTDATED: the container was written by a later life of our state. FORGOTTEN: we kept it,
    and remember nothing of it. BEREFT: it was kept by a state that had our key and is lost: we are its heirs. DOUBLED: a second
    copy of our state is at work. FOREIGN: another installation keeps it.
    """

    TRUSTED = "trusted"
    OUTDATED = "outdated"
    FORGOTTEN = "forgotten"
    BEREFT = "bereft"
    DOUBLED = "doubled"
    FOREIGN = "foreign"


def judge_seal(seal: ContainerSeal | None, memory: Memory, now: datetime) -> Standing:
    """What the seal on a container means for a job. None: nobody has sealed it yet, which proves nothing.

    The key's fingerprint only decides who inherits: whoever has the key can read the lost state's backups as well.
    """
    if seal is None:
        return Standing.TRUSTED
    forgetful = not memory.remembers and not memory.epoch
    if seal.install != memory.install and seal.install not in memory.former:
        return Standing.BEREFT if forgetful and seal.key in memory.keys else Standing.FOREIGN
    if seal.epoch > memory.epoch or _is_of_a_double(seal, memory):
        if seal.install != memory.install:
            return Standing.FOREIGN
        if forgetful:
            return Standing.FORGOTTEN
        recently = memory.doubted_at is not None and now - memory.doubted_at < TWICE
        return Standing.DOUBLED if recently else Standing.OUTDATED
    return Standing.OUTDATED if memory.remembers and memory.vouched < memory.doubted else Standing.TRUSTED


def _is_of_a_double(seal: ContainerSeal, memory: Memory) -> bool:
    """Whether a copy of our state has counted as far as we have."""
    ours = seal.install == memory.install and seal.epoch == memory.epoch
    return ours and bool(memory.nonce) and seal.nonce != memory.nonce


def next_seal(memory: Memory, now: datetime, nonce: str) -> ContainerSeal:
    """The seal to put on a container before writing there: above everything that is known to have been on it."""
    return ContainerSeal(
        install=memory.install, epoch=memory.epoch + 1, key=_first(memory.keys), at=now, nonce=nonce, former=memory.former
    )


def counted(memory: Memory, seal: ContainerSeal) -> Memory:
    """What is to be remembered before `seal` is put on its container."""
    return replace(memory, epoch=seal.epoch, nonce=seal.nonce)


def first_seal(install: str, keys: tuple[str, ...], now: datetime, nonce: str) -> ContainerSeal:
    """The seal of a folder that is being made. Nothing was counted yet, so that a crash right after it raises no doubt."""
    return ContainerSeal(install=install, epoch=0, key=_first(keys), at=now, nonce=nonce)


def doubt(memory: Memory, seal: ContainerSeal | None, now: datetime) -> Memory:
    """The memory once it was found to be older than the container, or to take the place of another one's.

    Above both counts from now on, so that the next seal is the highest; and every job of the container is doubted until it has
    looked at everything once.
    """
    epoch = max(memory.epoch, seal.epoch if seal is not None else 0)
    return replace(memory, epoch=epoch, doubted=epoch + 1, doubted_at=now, former=_heritage(memory, seal))


def _heritage(memory: Memory, seal: ContainerSeal | None) -> tuple[str, ...]:
    """Everybody who kept the container before us: whose place we take, whose place they took, and whom we knew already."""
    kept = (seal.install, *seal.former) if seal is not None else ()
    names = dict.fromkeys(name for name in (*kept, *memory.former) if name != memory.install)
    return tuple(names)[:ANCESTORS]


def dump_memory(memory: Memory) -> str:
    """What all jobs of one container know together, as text."""
    return json.dumps(
        {
            "epoch": memory.epoch,
            "nonce": memory.nonce,
            "doubted": memory.doubted,
            "doubted_at": memory.doubted_at.isoformat() if memory.doubted_at else "",
            "former": memory.former,
        }
    )


def load_memory(text: str, memory: Memory) -> Memory:
    """`memory` with what the text says; an empty one says that nothing is known."""
    if not text:
        return memory
    known = json.loads(text)
    at = known["doubted_at"]
    return replace(
        memory,
        epoch=known["epoch"],
        nonce=known["nonce"],
        doubted=known["doubted"],
        doubted_at=datetime.fromisoformat(at) if at else None,
        former=tuple(known["former"]),
    )


def _first(keys: tuple[str, ...]) -> str:
    return next(iter(keys), "-")
