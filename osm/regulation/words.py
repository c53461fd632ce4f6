"""The enumerations of the regulation with their Russian labels."""

import re
from datetime import date
from enum import StrEnum


# --- The closed vocabularies of the regulation (statuses, actions, roles, grounds …) and their Russian words
class Status(StrEnum):
    """Status of a message."""

    NEW = "new"
    SELECTED = "selected"
    IN_WORK = "in_work"
    ON_APPROVAL = "on_approval"
    REWORK = "rework"
    APPROVED = "approved"
    AWAITING_AUTHOR = "awaiting_author"
    AWAITING_FINAL = "awaiting_final"
    ANSWERED = "answered"
    DISMISSED = "dismissed"
    REDIRECTED = "redirected"
    EXCLUDED = "excluded"
    WITHDRAWN = "withdrawn"
    UNANSWERABLE = "unanswerable"


STATUS_LABELS: dict[Status, str] = {
    Status.NEW: "Новое",
    Status.SELECTED: "Отобрано, исполнитель не назначен",
    Status.IN_WORK: "На отработке",
    Status.ON_APPROVAL: "На согласовании",
    Status.REWORK: "На доработке",
    Status.APPROVED: "Согласовано, не опубликовано",
    Status.AWAITING_AUTHOR: "Ждём ответа автора",
    Status.AWAITING_FINAL: "Окончательный ответ",
    Status.ANSWERED: "Ответ дан",
    Status.DISMISSED: "Реагирование не требуется",
    Status.REDIRECTED: "Передано по компетенции",
    Status.EXCLUDED: "Не подлежит ответу (п. 17)",
    Status.WITHDRAWN: "Удалено автором",
    Status.UNANSWERABLE: "Ответ разместить невозможно",
}


def status_label(status: Status, final_due: date | None = None) -> str:
    """The label on a message: while the final answer is awaited it names its last day."""
    label = STATUS_LABELS[status]
    if status is Status.AWAITING_FINAL and final_due is not None:
        return f"{label} — до {final_due:%d.%m}"
    return label


class Action(StrEnum):
    """What a person or the machine does to a message, one of its parts or drafts."""

    SELECT = "select"
    DISMISS = "dismiss"
    REDIRECT = "redirect"
    EXCLUDE = "exclude"
    MARK_WITHDRAWN = "mark_withdrawn"
    MARK_UNANSWERABLE = "mark_unanswerable"
    RESTORE = "restore"
    ROUTE = "route"
    TAKE_ROUTING_BACK = "take_routing_back"
    REROUTE = "reroute"
    SUBSTITUTE = "substitute"
    ADD_EXECUTOR = "add_executor"
    REMOVE_EXECUTOR = "remove_executor"
    ARRANGE_EXECUTORS = "arrange_executors"
    DECLINE = "decline"
    SUBMIT_PART = "submit_part"
    RETURN_PART = "return_part"
    SUBMIT_DRAFT = "submit_draft"
    WITHDRAW_DRAFT = "withdraw_draft"
    APPROVE_DRAFT = "approve_draft"
    CORRECT_AND_APPROVE = "correct_and_approve"
    RETURN_DRAFT = "return_draft"
    REVOKE_APPROVAL = "revoke_approval"
    PUBLISH_CLARIFICATION = "publish_clarification"
    PUBLISH_INTERIM = "publish_interim"
    PUBLISH_FINAL = "publish_final"
    AUTHOR_ANSWERED = "author_answered"
    CLOSE_WITHOUT_ANSWER = "close_without_answer"
    PREPARE_FINAL = "prepare_final"
    REOPEN = "reopen"
    CORRECT_PUBLICATION = "correct_publication"
    CORRECT_ANSWER = "correct_answer"
    RAISE_IMPORTANCE = "raise_importance"
    LOWER_IMPORTANCE = "lower_importance"
    TELL_FACTS = "tell_facts"


