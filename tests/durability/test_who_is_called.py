"""Whom a run connects to: the two APIs and the sign-in service, by the addresses in the configuration, and nobody else."""

from __future__ import annotations

import re

from busy_days import ContactDay
from tracer import traced

PLACE = re.compile(r"connect\(\d+, \{sa_family=AF_INET6?, (?:sin6?_port=htons\((\d+)\)).*?\"([0-9a-f.:]+)\"")


async def test_a_run_connects_to_nobody_but_the_two_apis_and_the_sign_in_service(tmp_path, strace):
    trace = tmp_path / "trace"
    async with ContactDay.ready(tmp_path) as day:
        day.disturb()
        # The token at hand is refused once, so that the sign-in service is asked for another.
        day.sandbox.faults.add("graph", "status", status=401, code="InvalidAuthenticationToken", times=1)
        async with traced("-e", "trace=connect,sendto", "-o", str(trace)):
            ended = await day.call("sync")
            assert ended.status == 0, ended.said
        addresses = day.sandbox.addresses
        known = {int(re.search(r":(\d+)", url)[1]) for url in (addresses.gopaas, addresses.graph, addresses.entra)}
        called = {(host, int(port)) for port, host in PLACE.findall(trace.read_text())}
        assert {port for host, port in called if host in {"127.0.0.1", "::1"}} == known
        assert {host for host, _ in called} <= {"127.0.0.1", "::1"}
        await day.assert_whole()
