"""Capital letters and spaces. What a person types in Outlook goes back to GoPaaS as typed: only the way to Outlook changes it."""

from __future__ import annotations

import re
from collections.abc import Callable

from outlookd import Transform, Value
from outlookd_transforms.values import each_text

_WORD = re.compile(r"[^\W\d_]+")


class Respelling:
    """A one-sided change of spelling: applied towards Outlook, and nothing to undo on the way back."""

    def __init__(self, name: str, change: Callable[[str], str]) -> None:
        self.name = name
        self._change = change

    def to_outlook(self, value: Value) -> Value:
        """The value, spelt as this transform likes it."""
        return each_text(value, self._change)

    def to_gopaas(self, value: Value) -> Value:
        """The value as it is: the spelling before is not known any more, and means the same."""
        return value


def title(text: str) -> str:
    """``JEAN-PIERRE d'ormesson`` as ``Jean-Pierre D'Ormesson``: French names have capitals after hyphens and apostrophes."""
    return _WORD.sub(lambda word: _capital(word.group()), text)


def _capital(word: str) -> str:
    """Letters that become two when their case changes (``ß``, ``İ``) stay, or doing it twice would differ from doing it once."""
    return _alike(word[0], word[0].upper()) + "".join(_alike(letter, letter.lower()) for letter in word[1:])


def _alike(letter: str, changed: str) -> str:
    return changed if len(changed) == 1 else letter


def trim(text: str) -> str:
    """Without space around it, and with single spaces inside; line ends stay."""
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


TRANSFORMS: tuple[Transform, ...] = (
    Respelling("upper", str.upper),
    Respelling("lower", str.lower),
    Respelling("title", title),
    Respelling("trim", trim),
)
