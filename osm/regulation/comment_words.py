"""The words of the comments under the own pages (Пр.2.6) and of what is done about them in the networks.

As in `words`: the codes go into the database and the log, the labels onto screens.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class CommentKind(StrEnum):
    """What people write on a page of the office (Пр.2.6): all of it is looked through."""

    COMMENT = "comment"
    COMMUNITY_MESSAGE = "community_message"
    SUGGESTED_POST = "suggested_post"
    DISCUSSION = "discussion"
    PHOTO_COMMENT = "photo_comment"
    VIDEO_COMMENT = "video_comment"


COMMENT_KIND_LABELS: dict[CommentKind, str] = {
    CommentKind.COMMENT: "Комментарий",
    CommentKind.COMMUNITY_MESSAGE: "Сообщение сообществу",
    CommentKind.SUGGESTED_POST: "Предложенная запись",
    CommentKind.DISCUSSION: "Обсуждение",
    CommentKind.PHOTO_COMMENT: "Комментарий под фото",
    CommentKind.VIDEO_COMMENT: "Комментарий под видео",
}


class CommentState(StrEnum):
    """What was decided on a comment."""

    WAITING = "waiting"
    KEPT = "kept"
    DELETED = "deleted"
    TAKEN = "taken"


COMMENT_STATE_LABELS: dict[CommentState, str] = {
    CommentState.WAITING: "Ждёт решения",
    CommentState.KEPT: "Оставлен",
    CommentState.DELETED: "Удалён",
    CommentState.TAKEN: "Взят в работу",
}


class CommentGround(StrEnum):
    """Why a comment is deleted (Пр.2.6) and its author proposed for the black list: a closed list without criticism.

    The codes of П.17 are those of `Ground`.
    """

    PROFANITY = "profanity"
    INSULT = "insult"
    THREAT = "threat"
    SPAM = "spam"
    AD = "ad"
    NETWORK_RULES = "network_rules"


COMMENT_GROUND_LABELS: dict[CommentGround, str] = {
    CommentGround.PROFANITY: "Нецензурные выражения",
    CommentGround.INSULT: "Оскорбительные выражения",
    CommentGround.THREAT: (
        "Нарушение правил соцсети: угроза жизни, здоровью или имуществу должностного лица либо его семьи"
    ),
    CommentGround.SPAM: "Спам-рассылка",
    CommentGround.AD: "Реклама",
    CommentGround.NETWORK_RULES: "Нарушение правил соцсети",
}

COMMENT_GROUND_CLAUSES: dict[CommentGround, str] = {
    **dict.fromkeys(CommentGround, "Пр.2.6"),
    CommentGround.THREAT: "Пр.2.6, П.17",
}
"""Пр.2.6 is what a comment is deleted by. It does not name threats to officials: those break the rules of the network,
and П.17, which does, is named too."""


class OutboxKind(StrEnum):
    """What is to be done in a network."""

    DELETE = "delete"
    BAN = "ban"
    UNBAN = "unban"
    PUBLISH = "publish"
    POST = "post"
    EDIT = "edit"
    """Our answer gets another text."""
    RESTORE = "restore"
    """The comment that was deleted stands there again."""


OUTBOX_KIND_LABELS: dict[OutboxKind, str] = {
    OutboxKind.DELETE: "Удалить комментарий",
    OutboxKind.BAN: "Заблокировать автора",
    OutboxKind.UNBAN: "Разблокировать автора",
    OutboxKind.PUBLISH: "Опубликовать ответ",
    OutboxKind.POST: "Опубликовать запись",
    OutboxKind.EDIT: "Исправить ответ",
    OutboxKind.RESTORE: "Вернуть комментарий",
}


class OutboxState(StrEnum):
    """How far it is."""

    PENDING = "pending"
    DONE_BY_HAND = "done_by_hand"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


OUTBOX_STATE_LABELS: dict[OutboxState, str] = {
    OutboxState.PENDING: "Ждёт",
    OutboxState.DONE_BY_HAND: "Выполнено вручную",
    OutboxState.DONE: "Выполнено",
    OutboxState.CANCELLED: "Отменено",
    OutboxState.FAILED: "Не удалось",
}

UNKNOWN_THING = "вложение, о котором соцсеть не сообщает"
"""Where nothing but the comment itself is known: a person opens it in the network."""


class ThingKind(StrEnum):
    """What is attached to a comment beyond its pictures (Пр.2.6)."""

    PHOTO = "photo"
    VIDEO = "video"
    VOICE = "voice"
    AUDIO = "audio"
    GIF = "gif"
    STICKER = "sticker"
    LINK = "link"
    FILE = "file"
    DRAWING = "drawing"
    POLL = "poll"
    POST = "post"
    GOODS = "goods"
    GIFT = "gift"
    PLACE = "place"
    CONTACT = "contact"
    FORWARDED = "forwarded"
    OTHER = "other"


THING_LABELS: dict[ThingKind, str] = {
    ThingKind.PHOTO: "изображение",
    ThingKind.VIDEO: "видео",
    ThingKind.VOICE: "голосовое сообщение",
    ThingKind.AUDIO: "аудиозапись",
    ThingKind.GIF: "анимация GIF",
    ThingKind.STICKER: "стикер",
    ThingKind.LINK: "ссылка",
    ThingKind.FILE: "файл",
    ThingKind.DRAWING: "рисунок",
    ThingKind.POLL: "опрос",
    ThingKind.POST: "запись со стены",
    ThingKind.GOODS: "товар",
    ThingKind.GIFT: "подарок",
    ThingKind.PLACE: "место на карте",
    ThingKind.CONTACT: "контакт",
    ThingKind.FORWARDED: "пересланное сообщение",
    ThingKind.OTHER: "вложение",
}


def thing_words(thing: Mapping[str, Any]) -> str:
    """«видео «Яма у дома», 0:42», «голосовое сообщение, 0:12»; `thing`: an attachment as it is stored (Пр.2.6)."""
    kind, title, seconds = str(thing.get("kind")), str(thing.get("title") or ""), thing.get("seconds")
    said = THING_LABELS[ThingKind(kind)] if kind in set(ThingKind) else THING_LABELS[ThingKind.OTHER]
    if title:
        said += f" «{title}»"
    if seconds:
        said += f", {seconds // 60}:{seconds % 60:02}"
    # An address is worth reading where it is the thing itself.
    return f"{said} {thing['url']}" if kind == "link" and thing.get("url") else said


WITHOUT_WORDS = "[без текста"
"""The text of a comment that is a picture alone."""
