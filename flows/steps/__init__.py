"""What a run does to its records: plain functions over iterables, no Prefect inside."""
