"""The durable store: one SQLite file that keeps finished runs, sessions and results."""
