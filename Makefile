# Needs make, git and Python 3.11 or newer; everything else goes into .venv from the hashed lock.
# Another Python: make demo PYTHON=python3.12. More words for a command: make test ARGS="-k merge".

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	--no-header --no-annotate --no-emit-options \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host $(if $(UPGRADE),--upgrade)

# Prints the requirements of the named dependency groups, which pip-compile cannot read itself.
GROUPS_OF := $(BIN)/python -c 'import sys, tomllib; \
	groups = tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]; \
	print(*(line for name in sys.argv[1:] for line in groups[name]), sep="\n")'

KUBERNETES = $(filter-out %/kustomization.yaml,$(wildcard deploy/kubernetes/*.yaml deploy/kubernetes/*/*.yaml))

# Runs a command and shows what it prints only when it fails.
quietly = $(1) > $(VENV)/.output 2>&1 || { cat $(VENV)/.output; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help demo test fuzz soak kills day storms bench image-proof check check-format check-lint check-types \
	check-imports check-dependencies check-deploy check-audit format lock clean

help: ## show this list
	@awk -F ":.*## " '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/.runtime ## run the whole loop on two sandboxes, with no account anywhere
	@$(BIN)/revloop demo $(ARGS)

# Commands are started some thousand times: compiled modules are kept, whatever the machine prefers.
test: export PYTHONDONTWRITEBYTECODE :=
# In the order of the folders: by number of tests, the slow files with few would come last, alone.
test: $(VENV)/.dev $(VENV)/.node ## run all tests
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

fuzz: $(VENV)/.dev ## spoilt inputs of all kinds for ten minutes (ARGS="3600 7": an hour, from seed 7)
	@$(BIN)/python -m tests.e2e.fuzzing $(ARGS)

soak: $(VENV)/.dev ## a million random steps over all pairs, with hours to spend (ARGS="--steps 50000 --seed 7")
	@$(BIN)/python -m tests.property.soak $(ARGS)

kills: $(VENV)/.dev ## kill a run at every call, a long one at 300 moments, and stop one at 100: some hours
	@$(BIN)/python -m tests.e2e.kill_matrix --at unsent --at stored --at answered --at overtaken $(ARGS)
	@$(BIN)/python -m tests.e2e.kill_matrix --size 100 --moments 300
	@$(BIN)/python -m tests.e2e.terminations --moments 100

day: $(VENV)/.dev ## a day of `revloop run --every 5m` in a moved time, edits going on: some minutes
	@$(BIN)/python -m tests.e2e.day --starter $(ARGS)

storms: $(VENV)/.dev ## a thousand storms, in which three calls of ten fail: an hour or two
	@$(BIN)/python -m tests.e2e.fault_storm $(ARGS)

bench: $(VENV)/.dev ## measure speed and cost beside their floors, some minutes (ARGS="--full": an hour or two)
	@$(BIN)/python -m bench $(ARGS)

image-proof: $(VENV)/.dev ## take the image's steps without a container engine, as root, by debootstrap: some minutes
	@$(BIN)/python -m tests.e2e.image_proof $(ARGS)

check: check-format check-lint check-types check-imports check-dependencies check-deploy check-audit ## format, lint, types, import rules, dependencies and what is known against them, deploy/
	@echo "All checks passed"

check-format: $(VENV)/.dev
	@echo "Format"
	@$(BIN)/ruff format --check --quiet --output-format concise . || { echo "Run: make format"; exit 1; }

check-lint: $(VENV)/.dev
	@echo "Lint"
	@$(BIN)/ruff check --quiet --output-format concise .

check-types: $(VENV)/.dev
	@echo "Types"
	@$(BIN)/mypy --no-error-summary

check-imports: $(VENV)/.dev
	@echo "Import rules"
	@$(call quietly,$(BIN)/lint-imports --no-logo)

check-dependencies: $(VENV)/.dev
	@echo "Dependencies"
	@$(call quietly,$(BIN)/deptry .)

# The newest Kubernetes the checker knows, and the oldest. systemd-analyze ends well on a warning, too.
check-deploy: $(VENV)/.dev
	@echo "What is deployed"
	@$(BIN)/hadolint deploy/Dockerfile
	@for version in 1.31 1.37; do \
		$(call quietly,$(BIN)/kubernetes-validate --quiet --strict --kubernetes-version $$version $(KUBERNETES)); \
	done
	@if command -v systemd-analyze > /dev/null; then \
		mkdir -p $(VENV)/.units; \
		for unit in deploy/systemd/*.service deploy/systemd/*.timer; do \
			sed 's|/opt/revloop/bin/revloop|/bin/true|' $$unit > $(VENV)/.units/$$(basename $$unit); \
		done; \
		systemd-analyze verify --man=no $(VENV)/.units/* 2>&1 | grep revloop && exit 1; true; \
	else \
		echo "  no systemd-analyze here: the systemd units are not looked at"; \
	fi

# Asks for the pinned versions only. Where no service that knows of weaknesses answers, it says so.
check-audit: $(VENV)/.dev
	@echo "Known weaknesses of dependencies"
	@$(BIN)/pip-audit --disable-pip --require-hashes --progress-spinner off --timeout 5 \
		--requirement requirements.txt --requirement requirements-dev.txt > $(VENV)/.output 2>&1 || \
		{ if grep -q "known vulnerabilit" $(VENV)/.output; then cat $(VENV)/.output; exit 1; fi; \
		echo "  not looked at: no service that knows of weaknesses could be reached"; }
	@unknown=$$(grep -c "could not be audited" $(VENV)/.output); \
		[ "$$unknown" -eq 0 ] || echo "  $$unknown versions are unknown to the service that was asked: not looked at"

format: $(VENV)/.dev ## put the code in its form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only .

lock: $(VENV)/.dev ## make the hashed requirements again (UPGRADE=1: with the newest versions)
	@echo "Resolving and hashing (a minute or two) ..."
	@$(GROUPS_OF) build | $(COMPILE) --output-file requirements.txt pyproject.toml -
	@$(GROUPS_OF) build dev | $(COMPILE) --extra postgres --constraint requirements.txt \
		--output-file requirements-dev.txt pyproject.toml -
	@$(COMPILE) --extra postgres --constraint requirements.txt --output-file deploy/requirements.txt pyproject.toml
	@$(GROUPS_OF) build | $(COMPILE) --constraint requirements.txt --output-file deploy/requirements-build.txt -

clean: ## remove what make made: .venv, caches, the demo's folder
	@rm -rf $(VENV) demo dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		tests/e2e/node/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the virtual environment, made once; its stamps are as old as the lock they were made from ---

$(VENV)/.python:
	@command -v $(PYTHON) > /dev/null || \
		{ echo "No $(PYTHON) here. revloop needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$$($(PYTHON) --version 2>&1) is too old. revloop needs 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	@echo "Preparing a virtual environment (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.python requirements.txt pyproject.toml
	@echo "Installing what revloop needs (once for each change of requirements.txt) ..."
	@$(call quietly,$(PIP) install --require-hashes --requirement requirements.txt)
	@$(call quietly,$(PIP) install --no-deps --no-build-isolation --editable .)
	@touch $@

$(VENV)/.dev: $(VENV)/.python requirements-dev.txt pyproject.toml
	@echo "Installing what revloop and its tests need (once for each change of requirements-dev.txt) ..."
	@$(call quietly,$(PIP) install --require-hashes --requirement requirements-dev.txt)
	@$(call quietly,$(PIP) install --no-deps --no-build-isolation --editable .)
	@touch $@

# The clients for Node.js that the tests drive; without npm, or without a registry, those tests are skipped.
$(VENV)/.node: tests/e2e/node/package-lock.json | $(VENV)/.dev
	@if command -v npm > /dev/null; then \
		echo "Installing the Node.js clients of the tests (once for each change of their lock) ..."; \
		npm ci --prefix tests/e2e/node --ignore-scripts --no-audit --no-fund --silent || \
			{ echo "They could not be installed; their tests are skipped"; exit 0; }; \
		touch $@; \
	fi
