"""Nothing that opens anything, and nobody's name, is in a log line, at debug level (threats T8, T13).

MSAL itself writes codes and PKCE verifiers at that level, which is why the daemon's logs take only its warnings whatever is asked.
"""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog
from structlog.testing import capture_logs
from unit.entra.test_device import CODE, PENDING
from unit.entra.test_signin import BROWSER, sign_in
from unit.entra.twins import BERTA, SCOPES, Answer, Sts, refusal

from outlookd.entra import (
    AccountTokens,
    AdminConsent,
    Admission,
    ApplicationTokens,
    Authority,
    DeviceSignIn,
    SignIn,
    application_scope,
)
from outlookd.errors import OutlookdError
from outlookd.runtime.logs import configure_logs
from outlookd.sealing import Seal
from outlookd.testing import FakeClock


def least_of(logger: str) -> int:
    """From which level on the daemon writes a library's lines, when asked for everything."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logs(level=logging.DEBUG, stream=io.StringIO())
    logging.captureWarnings(False)
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    return logging.getLogger(logger).level


SECRETS = ("CANARY", "ABCD1234", "someone@example.test", "code-0", "code_verifier", BROWSER)


async def everything(
    signin: SignIn, tokens: AccountTokens, device: DeviceSignIn, application: ApplicationTokens, sts: Sts
) -> list[str]:
    """Every way in, and the ways not in. Returns what was made on the way and must not be seen."""
    await sign_in(signin, sts)
    await tokens.token(refresh=True)
    await application.token()
    sts.failures = [Answer(200, json.dumps(CODE)), PENDING]
    code = await device.begin("alice")
    await device.bind(await device.wait(code))
    ticket = await signin.issue_ticket("alice")
    answer = sts.visit(await signin.begin(ticket.token, BROWSER))
    for failure in (refusal("invalid_grant", 54005), refusal("invalid_client", 7000222)):
        sts.failures = [failure, failure]
        for attempt in (signin.finish(answer, BROWSER), tokens.token(refresh=True)):
            with pytest.raises(OutlookdError):
                await attempt
    sts.failures, sts.account = [], BERTA
    departure = await signin.begin_visit()
    visit = sts.visit(departure.address)
    with pytest.raises(OutlookdError):
        await signin.finish(visit, departure.session)
    return [ticket.token, answer["state"], visit["state"], departure.session]


async def test_no_way_of_signing_in_logs_a_secret_or_a_name(
    signin: SignIn,
    tokens: AccountTokens,
    authority: Authority,
    admission: Admission,
    clock: FakeClock,
    sts: Sts,
    caplog: pytest.LogCaptureFixture,
) -> None:
    device = DeviceSignIn(authority=lambda _login: authority, admission=admission, clock=clock, scopes=SCOPES)
    application = ApplicationTokens(authority=authority, clock=clock, scope=application_scope("https://graph.microsoft.com"))
    caplog.set_level(logging.DEBUG)
    caplog.set_level(least_of("msal"), logger="msal")
    with capture_logs() as ours:
        made = await everything(signin, tokens, device, application, sts)
    logged = repr(ours) + caplog.text
    assert "entra.visit" in logged or "entra.signin.bound" in logged, "the sweep must have something to look at"
    assert [secret for secret in (*SECRETS, *made) if secret in logged] == []


async def test_an_administrators_answer_is_logged_without_its_state_and_directory(
    authority: Authority, seal: Seal, clock: FakeClock
) -> None:
    consent = AdminConsent(authority=lambda _login: authority, seal=seal, clock=clock, scopes=SCOPES, redirect_uri="https://x.test")
    state = consent.link().partition("state=")[2]
    with capture_logs() as lines:
        consent.read({"state": state, "admin_consent": "True", "tenant": "CANARY", "error_description": "CANARY"})
    assert lines == [{"event": "entra.consent.answered", "granted": True, "code": "", "log_level": "info"}]
