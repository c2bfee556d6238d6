# Each target does all it needs on a fresh machine: virtual environment, install, run.
# The environment is made anew where pyproject.toml has changed; a second call is instant.

PYTHON ?= python3
VENV ?= .venv
DEMO_OUTPUT ?= demo-results
PYTEST_ARGS ?=
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: help demo test lint format docs bench clean
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## Compares five ways to fine-tune a small network, offline
	HF_HUB_OFFLINE=1 $(BIN)/medpeft evaluate --protocol quick \
		--method linear --method bitfit --method lora --method full --method scratch \
		--output $(DEMO_OUTPUT)

test: lint ## Checks style, types and layers, then runs all tests; PYTEST_ARGS narrows them
	HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 $(BIN)/pytest -n logical --dist worksteal $(PYTEST_ARGS)

lint: $(VENV)/.test ## Checks style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

format: $(VENV)/.test ## Formats the code and mends what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.docs ## Builds the documentation into site/
	$(BIN)/medpeft cards docs/methods
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(VENV)/.test ## Measures against what a user would do instead
	$(BIN)/python -m benchmarks

clean: ## Removes the environment and everything that was built
	rm -rf $(VENV) $(DEMO_OUTPUT) build dist site
	rm -rf .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "medpeft-sdk needs Python 3.11 or newer, and $(PYTHON) is: $$($(PYTHON) --version 2>&1)"; \
		echo "Name another one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml $(VENV)/pyvenv.cfg
	@echo "Installing medpeft-sdk into $(VENV); PyTorch makes this the slow part of the first call"
	$(PIP) -e .
	@touch $@

$(VENV)/.test $(VENV)/.docs: $(VENV)/.%: pyproject.toml $(VENV)/pyvenv.cfg
	@echo "Installing medpeft-sdk[$*] into $(VENV); PyTorch makes this the slow part of the first call"
	$(PIP) -e '.[$*]'
	@touch $@ $(VENV)/.demo
