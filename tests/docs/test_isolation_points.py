"""Everything may be caught at five kinds of place, which docs/house.md names, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CATCHES_ALL = re.compile(r"except (?:\((?:\w+, )*)?Exception\b|except:")
POINT = re.compile(r'# (?:noqa: BLE001 - )?isolation point "([a-z ]+)"')


def catches():
    for source in ("outlookd", "plugins"):
        for path in sorted((ROOT / source).rglob("*.py")):
            for line in path.read_text().splitlines():
                # `except BaseException` only tidies up on its way: each one raises again.
                if CATCHES_ALL.search(line):
                    yield path.relative_to(ROOT), line.strip()


def test_whatever_catches_everything_says_which_isolation_point_it_is():
    assert [place for place in catches() if not POINT.search(place[1])] == []


def test_there_are_five_isolation_points():
    points = {POINT.search(line)[1] for _path, line in catches()}
    assert points == {"hook", "record", "job", "plugin load", "background loop"}
