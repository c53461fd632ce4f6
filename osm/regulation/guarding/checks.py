"""The check of a page (Пр.1.2.3): its questions, its answers, its term; who may do what on a page."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum


class Right(StrEnum):
    """What somebody may do on a page, in the words that networks share; the strongest first."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    MODERATOR = "moderator"
    ADVERTISER = "advertiser"
    OTHER = "other"


RIGHT_LABELS: dict[Right, str] = {
    Right.OWNER: "владелец",
    Right.ADMIN: "администратор",
    Right.EDITOR: "редактор",
    Right.MODERATOR: "модератор",
    Right.ADVERTISER: "рекламодатель",
    Right.OTHER: "другое право",
}


class SecondFactor(StrEnum):
    """Whether a log-in asks for more than the password."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"


SECOND_FACTOR_LABELS: dict[SecondFactor, str] = {
    SecondFactor.ON: "включён",
    SecondFactor.OFF: "выключен",
    SecondFactor.UNKNOWN: "неизвестно",
}


class Question(StrEnum):
    """What is looked at in a check."""

    ADMINISTRATORS = "administrators"
    SECOND_FACTOR = "second_factor"
    PASSWORD = "password_age"  # noqa: S105  a code
    RECOVERY = "recovery"
    APPLICATIONS = "applications"
    SESSIONS = "sessions"


QUESTIONS: dict[Question, str] = {
    Question.ADMINISTRATORS: "Управляют страницей только те, кто записан, и право у каждого нужное для работы",
    Question.SECOND_FACTOR: "Второй фактор включён у всех, кто управляет страницей",
    Question.PASSWORD: "Пароль сменён не больше года назад, и его знает только тот, чей он",
    Question.RECOVERY: "Телефон и почта для восстановления служебные и действуют",
    Question.APPLICATIONS: "Подключены только нужные приложения",
    Question.SESSIONS: "В списке активных сеансов нет чужих устройств",
}


class Finding(StrEnum):
    """The answer to a question."""

    GOOD = "good"
    BAD = "bad"
    NONE = "none"


FINDING_LABELS: dict[Finding, str] = {Finding.GOOD: "да", Finding.BAD: "нет", Finding.NONE: "здесь не бывает"}

TERMS = (1, 3, 6, 12)
"""Months after which a page is checked again."""
USUAL_TERM = 3
FIRST_CHECK = timedelta(days=14)
"""A page that nobody has checked is due so long after it came into the program."""
PASSWORD_MONTHS = 12
"""An older password is pointed out."""


FEWEST_KEEPERS = 2
"""With fewer administrators a page is lost with one person."""
KEEPING = (Right.OWNER, Right.ADMIN)
"""Rights by which somebody can give the page to others."""
_OFFICE = re.compile("служебн|рабоч|при[её]мн|пресс|отдел|администрац|дежурн|городск", re.IGNORECASE)


def is_lone_phone(recovery: str) -> bool:
    """Whether the page is recovered by one telephone only that nobody calls the office's; `recovery`: one a line."""
    lines = [line for line in recovery.splitlines() if line.strip()]
    is_phone = len(lines) == 1 and "@" not in lines[0] and len(re.findall(r"\d", lines[0])) >= 5
    return is_phone and not _OFFICE.search(lines[0])


def keeping_lacks(keepers: int, lone_phone: bool) -> tuple[str, ...]:
    """Why the page may be lost, in words; `keepers`: how many can give it to others."""
    found = []
    if keepers < FEWEST_KEEPERS:
        who = "записан один администратор" if keepers else "не записан ни один администратор"
        found.append(f"Передать страницу могут меньше двух человек: {who}")
    if lone_phone:
        found.append("Доступ восстанавливает один телефон, и он не назван служебным")
    return tuple(found)


def after_months(day: date, months: int) -> date:
    """The same day so many months later; where that month is shorter, its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def is_old_password(changed_on: date, today: date) -> bool:
    """Whether a password has served longer than PASSWORD_MONTHS."""
    return after_months(changed_on, PASSWORD_MONTHS) < today


def bad_answers(answers: Mapping[str, str]) -> list[Question]:
    """What a check found wrong, in the order of the questions."""
    return [question for question in Question if answers.get(question) == Finding.BAD]
