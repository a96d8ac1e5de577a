"""What the page on plugins says about testing them is tried as a plugin author would: two files and pytest."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text()
PLUGIN, ITS_TEST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
CARELESS = PLUGIN.replace("STORED.get(value, value)", '"*" * int(value) if value in {"0", "3"} else value')


@pytest.fixture(scope="module", autouse=True)
def alphabet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where Hypothesis keeps its table of all characters, which takes it longer to make than all the rest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYPOTHESIS_STORAGE_DIRECTORY", str(tmp_path_factory.mktemp("alphabet")))
        yield


def run_pytest(folder: Path, plugin: str) -> subprocess.CompletedProcess[str]:
    (folder / "stars.py").write_text(plugin)
    (folder / "test_stars.py").write_text(ITS_TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_stars.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_the_example_passes_its_contract(tmp_path):
    done = run_pytest(tmp_path, PLUGIN)
    assert (done.returncode, re.findall(r"(\d+) passed", done.stdout)) == (0, ["4"])


def test_a_careless_transform_fails_it(tmp_path):
    """And the failure shows the values, though the claims live in a library."""
    done = run_pytest(tmp_path, CARELESS)
    assert done.returncode == 1
    assert "test_there_and_back_means_the_same" in done.stdout
    assert "assert '' == '0'" in done.stdout


@pytest.mark.parametrize(("name", "module"), re.findall(r"\| `(\w+Contract)` \| `([\w.]+)` \|", PAGE))
def test_every_contract_on_the_page_is_where_it_says(name, module):
    assert isinstance(getattr(importlib.import_module(module), name), type)


def test_the_twins_cost_no_test_library():
    code = "import sys, outlookd.testing; print({'pytest', 'hypothesis'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
