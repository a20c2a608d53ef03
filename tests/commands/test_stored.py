# ruff: noqa: E501 - tables with one case a line
"""`assessment list`, `compare`, `history`, `report`: what is read from a store."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest

from assessment.cli import COMMANDS, main
from assessment.results.document import build, write
from assessment.results.store.files import open_store
from assessment.results.store.graded import load_results, put_result, standing
from tests.commands.stores import fill, write_lab
from tests.report.students import handed_in

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("golden")
BEFORE = {"mlp": [93.8], "wide": [96.5]}
AFTER = {"mlp": [94.1], "wide": [89.0]}
NEW = ("list", "compare", "history", "report", "regrade")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a lab and a store of two sessions of it, made once."""
    folder = tmp_path_factory.mktemp("course")
    with chdir(folder):
        lab = write_lab()
        fill(lab, BEFORE, name="before")
        fill(lab, AFTER)
    return folder


@pytest.fixture
def course(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change into a copy of it."""
    folder = shutil.copytree(filled, tmp_path / "course")
    monkeypatch.chdir(folder)
    return folder


def shown(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    """What a command prints, which has to end with a status and complain of nothing."""
    assert main(arguments) == status
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def check_golden(name: str, found: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if "REGENERATE" in os.environ:
        path.parent.mkdir(exist_ok=True)
        path.write_text(found)
    assert found == path.read_text()


@pytest.mark.usefixtures("course")
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("list", ["list"]),
        ("compare", ["compare", "before", "2"]),
        ("history", ["history", "tiny::wide"]),
    ],
)
def test_tables(name: str, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    check_golden(name, shown(capsys, *arguments))


@pytest.mark.parametrize("name", NEW)
def test_help(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    check_golden(f"help-{name}", capsys.readouterr().out)


def test_every_new_command_is_known() -> None:
    assert COMMANDS[-len(NEW) :] == NEW


# --- compare --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("course")
def test_comparison_of_a_session_with_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    with open_store("reports/assessment.sqlite", read_only=True) as store:
        results = [stored.result for stored in load_results(store, 2)]
    write(Path("results.json"), build(results, {}, started="", finished=""))
    by_number = shown(capsys, "compare", "1", "2").replace("session 2", "results.json")
    assert shown(capsys, "compare", "before", "results.json") == by_number
    same = shown(capsys, "compare", "results.json", "results.json", "--store", "nowhere.sqlite")
    assert "5 numbers: 5 same" in same


@pytest.mark.usefixtures("course")
def test_comparison_as_files(capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, "compare", "1", "2", "-o", "out/c.md", "-o", "out/c.png", "-o", "out/c.svg")
    assert out.endswith("out/c.md written\nout/c.png written\nout/c.svg written\n")
    assert "| `wide` | test accuracy, last epoch | 96.5 % |" in Path("out/c.md").read_text()
    assert Path("out/c.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in Path("out/c.svg").read_text()
    assert sorted(path.name for path in Path("out").iterdir()) == ["c.md", "c.png", "c.svg"]


@pytest.mark.usefixtures("course")
@pytest.mark.parametrize(
    ("rule", "status", "told"),
    [
        ("test_accuracy:10", 0, ""),
        ("test_accuracy:5%", 1, "--fail test_accuracy:5%: wide, test accuracy, last epoch: 96.5 %"),
        ("train_loss:0", 0, ""),
        ("epochs:1", 0, "--fail epochs:1: the two runs have no epochs in common"),
    ],
)
def test_rules(rule: str, status: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told in shown(capsys, "compare", "1", "2", "--fail", rule, status=status)


# --- history, report ------------------------------------------------------------------------------


@pytest.mark.usefixtures("course")
@pytest.mark.parametrize(
    "arguments",
    [["tiny::wide"], ["wide"], ["specs/tiny.yaml::wide"], ["wide", "--lab", "specs/tiny"]],
    ids=" ".join,
)
def test_history_is_the_same_however_it_is_asked_for(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert shown(capsys, "history", *arguments) == (GOLDEN / "history.txt").read_text()


@pytest.mark.usefixtures("course")
def test_history_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "history", "mlp", "-o", "mlp.svg").endswith("mlp.svg written\n")
    assert "<svg" in Path("mlp.svg").read_text()


def test_the_report_shows_the_latest_of_every_item(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = write_lab()
    fill(lab, {"mlp": [94.2]})  # a partial run, and its comparison could not be decided
    assert shown(capsys, "report") == "reports/standing.html written: 5 results of 2 sessions\n"
    page = Path("reports/standing.html").read_text()
    for unit in ("mlp", "wide", "order", "count", "why"):
        assert f"specs/tiny.yaml::{unit}" in page
    assert shown(capsys, "report", "-o", "x/y.html", "--lab", "tiny").startswith("x/y.html written")


@pytest.mark.usefixtures("course")
def test_submissions_do_not_stand_in_the_references_report(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fill(write_lab(), AFTER, submission="e19310")
    left_out = "the reference's results; those of 1 submission are left out\n"
    report = shown(capsys, "report")
    assert "5 results of 1 session" in report
    assert report.endswith(left_out)
    assert "e19310" in shown(capsys, "compare", "1", "3")
    history = shown(capsys, "history", "wide")
    assert "e19310" not in history
    assert history.endswith(left_out)
    theirs = shown(capsys, "history", "wide", "--student", "e19310")
    assert "wide of e19310: " in theirs
    assert "left out" not in theirs


@pytest.fixture
def graded_class(course: Path) -> Path:
    """Sessions 3 and 4: a class of two, and one of them again; 5: one's practice."""
    lab = write_lab()
    fill(lab, AFTER, submission="e1")
    fill(lab, BEFORE, submission="e2")
    fill(lab, BEFORE, submission="e1 (practice)")
    with open_store("reports/assessment.sqlite") as store:
        for stored in load_results(store, 4):
            put_result(store, 3, stored.result, submission="e2")
    return course


@pytest.mark.usefixtures("graded_class")
def test_students_of_a_session_are_told_apart_and_never_added_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = shown(capsys, "list").splitlines()[4:9]
    ends = [re.split(r"Tiny +", line)[1].split("  ") for line in lines]
    told = [[cell.strip() for cell in end if cell.strip()] for end in ends]
    assert told == [
        ["5", "8/8"],
        ["5", "5/8"],
        ["2 submissions", "10"],
        ["1 submission", "5", "8/8"],
        ["1 submission", "5", "8/8"],
    ]
    compared = shown(capsys, "compare", "3", "4")
    assert "old: session 3, 2 submissions, 8 items" in compared
    rows = [line.split() for line in compared.splitlines() if line.startswith("wide")]
    assert {row[1]: row[-1] for row in rows} == {"e1": "old", "e2": "same"}


@pytest.mark.usefixtures("graded_class")
def test_results_files_of_a_class_compare_by_student(capsys: pytest.CaptureFixture[str]) -> None:
    with open_store("reports/assessment.sqlite", read_only=True) as store:
        results = [
            stored.result.model_copy(update={"submission": handed_in(stored.submission)})
            for stored in load_results(store, 3)
        ]
    write(Path("class.json"), build(results, {}, started="", finished=""))
    found = shown(capsys, "compare", "3", "class.json")
    assert "10 numbers: 10 same" in found
    found = shown(capsys, "compare", "1", "class.json")
    assert "5 only in old, 10 only in new" in found, "none is the reference's"


@pytest.mark.usefixtures("graded_class")
def test_practice_never_stands_for_a_grade(capsys: pytest.CaptureFixture[str]) -> None:
    with open_store("reports/assessment.sqlite", read_only=True) as store:
        [mine] = [e for e in standing(store, submission="e1") if e.result.unit == "wide"]
    assert mine.session == 3
    found = shown(capsys, "history", "wide", "--student", "e1 (practice)")
    assert "wide of e1 (practice): " in found


# --- what cannot be done --------------------------------------------------------------------------


@pytest.mark.usefixtures("course")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("list --store none.sqlite", "none.sqlite: there is no results store; pytest makes one when it runs a lab; name another file with --store"),
        ("list --store specs", "specs: is a directory; a results store is a file, such as specs/assessment.sqlite"),
        ("list --store specs/calibration/tiny.jsonl", "specs/calibration/tiny.jsonl: is not a results store, nor any SQLite database; name another file with --store"),
        ("list --store empty.sqlite", "empty.sqlite: there is no session yet"),
        ("compare 1 2 --store empty.sqlite", "empty.sqlite: there is no session yet"),
        ("history mlp --store empty.sqlite", "empty.sqlite: there is no result yet"),
        ("report --store empty.sqlite", "empty.sqlite: there is no graded result of the reference yet"),
        ("regrade tiny --store empty.sqlite", "empty.sqlite: there is no result yet"),
        ("regrade tiny --write --store none.sqlite", "none.sqlite: there is no results store; pytest makes one when it runs a lab; name another file with --store"),
        ("compare befor 2", "reports/assessment.sqlite: there is no session 'befor', did you mean before?; the latest is 2; saved: before"),
        ("compare 1 7", "reports/assessment.sqlite: there is no session '7'; the latest is 2; saved: before"),
        ("compare 1 none.json", "none.json: there is no such results file"),
        ("compare 1 broken.json", "broken.json:1:2: not JSON (Expecting property name enclosed in double quotes); expected a results file"),
        ("compare 1 damaged.json", "damaged.json: results.0.spec: Field required"),
        ("compare 1 2 -o c.pdf", "c.pdf: cannot be written, name it FILE.md, FILE.png, FILE.svg"),
        ("compare 1 2 -o specs/tiny.yaml/c.md", "specs/tiny.yaml/c.md: cannot be written: "),
        ("compare 1 2 --fail test_accuracy", "--fail test_accuracy: no `:` in it; allowed is MEASURE:PERCENT% (of the old value) or MEASURE:AMOUNT"),
        ("compare 1 2 --fail accuracy:1", "--fail accuracy:1: there is no measurement `accuracy`"),
        ("history wid", "reports/assessment.sqlite: there is no result of wid, did you mean wide? (there are: mlp, wide, order, count, why)"),
        ("history tiny::", "say which question, such as mlp (there are: mlp, wide, order, count, why)"),
        ("history tini::wide", "reports/assessment.sqlite: there is no result of tini (there are: specs/tiny.yaml)"),
        ("history wide -o w.pdf", "w.pdf: cannot be written, name it FILE.png, FILE.svg"),
        ("history why -o w.png", "w.png: nothing to draw, no session has a number of it"),
        ("history wide --student e1", "reports/assessment.sqlite: there is no result of the student e1"),
        ("report -o r.pdf", "r.pdf: only a page can be written, name it FILE.html"),
        ("report -o folder.html", "folder.html: cannot be written: Is a directory"),
        ("report --lab tinny.yaml", "reports/assessment.sqlite: there is no result of tinny.yaml, did you mean specs/tiny.yaml? (there are: specs/tiny.yaml)"),
        ("regrade tiny -o r.txt", "r.txt: only a results file can be written, name it FILE.json"),
        ("regrade tiny -o specs/tiny.yaml/r.json", "specs/tiny.yaml/r.json: cannot be written: "),
    ],
)  # fmt: skip
def test_unhappy(arguments: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    open_store("empty.sqlite").close()
    Path("folder.html").mkdir()
    Path("broken.json").write_text("{")
    Path("damaged.json").write_text('{"schema_version": 1, "results": [{}]}')
    assert main(arguments.split()) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"assessment: {message}")
    assert error.count("\n") == 1


@pytest.mark.usefixtures("course")
@pytest.mark.parametrize("arguments", [["compare", "1"], ["history"], ["regrade"], ["list", "x"]])
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert re.search(r"^assessment( \w+)?: error: ", capsys.readouterr().err, re.MULTILINE)


def test_what_the_commands_import(course: Path) -> None:
    program = """
import sys
from assessment.cli import main
for arguments in (["--help"], ["compare", "--help"], ["compare", "1"], ["regrade"]):
    try:
        main(arguments)
    except SystemExit:
        pass
main(["list"])
light = {"numpy", "matplotlib", "scipy"} & set(sys.modules)
main(["compare", "1", "2", "-o", "c.png"])
main(["history", "wide", "-o", "w.png"])
main(["report"])
main(["regrade", "tiny"])
print("loaded:", sorted(light), sorted({"torch", "torchvision"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=course, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "loaded: [] []"
    assert "Traceback" not in done.stderr
