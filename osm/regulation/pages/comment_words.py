"""The words of the comments under the own pages (Пр.2.6) and of what is done about them in the networks.

As in `words`: the codes go into the database and the log, the labels onto screens.
"""

from collections.abc import Mapping
from typing import Any

from osm.regulation.labelled import Labelled


class CommentKind(Labelled):
    """What people write on a page of the office (Пр.2.6): all of it is looked through."""

    COMMENT = "comment", "Комментарий"
    COMMUNITY_MESSAGE = "community_message", "Сообщение сообществу"
    SUGGESTED_POST = "suggested_post", "Предложенная запись"
    DISCUSSION = "discussion", "Обсуждение"
    PHOTO_COMMENT = "photo_comment", "Комментарий под фото"
    VIDEO_COMMENT = "video_comment", "Комментарий под видео"


COMMENT_KIND_LABELS = {one: one.label for one in CommentKind}


class CommentState(Labelled):
    WAITING = "waiting", "Ждёт решения"
    KEPT = "kept", "Оставлен"
    DELETED = "deleted", "Удалён"
    TAKEN = "taken", "Взят в работу"


COMMENT_STATE_LABELS = {one: one.label for one in CommentState}


class CommentGround(Labelled):
    """Why a comment is deleted (Пр.2.6) and its author proposed for the black list: a closed list without criticism.
    The codes of П.17 are those of `Ground`."""

    PROFANITY = "profanity", "Нецензурные выражения"
    INSULT = "insult", "Оскорбительные выражения"
    THREAT = "threat", "Нарушение правил соцсети: угроза жизни, здоровью или имуществу должностного лица либо его семьи"
    SPAM = "spam", "Спам-рассылка"
    AD = "ad", "Реклама"
    NETWORK_RULES = "network_rules", "Нарушение правил соцсети"


COMMENT_GROUND_LABELS = {one: one.label for one in CommentGround}

COMMENT_GROUND_CLAUSES: dict[CommentGround, str] = {
    **dict.fromkeys(CommentGround, "Пр.2.6"),
    CommentGround.THREAT: "Пр.2.6, П.17",
}
"""Пр.2.6 is what a comment is deleted by. It does not name threats to officials: those break the rules of the network,
and П.17, which does, is named too."""


class OutboxKind(Labelled):
    DELETE = "delete", "Удалить комментарий"
    BAN = "ban", "Заблокировать автора"
    UNBAN = "unban", "Разблокировать автора"
    PUBLISH = "publish", "Опубликовать ответ"
    POST = "post", "Опубликовать запись"
    EDIT = "edit", "Исправить ответ"  # our answer gets another text
    RESTORE = "restore", "Вернуть комментарий"  # the deleted comment is visible again
    WEBHOOK = "webhook", "Сообщить интегратору"  # another system gets an event


OUTBOX_KIND_LABELS = {one: one.label for one in OutboxKind}


class OutboxState(Labelled):
    """How far it is."""

    PENDING = "pending", "Ждёт"
    DONE_BY_HAND = "done_by_hand", "Выполнено вручную"
    DONE = "done", "Выполнено"
    CANCELLED = "cancelled", "Отменено"
    FAILED = "failed", "Не удалось"


OUTBOX_STATE_LABELS = {one: one.label for one in OutboxState}

UNKNOWN_THING = "вложение, о котором соцсеть не сообщает"
"""Where nothing but the comment itself is known: a person opens it in the network."""


class ThingKind(Labelled):
    """What is attached to a comment beyond its pictures (Пр.2.6)."""

    PHOTO = "photo", "изображение"
    VIDEO = "video", "видео"
    VOICE = "voice", "голосовое сообщение"
    AUDIO = "audio", "аудиозапись"
    GIF = "gif", "анимация GIF"
    STICKER = "sticker", "стикер"
    LINK = "link", "ссылка"
    FILE = "file", "файл"
    DRAWING = "drawing", "рисунок"
    POLL = "poll", "опрос"
    POST = "post", "запись со стены"
    GOODS = "goods", "товар"
    GIFT = "gift", "подарок"
    PLACE = "place", "место на карте"
    CONTACT = "contact", "контакт"
    FORWARDED = "forwarded", "пересланное сообщение"
    OTHER = "other", "вложение"


THING_LABELS = {one: one.label for one in ThingKind}


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


WITHOUT_WORDS = "[без текста"  # the text of a comment that is a picture alone
