# Two commands do everything: `make run` and `make test`. `make` alone lists the targets.
PYTHON ?= python3
BIN    := .venv/bin
NEED   := import sys; sys.exit("Holdfast needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)" if sys.version_info < (3, 11) else 0)
# uv trusts only its own roots otherwise: "invalid peer certificate: UnknownIssuer" behind a company proxy
export UV_SYSTEM_CERTS ?= 1

.PHONY: help setup run demo-day test test-fast test-postgresql check fix docs lock clean chromium bench-cli bench-clinic bench-caseload bench-simulator \
        bench-forecast bench-policy bench-registry test-cluster check-policy-forecast sbc check-accuracy check-forecast calibrate calibrate-absorption calibrate-effects founding-studies qualification \
        registry-report fault-tests lighthouse
.DEFAULT_GOAL := help

help:
	@echo "make run        set up, migrate, load the example programme on first start, serve the clinic on http://127.0.0.1:8000"
	@echo "make test       the whole test suite, browser tests in Chromium included, and the clinic's on PostgreSQL"
	@echo "make test-postgresql  the tests that touch the database, on PostgreSQL; WHOLE=1 leaves none out"
	@echo "make demo-day   serve an invented treatment day that is under way, in a folder of its own; see the live board"
	@echo "make setup      install only; leaves the command at .venv/bin/holdfast"
	@echo "make check      lint, format, types, import rules, facts, generated pages; changes no file"
	@echo "make fix        let ruff mend what it can"
	@echo "make docs       write the generated reference pages anew; SCREENSHOTS=1 takes the screenshots too"
	@echo "make bench-cli  how long the command line takes to answer, and the clinic to start"
	@echo "make bench-caseload   server time of caseload and worklist with 5,000 patients; BENCH_DSN=... for an empty PostgreSQL database too"
	@echo "make bench-clinic  server time of saving an observation in a full clinic; HOLDFAST_DATABASE_URL=... for PostgreSQL too"
	@echo "make bench-simulator  the compiled solver beside other solvers; BENCH_PYTHON=... for one that has them (extra bench)"
	@echo "make bench-forecast  how long forecasts take, their effective sample and error, and NUTS beside them where it is installed"
	@echo "make check-forecast   the forecast beside an independent long chain, and NUTS where it is installed; minutes"
	@echo "make bench-policy  how long a policy search takes: 200 policies, 2,000 virtual patients, a year, two processes"
	@echo "make bench-registry  a million courses pooled and reported, and Kaplan-Meier beside lifelines where BENCH_PYTHON=... has it (extra bench)"
	@echo "make test-cluster  the registry's report by a Ray cluster of two workers on this machine; installs Ray"
	@echo "make check-policy-forecast  the forecast that policies act on beside the full posterior of one patient"
	@echo "make sbc        forecasts of simulated patients against their truth: ranks and coverage; a minute, or SBC_PATIENTS=..."
	@echo "make check-accuracy   the compiled solver against LSODA, 10,000 patients; minutes"
	@echo "make calibrate  calibrate the mood model to the published trials and write its posterior and reports (up to an hour; goes on where it stopped)"
	@echo "make calibrate-absorption  repeat the fit of absorption by mouth and write its report (two minutes)"
	@echo "make calibrate-effects  repeat the fit of acute effects and write its report (a minute)"
	@echo "make founding-studies    simulate the founding studies anew for their pages (half a minute)"
	@echo "make qualification  judge the mood model by studies it had not seen and write docs/qualification"
	@echo "make registry-report  pool the three simulated sites of docs/examples/registry and write docs/registry"
	@echo "make fault-tests  kill the server and cut its network 50 times during entry, fill its disk; writes docs/benchmarks/nothing-lost.md (ten minutes)"
	@echo "make lighthouse  the accessibility of every page by Lighthouse, into docs/benchmarks/lighthouse.md; needs npx (a quarter of an hour)"
	@echo "make lock       resolve the requirements anew (needs a full package index)"
	@echo "make clean      remove .venv and caches"

