"""A lost consent reaches the administrator's web hook: from Microsoft's refusal to the signed POST."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from outlookd.app import App, load_installation
from outlookd.app.daemon.notices import notices_of
from outlookd.core.model import RunStatus
from outlookd.runtime.notices.hook import signature
from outlookd.sandbox.seed import CLAIRE, CLIENT_ID, UPNS
from outlookd.testing import FakeClock


class Receiver:
    """The administrator's chat, say."""

    def __init__(self):
        self.posts = []

    async def take(self, request):
        body = await request.read()
        sent = request.headers["X-Outlookd-Id"], request.headers["X-Outlookd-Timestamp"]
        assert request.headers["X-Outlookd-Signature"] == signature("hook-key", *sent, body)
        self.posts.append(await request.json())
        return web.Response(status=204)

    @property
    def kinds(self):
        return [post["kind"] for post in self.posts]


@pytest.fixture
async def receiver(signed_in):
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/hook", receiver.take)
    (signed_in.config.parent / "hook-key").write_text("hook-key")
    async with TestServer(app) as server:
        signed_in.edit("[graph]", f'[notify]\nwebhook = "{server.make_url("/hook")}"\nwebhook_key_file = "hook-key"\n\n[graph]')
        yield receiver


async def test_a_revoked_user_is_told_after_an_hour_by_login_alone(signed_in, receiver):
    directory = signed_in.sandbox.directory
    directory.revoke_sessions(directory.user(UPNS[CLAIRE]))
    directory.tokens.expire_access()
    clock = FakeClock(datetime.now(UTC))
    async with App(load_installation(signed_in.config, {}), clock=clock) as app:
        notices = notices_of(app)
        report = await app.sync(app.jobs()[0])
        assert report.status is RunStatus.REAUTH
        await notices.after_run(report)
        clock.advance(3600)
        await notices.look()
        await notices.look()
    (post,) = receiver.posts
    assert (post["kind"], post["login"]) == ("sign_in_needed", CLAIRE)
    assert UPNS[CLAIRE] not in str(post)


async def test_an_expired_secret_is_told_as_the_operators_matter_and_nobodys_sign_in(signed_in, receiver):
    directory = signed_in.sandbox.directory
    directory.client(CLIENT_ID).secret_expires = datetime(2020, 1, 1, tzinfo=UTC)
    directory.tokens.expire_access()
    clock = FakeClock(datetime.now(UTC))
    async with App(load_installation(signed_in.config, {}), clock=clock) as app:
        notices = notices_of(app)
        report = await app.sync(app.jobs()[0])
        assert (report.status, report.exit_status) == (RunStatus.FAILED, 78)
        await notices.after_run(report)
        clock.advance(3600)
        await notices.look()
    assert receiver.kinds == ["client_secret_refused"]
