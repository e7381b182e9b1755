# Every verb of the project. `make demo` and `make install` need only Python >= 3.11, make and git.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
RUN    := $(VENV)/.stamp-run
DEV    := $(VENV)/.stamp-dev
LOCK   := $(BIN)/uv pip compile --no-config --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
          --generate-hashes --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help demo install test lint types contracts lock bench clean

help:
	@echo "make demo       forecast the sample city and print where the map is"
	@echo "make install    the same environment with all that tests and checks need"
	@echo "make test | lint | types | contracts | bench | lock | clean"

demo: $(RUN)
	@$(BIN)/hotspot nightly data/sample/hotspot.toml

install: $(DEV)

test: $(DEV)
	@$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(DEV)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV)
	@$(BIN)/mypy

contracts: $(DEV)
	@$(BIN)/lint-imports

bench: $(DEV)
	@$(BIN)/python -m pytest benchmarks/speed --benchmark-enable --benchmark-quiet

# dev is compiled under the versions of run, so that both environments agree.
lock: $(DEV)
	@echo "Locking requirements/run.txt"
	@$(LOCK) pyproject.toml --group build --output-file requirements/run.txt
	@echo "Locking requirements/dev.txt"
	@$(LOCK) pyproject.toml --group build --group dev --constraints requirements/run.txt --output-file requirements/dev.txt

clean:
	rm -rf $(VENV) build dist .benchmarks .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is newer than the files it was built from; nothing is installed again while they are unchanged.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "hotspot needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)." >&2; \
	    echo "Name a newer one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }

# After `make install` this environment holds more than run.txt asks for, and stays so.
$(RUN): requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "Installing the libraries of requirements/run.txt into $(VENV) (a few minutes the first time)"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing the libraries of requirements/dev.txt into $(VENV) (a few minutes the first time)"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(RUN) $@