# uv goes into .venv by whatever this python3 has: venv with pip; venv alone and a pip outside it; else Debian's package, as root.
$(BIN)/uv:
	@$(PYTHON) -c '$(NEED)'
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 \
	  || { $(PYTHON) -m pip --version >/dev/null 2>&1 && $(PYTHON) -m venv --clear --without-pip .venv; } \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -q && apt-get install -qy --no-install-recommends python3-venv && $(PYTHON) -m venv --clear .venv; } \
	  || { rm -rf .venv; echo "This python3 has neither venv nor pip. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 && $(BIN)/python -m pip install -q --disable-pip-version-check uv \
	  || $(PYTHON) -m pip --python $(BIN)/python install -q --disable-pip-version-check uv

define sync
@echo "Installing Holdfast ($(1)) ..."
@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/$(1).txt \
  || $(BIN)/python -m pip install --quiet --no-compile --require-hashes -r requirements/$(1).txt
@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e . || $(BIN)/python -m pip install --quiet --no-deps -e .
@touch $@
endef
.venv/.run: requirements/run.txt pyproject.toml | $(BIN)/uv
	$(call sync,run)
.venv/.dev: requirements/dev.txt pyproject.toml | $(BIN)/uv
	$(call sync,dev)
	@touch .venv/.run
.venv/.ray: requirements/ray.txt pyproject.toml | $(BIN)/uv
	$(call sync,ray)
.venv/.bayes: requirements/bayes.txt pyproject.toml | $(BIN)/uv
	$(call sync,bayes)

setup: .venv/.run

run: .venv/.run
	@exec $(BIN)/holdfast serve

demo-day: .venv/.run
	@exec $(BIN)/holdfast demo-day

test: .venv/.dev chromium
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n 3 --dist loadfile
	@[ -n "$$HOLDFAST_DATABASE_URL" ] || $(MAKE) --no-print-directory test-postgresql

# On the server that HOLDFAST_DATABASE_URL names, or on one of Debian's packages, started for this run and stopped after it.
test-postgresql: .venv/.dev
	@[ -n "$$HOLDFAST_DATABASE_URL" ] || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || [ "$$(id -u)" != 0 ] \
	  || { apt-get update -q && apt-get install -qy --no-install-recommends postgresql; } || true
	@WHOLE=$(WHOLE) $(BIN)/python -m tests.on_postgresql

test-fast: .venv/.dev
	@$(BIN)/python -m pytest -n 2 --dist loadfile --ignore=tests/browser --ignore=tests/faults

check: .venv/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@$(BIN)/holdfast facts check
	@$(BIN)/python docs/generate.py --check

fix: .venv/.dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: .venv/.dev
	@$(BIN)/python docs/generate.py
	@if [ -n "$(SCREENSHOTS)" ]; then HOLDFAST_SCREENSHOTS=1 $(BIN)/python -m pytest -q tests/browser/test_screenshots.py; fi

calibrate: .venv/.dev .venv/.bayes
	@$(BIN)/python -m calibration.mood

calibrate-absorption: .venv/.dev
	@$(BIN)/python -m calibration.absorption

calibrate-effects: .venv/.dev
	@$(BIN)/python -m calibration.effects

founding-studies: .venv/.dev
	@$(BIN)/python -m calibration.founding_predictions

qualification: .venv/.dev
	@mkdir -p docs/qualification
	@$(BIN)/holdfast evidence report --output docs/qualification/report.html docs/qualification/report.pdf --summary holdfast/evidence/qualification/summary.json

registry-report: .venv/.dev
	@mkdir -p docs/registry
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	  $(BIN)/holdfast registry pool docs/examples/registry/north docs/examples/registry/south docs/examples/registry/west --output "$$folder/pool" && \
	  $(BIN)/holdfast registry report "$$folder/pool" --signed out.relapse --output "$$folder/report" && \
	  cp "$$folder/report/report.html" "$$folder/report/report.pdf" docs/registry/

BENCH_PYTHON ?= $(BIN)/python
bench-simulator: .venv/.dev
	@$(BENCH_PYTHON) -m benchmarks.simulator

check-accuracy: .venv/.dev
	@$(BENCH_PYTHON) -m benchmarks.simulator_accuracy

bench-forecast: .venv/.dev
	@$(BIN)/python -m benchmarks.forecast

bench-policy: .venv/.dev
	@$(BIN)/python -m benchmarks.policies

bench-registry: .venv/.dev
	@$(BENCH_PYTHON) -m benchmarks.registry

# The same report by a Ray cluster of two workers on this machine; brings Ray (200 MB) into .venv.
test-cluster: .venv/.dev .venv/.ray
	@$(BIN)/python -m pytest -q tests/unit/test_registry_over_parts.py

check-policy-forecast: .venv/.dev
	@$(BIN)/python -m benchmarks.policy_forecast

sbc: .venv/.dev
	@$(BIN)/python -m benchmarks.forecast_calibration $(or $(SBC_PATIENTS),300)

check-forecast: .venv/.dev
	@$(BIN)/python -m pytest -q -m long tests/generative

bench-clinic: .venv/.dev
	@$(BIN)/python -m benchmarks.clinic

lighthouse: .venv/.dev chromium
	@$(BIN)/python -m benchmarks.lighthouse

bench-cli: .venv/.dev
	@$(BIN)/python -m benchmarks.command_line_start

fault-tests: .venv/.dev
	@HOLDFAST_FAULT_ROUNDS=50 HOLDFAST_FAULT_FIGURES=1 $(BIN)/python -m pytest -q tests/faults

bench-caseload: .venv/.dev
	@$(BIN)/python -m benchmarks.caseload
	@[ -z "$(BENCH_DSN)" ] || $(BIN)/python -m benchmarks.caseload --dsn "$(BENCH_DSN)"

chromium:
	@for b in chromium chromium-browser google-chrome; do command -v $$b >/dev/null && exit 0; done; \
	  s=; [ "$$(id -u)" = 0 ] || s="sudo -n"; \
	  { $$s apt-get update -q && $$s apt-get install -qy --no-install-recommends chromium; } \
	  || { echo "Browser tests need Chromium on PATH" >&2; exit 1; }

lock: | $(BIN)/uv
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements/run.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links -c requirements/run.txt --extra dev pyproject.toml -o requirements/dev.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links -c requirements/run.txt --extra bayes pyproject.toml -o requirements/bayes.txt
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links -c requirements/run.txt --extra ray pyproject.toml -o requirements/ray.txt

clean:
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
