"""The histories that are known to tell, by rule: found by `python -m mutation --keep`, and of use until the histories change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

FILE = Path(__file__).with_name("seeds.json")


def known_seeds() -> Mapping[int, tuple[int, ...]]:
    """Seeds by rule, the first ones first."""
    return {int(rule): tuple(seeds) for rule, seeds in json.loads(FILE.read_text()).items()}
