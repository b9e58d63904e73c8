"""The corpus as Arrow tables, and through them polars, pandas and Parquet. Needs extras: it is
imported only where a table is asked for."""
