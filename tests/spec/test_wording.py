# ruff: noqa: E501 - tables with one case a line
from __future__ import annotations

from collections.abc import Callable

import pytest

from assessment.problems import Problem


@pytest.fixture
def told(problems: Callable[..., list[Problem]]) -> Callable[..., str]:
    """Return what gives the one message about a training question with a part replaced."""

    def message(**parts: str) -> str:
        lines = {
            "kind": "training", "title": "Q", "model": "{name: m}", "dataset": "{name: d}",
            "optimizer": "{name: sgd, learning_rate: 0.1}", "epochs": "3", "batch_size": "32",
            "expect": "{}",
        } | parts  # fmt: skip
        outer = ("kind", "title", "text", "expect", "variants", "seeds", "hardware", "reported")
        recipe = ", ".join(f"{k}: {v}" for k, v in lines.items() if k not in outer)
        rest = ", ".join(f"{k}: {v}" for k, v in lines.items() if k in outer)
        [problem] = problems(f"title: T\nquestions:\n  q: {{{rest}, training: {{{recipe}}}}}\n")
        found = problem.source[problem.column - 1 :][: problem.width]
        return f"{found} | {problem.field.removeprefix('questions.q.')}: {problem.message}"

    return message


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        # unknown and missing keys
        ({"epoch": "3"}, "epoch | training.epoch: unknown key, did you mean epochs? (allowed: model, trainable, dataset, loss, loss_mean, optimizer, schedule, epochs, max_steps, batch_size, evaluation_batch_size, shuffle, early_stopping, record)"),
        ({"optimizer": "{name: sgd, learning_rate: 1, momentun: 0.9}"}, "momentun | training.optimizer.momentun: unknown key, did you mean momentum? (allowed with `name: sgd`: name, learning_rate, momentum, weight_decay, nesterov)"),
        ({"optimizer": "{name: adam, Learning-Rate: 1}"}, "Learning-Rate | training.optimizer.Learning-Rate: unknown key, did you mean learning_rate? (allowed with `name: adam`: name, learning_rate, betas, weight_decay)"),
        ({"optimizer": "{name: sgd}"}, "{name: sgd} | training.optimizer: needs the key `learning_rate`: a number above 0"),
        ({"optimizer": "{learning_rate: 1}"}, "{learning_rate: 1} | training.optimizer: needs the key `name`: one of sgd, adam, adamw, rmsprop"),
        ({"dataset": "{name: d, transforms: [{kind: resize}]}"}, "{kind: resize} | training.dataset.transforms[0]: needs the key `size`: a whole number of at least 1"),
        ({"expect": "{e: {points: 0}}"}, "{points: 0} | expect.e: needs the key `measure`: one of test_accuracy, test_loss, validation_accuracy, validation_loss, train_accuracy, train_loss, first_batch_loss, last_batch_loss, gradient_norm, gradient_mean, first_gradient_norm, last_gradient_norm, epochs, epochs_to_accuracy, epochs_to_train_loss, parameters, seconds"),
        # names
        ({"optimizer": "{name: sdg, learning_rate: 1}"}, 'sdg | training.optimizer.name: found the text "sdg", did you mean sgd? (allowed: sgd, adam, adamw, rmsprop)'),
        ({"optimizer": "{name: 5}"}, "5 | training.optimizer.name: found the number 5 (allowed: sgd, adam, adamw, rmsprop)"),
        ({"optimizer": "adam"}, 'adam | training.optimizer: must be a map with `name`: one of sgd, adam, adamw, rmsprop, found the text "adam": write {name: adam}'),
        ({"loss": "cross-entropy"}, 'cross-entropy | training.loss: found the text "cross-entropy", did you mean cross_entropy? (allowed: cross_entropy, nll)'),
        ({"loss": "3"}, "3 | training.loss: must be one of cross_entropy, nll, found the number 3"),
        ({"kind": "trainin"}, 'trainin | kind: found the text "trainin", did you mean training? (allowed: training, comparison, written, function, answer, checkpoint)'),
        # numbers
        ({"epochs": "0"}, "0 | training.epochs: must be a whole number of at least 1, found the number 0"),
        ({"epochs": "10.0"}, "10.0 | training.epochs: must be a whole number of at least 1, found the number 10.0: write 10"),
        ({"epochs": "'10'"}, "'10' | training.epochs: must be a whole number of at least 1, found the text \"10\": remove the quotes"),
        ({"epochs": "1_000"}, '1_000 | training.epochs: must be a whole number of at least 1, found the text "1_000": write 1000'),
        ({"epochs": "many"}, 'many | training.epochs: must be a whole number of at least 1, found the text "many"'),
        ({"epochs": "true"}, "true | training.epochs: must be a whole number of at least 1, found true"),
        ({"epochs": "null"}, "null | training.epochs: must be a whole number of at least 1, found nothing (null)"),
        ({"epochs": "[1, 2]"}, "[1, 2] | training.epochs: must be a whole number of at least 1, found a list of 2"),
        ({"epochs": "{a: 1}"}, "{a: 1} | training.epochs: must be a whole number of at least 1, found a map with the keys a"),
        ({"optimizer": "{name: sgd, learning_rate: '0,1'}"}, "'0,1' | training.optimizer.learning_rate: must be a number above 0, found the text \"0,1\": write 0.1"),
        ({"optimizer": "{name: sgd, learning_rate: .inf}"}, ".inf | training.optimizer.learning_rate: the number .inf must be finite"),
        ({"optimizer": "{name: sgd, learning_rate: 1, momentum: 1}"}, "1 | training.optimizer.momentum: must be a number of at least 0 and below 1, found the number 1"),
        ({"early_stopping": "{test_accuracy: 101}"}, "101 | training.early_stopping.test_accuracy: must be a number from 0 to 100, found the number 101"),
        # texts, switches, lists, maps
        ({"title": "2.5"}, "2.5 | title: must be a text, found the number 2.5: put it in quotes"),
        ({"shuffle": "no"}, 'no | training.shuffle: must be true or false, found the text "no": YAML 1.2 has only true and false'),
        ({"shuffle": "'true'"}, "'true' | training.shuffle: must be true or false, found the text \"true\": remove the quotes"),
        ({"shuffle": "1"}, "1 | training.shuffle: must be true or false, found the number 1"),
        ({"dataset": "{name: d, transforms: resize}"}, 'resize | training.dataset.transforms: must be a list of maps, found the text "resize": put it in brackets'),
        ({"dataset": "{name: d, transforms: [resize]}"}, 'resize | training.dataset.transforms[0]: must be a map with `kind`: one of resize, gray_to_rgb, rgb_to_gray, normalize, found the text "resize": write {kind: resize}'),
        ({"schedule": "{name: milestones, epochs: []}"}, "[] | training.schedule.epochs: must be a list of at least 1 whole number, found an empty list"),
        ({"optimizer": "{name: adam, betas: [0.9]}"}, "[0.9] | training.optimizer.betas: must be a list of 2 numbers, found a list of 1"),
        ({"model": "digits/mlp"}, 'digits/mlp | training.model: must be a map with the keys name, arguments, weights, found the text "digits/mlp"'),
        ({"variants": "{'a b': {}}"}, "'a b' | variants.a b: must be a name of letters, digits and _ . + - that begins with a letter or digit"),
        ({"variants": "{a: }"}, "a | variants.a: must be a map with the keys title, set, submitted, expect, reported, found nothing (null)"),
        # rules of the models
        ({"optimizer": "{name: sgd, learning_rate: 1, nesterov: true}"}, "{name: sgd, learning_rate: 1, nesterov: true} | training.optimizer: `nesterov: true` needs a `momentum` above 0"),
        ({"expect": "{e: {measure: test_loss, at_most: 1, at_least: 0}}"}, "{measure: test_loss, at_most: 1, at_least: 0} | expect.e: one condition only, found `at_least`, `at_most`"),
        # unions
        ({"expect": "{e: {measure: test_loss, at: worst}}"}, 'worst | expect.e.at: must be one of last, best, first or a whole number of at least 1, found the text "worst"'),
        ({"expect": "{e: {measure: test_loss, at: lasst}}"}, 'lasst | expect.e.at: must be one of last, best, first or a whole number of at least 1, found the text "lasst", did you mean last?'),
        ({"expect": "{e: {measure: test_loss, at: 0}}"}, "0 | expect.e.at: must be one of last, best, first or a whole number of at least 1, found the number 0"),
        ({"expect": "{e: {measure: test_loss, band: {lo: 1, high: 2}}}"}, "lo | expect.e.band.lo: unknown key, did you mean low? (allowed: low, high, source)"),
        ({"expect": "{e: {measure: test_loss, band: {low: 3, high: 2}}}"}, "{low: 3, high: 2} | expect.e.band: `low` 3 is above `high` 2"),
        ({"expect": "{e: {measure: test_loss, band: 3}}"}, "3 | expect.e.band: must be calibrated or a map with the keys low, high, source, found the number 3"),
        ({"expect": "{e: {measure: test_loss, equals: [1, a]}}"}, 'a | expect.e.equals[1]: must be a number, found the text "a"'),
        ({"expect": "{e: {measure: test_loss, equals: a}}"}, 'a | expect.e.equals: must be a number or a list of numbers, found the text "a"'),
        ({"reported": "{test_loss: {a: 1}}"}, "a | reported.test_loss.a: unknown key (allowed: mean, max, min)"),
        # what a variant sets
        ({"variants": "{v: {set: {epochs: 0}}}"}, "0 | variants.v.set.epochs: must be a whole number of at least 1, found the number 0"),
        ({"variants": "{v: {set: {optimizer: {momentun: 0}}}}"}, "momentun | variants.v.set.optimizer.momentun: unknown key, did you mean momentum? (allowed with `name: sgd`: name, learning_rate, momentum, weight_decay, nesterov)"),
        ({"variants": "{v: {set: {optimizer: {name: sgdd}}}}"}, 'sgdd | variants.v.set.optimizer.name: found the text "sgdd", did you mean sgd? (allowed: sgd, adam, adamw, rmsprop)'),
        ({"variants": "{v: {set: {schedule: {every: 3}}}}"}, "{every: 3} | variants.v.set.schedule: needs the key `name`: one of constant, milestones, step, cosine, plateau"),
        ({"variants": "{v: {set: {seeds: 3}}}"}, "seeds | variants.v.set.seeds: unknown key (allowed: model, trainable, dataset, loss, loss_mean, optimizer, schedule, epochs, max_steps, batch_size, evaluation_batch_size, shuffle, early_stopping, record)"),
        ({"variants": "{v: {set: {dataset: {split: {validation: 2}}}}}"}, "2 | variants.v.set.dataset.split.validation: must be a number above 0 and below 1, found the number 2"),
    ],
)  # fmt: skip
def test_message(told: Callable[..., str], parts: dict[str, str], message: str) -> None:
    assert told(**parts) == message


