"""docs/sandbox.md names what there is: every switch, operation and kind of fault."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from outlookd.sandbox.directory import MailboxState
from outlookd.sandbox.faults import Kind
from outlookd.sandbox.people import Impossible, People
from outlookd.sandbox.quirks import CHOICES, Quirks
from outlookd.sandbox.subscriptions import Lifecycle
from outlookd.sandbox.world import empty_world

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")


def _operations() -> list[str]:
    with pytest.raises(Impossible) as caught:
        People(empty_world()).act("", {})
    return str(caught.value).partition("there are ")[2].split(", ")


@pytest.mark.parametrize(
    "word",
    [
        *(field.name for field in fields(Quirks)),
        *(choice for choices in CHOICES.values() for choice in choices),
        *(kind.value for kind in Kind),
        *(state.value for state in MailboxState),
        *(event.value for event in Lifecycle),
        *_operations(),
    ],
)
def test_the_page_names_it(word: str) -> None:
    assert f"`{word}`" in PAGE
