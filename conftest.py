"""Fixtures of the project's own tests that pytest wants named beside the rootdir."""

pytest_plugins = ["pytester"]
