"""One stream of log lines, without people and secrets in it."""

from __future__ import annotations

from outlookd.runtime.logs.logs import configure_logs, counted_lines

__all__ = ["configure_logs", "counted_lines"]
