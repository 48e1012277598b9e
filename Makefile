# Two commands matter: `make demo` and `make test`. Both make the environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test env clean-env lock lint

demo: env
	$(BIN)/arrcast demo demo-company --force

env: $(STAMP)

# uv where it is present, pip elsewhere; both read the same constraints. The byte code is
# compiled once here: without it, importing statsmodels alone takes eight seconds.
$(STAMP): pyproject.toml constraints.txt
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) && \
		uv pip install --quiet --python $(BIN)/python --compile-bytecode -c constraints.txt -e . --group dev; \
	else \
		$(PYTHON) -m venv $(VENV) && \
		$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1" && \
		$(BIN)/python -m pip install --quiet -c constraints.txt -e . --group dev; \
	fi
	@touch $@

clean-env:
	rm -rf $(VENV)

lint: env
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

test: lint
	tests/run

lock:
	uv pip compile --universal --all-extras --group dev --no-header --no-annotate -o constraints.txt pyproject.toml
