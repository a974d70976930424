"""The history of the stream lane: Parquet by property and day, read by DuckDB through Ibis."""
