# The only front door. Every target sets up what it needs; a fresh machine has Python 3.11+, make and, for what talks to the npm
# packages, Node 20+.

PYTHON ?= python3
BIN := .venv/bin
BACKEND ?= local
N ?= 50000
ROUNDS ?= 5
# Tests wait for servers half of their time: two processes for each processor. Each takes a while to start.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(2 * (os.cpu_count() or 1), 8))')

# Tools that would otherwise call home.
export REDOCLY_TELEMETRY := off
export REDOCLY_SUPPRESS_UPDATE_NOTICE := true
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
# Where it is set, each of a thousand processes compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE

# What `make check` does, cheap parts first but for the types, which take longest: two at a time.
CHECKS := check-style check-mypy check-spec check-generated check-complete check-pyright docs

.PHONY: help setup demo demo-agent test test-quick test-all test-frameworks parity reliability bench mutants check check-types $(CHECKS) generate format lock build publish released clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(BIN)/ready .venv/docs/ready .venv/applications/ready .venv/wheels/ready $(patsubst %,%/node_modules/ready,openapi docs tests/express tests/parity)  ## Install all that `make check` and `make test` need; with -j4 at once

demo: $(BIN)/ready  ## Walk through the documentation page's examples; BACKEND=express does it on the real npm backend
	@$(if $(filter express,$(BACKEND)),$(MAKE) --silent --no-print-directory tests/express/node_modules/ready)
	@$(BIN)/python -m examples.demo --backend $(BACKEND)

demo-agent: $(BIN)/ready tests/express/node_modules/ready  ## Talk to a voice agent on the real npm backend, in a conversation that ends by itself
	@$(BIN)/python -m examples.voice_agent --demo --backend express

test: $(BIN)/ready $(if $(shell command -v npm),tests/express/node_modules/ready tests/parity/node_modules/ready openapi/node_modules/ready) .venv/applications/ready .venv/wheels/ready  ## Run all tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not calm"
	$(BIN)/python -m pytest -m calm $$(grep -rl 'mark\.calm' tests --include='*.py')

test-quick: $(BIN)/ready  ## Run those of tests/unit, tests/wire and tests/testing that are quick, with the default client only (40 s)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not calm and not slow and not other_client" tests/unit tests/wire tests/testing

test-all: $(BIN)/ready openapi/node_modules/ready tests/express/node_modules/ready tests/parity/node_modules/ready .venv/applications/ready .venv/wheels/ready test-frameworks  ## Run them on every supported Python that is here, and with the lowest dependencies (40 minutes)
	$(BIN)/python -m tests.matrix

# What the frameworks deprecate among themselves is theirs, and no error.
test-frameworks: .venv/livekit/ready .venv/pipecat/ready tests/express/node_modules/ready  ## Test the tools in the real LiveKit Agents and Pipecat, each in an environment of its own (1 GB)
	.venv/livekit/bin/python -m pytest -q -W default::DeprecationWarning tests/frameworks/test_livekit.py
	.venv/pipecat/bin/python -m pytest -q -W default::DeprecationWarning tests/frameworks/test_pipecat.py

parity: $(BIN)/ready tests/parity/node_modules/ready  ## Compare N generated answers with the published TypeScript client
	$(BIN)/python -m tests.parity.run $(N)

reliability: $(BIN)/ready tests/express/node_modules/ready  ## Measure what docs/reliability.md tells, and write it there (25 minutes)
	$(BIN)/python -m tests.faults.report

bench: $(BIN)/bench-ready tests/express/node_modules/ready tests/parity/node_modules/ready  ## Measure beside other clients, and write docs/benchmarks.md (10 minutes)
	$(BIN)/python -m benchmarks.run $(ROUNDS)

mutants: $(BIN)/mutants-ready  ## Change the code in about 3,400 ways that tests must notice, and tell which they do not (25 minutes)
	@$(BIN)/python tests/mutants/run.py

check: $(BIN)/ready openapi/node_modules/ready .venv/docs/ready docs/node_modules/ready  ## Lint, types, spec, that navai_sdk/ and the wrapper are what it wants, docs
	@rm -rf .venv/checks && mkdir .venv/checks
	@$(MAKE) --no-print-directory -k -j2 $(CHECKS:%=.venv/checks/%) || true
	@failed=; for part in $(CHECKS); do [ -e .venv/checks/$$part ] || failed="$$failed $$part"; done; \
	  if [ -n "$$failed" ]; then echo "make check: failed:$$failed" >&2; exit 1; fi; echo "make check: all well."

# One part; what it says is shown only if it fails, and in one piece.
.venv/checks/%:
	@if $(MAKE) --no-print-directory $* > $@.log 2>&1; then echo "ok      $*"; touch $@; else echo "FAILED  $*"; cat $@.log; exit 1; fi

check-style: $(BIN)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-types: check-mypy check-pyright

check-mypy: $(BIN)/ready
	$(BIN)/mypy

