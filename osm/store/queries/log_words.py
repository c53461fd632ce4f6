"""The words of the log's screen: acts, objects, fields and values; an act upon a message is told as on its card."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from osm.regulation.clocks import CLOCK_LABELS, ClockKind
from osm.regulation.words import (
    GROUND_LABELS,
    IMPORTANCE_LABELS,
    ROLE_LABELS,
    STATUS_LABELS,
    Ground,
    Importance,
    Role,
    Status,
)
from osm.store.queries.calendar import CALENDAR_WORDS, code_words, field_words
from osm.store.queries.edits import EDIT_LABELS
from osm.store.queries.history import WORDS

READ_WORDS: dict[str, str] = {
    "card": "открыта карточка",
    "card_print": "открыта карточка для печати",
    "journal": "открыт журнал учёта сообщений",
    "journal_export": "выгружен журнал учёта сообщений",
    "register_export": "выгружен реестр сообщений",
    "answers_export": "выгружены ответы для ИМ",
    "log": "открыт журнал действий",
    "log_export": "выгружен журнал действий",
}
"""What was read → the words."""

OWN_WORDS: dict[str, str] = {
    "log_in": "вход в систему",
    "log_out": "выход из системы",
    "import_check": "запущена проверка файла",
    "import_start": "запущена загрузка",
    "import_publish": "запущена загрузка проверенного файла",
    "import_discard": "загрузка отменена",
    "import_checked": "файл проверен",
    "import_done": "загрузка завершена",
    "import_failed": "загрузка не удалась",
    "log_verified": "журнал сверен с печатями",
    **CALENDAR_WORDS,
}
"""Acts upon nothing that has a card or a page of edits."""

GROUPS: dict[str, tuple[str, ...]] = {
    "Сообщения": tuple(WORDS),
    "Доступ": (*EDIT_LABELS, "log_in", "log_out"),
    "Календарь": tuple(CALENDAR_WORDS),
    "Загрузки и журнал": tuple(
        action for action in OWN_WORDS if action not in ("log_in", "log_out") and action not in CALENDAR_WORDS
    ),
}
"""How the acts stand in the list from which one is chosen."""

FIELDS: dict[str, str] = {
    "status": "статус",
    "version": "версия",
    "importance": "важность",
    "selected_at": "отобрано",
    "restarted_at": "сроки заново с",
    "published_at": "опубликовано",
    "detected_at": "важность выявлена",
    "closed_at": "закрыто",
    "entered_in_source_at": "внесено в ИМ",
    "breached_at": "срок был",
    "due_at": "срок",
    "kind": "вид срока",
    "ground": "основание",
    "url": "ссылка",
    "text": "текст",
    "place": "место",
    "network": "соцсеть",
    "is_repeat": "повторное",
    "source_status": "статус в ИМ",
    "source_topic": "тема в ИМ",
    "source_deadline": "срок ИМ",
    "source_raw": "прочие столбцы",
    "name": "имя",
    "position": "должность",
    "phone": "телефон",
    "department_id": "отдел №",
    "topic_id": "тема №",
    "executor_id": "исполнитель №",
    "roles": "роли",
    "fields": "изменено",
    "sessions": "сеансов",
    "short_name": "короткое название",
    "other_phones": "другие телефоны",
    "words": "слова",
    "duty_officer_id": "дежурный №",
    "deputy_ids": "заместители №",
    "archived_at": "убрано из списка",
    "is_active": "вход разрешён",
    "must_change_password": "сменить пароль при входе",
    "created": "новых",
    "updated": "обновлено",
    "unchanged": "без изменений",
    "duplicate": "повторов",
    "rejected": "не принято",
    "staged": "ждут",
    "rows": "строк",
    "from": "с",
    "to": "по",
    "entered_too": "вместе с внесёнными",
    "edition": "редакция календаря",
    "waiting": "ещё без печати",
    "sealed": "запечатано записей",
    "faults": "нарушений",
    "found": "найдено",
    "presidential": "указы Президента",
    "times": "время в файлах",
    "columns": "столбцы",
    **{f"{kind}_due": "срок" for kind in ClockKind},
    "link_state": "связь",
    "other_message_id": "с сообщением №",
    "reply": "ответ на пометку",
}

Value = Callable[[Any], str]

VALUES: dict[str, Value] = {
    "link_state": lambda code: {"proposed": "предложена", "confirmed": "подтверждена", "rejected": "отклонена"}[code],
    "reply": lambda code: {"excluded": "исключено", "answered": "верно, но отвечаем", "wrong": "зря"}[code],
    "status": lambda code: STATUS_LABELS[Status(code)],
    "importance": lambda code: IMPORTANCE_LABELS[Importance(code)],
    "ground": lambda code: GROUND_LABELS[Ground(code)],
    "times": lambda code: {"local": "местное", "moscow": "московское"}[code],
    "presidential": lambda code: {"on": "выходные", "off": "обычные дни"}[code],
    "kind": lambda code: CLOCK_LABELS[ClockKind(code)],
    "roles": lambda codes: ", ".join(ROLE_LABELS[Role(code)] for code in codes) or "нет",
    "fields": lambda names: ", ".join(FIELDS.get(name, name) for name in names) or "ничего",
}
"""Fields whose values are codes."""


def action_words(action: str, object_kind: str) -> str:
    """What happened, without details; a code that has no words yet stands as it is."""
    if action == "read":
        return READ_WORDS.get(object_kind, f"прочитано: {object_kind}")
    if action in WORDS:
        return WORDS[action][0]
    return OWN_WORDS.get(action) or EDIT_LABELS.get(action) or action


def change_words(changes: Mapping[str, Sequence[Any]], zone: tzinfo) -> list[str]:
    """«статус: Новое → На отработке», one line a field; numbers of versions are left out."""
    return [
        f"{FIELDS.get(name) or field_words(name)}: {_change(name, pair, zone)}"
        for name, pair in changes.items()
        if name != "version" and isinstance(pair, list) and len(pair) == 2 and pair[0] != pair[1]
    ]


def _change(name: str, pair: Sequence[Any], zone: tzinfo) -> str:
    old, new = pair
    if (old, new) == ("changed", True):
        return "изменено"
    if old == []:
        old = None
    after = _value(name, new, zone)
    return after if old is None or old == 0 else f"{_value(name, old, zone)} → {after}"


def _value(name: str, value: Any, zone: tzinfo) -> str:
    if value is None or value == "":
        return "пусто"
    if isinstance(value, bool):
        return "да" if value else "нет"
    try:
        if name in VALUES:
            return VALUES[name](value)
        if name.endswith(("_at", "_due")) or name in ("from", "to", "source_deadline"):
            return _instant(value, zone)
    except (ValueError, TypeError, KeyError):
        pass  # a code of an earlier edition of the program
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value) if name in FIELDS else code_words(str(value))


def _instant(value: str, zone: tzinfo) -> str:
    if len(value) == len("2026-11-25"):
        return f"{date.fromisoformat(value):%d.%m.%Y}"
    return f"{datetime.fromisoformat(value).astimezone(zone):%d.%m.%Y %H:%M}"
