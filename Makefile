# The help screen: `make` lists every target. CI calls these same targets (.ci/run).
# Set-up lives in .venv and is stamped: the second call of any target is quick.

VENV ?= .venv
FRAMEWORK ?= ewer
PORT ?= 8000
ARGS ?=

# PYTHON chooses the interpreter of a new .venv; given explicitly, a .venv of another version is rebuilt.
ifneq ($(origin PYTHON), undefined)
PYTHON_WAS_CHOSEN := 1
endif
PYTHON ?= python3

PY := $(VENV)/bin/python
STAMPS := $(VENV)/.stamps
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
# NOTE: asked for its version, because a version manager's shim may exist without a uv behind it.
UV := $(shell uv --version >/dev/null 2>&1 && echo uv)
INSTALL = $(if $(UV),uv pip install --quiet --python $(PY),$(PIP) install)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@printf '\n  PYTHON=python3.13 chooses the interpreter (CPython 3.10 to 3.14); ARGS="..." goes to the tool.\n'

# --- what a person runs ---------------------------------------------------------------------------------------------

SERVE_ewer = ewer serve wsgi
SERVE_flask = flask --app wsgi run

.PHONY: demo
demo: $(STAMPS)/demo ## Set up and serve examples/bookshop on http://127.0.0.1:8000 (FRAMEWORK=flask: on real Flask)
	@cd examples/bookshop && $(abspath $(VENV))/bin/$(FRAMEWORK) --app wsgi open-shop --url http://127.0.0.1:$(PORT)
	@cd examples/bookshop && exec $(abspath $(VENV))/bin/$(SERVE_$(FRAMEWORK)) --port $(PORT)

.PHONY: test
test: $(STAMPS)/test ## Run every test (ARGS="-k word", ARGS="--only unit"); the last line is the sum
	@$(PY) tools/run_tests.py $(ARGS)

.PHONY: lint
lint: $(STAMPS)/lint ## ruff check and format, import levels, spelling
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/codespell

.PHONY: format
format: $(STAMPS)/lint ## Let ruff fix and format what it can
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

.PHONY: types
types: $(STAMPS)/types ## mypy --strict over src/ewer
	$(VENV)/bin/mypy $(ARGS)

.PHONY: flask-suite
flask-suite: $(STAMPS)/test $(STAMPS)/flask-suite ## Run Flask 3.1.3's own tests on Ewer, with the plan and without
	@$(PY) tools/flask_suite.py $(ARGS)

.PHONY: fuzz
fuzz: $(STAMPS)/test ## 5,000 generated requests to the items example and to 190 operations, each: is every answer in the document?
	@PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 EWER_FUZZ_CASES=5000 $(PY) -m pytest -q -rP -o faulthandler_timeout=1800 tests/typed/test_fuzzing.py $(ARGS)

.PHONY: bench
bench: $(STAMPS)/venv ## Ewer beside its peers: one core, wrk, verified answers (ARGS="--only json --rounds 3 --seconds 2")
	@$(PY) bench/compare.py $(ARGS)

.PHONY: bench-quick
bench-quick: $(STAMPS)/venv ## The same in four minutes: plaintext, JSON, path variable on the main peers; not published
	@$(PY) bench/compare.py --quick $(ARGS)

.PHONY: bench-startup
bench-startup: $(STAMPS)/test ## Import and first response, Ewer beside Flask, as fresh processes
	@$(PY) bench/startup.py $(ARGS)

.PHONY: docs
docs: $(STAMPS)/test ## Render the figures in the docs from bench/results and check that every snippet runs
	@$(PY) bench/render.py
	@$(PY) -m pytest -q tests/test_docs.py

.PHONY: clean
clean: ## Remove what the other targets made: .venv, caches, the demo's database
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	rm -rf examples/bookshop/instance
	find src tests tools bench examples -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up ---------------------------------------------------------------------------------------------------------

# An explicit PYTHON of another version than the environment's builds it anew.
ifdef PYTHON_WAS_CHOSEN
ifneq ($(wildcard $(STAMPS)/venv),)
ifneq ($(shell $(PYTHON) -c 'import sys; print(sys.version)' 2>&1),$(shell $(PY) -c 'import sys; print(sys.version)' 2>&1))
ANEW := anew
endif
endif
endif

$(STAMPS)/venv: tools/make_venv.sh $(ANEW)
	@VENV="$(VENV)" PYTHON="$(PYTHON)" CHOSEN="$(PYTHON_WAS_CHOSEN)" UV="$(UV)" ANEW="$(ANEW)" sh tools/make_venv.sh
	@mkdir -p $(STAMPS) && touch $@

.PHONY: anew
anew:

$(STAMPS)/ewer: $(STAMPS)/venv pyproject.toml
	@echo "installing Ewer into $(VENV)"
	@$(INSTALL) --editable .
	@touch $@

# NOTE: whatever a group of tests needs, it lists in a file of its own there; the examples list their own.
TOOL_REQUIREMENTS := requirements/lint.txt requirements/types.txt requirements/flask-suite.txt
ALONE := requirements/without-dependencies.txt
TEST_REQUIREMENTS := $(filter-out $(TOOL_REQUIREMENTS) $(ALONE),$(sort $(wildcard requirements/*.txt examples/*/requirements.txt)))

$(STAMPS)/test: $(STAMPS)/ewer $(TEST_REQUIREMENTS) $(ALONE)
	@echo "installing what the tests need"
	@$(INSTALL) $(addprefix -r ,$(TEST_REQUIREMENTS))
	@$(INSTALL) --no-deps -r $(ALONE)
	@touch $@

# NOTE: real Flask comes with the demo's extensions, from PyPI, whichever framework serves it.
$(STAMPS)/demo: $(STAMPS)/ewer examples/bookshop/requirements.txt
	@echo "installing what the demo needs"
	@$(INSTALL) --editable '.[server]' -r examples/bookshop/requirements.txt
	@touch $@

$(STAMPS)/lint: $(STAMPS)/ewer requirements/lint.txt
	@echo "installing the linters"
	@$(INSTALL) -r requirements/lint.txt
	@touch $@

$(STAMPS)/types: $(STAMPS)/ewer requirements/types.txt
	@echo "installing mypy"
	@$(INSTALL) -r requirements/types.txt
	@touch $@

$(STAMPS)/flask-suite: $(STAMPS)/test requirements/flask-suite.txt
	@echo "installing the tools of Flask's own suite beside the environment"
	@rm -rf $(VENV)/flask-suite
	@$(INSTALL) --target $(VENV)/flask-suite -r requirements/flask-suite.txt
	@touch $@
