# make run     the demo company on http://localhost:8080
# make test    every test this machine can run, but for the long ones (make test-long); says what was left out

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test test-long check bench clean

# The first Python from 3.11 on. Another one: make run PYTHON=/path/to/python3
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11 python; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$each"; break; }; done)
PORT ?= 8080
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# A Python that was removed or replaced leaves an environment that can't start: make it anew.
ifneq ($(wildcard .venv),)
ifneq ($(shell $(BIN)/python -m pip --version >/dev/null 2>&1 && echo works),works)
$(shell rm -f .venv/run.stamp .venv/dev.stamp)
endif
endif

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

run: .venv/run.stamp  ## set up, start the demo company, print the addresses to open (PORT=8080)
	@exec $(BIN)/python -m bot.cli demo --port $(PORT)

test: .venv/dev.stamp  ## set up and run the tests (ARGS="-k calendar" for some of them)
	@$(BIN)/python -m pytest -rs -n auto --maxprocesses 4 --dist loadgroup $(ARGS)

test-long: .venv/dev.stamp  ## the tests that start the program or a browser many times (an hour on two cores)
	@$(BIN)/python -m pytest -rs --long -n auto --maxprocesses 4 --dist loadgroup $(ARGS)

check: .venv/dev.stamp  ## format, lint, types, the map of the code, templates, FAQ, demo configuration
	@echo "format" && $(BIN)/ruff format --check --quiet .
	@echo "lint" && $(BIN)/ruff check --quiet .
	@echo "types" && $(BIN)/mypy --no-error-summary
	@echo "map" && $(BIN)/python -m pytest -q tests/unit/test_map.py tests/unit/test_house.py
	@echo "templates, FAQ, demo configuration" && $(BIN)/python -m bot.cli check --demo --offline

bench: .venv/dev.stamp  ## messages a second and latencies, as ratios to a bare endpoint (ARGS="--messages 6000")
	@$(BIN)/python -m benchmarks.pipeline $(ARGS)

clean:  ## remove what the commands above made, but no data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The locks name every package with its hash; a changed lock or pyproject.toml is installed at the next command.
.venv/run.stamp: requirements.lock pyproject.toml
	@$(call install,requirements.lock)
	@touch $@

.venv/dev.stamp: requirements-dev.lock pyproject.toml
	@$(call install,requirements-dev.lock)
	@touch $@ .venv/run.stamp

define install
	test -n "$(PYTHON)" || { \
		echo "Relais needs Python 3.11 or newer and found none. Install it, or name it: make PYTHON=/path/to/python3"; \
		exit 1; }; \
	$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
		echo "Making .venv with $$($(PYTHON) --version)"; \
		$(PYTHON) -m venv --clear .venv || { \
			rm -rf .venv; \
			echo "This Python can't make an environment. On Debian and Ubuntu: apt-get install python3-venv"; \
			exit 1; }; }; \
	echo "Installing the packages of $(1), once (a minute or two)"; \
	$(PIP) install --require-hashes -r $(1) && \
	$(PIP) install --no-deps --editable .
endef
