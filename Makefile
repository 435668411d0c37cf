# `make` alone prints this menu. Everything begins with `make setup`, which makes .venv from the locked requirements.
PY := .venv/bin/python
BIN := .venv/bin
SOURCES := sre_agent mcp_servers backend infrastructure tests bench docs

.DEFAULT_GOAL := help
.PHONY: help setup demo doctor dashboard dashboard-check test test-thorough test-api test-integration test-e2e test-cluster test-conformance bench evals format lint types imports security quality pages audit docs picture lock clean

help: ## this menu
	@printf '\nSRE Agent\n\n'
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\nFirst time here?  make demo\n\n'

setup: ## make .venv from the locked, hashed requirements
	@sh infrastructure/setup/venv.sh

demo: setup ## the whole loop on a small shop: break it, watch, approve, see it recover (ARGS=--yes: unattended)
	@$(BIN)/sre-agent demo $(ARGS)

doctor: setup ## what is missing on this machine, and the command that mends it
	@$(BIN)/sre-agent doctor

dashboard: ## build the dashboard: lint, strict types, static files that the agent serves (needs Node 20)
	@sh infrastructure/setup/dashboard.sh build

# Some machines forbid Python to keep what it compiled; the tests would then compile themselves anew every time.
test test-thorough test-api: export PYTHONDONTWRITEBYTECODE =

test: setup ## the test suite: no server, key or Docker needed (the dashboard's part only where Node 20 is)
	@$(BIN)/pytest -n 2 --dist loadfile tests/unit tests/components $(ARGS)
	@sh infrastructure/setup/dashboard.sh test

test-thorough: setup ## the unit tests and the diagnosis with every interruption point and many more examples (CI runs it too)
	@SRE_AGENT_TEST_THOROUGH=1 $(BIN)/pytest -n 2 --dist loadfile tests/unit tests/components/diagnosis $(ARGS)

test-api: setup ## every operation of the API as each role against its own description, with many more examples (Schemathesis)
	@SRE_AGENT_TEST_THOROUGH=1 $(BIN)/pytest -n 2 tests/components/api/test_the_api_as_described.py $(ARGS)

test-integration: setup ## every lab fault end to end, with real Prometheus and Alertmanager
	@$(BIN)/pytest -p no:xdist -m integration tests/integration $(ARGS)

test-e2e: setup ## the dashboard in a real browser, against the real API and lab (gets Chromium itself; needs Node 20)
	@sh infrastructure/setup/dashboard.sh fresh
	@CHROMIUM="$$(sh infrastructure/setup/chromium.sh)" $(BIN)/pytest -p no:xdist -rs -m e2e tests/e2e $(ARGS)

test-cluster: setup ## the Kubernetes contract suite against CLUSTER_KUBECONFIG, or a control plane that it builds (needs Go 1.26)
	@if [ -n "$$CLUSTER_KUBECONFIG" ]; then $(BIN)/pytest -p no:xdist -rs -m cluster tests/components/lab_kube $(ARGS); \
	else $(PY) -m infrastructure.cluster -- $(BIN)/pytest -p no:xdist -rs -m cluster tests/components/lab_kube $(ARGS); fi

test-conformance: setup ## every tool server against the official MCP conformance suite (fetched once, pinned)
	@sh infrastructure/setup/conformance.sh
	@$(BIN)/pytest -p no:xdist -rs -m conformance tests/conformance $(ARGS)

bench: setup ## measure: first hypothesis, webhook answers, tool calls, memory (numbers go to bench/results/)
	@$(PY) -m bench $(ARGS)

evals: setup ## measure the diagnosis: development set, renamed, sources dropped, lab faults (pages go to docs/evals/)
	@$(BIN)/sre-agent evals --bench ../shared/bench $(ARGS)

format: setup ## format the code (Black)
	@$(BIN)/black -q $(SOURCES)
	@$(BIN)/ruff check -q --fix --select I $(SOURCES)

lint: setup ## Ruff, and Black's opinion
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/black -q --check $(SOURCES) || { echo "not formatted; run: make format"; exit 1; }

types: setup ## mypy --strict
	@$(BIN)/mypy

imports: setup ## the walls between the rooms
	@$(BIN)/lint-imports --no-cache

security: setup ## static security checks
	@$(BIN)/bandit -q -c pyproject.toml -r sre_agent mcp_servers backend infrastructure

quality: lint types imports security pages dashboard-check ## lint, types, walls, static security, no generated page stale, and the dashboard's types

dashboard-check: ## the dashboard's strict types against the API as it is now, and its lint (skipped without Node 20)
	@sh infrastructure/setup/dashboard.sh check

audit: setup ## look up known vulnerabilities of the locked requirements (needs the network, and says so)
	@$(BIN)/pip-audit --require-hashes --disable-pip -r requirements/dev.txt || { \
	  echo "AUDIT NOT PASSED: either an advisory stands above, or the advisory service could not be reached." >&2; exit 1; }

pages: setup ## is every generated page as the code says?
	@$(PY) -m docs.generate --check || { echo "run: make docs"; exit 1; }

docs: setup ## write the generated reference pages anew
	@$(PY) -m docs.generate

picture: setup ## run the demo and draw its terminal anew for the README
	@$(PY) -m docs.generate.picture

LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock"
IMAGES := mcp-k8s mcp-prometheus mcp-loki mcp-github mcp-notion lab build conformance

lock: setup ## lock the requirements anew: hashes, no addresses
	@$(LOCK) pyproject.toml --group dev -o requirements/dev.txt
	@$(LOCK) pyproject.toml --constraint requirements/dev.txt -o requirements/agent.txt
	@for group in $(IMAGES); do \
	  $(LOCK) --group $$group --constraint requirements/dev.txt -o requirements/$$group.txt || exit 1; done

clean: ## remove .venv and everything that was made by running
	@rm -rf .venv var .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@rm -rf dashboard/node_modules dashboard/.next dashboard/out
