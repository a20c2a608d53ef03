"""pytest-xdist: equal results, one GPU a worker, and workers that die."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import psutil
import pytest

from assessment.plugin import pytest_xdist_auto_num_workers
from tests.plugin.course import comparison, training, written

if TYPE_CHECKING:
    from tests.plugin.course import Course

COUNTING = """
import os
from pathlib import Path

from assessment.models.digits import Mlp


class Counted(Mlp):
    def __init__(self):
        super().__init__(8)
        with Path(__file__).with_name("runs.txt").open("a") as file:
            file.write(f"{os.getpid()}\\n")
"""


def test_two_workers_find_what_one_process_finds(course: Course) -> None:
    course.file("specs/counting.py", COUNTING)
    counted = {"model": {"name": "counting:Counted", "arguments": {}}}
    course.lab(
        first=training(training=counted, seeds=2, all_seeds=True),
        second=training(at_least=99, training={"batch_size": 8, "max_steps": 20}),
        same_as_first=training(training=counted, seeds=2, all_seeds=True),
        order=comparison("second", "first"),
        essay=written(),
    )
    course.file("specs/other.yaml", "title: Other\nquestions:\n  a: {kind: wrtten}\n")
    arguments = ("specs", "--junitxml=junit.xml")
    alone = course.run(*arguments)
    expected, cases = course.document, properties(course)
    Path(course.path, "specs/runs.txt").unlink()

    spread = course.run(*arguments, "-n", "2", "--assess-fresh")
    assert spread.ret == alone.ret == pytest.ExitCode.TESTS_FAILED
    assert spread.parseoutcomes() == alone.parseoutcomes()
    spread.stdout.fnmatch_lines(["assessment: 3 runs to make (2 at once on cpu, 1 thread each)"])
    assert spread.stdout.str().count("runs to make") == 1
    assert len(Path(course.path, "specs/runs.txt").read_text().split()) == 2  # one for each seed
    assert properties(course) == cases
    found = course.document
    assert found["totals"]["earned"] == expected["totals"]["earned"]
    assert [graded(record) for record in found["results"]] == [
        graded(record) for record in expected["results"]
    ]
    for name in (
        *(f"specs/lab.yaml::{name}" for name in ("first", "order")),
        "specs/other.yaml::spec",
    ):
        assert course.page.count(f"&gt;{name}&lt;/td") == 1


def properties(course: Course) -> dict[str | None, list[tuple[str | None, str | None]]]:
    cases = ElementTree.parse(course.path / "junit.xml").iter("testcase")
    return {
        case.get("name"): [(p.get("name"), p.get("value")) for p in case.iter("property")]
        for case in cases
    }


def graded(record: dict[str, Any]) -> dict[str, Any]:
    """Keep what must not depend on who trained: all but times and memory."""
    kept = {key: value for key, value in record.items() if key != "seconds"}
    kept["runs"] = [
        {
            **{key: run[key] for key in ("key", "seed", "outcome", "parameters", "confusion")},
            "epochs": {key: column for key, column in run["epochs"].items() if key != "seconds"},
        }
        for run in record["runs"]
    ]
    return kept


def test_a_worker_that_dies_leaves_its_item_as_an_error(course: Course) -> None:
    course.file(
        "conftest.py",
        """
        import os, signal, threading, time
        from pathlib import Path

        def die_while_it_trains():
            while not Path("run.txt").exists():
                time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGKILL)

        def pytest_runtest_setup(item):
            if item.name == "slow":
                threading.Thread(target=die_while_it_trains).start()
        """,
    )
    course.file(
        "specs/slow.py",
        """
        import os, time
        from pathlib import Path
        from assessment.models.digits import Mlp

        class Slow(Mlp):
            def forward(self, images):
                log = Path(__file__).parent.parent / "run.txt"
                log.with_suffix(".new").write_text(str(os.getpid()))
                log.with_suffix(".new").replace(log)
                time.sleep(1000)
        """,
    )
    course.file("tests/test_crash.py", "import os\ndef test_crash(): os._exit(9)")
    model = {"name": "slow:Slow", "arguments": {}}
    course.lab(slow=training(training={"model": model}), good=training(), essay=written())
    result = course.run("specs", "tests", "-n", "2")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, skipped=1, errors=1, failed=1)
    assert course.statuses == {"slow": "not_gradable", "good": "scored", "essay": "waiting"}
    assert course.document["status"] == "complete"
    reason = "the pytest worker died while it graded this item"
    result.stdout.fnmatch_lines(
        [
            "*_ ERROR at setup of slow _*",
            f"specs/lab.yaml:*: not gradable: {reason}",
            f"not gradable: slow (2 points): {reason}",
            "ERROR specs/lab.yaml::slow - not gradable: the pytest worker died *",
        ]
    )
    assert course.results["slow"]["reason"] == reason
    for shown in ("specs/lab.yaml::slow", "tests/test_crash.py::test_crash"):
        assert course.page.count(f"&gt;{shown}&lt;/td") == 1
    assert ended(int((course.path / "run.txt").read_text()))  # the run went with its worker


def ended(pid: int) -> bool:
    """Wait until a process is gone."""
    for _ in range(100):
        if not psutil.pid_exists(pid):
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def gpus(course: Course, monkeypatch: pytest.MonkeyPatch) -> Course:
    """Four GPUs, of which the caller may use three, in an order of its own."""
    lines = "\n".join(f"echo 'GPU {n}: Fake (UUID: GPU-{n}f)'" for n in range(4))
    program = course.file("bin/nvidia-smi", f"#!/bin/sh\n{lines}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,GPU-0f,1")
    course.file(
        "conftest.py",
        """
        import os

        def pytest_collection_finish(session):
            worker = os.environ.get("PYTEST_XDIST_WORKER")
            if worker:
                with open(f"seen-{worker}.txt", "w") as file:
                    file.write(os.environ["CUDA_VISIBLE_DEVICES"])

        def pytest_runtest_setup(item):
            if item.name == "fatal":
                with open("dead.txt", "w") as file:
                    file.write(os.environ["PYTEST_XDIST_WORKER"])
                os._exit(1)
        """,
    )
    return course


def seen(course: Course) -> dict[str, str]:
    return {
        path.stem.removeprefix("seen-"): path.read_text() for path in course.path.glob("seen-*")
    }


def test_each_worker_sees_a_gpu_of_its_own(gpus: Course) -> None:
    gpus.lab(essay=written(), fatal=written(), other=written())
    result = gpus.run("specs", "-n", "2", "--assess-device=cuda")
    assert "Traceback" not in result.stdout.str()
    result.assert_outcomes(errors=1, skipped=2)
    visible = seen(gpus)
    dead = (gpus.path / "dead.txt").read_text()
    assert visible == {"gw0": "3", "gw1": "GPU-0f", "gw2": visible[dead]}  # gw2 replaced the dead


def test_auto_is_one_worker_a_gpu_for_labs(gpus: Course) -> None:
    gpus.lab(essay=written())
    result = gpus.run("specs", "-n", "auto", "--assess-device=auto")
    result.stdout.fnmatch_lines(["created: 3/3 workers"])
    assert sorted(seen(gpus).values()) == ["1", "3", "GPU-0f"]
    for arguments in (["tests", "--assess-device=cuda"], ["specs", "--assess-device=cpu"]):
        config = gpus.pytester.parseconfig(*arguments)
        assert pytest_xdist_auto_num_workers(config) is None


def test_one_gpu_by_name_is_shared(gpus: Course) -> None:
    gpus.lab(essay=written())
    gpus.run("specs", "-n", "2", "--assess-device=cuda:2")
    assert set(seen(gpus).values()) == {"1"}
    result = gpus.run("specs", "-n", "2", "--assess-device=cuda:3")
    result.stderr.fnmatch_lines(
        ["ERROR: --assess-device cuda:3: not here; visible: cuda:0 Fake, cuda:1 Fake, cuda:2 Fake"]
    )


def test_workers_of_other_tests_are_left_alone(gpus: Course) -> None:
    gpus.file("tests/test_plain.py", "def test_plain(): pass")
    gpus.run("-n", "1").assert_outcomes(passed=1)
    assert seen(gpus) == {"gw0": "3,GPU-0f,1"}


@pytest.mark.parametrize("dist", ["loadfile", "loadscope", "loadgroup", "worksteal"])
def test_every_way_to_deal_items_works(course: Course, dist: str) -> None:
    course.file(
        "conftest.py",
        """
        import pytest

        def pytest_collection_modifyitems(items):
            items[0].add_marker(pytest.mark.xdist_group("first"))
        """,
    )
    course.lab("one", a=written(), b=written())
    course.lab("two", c=written())
    result = course.run("specs", "-n", "2", f"--dist={dist}")
    result.assert_outcomes(skipped=3)
    assert list(course.statuses) == ["a", "b", "c"]
