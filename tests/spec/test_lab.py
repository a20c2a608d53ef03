"""Labs written in Python, with the rules that also hold for spec files."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

import assessment
from assessment import (
    Adam,
    ComparisonExpectation,
    ComparisonQuestion,
    Dataset,
    Expectation,
    Lab,
    ModelReference,
    Sgd,
    Training,
    TrainingQuestion,
    Variant,
)


def _question(**fields: object) -> TrainingQuestion:
    training = Training(
        model=ModelReference(name="digits/mlp"),
        dataset=Dataset(name="digits"),
        optimizer=Sgd(name="sgd", learning_rate=0.1),
        epochs=3,
        batch_size=32,
    )
    return TrainingQuestion(kind="training", title="Q", training=training, **fields)  # type: ignore[arg-type]


def test_a_lab_of_models() -> None:
    adam = Variant(set={"optimizer": Adam(name="adam")})
    order = ComparisonExpectation(measure="test_loss", ascending=["q[adam]", "q[sgd]"])
    lab = Lab(
        title="T",
        questions={
            "q": _question(variants={"adam": adam, "sgd": Variant()}),
            "c": ComparisonQuestion(
                kind="comparison",
                title="C",
                expect={"o": order},
            ),
        },
    )
    found = assessment.units(lab)
    assert list(found) == ["q[adam]", "q[sgd]", "c"]
    assert found["q[adam]"].training is not None
    assert found["q[adam]"].training.optimizer == Adam(name="adam")


def test_defaults_reach_questions_that_are_models() -> None:
    lab = Lab(
        title="T",
        defaults={"seeds": 5, "training": {"shuffle": False}},
        questions={"q": _question()},
    )
    question = lab.questions["q"]
    assert isinstance(question, TrainingQuestion)
    assert (question.seeds, question.training.shuffle) == (5, False)


def test_a_lab_of_plain_data_equals_one_of_models() -> None:
    lab = Lab(title="T", defaults={"seeds": 5}, questions={"q": _question()})
    assert Lab.model_validate(lab.model_dump()) == lab
    assert Lab.model_validate(lab.model_dump(exclude_unset=True)) == lab
    assert Lab.model_validate(lab) is lab


def test_the_data_given_is_not_changed() -> None:
    data = {"title": "T", "defaults": {"seeds": 5}, "questions": {"q": _question().model_dump()}}
    data["questions"]["q"].pop("seeds")  # type: ignore[index]
    Lab.model_validate(data)
    assert "seeds" not in data["questions"]["q"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("fields", "location"),
    [
        ({"variants": {"v": {"set": {"epoch": 3}}}}, ("variants", "v", "set", "epoch")),
        ({"expect": {"e": Expectation(measure="gradient_norm")}}, ("expect", "e", "measure")),
    ],
)
def test_a_question_on_its_own_is_checked(
    fields: dict[str, object], location: tuple[str, ...]
) -> None:
    if "variants" in fields:
        fields = {"variants": {"v": Variant(set={"epoch": 3})}}
    with pytest.raises(ValidationError) as caught:
        _question(**fields)
    assert [error["loc"] for error in caught.value.errors()] == [location]


def test_references_are_checked_with_locations_like_pydantics_own() -> None:
    with pytest.raises(ValidationError) as caught:
        Lab(title="T", defaults={"seed": 1}, questions={"q": _question(), "Q": _question()})
    assert [e["loc"] for e in caught.value.errors()] == [("defaults", "seed", "[key]")]
    with pytest.raises(ValidationError) as caught:
        Lab(
            title="T",
            questions={
                "q": _question(expect={"e": Expectation(measure="test_loss", requires=["x"])}),
                "Q": _question(),
            },
        )
    assert [e["loc"] for e in caught.value.errors()] == [
        ("questions", "Q", "[key]"),
        ("questions", "q", "training", "expect", "e", "requires", 0),
    ]


def test_public_names() -> None:
    assert {"Lab", "Training", "Expectation", "SpecError", "units", "load_lab"} <= set(
        assessment.__all__
    )
    assert all(getattr(assessment, name) is not None for name in assessment.__all__)
    assert set(assessment.__all__) <= set(dir(assessment))
    assert isinstance(assessment.__version__, str)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        assessment.nothing  # noqa: B018
