# Two commands do all the set-up: `make chat` and `make test`. `make help` lists the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CHAT := $(VENV)/.ready-chat
DEV := $(VENV)/.ready-dev
# Tests start tchat hundreds of times: what is compiled once is kept.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help chat demo test check fix snapshots bench pictures wheel clean style types tests

help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

chat: $(CHAT) ## install tchat with the embedded model and start it
	@$(BIN)/tchat

demo: $(CHAT) ## pipe a text through a shipped chain on the embedded model
	@$(BIN)/tchat run map-reduce-summary --sentences 2 --model local < docs/moon.txt

test: $(DEV) ## lint, types, import layers and all tests
	@$(MAKE) --no-print-directory --jobs 2 style types tests

check: $(DEV) ## lint, types and import layers
	@$(MAKE) --no-print-directory --jobs 2 style types

style: $(DEV)
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/lint-imports
	@$(BIN)/vulture
	@$(BIN)/deptry tchat

types: $(DEV)
	@$(BIN)/basedpyright

tests: $(DEV)
	@$(BIN)/python -m pytest -n auto --dist worksteal $(PYTEST)

fix: $(DEV) ## format, and mend what lint can mend
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

snapshots: $(DEV) ## take the pictures of all screens anew that the tests compare with
	@$(BIN)/python -m pytest -q -n auto tests/tui/snapshots --snapshot-update

pictures: $(DEV) ## take the README's pictures from the real application (needs rsvg-convert)
	@$(BIN)/python -m tests.pictures

bench: $(DEV) ## measure speed against floors in the same run
	@$(BIN)/python -m tests.benchmarks

wheel: $(DEV) ## build the wheel into dist/
	@$(BIN)/python -m build --wheel

clean: ## remove the environment and what was built
	@rm -rf $(VENV) dist build

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tchat needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --no-compile --upgrade pip

$(CHAT): pyproject.toml constraints.txt | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --editable '.[local]'
	@$(BIN)/tchat local pull
	@touch $@

$(DEV): $(CHAT)
	@$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --group dev
	@touch $@
