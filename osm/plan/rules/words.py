"""States, acts and formats of publications, the extra fields of each format (Пр.2.3), and names of candidates."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from moderation.text.morph import morph
from osm.regulation.errors import MissingInput, refuse
from osm.regulation.words import Labelled


# --- States, acts and formats
class PublicationState(Labelled):
    """The state of a publication."""

    IDEA = "idea", "Идея"
    DRAFT = "draft", "Черновик"
    SUBMITTED = "submitted", "На согласовании"  # waits for approval of its last version
    APPROVED = "approved", "Согласовано"
    SCHEDULED = "scheduled", "Запланировано"
    PUBLISHED = "published", "Опубликовано"
    FAILED = "failed", "Не вышло"
    CANCELLED = "cancelled", "Отменено"
    FOUND = "found", "Мимо плана"  # found on a page, not from the plan; it cannot be changed here


STATE_LABELS = {one: one.label for one in PublicationState}


class PlanAct(Labelled):
    WRITE = "write", "Сохранить"
    SUBMIT = "submit", "Отправить на согласование"
    TAKE_BACK = "take_back", "Отозвать с согласования"
    APPROVE = "approve", "Согласовать"
    RETURN = "return", "Вернуть на доработку"
    CORRECT = "correct", "Исправить"
    MOVE = "move", "Перенести"
    SCHEDULE = "schedule", "Запланировать"
    UNSCHEDULE = "unschedule", "Снять с времени"
    PLACE = "place", "Размещено"
    FAIL = "fail", "Не вышло"
    CANCEL = "cancel", "Отменить"
    RESTORE = "restore", "Вернуть в план"


PLAN_ACT_LABELS = {one: one.label for one in PlanAct}


HELD = "Придержано на время режима ЧС. Назначьте новое время или разместите руками."
HELD_UNTIL = "Придержано на время режима ЧС. После него выйдет, если ещё не поздно."
"""Shown for a page where an emergency has stopped the post: one that failed elsewhere, and one that goes out later."""


class Format(Labelled):
    """The kind of a publication (Пр.2.3)."""

    TEXT = "text", "Текст"
    PHOTO = "photo", "Фото"
    VIDEO = "video", "Видео"
    CARD = "card", "Карточки, инфографика"
    POLL = "poll", "Опрос"
    LIVE = "live", "Прямой эфир"
    CONTEST = "contest", "Конкурс"
    ACTION = "action", "Акция"


FORMAT_LABELS = {one: one.label for one in Format}


# --- Extra fields of each format (Пр.2.3)
LONGEST_LINE = 300
MOST_OPTIONS = 10  # VK takes ten answers in a poll


@dataclass(frozen=True, slots=True)
class FormatField:
    """An extra field. `is_list`: one item a line. `before`: error shown on submission if it is empty; empty for
    optional fields."""

    name: str
    label: str
    before: str = ""
    is_list: bool = False
    is_link: bool = False


FIELDS: dict[Format, tuple[FormatField, ...]] = {
    Format.TEXT: (),
    Format.PHOTO: (FormatField("credit", "Кто снял"),),
    Format.VIDEO: (
        FormatField("link", "Ссылка на видео или где лежит файл", "Укажите, где взять видео."),
        FormatField("length", "Длительность"),
    ),
    Format.CARD: (FormatField("cards", "Тексты карточек, по одной в строке", is_list=True),),
    Format.POLL: (
        FormatField("question", "Вопрос", "Напишите вопрос."),
        FormatField("options", "Варианты ответа, по одному в строке", "Нужно хотя бы два варианта.", is_list=True),
        FormatField("until", "До какого дня голосуют"),
    ),
    Format.LIVE: (
        FormatField("speaker", "Кто ведёт и кто отвечает", "Напишите, кто в эфире."),
        FormatField("link", "Ссылка на эфир", is_link=True),
        FormatField("length", "Сколько идёт"),
    ),
    Format.CONTEST: (
        FormatField("rules", "Условия или ссылка на них", "Напишите условия."),
        FormatField("until", "До какого дня участвуют", "Укажите, до какого дня."),
        FormatField("prize", "Что получит победитель"),
    ),
    Format.ACTION: (
        FormatField("where", "Где и когда", "Напишите, где и когда."),
        FormatField("join", "Как присоединиться"),
    ),
}
BY_PROGRAM = frozenset({Format.TEXT, Format.PHOTO, Format.CARD, Format.CONTEST, Format.ACTION})
"""The program posts text and pictures; videos, polls and live broadcasts are placed by hand."""
OF_PHOTOS = frozenset({Format.PHOTO, Format.CARD})  # formats that need a picture
NAMES = tuple(dict.fromkeys(field.name for fields in FIELDS.values() for field in fields))


def kept_fields(form: Format, given: Mapping[str, str]) -> dict[str, str]:
    """Keep the fields of this format, without empty lines. Raises MissingInput if a value is wrong."""
    kept: dict[str, str] = {}
    for field in FIELDS[form]:
        lines = [" ".join(line.split()) for line in given.get(field.name, "").replace("\0", "").splitlines()]
        lines = [line for line in lines if line]
        if any(len(line) > LONGEST_LINE for line in lines):
            raise MissingInput(field.name, f"{field.label}: строка длиннее {LONGEST_LINE} знаков. Сократите.")
        refuse(field.name, len(lines) > MOST_OPTIONS, f"{field.label}: больше {MOST_OPTIONS} строк. Уберите лишние.")
        if not field.is_list:
            lines = [" ".join(lines)] if lines else []
        if lines and field.is_link and not lines[0].startswith(("https://", "http://")):
            raise MissingInput(field.name, f"{field.label}: нужен адрес, который начинается с https://.")
        if lines:
            kept[field.name] = "\n".join(lines)
    return kept


def check_whole(form: Format, kept: Mapping[str, str], *, has_photos: bool = False) -> None:
    """Raise MissingInput if a required field of the format is empty."""
    if form in OF_PHOTOS and not has_photos:
        raise MissingInput("format", "В публикации нет ни одного фото. Добавьте его или выберите другой формат.")
    for field in FIELDS[form]:
        least = 2 if field.is_list else 1
        refuse(field.name, field.before and len(kept.get(field.name, "").splitlines()) < least, field.before)


# --- Names of candidates
_WORD = re.compile(r"[А-ЯЁ][а-яёА-ЯЁ-]+")
"""A surname begins with a capital letter: «Мороз» may be one, «мороз» is none."""


def names_of(typed: str) -> list[str]:
    """One name a line, without empty lines and doubles."""
    return list(dict.fromkeys(" ".join(line.split()) for line in typed.splitlines() if line.strip()))


def named(text: str, names: Iterable[str]) -> str:
    """The first of these names, surname first, whose surname the text has; empty if it has none."""
    found = {form for word in _WORD.findall(text) for form in _forms(word)}
    return next((name for name in names if _forms(name.split()[0]) & found), "")


def _forms(word: str) -> set[str]:
    return {word.lower().replace("ё", "е"), *morph(word.lower()).lemmas}
