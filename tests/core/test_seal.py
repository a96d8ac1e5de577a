"""What the seal on a folder or calendar means for a job, and that it says so in a text that comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.core.seal import (
    ANCESTORS,
    ContainerSeal,
    Memory,
    Standing,
    counted,
    doubt,
    dump_memory,
    first_seal,
    judge_seal,
    load_memory,
    next_seal,
    parse_seal,
)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
OURS = Memory(install="aa", keys=("new key", "old key"), epoch=5, nonce="r5", vouched=5, remembers=True)
NOBODY = Memory(install="aa", keys=("new key", "old key"))

words = st.text(st.characters(whitelist_categories=("Ll", "Nd")), min_size=1, max_size=12)
moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
memories = st.builds(
    Memory,
    install=words,
    keys=st.lists(words, max_size=2).map(tuple),
    epoch=st.integers(0, 9),
    nonce=words,
    doubted=st.integers(0, 9),
    doubted_at=st.none() | moments,
    former=st.lists(words, max_size=2).map(tuple),
)


def seal(install="aa", epoch=5, key="new key", nonce="r5") -> ContainerSeal:
    return ContainerSeal(install=install, epoch=epoch, key=key, at=NOW, nonce=nonce)


@given(
    st.builds(
        ContainerSeal,
        install=words,
        epoch=st.integers(0),
        key=words,
        at=moments,
        nonce=words,
        former=st.lists(words, max_size=3).map(tuple),
    )
)
def test_a_seal_is_read_as_it_was_written(written):
    assert parse_seal(str(written)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "seal",
        "outlookd/1/aa/gopaas/1/contact/k1",
        "outlookd/2/seal/aa/1/k/2026-11-23T09:00:00Z/r/",
        f"{seal()}/more",
        "outlookd/1/seal/aa/1/k/soon/r/",
    ],
)
def test_what_is_no_seal_of_ours_is_none(text):
    assert parse_seal(text) is None


@given(memories)
def test_what_is_remembered_of_a_container_comes_back(memory):
    fresh = Memory(install=memory.install, keys=memory.keys)
    assert load_memory(dump_memory(memory), fresh) == memory


def test_nothing_remembered_is_nothing_known():
    assert load_memory("", OURS) is OURS


@pytest.mark.parametrize(
    ("shown", "memory", "standing"),
    [
        pytest.param(None, OURS, Standing.TRUSTED, id="not sealed yet"),
        pytest.param(seal(), OURS, Standing.TRUSTED, id="as remembered"),
        pytest.param(seal(epoch=4), OURS, Standing.TRUSTED, id="died between counting and sealing"),
        pytest.param(seal(epoch=6), OURS, Standing.OUTDATED, id="written by a later life"),
        pytest.param(seal(nonce="r5b"), OURS, Standing.OUTDATED, id="a copy counted as far as we did"),
        pytest.param(seal(nonce="r5b"), replace(OURS, doubted_at=NOW - HOUR), Standing.DOUBLED, id="and once more within a day"),
        pytest.param(seal(epoch=4, nonce="r4b"), OURS, Standing.TRUSTED, id="a copy that counted less will find out"),
        pytest.param(seal(epoch=0), replace(OURS, epoch=0, nonce=""), Standing.TRUSTED, id="a folder that we have only made"),
        pytest.param(seal(epoch=6), replace(OURS, doubted_at=NOW - 23 * HOUR), Standing.DOUBLED, id="old again within a day"),
        pytest.param(seal(epoch=6), replace(OURS, doubted_at=NOW - 25 * HOUR), Standing.OUTDATED, id="old again after a day"),
        pytest.param(seal(epoch=6), NOBODY, Standing.FORGOTTEN, id="ours, and nothing remembered"),
        pytest.param(seal(epoch=6), replace(NOBODY, epoch=1), Standing.OUTDATED, id="ours, and another job remembers less"),
        pytest.param(seal("bb", key="old key"), NOBODY, Standing.BEREFT, id="lost state, same key"),
        pytest.param(seal("bb", key="their key"), NOBODY, Standing.FOREIGN, id="another installation"),
        pytest.param(seal("bb"), OURS, Standing.FOREIGN, id="our place was taken"),
        pytest.param(seal("bb"), replace(NOBODY, epoch=1), Standing.FOREIGN, id="another job of ours was here"),
        pytest.param(seal("bb", 5), replace(OURS, former=("bb",)), Standing.TRUSTED, id="died before we sealed our heritage"),
        pytest.param(seal("bb", 6), replace(OURS, former=("bb",)), Standing.FOREIGN, id="whom we followed is alive"),
        pytest.param(seal(), replace(OURS, doubted=6), Standing.OUTDATED, id="another job found out first"),
        pytest.param(seal(), replace(OURS, doubted=6, remembers=False), Standing.TRUSTED, id="a new job has no old memory"),
    ],
)
def test_a_seal_means(shown, memory, standing):
    assert judge_seal(shown, memory, NOW) is standing


@given(memories, st.builds(ContainerSeal, install=words, epoch=st.integers(0, 9), key=words, at=moments, nonce=words))
def test_what_was_doubted_once_is_trusted_as_soon_as_it_is_sealed(memory, shown):
    after = doubt(memory, shown, NOW)
    mine = next_seal(after, NOW, "r")
    sealed = replace(counted(after, mine), vouched=mine.epoch, remembers=True)
    assert mine.epoch > max(shown.epoch, memory.epoch)
    assert judge_seal(mine, sealed, NOW) is Standing.TRUSTED


def test_whoever_takes_over_is_refused_by_the_one_before_and_not_the_other_way_round():
    heir = doubt(Memory(install="bb", keys=("new key",)), seal(), NOW)
    theirs = next_seal(heir, NOW, "r")
    assert judge_seal(theirs, OURS, NOW) is Standing.FOREIGN
    assert judge_seal(theirs, counted(heir, theirs), NOW) is Standing.TRUSTED


def test_a_folder_that_was_just_made_raises_no_doubt():
    assert judge_seal(first_seal("aa", ("new key",), NOW, "r"), NOBODY, NOW) is Standing.TRUSTED


def test_a_seal_names_the_key_in_use():
    assert (next_seal(OURS, NOW, "r").key, next_seal(replace(OURS, keys=()), NOW, "r").key) == ("new key", "-")


@given(st.integers(1, 2 * ANCESTORS))
def test_whoever_inherits_inherits_what_the_one_before_inherited_the_latest_first(losses):
    shown = first_seal("lost 0", ("new key",), NOW, "r")
    for number in range(1, losses + 1):
        heir = doubt(Memory(install=f"lost {number}", keys=("new key",)), shown, NOW)
        shown = next_seal(heir, NOW, "r")
    assert shown.former == tuple(f"lost {number}" for number in reversed(range(losses)))[:ANCESTORS]
    assert parse_seal(str(shown)) == shown
    assert len(str(shown)) < 2000


def test_nobody_inherits_from_oneself():
    back = doubt(OURS, replace(seal("bb"), former=("aa", "cc")), NOW)
    assert back.former == ("bb", "cc")
