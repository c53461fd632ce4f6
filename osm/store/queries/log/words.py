"""What changed, in the words of the log's screen: fields and values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from osm.regulation.blacklist import BAN_TERM_LABELS, LIST_STATE_LABELS, BanTerm, ListState
from osm.regulation.clocks import CLOCK_LABELS, ClockKind
from osm.regulation.control.letters import MAIL_MODE_LABELS, MailMode
from osm.regulation.control.responsibility import (
    CAUSE_LABELS,
    SHORTCOMING_LABELS,
    SHORTCOMING_STATE_LABELS,
    WAIVER_LABELS,
    Cause,
    ShortcomingKind,
    ShortcomingState,
    Waiver,
)
from osm.regulation.guarding.checks import RIGHT_LABELS, SECOND_FACTOR_LABELS, Right, SecondFactor
from osm.regulation.interim import INTERIM_GROUND_LABELS, INTERIM_REASON_LABELS, InterimGround, InterimReason
from osm.regulation.plan.words import STATE_LABELS, PublicationState
from osm.regulation.substitution import REASON_LABELS, AbsenceReason
from osm.regulation.words import (
    COMMENT_GROUND_LABELS,
    COMMENT_STATE_LABELS,
    IMPORTANCE_LABELS,
    OUTBOX_STATE_LABELS,
    POST_LABELS,
    ROLE_LABELS,
    STATUS_LABELS,
    CommentGround,
    CommentState,
    Importance,
    OutboxState,
    Post,
    Role,
    Status,
)
from osm.store.models.log import FOR_WHOM
from osm.store.queries.calendar.calendar import code_words, field_words
from osm.store.queries.log import objects
from osm.store.queries.log.when import When
from osm.store.queries.register.filter import FILTER_LABELS

FIELDS: dict[str, str] = {
    "status": "статус",
    "version": "версия",
    "importance": "важность",
    "selected_at": "отобрано",
    "restarted_at": "сроки заново с",
    "interim_reason": "почему промежуточный",
    "interim_grounds": "причина нужна",
    "group_state": "общий ответ",
    "promise_state": "обещание",
    "promised_on": "контрольная дата",
    "shortcoming_state": "недостаток",
    "shortcoming_kind": "что нарушено",
    "cause": "причина нарушения",
    "waiver": "почему снято",
    "instruction_state": "поручение",
    "publication_state": "публикация",
    "plan_day": "день",
    "plan_at": "время выхода",
    "account_id": "страница",
    "reached": "глава узнал",
    "reached_at": "узнал в",
    "begins_at": "с",
    "ends_at": "до",
    "reached_id": "узнал",
    "burst_id": "всплеск",
    "members": "сообщений",
    "pictures_kept": "изображений сохранено",
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
    "number": "номер",
    "source_status": "статус в ИМ",
    "source_topic": "тема в ИМ",
    "source_deadline": "срок ИМ",
    "source_raw": "прочие столбцы",
    "name": "имя",
    "position": "должность",
    "phone": "телефон",
    "department_id": "отдел",
    "topic_id": "тема",
    "executor_id": "исполнитель",
    "executors": "исполнителей",
    "assignment_id": "направлено",
    "roles": "роли",
    "person_id": "сотрудник",
    "reason": "причина",
    "first_day": "первый день",
    "last_day": "последний день",
    "substitute_id": "замещает",
    "stands_for_id": "за кого",
    "ended_at": "завершено",
    "fields": "изменено",
    "sessions": "сеансов",
    "attempts": "неудачных попыток",
    "address": "адрес",
    "short_name": "короткое название",
    "other_phones": "другие телефоны",
    "words": "слова",
    "duty_officer_id": "дежурный",
    "deputy_ids": "заместители",
    "supervisor_id": "курирует",
    "key_names": "ключи",
    "replaced": "заменены",
    "publish": "ответ выходит",
    "moderate": "удаляет и блокирует",
    "answers": "ответ автора",
    "connection_state": "подключение",
    "hearing": "события",
    "second_factor": "второй фактор",
    "password_changed_on": "пароль сменён",
    "recovery": "контакты для восстановления",
    "applications": "приложения",
    "profile": "профиль",
    "user_id": "сотрудник",
    "page_right": "право на странице",
    "strangers": "незаписанных",
    "title": "название",
    "topics": "темы",
    "found_bad": "замечаний",
    "next_check_at": "следующая проверка",
    "gone_by": "удалил в соцсети",
    "post": "должность по постановлению",
    "inn": "ИНН",
    "letterhead": "шапка документов",
    "site": "адрес сайта",
    "responsible": "ответственное лицо",
    "phones": "телефоны",
    "duty_phones": "дежурные телефоны",
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
    "read_at": "прочитано",
    "row": "строка",
    "import_run_id": "загрузка",
    "own_word_id": "запись словаря",
    "to_id": "кому",
    "proposal_id": "запись чёрного списка",
    "comment_id": "комментарий",
    "from": "с",
    "to": "по",
    "entered_too": "вместе с внесёнными",
    "edition": "редакция календаря",
    "waiting": "ещё без печати",
    "sealed": "запечатано записей",
    "faults": "нарушений",
    "found": "найдено",
    "late": "запечатано с опозданием",
    "is_unsealed": "есть записи без печати",
    "filters": "отбор",
    "other_key": "другой ключ",
    "presidential": "указы Президента",
    "times": "время в файлах",
    "columns": "столбцы",
    **{f"{kind}_due": "срок" for kind in ClockKind},
    "link_state": "связь",
    "other_message_id": "с сообщением",
    "reply": "ответ на пометку",
    "unmet": "не хватало",
    "in_spite": "почему согласовано так",
    "comment_state": "комментарий",
    "comment_ground": "основание",
    "message_id": "сообщение",
    "sha256": "SHA-256",
    "content_type": "вид файла",
    "outbox_state": "действие в соцсети",
    "under_changed": "ответ уходит под изменённый комментарий",
    "elsewhere": "отвечает в чужих сообществах",
    "administrators": "говорят от имени страницы",
    "done_at": "выполнено",
    "single_keys": "клавиши включены",
    "mail_mode": "письма",
    "sound": "звук",
    "email": "почта",
    "term": "на сколько",
    "list_state": "в чёрном списке",
    "applied_at": "заблокирован с",
}

Value = Callable[[Any], str]

_PROMISES = {
    "open": "ждём",
    "reported": "результат внесён",
    "done": "выполнено",
    "moved": "перенесено",
    "not_kept": "не выполнено",
    "dropped": "контроль снят",
}

_CONNECTIONS = {"working": "работает", "failing": "не отвечает", "stopped": "остановлено", "off": "выключено"}
_INSTRUCTIONS = {"open": "на контроле", "reported": "доложено", "accepted": "выполнено", "dropped": "снято"}

VALUES: dict[str, Value] = {
    "instruction_state": lambda code: _INSTRUCTIONS[code],
    "publication_state": lambda code: STATE_LABELS[PublicationState(code)],
    "reached": lambda code: {"read": "прочитал", "phone": "по телефону"}[code],
    "comment_state": lambda code: COMMENT_STATE_LABELS[CommentState(code)],
    "comment_ground": lambda code: COMMENT_GROUND_LABELS[CommentGround(code)],
    "outbox_state": lambda code: OUTBOX_STATE_LABELS[OutboxState(code)],
    "link_state": lambda code: {"proposed": "предложена", "confirmed": "подтверждена", "rejected": "отклонена"}[code],
    "reply": lambda code: {"excluded": "исключено", "answered": "верно, но отвечаем", "wrong": "зря"}[code],
    "term": lambda code: BAN_TERM_LABELS[BanTerm(code)],
    "list_state": lambda code: LIST_STATE_LABELS[ListState(code)],
    "promised_on": lambda day: f"{date.fromisoformat(day):%d.%m.%Y}",
    "promise_state": lambda code: _PROMISES[code],
    "shortcoming_state": lambda code: SHORTCOMING_STATE_LABELS[ShortcomingState(code)],
    "shortcoming_kind": lambda code: SHORTCOMING_LABELS[ShortcomingKind(code)],
    "cause": lambda code: CAUSE_LABELS[Cause(code)],
    "waiver": lambda code: WAIVER_LABELS[Waiver(code)],
    "group_state": lambda code: {"draft": "готовится", "submitted": "на согласовании", "approved": "согласован"}[code],
    "interim_reason": lambda code: INTERIM_REASON_LABELS[InterimReason(code)],
    "interim_grounds": lambda codes: ", ".join(INTERIM_GROUND_LABELS[InterimGround(c)] for c in codes.split(",")),
    "status": lambda code: STATUS_LABELS[Status(code)],
    "importance": lambda code: IMPORTANCE_LABELS[Importance(code)],
    "ground": lambda code: COMMENT_GROUND_LABELS[CommentGround(code)],
    "reason": lambda code: REASON_LABELS[AbsenceReason(code)],
    "first_day": lambda day: f"{date.fromisoformat(day):%d.%m.%Y}",
    "last_day": lambda day: f"{date.fromisoformat(day):%d.%m.%Y}",
    "times": lambda code: {"local": "местное", "moscow": "московское"}[code],
    "presidential": lambda code: {"on": "выходные", "off": "обычные дни"}[code],
    "kind": lambda code: CLOCK_LABELS[ClockKind(code)],
    "publish": lambda code: {"auto": "сразу", "ask": "по кнопке", "hand": "руками"}[code],
    "answers": lambda code: {"ask": "предложить", "auto": "внести сразу"}[code],
    "moderate": lambda code: {"auto": "программа", "hand": "руками"}[code],
    "connection_state": lambda code: _CONNECTIONS[code],
    "hearing": lambda code: {"ask": "спрашиваем сами", "callback": "присылает соцсеть"}[code],
    "gone_by": lambda code: {
        "author": "автор",
        "page": "модератор страницы",
        "office": "мы",
        "unknown": "неизвестно кто",
    }[code],
    "second_factor": lambda code: SECOND_FACTOR_LABELS[SecondFactor(code)],
    "password_changed_on": lambda day: f"{date.fromisoformat(day):%d.%m.%Y}",
    "page_right": lambda code: RIGHT_LABELS[Right(code)],
    "post": lambda code: POST_LABELS[Post(code)],
    "mail_mode": lambda code: MAIL_MODE_LABELS[MailMode(code)],
    "roles": lambda codes: ", ".join(ROLE_LABELS[Role(code)] for code in codes) or "нет",
    "filters": lambda names: ", ".join(FILTER_LABELS.get(name, name) for name in names) or "нет",
    "fields": lambda names: ", ".join(FIELDS.get(name, name) for name in names) or "ничего",
}
"""Fields whose values are codes."""


def change_words(changes: Mapping[str, Sequence[Any]], when: When, names: objects.Names) -> list[str]:
    """«статус: Новое → На отработке», one line a field; numbers of versions and digests of texts are left out."""
    return [
        f"{FIELDS.get(name) or field_words(name)}: {_change(name, pair, when, names)}"
        for name, pair in changes.items()
        if name not in ("version", "text_digest", FOR_WHOM)
        and isinstance(pair, list)
        and len(pair) == 2
        and pair[0] != pair[1]
    ]


def _change(name: str, pair: Sequence[Any], when: When, names: objects.Names) -> str:
    old, new = pair
    if (old, new) == ("changed", True):
        return "изменено"
    if old == []:
        old = None
    after = _value(name, new, when, names)
    return after if old is None or old == 0 else f"{_value(name, old, when, names)} → {after}"


def _value(name: str, value: Any, when: When, names: objects.Names) -> str:
    if value in (None, "", []):
        return "пусто"
    if isinstance(value, bool):
        return "да" if value else "нет"
    try:
        if name in VALUES:
            return VALUES[name](value)
        if name.endswith(("_at", "_due")) or name in ("from", "to", "source_deadline"):
            return _instant(value, when)
    except (ValueError, TypeError, KeyError):
        pass  # a code of an earlier edition of the program
    if name in objects.FIELDS:
        return ", ".join(
            objects.named(name, row_id, names) for row_id in (value if isinstance(value, list) else [value])
        )
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value) if name in FIELDS else code_words(str(value))


def _instant(value: str, when: When) -> str:
    if len(value) == len("2026-11-25"):
        return f"{date.fromisoformat(value):%d.%m.%Y}"
    return when(datetime.fromisoformat(value))
