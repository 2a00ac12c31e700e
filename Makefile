# Nothing is remembered here: scripts/setup.sh knows what is missing, gridsvc knows how to run.
.DEFAULT_GOAL := help
.PHONY: help run stop test lint setup
MAKEFLAGS += --no-print-directory

# The tests' own cluster, beside the one of a running service.
TEST_HOME := $(or $(GRIDSVC_HOME),var)/test

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

run:  ## Install what is missing, then serve with a demo (PORT=8000, GRIDSVC_HOME=var)
	@sh scripts/setup.sh
	@.venv/bin/gridsvc run

stop:  ## End the service of this folder and its database, however they were started
	@if [ -x .venv/bin/gridsvc ]; then .venv/bin/gridsvc stop; else echo "Nothing is installed."; fi

test:  ## Install what is missing, then run every test (ARGS="-k grids" picks some)
	@sh scripts/setup.sh --for-tests
	@GRIDSVC_HOME="$(TEST_HOME)" GRIDSVC_FSYNC=off .venv/bin/gridsvc db during \
		.venv/bin/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: setup  ## Check style, types and the floors of the house
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

setup:  ## Install what is missing, and nothing more
	@sh scripts/setup.sh
