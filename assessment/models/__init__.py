"""Reference solutions."""
