"""When and in what order. Knows Prefect; owns the command line."""
