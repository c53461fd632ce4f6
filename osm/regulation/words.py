"""The words of the regulation: enumerations whose members are a code and what people read; clocks, kinds of sources."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """`NEW = "new", "Новое"`: the code is stored, the label is shown."""

    label: str

    def __new__(cls, code: str, label: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member

    @classmethod
    def labels(cls) -> dict[Self, str]:
        """Each code → its label, in the order of the enumeration."""
        return {one: one.label for one in cls}


# --- The closed vocabularies of the regulation (statuses, actions, roles, grounds …) and their Russian words
class Status(Labelled):
    NEW = "new", "Новое"
    SELECTED = "selected", "Отобрано, исполнитель не назначен"
    IN_WORK = "in_work", "На отработке"
    ON_APPROVAL = "on_approval", "На согласовании"
    REWORK = "rework", "На доработке"
    APPROVED = "approved", "Согласовано, не опубликовано"
    AWAITING_AUTHOR = "awaiting_author", "Ждём ответа автора"
    AWAITING_FINAL = "awaiting_final", "Окончательный ответ"
    ANSWERED = "answered", "Ответ дан"
    DISMISSED = "dismissed", "Реагирование не требуется"
    REDIRECTED = "redirected", "Передано по компетенции"
    EXCLUDED = "excluded", "Не подлежит ответу (п. 17)"
    WITHDRAWN = "withdrawn", "Удалено автором"
    UNANSWERABLE = "unanswerable", "Ответ разместить невозможно"


def status_label(status: Status, final_due: date | None = None) -> str:
    """The label on a message: while the final answer is awaited it names its last day."""
    label = status.label
    if status is Status.AWAITING_FINAL and final_due is not None:
        return f"{label} — до {final_due:%d.%m}"
    return label


class Action(Labelled):
    """What a person or the machine does to a message, one of its parts or drafts."""

    SELECT = "select", "Отобрать"
    DISMISS = "dismiss", "Не требует ответа"
    REDIRECT = "redirect", "Передать по компетенции"
    EXCLUDE = "exclude", "Исключить (п. 17)"
    MARK_WITHDRAWN = "mark_withdrawn", "Удалено автором"
    MARK_UNANSWERABLE = "mark_unanswerable", "Ответить невозможно"
    RESTORE = "restore", "Вернуть в работу"
    ROUTE = "route", "Направить"
    TAKE_ROUTING_BACK = "take_routing_back", "Отменить направление"
    REROUTE = "reroute", "Передать другому"
    SUBSTITUTE = "substitute", "Заменить исполнителя"
    ADD_EXECUTOR = "add_executor", "Добавить исполнителя"
    REMOVE_EXECUTOR = "remove_executor", "Снять исполнителя"
    ARRANGE_EXECUTORS = "arrange_executors", "Изменить порядок и сроки"
    DECLINE = "decline", "Не моё"
    SUBMIT_PART = "submit_part", "Отправить информацию"
    RETURN_PART = "return_part", "Вернуть информацию"
    SUBMIT_DRAFT = "submit_draft", "Отправить на согласование"
    WITHDRAW_DRAFT = "withdraw_draft", "Отозвать проект"
    APPROVE_DRAFT = "approve_draft", "Согласовать"
    CORRECT_AND_APPROVE = "correct_and_approve", "Поправить и согласовать"
    RETURN_DRAFT = "return_draft", "Вернуть на доработку"
    REVOKE_APPROVAL = "revoke_approval", "Отозвать согласование"
    PUBLISH_CLARIFICATION = "publish_clarification", "Опубликовать запрос"
    PUBLISH_INTERIM = "publish_interim", "Опубликовать промежуточный ответ"
    PUBLISH_FINAL = "publish_final", "Опубликовать ответ"
    AUTHOR_ANSWERED = "author_answered", "Автор ответил"
    CLOSE_WITHOUT_ANSWER = "close_without_answer", "Закрыть без ответа автора"
    PREPARE_FINAL = "prepare_final", "Готовить окончательный ответ"
    REOPEN = "reopen", "Возобновить"
    CORRECT_PUBLICATION = "correct_publication", "Исправить ссылку или время"
    CORRECT_ANSWER = "correct_answer", "Исправить ответ"
    RAISE_IMPORTANCE = "raise_importance", "Повысить важность"
    LOWER_IMPORTANCE = "lower_importance", "Снизить важность"
    TELL_FACTS = "tell_facts", "Передать сведения отделу без ответа автору"


class Role(Labelled):
    """Who acts. One person may hold several; `SYSTEM` is the worker and the connectors."""

    CURATOR = "curator", "Куратор"
    EXECUTOR = "executor", "Исполнитель"
    MODERATOR = "moderator", "Модератор"
    HEAD = "head", "Руководитель"
    ADMIN = "admin", "Администратор"
    AUDITOR = "auditor", "Проверяющий"  # reads without names until his access ends; he has no other role
    SYSTEM = "system", "Система"


GIVEN_ROLES = tuple(role for role in Role if role not in (Role.AUDITOR, Role.SYSTEM))
"""What an administrator, a list of people or a directory gives; the access of an auditor has a form of its own."""

PRESS_CENTRE = frozenset({Role.CURATOR, Role.MODERATOR})
"""The roles of the press centre (П.4): who may do what all of it may."""


class Post(Labelled):
    """The posts that the act names: who learns of shortcomings and of urgent matters, and who decides (П.19, П.20)."""

    HEAD = "head", "Глава"
    CHIEF_OF_STAFF = "chief_of_staff", "Руководитель аппарата"
    DEPUTY_HEAD = "deputy_head", "Заместитель главы"
    PRESS_CHIEF = "press_chief", "Начальник пресс-центра"


LEADERS = frozenset({Post.HEAD, Post.CHIEF_OF_STAFF, Post.DEPUTY_HEAD})
"""To whom shortcomings are reported (П.19); each needs the role that sees everything."""


class Importance(Labelled):
    """П.8 (normal) or П.9 (high)."""

    NORMAL = "normal", "Обычная"
    HIGH = "high", "Повышенная"


class ReplyKind(Labelled):
    """What is said to the author: запрос (уточнение), промежуточный ответ (П.13), окончательный ответ."""

    CLARIFICATION = "clarification", "Запрос (уточнение)"
    INTERIM = "interim", "Промежуточный ответ"
    FINAL = "final", "Окончательный ответ"


class Ground(Labelled):
    """Why a message is not processed or answered: the closed list of П.17."""

    PROFANITY = "profanity", "Нецензурные выражения"
    INSULT = "insult", "Оскорбительные выражения"
    THREAT = "threat", "Угроза жизни, здоровью или имуществу должностного лица либо его семьи"
    SPAM = "spam", "Спам-рассылка"
    AD = "ad", "Реклама"


# --- How a clause of the act is printed for people
_ORDER = re.compile(r"Пр\.([\d.]*\d)")


def clause_words(clause: str) -> str:
    """«п. 7» of «П.7», «п. 2.6 Порядка» of «Пр.2.6»; «внутренний срок» of a term of the office's own stays."""
    return _ORDER.sub(r"п. \1 Порядка", clause).replace("П.", "п. ")


