"""One stream for everybody: JSON, redacted, without local variables."""

from __future__ import annotations

import io
import json
import logging
import warnings

import pytest
import structlog
from restoring import logs_restored

from outlookd.errors import StoreError
from outlookd.runtime.logs import configure_logs

CANARY = "canary-9f1c"
NAME = "Ottilie"


@pytest.fixture
def restored():
    with logs_restored():
        yield


@pytest.fixture
def stream(restored):
    return io.StringIO()


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_our_line_is_json_with_time_level_and_event(stream):
    configure_logs(stream=stream)
    structlog.get_logger("outlookd.graph").info("graph.request.throttled", wait_s=2.5)
    (line,) = lines(stream)
    assert (line["event"], line["level"], line["wait_s"]) == ("graph.request.throttled", "info", 2.5)
    assert line["timestamp"].endswith("Z")


def test_a_librarys_line_takes_the_same_way(stream):
    configure_logs(stream=stream)
    logging.getLogger("aiohttp.server").warning("request from %s failed", "jean.dupont@example.com")
    (line,) = lines(stream)
    assert (line["event"], line["logger"]) == ("request from [e-mail] failed", "aiohttp.server")


def test_context_bound_in_a_task_is_on_every_line(stream):
    configure_logs(stream=stream)
    with structlog.contextvars.bound_contextvars(run="r1", user="claire"):
        structlog.get_logger().info("sync.run.started")
        logging.getLogger("x").warning("library")
    assert [line["run"] for line in lines(stream)] == ["r1", "r1"]
    assert "claire" not in stream.getvalue()


@pytest.mark.parametrize("readable", [False, True])
def test_a_traceback_shows_no_local_variable(stream, readable):
    configure_logs(stream=stream, readable=readable)

    def fails(token):
        raise ValueError("boom")

    try:
        fails(CANARY)
    except ValueError:
        structlog.get_logger().exception("sync.run.failed")
        logging.getLogger("x").exception("library")
    assert CANARY not in stream.getvalue()
    assert stream.getvalue().count("ValueError") >= 2


@pytest.mark.parametrize("readable", [False, True])
def test_the_text_of_an_error_of_ours_is_kept_and_redacted(stream, readable):
    configure_logs(stream=stream, readable=readable)
    error = StoreError("The disk of jean.dupont@example.com failed, Bearer abcdefgh")
    structlog.get_logger().error("sync.run.failed", exc_info=error)
    assert "The disk of [e-mail] failed" in stream.getvalue()
    assert "abcdefgh" not in stream.getvalue()


def fail_with_a_name():
    raise ValueError(f"{NAME} is not a number")


def with_a_note():
    try:
        fail_with_a_name()
    except ValueError as error:
        error.add_note(f"while reading {NAME}")
        raise


def with_a_cause():
    try:
        fail_with_a_name()
    except ValueError as error:
        raise StoreError("Refused.") from error


def in_a_context():
    try:
        fail_with_a_name()
    except ValueError:
        raise KeyError(NAME)  # noqa: B904 - the context is what is tested


def in_a_group():
    raise ExceptionGroup(NAME, [ValueError(NAME), ExceptionGroup(NAME, [KeyError(NAME)])])


def in_source_that_was_data():
    compile(f"{NAME} Unlikely", "<row>", "eval")


@pytest.mark.parametrize("readable", [False, True])
@pytest.mark.parametrize("fails", [fail_with_a_name, with_a_note, with_a_cause, in_a_context, in_a_group, in_source_that_was_data])
def test_a_name_in_the_text_of_a_foreign_exception_is_not_logged(stream, readable, fails):
    configure_logs(stream=stream, readable=readable)
    with pytest.raises(Exception, check=bool) as caught:
        fails()
    error = caught.value
    structlog.get_logger().error("sync.run.failed", exc_info=error)
    structlog.get_logger().error("sync.run.failed", error=error)
    logging.getLogger("library").error("lost: %r, %s", error, error, exc_info=error)
    sentence = f"lost: exception={error!r}"
    logging.getLogger("library").error(sentence, exc_info=error)
    logging.getLogger("library").error("lost: %s", error)
    assert NAME not in stream.getvalue()
    assert fails.__name__ in stream.getvalue(), "the place is what remains"


@pytest.mark.parametrize("readable", [False, True])
def test_every_exception_of_a_chain_is_named(stream, readable):
    configure_logs(stream=stream, readable=readable)
    try:
        with_a_cause()
    except StoreError:
        structlog.get_logger().exception("sync.run.failed")
    assert "ValueError" in stream.getvalue()
    assert "Refused." in stream.getvalue()
    assert "fail_with_a_name" in stream.getvalue()


def test_an_endless_recursion_does_not_make_an_endless_line(stream):
    configure_logs(stream=stream)

    def deeper():
        deeper()

    try:
        deeper()
    except RecursionError:
        structlog.get_logger().exception("sync.run.failed")
    (line,) = lines(stream)
    assert len(line["exception"][0]["frames"]) == 51


@pytest.mark.parametrize("readable", [False, True])
def test_a_line_break_in_a_value_starts_no_new_line(stream, readable):
    configure_logs(stream=stream, readable=readable)
    structlog.get_logger().warning("a.b.c", value="x\nlevel=error event=forged\x1b[2J")
    assert stream.getvalue().count("\n") == 1
    assert "\x1b[2J" not in stream.getvalue()


def test_systemds_priority_stands_in_front(stream):
    configure_logs(stream=stream, journal=True)
    structlog.get_logger().error("a.b.c")
    structlog.get_logger().info("a.b.c")
    assert [line[:3] for line in stream.getvalue().splitlines()] == ["<3>", "<6>"]


def test_chatty_libraries_are_quiet_at_info(stream):
    configure_logs(stream=stream)
    for name in ("apscheduler.scheduler", "msal.application", "urllib3.connectionpool", "requests"):
        logging.getLogger(name).info("chatter")
    assert stream.getvalue() == ""


def test_below_the_level_nothing_is_written(stream):
    configure_logs(stream=stream, level=logging.WARNING)
    structlog.get_logger().info("a.b.c")
    assert stream.getvalue() == ""


def test_the_last_configuration_wins_even_for_an_older_logger(stream):
    log = structlog.get_logger()
    other = io.StringIO()
    configure_logs(stream=other)
    log.info("first")
    configure_logs(stream=stream)
    log.info("second")
    assert ([line["event"] for line in lines(other)], [line["event"] for line in lines(stream)]) == (["first"], ["second"])


def test_a_python_warning_is_a_log_line(stream):
    configure_logs(stream=stream)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old thing", stacklevel=1)
    assert lines(stream)[0]["level"] == "warning"


def test_a_value_that_json_does_not_know_is_still_logged(stream):
    configure_logs(stream=stream)
    structlog.get_logger().info("a.b.c", where=object, big=2**70)
    assert lines(stream)[0]["event"] == "a.b.c"
