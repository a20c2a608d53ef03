# ruff: noqa: E501 - tables with one case a line
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from assessment.cli import main
from assessment.spec.document import parse_document
from assessment.spec.reader import read_lab

ROOT = Path(__file__).parents[1]
GOOD = """\
title: Good
defaults:
  training: {dataset: {name: digits}, epochs: 2, batch_size: 32}
questions:
  rates:
    kind: training
    title: Rates
    training: {model: {name: digits/mlp}, optimizer: {name: sgd, learning_rate: 1e-3}}
    variants: {lr-0.1: {set: {optimizer: {learning_rate: 0.1}}}, lr-0.001: {}}
  why: {kind: written, title: Why, rubric: [{points: 2, text: t}]}
"""
BAD = GOOD.replace("epochs", "epoch").replace("points: 2", "points: two")


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change into a folder with one good and one broken spec file."""
    monkeypatch.chdir(tmp_path)
    specs = tmp_path / "specs"
    specs.mkdir()
    (specs / "good.yaml").write_text(GOOD)
    (specs / "bad.yaml").write_text(BAD)
    return tmp_path


def _run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "80"}
    return subprocess.run(
        [sys.executable, "-m", "assessment", *arguments],
        cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


# --- check --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("course")
def test_check_reads_all_specs_and_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 1
    captured = capsys.readouterr()
    heads = [line for line in captured.out.splitlines() if line.startswith("specs/")]
    assert [head.partition(": ")[0] for head in heads] == [
        "specs/bad.yaml:3:39", "specs/bad.yaml:8:15", "specs/bad.yaml:10:54"
    ]  # fmt: skip
    assert captured.out.splitlines()[-1] == "2 files, 3 problems"
    assert captured.err == ""


@pytest.mark.usefixtures("course")
def test_check_of_a_good_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "specs/good.yaml"]) == 0
    assert capsys.readouterr().out == "1 file, 0 problems\n"


@pytest.mark.usefixtures("course")
def test_check_asks_back_where_something_looks_like_a_slip(
    capsys: pytest.CaptureFixture[str],
) -> None:
    late = GOOD.replace("batch_size: 32", "batch_size: 32, schedule: {name: step, every: 2}")
    Path("specs/late.yaml").write_text(late)
    assert main(["check", "specs/late.yaml"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "specs/late.yaml:9: warning: rates[lr-0.1].schedule: the learning rate would change after epoch 2, and epoch 2 is the last",
        "1 file, 0 problems, 1 warning",
    ]


@pytest.mark.usefixtures("course")
def test_check_goes_on_after_a_file_it_cannot_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "specs", "specs/goof.yaml", "specs/good.yaml"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "specs: is a directory, not a spec file",
        "specs/goof.yaml: no such file, did you mean specs/good.yaml?",
        "3 files, 2 problems",
    ]


def test_check_without_specs_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 2
    assert capsys.readouterr().err == "assessment check: no file specs/*.yaml here, name one\n"


def test_this_projects_own_specs_are_sound(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["check"]) == 0, capsys.readouterr().out


# --- show ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("lab", ["specs/good.yaml", "specs/good", "good.yaml", "good"])
@pytest.mark.usefixtures("course")
def test_show_finds_the_lab(lab: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", f"{lab}::why"]) == 0
    assert capsys.readouterr().out.startswith("why:\n  title: Why\n")


@pytest.mark.usefixtures("course")
def test_show_prints_what_would_itself_be_a_question(capsys: pytest.CaptureFixture[str]) -> None:
    shown = []
    for name in ("rates", "rates[lr-0.1]"):
        assert main(["show", f"good::{name}"]) == 0
        shown.append(capsys.readouterr().out)
    text = "title: T\nquestions:\n" + "".join(f"  {line}\n" for line in "".join(shown).splitlines())
    Path("again.yaml").write_text(text)
    assert list(read_lab(Path("again.yaml")).lab.questions) == ["rates", "rates.lr-0.1"]
    variant = parse_document(shown[1]).data["rates.lr-0.1"]
    assert variant["title"] == "Rates: lr-0.1"
    assert variant["training"] == {
        "model": {"name": "digits/mlp"}, "dataset": {"name": "digits"},
        "optimizer": {"name": "sgd", "learning_rate": 0.1}, "epochs": 2, "batch_size": 32,
    }  # fmt: skip
    assert set(parse_document(shown[0]).data["rates"]["variants"]) == {"lr-0.1", "lr-0.001"}


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("good::rate", "assessment: good has no question rate, did you mean rates? (there are: rates, why, rates[lr-0.1], rates[lr-0.001])"),
        ("good::rates[lr-0.2]", "assessment: good has no question rates[lr-0.2], did you mean rates[lr-0.1]? (there are: rates, why, rates[lr-0.1], rates[lr-0.001])"),
        ("good", "assessment: say which question of good, as in good::rates (there are: rates, why, rates[lr-0.1], rates[lr-0.001])"),
        ("goods::why", "specs/goods.yaml: no such file, did you mean specs/good.yaml?"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("course")
def test_show_of_what_is_not_there(
    named: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", named]) == 1
    assert capsys.readouterr() == ("", f"{message}\n")


@pytest.mark.usefixtures("course")
def test_show_of_a_broken_lab_lists_its_problems(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "bad::why"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("specs/bad.yaml:3:39: defaults.training.epoch: unknown key")


# --- schema, help, the process ------------------------------------------------------------------


def test_schema_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["title"] == "Lab of pytest-assessment"
    assert schema["$schema"].startswith("https://json-schema.org/")


def test_help(course: Path) -> None:
    # argparse words its headings differently from one Python to the next; these lines it leaves.
    shown = _run("--help", cwd=course)
    assert shown.returncode == 0
    assert shown.stdout.startswith("usage: assessment [-h] [--version] COMMAND ...\n")
    assert "\nWork with the spec files of deep-learning labs.\n" in shown.stdout
    commands = re.findall(r"^ {4}(\w+)\s+(.*)$", shown.stdout, re.MULTILINE)
    assert commands == [
        ("check", "Check spec files and list every problem in them."),
        ("show", "Show a question with its defaults merged, as YAML."),
        ("schema", "Print the JSON Schema of spec files, for editors."),
        ("calibrate", "Train the reference runs that the bands of a lab lack."),
        ("grade", "Grade a class: a folder of hand-ins, each in its jail."),
        ("export", "Write measured beside reported values as a table."),
        ("list", "List the sessions of the store."),
        ("compare", "Compare two runs of the same labs, old against new."),
        ("history", "Show what a question measured in every session."),
        ("report", "Write the standing report: the reference's latest results."),
        ("regrade", "Grade stored runs again by the spec as it is now."),
    ]


def test_help_of_commands(course: Path) -> None:
    check = _run("check", "--help", cwd=course).stdout
    assert check.startswith("usage: assessment check [-h] [--data DIR] [FILE ...]\n")
    assert "  FILE        spec files (default: specs/*.yaml)\n" in check
    show = _run("show", "--help", cwd=course).stdout
    assert show.startswith("usage: assessment show [-h] [--data DIR] LAB::QUESTION\n")
    assert "`specs/` and `.yaml` may be left out" in " ".join(show.split())


@pytest.mark.parametrize("arguments", [(), ("chek",), ("check", "--fix"), ("show",)])
def test_wrong_usage(arguments: tuple[str, ...], course: Path) -> None:
    done = _run(*arguments, cwd=course)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: assessment")
    assert "Traceback" not in done.stderr


def test_version(course: Path) -> None:
    assert re.fullmatch(r"assessment \d\S*\n", _run("--version", cwd=course).stdout)


def test_a_reader_that_goes_away_leaves_no_traceback(course: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "assessment", "schema"],
            cwd=course, env=environment, stdout=writing, stderr=subprocess.PIPE, text=True,
            timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


def test_no_command_imports_torch(course: Path) -> None:
    program = """
import sys
from assessment.cli import main
for arguments in (["check"], ["show", "good::rates[lr-0.1]"], ["schema"]):
    main(arguments)
heavy = {"torch", "torchvision", "numpy", "scipy", "matplotlib", "sklearn", "pytest"} & set(sys.modules)
print("heavy:", sorted(heavy))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=course, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "heavy: []"


def test_a_data_set_of_ones_own_is_found_by_its_directory(course: Path) -> None:
    (course / "sets").mkdir()
    (course / "sets" / "pets.npz").touch()
    (course / "pets.yaml").write_text(
        "title: T\nquestions:\n  a: {kind: training, title: A, training: {model: {name: digits/mlp},"
        " dataset: {name: pets}, optimizer: {name: adam}, epochs: 1, batch_size: 8}}\n"
    )
    assert _run("check", "pets.yaml", "--data", "sets", cwd=course).returncode == 0
    assert _run("show", "pets.yaml::a", "--data", "sets", cwd=course).returncode == 0
    refused = _run("check", "pets.yaml", cwd=course)
    assert refused.returncode == 1
    assert "unknown data set 'pets'" in refused.stdout