# --- The usual reasons to return a draft (П.12); each can be sent as a remark, and is counted
REASONS: tuple[str, ...] = (
    "Нет ответа на вопрос автора",
    "Не названы меры: что сделано или будет сделано",
    "Не назван срок",
    "Не сказано, кто отвечает",
    "Проверьте факты: данные расходятся",
    "Напишите проще, без канцелярита",
    "Нет приветствия или обращения",
    "Приложите фото работ",
    "Смягчите тон: есть грубые или фамильярные слова",
    "Напишите как комментарий: без бланка, номера и подписи с должностью, короче",
)


# --- The clocks; the workflow names them without knowing how terms are computed
class ClockKind(Labelled):
    """One term of the regulation. Its clause and length are in the parameters file."""

    ROUTE = "route", "Направить исполнителю"  # П.7: the curator routes what was received
    ANSWER = "answer", "Ответ в соцсети"  # П.8, П.9: the reply is in the network
    DRAFT = "draft", "Проект на согласование"  # П.10: the draft has reached the curator, counted back from the answer
    APPROVE = "approve", "Согласовать или вернуть"  # П.11: the curator approves or returns
    REWORK = "rework", "Доработать проект"  # П.12: the executor reworks a returned draft or part
    PART = "part", "Информация отдела"  # П.14: one of several executors sends his part
    FINAL = "final", "Окончательный ответ"  # П.13: the final answer after an interim one


PART_REWORK = "Доработать информацию"  # of a part that was returned (П.14) there is no draft to rework


class DeadlineState(StrEnum):
    """`met`: the work was done, late or not; `closed`: no longer asked for; `replaced`: another row replaced it."""

    OPEN = "open"
    MET = "met"
    CLOSED = "closed"
    REPLACED = "replaced"


# --- The kinds of sources: whether the Положение applies, and what is taken from a file
class SourceKind(Labelled):
    NETWORKS = "networks", "Соцсети («Инцидент Менеджмент» и подобные)"
    PORTAL = "portal", "Платформа обратной связи (ПОС)"


@dataclass(frozen=True, slots=True)
class Regime:
    """`by_regulation`: its rows are messages of the register, with clocks, breaches, П.17, figures and authors.
    Otherwise they are rows of «ПОС»: own number, own term, answered only there."""

    by_regulation: bool
    takes: frozenset[str] | None = None
    """Fields of the file that are taken; None: all, and columns without a field as they came."""


_OF_PORTAL = (
    "number text place topic published_at received_at deadline_at status rating answered_at"  # no names, no contacts
)
REGIMES: dict[SourceKind, Regime] = {
    SourceKind.NETWORKS: Regime(by_regulation=True),
    SourceKind.PORTAL: Regime(by_regulation=False, takes=frozenset(_OF_PORTAL.split())),
}


# --- When an interim answer (П.13) needs a reason: a second one, and one to a repeated message (П.15)
class InterimGround(Labelled):
    SECOND = "second", "промежуточный ответ уже был (п. 13)"
    """An interim answer stands already: П.13 knows one, then the final one."""
    REPEAT = "repeat", "сообщение повторное (п. 15)"
    """П.15: a repeated message is answered by measures, work or progress."""


class InterimReason(Labelled):
    """Why it is nevertheless no final answer yet."""

    WORK_GOES_ON = "work_goes_on", "работы идут, итог ещё не известен"
    WAITING_FOR_OTHERS = "waiting_for_others", "ждём другую организацию"
    WEATHER_OR_SUPPLY = "weather_or_supply", "мешает погода или нет материалов"
    OTHER = "other", "другая причина (напишите)"  # in the person's own words


def interim_grounds(published: Iterable[ReplyKind], *, is_repeat: bool) -> tuple[InterimGround, ...]:
    """On which grounds an interim answer needs a reason now; empty: it needs none. `published`: the kinds of replies to
    this message that are in the network."""
    second = (InterimGround.SECOND,) if ReplyKind.INTERIM in published else ()
    return (*second, InterimGround.REPEAT) if is_repeat else second
