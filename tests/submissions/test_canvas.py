"""Canvas' exports."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.submissions.places import fill, graded, notes


def test_files_of_one_student_belong_together(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "smithbob_340934_208490284_lab 7.ipynb",
        "smithbob_340934_208490285_my_net.py",
        "wellslane_LATE_334244_394803489_work.zip",
        "lióanna_334245_394803490_lab.ipynb",
    )
    assert graded(tmp_path) == {
        "340934": ["lab 7.ipynb", "my_net.py"],
        "334244": ["work.zip"],
        "334245": ["lab.ipynb"],
    }
    assert notes(tmp_path) == {
        "340934": (),
        "334244": ("handed in late, says Canvas",),
        "334245": (),
    }


def test_of_attempts_the_newest_counts(tmp_path: Path) -> None:
    """Files that were handed in once stay: `model.py` is still needed."""
    fill(
        tmp_path,
        "doejane_1_100_lab.ipynb",
        "doejane_1_101_model.py",
        "doejane_1_205_lab-2.ipynb",
        "doejane_1_150_lab-1.ipynb",
        "libo_2_300_lab.ipynb",
    )
    assert graded(tmp_path) == {"1": ["model.py", "lab.ipynb"], "2": ["lab.ipynb"]}
    assert notes(tmp_path)["1"] == (
        "3 attempts, the newest is graded: doejane_1_205_lab-2.ipynb; "
        "not graded: doejane_1_100_lab.ipynb, doejane_1_150_lab-1.ipynb",
    )


def test_an_attempt_after_the_deadline_counts_alone(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "doejane_1_100_lab.ipynb",
        "doejane_1_101_old.py",
        "doejane_LATE_1_205_final.ipynb",
        "libo_2_300_lab.ipynb",
    )
    assert graded(tmp_path)["1"] == ["final.ipynb"]
    assert notes(tmp_path)["1"] == (
        "2 attempts, the newest is graded: doejane_LATE_1_205_final.ipynb; "
        "not graded: doejane_1_100_lab.ipynb, doejane_1_101_old.py",
        "handed in late, says Canvas",
    )


def test_numbered_files_without_a_first_one_are_no_attempts(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "doejane_1_100_task-1.ipynb",
        "doejane_1_101_task-2.ipynb",
        "libo_2_102_task-1.ipynb",
    )
    assert graded(tmp_path) == {"1": ["task-1.ipynb", "task-2.ipynb"], "2": ["task-1.ipynb"]}


def test_a_renamed_module_gets_back_the_name_that_it_is_imported_by(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "doejane_1_100_lab-1.ipynb",
        "doejane_1_101_model-1.py",
        "libo_2_102_part-1.py",
        "libo_2_103_part-2.py",
    )
    assert graded(tmp_path) == {
        "1": ["lab-1.ipynb", "model.py"],
        "2": ["part-1.py", "part-2.py"],
    }


def test_two_files_of_one_name_are_two_files(tmp_path: Path) -> None:
    fill(tmp_path, "a_1_10_x.zip/model.py", "a_1_10_x.zip.d", "b_2_11_y.py")
    assert graded(tmp_path)["2"] == ["y.py"]
    assert graded(tmp_path)["1"]


def test_anonymous_students(tmp_path: Path) -> None:
    fill(tmp_path, "anon_x1Y2z_10_lab.ipynb", "LATE_anon_Qq7rS_11_lab.ipynb")
    assert graded(tmp_path) == {"anon_x1Y2z": ["lab.ipynb"], "anon_Qq7rS": ["lab.ipynb"]}
    assert notes(tmp_path)["anon_Qq7rS"] == ("handed in late, says Canvas",)


def test_texts_and_links(tmp_path: Path) -> None:
    fill(tmp_path, "doejane_1_text.html", "libo_LATE_2_link.html", "ray_3_4_lab.ipynb")
    assert graded(tmp_path) == {"1": ["text.html"], "2": ["link.html"], "3": ["lab.ipynb"]}


def test_what_was_unzipped_beside_its_zip(tmp_path: Path) -> None:
    fill(tmp_path, "doejane_1_100_work.zip", "doejane_1_100_work/net.py", "libo_2_102_lab.ipynb")
    assert set(graded(tmp_path)) == {"1", "2"}
    assert notes(tmp_path)["1"][0].startswith("2 attempts, the newest")


def test_something_else_among_them(tmp_path: Path) -> None:
    fill(tmp_path, "doejane_1_100_lab.ipynb", "libo_2_102_lab.ipynb", "grades.csv")
    assert graded(tmp_path)["grades"] == ["grades.csv"]
    assert notes(tmp_path)["grades"] == ("not named as Canvas names what it exports",)


@pytest.mark.parametrize("given", ["..", ".", "-rf", "a_1_2_b.py", "x\ny.py"])
def test_names_of_files_lead_nowhere(tmp_path: Path, given: str) -> None:
    fill(tmp_path, f"doejane_1_100_{given}", "libo_2_102_lab.ipynb")
    (found,) = graded(tmp_path)["1"]
    assert found == (f"doejane_1_100_{given}" if given in (".", "..") else given)


@pytest.mark.parametrize(
    "names",
    [
        ["lab7_2024_01_alice.ipynb", "lab7_2024_01_bob.ipynb"],
        ["lab7_2024_19001_x.ipynb", "lab7_2024_19002_x.ipynb", "lab7_2024_19003_x.ipynb"],
        [f"lab7_7_{number}_x.ipynb" for number in range(1000, 1006)],
        ["lab_1_10_x.ipynb", "lab_2_11_x.ipynb", "lab_3_12_x.ipynb"],
        ["alice.ipynb", "bob.ipynb", "doejane_1_100_lab.ipynb"],
    ],
)
def test_a_class_with_numbers_in_its_names_is_not_taken_for_one_student(
    tmp_path: Path, names: list[str]
) -> None:
    assert len(graded(fill(tmp_path, *names))) == len(names)


def test_one_student_alone(tmp_path: Path) -> None:
    fill(tmp_path, "doejane_70012_100_lab.ipynb", "doejane_70012_101_net.py")
    assert graded(tmp_path) == {"70012": ["lab.ipynb", "net.py"]}
