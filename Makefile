# Every target does its own set-up. Only Python 3.11 or newer (with pip) is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := $(VENV)/.tools

# A shell that wants no bytecode among its files would have every process of the tests compile us anew; it is ignored by git anyway.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check format bench soak clean

demo: $(READY)
	$(BIN)/outlookd demo

# Three at a time, for two cores: many tests wait for processes of their own.
test: $(TOOLS)
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

format: $(TOOLS)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Long proofs: what `test` shows, on many more histories and in larger worlds.
soak: $(TOOLS)
	HYPOTHESIS_PROFILE=soak $(BIN)/pytest --timeout 0 -m hypothesis tests/core tests/plugins tests/sandbox tests/unit
	HYPOTHESIS_PROFILE=soak $(BIN)/pytest --timeout 0 tests/sync tests/integration/test_*kills.py tests/integration/test_*scale.py tests/durability tests/mutation
	cd tests && PYTHONPATH=.:../plugins ../$(BIN)/python -m simulation --histories 50000 --keep-score

bench: $(TOOLS)
	$(BIN)/python bench/first_export.py
	$(BIN)/python bench/agenda.py
	$(BIN)/python bench/quiet.py
	$(BIN)/python bench/notifications.py
	$(BIN)/python bench/thousand.py

clean:
	rm -rf $(VENV) .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis

# What runs in production and what builds us, from hashes. The editable install adds the command and the plugins' entry points;
# without build isolation, or pip would fetch the build tools a second time, unhashed.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "outlookd needs Python 3.11 or newer; name one with PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# What tests and checks need on top. Both locks are made by
#   uv pip compile --universal --generate-hashes --no-header --python-version 3.11 --group build pyproject.toml -o requirements.lock
# and the same with `--group test --group lint -c requirements.lock` for requirements-dev.lock.
$(TOOLS): $(READY) requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@
