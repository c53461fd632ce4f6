"""The names of the clocks of Postanovlenie 215; the workflow names them without knowing how terms are computed."""

from enum import StrEnum

from osm.regulation.labelled import Labelled


class ClockKind(Labelled):
    """One term of the regulation. Its clause and length are in the parameters file."""

    ROUTE = "route", "Направить исполнителю"  # П.7: the curator routes what was received
    ANSWER = "answer", "Ответ в соцсети"  # П.8, П.9: the reply is in the network
    DRAFT = "draft", "Проект на согласование"  # П.10: the draft has reached the curator, counted back from the answer
    APPROVE = "approve", "Согласовать или вернуть"  # П.11: the curator approves or returns
    REWORK = "rework", "Доработать проект"  # П.12: the executor reworks a returned draft or part
    PART = "part", "Информация отдела"  # П.14: one of several executors sends his part
    FINAL = "final", "Окончательный ответ"  # П.13: the final answer after an interim one


CLOCK_LABELS = {one: one.label for one in ClockKind}

PART_REWORK = "Доработать информацию"  # of a part that was returned (П.14) there is no draft to rework


class DeadlineState(StrEnum):
    """`met`: the work was done, late or not; `closed`: no longer asked for; `replaced`: another row replaced it."""

    OPEN = "open"
    MET = "met"
    CLOSED = "closed"
    REPLACED = "replaced"
