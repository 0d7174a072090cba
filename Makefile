# The one entrance: `make help` lists what there is. Each target installs what it needs.

PYTHON ?= python3
NAME ?= send
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := .venv/bin
PACKAGES := campaigns loyalty profiles site/config site/portal tests $(wildcard bench)
# Changes with the locked requirements, so that a new lock is installed at the next call.
STAMP := .venv/.installed-$(shell cat requirements/dev.txt pyproject.toml | cksum | cut -d' ' -f1)
# Mail output is laid out for mail programs, not for people: formatters leave it alone.
TEMPLATES = $(shell git ls-files --cached --others --exclude-standard '*.html' | grep -v '/email/')

.PHONY: help install demo serve test faults survive check format bench lock

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1|/' | column -t -s '|'

install: $(STAMP) ## make .venv with the locked requirements

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@echo "== Making .venv and installing the locked requirements"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@if command -v uv >/dev/null; then \
		uv pip install --python $(BIN)/python --require-hashes -r requirements/dev.txt; \
	else \
		$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements/dev.txt; \
	fi
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@rm -f .venv/.installed-* && touch $@

demo: $(STAMP) ## run a demo club on real shopping data, from sending to the response report
	@echo "== Running the demo club"
	@$(BIN)/python manage.py demo

serve: $(STAMP) ## open the demo club's portal, staff site and inbox until Ctrl-C
	@echo "== Serving the demo club"
	@$(BIN)/python manage.py serve

test: $(STAMP) ## run every test on SQLite, PostgreSQL, Valkey and in a browser
	@echo "== Testing"
	@$(BIN)/python -m tests.run $(ARGS)

faults: $(STAMP) ## crash the sending of mails a thousand times, walk the ledger, go through every other fault
	@echo "== Crashing"
	@$(BIN)/python -m tests.faults.run $(ARGS)
	@echo "== Walking the ledger"
	@$(BIN)/python -W ignore -m tests.loyalty.long_walk
	@echo "== Every other fault"
	@$(BIN)/python -m tests.run tests/faults

survive: $(STAMP) ## send 100,000 mails through kills, crashes, a pause and a change of heart
	@echo "== Surviving"
	@$(BIN)/python -m tests.faults.survival $(ARGS)

check: $(STAMP) ## lint, types, import contracts, templates, migrations, deployment check
	@echo "== Format and lint"
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@echo "== Templates"
	@$(if $(TEMPLATES),$(BIN)/djade --check --target-version 5.2 $(TEMPLATES))
	@$(if $(TEMPLATES),$(BIN)/djhtml --check --tabwidth 2 $(TEMPLATES))
	@echo "== Types"
	@$(BIN)/mypy $(PACKAGES)
	@echo "== Import contracts"
	@$(BIN)/lint-imports
	@echo "== Migrations"
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@echo "== Deployment"
	@REGULARS_ENV=production SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))')" \
		ALLOWED_HOSTS=club.example REGULARS_BASE_URL=https://club.example \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(STAMP) ## put code and templates into the house form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --exit-zero .
	@$(if $(TEMPLATES),$(BIN)/djade --target-version 5.2 $(TEMPLATES) || true)
	@$(if $(TEMPLATES),$(BIN)/djhtml --tabwidth 2 $(TEMPLATES) || true)

bench: $(STAMP) ## measure; NAME=send chooses the bench
	@echo "== Measuring: $(NAME)"
	@$(BIN)/python -m bench.$(NAME) $(ARGS)

lock: ## resolve requirements/*.in anew into hash-locked *.txt (needs uv)
	@echo "== Locking requirements"
	@for name in dev demo base; do \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			--no-annotate --no-emit-index-url requirements/$$name.in -o requirements/$$name.txt \
			$$([ $$name = dev ] && echo --upgrade || echo -c requirements/dev.txt); \
	done
