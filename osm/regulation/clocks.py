"""The names of the clocks of Postanovlenie 215; the workflow names them without knowing how terms are computed."""

from enum import StrEnum


class ClockKind(StrEnum):
    """One term of the regulation. Its clause and length are in the parameters file."""

    ROUTE = "route"  # П.7: the curator routes what was received
    ANSWER = "answer"  # П.8, П.9: the reply is in the network
    DRAFT = "draft"  # П.10: the draft has reached the curator, counted back from the answer
    APPROVE = "approve"  # П.11: the curator approves or returns
    REWORK = "rework"  # П.12: the executor reworks a returned draft or part
    PART = "part"  # П.14: one of several executors sends his part
    FINAL = "final"  # П.13: the final answer after an interim one


CLOCK_LABELS: dict[ClockKind, str] = {
    ClockKind.ROUTE: "Направить исполнителю",
    ClockKind.ANSWER: "Ответ в соцсети",
    ClockKind.DRAFT: "Проект на согласование",
    ClockKind.APPROVE: "Согласовать или вернуть",
    ClockKind.REWORK: "Доработать проект",
    ClockKind.PART: "Информация отдела",
    ClockKind.FINAL: "Окончательный ответ",
}

PART_REWORK = "Доработать информацию"
"""Of a part that was returned (П.14) there is no draft to rework."""
