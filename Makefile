# Works on a bare machine: Python 3.11 or newer with its venv module, and make. Everything else is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
UV_COMPILE := uv pip compile --quiet --generate-hashes --no-emit-index-url --no-annotate --universal \
	--python-version 3.11 --custom-compile-command 'make lock'

# Each stamp marks an installation: the server with its embedded Postgres and the build tools; the tools of the checks; the project
# itself.
SERVER := .venv/server.stamp
TOOLS := .venv/tools.stamp
PROJECT := .venv/project.stamp
# Tests with a real browser and a real proxy are skipped without them. Both come from the system's packages while pip works.
APT := DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=0 -o Acquire::http::Timeout=20
PROGRAMS := { { command -v chromium && PATH="$$PATH:/usr/sbin" command -v haproxy; } || { test "$$(id -u)" = 0 && \
	$(APT) update && $(APT) install --no-install-recommends chromium haproxy; }; } >/dev/null 2>&1 || \
	echo 'There is no chromium or no haproxy: their tests are skipped. To run them: apt-get install chromium haproxy'
# Debian's package of Prometheus is 96 MB installed and starts a server; the tests need one of its programs.
PROMTOOL := command -v promtool || test -x $(BIN)/promtool || { test "$$(id -u)" = 0 && cd .venv && \
	{ $(APT) download prometheus || { $(APT) update && $(APT) download prometheus; }; } && \
	{ dpkg-deb --fsys-tarfile prometheus_*.deb | tar --extract --strip-components=3 --directory=bin ./usr/bin/promtool; \
	rm prometheus_*.deb; test -x bin/promtool; }; } >/dev/null 2>&1 || \
	echo 'There is no promtool: its tests are skipped. To run them: apt-get install prometheus'
STUBS := client/strongroom/v1/__init__.py

# Otherwise each process would compile every module that it imports again: nothing else in .venv is compiled.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run tools check lint types rules test soak bench bench-peers format reference stubs lock clean

help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(PROJECT) $(STUBS) ## Start everything: environment, stubs, database, keys, gRPC on 50051, HTTP on 8080
	@exec $(BIN)/strongroom-server run

tools: $(TOOLS) ## Install the tools of the checks into .venv, grpcurl among them, and chromium, haproxy and promtool if root runs this

check: lint test ## Run before each commit: lint and all tests

# The types take as long as everything else together, so both are checked at the same time. The last of the rules is that every test
# module can be imported, which also compiles them: otherwise each worker of pytest does that at its start.
lint: $(PROJECT) $(STUBS) $(TOOLS) ## Check format, code, types, imports, protos and deployment files
	@$(MAKE) --no-print-directory --jobs=2 types rules

types: $(PROJECT) $(STUBS) $(TOOLS)
	$(BIN)/mypy

rules: $(PROJECT) $(STUBS) $(TOOLS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/kubernetes-validate --strict --quiet deploy/kubernetes/*.yaml
	$(BIN)/yamllint --strict .
	$(BIN)/hadolint Dockerfile
	$(BIN)/python docs/build_reference.py --check
	$(BIN)/python docs/check_links.py
	@echo '$(BIN)/pytest --collect-only'
	@said=$$($(BIN)/pytest --collect-only -qqq -n 0) || { echo "$$said"; exit 1; }

# The tests start Postgres while gRPC servers run in the same process; gRPC's fork handlers could stop its start.
test soak: export GRPC_ENABLE_FORK_SUPPORT := 0
test: $(PROJECT) $(STUBS) $(TOOLS) ## Run all tests; PYTEST='-k name -x' selects some
	$(BIN)/pytest $(PYTEST)

# Latencies are measured alone. pytest ends with 5 if it selects no test, which PYTEST may lead to in one of the two runs.
RATIOS := tests/floods/test_flood_ratios.py
soak: $(PROJECT) $(STUBS) $(TOOLS) ## Run the tests that take minutes: generated requests at every endpoint; refreshes with kills, freezes and lost responses; latencies beside floods
	$(BIN)/pytest -m soak --ignore=$(RATIOS) $(PYTEST); others=$$?; test $$others = 0 -o $$others = 5 || exit $$others; \
	$(BIN)/pytest -m soak $(PYTEST) -n 0 $(RATIOS) || test "$$? $$others" = '5 0'

bench: $(PROJECT) $(STUBS) ## Measure each operation against its lower bounds; BENCH='--rounds=3' is quicker
	$(BIN)/python -m bench --json=bench/figures.json $(BENCH)

bench-peers: $(PROJECT) $(STUBS) $(TOOLS) ## Measure the same work in OpenBao and in Strongroom, in turns
	$(BIN)/python -m bench.peers --json=bench/peers.json $(BENCH)

format: $(PROJECT) $(TOOLS) ## Format the code and the protos
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/buf format --write

reference: $(PROJECT) ## Write the generated pages of docs/reference/ from the protos, the settings and the providers
	$(BIN)/python docs/build_reference.py

stubs: $(PROJECT) ## Generate the message modules and stubs
	$(BIN)/python hatch_build.py

lock: ## Resolve the dependencies into the requirements files, with their newest versions (needs uv)
	$(UV_COMPILE) --upgrade pyproject.toml --extra server --extra aws --extra otel --extra embedded --group dev --output-file requirements-dev.txt
	$(UV_COMPILE) --constraint requirements-dev.txt pyproject.toml --extra server --extra aws --extra otel --output-file requirements-server.txt
	$(UV_COMPILE) --constraint requirements-dev.txt pyproject.toml --extra embedded --output-file requirements-embedded.txt
	$(UV_COMPILE) --constraint requirements-dev.txt --group build --output-file requirements-build.txt

clean: ## Remove everything that was built or installed, but not the data in .strongroom
	rm -rf .venv client/strongroom/v1 dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Modules are compiled when they are first imported: most never are.
$(SERVER): requirements-server.txt requirements-embedded.txt requirements-build.txt
	@echo 'Making .venv'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) --no-compile --require-hashes -r requirements-server.txt -r requirements-embedded.txt -r requirements-build.txt
	@touch $@

$(TOOLS): requirements-dev.txt $(SERVER)
	@echo 'Adding the tools of the checks to .venv'
	@{ $(PROGRAMS); $(PROMTOOL); } & $(PIP) --no-compile --require-hashes -r requirements-dev.txt; status=$$?; wait; exit $$status
	@touch $@

$(PROJECT): pyproject.toml hatch_build.py $(SERVER)
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# The installation generates the stubs too, so this runs only after a proto has changed.
$(STUBS): $(wildcard protos/strongroom/v1/*.proto) | $(PROJECT)
	@$(BIN)/python hatch_build.py
