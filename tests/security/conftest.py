"""Logs that are afterwards as they were before."""

from __future__ import annotations

import pytest
from restoring import logs_restored


@pytest.fixture
def untouched_logs():
    with logs_restored():
        yield
