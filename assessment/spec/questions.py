"""The six kinds of question together."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from assessment.spec.kinds.answer import AnswerQuestion
from assessment.spec.kinds.base import QuestionBase
from assessment.spec.kinds.checkpoint import CheckpointQuestion
from assessment.spec.kinds.comparison import ComparisonQuestion
from assessment.spec.kinds.function import FunctionQuestion
from assessment.spec.kinds.training import TrainingQuestion
from assessment.spec.kinds.written import WrittenQuestion

Question = Annotated[
    TrainingQuestion
    | ComparisonQuestion
    | WrittenQuestion
    | FunctionQuestion
    | AnswerQuestion
    | CheckpointQuestion,
    Field(discriminator="kind"),
]

KINDS: dict[str, type[QuestionBase]] = {
    get_args(kind.model_fields["kind"].annotation)[0]: kind
    for kind in get_args(get_args(Question)[0])
}
"""Model of each kind of question."""
