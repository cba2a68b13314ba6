# Works on a bare machine: Python 3.11 or newer with its venv module, and make. Everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
UV_COMPILE := uv pip compile --quiet --generate-hashes --no-emit-index-url --no-annotate --universal \
	--python-version 3.11 --custom-compile-command 'make lock'

# What each stamp stands for: the service and its build tools; the tools of the checks; the peers of the bench; the project itself.
SERVER := .venv/server.stamp
TOOLS := .venv/tools.stamp
PROJECT := .venv/project.stamp
PEERS := .venv/peers.stamp
STUBS := client/strongroom/v1/__init__.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run check lint test soak bench bench-peers format reference stubs lock clean

help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(PROJECT) $(STUBS) ## Start everything: environment, stubs, database, keys, gRPC on 50051, HTTP on 8080
	@exec $(BIN)/strongroom-server run

check: lint test ## Everything before a commit: format, lint, types, contract, deployment files and all tests

lint: $(PROJECT) $(STUBS) $(TOOLS) ## The checks that run no code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/yamllint --strict .
	$(BIN)/hadolint Dockerfile
	$(BIN)/python docs/build_reference.py --check
	$(BIN)/python docs/check_links.py

# The tests start Postgres beside live gRPC servers; gRPC's own handlers of fork would run in between, and may stop it.
test soak: export GRPC_ENABLE_FORK_SUPPORT := 0
test: $(PROJECT) $(STUBS) $(TOOLS) ## All tests; PYTEST='-k name -x' chooses
	$(BIN)/pytest $(PYTEST)

soak: $(PROJECT) $(STUBS) $(TOOLS) ## The tests that take minutes: thousands of made-up requests at every door
	$(BIN)/pytest -m soak $(PYTEST)

bench: $(PROJECT) $(STUBS) ## What each operation costs beside its floors; BENCH='--rounds=3' is quicker
	$(BIN)/python -m bench --json=bench/figures.json $(BENCH)

bench-peers: $(PROJECT) $(STUBS) $(PEERS) ## The same work done by OpenBao and by us, in turns
	$(BIN)/python -m bench.peers --json=bench/peers.json $(BENCH)

format: $(PROJECT) $(TOOLS) ## Format the code and the protos
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/buf format --write

reference: $(PROJECT) ## Write the generated pages of docs/reference/ from the protos and the settings
	$(BIN)/python docs/build_reference.py

stubs: $(PROJECT) ## Generate the message modules and stubs anew
	$(BIN)/python hatch_build.py

lock: ## Resolve the dependencies anew into the requirements files (needs uv)
	$(UV_COMPILE) --upgrade pyproject.toml --extra server --group dev --output-file requirements-dev.txt
	$(UV_COMPILE) --constraint requirements-dev.txt pyproject.toml --extra server --output-file requirements-server.txt
	$(UV_COMPILE) --constraint requirements-dev.txt --group build --output-file requirements-build.txt
	$(UV_COMPILE) --upgrade --group peers --output-file requirements-peers.txt

clean: ## Remove what was built; the data in .strongroom stays
	rm -rf .venv client/strongroom/v1 dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Without byte code: what is imported is compiled then, the rest never.
$(SERVER): requirements-server.txt requirements-build.txt
	@echo 'Making .venv'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) --no-compile --require-hashes -r requirements-server.txt -r requirements-build.txt
	@touch $@

$(TOOLS): requirements-dev.txt $(SERVER)
	@echo 'Adding the tools of the checks to .venv'
	@$(PIP) --no-compile --require-hashes -r requirements-dev.txt
	@touch $@

$(PEERS): requirements-peers.txt $(SERVER)
	@echo 'Adding OpenBao to .venv'
	@$(PIP) --no-compile --require-hashes -r requirements-peers.txt
	@touch $@

$(PROJECT): pyproject.toml hatch_build.py $(SERVER)
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# The installation generates them too, so that this runs only when a proto is newer than they are.
$(STUBS): $(wildcard protos/strongroom/v1/*.proto) | $(PROJECT)
	@$(BIN)/python hatch_build.py
