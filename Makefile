# The only interface: nothing but Python 3.11 (with venv) and make is assumed.
#
#   make run     install, start the stores, migrate, build the demo town once, serve on 127.0.0.1:8000 (PORT=…)
#   make test    install, and run the tests on stores of their own
#   make prove   everything at full size
#   make check   style, types, the directions of imports, and the limits of the house
#   make bench   measure beside pgbench
#   make lock    pin the dependencies again after changing pyproject.toml
#   make clean   remove what was installed and every datum of development

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

export PORT

.DEFAULT_GOAL := help
.PHONY: help run test prove check bench lock clean

help:
	@sed -n 's/^#   //p' Makefile

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed (with venv); give its name with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# A stamp names what is installed, so that a second start installs nothing.
$(VENV)/runtime.stamp: requirements/build.txt requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "Installing …"
	@$(PIP) -r requirements/build.txt -r requirements/runtime.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/runtime.stamp
	@$(PIP) -r requirements/dev.txt
	@touch $@

run: $(VENV)/runtime.stamp
	@exec $(BIN)/qunzhifen serve --demo

test: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest -n $(JOBS) -q $(ARGS)

prove: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest -n $(JOBS) -q --full $(ARGS)

check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_tidy.py

bench: $(VENV)/dev.stamp
	@exec $(BIN)/python -m bench $(ARGS)

lock: $(VENV)/dev.stamp
	echo "setuptools>=80" | $(COMPILE) - --output-file requirements/build.txt
	$(COMPILE) pyproject.toml --output-file requirements/runtime.txt
	$(COMPILE) pyproject.toml --extra dev --constraint requirements/runtime.txt --output-file requirements/dev.txt
	@! grep -nE '://|^--' requirements/*.txt

clean:
	@if [ -L .data/postgres ]; then rm -rf -- "$$(readlink -f .data/postgres)"; fi
	rm -rf .venv .data build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
