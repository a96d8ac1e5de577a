"""Sign-in over the real state database: what a thief of its files would find."""

from __future__ import annotations

from pathlib import Path

from unit.entra.test_signin import BROWSER
from unit.entra.twins import ALICE, SCOPES, Sts

from outlookd.entra import AccountTokens, Admission, Authority, SignIn
from outlookd.sealing import Seal
from outlookd.store import open_store
from outlookd.testing import FakeClock


async def test_the_database_files_hold_no_token_no_link_and_no_name(
    tmp_path: Path, authority: Authority, seal: Seal, clock: FakeClock, sts: Sts
) -> None:
    async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
        signin = SignIn(
            accounts=store.accounts,
            authority=lambda _login: authority,
            admission=Admission(accounts=store.accounts, seal=seal, clock=clock),
            seal=seal,
            clock=clock,
            scopes=SCOPES,
            public_url="https://crm.example.test",
            redirect_path="/back",
        )
        tokens = AccountTokens(
            "alice", accounts=store.accounts, authority=lambda _login: authority, seal=seal, clock=clock, scopes=SCOPES
        )
        ticket = await signin.issue_ticket("alice")
        answer = sts.visit(await signin.begin(ticket.token, BROWSER))
        while_under_way = contents(tmp_path)
        await signin.finish(answer, BROWSER)
        await tokens.token(refresh=True)
        afterwards = contents(tmp_path)
    assert ALICE.encode() in afterwards, "the sweep must be able to find what is there"
    for secret in ("CANARY", ticket.token, answer["state"], answer["code"], BROWSER, "someone@example.test", "code_verifier"):
        assert secret.encode() not in while_under_way + afterwards


def contents(directory: Path) -> bytes:
    """Every file of the database, journal included."""
    return b"".join(path.read_bytes() for path in sorted(directory.iterdir()))
