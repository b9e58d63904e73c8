.PHONY: check lint types test format demo faults faults-full

check: lint types test

lint:
	uv run ruff check
	uv run ruff format --check

types:
	uv run mypy

test:
	uv run pytest

format:
	uv run ruff format
	uv run ruff check --fix

demo:
	uv run suqian demo

# What attacks the system, a seeded sample and all of it: docs/guarantees.md.
faults:
	uv run python -W ignore -m tests.faults.run

faults-full:
	uv run python -W ignore -m tests.faults.run --full
