# Two commands matter: `make demo` and `make test`. Both make the environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TOOLS := $(VENV)/.tools
WITH_TOOLS := -e '.[sql,spark,stripe]' --group dev

.PHONY: demo test env tools clean-env lock lint texts coverage

demo: env
	$(BIN)/arrcast demo demo-company --force

env: $(STAMP)

tools: $(TOOLS)

# uv where it is present, pip elsewhere; both read the same constraints. The byte code is
# compiled once here: without it, importing statsmodels alone takes eight seconds.
# What the tests need on top (every extra, the tools) comes with the second stamp.
define install
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) && \
		uv pip install --quiet --python $(BIN)/python --compile-bytecode -c constraints.txt $(1); \
	else \
		$(PYTHON) -m venv $(VENV) && \
		$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1" && \
		$(BIN)/python -m pip install --quiet -c constraints.txt $(1); \
	fi
	@touch $@
endef

$(STAMP): pyproject.toml constraints.txt
	$(call install,-e .)

$(TOOLS): $(STAMP)
	$(call install,$(WITH_TOOLS))

clean-env:
	rm -rf $(VENV)

lint: $(TOOLS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

test: lint
	tests/run

# Takes a third longer than the tests alone.
coverage: $(TOOLS)
	rm -f .coverage .coverage.*
	tests/run --cov --cov-report=term

lock:
	uv pip compile --universal --all-extras --group dev --no-header --no-annotate -o constraints.txt pyproject.toml

# Brings the catalogues of reports' texts in line with the code, and names what is not translated.
texts: $(TOOLS)
	$(BIN)/python -m history.language.catalogues
