# What can be done here. Python 3.11 or newer and make are all it needs; everything else goes into .venv.

PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
# -qq: errors are shown, notes about pip itself are not.
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
RECEIPT := docs/examples/receipt/receipt.toml
DOMAIN := xn--bcher-kva.test

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench bench-quick soak fuzz docs clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{ printf "make %-11s  %s\n", $$1, $$2 }'

demo: $(VENV)/demo.stamp ## Compose, sign, verify, show and send the example receipt into ./outbox
	@mkdir -p build
	@rm -f build/rsa.pem build/ed25519.pem
	$(BIN)/mimekit keygen --domain $(DOMAIN) --selector rsa --form zone -o build/rsa.pem >build/zone
	$(BIN)/mimekit keygen --domain $(DOMAIN) --selector ed25519 --algorithm ed25519-sha256 --form zone -o build/ed25519.pem >>build/zone
	$(BIN)/mimekit compose $(RECEIPT) -o build/receipt.eml
	$(BIN)/mimekit sign build/receipt.eml --domain $(DOMAIN) --selector rsa --key build/rsa.pem \
		--selector ed25519 --key build/ed25519.pem -o build/signed.eml
	$(BIN)/mimekit verify build/signed.eml --zone build/zone
	$(BIN)/mimekit show build/signed.eml
	$(BIN)/mimekit envelope $(RECEIPT)
	$(BIN)/mimekit send $(RECEIPT)

test: lint ## Everything CI runs: ruff, mypy, pytest
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: $(VENV)/dev.stamp ## ruff and mypy --strict over package, tests and benchmarks
	$(BIN)/ruff check
	$(BIN)/mypy

bench: $(VENV)/bench.stamp ## Measure against the peers, five minutes; writes results, tables and chart
	$(BIN)/python -m benchmarks

bench-quick: $(VENV)/bench.stamp ## The same, roughly, in less than a minute; only prints
	$(BIN)/python -m benchmarks --quick

soak: $(VENV)/dev.stamp ## The properties with 5,000 examples each
	$(BIN)/python -m pytest -n 2 --dist loadgroup --hypothesis-profile=soak tests/properties

fuzz: $(VENV)/fuzz.stamp ## Fuzz mimekit, about an hour on two cores; FUZZ_SECONDS=10 for each target, FUZZ=reading for one
	$(BIN)/python -m tests.fuzzing $(if $(FUZZ_SECONDS),--seconds $(FUZZ_SECONDS)) $(if $(FUZZ),--no-draw $(FUZZ))

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
	$(PIP) -e '.[cli,dns]'
	@touch $@

$(VENV)/dev.stamp: pyproject.toml $(VENV)/made.stamp
	$(PIP) -e '.[dev]'
	@touch $@

$(VENV)/bench.stamp: pyproject.toml $(VENV)/made.stamp
	$(PIP) -e '.[bench]'
	@touch $@

$(VENV)/fuzz.stamp: pyproject.toml $(VENV)/made.stamp
	$(PIP) -e '.[fuzz]'
	@touch $@

$(VENV)/docs.stamp: pyproject.toml $(VENV)/made.stamp
	$(PIP) -e '.[docs]'
	@touch $@
