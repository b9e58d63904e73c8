.PHONY: check lint types test format demo

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
