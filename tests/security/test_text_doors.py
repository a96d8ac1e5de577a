"""Each door through which a stranger's text leaves us, with every text of the table."""

from __future__ import annotations

import io
import json
import logging
import shlex
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import structlog
from security.hostile import HOSTILE

from outlookd.cli import render
from outlookd.core.expression import harmless, is_expression
from outlookd.errors import ConfigurationError, OutlookdError
from outlookd.gopaas.header import equals
from outlookd.runtime.logs import configure_logs
from outlookd.runtime.notices.mail import MailCourier
from outlookd.runtime.notices.notice import Notice, NoticeKind
from outlookd.settings.sections import NotifySettings

OUR_BLANK = "\u202f"
NOTIFY = NotifySettings(smtp="localhost:25", mail_from="outlookd@example.com", mail_to="admin@example.com")
SIGN_IN = Notice(kind=NoticeKind.SIGN_IN, id="n1", at=datetime(2026, 11, 22, tzinfo=UTC), login="claire")

hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


def mail_of(notice):
    return MailCourier(NOTIFY, public_url="https://outlookd.example.com").message(notice)


@hostile
def test_gopaas_gets_text_and_no_expression(text):
    assert not is_expression(harmless(text))


@hostile
def test_a_search_holds_one_condition_on_one_line_or_is_refused(text):
    allowed = "|" not in text and text.isascii() and text.isprintable() and not is_expression(text)
    with nullcontext() if allowed else pytest.raises(ConfigurationError) as refused:
        assert equals("nom", text) == f"nom|equal|{text}|"
    assert refused is None or text not in str(refused.value)


@hostile
@pytest.mark.parametrize("kind", list(NoticeKind))
def test_a_mail_keeps_its_lines_and_its_headers(text, kind):
    plain = mail_of(replace(SIGN_IN, kind=kind))
    mail = mail_of(replace(SIGN_IN, kind=kind, login=text, record=text, type=text))
    assert [name for name, _ in mail.items()] == [name for name, _ in plain.items()]
    assert len(mail.get_content().splitlines()) == len(plain.get_content().splitlines())
    assert mail.get_content().replace("\n", "").replace(OUR_BLANK, "").isprintable()


@hostile
def test_the_command_that_a_mail_tells_to_type_has_one_argument(text):
    line = next(line for line in mail_of(replace(SIGN_IN, login=text)).get_content().splitlines() if "outlookd connect " in line)
    command = line.partition("outlookd connect ")[2]
    quoted = shlex.quote(render.visible(text))
    assert command.startswith(quoted)
    assert shlex.split(quoted) == [render.visible(text)]


@hostile
def test_a_terminal_shows_a_message_on_its_own_line_and_nothing_moves(text):
    lines = list(render.message_lines(str(OutlookdError(f"it says {text.splitlines()[0]}", hint=text))))
    assert all(line.isprintable() for line in lines)


@hostile
def test_a_table_on_a_terminal_has_one_line_for_each_row(text):
    assert [line.isprintable() for line in render.table_lines(("a", "b"), [(text, text)])] == [True, True]


@hostile
def test_a_log_line_is_one_line_of_json(text, untouched_logs):
    stream = io.StringIO()
    configure_logs(level=logging.DEBUG, stream=stream)
    structlog.get_logger().warning("check.event", code=text, reason=text)
    logging.getLogger("aiohttp.server").error("bad request: %s", text)
    lines = stream.getvalue().split("\n")
    assert (len(lines), [json.loads(line)["level"] for line in lines if line]) == (3, ["warning", "error"])
    assert not any(char in stream.getvalue() for char in "\x1b\x07\x00\r")
