"""Jails: where the code of submissions runs, and how strong their walls are."""
