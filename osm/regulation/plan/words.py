"""The closed vocabularies of the content plan and their Russian words."""

from enum import StrEnum


class PublicationState(StrEnum):
    """Where a publication stands."""

    IDEA = "idea"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    """The draft of one version waits for its approval."""
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    FAILED = "failed"
    CANCELLED = "cancelled"
    FOUND = "found"
    """It stands on a page past the plan: nobody of the office has written it here, and nobody changes it."""


STATE_LABELS: dict[PublicationState, str] = {
    PublicationState.IDEA: "Идея",
    PublicationState.DRAFT: "Черновик",
    PublicationState.SUBMITTED: "На согласовании",
    PublicationState.APPROVED: "Согласовано",
    PublicationState.SCHEDULED: "Запланировано",
    PublicationState.PUBLISHED: "Опубликовано",
    PublicationState.FAILED: "Не вышло",
    PublicationState.CANCELLED: "Отменено",
    PublicationState.FOUND: "Мимо плана",
}


class PlanAct(StrEnum):
    """What a person or the worker does to a publication."""

    WRITE = "write"
    SUBMIT = "submit"
    TAKE_BACK = "take_back"
    APPROVE = "approve"
    RETURN = "return"
    CORRECT = "correct"
    MOVE = "move"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    PLACE = "place"
    FAIL = "fail"
    CANCEL = "cancel"
    RESTORE = "restore"


PLAN_ACT_LABELS: dict[PlanAct, str] = {
    PlanAct.WRITE: "Сохранить",
    PlanAct.SUBMIT: "Отправить на согласование",
    PlanAct.TAKE_BACK: "Отозвать с согласования",
    PlanAct.APPROVE: "Согласовать",
    PlanAct.RETURN: "Вернуть с замечаниями",
    PlanAct.CORRECT: "Исправить",
    PlanAct.MOVE: "Перенести",
    PlanAct.SCHEDULE: "Запланировать",
    PlanAct.UNSCHEDULE: "Снять с времени",
    PlanAct.PLACE: "Размещено",
    PlanAct.FAIL: "Не вышло",
    PlanAct.CANCEL: "Отменить",
    PlanAct.RESTORE: "Вернуть в план",
}


class Format(StrEnum):
    """What a publication is (Пр.2.3)."""

    TEXT = "text"
    PHOTO = "photo"
    VIDEO = "video"
    CARD = "card"
    POLL = "poll"
    LIVE = "live"
    CONTEST = "contest"
    ACTION = "action"


FORMAT_LABELS: dict[Format, str] = {
    Format.TEXT: "Текст",
    Format.PHOTO: "Фото",
    Format.VIDEO: "Видео",
    Format.CARD: "Карточки, инфографика",
    Format.POLL: "Опрос",
    Format.LIVE: "Прямой эфир",
    Format.CONTEST: "Конкурс",
    Format.ACTION: "Акция",
}
