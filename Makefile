# The two commands that a fresh machine needs:
#   make demo   install what longgame needs, solve the flagship scenario, write its report
#   make test   install the tools as well, then lint, check types and run the tests
# Both keep .venv, and install again only when pyproject.toml or constraints.txt changed.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
OUT := out/ukraine-2025
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
WORKERS ?= 2

.PHONY: demo test lint types clean check-gambit bench record front docs

demo: $(VENV)/.installed
	$(BIN)/longgame run ukraine-2025 --draws 64 --out $(OUT)
	@echo "The report: $(CURDIR)/$(OUT)/report.html"

# Where a worker dies no other is begun in its place: with --dist loadfile pytest-xdist would then wait for ever. So the
# others end the files that they have, and the run fails with the name of the test that the worker died in.
test: lint types
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile \
	  --max-worker-restart=0

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .

types: $(VENV)/.installed-dev
	$(BIN)/basedpyright --pythonpath $(BIN)/python

# Gambit as the judge: installs pygambit, makes the reference numbers of tests/gambit again, and runs the tests that
# compare with them.
GAMBIT := out/gambit
check-gambit: $(VENV)/.installed-dev $(GAMBIT)/.installed
	$(GAMBIT)/bin/python tests/gambit/reference.py tests/gambit/games tests/gambit/reference.json
	$(BIN)/python -m pytest --quiet tests/gambit

$(GAMBIT)/.installed: | $(BIN)/python
	$(BIN)/python -m venv $(GAMBIT)
	$(GAMBIT)/bin/python -m pip --disable-pip-version-check install --quiet --only-binary :all: 'pygambit==17.0.0b2'
	@touch $@

# The record: scores every shipped case that says what became of its forecasts.
record: $(VENV)/.installed
	$(BIN)/longgame score --out docs/record.md

# Speed: writes benchmarks/RESULTS.md in less than ten minutes; with Gambit where `make check-gambit` has installed it,
# and with R where it has the package games.
bench: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/run.py --gambit $(GAMBIT)/bin/python \
	  $$(Rscript -e 'library(games)' >/dev/null 2>&1 && echo --rscript Rscript || true)

# The scripts of every report (its figures, and what makes it live: front/report) and the studio (front/studio), from the
# packages that front/package.json names; they are kept in the package, so that only who changes them needs node and npm.
front:
	cd front && npm install --no-package-lock --no-audit --no-fund --silent && npm run --silent build

# The documents as a site that needs no network: out/docs/index.html.
docs: $(VENV)/.installed-dev
	$(BIN)/python -m mkdocs build --quiet
	@echo "The documents: $(CURDIR)/out/docs/index.html"

clean:
	rm -rf $(VENV) out build dist

$(BIN)/python:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	    if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then \
	        echo "Making $(VENV) with $$($$python --version)."; exec $$python -m venv $(VENV); \
	    fi; \
	done; echo "longgame needs Python 3.11, 3.12 or 3.13; give one with make PYTHON=/path/to/python." >&2; exit 1

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[dev]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-bench: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[dev,bench]'
	@touch $(VENV)/.installed $(VENV)/.installed-dev $@
