# What can be done here. Python 3.11 or newer and make are all it needs; everything else goes into .venv.

PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
# -qq: errors are shown, notes about pip itself are not.
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
RECEIPT := docs/examples/receipt/receipt.toml

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench soak docs clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{ printf "make %-6s  %s\n", $$1, $$2 }'

demo: $(VENV)/demo.stamp ## Compose, show and send the example receipt into ./outbox
	@mkdir -p build
	$(BIN)/mimekit compose $(RECEIPT) -o build/receipt.eml
	$(BIN)/mimekit show build/receipt.eml
	$(BIN)/mimekit envelope $(RECEIPT)
	$(BIN)/mimekit send $(RECEIPT)

test: lint ## Everything CI runs: ruff, mypy, pytest
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: $(VENV)/dev.stamp ## ruff and mypy --strict over package, tests and benchmarks
	$(BIN)/ruff check
	$(BIN)/mypy

bench: $(VENV)/dev.stamp ## Measure against the standard library
	$(BIN)/python -m benchmarks

soak: $(VENV)/dev.stamp ## The properties with 5,000 examples each
	$(BIN)/python -m pytest -n 2 --dist loadgroup --hypothesis-profile=soak tests/properties

docs: $(VENV)/docs.stamp ## Build the documentation into docs/_build
	$(BIN)/python -m sphinx -q -W -n --keep-going docs docs/_build

clean: ## Remove everything that was made
	rm -rf $(VENV) build dist outbox docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/made.stamp:
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or newer was found; name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/demo.stamp: pyproject.toml $(VENV)/made.stamp
	$(PIP) -e '.[cli]'
	@touch $@

$(VENV)/dev.stamp: pyproject.toml $(VENV)/made.stamp
	$(PIP) -e '.[dev]'
	@touch $@

$(VENV)/docs.stamp: pyproject.toml $(VENV)/made.stamp
	$(PIP) -e '.[docs]'
	@touch $@
