"""Results of submissions, and of a whole class: no training, the same every time."""

from __future__ import annotations

from typing import Any

from assessment.results.record import Result
from assessment.results.solution import Evidence, HandedIn, Layer, Solution
from tests.report.builders import batch_losses, confusion, epochs, graded, mistakes, result, run

CONFUSED, WRONG = confusion(seed=1), mistakes(8)

SOLUTION = Solution(
    place="lab7.ipynb, cell 3, line 12",
    call="ModelA(activation=nn.ReLU)",
    guesses=["ModelA was taken because its layers are the reference's."],
    notes=["Your model ends in a softmax, and CrossEntropyLoss applies one: it learns slowly."],
    layers=[
        Layer(kind="Linear", name=f"fc{n}", parameters=[[128, 784], [128]], output=[128])
        for n in range(8)
    ],
)


def handed_in(id: str = "e19310", **values: Any) -> HandedIn:
    settings: dict[str, Any] = {
        "name": f"Student {id}",
        "sha256": "a" * 64,
        "files": 2,
        "practice": False,
        "isolation": "bubblewrap",
        "limits_by": "cgroup v2",
        **values,
    }
    return HandedIn(id=id, **settings)


def answered(question: str = "q1", *, by: HandedIn | None = None, **values: Any) -> Result:
    """A question that somebody's network was trained for, without its curves."""
    settings: dict[str, Any] = {
        "title": f"Question {question}",
        "expectations": [graded()],
        "runs": [run(solution=SOLUTION, evidence=Evidence(before=9.8, replayed=98.31))],
        "seconds": 42.1,
        **values,
    }
    return result(question, submission=by or handed_in(), **settings)


def trained(question: str, by: HandedIn, seed: int = 0) -> Result:
    """A question with everything that can be drawn of one run."""
    made = run(
        seed + 1,
        solution=SOLUTION,
        evidence=Evidence(before=9.8),
        epochs=epochs(10, seed=seed % 50),
        steps=batch_losses(200, 10, seed=seed % 50),
        confusion=CONFUSED,
        mistakes=WRONG,
    )
    return answered(question, by=by, runs=[made], text="Train Model A for ten epochs. " * 10)


def whole_class(students: int = 300, questions: int = 30, *, curves: bool = True) -> list[Result]:
    """A class in which some fail, some could not be graded and some are flagged."""
    found = []
    for number in range(students):
        by = handed_in(f"e{19000 + number}", notes=["of two attempts the newest counts"])
        for place in range(questions):
            name = f"task{place // 4 + 1}-{place % 4 + 1}-learning-rate"
            one = trained(name, by, number + place) if curves else answered(name, by=by)
            if (number + place) % 11 == 0:
                reason = (
                    "2 models fit equally well. To say which one it is, name one of them ModelA."
                    " They are Net (lab7.ipynb, cell 3, line 12), CNN (lab7.ipynb, cell 9, line 1)"
                )
                update = {"status": "invalid", "earned": 0.0, "reason": reason}
                one = one.model_copy(update=update)
            elif (number + place) % 97 == 0:
                reason = "the disk of this machine was full"
                one = one.model_copy(update={"status": "not_gradable", "reason": reason})
            elif (number + place) % 13 == 0:
                one = one.model_copy(update={"earned": round(place % 4 * 0.7, 2)})
            if (number * place) % 203 == 7:
                flag = "97.1 % of the test images were right before the first training step"
                one = one.model_copy(update={"flags": [flag]})
            found.append(one)
    return found
