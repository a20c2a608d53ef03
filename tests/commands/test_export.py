"""`assessment export`: measured beside reported, from results files or from the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.cli import main
from assessment.commands.export import HEAD
from assessment.grading.score import Setting, unscored
from assessment.results.document import build, write
from assessment.results.store.files import open_store
from assessment.results.store.graded import load_results, put_result
from assessment.results.store.sessions import begin_session
from assessment.spec.units import units
from tests.commands.stores import SPEC, STARTED, fill, write_lab
from tests.report.students import handed_in

ROOT = Path(__file__).parents[2]
STORE = "reports/assessment.sqlite"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def export(*arguments: str) -> str:
    assert main(["export", "results.md", *arguments]) == 0
    text = Path("results.md").read_text(encoding="utf-8")
    assert text.startswith(HEAD)
    return text.removeprefix(HEAD)


def rows(text: str) -> dict[str, str]:
    """Give the row of each item by its id."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return {line.split("`")[1]: line for line in lines}


def test_the_latest_result_of_every_item_stands(capsys: pytest.CaptureFixture[str]) -> None:
    lab = write_lab()
    fill(lab, {"mlp": [93.8], "wide": [96.5]})
    fill(lab, {"wide": [89.0]})
    fill(lab, {"mlp": [70.0], "wide": [70.0]}, submission="e19310")
    text = export()
    assert capsys.readouterr().out == (
        f"results.md written from 5 results in {STORE}\n"
        "the reference's results; those of 1 submission are left out\n"
    )
    assert list(rows(text)) == ["mlp", "wide", "order", "count", "why"], "in the spec's order"
    assert "| 93.8 % |" in rows(text)["mlp"]
    assert "| 89.0 % |" in rows(text)["wide"]
    assert rows(text)["wide"].endswith("| at least 90.0 % | 0/2 |")
    assert text.count(f"Run: {STARTED[:10]}, ") == 1, "two sessions on one machine"


def test_one_sessions_store_and_its_results_file_give_the_same_table() -> None:
    lab = write_lab()
    fill(lab, {"mlp": [93.8], "wide": [96.5]})
    with open_store(Path(STORE), read_only=True) as store:
        results = [stored.result for stored in load_results(store, 1)]
    write(Path("results.json"), build(results, {}, started=STARTED, finished=STARTED))
    from_file = export("results.json").splitlines()
    from_store = export("--store", STORE).splitlines()
    assert [line for line in from_file if not line.startswith("Run:")] == [
        line for line in from_store if not line.startswith("Run:")
    ]


def test_what_nobody_could_grade_is_shown_unless_something_stands() -> None:
    lab = write_lab()
    fill(lab, {"wide": [96.5]})
    with open_store(Path(STORE)) as store:
        number = begin_session(
            store, started=STARTED, command=[], machine={}, versions={}, options={}
        )
        for name, status in (("mlp", "skipped"), ("wide", "not_gradable"), ("order", "smoke")):
            unit = units(lab.lab)[name]
            put_result(store, number, unscored(unit, Setting(lab), status, "no GPU"))
    found = rows(export())
    assert "skipped: no GPU" in found["mlp"]
    assert "| 96.5 % |" in found["wide"]
    assert "smoke" not in found.get("order", "")


def test_what_the_spec_no_longer_asks_is_left_out() -> None:
    fill(write_lab(), {"mlp": [93.8], "wide": [96.5]})
    Path("specs/tiny.yaml").write_text(SPEC.partition("  count:")[0])
    assert list(rows(export())) == ["mlp", "wide", "order"]
    Path("specs/tiny.yaml").write_text("title: broken")
    assert "count" in rows(export())


def test_a_class_is_never_taken_for_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    fill(write_lab(), {"mlp": [93.8], "wide": [96.5]})
    with open_store(Path(STORE), read_only=True) as store:
        own = [stored.result for stored in load_results(store, 1)]
    class_run = [result.model_copy(update={"submission": handed_in("e1")}) for result in own]
    for name, results in (("own", own), ("class", class_run), ("both", [*own[:1], *class_run])):
        write(Path(f"{name}.json"), build(results, {}, started=STARTED, finished=STARTED))
    assert list(rows(export("own.json", "both.json"))) == ["mlp", "wide", "order", "count", "why"]
    assert "those of 1 submission are left out" in capsys.readouterr().out
    assert main(["export", "results.md", "own.json", "class.json"]) == 1
    assert "class.json: holds results of submissions only" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["results.md"], "reports/assessment.sqlite: there is no"),
        (["results.md", "--store", "own.sqlite"], "own.sqlite: there is no"),
        (["results.txt"], "results.txt: only Markdown can be written, name it FILE.md"),
        (["results.md", "results.json"], "results.json: there is no such results file"),
        (["results.md", "a.json", "--store", "b.sqlite"], "choose one of them"),
    ],
)
def test_what_cannot_be_written(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *arguments]) == 1
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not Path("results.md").exists()


def test_a_store_without_results(capsys: pytest.CaptureFixture[str]) -> None:
    open_store(Path(STORE)).close()
    assert main(["export", "results.md"]) == 1
    assert (
        capsys.readouterr().err
        == f"assessment: {STORE}: there is no graded result of the reference yet\n"
    )


def test_this_projects_own_table_says_how_it_was_written() -> None:
    assert (ROOT / "docs/results.md").read_text(encoding="utf-8").startswith(HEAD)
