"""`assessment schema`: the JSON Schema of spec files."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

HELP = "Print the JSON Schema of spec files, for editors."


def add_options(parser: ArgumentParser) -> None:
    """Add nothing: there is one schema."""


def run(options: Namespace) -> int:
    """Print the schema."""
    import json

    from assessment.spec.schema import lab_schema

    print(json.dumps(lab_schema(), indent=2, ensure_ascii=False))
    return 0
