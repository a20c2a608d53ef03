from __future__ import annotations

import pytest

from assessment.results.totals import add_up, group, question_title, variant_title
from tests.report.builders import result
from tests.report.examples import learning_rates, model_a, not_gradable, skipped, written
from tests.report.extremes import to_target
from tests.report.students import answered, handed_in


def test_what_was_not_graded_is_never_a_zero() -> None:
    totals = add_up([model_a(), not_gradable(), skipped(), written()])
    assert (totals.earned, totals.points) == (4, 4)
    assert totals.undecided == 8
    assert totals.waiting == 6
    assert totals.items == 4


def test_points_of_undecided_items_are_not_counted_even_if_some_were_earned() -> None:
    item = result(status="not_gradable", earned=1.0, points=9.0)
    assert add_up([item]).earned == 0


def test_groups_keep_the_order_in_which_items_came() -> None:
    rates, target = learning_rates(), to_target()
    mixed = [rates[0], target[0], model_a(), rates[1], target[1], rates[2]]

    labs = group(mixed)

    assert [lab.spec for lab in labs] == ["specs/co543_lab7.yaml", "specs/adelaide.yaml"]
    assert [q.question for q in labs[0].questions] == ["task2-5-learning-rate", "task2-1-model-a"]
    assert [r.variant for r in labs[0].questions[0].results] == ["lr-0.1", "lr-0.01", "lr-0.001"]
    assert len(labs[0].results) == 4
    assert group([]) == []


def test_two_labs_of_one_title_stay_apart() -> None:
    assert len(group([result(spec="a.yaml"), result(spec="b.yaml")])) == 2


def test_students_and_the_reference_stay_apart() -> None:
    ann, bob = handed_in("ann"), handed_in("bob")
    mixed = [
        result("q1"),
        answered("q1", by=ann, variant="x"),
        answered("q1", by=bob, variant="x"),
        answered("q1", by=ann, variant="y"),
    ]
    labs = group(mixed)
    assert [lab.submission for lab in labs] == [None, ann, bob]
    assert [[r.variant for r in lab.questions[0].results] for lab in labs] == [
        [None],
        ["x", "y"],
        ["x"],
    ]
    assert [lab.totals.points for lab in labs] == [3, 6, 3]


@pytest.mark.parametrize(
    ("titles", "question", "variants"),
    [
        (["Rates: lr-0.1", "Rates: lr-0.01"], "Rates", ["lr-0.1", "lr-0.01"]),
        (["2.5: rates: slow", "2.5: rates: fast"], "2.5: rates", ["slow", "fast"]),
        (["Rates: lr-0.1"], "Rates", ["lr-0.1"]),
        (["Rates"], "Rates", ["v0"]),
        (["One", "Two"], "q", ["v0", "v1"]),
    ],
)
def test_titles_of_variants_are_taken_apart(
    titles: list[str], question: str, variants: list[str]
) -> None:
    results = [result("q", variant=f"v{i}", title=title) for i, title in enumerate(titles)]
    assert question_title(results) == question
    assert [variant_title(each) for each in results] == variants


def test_a_question_without_variants_keeps_its_title_whole() -> None:
    single = result(title="Task 1: ResNet-18")
    assert question_title([single]) == "Task 1: ResNet-18"
    assert variant_title(single) == ""
