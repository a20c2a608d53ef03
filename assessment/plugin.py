"""The pytest plugin: options and hooks, each handed on at once to the session object."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest

from assessment import hooks, publisher, session
from assessment.collection import SpecFile, asks_for_labs, is_spec
from assessment.comparing import LATEST
from assessment.fixture import assessment_fixture
from assessment.publisher import Publisher
from assessment.results.isolation import ASKED_ISOLATIONS
from assessment.session import AssessmentSession

__all__ = ["assessment_fixture"]


SPEC_PATTERNS = ["specs/*.yaml", "specs/*.yml"]


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Let a `conftest.py` implement the hooks of `assessment.hooks`."""
    pluginmanager.add_hookspecs(hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options `--assess-...` and the ini key `assess_files`."""
    group = parser.getgroup("assessment", "train, evaluate and grade deep-learning labs")
    group.addoption(
        "--assess-data",
        metavar="DIR",
        help="directory of the data sets (default: ASSESSMENT_DATA, else a per-user cache)",
    )
    group.addoption(
        "--assess-device",
        metavar="DEVICE",
        default="auto",
        help="auto, cpu, cuda or cuda:N (default: auto, a GPU where there is one)",
    )
    group.addoption(
        "--assess-threads",
        metavar="N",
        type=_positive,
        help="CPU threads of one run (default: one; all cores when a single run is planned, but "
        "never in a class)",
    )
    group.addoption(
        "--assess-trainers",
        metavar="N",
        type=_positive,
        help="runs at once on each device (default: as many as the cores feed, one on a GPU)",
    )
    group.addoption(
        "--assess-secret",
        metavar="FILE",
        default=os.environ.get("ASSESSMENT_SECRET"),
        help="the course's secret, from which grading seeds are drawn "
        "(default: ASSESSMENT_SECRET; without one, the practice seeds that everybody has)",
    )
    group.addoption(
        "--assess-strict",
        action="store_true",
        help="take bands of the environment at hand only, not of the nearest one",
    )
    group.addoption(
        "--submission",
        dest="assess_submission",
        metavar="PATH",
        help="grade one hand-in for practice: a notebook, a script, a folder or a zip",
    )
    group.addoption(
        "--submissions",
        dest="assess_submissions",
        metavar="DIR",
        help="grade a class: a folder of hand-ins (better with `assessment grade`)",
    )
    group.addoption(
        "--student",
        dest="assess_student",
        metavar="ID",
        action="append",
        default=[],
        help="of --submissions only this student's; may be given several times",
    )
    group.addoption(
        "--roster",
        dest="assess_roster",
        metavar="CSV",
        help="ids and names of the class",
    )
    group.addoption(
        "--assess-mapping",
        metavar="FILE",
        help="YAML that says which name in a hand-in answers which question",
    )
    group.addoption(
        "--assess-template",
        metavar="PATH",
        help="code that the course handed out, which makes no two hand-ins alike",
    )
    group.addoption(
        "--assess-isolation",
        metavar="LEVEL",
        choices=ASKED_ISOLATIONS,
        default="auto",
        help="how submitted code is kept in: auto, bubblewrap, user or process (default: auto)",
    )
    group.addoption(
        "--assess-control",
        action="store_true",
        help="train every submission once more on permuted labels, to see that it learns",
    )
    group.addoption(
        "--assess-fail-under",
        metavar="PERCENT",
        type=float,
        help="fail items of a class below this share of their points (default: none fails)",
    )
    group.addoption(
        "--assess-anyway",
        action="store_true",
        help="also run questions whose hardware is missing here",
    )
    group.addoption(
        "--assess-epochs",
        metavar="N",
        type=_positive,
        help="train for N epochs at most; what is cut short is measured and not graded",
    )
    group.addoption(
        "--assess-smoke",
        action="store_true",
        help="one training step of everything, nothing is graded",
    )
    group.addoption(
        "--assess-reports",
        metavar="DIR",
        default="reports",
        help="directory of report.html and results.json, seen from the rootdir (default: reports)",
    )
    group.addoption(
        "--assess-store",
        metavar="FILE",
        help="file of finished runs and results, seen from the rootdir "
        "(default: assessment.sqlite among the reports)",
    )
    group.addoption(
        "--assess-fresh",
        action="store_true",
        help="take no finished runs from the store, make every run anew",
    )
    group.addoption(
        "--assess-save",
        metavar="NAME",
        help="keep this run under a name, to compare others with it",
    )
    group.addoption(
        "--assess-autosave",
        action="store_true",
        help="keep this run under a name made of the commit and the time",
    )
    group.addoption(
        "--assess-compare",
        metavar="RUN",
        nargs="?",
        const=LATEST,
        help="compare with an earlier run, by number or name (default: the latest saved one)",
    )
    group.addoption(
        "--assess-compare-fail",
        metavar="RULE",
        action="append",
        default=[],
        help="fail where a value got worse by more than that, such as test_accuracy:0.5%% (of the "
        "old value) or test_loss:0.1; may be given several times",
    )
    parser.addini(
        "assess_files",
        type="args",
        default=SPEC_PATTERNS,
        help="glob patterns of spec files found in directories",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and the objects that hold what this process knows."""
    config.addinivalue_line(
        "markers",
        "assessment(seeds=, epochs=, max_steps=): a question of a lab; on a hand-written test, "
        "how its `assessment` fixture trains",
    )
    config.pluginmanager.register(AssessmentSession(config), session.NAME)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Publisher(config), publisher.NAME)
    if config.pluginmanager.hasplugin("xdist"):
        from assessment.workers import DistributedHooks

        config.pluginmanager.register(DistributedHooks(config), "assessment-xdist")


def pytest_unconfigure(config: pytest.Config) -> None:
    """End whatever still runs, however the session ended."""
    found = config.pluginmanager.get_plugin(session.NAME)
    if found is not None:
        found.close()
        found.archive.close()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect spec files: those named on the command line and those that `assess_files` matches."""
    if file_path.suffix not in (".yaml", ".yml"):
        return None
    config = parent.config
    named = parent.session.isinitpath(file_path)
    if not is_spec(file_path, config.getini("assess_files"), config.rootpath, named=named):
        return None
    collector: pytest.Collector = SpecFile.from_parent(parent, path=file_path)
    return collector


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Answer `-n auto` with one worker a GPU, where labs are asked for and GPUs are used."""
    if not asks_for_labs(config):
        return None
    from assessment.workers import count_gpu_workers

    return count_gpu_workers(config)


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return number
