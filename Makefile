# Everything a newcomer types. Works on a bare Debian with Python 3.11, Node 20, make, and reach of pip, npm and apt.

PYTHON ?= python3
PORT ?= 8443
# Where `make install` puts a release: a folder of its own, so that what runs is not changed under it.
PREFIX ?= /srv/inscope-$(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
# Tests wait as much as they compute: one worker more than the cores that CI has.
WORKERS ?= 3
# Thousands of databases come and go in tests: in memory where there is enough of it, which spares a third of the time.
# Not where what a disk does is measured (bench), or where it is to be a disk that is written to for a night (faults).
MEMORY := $(shell test "$$(df --output=avail /dev/shm 2>/dev/null | tail -1)" -gt 6000000 2>/dev/null && echo /dev/shm || echo /tmp)
# Each of the many servers that tests start would compile the package again.
unexport PYTHONDONTWRITEBYTECODE
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
	{ command -v chromium && command -v chromium-headless-shell; } >/dev/null \
		|| { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium chromium-headless-shell; } \
		|| command -v chromium >/dev/null
	touch $@

$(CLIENT)/node_modules/.stamp: $(CLIENT)/package-lock.json $(CLIENT)/.npmrc
	cd $(CLIENT) && npm ci --no-audit --no-fund --loglevel=error
	touch $@

SOURCES := $(shell find $(CLIENT)/src $(CLIENT)/public config/policies -type f 2>/dev/null) $(CLIENT)/index.html $(wildcard $(CLIENT)/*.mjs)

$(CLIENT)/dist/.stamp: $(CLIENT)/node_modules/.stamp $(SOURCES)
	cd $(CLIENT) && npm run --silent build -- --logLevel warn && npm run --silent build:node -- --logLevel warn
	touch $@

build: $(CLIENT)/dist/.stamp ## the web client and the Node programs, built

# What runs, and nothing that builds or tests it. Every user of the machine may read it: no secret is among it. The Python, too,
# must be one that other users may run: PYTHON=/usr/bin/python3 where root has another.
INSTALLED := README.md LICENSE pyproject.toml requirements.txt requirements-traces.txt protocol/inscope_protocol server config $(CLIENT)/dist
install: $(CLIENT)/dist/.stamp ## the server, its locked packages and the client, into PREFIX=/srv/inscope-VERSION
	@test ! -e $(PREFIX) || { echo "$(PREFIX) is there already: a release that may run is not changed. Give another PREFIX."; exit 1; }
	umask 022 && mkdir -p $(PREFIX) && tar -c --mode a+rX --exclude __pycache__ --exclude .env $(INSTALLED) | tar -x --no-same-owner --no-same-permissions -C $(PREFIX)
	umask 022 && $(PYTHON) -m venv $(PREFIX)/.venv
	umask 022 && $(PREFIX)/.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $(PREFIX)/requirements.txt
	umask 022 && $(PREFIX)/.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e $(PREFIX)
	umask 022 && $(PREFIX)/.venv/bin/python -m compileall -q $(PREFIX)/protocol $(PREFIX)/server
	@echo "Installed. It becomes what units start by: ln -sfn $(PREFIX) /srv/inscope"

run: $(STAMPS)/run $(CLIENT)/dist/.stamp ## the demonstration: prints where to click
	$(BIN)/inscope demo --data data/demo --port $(PORT)

verify: style types imports screens sbom audit ## formatting, types, import rules, known weaknesses

style: $(STAMPS)/test
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .

types: $(STAMPS)/test
	$(BIN)/mypy

imports: $(STAMPS)/test
	$(BIN)/pytest -q tests/architecture

screens: $(CLIENT)/node_modules/.stamp
	cd $(CLIENT) && npm run --silent check

client-tests: $(CLIENT)/node_modules/.stamp
	cd $(CLIENT) && npm test --silent

audit: $(STAMPS)/test $(CLIENT)/node_modules/.stamp ## what is published against the packages that are used
	$(BIN)/python tests/dependencies/audit.py

# Of what runs at a hospital, traces included, from the locks, without network: CycloneDX, with the hash of every package.
sbom: $(STAMPS)/test $(CLIENT)/node_modules/.stamp ## the packages that InScope is made of, in build/sbom
	mkdir -p build/sbom
	PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements --output-reproducible --pyproject pyproject.toml -o build/sbom/server.cdx.json requirements-traces.txt
	cd $(CLIENT) && npm sbom --sbom-format cyclonedx --package-lock-only --omit dev > ../build/sbom/client.cdx.json

test races: export TMPDIR ?= $(MEMORY)
test: ## everything: both databases, browser, real servers
	$(MAKE) -j2 --output-sync=target verify client-tests $(STAMPS)/chromium $(CLIENT)/dist/.stamp
	$(BIN)/pytest -q -n $(WORKERS) --dist worksteal --ignore tests/architecture

races: $(STAMPS)/test $(CLIENT)/dist/.stamp ## 10,000 interleavings with the end of a consent, half on each database: an hour
	INSCOPE_INTERLEAVINGS=5000 $(BIN)/pytest -q tests/server/interleavings
	INSCOPE_RACE_ROUNDS=100 $(BIN)/pytest -q tests/server/images/test_races.py
	INSCOPE_PROCESS_ROUNDS=200 $(BIN)/pytest -q tests/processes/test_order.py tests/processes/test_gate.py

# INSCOPE_FAULTS_KILLS=50 for fewer; to see a run again: INSCOPE_FAULTS_SEED, which it prints.
faults: export INSCOPE_FAULTS_KILLS ?= 1000
faults: $(STAMPS)/test $(CLIENT)/dist/.stamp ## 1,000 kills of servers, databases and queues under people at work: for a night
	$(BIN)/pytest -q -s tests/faults

# INSCOPE_FUZZ_SEED and INSCOPE_FUZZ_ROUND, which it prints: to go on where a run ended, or to see a round again.
fuzz: export INSCOPE_FUZZ_INPUTS ?= 1000000
fuzz: $(STAMPS)/test ## a million foreign inputs to every reader in all: for a night
	ulimit -v 4000000 && $(BIN)/pytest -q -s tests/fuzz -k read_or_refused

# SCENARIOS=pairs,group for some; PEERS=prosody,ejabberd,synapse beside them (needs root for apt); SHARE=0.1 of the work.
bench: $(STAMPS)/test $(STAMPS)/chromium $(CLIENT)/dist/.stamp ## speed, as ratios to a floor measured in the same run [PEERS=all]
	$(BIN)/python tests/load/bench.py --scenarios "$(SCENARIOS)" --peers "$(PEERS)" --share $(or $(SHARE),1)

# PICTURES: a folder of folders, each of different pictures of one kind; COUNT: how many of each are made anew in every way.
recognition: $(STAMPS)/test $(CLIENT)/dist/.stamp ## how well seen images are recognised, in PICTURES=folder [COUNT=n]
	$(BIN)/python tests/load/recognition.py $(PICTURES) $(COUNT)

clean: ## the demonstration's data
	rm -rf data

.PHONY: help build install run verify style types imports screens client-tests audit sbom test races faults fuzz bench recognition clean
