"""The doors of the metrics, opened as the daemon opens them."""

from __future__ import annotations

import logging

import aiohttp
import pytest

from outlookd.app import App, load_installation, new_metrics, pages
from outlookd.cli.sandbox import free_port
from outlookd.sandbox.server import Sandbox, write_configuration


@pytest.fixture
async def config(tmp_path):
    async with await Sandbox.start(tmp_path, contacts=0, events=0) as sandbox:
        yield write_configuration(sandbox, tmp_path, web_listen=f"127.0.0.1:{free_port()}")


async def get(place):
    async with aiohttp.ClientSession() as session, session.get(f"http://{place}/metrics") as answer:
        return answer.status, await answer.text()


async def test_a_port_of_its_own_takes_the_metrics_off_the_pages(config):
    own = f"127.0.0.1:{free_port()}"
    config.write_text(f'{config.read_text()}\n[metrics]\nlisten = "{own}"\n')
    installation = load_installation(config, {})
    async with App(installation, metrics=new_metrics()) as app, pages(app):
        (status, text), (other, _) = await get(own), await get(installation.settings.web.listen)
    assert (status, other) == (200, 404)
    assert 'outlookd_users{state="needs_consent"} 1.0' in text


async def test_lines_are_counted_while_the_pages_are_open(config):
    installation = load_installation(config, {})
    async with App(installation, metrics=new_metrics()) as app, pages(app):
        logging.getLogger("of.the.test").error("one")
        _, text = await get(installation.settings.web.listen)
    assert 'outlookd_log_events_total{level="error"} 1.0' in text


async def test_a_process_without_metrics_has_no_such_page(config):
    installation = load_installation(config, {})
    async with App(installation) as app, pages(app):
        status, _ = await get(installation.settings.web.listen)
    assert status == 404
