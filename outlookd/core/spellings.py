"""The other spellings of canonical names that a map may use. Knows neither kinds of records nor what a map says about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping


class Spellings(Mapping[str, str]):
    """Other spellings of `names`. Looking one up ignores case, spaces, ``-`` and ``_``: ``Postal Code``, ``postal_code``.

    Iterating shows each spelling once, as an administrator would write it.
    """

    def __init__(self, names: Iterable[str], spellings: Mapping[str, str]) -> None:
        self._spellings = dict(spellings)
        self._folded = {_fold(name): name for name in names} | {_fold(key): name for key, name in spellings.items()}

    def __getitem__(self, key: str) -> str:
        return self._folded[_fold(key)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._spellings)

    def __len__(self) -> int:
        return len(self._spellings)


def _fold(text: str) -> str:
    return re.sub(r"[\s_-]", "", text).casefold()
