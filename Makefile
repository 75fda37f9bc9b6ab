# Thin lines that a person could type; CI calls the same.
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
WORKERS ?= auto

.PHONY: demo test ui lint bench bench-accuracy

demo: $(VENV)/installed   ## set up, run every data set that has its files, print leaderboards and reports
	$(BIN)/hindcast run
	$(BIN)/hindcast leaderboard
	@echo "A page about each data set, to be opened in a browser:"
	@$(BIN)/hindcast report --no-open
	@echo "Look at it: $(BIN)/hindcast ui, then open http://127.0.0.1:3000/asset-groups"

test: $(VENV)/installed-dev   ## set up, run the fast tests; the slow ones one by one: WORKERS=0 PYTEST_ARGS='-m slow'
	$(BIN)/pytest -n $(WORKERS) --maxprocesses 4 --dist worksteal $(PYTEST_ARGS)

ui: $(VENV)/installed   ## Dagster's UI on http://127.0.0.1:3000/asset-groups
	$(BIN)/hindcast ui

lint: $(VENV)/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyrefly check --python-interpreter-path $(BIN)/python

bench: $(VENV)/installed-dev   ## figures of this machine; bench/results/ keeps those that are quoted
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/chain.py
	$(BIN)/python bench/ar.py
	$(BIN)/python bench/baselines.py
	$(BIN)/python bench/train.py

bench-accuracy: $(VENV)/installed-dev   ## docs/accuracy.md: how good every model is, a quarter of an hour
	$(BIN)/python -m bench.accuracy

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable '.[dev,dg]'
	touch $@
