# Every command of the project; `make help` lists them. Needs make and Python 3.11 or newer, nothing else beforehand.
SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
# One more than there are cores for: workers also wait, for servers, databases and browsers that they start.
WORKERS := 3
# `postgresql`: the whole suite on PostgreSQL, with Redis beside it; `both`: on SQLite, and what speaks SQL on each.
DATABASE := both
PURE := idp/core/*,idp/policy/*,idp/factors/*,idp/risk/*,idp/login/steps.py

# The tests start the product a hundred times: it is compiled once, whatever the caller's environment says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test bench soak lint format lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/.run ## the provider on http://localhost:8000 and a bank that relies on it on http://localhost:8001
	@exec $(VENV)/bin/idp demo $(ARGS)

test: packages $(VENV)/.test ## everything continuous integration runs: format, lint, types, contracts, all tests
# The tests are compiled beside the linters, once: each worker would do it for itself.
	@$(PY) -m pytest --collect-only -qq >/dev/null 2>&1 & $(MAKE) --no-print-directory lint && wait
	@rm -f .coverage .coverage.*
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --database $(DATABASE) --cov --cov-report=term:skip-covered --cov-fail-under=95 $(ARGS)
	@$(PY) -m coverage report --include='$(PURE)' --fail-under=100 > $(VENV)/pure-coverage \
	|| { cat $(VENV)/pure-coverage; echo 'make: the pure floors are tested to the last branch, and these are not'; exit 1; }

bench: $(VENV)/.test ## how fast it is beside others, as a table and in var/bench.json; QUICK=1 takes some ten minutes
	@$(PY) -m tests.bench $(ARGS)

soak: $(VENV)/.test ## by hand: months of mixed load compressed, then processes killed at every exchange with the database
	@$(PY) -m tests.soak $(ARGS)
	@$(PY) -m pytest -q tests/faults/test_killed.py tests/faults/test_migrating.py --kills 20 --timeout 1800

lint: $(VENV)/.test ## format and style (ruff), types (mypy), import contracts (import-linter), changing nothing
	@$(PY) -m ruff format --check idp tests
	@$(PY) -m ruff check idp tests
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports

format: $(VENV)/.test ## put the source into the one format, and mend what can be mended mechanically
	@$(PY) -m ruff check --fix --quiet idp tests
	@$(PY) -m ruff format idp tests

lock: ## pin the newest releases that pyproject.toml allows, with hashes, in requirements.lock
	@.ci/lock

clean: ## remove what was made here, the demo's data in var/ excepted
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* dist

.PHONY: packages
packages:
	@.ci/packages

# A stamp for each set of packages: installed once, and again when the lock or the project's description changes.
# The lock lists what runs the product first; the line "# for the tests" ends that part. No package is in both.
# It is whole, so nothing is resolved: an older pip would look for a newer release of whatever is asked for with an extra.
$(VENV)/.made: requirements.lock pyproject.toml .ci/venv
	@.ci/venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made
	@echo 'Installing what the product needs into $(VENV)'
	@sed '/^# for the tests/,$$d' requirements.lock > $(VENV)/run.lock
	@$(PIP) install --require-hashes --no-deps --only-binary :all: -r $(VENV)/run.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# Most of it is never imported, so each module is compiled when it first is.
$(VENV)/.tools: $(VENV)/.made
	@echo 'Installing what the tests need into $(VENV)'
	@sed '1,/^# for the tests/d' requirements.lock > $(VENV)/tools.lock
	@$(PIP) install --require-hashes --no-deps --only-binary :all: --no-compile -r $(VENV)/tools.lock
	@touch $@

# Beside each other: each fetches, unpacks and compiles by turns.
$(VENV)/.test: requirements.lock pyproject.toml .ci/venv
	@$(MAKE) --no-print-directory -j 2 $(VENV)/.run $(VENV)/.tools
	@touch $@
