"""The values of a form that was not accepted, under the labels of its fields: to be copied, or sent once more."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import request
from markupsafe import escape
from werkzeug.exceptions import HTTPException

from osm.shell import requests

#: Fields that a person types, with a label that fits every form with this name.
LABELS: dict[str, str] = {
    "text": "Текст",
    "remarks": "Замечания",
    "reason": "Причина",
    "reason_text": "Пояснение",
    "campaign_reason": "Почему выходит во время выборов",
    "in_spite_text": "Почему согласуете так",
    "interim_text": "Почему ответ промежуточный",
    "note": "Пояснение",
    "task": "Задание",
    "result": "Результат",
    "recipient": "Кому передано",
    "received_by": "Как получено",
    "url": "Ссылка",
    "published_at": "Опубликовано",
    "detected_at": "Важность выявлена",
    "author_name": "Имя автора",
    "author_url": "Профиль автора",
    "place": "Место",
    "name": "Название",
    "short_name": "Коротко",
    "position": "Должность",
    "phone": "Телефон",
    "other_phones": "Другие телефоны",
    "words": "Слова",
    "sample": "Проверить на тексте",
    "address": "Адрес",
    "post": "Адрес записи",
    "number": "Номер",
    "first_day": "Первый день",
    "last_day": "Последний день",
    "first": "Первый день",
    "last": "Последний день",
    "due_on": "Дата",
    "valid_from": "Действует с",
    "signed": "Дата документа",
    "document": "Документ",
    "hours": "Часы работы",
    "minutes": "Минуты",
    "order_no": "Очередь",
    "control_words": "Что обещано",
    "what": "Что случилось",
    "since_at": "С какого времени",
    "how_many": "Сколько",
    "links": "Ссылки",
    "workers": "Кто занимается",
    "done": "Что сделано",
    "called_at": "Когда звонили",
    "due_at": "Срок",
    "report": "Что сделано",
    "when": "Когда",
    "answer": "Ответ отделу",
    "alt": "Описание фото",
    "heading": "Рубрика",
    "ground": "Основание",
    "identity": "Как проверили, что это он",
    "given_by": "Кто дал задание",
    "question": "Вопрос",
    "options": "Варианты ответа",
    "rules": "Условия",
    "until": "До какого дня",
    "credit": "Кто снял",
    "link": "Ссылка",
    "cards": "Тексты карточек",
    "speaker": "Кто ведёт",
    "prize": "Что получит победитель",
    "join": "Как присоединиться",
    "where": "Где и когда",
    "length": "Длительность",
    "time": "Время",
    "weekday": "День недели",
    "placed_at": "Размещено",
    "objection": "Возражение",
    "why": "Почему возражения не приняты",
    "proposals": "Предложения",
    "email": "Рабочая почта",
    "title": "Название",
    "changed_on": "Пароль сменён",
    "recovery": "Контакты для восстановления",
    "applications": "Подключённые приложения",
    "profile": "Профиль",
    "since": "С какого дня",
    "remark": "Замечание",
    "confirmation": "Строка подтверждения",
    "has_read": "Предупреждение прочитано",
    "id": "Номер страницы",
    "inn": "ИНН",
    "body": "Орган или организация",
    "body_inn": "ИНН",
    "state_on": "В этом состоянии с",
    "opened_on": "Ведётся с",
    "unit": "Ответственное подразделение",
    "act": "Основание",
    "load_minutes": "Минут без выгрузки",
    "act_number": "Номер документа",
    "act_on": "Дата документа",
    "verified_on": "Отметка Госуслуг с",
    "closed_on": "Закрыта с",
    "letterhead": "Шапка документов",
    "site": "Официальный сайт",
    "responsible": "Ответственное лицо",
    "phones": "Телефоны",
    "duty_phones": "Дежурные телефоны",
    "day": "День",
    "begins": "С",
    "ends": "До",
    "from": "С",
    "to": "По",
    "source": "Источник",
    "header_row": "Строка с заголовками",
    "at": "Когда",
    "control_due": "Проверить",
    "control_dropped": "Почему без контроля",
}

#: Other labels of a screen: its blueprint or endpoint → name → label; empty where the field is not typed there.
OF_SCREEN: dict[str, dict[str, str]] = {
    "curating": {"ground": ""},
    "findings": {"ground": "", "note": ""},
    "emergencies": {"name": "Что случилось", "text": "Объявление", "answer": "Общий ответ"},
    "linking": {"answer": ""},
    "moderation": {"ground": ""},
    "moderation_bulk": {"ground": ""},
    "copy_groups": {"ground": ""},
    "register": {"ground": ""},
    "plan": {"to": "", "from": ""},
    "publications_of_plan": {"from": ""},
    "publications_of_plan.move": {"day": "", "from": ""},
    "headings_of_plan": {"weekday": ""},
    "absences": {"reason": ""},
    "throttled": {"address": ""},
    "calendar": {"what": ""},
    "imports": {"what": ""},
    "shortcomings": {"from": ""},
    "talk.write": {"note": "Заметка"},
    "talk.ask": {"note": "Вопрос"},
    "drafting": {"text": "Текст ответа"},
    "approvals": {"text": "Текст ответа"},
    "entry": {"text": "Текст сообщения"},
    "dictionary": {"text": "Слово, выражение или адрес сайта"},
    "users": {"name": "Имя и фамилия", "post": ""},
    "accounts": {"url": "Адрес страницы", "title": "Название страницы", "email": "Почта"},
    "groups": {"name": "О чём"},
    "guarding": {"name": "Имя и фамилия"},
}

TO, FIELDS, FILES = "kept_to", "kept_fields", "kept_files"
"""How a lost form travels through the log-in: where it was sent, its fields as JSON, whether there were files."""

_SECRET = ("password", "token", "key-", "code")
_NOT_KEPT = frozenset({"csrf_token"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `label` is empty for a field that is not typed: it is sent unchanged."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class LostForm:
    """A form as it was sent. `had_files`: they have to be chosen again."""

    action: str
    fields: tuple[Field, ...]
    had_files: bool = False

    @property
    def typed(self) -> list[Field]:
        return [field for field in self.fields if field.label]

    @property
    def as_json(self) -> str:
        return json.dumps([[field.name, field.label, field.value] for field in self.fields], ensure_ascii=False)


def label_of(name: str) -> str:
    """The label of a field that is typed, «Задание» for «task2» too; empty for any other."""
    plain = re.sub(r"[-_]?\d+$", "", name)
    of_screen = OF_SCREEN.get(request.endpoint or "") or OF_SCREEN.get(request.blueprint or "") or {}
    return of_screen.get(plain, LABELS.get(plain, ""))


def fields_of(pairs: Iterable[tuple[str, str]], leave_out: frozenset[str] = _NOT_KEPT) -> tuple[Field, ...]:
    """Fields with their labels. What is empty was not typed."""
    return tuple(
        Field(name, label_of(name) if value.strip() else "", value) for name, value in pairs if name not in leave_out
    )


def typed_texts() -> Sequence[Field]:
    """What was typed into the form of this request, to be copied; never what the page itself had put there."""
    return [field for field in fields_of(_sent()) if field.label and not _is_secret(field.name)]


def is_lost_on(page: str) -> bool:
    """Whether the longest text of this form is not on the page: of a row that was changed the form may be gone."""
    longest = max((one.value for one in typed_texts()), key=len, default="")
    return " ".join(escape(longest).split()) not in " ".join(page.split())


def lost_form() -> LostForm | None:
    """The form of this request, if it may be sent once more. Only one of our own pages: another site could have filled
    it in. Never with a password in it."""
    sent = _sent()
    page = request.headers.get("Origin") or request.referrer or ""
    if (
        not sent
        or requests.parts_of(page).netloc != request.host
        or any(_is_secret(name) for name, _ in sent if name not in _NOT_KEPT)
    ):
        return None
    return LostForm(request.full_path.rstrip("?"), fields_of(sent), any(request.files.values()))


def carried_form() -> LostForm | None:
    """The lost form that came with the log-in; None where there is none, or it is broken."""
    to = request.form.get(TO, "")
    try:
        fields = tuple(Field(*map(str, given)) for given in json.loads(request.form.get(FIELDS, "")))
    except (ValueError, TypeError, RecursionError):
        return None
    return LostForm(to, fields, FILES in request.form) if fields and requests.safe_next(to, "") else None


def _sent() -> list[tuple[str, str]]:
    if request.method == "GET":
        return []
    try:
        return list(request.form.items(multi=True))
    except (HTTPException, OSError):  # too large, broken, or there was no room for it
        return []


def _is_secret(name: str) -> bool:
    return any(word in name for word in _SECRET)