ACTION_LABELS: dict[Action, str] = {
    Action.SELECT: "Отобрать",
    Action.DISMISS: "Не требует ответа",
    Action.REDIRECT: "Передать по компетенции",
    Action.EXCLUDE: "Исключить (п. 17)",
    Action.MARK_WITHDRAWN: "Удалено автором",
    Action.MARK_UNANSWERABLE: "Ответить невозможно",
    Action.RESTORE: "Вернуть в работу",
    Action.ROUTE: "Направить",
    Action.TAKE_ROUTING_BACK: "Отменить направление",
    Action.REROUTE: "Передать другому",
    Action.SUBSTITUTE: "Заменить исполнителя",
    Action.ADD_EXECUTOR: "Добавить исполнителя",
    Action.REMOVE_EXECUTOR: "Снять исполнителя",
    Action.ARRANGE_EXECUTORS: "Изменить порядок и сроки",
    Action.DECLINE: "Не моё",
    Action.SUBMIT_PART: "Отправить информацию",
    Action.RETURN_PART: "Вернуть информацию",
    Action.SUBMIT_DRAFT: "Отправить на согласование",
    Action.WITHDRAW_DRAFT: "Отозвать проект",
    Action.APPROVE_DRAFT: "Согласовать",
    Action.CORRECT_AND_APPROVE: "Поправить и согласовать",
    Action.RETURN_DRAFT: "Вернуть на доработку",
    Action.REVOKE_APPROVAL: "Отозвать согласование",
    Action.PUBLISH_CLARIFICATION: "Опубликовать запрос",
    Action.PUBLISH_INTERIM: "Опубликовать промежуточный ответ",
    Action.PUBLISH_FINAL: "Опубликовать ответ",
    Action.AUTHOR_ANSWERED: "Автор ответил",
    Action.CLOSE_WITHOUT_ANSWER: "Закрыть без ответа автора",
    Action.PREPARE_FINAL: "Готовить окончательный ответ",
    Action.REOPEN: "Возобновить",
    Action.CORRECT_PUBLICATION: "Исправить ссылку или время",
    Action.CORRECT_ANSWER: "Исправить ответ",
    Action.RAISE_IMPORTANCE: "Повысить важность",
    Action.LOWER_IMPORTANCE: "Снизить важность",
    Action.TELL_FACTS: "Передать сведения отделу без ответа автору",
}


class Role(StrEnum):
    """Who acts. One person may hold several; `SYSTEM` is the worker and the connectors."""

    CURATOR = "curator"
    EXECUTOR = "executor"
    MODERATOR = "moderator"
    HEAD = "head"
    ADMIN = "admin"
    SYSTEM = "system"


PRESS_CENTRE = frozenset({Role.CURATOR, Role.MODERATOR})
"""The roles of the press centre (П.4): who may do what all of it may."""

ROLE_LABELS: dict[Role, str] = {
    Role.CURATOR: "Куратор",
    Role.EXECUTOR: "Исполнитель",
    Role.MODERATOR: "Модератор",
    Role.HEAD: "Руководитель",
    Role.ADMIN: "Администратор",
    Role.SYSTEM: "Система",
}


class Post(StrEnum):
    """The posts that the act names: who learns of shortcomings and of urgent matters, and who decides (П.19, П.20)."""

    HEAD = "head"
    CHIEF_OF_STAFF = "chief_of_staff"
    DEPUTY_HEAD = "deputy_head"
    PRESS_CHIEF = "press_chief"


POST_LABELS: dict[Post, str] = {
    Post.HEAD: "Глава",
    Post.CHIEF_OF_STAFF: "Руководитель аппарата",
    Post.DEPUTY_HEAD: "Заместитель главы",
    Post.PRESS_CHIEF: "Начальник пресс-центра",
}

LEADERS = frozenset({Post.HEAD, Post.CHIEF_OF_STAFF, Post.DEPUTY_HEAD})
"""To whom shortcomings are reported (П.19); each needs the role that sees everything."""


class Importance(StrEnum):
    """П.8 (normal) or П.9 (high)."""

    NORMAL = "normal"
    HIGH = "high"


IMPORTANCE_LABELS: dict[Importance, str] = {
    Importance.NORMAL: "Обычная",
    Importance.HIGH: "Повышенная",
}


class ReplyKind(StrEnum):
    """What is said to the author: запрос (уточнение), промежуточный ответ (П.13), окончательный ответ."""

    CLARIFICATION = "clarification"
    INTERIM = "interim"
    FINAL = "final"


REPLY_KIND_LABELS: dict[ReplyKind, str] = {
    ReplyKind.CLARIFICATION: "Запрос (уточнение)",
    ReplyKind.INTERIM: "Промежуточный ответ",
    ReplyKind.FINAL: "Окончательный ответ",
}


class Ground(StrEnum):
    """Why a message is not processed or answered: the closed list of П.17."""

    PROFANITY = "profanity"
    INSULT = "insult"
    THREAT = "threat"
    SPAM = "spam"
    AD = "ad"


GROUND_LABELS: dict[Ground, str] = {
    Ground.PROFANITY: "Нецензурные выражения",
    Ground.INSULT: "Оскорбительные выражения",
    Ground.THREAT: "Угроза жизни, здоровью или имуществу должностного лица либо его семьи",
    Ground.SPAM: "Спам-рассылка",
    Ground.AD: "Реклама",
}

GROUND_CLAUSES: dict[Ground, str] = dict.fromkeys(Ground, "П.17")


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
