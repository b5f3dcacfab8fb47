# `make` alone lists the targets. Each makes its own virtual environment if there is none.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DRAWING := $(VENV)/.drawing
COMPILED := .compiled
INSTALL := $(shell command -v uv >/dev/null && echo uv pip install -q --python $(BIN)/python \
	|| echo $(BIN)/python -m pip install -q --disable-pip-version-check)
# A run starts hundreds of processes that read the same modules: they are compiled once.
TESTS := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help install demo test test-slow test-properties test-kafka test-deploy test-clocks test-compiled compiled chaos soak fuzz lint format bench weights lock audit sbom pages pictures clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

install: $(READY) ## make .venv with interdict and what its tests need, as locked

# What others made comes by its hash, at the versions that were tested; then interdict itself, with nothing more.
$(READY): pyproject.toml deploy/supply/build.lock deploy/supply/dev.lock
	@echo "making $(VENV) with $(PYTHON) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) --require-hashes -r deploy/supply/build.lock -r deploy/supply/dev.lock
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## play a city's half minute with planted scams, on the embedded broker
	@$(BIN)/interdict demo

test: $(READY) ## run the tests on the embedded broker, six at a time: many wait for it. HYPOTHESIS=thorough: more examples
	@$(TESTS) -m "not slow" -n 6 --dist loadfile --no-loadscope-reorder --hypothesis-profile=$(or $(HYPOTHESIS),quick)

test-slow: $(READY) ## the tests that take long by themselves: memory over long recordings, every crash after every time-out
	@$(TESTS) -m slow -n 2 --dist worksteal --hypothesis-profile=quick

test-properties: $(READY) ## the properties alone, each with as many examples as it asks for
	@$(TESTS) -n 2 --dist worksteal -m "hypothesis and not broker" --hypothesis-profile=thorough

test-kafka: $(READY) ## the tests that need a broker, on Apache Kafka (needs Java 17 and Maven)
	@$(TESTS) -m "broker and not embedded" --broker=kafka -n 3 --dist worksteal

test-deploy: $(DRAWING) ## the deployment tests that need tools: installs Prometheus, helm, kubeconform, hadolint ...
	@$(BIN)/python -m deploy.tools.install
	@$(BIN)/python -m pytest tests/deploy --deploy-tools

test-clocks: $(READY) ## the fast tests under other clocks: midnight and 08:00 in China, another zone, a leap day
	@$(BIN)/python -c 'import libfaketime' 2>/dev/null || $(BIN)/python -m ensurepip -q 2>/dev/null; $(BIN)/python -c 'import libfaketime' 2>/dev/null || $(BIN)/python -m pip install -q --disable-pip-version-check 'libfaketime>=3,<4'
	@$(BIN)/python -m tests.clocks

test-compiled: compiled ## the tests that need no broker, with what decides compiled as it is in the image
	@cd $(COMPILED) && PYTHONDONTWRITEBYTECODE= ../$(BIN)/python -m pytest tests -m "not broker and not data and not deploy_tools and not slow" -n 2 --dist worksteal --hypothesis-profile=quick

compiled: $(READY) ## a copy of this checkout in .compiled, with what decides compiled (needs a C compiler)
	@$(BIN)/python -m deploy.compiled $(COMPILED)

chaos: $(if $(filter compiled,$(CORE)),compiled,$(READY)) ## break workers and brokers, compare with the replay: make chaos SEEDS="1 2 3" BROKER=kafka POISON=no CORE=compiled
	@cd $(if $(filter compiled,$(CORE)),$(COMPILED),.) && $(CURDIR)/$(BIN)/python -m tests.chaos.harness --broker $(or $(BROKER),embedded) --seeds $(or $(SEEDS),1 2 3) --events $(or $(EVENTS),200000) $(if $(filter no,$(POISON)),--no-poison,--poison)

soak: $(READY) ## a steady load with a worker coming and going: does anything creep? make soak MINUTES=10 BROKER=kafka
	@$(BIN)/python -m tests.chaos.soak --minutes $(or $(MINUTES),10) --broker $(or $(BROKER),embedded)

fuzz: $(READY) ## fuzz the decoders, guided by coverage (installs atheris): make fuzz SECONDS=60
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m ensurepip -q 2>/dev/null; $(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install -q --disable-pip-version-check 'atheris>=3,<4'
	@$(BIN)/python -m tests.fuzz.decoders -max_total_time=$(or $(SECONDS),60) -max_len=4096

lint: $(READY) ## ruff, strict types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(READY) ## let ruff write the code's layout
	@$(BIN)/ruff check --fix-only -q .
	@$(BIN)/ruff format -q .

bench: compiled ## measure this machine, with what decides compiled as it is in the image
	@cd $(COMPILED) && ../$(BIN)/python -m interdict bench

pages: $(READY) ## what is made from tables: docs/metrics.md, the dashboards' JSON
	@$(BIN)/python -m interdict.run.metrics_page > docs/metrics.md
	@$(BIN)/python -m deploy.grafana.build

pictures: $(DRAWING) ## draw docs/images anew from a quarter of an hour of a city (needs Java, Maven, Debian's prometheus)
	@$(BIN)/python -m deploy.grafana.picture

$(DRAWING): $(READY)
	@$(INSTALL) --no-build-isolation -e '.[pictures]'
	@touch $@

weights: FOLDER = $(or $(DRAWS),.draws)
weights: $(READY) ## fit the rules' weights anew: the towns, the packaged policy, its card: make weights DRAWS=folder
	@$(INSTALL) --require-hashes -r deploy/supply/train.lock
	@mkdir -p $(FOLDER)
	@$(BIN)/python -m tests.second_city.draws $(FOLDER)
	@$(BIN)/python -m interdict.fit.packaged --draws $(FOLDER) --processes $(or $(PROCESSES),2) $$(for file in $(FOLDER)/second-*.ndjson; do echo --also $$file; done)

lock: $(READY) ## resolve every dependency anew, and lock it with hashes
	@$(BIN)/python -m deploy.supply lock

audit: $(READY) ## known vulnerabilities of what is locked; fails where it could not look
	@$(BIN)/python -m deploy.supply audit

sbom: $(READY) ## what the image runs, with licences, to dist/
	@$(BIN)/python -m deploy.supply sbom

clean: ## remove the virtual environment and caches
	@rm -rf $(VENV) .supply dist .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
