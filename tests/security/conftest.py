"""Logs that are afterwards as they were before."""

from __future__ import annotations

import logging

import pytest
import structlog


@pytest.fixture
def untouched_logs():
    """Whoever sets up logging for this process gives it back."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    logging.captureWarnings(False)
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
