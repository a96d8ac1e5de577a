"""What systemd's socket receives."""

from __future__ import annotations

import os
import socket

import pytest
from structlog.testing import capture_logs

from outlookd.runtime.systemd import Notifier


class Manager:
    """The receiving end, as systemd has it: a datagram socket with a path or with an abstract name."""

    def __init__(self, address: str, name: str) -> None:
        self.channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.channel.bind(address)
        self.channel.setblocking(False)
        self.name = name

    def received(self) -> list[str]:
        messages = []
        while True:
            try:
                messages.append(self.channel.recv(4096).decode())
            except BlockingIOError:
                return messages


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    name = f"outlookd-test-{os.getpid()}-{id(request)}"
    path = str(tmp_path / "notify")
    manager = Manager(path, path) if request.param == "path" else Manager(f"\0{name}", f"@{name}")
    with manager.channel:
        yield manager


@pytest.fixture
def notifier(manager):
    environ = {"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}
    return Notifier(environ, monotonic_ns=lambda: 12_345_678_999)


@pytest.mark.parametrize(
    ("tell", "message"),
    [
        (lambda notifier: notifier.ready("3 jobs"), "READY=1\nSTATUS=3 jobs"),
        (lambda notifier: notifier.ready(), "READY=1"),
        (lambda notifier: notifier.status("prêt"), "STATUS=prêt"),
        (lambda notifier: notifier.reloading(), "RELOADING=1\nMONOTONIC_USEC=12345678"),
        (lambda notifier: notifier.stopping(), "STOPPING=1"),
        (lambda notifier: notifier.watchdog(), "WATCHDOG=1"),
    ],
)
def test_each_message_is_one_datagram(notifier, manager, tell, message):
    tell(notifier)
    assert manager.received() == [message]


def test_a_line_break_in_a_status_starts_no_second_assignment(notifier, manager):
    notifier.status("one\nMAINPID=1\r\ntwo")
    assert manager.received() == ["STATUS=one MAINPID=1 two"]


def test_two_pings_may_be_late_before_the_watchdog_bites(notifier):
    assert notifier.watchdog_every == 20.0


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"WATCHDOG_USEC": "60000000"},
        {"NOTIFY_SOCKET": "vsock:2:1234"},
        {"NOTIFY_SOCKET": "", "WATCHDOG_USEC": "60000000"},
    ],
    ids=["nothing", "no socket", "a socket of another kind", "an empty name"],
)
def test_without_a_service_manager_nothing_happens(environ):
    notifier = Notifier(environ)
    with capture_logs() as logged:
        for call in (notifier.ready, notifier.reloading, notifier.stopping, notifier.watchdog):
            call()
        notifier.status("text")
    assert (notifier.watchdog_every, logged) == (None, [])


@pytest.mark.parametrize(
    "watchdog", [{}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "9000000", "WATCHDOG_PID": "1"}]
)
def test_a_watchdog_that_waits_for_nobody_or_another_process_is_not_fed(manager, watchdog):
    notifier = Notifier({"NOTIFY_SOCKET": manager.name, **watchdog}, pid=4711)
    notifier.watchdog()
    assert (notifier.watchdog_every, manager.received()) == (None, [])


def test_a_manager_that_is_gone_costs_a_warning_and_no_more(tmp_path):
    with capture_logs() as logged:
        Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("3 jobs")
    assert [(line["event"], line["message"]) for line in logged] == [("systemd.notify.failed", "READY")]