@pytest.mark.parametrize(
    ("answer", "lines"),
    [
        ("{value: x}", ['3:58 questions.a.answer.value: must be a number, found the text "x"']),
        ("{expression: n, variables: {n: scala}}", ['3:81 questions.a.answer.variables.n: found the text "scala", did you mean scalar? (allowed: scalar, vector)']),
        ("{expression: n}", ["3:50 questions.a.answer: needs the key `variables`: a map with at least 1 key"]),
        ("{expression: n, variables: {n: scalar}, examples: [{n: x}]}", ['3:105 questions.a.answer.examples[0].n: must be a number or a list of numbers, found the text "x"']),
        ("{expression: n, variables: {n: scalar}, examples: [{n: {a: 1}}]}", ["3:105 questions.a.answer.examples[0].n: must be a number or a list of numbers, found a map with the keys a"]),
        ("{expression: n, variables: {n: scalar}, examples: [{n: [1, x]}]}", ['3:109 questions.a.answer.examples[0].n[1]: must be a number, found the text "x"']),
        ("{expression: n, variables: {n: scalar}, examples: [{n: .inf}]}", ["3:105 questions.a.answer.examples[0].n: the number .inf must be finite"]),
        ("3", ["3:50 questions.a.answer: must be a map with the keys value, tolerance, unit or a map with the keys expression, also, variables, lengths, examples or a text, found the number 3: put it in quotes"]),
        ("yes", ["3:50 questions.a.answer: the answer 'yes' is none of `choices` (no, maybe)"]),
    ],
)  # fmt: skip
def test_of_several_shapes_of_an_answer_the_likely_one_is_spoken_of(
    says: Callable[..., list[str]], answer: str, lines: list[str]
) -> None:
    text = "title: T\nquestions:\n  a: {kind: answer, title: A, points: 1, answer: ANSWER, choices: [no, maybe]}\n"
    assert says(text.replace("ANSWER", answer)) == lines


def test_a_long_text_is_cut(told: Callable[..., str]) -> None:
    assert told(loss="x" * 100).startswith(
        f'{"x" * 100} | training.loss: found the text "{"x" * 37}..."'
    )