check-pyright: $(BIN)/ready
	$(BIN)/pyright
	@# Verified as users get it: from the built wheel.
	rm -rf .venv/wheel
	$(BIN)/python -m hatchling build --target wheel --directory .venv/wheel
	$(BIN)/pip install -qq --no-deps --no-index --target .venv/wheel/installed .venv/wheel/*.whl
	cd .venv/wheel && PYTHONPATH=installed ../bin/pyright --pythonpath ../bin/python --ignoreexternal --verifytypes navai

check-spec: $(BIN)/ready openapi/node_modules/ready
	@# Redocly first: of a reference that leads nowhere it says the line, and the other one repeats the whole document.
	openapi/node_modules/.bin/redocly lint --config openapi/redocly.yaml openapi/navai-backend.yaml
	$(BIN)/openapi-spec-validator openapi/navai-backend.yaml
	$(BIN)/python openapi/changes.py

check-generated: $(BIN)/ready
	$(BIN)/python openapi/generate.py --check
	$(BIN)/python openapi/sync_clients.py --check

check-complete: $(BIN)/ready
	@$(BIN)/python -m pytest -q --no-header --tb=line tests/spec/test_complete.py

generate: $(BIN)/ready  ## Make navai_sdk/ of openapi/navai-backend.yaml, and the sync client of the async one
	$(BIN)/python openapi/generate.py
	$(BIN)/python openapi/sync_clients.py

format: $(BIN)/ready  ## Format the hand-written code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
  --custom-compile-command "make lock"

lock: $(BIN)/ready  ## Pin the newest allowed development dependencies in requirements-*.txt
	$(BIN)/uv pip compile $(LOCK) --group dev --all-extras -o requirements-dev.txt pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --all-extras --constraints requirements-dev.txt -o requirements-runtime.txt pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --group bench --constraints requirements-dev.txt -o requirements-bench.txt pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --group mutants --constraints requirements-dev.txt -o requirements-mutants.txt pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --group livekit --extra testing -o requirements-frameworks-livekit.txt pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --group pipecat --extra testing -o requirements-frameworks-pipecat.txt pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --group applications -o requirements-frameworks-applications.txt pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --group docs --extra testing --extra agents -o requirements-docs.txt pyproject.toml

docs: .venv/docs/ready docs/node_modules/ready  ## Make the documentation site, site/index.html; a broken link or a missing docstring fails
	@.venv/docs/bin/python -m sphinx -b html -W --keep-going -n -q -d .venv/docs/doctrees docs site
	@echo "site/index.html"

build: $(BIN)/ready  ## Build wheel, sdist and SBOM into dist/, twice and byte for byte the same, and look into them
	@$(BIN)/python -m release.build

publish: $(BIN)/ready  ## Build and upload to the index of TWINE_REPOSITORY_URL, as TWINE_USERNAME and TWINE_PASSWORD; or ARGS='--repository-url URL --username NAME'
	@$(BIN)/python -m release.publish $(ARGS)

released: $(BIN)/ready  ## After publishing: keep the contract of this release, to compare the next one with
	@$(BIN)/python openapi/changes.py --record

clean:  ## Remove everything that make has made, but navai_sdk/
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache dist site openapi/node_modules docs/node_modules tests/*/node_modules

# --- what is set up -----------------------------------------------------------------------------------------------------------

# --no-build-isolation: the build backend is pinned in requirements-dev.txt, like all else.
$(BIN)/ready: requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("navai-sdk needs Python 3.11 or newer; try make PYTHON=python3.12")'
	@echo "Setting up .venv ..." >&2
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/pip install -qq --require-hashes -r requirements-dev.txt
	@$(BIN)/pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/bench-ready: requirements-bench.txt $(BIN)/ready
	@$(BIN)/pip install -qq --require-hashes -r requirements-bench.txt
	@touch $@

$(BIN)/mutants-ready: requirements-mutants.txt $(BIN)/ready
	@$(BIN)/pip install -qq --require-hashes -r requirements-mutants.txt
	@touch $@

.venv/docs/ready: requirements-docs.txt pyproject.toml $(BIN)/ready
	@$(PYTHON) -m venv --clear .venv/docs
	@.venv/docs/bin/pip install -qq --require-hashes -r requirements-docs.txt
	@printf "%s\n" "$(CURDIR)/wrapper" "$(CURDIR)" > .venv/docs/lib/$$(ls .venv/docs/lib)/site-packages/navai-sdk.pth
	@touch $@

.venv/livekit/ready .venv/pipecat/ready .venv/applications/ready: .venv/%/ready: requirements-frameworks-%.txt $(BIN)/ready
	@echo "Setting up .venv/$* ..." >&2
	@$(PYTHON) -m venv --clear .venv/$*
	@.venv/$*/bin/pip install -qq --require-hashes -r $<
	@printf "%s\n" "$(CURDIR)/wrapper" "$(CURDIR)" > .venv/$*/lib/$$(ls .venv/$*/lib)/site-packages/navai-sdk.pth
	@touch $@

# What the package needs, for the tests' own package index.
.venv/wheels/ready: requirements-runtime.txt $(BIN)/ready
	@$(BIN)/pip download -qq --require-hashes --dest .venv/wheels -r requirements-runtime.txt
	@touch $@

%/node_modules/ready: %/package.json %/package-lock.json
	@command -v npm > /dev/null || { echo "This needs Node 20 or newer with npm." >&2; exit 1; }
	@echo "Setting up $*/node_modules ..." >&2
	@npm ci --prefix $* --ignore-scripts --no-audit --no-fund --loglevel=error > /dev/null
	@touch $@
