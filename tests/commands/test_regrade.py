# ruff: noqa: E501 - tables with one case a line
"""`assessment regrade`: stored runs under another spec, other bands, other answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assessment.cli import main
from assessment.results.document import load_results, read
from assessment.results.store.files import open_store
from assessment.results.store.graded import load_results as stored_results
from assessment.results.store.runs import put_run
from assessment.results.store.sessions import list_sessions
from tests.commands.stores import SPEC, fill, make_run, write_lab
from tests.results.store.examples import TERMS

GOOD = {"mlp": [94.4, 94.3, 94.5], "wide": [96.5]}
"""The first run of `mlp` settles its grade, the order of the two takes all of them."""
ALONE = {"mlp": [94.4], "wide": [96.5]}
Regrade = Callable[..., str]


@pytest.fixture
def regrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Regrade:
    """Change into an empty folder; what the command prints there."""
    monkeypatch.chdir(tmp_path)
    here = make_run(write_lab(), "mlp", 90.0, 1).environment
    assert here is not None
    # The runs of these tests were made nowhere: let that be here.
    monkeypatch.setattr("assessment.commands.regrading._tell_environments", lambda _: ())

    def called(*options: str) -> str:
        assert main(["regrade", "tiny", *options]) == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        return captured.out

    return called


def test_nothing_changes_where_nothing_changed(regrade: Regrade) -> None:
    fill(write_lab(), GOOD)
    before = Path("reports/assessment.sqlite").read_bytes()
    assert regrade() == (
        "Tiny (specs/tiny.yaml): nothing changes\n"
        "total 8 of 8 points, 8 of 8 before, 5 results graded again\n"
    )
    assert Path("reports/assessment.sqlite").read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [
        ("at_least: 90, points: 2", "at_least: 90, points: 5", "wide     2/2  5/5  accuracy: worth 5, 2 before"),
        ("at_least: 90", "at_least: 97", "wide     2/2  0/2  accuracy: test accuracy 96.5 % is below"),
        ("descending: [wide, mlp]", "ascending: [wide, mlp]", "order    1/1  0/1  ahead: wide 96.5 % is above mlp 94.4 %"),
        ("value: 2410", "value: 2411", None),
        ("points: 2, text: t", "points: 3, text: t", "why      -/2  -/3  waits for 3 points, 2 before"),
        ("loss: {measure: train_loss}", "loss: {measure: test_loss, at_most: 0.1, points: 1}", "mlp      4/4  4/5  loss: worth 1, 0 before, mean test loss 0.5 is above"),
        ("    expect: {accuracy: {measure: test_accuracy, at_least: 90, points: 2}}\n", "", "wide     2/2  0/0  accuracy is not asked any more"),
    ],
)  # fmt: skip
def test_another_rubric(old: str, new: str, row: str | None, regrade: Regrade) -> None:
    assert SPEC.count(old) == 1
    fill(write_lab(), GOOD)
    write_lab(SPEC.replace(old, new))
    found = regrade()
    if row is None:  # the instructor's own answer follows the spec
        assert "nothing changes" in found
    else:
        assert " ".join(row.split()) in " ".join(found.split())
    assert found == regrade("-o", "again.json").replace("again.json written\n", "")


def test_other_bands(regrade: Regrade) -> None:
    fill(write_lab(), ALONE)
    write_lab(accuracies=[97.0, 97.1, 97.2, 96.9, 97.1, 97.0])
    found = regrade()
    # One run below the mean leaves the grade open; the store holds no more of them.
    assert "borderline: mlp: more runs of mlp would decide" in found
    assert "to train and grade: pytest specs/tiny.yaml::mlp" in found
    assert "total 8 of 8 points, 8 of 8 before" in found


def test_runs_that_another_item_has_made_decide(regrade: Regrade) -> None:
    lab = write_lab()
    fill(lab, ALONE)
    with open_store("reports/assessment.sqlite") as store:
        for seed in (2_000_001, 2_000_002, 2_000_003, 1_000_000):
            put_run(store, make_run(lab, "mlp", 94.0, seed), TERMS)
    write_lab(accuracies=[97.0, 97.1, 97.2, 96.9, 97.1, 97.0])
    found = regrade("-o", "again.json")
    assert "borderline" not in found
    assert "accuracy: mean test accuracy 94.1" in found
    again = load_results(read(Path("again.json")))
    seeds = {result.unit: [run.seed for run in result.runs] for result in again}
    assert seeds["mlp"] == [2_000_000, 2_000_001, 2_000_002]  # of its family, as many as it has
    assert seeds["wide"] == [2_000_000]


def test_another_recipe(regrade: Regrade) -> None:
    fill(write_lab(), GOOD)
    write_lab(SPEC.replace("    training: {model: {name: digits/mlp}}\n", "    training: {model: {name: digits/mlp}, epochs: 3}\n"))  # fmt: skip
    found = regrade()
    reason = "its stored runs are of another recipe, model or data set"
    assert f"another question by now: mlp: {reason}" in found
    assert "to train and grade: pytest specs/tiny.yaml::mlp\n" in found
    assert "kept as it was: order: it stands on mlp" in found
    assert "3 results graded again" in found


def test_another_kind_and_items_never_run(regrade: Regrade) -> None:
    fill(write_lab(), {"mlp": [94.4]})
    text = SPEC.replace("{kind: written, title: Why, rubric: [{points: 2, text: t}]}", "{kind: answer, title: Why, answer: {value: 1}, points: 1}")  # fmt: skip
    write_lab(text)
    found = regrade("--store", "reports/assessment.sqlite")
    assert "another question by now: why: it was a question of kind written" in found
    assert "pytest specs/tiny.yaml::why --assess-store reports/assessment.sqlite" in found
    assert "never graded: wide, order" in found


def test_recipes_are_taken_where_the_data_set_is_absent(
    regrade: Regrade, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(write_lab(), GOOD)
    write_lab(SPEC.replace("at_least: 90", "at_least: 97"))
    from assessment.errors import DataError
    from assessment.execution import preparation

    def absent(*_: object, **options: object) -> None:
        assert options["download"] is False
        raise DataError("digits: is not here")

    monkeypatch.setattr(preparation.cache, "load", absent)
    found = " ".join(regrade().split())
    note = "note: recipes on digits cannot be checked, stored runs are taken as theirs: digits: is"
    assert found.count(note) == 1
    assert "wide 2/2 0/2" in found
    assert "5 results graded again" in found


def test_weights_that_are_absent_are_told_where_runs_started_from_them(
    regrade: Regrade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSESSMENT_DATA", str(Path.cwd()))
    Path("weights").mkdir()
    Path("weights/net.pth").touch()
    own = "def network(hidden=64, weights=None):\n    return None\n"
    (write_lab().path.parent / "own.py").write_text(own)
    text = SPEC.replace("digits/mlp, arguments: {hidden: 64}", "'own:network', weights: net.pth")
    assert text != SPEC
    fill(write_lab(text), GOOD)
    assert "note:" not in regrade()
    Path("weights/net.pth").unlink()
    found = " ".join(regrade().split())
    assert found.count("note: recipes from net.pth cannot be checked, stored runs are") == 1
    assert "taken as theirs: the pretrained weights net.pth are not in" in found
    assert "5 results graded again" in found
    fill(write_lab(), GOOD)
    untrained = (
        "new: {kind: training, title: N, training: {model: {name: 'own:network', weights: n.pth}}}"
    )
    write_lab(SPEC.replace("order:", f"{untrained}\n  order:"))
    assert "note:" not in regrade(), "nothing of it was trained"


def test_submissions_have_runs_and_answers_of_their_own(regrade: Regrade) -> None:
    lab = write_lab()
    fill(lab, GOOD)
    fill(lab, GOOD | {"wide": [89.0]}, submission="e1", answers={"count": "2410"})
    fill(lab, GOOD | {"wide": [95.0]}, submission="e2", answers={"count": "2500"})
    write_lab(SPEC.replace("at_least: 90", "at_least: 88").replace("2410", "2500"))
    found = regrade()
    rows = [" ".join(line.split()) for line in found.splitlines() if " e" in line]
    told = [(row.split()[0], row.split()[1], *row.split()[2:4]) for row in rows]
    assert told == [
        ("wide", "e1", "0/2", "2/2"),
        ("count", "e1", "1/1", "0/1"),
        ("count", "e2", "0/1", "1/1"),
    ]
    totals = "total of the reference 8 of 8 points, 8 of 8 before"
    assert f"{totals}, 15 results graded again, 2 submissions" in found
    assert regrade("-o", "r.json").endswith("those of 2 submissions are left out\n")
    results = load_results(read(Path("r.json")))
    assert [result.unit for result in results] == ["mlp", "wide", "order", "count", "why"]


def test_a_class_without_a_reference_has_no_total(regrade: Regrade) -> None:
    lab = write_lab()
    fill(lab, GOOD, submission="e1")
    fill(lab, {"wide": [70.0]}, submission="e2")
    found = regrade()
    assert "total" not in found
    assert "graded again, 2 submissions" in found
    assert "never graded: mlp (1 of 2)" in " ".join(found.split())


def test_submissions_of_another_recipe_are_told_by_the_reference(regrade: Regrade) -> None:
    lab = write_lab()
    fill(lab, GOOD)
    fill(lab, GOOD, submission="e1")
    write_lab(SPEC.replace("{hidden: 64}", "{hidden: 65}"))
    assert "another question by now: wide of e1: its stored runs" in " ".join(regrade().split())


def test_what_is_written_is_a_session(regrade: Regrade, capsys: pytest.CaptureFixture[str]) -> None:
    fill(write_lab(), GOOD)
    write_lab(SPEC.replace("at_least: 90", "at_least: 97"))
    assert regrade("--write").endswith("session 2 written: 5 results\n")
    with open_store("reports/assessment.sqlite", read_only=True) as store:
        session = list_sessions(store)[-1]
        old, new = (stored_results(store, number) for number in (1, 2))
    assert session.command == ["assessment", "regrade", "tiny", "--write"]
    assert (session.status, session.earned, session.points) == ("complete", 6, 8)
    assert [each.result.runs for each in new] == [each.result.runs for each in old]
    assert "nothing changes" in regrade()
    assert main(["compare", "1", "2"]) == 0
    assert "1 no longer met" in capsys.readouterr().out


def test_runs_of_another_environment_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    fill(write_lab(), GOOD)
    assert main(["regrade", "tiny"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "note: 2 results on runs of another environment, taken as they are: torch 2.10.0" in told
