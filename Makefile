# The commands of a developer and of a newcomer; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
CORES := $(shell getconf _NPROCESSORS_ONLN)
# Twice the cores: a test waits for more than half of its time, for PostgreSQL, for the browser, for processes.
WORKERS ?= $(shell echo $$((2 * $(CORES))))
BENCH ?= $(patsubst benchmarks/bench_%.py,%,$(sort $(wildcard benchmarks/bench_*.py)))

.DEFAULT_GOAL := help
.PHONY: help run networks setup test nightly quick check format bench bench-quick migration lock bundle

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(VENV)/.ready-run ## set up and start web and worker with demonstration data at http://127.0.0.1:5000
	@$(BIN)/python -m osm.serve --demo

networks: $(VENV)/.ready-dev ## the same beside an emulated VK, MAX and Telegram in which one writes as a citizen
	@$(BIN)/python -m tests.emulators

setup: $(VENV)/.ready-dev ## make .venv with the pinned packages

test: $(VENV)/.ready-dev ## set up and run every test but the repetitions (PYTEST_ARGS="tests/web -k login" for some)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --durations=10 $(PYTEST_ARGS)

nightly: $(VENV)/.ready-dev ## every test on both databases, the repetitions, and the branches taken, by room
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --durations=10 --everything \
		--cov=osm --cov=moderation --cov-branch --cov-report=json:var/coverage.json $(PYTEST_ARGS)
	@$(BIN)/python -m tests.coverage_by_room var/coverage.json

quick: $(VENV)/.ready-dev ## in a minute: what needs no database, each test once, and of each file one test with SQLite; no browser, no kills
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(CORES) --dist worksteal --durations=10 --quick $(PYTEST_ARGS)

check: $(VENV)/.ready-dev ## ruff, mypy and the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.ready-dev ## lay out the code and sort the imports
	$(BIN)/ruff check --select I --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.ready-dev ## the benchmarks (BENCH="scale load" for some); fails in the end if one was over its bounds
	@failed=; took=; for name in $(BENCH); do \
		echo "== $$name"; begun=$$(date +%s); \
		$(BIN)/python "benchmarks/bench_$$name.py" || failed="$$failed $$name"; \
		took="$$took$$(( $$(date +%s) - begun )) s $$name\n"; done; \
		printf "== how long each took\n$$took"; \
		test -z "$$failed" || { echo "Over the bounds:$$failed"; exit 1; }

bench-quick: $(VENV)/.ready-dev ## what pages and an import cost, by statements and by ratios of one run, in about three minutes
	@$(BIN)/python benchmarks/quick.py

migration: $(VENV)/.ready-dev ## write a migration from the models (make migration M="what changes")
	@test -n "$(M)" || { echo 'Say what changes: make migration M="urgent reports"'; exit 2; }
	$(BIN)/flask --app app db migrate -m "$(M)"

bundle: $(BIN)/python ## one file in var/bundle that installs on Debian 12 and 13 without internet, and its checksum
	@PYTHON=$(BIN)/python deploy/bundle.sh

lock: $(VENV)/.ready-dev ## write requirements*.txt anew from requirements*.in, with the hashes of all files
	for list in requirements requirements-dev; do \
		$(BIN)/uv pip compile $$list.in -o $$list.txt --quiet --universal --python-version 3.11 --generate-hashes \
			--no-strip-extras --no-annotate --no-header --no-emit-index-url || exit 1; done

$(BIN)/python:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo 'No module venv in this Python. On Debian: apt-get install python3-venv make'; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed.'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready-run: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.ready-dev: requirements.txt requirements-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.ready-run
