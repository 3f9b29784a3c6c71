# Every target sets up what it needs: the virtual environment, the packages and a database.
# PORT, DATABASE_URL, RESSOURCEFY_DATA_DIR and PYTHON can be set: make run PORT=8001

.DEFAULT_GOAL := help
.PHONY: help run test check journey chaos fuzz bench test-pg15 coverage format audit lock db-reset clean setup
MAKEFLAGS += --no-print-directory
in_project = @cd ressourcefy && exec ../.venv/bin/python

help: ## List the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: setup ## Start the product: database, demo data, web server and outbox worker; Ctrl-C stops it
	$(in_project) -m devtools.run

test: setup ## Run every check, then the whole test suite
	$(in_project) -m devtools.check test

check: setup ## Check format, lint, types, layers, migrations, production settings and OpenAPI
	$(in_project) -m devtools.check check

journey: setup ## Walk through the product over HTTP, from registration to password reset
	$(in_project) manage.py journey

chaos: setup ## Prove that events and requests survive kills, restarts and outages (about 10 minutes)
	$(in_project) manage.py chaos

fuzz: setup ## Send generated and hostile requests to the API (about 10 minutes)
	$(in_project) manage.py fuzz

bench: ## Measure the product against floors and peers, at a million resources (an hour and more)
	@scripts/setup-bench && exec .venv-bench/bin/python -m bench.run

test-pg15: setup ## Run the test suite on PostgreSQL 15, where the system has it
	$(in_project) -m devtools.check test-pg15

coverage: setup ## Run the test suite and show the branches it does not take
	$(in_project) -m devtools.check coverage

format: setup ## Format the code and repair what the linter can
	@.venv/bin/python -m ruff check --fix --quiet . ; exec .venv/bin/python -m ruff format .

audit: setup ## Ask the public advisories about the pinned packages (needs the network)
	@exec scripts/audit

lock: ## Pin the packages anew: requirements*.in to requirements*.txt (needs uv)
	@exec scripts/lock

db-reset: setup ## Delete the development database and everything in it
	$(in_project) manage.py devdb reset

clean: ## Remove the virtual environment and caches; data in .data stays
	@rm -rf .venv .venv-audit .venv-bench .venv.lock .mypy_cache .ruff_cache ressourcefy/.mypy_cache ressourcefy/.coverage* ressourcefy/coverage.json
	@find ressourcefy development_stripe -name __pycache__ -type d -prune -exec rm -rf {} +

setup:
	@exec scripts/setup
