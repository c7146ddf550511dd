# `make help` lists the targets. All of them work in .venv, which is made from poetry.lock when it is first needed.
#   make run ARGS="--port 9000"      make test PYTHON=python3.13      make lint VENV=/elsewhere/venv

VENV ?= .venv
export VENV PYTHON

bin := $(VENV)/bin
poetry := $(VENV)/poetry/bin/poetry --no-interaction

.DEFAULT_GOAL := help
.SUFFIXES:
.NOTPARALLEL:

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z -]*\):.*## \(.*\)/make \1|\2/p' Makefile | while IFS='|' read -r target what; do \
	  printf '  %-18s %s\n' "$$target" "$$what"; done

.PHONY: run
run: install ## Start Daybook; ARGS="--port 9000" and the like are passed on
	@exec $(bin)/daybook up $(ARGS)

.PHONY: test test-full
test: only = not full
test: ## Run the tests; 95 % of data/ must be covered
test-full: only =
test-full: ## Run the tests, the long counts too
test test-full: install-dev
	$(bin)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "$(only)" --cov --cov-report=
	$(bin)/coverage report --skip-covered --skip-empty
	$(bin)/coverage report --include='data/*' --format=total --fail-under=95

SCALE ?= 1
BENCH ?= $(HOME)/.cache/daybook-bench
.PHONY: bench
bench: install-dev ## Measure against SQL by hand; SCALE=10 or 50 times the sample, BENCH=FOLDER keeps it
	PYTHONPATH=. $(bin)/python benchmarks/run.py "$(BENCH)" --scale $(SCALE) $(ARGS)

.PHONY: lint
lint: install-dev lint-style lint-types lint-imports lint-lock ## Check style, types, import directions and the lock

.PHONY: lint-style lint-types lint-imports lint-lock
lint-style:
	$(bin)/black --check .
	$(bin)/isort --check-only .
	$(bin)/ruff check .
lint-types:
	$(bin)/mypy
lint-imports:
	$(bin)/lint-imports --no-logo
lint-lock:
	$(poetry) check --lock

.PHONY: format
format: install-dev ## Format the code, with what Ruff can fix by itself
	$(bin)/ruff check --quiet --fix-only .
	$(bin)/isort --quiet .
	$(bin)/black --quiet .

.PHONY: lock
lock: install-poetry ## Lock again after a change to pyproject.toml; UPDATE=1 takes newer versions of everything
	$(poetry) $(if $(UPDATE),update --lock,lock)

.PHONY: lock-poetry
lock-poetry: install-poetry ## Pin Poetry itself again after a change to .ci/poetry.in
	.ci/pin_poetry

.PHONY: screenshots
screenshots: install-dev docs/screenshots.py ## Take the pictures in docs/ again
	$(bin)/python docs/screenshots.py

.PHONY: install install-dev install-poetry
install: ## Make the environment with what the application needs
	@.ci/venv run
install-dev: ## Make the environment with the tools and the tests as well
	@.ci/venv dev
install-poetry:
	@.ci/venv poetry

.PHONY: clean
clean: ## Remove the environment and all that the tools have written here; never the database
	rm -rf "$(VENV)" .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov dist .coverage .coverage.*
	find . -type d -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
