"""What a power failure may leave of the files that a traced process wrote.

Knows file systems, not databases. The model is a pessimistic one, after ALICE (Pillai et al., OSDI 2014): what was synced stays; of
anything else any part may be there, in any order, and one write may be torn. Names (made, renamed, removed) become durable with a
sync of their directory; those after it may be lost from some point on, because journalling file systems keep their order.

Not modelled: a disk that says it has synced and has not.
"""

from __future__ import annotations

import codecs
import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

CALLS = ("openat", "write", "pwrite64", "ftruncate", "fsync", "fdatasync", "unlink", "rename", "link")
OPTIONS = ("-ff", "-ttt", "-y", "-xx", "-s", "1000000", "-e", f"trace={','.join(CALLS)}")
"""How strace must be told to write down what `read_trace` reads: one file per thread, so that no call is split in two."""

SECTOR = 512
LINE = re.compile(r"(?P<at>\d+\.\d+) (?P<call>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)")
TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
HANDLE = re.compile(r"\d+<((?:\\x[0-9a-f]{2})*|[^>]*)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that the process did to the file system. `at` is the wall clock's second at which it began.

    `what` is ``write`` (at `offset`), ``append``, ``truncate`` or ``sync`` of the file `name`; ``make``, ``remove``, ``rename`` or ``link``
    (to `to`) of a name; or ``names``, the sync of the directory.
    """

    at: float
    what: str
    name: str = ""
    to: str = ""
    offset: int = 0
    data: bytes = b""


def read_trace(prefix: Path, watched: Path) -> list[Step]:
    """The steps that the traced process took with the file `watched` and those beside it whose names begin with its name, oldest first.

    SQLite's shared memory is none of them: it is made anew.
    """
    lines = (line for path in prefix.parent.glob(f"{prefix.name}.*") for line in path.read_text().splitlines())
    found = (step for line in lines if (step := _step(line, watched)) is not None)
    return sorted(found, key=lambda step: step.at)


def _step(line: str, watched: Path) -> Step | None:
    parts = LINE.match(line)
    if parts is None or parts["result"].startswith("-"):
        return None
    at, call, arguments = float(parts["at"]), parts["call"], parts["arguments"]
    texts = [_bytes(text) for text in TEXT.findall(arguments)]
    if call in {"openat", "unlink", "rename", "link"}:
        names = [_name(text.decode(), watched) for text in texts]
        return _named(at, call, arguments, names) if names[0] else None
    handle = HANDLE.match(arguments)
    path = _bytes(handle[1]).decode() if handle and handle[1] else ""
    if path == str(watched.parent):
        return Step(at=at, what="names") if call in {"fsync", "fdatasync"} else None
    name = _name(path, watched)
    if not name:
        return None
    if call in {"fsync", "fdatasync"}:
        return Step(at=at, what="sync", name=name)
    last = int(arguments.rpartition(", ")[2])
    if call == "ftruncate":
        return Step(at=at, what="truncate", name=name, offset=last)
    assert len(texts[0]) == int(parts["result"])
    if call == "write":
        return Step(at=at, what="append", name=name, data=texts[0])
    return Step(at=at, what="write", name=name, offset=last, data=texts[0])


def _named(at: float, call: str, arguments: str, names: list[str]) -> Step | None:
    if call == "unlink":
        return Step(at=at, what="remove", name=names[0])
    if call in {"rename", "link"}:
        return Step(at=at, what=call, name=names[0], to=names[1])
    return Step(at=at, what="make", name=names[0]) if "O_CREAT" in arguments else None


def _bytes(text: str) -> bytes:
    return codecs.escape_decode(text.encode())[0]


def _name(path: str, watched: Path) -> str:
    """The name of a file; empty for one that is not looked at."""
    place, _, name = path.rpartition("/")
    return name if place == str(watched.parent) and name.startswith(watched.name) and not name.endswith("-shm") else ""


@dataclass
class Disk:
    """The files of a directory: `durable` is what they held, on the disk, before the first of `steps`."""

    durable: dict[str, bytes]
    steps: list[Step]

    def after(self, count: int) -> Moment:
        """The power fails when so many steps have been taken."""
        moment = Moment()
        for name, content in self.durable.items():
            moment.files.append(File(content=bytearray(content)))
            moment.names[name] = moment.kept_names[name] = len(moment.files) - 1
        for step in self.steps[:count]:
            moment.take(step)
        return moment


@dataclass
class File:
    """A file's durable content, and what was done to it since it was synced. `end` is where the next part is appended."""

    content: bytearray = field(default_factory=bytearray)
    limbo: list[Step] = field(default_factory=list)
    end: int = 0


@dataclass
class Moment:
    """What is on the disk for certain, and what may be."""

    files: list[File] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    kept_names: dict[str, int] = field(default_factory=dict)
    uncertain_names: list[dict[str, int]] = field(default_factory=list)

    def take(self, step: Step) -> None:
        match step.what:
            case "write" | "truncate":
                self.files[self.names[step.name]].limbo.append(step)
            case "append":
                file = self.files[self.names[step.name]]
                file.limbo.append(replace(step, what="write", offset=file.end))
                file.end += len(step.data)
            case "sync":
                file = self.files[self.names[step.name]]
                for earlier in file.limbo:
                    apply(file.content, earlier)
                file.limbo.clear()
            case "names":
                self.kept_names = dict(self.names)
                self.uncertain_names.clear()
            case _:
                self._rename(step)

    def _rename(self, step: Step) -> None:
        if step.what == "make" and step.name in self.names:
            return
        if step.what == "make":
            self.files.append(File())
            self.names[step.name] = len(self.files) - 1
        elif step.what == "remove":
            del self.names[step.name]
        elif step.what == "link":
            self.names[step.to] = self.names[step.name]
        else:
            self.names[step.to] = self.names.pop(step.name)
        self.uncertain_names.append(dict(self.names))

    def kept(self) -> dict[str, bytes]:
        """All of it reached the disk."""
        return self._left(self.names, keep=lambda _file: list(_file.limbo))

    def lost(self) -> dict[str, bytes]:
        """Nothing did that was not synced."""
        return self._left(self.kept_names, keep=lambda _file: [])

    def chosen(self, random: Random, *, torn: bool) -> dict[str, bytes]:
        """Some of it did; one write only in part, if `torn`."""
        names = random.choice([self.kept_names, *self.uncertain_names])

        def keep(file: File) -> list[Step]:
            some = [step for step in file.limbo if random.random() < 0.5]
            writes = [number for number, step in enumerate(some) if step.what == "write" and len(step.data) > 1]
            if torn and writes:
                number = random.choice(writes)
                some[number] = tear(some[number], random)
            return some

        return self._left(names, keep=keep)

    def _left(self, names, *, keep) -> dict[str, bytes]:
        left = {}
        for name, number in names.items():
            content = bytearray(self.files[number].content)
            for step in keep(self.files[number]):
                apply(content, step)
            left[name] = bytes(content)
        return left


def apply(content: bytearray, step: Step) -> None:
    if step.what == "truncate":
        content.extend(bytes(max(0, step.offset - len(content))))
        del content[step.offset :]
        return
    end = step.offset + len(step.data)
    content.extend(bytes(max(0, end - len(content))))
    content[step.offset : end] = step.data


def tear(step: Step, random: Random) -> Step:
    """Only the first part arrived: whole sectors, where it has several."""
    size = len(step.data)
    part = random.randrange(0, size, SECTOR) if size > SECTOR else random.randrange(size)
    return replace(step, data=step.data[:part])


def syncs(steps: list[Step]) -> dict[str, list[int]]:
    """After how many steps each file had just been synced."""
    found = defaultdict(list)
    for number, step in enumerate(steps, 1):
        if step.what == "sync":
            found[step.name].append(number)
    return found
