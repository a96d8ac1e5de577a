"""The daemon against the sandbox, watched by a real Prometheus with our rules, until every query of the dashboard has an answer."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from asyncio.subprocess import DEVNULL
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from sources import ALERTS, RULES, queries

from outlookd.app import App, load_installation, pages
from outlookd.cli.demo import sign_in
from outlookd.cli.sandbox import free_port
from outlookd.sandbox.seed import CLAIRE
from outlookd.sandbox.server import Sandbox, write_configuration

COMMAND = Path(sys.executable).with_name("outlookd")
LONGEST = 30.0
"""Seconds until everything must be there: 1-second scrapes need ten for a rate, and rules another two."""

CHOICES = {"$__rate_interval": "10s", "$job": "outlookd", "$instance": ".+", "$resource": ".+", "$upstream": ".+"}

BROKEN_PLUGIN = """
from outlookd import hookimpl

@hookimpl
def run_finished(report):
    raise RuntimeError
"""

PROMETHEUS = """
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [outlookd.rules.yml, outlookd.alerts.yml]
scrape_configs:
  - job_name: outlookd
    sample_limit: 20000
    static_configs: [{{targets: ["{target}"]}}]
"""


@dataclass
class Findings:
    """What Prometheus knew in the end. `answers` are the number of series for each query of the dashboard."""

    target: dict = field(default_factory=dict)
    rules: list = field(default_factory=list)
    answers: dict = field(default_factory=dict)
    names: set = field(default_factory=set)
    alerts: set = field(default_factory=set)
    exposition: str = ""


async def watch(directory):
    """Start everything, look until all is there or the time is over, stop everything."""
    async with await Sandbox.start(directory, contacts=6, appointments=True) as sandbox:
        listen = f"127.0.0.1:{free_port()}"
        config = write_configuration(sandbox, directory, web_listen=listen, interval="2s")
        _prepare(config, directory / "plugins")
        async with App(load_installation(config, {})) as app, pages(app):
            await sign_in(app, sandbox, CLAIRE)
        # What was throttled and what failed once must be there to be seen.
        sandbox.faults.add("graph", "status", status=429, retry_after=1, match="GET")
        sandbox.faults.add("gopaas", "status", status=503)
        environment = {**_environment(), "OUTLOOKD_CONFIG": str(config)}
        async with (
            _running(COMMAND, "run", env=environment),
            _prometheus(directory / "prometheus", target=listen) as url,
            aiohttp.ClientSession() as session,
        ):
            return await _look(session, url, f"http://{listen}/metrics")


def _prepare(config, plugins):
    plugins.mkdir()
    (plugins / "broken.py").write_text(BROKEN_PLUGIN)
    text = config.read_text().replace("[entra]\n", "[entra]\nclient_secret_expires = 2020-01-01\n")
    config.write_text(f'{text}\n[plugins]\ndirectory = "{plugins}"\n')


def _environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("OUTLOOKD_")}


@asynccontextmanager
async def _running(*command, **options):
    process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL, **options)
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def _prometheus(directory, *, target):
    directory.mkdir()
    (directory / "prometheus.yml").write_text(PROMETHEUS.format(target=target))
    for file in (RULES, ALERTS):
        # Thirty seconds between two turns of the recording rules are right for an installation, and too long for a test.
        (directory / file.name).write_text(file.read_text().replace("interval: 30s", "interval: 1s"))
    address = f"127.0.0.1:{free_port()}"
    options = (
        f"--config.file={directory}/prometheus.yml",
        f"--storage.tsdb.path={directory}/data",
        f"--web.listen-address={address}",
    )
    async with _running(shutil.which("prometheus"), *options):
        yield f"http://{address}"


async def _look(session, url, metrics):
    findings = Findings()
    loop = asyncio.get_running_loop()
    deadline = loop.time() + LONGEST
    while loop.time() < deadline:
        await asyncio.sleep(0.5)
        try:
            await _ask(session, url, findings)
        except aiohttp.ClientConnectorError:
            continue
        if _complete(findings):
            break
    async with session.get(metrics) as answer:
        findings.exposition = await answer.text()
    return findings


async def _ask(session, url, findings):
    async def data(path, **parameters):
        async with session.get(f"{url}/api/v1/{path}", params=parameters) as answer:
            body = await answer.json()
            return body.get("data", {"result": []}) if answer.status == 200 else {"result": []}

    targets = (await data("targets")).get("activeTargets", [])
    findings.target = targets[0] if targets else {}
    if findings.target.get("health") != "up":
        return
    groups = (await data("rules"))["groups"]
    findings.rules = [rule for group in groups for rule in group["rules"]]
    findings.names = set(await data("label/__name__/values"))
    firing = await data("query", query='ALERTS{alertstate="firing"}')
    findings.alerts = {(found["metric"]["alertname"], found["metric"]["severity"]) for found in firing["result"]}
    for title, query in queries():
        if not findings.answers.get((title, query)):
            findings.answers[title, query] = len((await data("query", query=_chosen(query)))["result"])


def _chosen(query):
    for name, value in CHOICES.items():
        query = query.replace(name, value)
    return query


def _complete(findings):
    healthy = findings.rules and all(rule["health"] == "ok" for rule in findings.rules)
    drawn = [count for (title, _), count in findings.answers.items() if title not in MARKS]
    return healthy and drawn and all(drawn) and findings.alerts >= PROVOKED


PROVOKED = frozenset(
    {
        ("OutlookdPluginHooksFailing", "warning"),
        ("OutlookdClientCredentialExpiring", "warning"),
        ("OutlookdClientCredentialExpiring", "critical"),
    }
)
"""What `_prepare` brings about: a plugin that raises, and a client secret that has ended."""

MARKS = frozenset({"Restarts", "Version changes"})
"""Annotations: they have an answer only when something happened."""
