"""What every `ports.Accounts` must do, as claims."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from outlookd.errors import AccessDenied, SignInNeeded
from outlookd.ports import Accounts, Binding

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=10)
BINDING = Binding(login="j.martin", tenant="tenant-1", object_id="object-1", home_account="object-1.tenant-1", bound_at=NOON)


class AccountsContract:
    """A mailbox belongs to one login; what is taken is taken once. Override `accounts`: fresh, empty ones for each test."""

    @pytest.fixture
    def accounts(self) -> Accounts:
        """Fresh, empty accounts."""
        raise NotImplementedError("override the accounts fixture")

    async def test_a_login_that_never_signed_in_has_nothing(self, accounts: Accounts) -> None:
        assert (await accounts.binding("j.martin"), await accounts.cache("j.martin")) == (None, None)

    async def test_a_binding_and_its_cache_come_back_equal(self, accounts: Accounts) -> None:
        await accounts.bind(BINDING, b"sealed\x00\xff")
        assert (await accounts.binding("j.martin"), await accounts.cache("j.martin")) == (BINDING, b"sealed\x00\xff")

    async def test_a_login_can_be_bound_to_another_mailbox(self, accounts: Accounts) -> None:
        await accounts.bind(BINDING, b"one")
        other = replace(BINDING, object_id="object-2", home_account="object-2.tenant-1", bound_at=LATER)
        await accounts.bind(other, b"two")
        assert (await accounts.binding("j.martin"), await accounts.cache("j.martin")) == (other, b"two")

    async def test_a_mailbox_belongs_to_one_login(self, accounts: Accounts) -> None:
        await accounts.bind(BINDING, b"one")
        with pytest.raises(AccessDenied):
            await accounts.bind(replace(BINDING, login="a.durand"), b"two")
        assert (await accounts.binding("a.durand"), await accounts.cache("j.martin")) == (None, b"one")

    async def test_a_mailbox_that_was_given_up_is_free(self, accounts: Accounts) -> None:
        await accounts.bind(BINDING, b"one")
        await accounts.bind(replace(BINDING, object_id="object-2"), b"two")
        taken = replace(BINDING, login="a.durand")
        await accounts.bind(taken, b"three")
        assert await accounts.binding("a.durand") == taken

    async def test_the_same_object_id_in_another_tenant_is_another_mailbox(self, accounts: Accounts) -> None:
        await accounts.bind(BINDING, b"one")
        await accounts.bind(replace(BINDING, login="a.durand", tenant="tenant-2"), b"two")
        assert await accounts.cache("a.durand") == b"two"

    async def test_an_account_leads_to_the_login_that_it_is_bound_to(self, accounts: Accounts) -> None:
        await accounts.bind(BINDING, b"one")
        assert await accounts.owner("tenant-1", "object-1") == "j.martin"

    @pytest.mark.parametrize("account", [("tenant-2", "object-1"), ("tenant-1", "object-2"), ("", "")])
    async def test_an_account_that_differs_in_either_half_leads_nowhere(self, accounts: Accounts, account: tuple[str, str]) -> None:
        await accounts.bind(BINDING, b"one")
        assert await accounts.owner(*account) is None

    async def test_a_mailbox_that_was_given_up_leads_nowhere(self, accounts: Accounts) -> None:
        await accounts.bind(BINDING, b"one")
        await accounts.bind(replace(BINDING, object_id="object-2"), b"two")
        assert await accounts.owner("tenant-1", "object-1") is None

    async def test_a_rotated_cache_replaces_the_old_one(self, accounts: Accounts) -> None:
        await accounts.bind(BINDING, b"one")
        await accounts.keep_cache("j.martin", b"two")
        assert await accounts.cache("j.martin") == b"two"

    async def test_a_cache_cannot_bring_a_forgotten_account_back(self, accounts: Accounts) -> None:
        with pytest.raises(SignInNeeded):
            await accounts.keep_cache("j.martin", b"late")
        assert await accounts.cache("j.martin") is None

    async def test_a_login_that_is_forgotten_has_nothing_and_its_mailbox_is_free(self, accounts: Accounts) -> None:
        await accounts.bind(BINDING, b"one")
        await accounts.add_ticket("digest", "j.martin", LATER)
        assert await accounts.forget("j.martin")
        assert (await accounts.binding("j.martin"), await accounts.cache("j.martin")) == (None, None)
        assert await accounts.peek_ticket("digest", NOON) is None, "a link that was handed out must not connect it again"
        await accounts.bind(replace(BINDING, login="a.durand"), b"two")

    async def test_forgetting_a_login_leaves_the_others_alone(self, accounts: Accounts) -> None:
        await accounts.bind(BINDING, b"one")
        await accounts.add_ticket("digest", "j.martin", LATER)
        assert not await accounts.forget("a.durand")
        assert (await accounts.cache("j.martin"), await accounts.peek_ticket("digest", NOON)) == (b"one", "j.martin")

    async def test_a_ticket_may_be_looked_at_many_times(self, accounts: Accounts) -> None:
        await accounts.add_ticket("digest", "j.martin", LATER)
        assert [await accounts.peek_ticket("digest", NOON) for _ in range(2)] == ["j.martin", "j.martin"]

    async def test_a_ticket_is_taken_once(self, accounts: Accounts) -> None:
        await accounts.add_ticket("digest", "j.martin", LATER)
        assert [await accounts.take_ticket("digest", NOON) for _ in range(2)] == ["j.martin", None]

    async def test_a_spent_ticket_shows_nothing(self, accounts: Accounts) -> None:
        await accounts.add_ticket("digest", "j.martin", LATER)
        await accounts.take_ticket("digest", NOON)
        assert await accounts.peek_ticket("digest", NOON) is None

    async def test_an_expired_ticket_is_dead(self, accounts: Accounts) -> None:
        await accounts.add_ticket("digest", "j.martin", LATER)
        assert (await accounts.peek_ticket("digest", LATER), await accounts.take_ticket("digest", LATER)) == (None, None)

    async def test_taking_one_ticket_leaves_the_others(self, accounts: Accounts) -> None:
        for digest, login in (("d1", "j.martin"), ("d2", "a.durand")):
            await accounts.add_ticket(digest, login, LATER)
        await accounts.take_ticket("d1", NOON)
        assert await accounts.peek_ticket("d2", NOON) == "a.durand"

    async def test_a_flow_is_taken_once(self, accounts: Accounts) -> None:
        await accounts.keep_flow("state", b"sealed\x00flow", LATER)
        assert [await accounts.take_flow("state", NOON) for _ in range(2)] == [b"sealed\x00flow", None]

    async def test_an_expired_flow_is_dead(self, accounts: Accounts) -> None:
        await accounts.keep_flow("state", b"sealed", LATER)
        assert await accounts.take_flow("state", LATER) is None
