"""What leaves the house: a bilingual mail through a real SMTP dialogue, and a signed POST."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email import message_from_bytes, policy

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from outlookd.runtime.notices import HookCourier, MailCourier, Notice, NoticeKind, NotTold
from outlookd.runtime.notices.wording import ENGLISH, FRENCH, text_of
from outlookd.settings.sections import NotifySettings
from outlookd.testing import FakeClock

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
URL = "https://crm.example.test/crm"
NOTICE = Notice(kind=NoticeKind.SIGN_IN, id="a" * 32, at=NOON, login="claire")


class Relay:
    """A mail relay that offers no TLS. `refuses` is the verb that it answers with 550."""

    def __init__(self, refuses: str = "") -> None:
        self.refuses = refuses
        self.verbs: list[str] = []
        self.mails: list[bytes] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay.example.test\r\n")
        while line := await reader.readline():
            verb = line.split()[0].decode().upper()
            self.verbs.append(verb)
            if verb == self.refuses:
                writer.write(b"550 CANARY does not live here\r\n")
            elif verb == "DATA":
                writer.write(b"354 go on\r\n")
                self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                writer.write(b"250 taken\r\n")
            else:
                writer.write(b"221 bye\r\n" if verb == "QUIT" else b"250 relay.example.test\r\n")
            if verb == "QUIT":
                break
        writer.close()


async def deliver(relay: Relay, *, tls: str = "none") -> None:
    server = await asyncio.start_server(relay.talk, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        settings = NotifySettings(
            smtp=f"127.0.0.1:{port}", smtp_tls=tls, mail_from="outlookd@example.test", mail_to="admin@example.test"
        )
        await MailCourier(settings, public_url=URL).carry(NOTICE)


async def test_a_mail_is_plain_marked_as_automatic_and_in_both_languages() -> None:
    relay = Relay()
    await deliver(relay)
    mail = message_from_bytes(relay.mails[0].removesuffix(b"\r\n.\r\n"), policy=policy.default)
    assert (mail["From"], mail["To"], mail["Auto-Submitted"]) == ("outlookd@example.test", "admin@example.test", "auto-generated")
    text = mail.get_content()
    assert text.index("est arrêtée") < text.index("is stopped")
    assert mail.get_content_type() == "text/plain"


async def test_a_relay_without_tls_gets_nothing_where_tls_is_asked_for() -> None:
    relay = Relay()
    with pytest.raises(NotTold):
        await deliver(relay, tls="starttls")
    assert "DATA" not in relay.verbs
    assert "MAIL" not in relay.verbs


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
async def test_a_refusal_is_told_without_the_relays_words(verb: str) -> None:
    with pytest.raises(NotTold) as caught:
        await deliver(Relay(refuses=verb))
    assert "CANARY" not in str(caught.value)
    assert "example.test" not in str(caught.value)


@pytest.mark.parametrize("address", ["a\nBcc: everybody@example.test", "é@example.test"], ids=["line break", "letters"])
async def test_an_address_that_no_header_can_hold_is_a_notice_not_told(address: str) -> None:
    relay = Relay()
    server = await asyncio.start_server(relay.talk, "127.0.0.1", 0)
    async with server:
        smtp = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        settings = NotifySettings(smtp=smtp, smtp_tls="none", mail_from="outlookd@example.test", mail_to=address)
        with pytest.raises(NotTold):
            await MailCourier(settings, public_url=URL).carry(NOTICE)
    assert not relay.mails


async def test_a_relay_that_is_not_there_is_not_told() -> None:
    settings = NotifySettings(smtp="127.0.0.1:9", smtp_tls="none", mail_from="a@example.test", mail_to="b@example.test")
    with pytest.raises(NotTold):
        await MailCourier(settings, public_url=URL).carry(NOTICE)


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_kind_has_words_in_both_languages_and_no_address_but_ours(kind: NoticeKind) -> None:
    assert FRENCH[kind].text != ENGLISH[kind].text
    text = text_of(Notice(kind=kind, id="x", at=NOON, login="claire", type="contact", record="42"), public_url=URL)
    assert text.count("http") == text.count(f"{URL}/\n") == 2
    assert "{" not in text


def test_a_reminder_says_so_in_both_languages() -> None:
    text = text_of(Notice(kind=NoticeKind.SIGN_IN, id="x", at=NOON, login="claire", reminder=1), public_url=URL)
    assert ("Rappel" in text, "Reminder" in text) == (True, True)


# --- the web hook ------------------------------------------------------------------------------------------------------------


class Receiver:
    """Answers with these statuses, one after the other, and keeps what it was sent."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.posts: list[tuple[dict[str, str], bytes]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.posts.append((dict(request.headers), await request.read()))
        status = self.statuses.pop(0)
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status == 302 else {})


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


async def post(session: aiohttp.ClientSession, receiver: Receiver, *, key: str = "key") -> FakeClock:
    clock = FakeClock(NOON)
    app = web.Application()
    app.router.add_post("/{any:.*}", receiver.take)
    async with TestServer(app) as server:
        secret = SecretStr(key) if key else None
        hook = HookCourier(str(server.make_url("/hook")), key=secret, session=lambda: session, clock=clock, public_url=URL)
        await hook.carry(NOTICE)
    return clock


async def test_a_receiver_can_prove_who_sent_it_when_and_that_it_is_no_copy(session: aiohttp.ClientSession) -> None:
    receiver = Receiver(204)
    await post(session, receiver)
    ((headers, body),) = receiver.posts
    signed = f"{NOTICE.id}.{int(NOON.timestamp())}.".encode() + body
    assert headers["X-Outlookd-Id"] == NOTICE.id
    assert headers["X-Outlookd-Timestamp"] == str(int(NOON.timestamp()))
    assert headers["X-Outlookd-Signature"] == "sha256=" + hmac.new(b"key", signed, hashlib.sha256).hexdigest()


async def test_the_body_holds_the_login_and_nothing_else_of_a_person(session: aiohttp.ClientSession) -> None:
    receiver = Receiver(200)
    await post(session, receiver)
    body = json.loads(receiver.posts[0][1])
    assert body == {
        "kind": "sign_in_needed", "id": NOTICE.id, "at": "2026-11-23T12:00:00+00:00", "login": "claire", "type": "", "record": "",
        "count": 0, "days": 0, "reminder": 0, "url": f"{URL}/",
    }  # fmt: skip  # the numbers share a line


async def test_without_a_key_nothing_pretends_to_be_signed(session: aiohttp.ClientSession) -> None:
    receiver = Receiver(200)
    await post(session, receiver, key="")
    assert "X-Outlookd-Signature" not in receiver.posts[0][0]


async def test_trouble_is_waited_out_longer_each_time_under_one_id_and_a_new_signature(session: aiohttp.ClientSession) -> None:
    receiver = Receiver(503, 429, 500, 200)
    clock = await post(session, receiver)
    assert (clock.now() - NOON).total_seconds() == 2 + 10 + 60
    assert {headers["X-Outlookd-Id"] for headers, _ in receiver.posts} == {NOTICE.id}
    assert len({headers["X-Outlookd-Signature"] for headers, _ in receiver.posts}) == 4


@pytest.mark.parametrize("statuses", [(400,), (302,), (404,), (503, 503, 503, 503)], ids=str)
async def test_what_will_not_pass_is_given_up(session: aiohttp.ClientSession, statuses: tuple[int, ...]) -> None:
    receiver = Receiver(*statuses)
    with pytest.raises(NotTold) as caught:
        await post(session, receiver)
    assert len(receiver.posts) == len(statuses)
    assert str(statuses[-1]) in str(caught.value)
