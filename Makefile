# Everything a newcomer types. Works on a bare Debian with Python 3.11, Node 20, make, and reach of pip, npm and apt.

PYTHON ?= python3
PORT ?= 8443
# Tests wait as much as they compute: one worker more than the cores that CI has.
WORKERS ?= 3
# Servers are killed and started again in these, one test at a time: they belong to `make faults`.
KILLING := test_nothing_lost.py test_instants.py
BIN := .venv/bin
CLIENT := client_web
STAMPS := .venv/.stamps

.DEFAULT_GOAL := help

help: ## what can be done here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMPS)/venv:
	$(PYTHON) -m venv .venv
	mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: $(STAMPS)/venv requirements.txt pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(STAMPS)/test: $(STAMPS)/run requirements-test.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.txt
	touch $@

$(STAMPS)/chromium: $(STAMPS)/venv
	command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; }
	touch $@

$(CLIENT)/node_modules/.stamp: $(CLIENT)/package-lock.json $(CLIENT)/.npmrc
	cd $(CLIENT) && npm ci --no-audit --no-fund --loglevel=error
	touch $@

SOURCES := $(shell find $(CLIENT)/src $(CLIENT)/public config/policies -type f 2>/dev/null) $(CLIENT)/index.html $(wildcard $(CLIENT)/*.mjs)

$(CLIENT)/dist/.stamp: $(CLIENT)/node_modules/.stamp $(SOURCES)
	cd $(CLIENT) && npm run --silent build -- --logLevel warn && npm run --silent build:node -- --logLevel warn
	touch $@

build: $(CLIENT)/dist/.stamp ## the web client and the Node programs, built

run: $(STAMPS)/run $(CLIENT)/dist/.stamp ## the demonstration: prints where to click
	$(BIN)/inscope demo --data data/demo --port $(PORT)

verify: $(STAMPS)/test $(CLIENT)/node_modules/.stamp sbom audit ## formatting, types, import rules, known weaknesses
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/pytest -q tests/architecture
	cd $(CLIENT) && npm run --silent check

audit: $(STAMPS)/test $(CLIENT)/node_modules/.stamp ## what is published against the packages that are used
	$(BIN)/python tests/dependencies/audit.py

# Of what runs at a hospital, from the locks, without network: CycloneDX, with the hash of every package.
sbom: $(STAMPS)/test $(CLIENT)/node_modules/.stamp ## the packages that InScope is made of, in build/sbom
	mkdir -p build/sbom
	PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements --output-reproducible --pyproject pyproject.toml -o build/sbom/server.cdx.json requirements.txt
	cd $(CLIENT) && npm sbom --sbom-format cyclonedx --package-lock-only --omit dev > ../build/sbom/client.cdx.json

test: verify $(STAMPS)/chromium $(CLIENT)/dist/.stamp ## everything: both databases, browser, real servers
	cd $(CLIENT) && npm test --silent
	$(BIN)/pytest -q -n $(WORKERS) --dist worksteal --ignore tests/architecture $(addprefix --ignore tests/faults/,$(KILLING))

races: $(STAMPS)/test $(CLIENT)/dist/.stamp ## 10,000 interleavings with the end of a consent, half on each database: an hour
	INSCOPE_INTERLEAVINGS=5000 $(BIN)/pytest -q tests/server/interleavings

# INSCOPE_FAULTS_KILLS=50 for fewer; to see a run again: INSCOPE_FAULTS_SEED, which it prints.
faults: export INSCOPE_FAULTS_KILLS ?= 1000
faults: $(STAMPS)/test $(CLIENT)/dist/.stamp ## 1,000 kills of servers, databases and queues under people at work: for a night
	$(BIN)/pytest -q -s tests/faults

bench: $(STAMPS)/test $(STAMPS)/chromium $(CLIENT)/dist/.stamp ## speed, as ratios to a floor measured in the same run
	$(BIN)/python tests/load/bench.py

# PICTURES: a folder of folders, each of different pictures of one kind; COUNT: how many of each are made anew in every way.
recognition: $(STAMPS)/test $(CLIENT)/dist/.stamp ## how well seen images are recognised, in PICTURES=folder [COUNT=n]
	$(BIN)/python tests/load/recognition.py $(PICTURES) $(COUNT)

clean: ## the demonstration's data
	rm -rf data

.PHONY: help build run verify audit sbom test races faults bench recognition clean
