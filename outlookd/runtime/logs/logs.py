"""One stream of log lines for our code and every library: JSON on stderr, readable text on a terminal.

Lines go to stderr only; files and rotation are the journal's business. Under systemd each line begins with its priority, so that
``journalctl -p warning`` works. Redaction is the last step before rendering (`redaction`).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import IO, Any

import orjson
import structlog
from structlog.processors import ExceptionRenderer, TimeStamper
from structlog.stdlib import ProcessorFormatter

from outlookd.runtime.logs.redaction import redact
from outlookd.runtime.logs.tracebacks import describe, without_texts, write

log = structlog.get_logger()

_NOISE: Mapping[str, int] = {
    "apscheduler": logging.WARNING,
    "apscheduler.executors": logging.ERROR,
    "asyncio": logging.WARNING,
    "msal": logging.WARNING,
    "requests": logging.WARNING,
    "urllib3": logging.ERROR,
}
"""Libraries that talk too much. urllib3's warnings repeat addresses, APScheduler's executor reports every cancelled job."""

_PRIORITY = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}

_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    TimeStamper(fmt="iso", utc=True),
)


def configure_logs(
    *, level: int = logging.INFO, stream: IO[str] | None = None, journal: bool = False, readable: bool | None = None
) -> None:
    """Send every log line of the process to `stream` (stderr), JSON unless it is a terminal (`readable` decides otherwise).

    `journal` puts systemd's ``<N>`` priority in front. May be called again: the last call wins. What nobody catches ends the
    process as a line too: Python's own report would quote what the exception says.
    """
    target = sys.stderr if stream is None else stream
    for_people = target.isatty() if readable is None else readable
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_SHARED, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        # Not cached: a logger bound before the first configuration must still follow the last one.
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[_unquoted, *_SHARED],
            pass_foreign_args=True,
            processors=[ProcessorFormatter.remove_processors_meta, *_rendering(for_people=for_people, journal=journal)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name, least in _NOISE.items():
        logging.getLogger(name).setLevel(max(level, least))
    logging.captureWarnings(capture=True)
    sys.excepthook = _tell_crash


def _tell_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)  # it says nothing, and is no fault
    else:
        log.critical("process.crashed", exc_info=(kind, error, trace))


@contextmanager
def counted_lines(count: Callable[[str], None]) -> Iterator[None]:
    """Tell `count` the level of every line of the process, for as long as the block runs. Set up the logs first."""
    counter = _Counter(count)
    root = logging.getLogger()
    root.addHandler(counter)
    try:
        yield
    finally:
        root.removeHandler(counter)


class _Counter(logging.Handler):
    """Writes nothing."""

    def __init__(self, count: Callable[[str], None]) -> None:
        super().__init__()
        self._count = count

    def emit(self, record: logging.LogRecord) -> None:
        """Libraries may invent levels of their own; ours are these."""
        name = record.levelname.lower()
        if name in _PRIORITY:
            self._count(name)


def _rendering(*, for_people: bool, journal: bool) -> Sequence[structlog.typing.Processor]:
    if for_people:
        renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        return [ExceptionRenderer(write), redact, _one_line, renderer]
    # Not structlog's own renderings: they print what an exception says, and on demand the variables of every frame.
    return [ExceptionRenderer(describe), redact, _with_priority if journal else _as_json]


def _unquoted(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take what exceptions say out of a library's sentence. Our own events are constants: nothing can have got into them."""
    given = event.pop("positional_args")
    values = given if isinstance(given, tuple) else ()
    for error in (*values, *event.get("exc_info", ())):
        if isinstance(error, BaseException):
            event["event"] = without_texts(event["event"], error)
    return event


def _one_line(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Escape control characters: a line break in a value must not look like a second event, nor move the cursor."""
    for key, value in event.items():
        if key != "exception" and isinstance(value, str) and not value.isprintable():
            event[key] = value.encode("unicode_escape").decode("ascii")
    return event


def _as_json(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    return orjson.dumps(event, option=orjson.OPT_NON_STR_KEYS).decode()


def _with_priority(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
    return f"<{_PRIORITY.get(str(event.get('level')), 6)}>{_as_json(logger, method, event)}"
