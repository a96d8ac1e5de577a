"""Subscriptions in the state database."""

from __future__ import annotations

from dataclasses import replace

from outlookd.core.container import Container
from outlookd.core.subscriptions import Subscription
from outlookd.ports import Binding
from outlookd.store import open_store
from outlookd.testing.samples import NOON

ONE = Subscription(id="S1", login="claire", resource="me/events", client_state="0" * 64, expires=NOON, made_at=NOON)


async def test_what_is_kept_is_there_after_closing_and_opening(tmp_path):
    url = f"sqlite:///{tmp_path}/state.db"
    async with open_store(url) as store:
        await store.subscriptions.keep(ONE)
    async with open_store(url) as store:
        assert (await store.subscriptions.circumstances()).held == [ONE]


async def test_keeping_again_moves_the_end(tmp_path):
    later = replace(ONE, expires=NOON.replace(hour=23))
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        await store.subscriptions.keep(ONE)
        await store.subscriptions.keep(later)
        assert (await store.subscriptions.circumstances()).held == [later]


async def test_what_is_forgotten_is_gone_and_may_be_forgotten_again(tmp_path):
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        await store.subscriptions.keep(ONE)
        await store.subscriptions.forget("S1")
        await store.subscriptions.forget("S1")
        assert (await store.subscriptions.circumstances()).held == []


async def test_one_reading_tells_every_folder_and_every_sign_in(tmp_path):
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        await store.keep_container("job", Container(id="F", name="GoPaaS"))
        await store.accounts.bind(Binding(login="claire", tenant="t", object_id="o", home_account="h", bound_at=NOON), b"")
        found = await store.subscriptions.circumstances()
    assert (found.containers, found.bound) == ({"job": "F"}, {"claire": NOON})
