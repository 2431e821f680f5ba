# Verbs of the project. Each sets up what it needs on a bare machine with Python 3.11 or newer and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
DEMO := holdfast-demo
# By a variable: a comma written in `call` would begin its next argument.
DEMO_EXTRAS := fair,reports,experiments
SLOW ?=

.PHONY: demo test test-all crashes lint bench bench-oncall bench-experiments bench-pager docs constraints clean

demo: $(VENV)/core      ## a year of a generated company: built, checked, published
	$(BIN)/holdfast demo $(DEMO)

test: $(VENV)/dev       ## linters, types, house walls and the default tests
	$(BIN)/ruff check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

test-all: $(VENV)/dev   ## the slow tests too
	$(BIN)/python -m pytest -n 2 --dist loadfile -m slow

crashes: $(VENV)/dev    ## the pager stopped at every point, and at two thousand pairs of points: no page is lost
	$(BIN)/python -m pytest -p no:xdist -m slow tests/crashes/test_pager_crashes.py

lint: $(VENV)/dev       ## put the code in order
	$(BIN)/ruff check --fix src tests bench
	$(BIN)/mypy

bench: $(VENV)/dev       ## three pipelines beside hand-written SQL and dbt: a table and a plot
	$(BIN)/python bench/run.py --out bench-out

bench-oncall: $(VENV)/dev ## the rota: plans with proofs, fairness beside modulo, repairs
	$(BIN)/python bench/oncall.py --out bench-out

bench-experiments: $(VENV)/dev   ## how long a read-out of an experiment takes
	$(BIN)/python bench/experiments.py

bench-pager: $(VENV)/dev      ## the pager: stopped anywhere, killed under load, and how soon a page is out
	$(BIN)/python bench/pager.py --out bench-out

docs: $(VENV)/dev       ## renew the generated reference pages
	$(BIN)/python docs/generate.py

constraints:            ## pin what was tested; needs uv
	uv pip compile pyproject.toml --extra dev --extra fair --universal --python-version 3.11 --no-header --no-emit-index-url --no-annotate -o constraints.txt

clean:
	rm -rf $(VENV) $(DEMO) bench-out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

# The core and these extras run the demo; the tests need their tools as well.
$(VENV)/core: pyproject.toml constraints.txt
	$(call install,.[$(DEMO_EXTRAS)])
	@touch $@

$(VENV)/dev: pyproject.toml constraints.txt
	$(call install,.[dev])
	@touch $@ $(VENV)/core

ifdef UV
define install
	@test -x $(BIN)/python || uv venv -q --python $(PYTHON) $(VENV)
	uv pip install -q --compile-bytecode --python $(BIN)/python -c constraints.txt -e "$(1)"
endef
else
define install
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e "$(1)"
endef
endif
