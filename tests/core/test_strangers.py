"""Which rows wait for an Outlook item that cannot be read, and which do not."""

from __future__ import annotations

import pytest
from agenda_examples import MAP, event, marker, row, rules

from outlookd.core.marker import birth_key, natural_hash
from outlookd.core.model import Side, Sighting
from outlookd.core.strangers import claimed

RULES = rules(fieldmap=MAP)
SEEN = Sighting(side=Side.OUTLOOK, id="o1", natural=natural_hash("one"), marker=marker(key="k2"))
BORN = birth_key(event("o1"), RULES.install, RULES.user)


@pytest.mark.parametrize(
    ("shown", "paired", "waits"),
    [
        pytest.param(row("k1", natural="one"), False, True, id="looks like it"),
        pytest.param(row("k1", natural="two"), False, False, id="looks otherwise"),
        pytest.param(row("k1", natural=""), False, False, id="looks like nothing"),
        pytest.param(row("k1", natural="two", pointer="o1"), False, True, id="bears its id"),
        pytest.param(row(BORN, natural="two"), False, True, id="was made of it"),
        pytest.param(row("k2", natural="two"), False, True, id="is named by its stamp"),
        pytest.param(row("k1", natural="one"), True, False, id="looks like it and has a partner"),
        pytest.param(row("k2", natural="two"), True, True, id="is named by its stamp and may have lost its half"),
    ],
)
def test_a_row_waits_if_it_may_be_the_items_own(shown, paired, waits):
    keys = {shown.id} if paired else set()
    assert claimed({shown.id: shown}, keys, {"o1"}, [SEEN], RULES) == ({shown.id} if waits else set())


def test_no_row_waits_for_an_item_that_can_be_read():
    shown = row("k1", natural="one")
    assert claimed({"k1": shown}, set(), set(), [SEEN], RULES) == set()
