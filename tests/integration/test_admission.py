"""Whose accounts may be connected, with the sandbox's real sign-in."""

from __future__ import annotations

import pytest
from outbox import watched

from outlookd.app import App, check, load_installation, pages
from outlookd.cli.demo import sign_in
from outlookd.cli.sandbox import started
from outlookd.errors import OutlookdError

LOGIN = "claire"
ANOTHER = "99999999-9999-9999-9999-999999999999"


@pytest.fixture
async def place(tmp_path):
    async with started(tmp_path, 1) as (sandbox, file):
        with watched(sandbox):
            yield sandbox, file


def write(file, key, value):
    kept = [line for line in file.read_text().splitlines() if not line.startswith(f"{key} =")]
    kept.insert(kept.index("[entra]") + 1, f"{key} = {value}")
    file.write_text("\n".join(kept))


async def test_an_account_of_another_directory_than_the_allowed_ones_is_refused(place):
    sandbox, file = place
    write(file, "tenants", f'["{ANOTHER}"]')
    async with App(load_installation(file, {})) as app, pages(app):
        with pytest.raises(OutlookdError):
            await sign_in(app, sandbox, LOGIN)
        assert await app.store.accounts.binding(LOGIN) is None


async def test_an_account_of_an_allowed_directory_is_connected(place):
    sandbox, file = place
    tenant = sandbox.addresses.entra.rpartition("/")[2]
    write(file, "tenants", f'["{ANOTHER}", "{tenant.upper()}"]')
    async with App(load_installation(file, {})) as app, pages(app):
        await sign_in(app, sandbox, LOGIN)
        assert await app.store.accounts.binding(LOGIN)


@pytest.mark.parametrize(
    ("authority", "tenants", "warned"),
    [
        ("organizations", "[]", True),
        ("common", "[]", True),
        ("organizations", f'["{ANOTHER}"]', False),
        (ANOTHER, "[]", False),
    ],
)
async def test_check_warns_when_any_company_may_sign_in(place, authority, tenants, warned):
    sandbox, file = place
    write(file, "authority", f'"{sandbox.addresses.entra.rpartition("/")[0]}/{authority}"')
    write(file, "tenants", tenants)
    findings = [finding async for finding in check(load_installation(file, {}))]
    assert ["entra.tenants" in finding.text for finding in findings if finding.level == "warning"].count(True) == warned
