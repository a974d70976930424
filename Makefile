# Chengyun: everything is judged by `make run` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
WEB    := web/node_modules/.installed
OUT    ?= out/replay
DATA   ?= $(or $(CHENGYUN_DATA),../shared/data)
BOSTON := $(DATA)/boston-311

.PHONY: setup run replay test check bench docs bundle web clean

setup: $(STAMP) $(WEB)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# Node is wanted only to change and to check the screen; what is committed runs without it.
$(WEB): web/package-lock.json
	@if ! command -v npm >/dev/null; then \
	  echo "npm is not installed: the screen that is committed is used as it is, unchecked"; \
	elif cd web && npm ci --no-progress --fetch-retries=1; then touch node_modules/.installed; \
	else echo "npm ci failed: the screen that is committed is used as it is, unchecked"; fi

# The simulated city lives, and is shown at http://127.0.0.1:8311/ until Ctrl-C.
run: $(STAMP)
	@$(BIN)/chengyun demo

# A city runs through the whole loop. Recorded requests if they are there, seeded ones otherwise.
replay: $(STAMP)
	@rm -rf $(OUT) && mkdir -p $(OUT)
	@if [ -d "$(BOSTON)" ]; then \
	  $(BIN)/chengyun replay cities/boston-311 --out $(OUT) \
	    $$(for f in $(BOSTON)/requests-*.csv.gz; do printf -- '--requests %s ' $$f; done) \
	    --rain $(BOSTON)/rainfall_daily.csv; \
	else \
	  echo "no recorded data in $(DATA): a seeded month instead"; \
	  $(BIN)/chengyun sample cities/boston-311 --out $(OUT)/requests.csv --days 30 && \
	  $(BIN)/chengyun replay cities/boston-311 --out $(OUT) --requests $(OUT)/requests.csv; \
	fi
	@$(BIN)/chengyun audit verify $(OUT)

check: setup
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python deploy/dependencies.py $(if $(ADVISORIES),--advisories $(ADVISORIES))
	$(BIN)/chengyun check cities/boston-311
	$(BIN)/chengyun check cities/linjiang
	$(BIN)/chengyun check cities/melbourne-counters
	$(BIN)/chengyun check cities/shanghai-weather
	@if [ ! -e $(WEB) ]; then echo "skipped: types and tests of the screen; web/node_modules is not there"; \
	elif ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; then \
	  echo "skipped: types and tests of the screen; they want Node 20, here is $$(node --version)"; \
	else cd web && npm run check && npm test; fi

test: check
	$(BIN)/python -m pytest -n 2 --dist loadfile

bench: $(STAMP)
	$(BIN)/python -m benchmarks.replay --data $(DATA)
	$(BIN)/python -m benchmarks.bursts --data $(DATA)
	$(BIN)/python -m benchmarks.triage --data $(DATA)
	$(BIN)/python -m benchmarks.kill --data $(DATA)
	$(BIN)/python -m benchmarks.loop
	$(BIN)/python -m benchmarks.same_city
	$(BIN)/python -m benchmarks.screens
	for format in json columns arrow; do $(BIN)/python -m benchmarks.sense --format $$format; done
	$(BIN)/python -m benchmarks.ticks
	$(BIN)/python -m benchmarks.sense_kill
	$(BIN)/python -m benchmarks.history
	$(BIN)/python -m benchmarks.notices
	$(BIN)/python -m benchmarks.cases
	$(BIN)/python -m benchmarks.audit
	$(BIN)/python -m benchmarks.authorised

# The reference is written from the code; a test fails when it is out of date.
docs: $(STAMP)
	$(BIN)/chengyun pack schemas cities/schemas
	$(BIN)/chengyun reference docs/reference

# One archive an architecture, to install where there is no network. ARCH=x86_64 builds that one.
bundle: $(STAMP)
	$(BIN)/python deploy/bundle.py $(addprefix --arch ,$(ARCH)) $(addprefix --python ,$(PYTHONS)) --out dist

# The screen is built from web/ into the package, and committed.
web: $(WEB)
	@if [ -e $(WEB) ]; then cd web && npm run build; fi

clean:
	rm -rf $(VENV) out build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
