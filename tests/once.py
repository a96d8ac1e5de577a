"""What third parties would work out anew for every test, kept from the first to the last: compiled templates, and what is installed.

Each application of ours has an environment of templates, and each looks for plugins; a process has one application, the tests have
a thousand. Nothing of ours is kept.
"""

from __future__ import annotations

import importlib.metadata
import sys
from functools import cache, cached_property, partialmethod

import jinja2


class _Compiled(jinja2.BytecodeCache):
    def __init__(self):
        self._kept = {}

    def load_bytecode(self, bucket):
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket):
        self._kept[bucket.key, bucket.checksum] = bucket.code


def keep_templates():
    """Once in a process."""
    jinja2.Environment.__init__ = partialmethod(jinja2.Environment.__init__, bytecode_cache=_Compiled())


def keep_distributions():
    """Once in a process, before anybody imports `entry_points`. What a test puts on the path is still found."""
    look = importlib.metadata.entry_points
    seen = cache(lambda _path, **wanted: look(**wanted))
    importlib.metadata.entry_points = lambda **wanted: seen(tuple(sys.path), **wanted)
    kept = cached_property(importlib.metadata.Distribution.metadata.fget)
    kept.__set_name__(importlib.metadata.Distribution, "metadata")
    importlib.metadata.Distribution.metadata = kept
