"""Run `python -m assessment`, the same as the command `assessment`."""

from __future__ import annotations

from assessment.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
