# Chengyun: everything is judged by `make run` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
OUT    ?= out/replay
DATA   ?= $(or $(CHENGYUN_DATA),../shared/data)
BOSTON := $(DATA)/boston-311

.PHONY: setup run replay test check bench docs bundle web clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# The simulated city lives, and is shown at http://127.0.0.1:8311/ until Ctrl-C.
run: setup
	@$(BIN)/chengyun demo

# A city runs through the whole loop. Recorded requests if they are there, seeded ones otherwise.
replay: setup
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
	$(BIN)/chengyun check cities/boston-311
	$(BIN)/chengyun check cities/linjiang
	$(BIN)/chengyun check cities/melbourne-counters
	$(BIN)/chengyun check cities/shanghai-weather

test: check
	$(BIN)/python -m pytest

bench: setup
	$(BIN)/python -m benchmarks.replay --data $(DATA)
	$(BIN)/python -m benchmarks.bursts --data $(DATA)
	$(BIN)/python -m benchmarks.kill --data $(DATA)
	$(BIN)/python -m benchmarks.loop
	$(BIN)/python -m benchmarks.screens

# The reference is written from the code; a test fails when it is out of date.
docs: setup
	$(BIN)/chengyun pack schemas cities/schemas
	$(BIN)/chengyun reference docs/reference

# One archive an architecture, to install where there is no network. ARCH=x86_64 builds that one.
bundle: setup
	$(BIN)/python deploy/bundle.py $(addprefix --arch ,$(ARCH)) $(addprefix --python ,$(PYTHONS)) --out dist

# The screen is built from web/ into the package; only changing it needs Node.
web:
	@if command -v npm >/dev/null; then cd web && npm ci && npm run build; \
	else echo "npm is not installed: the screen that is committed is used as it is"; fi

clean:
	rm -rf $(VENV) out build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
