"""Where Python and its packages lie, and what of them a jail must not see."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

from assessment.errors import AssessmentError
from assessment.execution.isolation.package import NAME

SITES = ("site-packages", "dist-packages")
LABELLED = (NAME, "sklearn/datasets/data", "sklearn/datasets/tests/data")
"""Below site-packages: this package itself, where it is installed by copying, and data sets that
come with their labels."""


@functools.cache
def installation_roots() -> tuple[Path, ...]:
    """Return the folders that hold this Python and its packages, none within another.

    Raises:
        AssessmentError: one of them holds much more than Python.
    """
    wanted = {Path(prefix) for prefix in (sys.prefix, sys.exec_prefix, sys.base_prefix)}
    wanted |= {Path(sys.base_exec_prefix), *_sites()}
    wanted |= {path.resolve() for path in wanted} | {Path(sys.executable).resolve().parent}
    for path in wanted:
        if path == Path(path.anchor) or Path.home().resolve().is_relative_to(path.resolve()):
            raise AssessmentError(
                f"{path}: Python lies among other files here, and cannot be shown to a jail "
                "without them; use a virtual environment"
            )
    return tuple(
        sorted(p for p in wanted if not any(p != q and p.is_relative_to(q) for q in wanted))
    )


@functools.cache
def masked_folders() -> tuple[Path, ...]:
    """Return the folders within the installation that a jail finds empty."""
    places = [site / name for site in _sites() for name in LABELLED]
    return tuple(place for place in places if place.is_dir())


def package_paths() -> list[str]:
    """Return folders of packages that Python does not look into by itself."""
    own = [Path(prefix) for prefix in (sys.prefix, sys.base_prefix)]
    outside = [site for site in _sites() if not any(site.is_relative_to(root) for root in own)]
    return [str(site) for site in outside]


def _sites() -> list[Path]:
    """Return the folders of installed packages that this process looks into."""
    paths = [Path(entry) for entry in sys.path if Path(entry).name in SITES]
    return [path for path in paths if path.is_absolute() and path.is_dir()]
