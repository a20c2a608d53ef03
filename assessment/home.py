"""Where a pytest run is at home: the folder that its reports, its store and its specs lie in.

That is pytest's rootdir, unless pytest found it by mistake. It looks for a rootdir before it knows
this plugin's options, so that of `--assess-data /elsewhere` the folder counts as one of the tests:
the rootdir becomes `/`, or what holds a configuration file in that folder.
"""

from __future__ import annotations

from pathlib import Path

import pytest


def home_of(config: pytest.Config) -> Path:
    """Return the rootdir, or the folder in which pytest was started where that means more.

    The rootdir counts where somebody chose it (`--rootdir`, `-c`, a `setup.py` in it), where a
    configuration file lies in it and what is asked for below it. A rootdir that is nothing but
    what some paths have in common is none.
    """
    root, started = config.rootpath, config.invocation_params.dir
    chosen = getattr(config.option, "rootdir", None) or getattr(config.option, "inifilename", None)
    if chosen or (root / "setup.py").is_file():
        return root
    if config.inipath is None:
        return started if started.is_relative_to(root) else root
    asked = [Path(started, str(argument).partition("::")[0]) for argument in config.args]
    return root if any(path.is_relative_to(root) for path in (started, *asked)) else started
