from __future__ import annotations

import subprocess
import sys

import pytest

import outlookd


def test_all_is_sorted_and_every_name_of_it_exists():
    assert sorted(outlookd.__all__) == list(outlookd.__all__)
    assert [name for name in outlookd.__all__ if getattr(outlookd, name, None) is None] == []


def test_a_name_that_is_not_public_is_refused():
    with pytest.raises(AttributeError, match="no public name 'Plugins'"):
        outlookd.Plugins  # noqa: B018 - the access is the test


def test_importing_outlookd_imports_nothing_else():
    code = "import sys, outlookd; print([m for m in sys.modules if m.startswith(('outlookd.', 'pluggy', 'structlog', 'aiohttp'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
