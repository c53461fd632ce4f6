"""Words for the fields and codes of the log."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.log.models import ON_BEHALF_OF
from osm.networks.catalogue import NETWORKS
from osm.plan.rules.words import STATE_LABELS, PublicationState
from osm.register.queries.filter import FILTER_LABELS
from osm.regulation.blacklist import BAN_TERM_LABELS, LIST_STATE_LABELS, BanTerm, ListState
from osm.regulation.clocks import CLOCK_LABELS, ClockKind
from osm.regulation.comment_words import (
    COMMENT_GROUND_LABELS,
    COMMENT_STATE_LABELS,
    OUTBOX_STATE_LABELS,
    CommentGround,
    CommentState,
    OutboxState,
)
from osm.regulation.complaints import OUTCOME_LABELS, ComplaintOutcome
from osm.regulation.control.hours import MAIL_MODE_LABELS, MailMode
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
from osm.regulation.guarding import RIGHT_LABELS, SECOND_FACTOR_LABELS, Right, SecondFactor
from osm.regulation.interim import INTERIM_GROUND_LABELS, INTERIM_REASON_LABELS, InterimGround, InterimReason
from osm.regulation.substitution import REASON_LABELS, AbsenceReason, acting_words
from osm.regulation.words import (
    GROUND_LABELS,
    IMPORTANCE_LABELS,
    POST_LABELS,
    ROLE_LABELS,
    STATUS_LABELS,
    Ground,
    Importance,
    Post,
    Role,
    Status,
)
from osm.retention.rules import HOLD_LABELS, TERMS, HoldGround, Kept
from osm.store.models import Assignment, Closure, Department, Draft, Reply, User

# --- Fields and codes
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
    "reached": "отметка",
    "reached_at": "когда",
    "reached_as": "доведено",
    "begins_at": "с",
    "ends_at": "до",
    "reached_id": "кому",
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
    "acting_id": "и. о.",
    "act": "распоряжение",
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
    "publishing_networks": "исполнители размещают ответы",
    "answer_marked": "верно отмеченному отвечаем",
    "no_others_at": "других страниц нет",
    "facts_state": "сведения отделу",
    "posts_held": "придержано публикаций",
    "posts_released": "снова в плане",
    "publication_id": "публикация",
    "complaint_outcome": "решение по жалобе",
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
    "gone_by": "кем удалено в соцсети",
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
    "held": "ждут решения",
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
    "kept": "что хранится",
    "days": "дней",
    "hold_ground": "почему запрещено",
    "request": "запрос №",
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
    "week_letter": "итоги недели письмом",
    "campaign_reason": "почему выходит во время выборов",
    "email": "почта",
    "term": "на сколько",
    "list_state": "в чёрном списке",
    "applied_at": "блокировка с",
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
    "reached": lambda code: {"read": "прочитано", "phone": "по телефону"}[code],
    "reached_as": lambda code: {"head": "до главы", "acting": "до и. о. главы"}[code],
    "comment_state": lambda code: COMMENT_STATE_LABELS[CommentState(code)],
    "comment_ground": lambda code: COMMENT_GROUND_LABELS[CommentGround(code)],
    "outbox_state": lambda code: OUTBOX_STATE_LABELS[OutboxState(code)],
    "link_state": lambda code: {"proposed": "предложена", "confirmed": "подтверждена", "rejected": "отклонена"}[code],
    "reply": lambda code: {"excluded": "исключено", "answered": "верно, но отвечаем", "wrong": "отметка ошибочна"}[
        code
    ],
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
    "ground": lambda code: (
        GROUND_LABELS[Ground(code)] if code in set(Ground) else COMMENT_GROUND_LABELS[CommentGround(code)]
    ),
    "kept": lambda code: TERMS[Kept(code)].label,
    "hold_ground": lambda code: HOLD_LABELS[HoldGround(code)],
    "reason": lambda code: REASON_LABELS[AbsenceReason(code)],
    "first_day": lambda day: f"{date.fromisoformat(day):%d.%m.%Y}",
    "last_day": lambda day: f"{date.fromisoformat(day):%d.%m.%Y}",
    "times": lambda code: {"local": "местное", "moscow": "московское"}[code],
    "presidential": lambda code: {"on": "выходные", "off": "обычные дни"}[code],
    "kind": lambda code: CLOCK_LABELS[ClockKind(code)],
    "publish": lambda code: {"auto": "сразу", "ask": "по кнопке", "hand": "руками"}[code],
    "publishing_networks": lambda codes: ", ".join(NETWORKS[c].label if c in NETWORKS else c for c in codes) or "нигде",
    "complaint_outcome": lambda code: OUTCOME_LABELS[ComplaintOutcome(code)],
    "facts_state": lambda code: {"open": "переданы", "done": "сделано", "withdrawn": "отозваны"}[code],
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
"""Fields with codes."""


# --- Names for the words of the log
def absent_names(changes: Iterable[Mapping[str, Sequence[Any]]]) -> dict[int, str]:
    """Id → name of the absent colleagues for whom these events were done (П.3); no query if there are none."""
    ids = {pair[1] for changed in changes if (pair := changed.get(ON_BEHALF_OF))}
    if not ids:
        return {}
    return dict(db.session.execute(select(User.id, User.name).where(User.id.in_(ids))).tuples().all())


def actor_words(name: str | None, changes: Mapping[str, Sequence[Any]], absent: Mapping[int, str]) -> str:
    """The actor and, if he acted for an absent colleague, that colleague; empty for the program."""
    pair = changes.get(ON_BEHALF_OF)
    return acting_words(name or "", absent.get(pair[1], "") if pair else "")


def executors_named(condition: ColumnElement[bool]) -> dict[int, str]:
    """Assignment id → «Борис Ежов (ЖКХ), замещает: Алла Ким»; `condition`: a condition on Assignment."""
    absent = aliased(User)
    found = db.session.execute(
        select(Assignment.id, User.name, Department.short_name, absent.name)
        .join(User, User.id == Assignment.executor_id)
        .outerjoin(absent, absent.id == Assignment.for_id)
        .outerjoin(Department, Department.id == Assignment.department_id)
        .where(condition)
    )
    return {i: executor_words(name, short, absent_name) for i, name, short, absent_name in found}


def executor_words(name: str, department: str | None, absent: str | None) -> str:
    """«Борис Ежов (ЖКХ), замещает: Алла Ким»."""
    return name + (f" ({department})" if department else "") + (f", замещает: {absent}" if absent else "")


def draft_numbers(condition: ColumnElement[bool]) -> dict[int, int]:
    """Draft id → its number; `condition`: a condition on Draft and its Reply."""
    found = db.session.execute(select(Draft.id, Draft.number).join(Reply, Reply.id == Draft.reply_id).where(condition))
    return dict(found.tuples().all())


def recipients_of(message_ids: Collection[int]) -> dict[tuple[int | None, datetime], str]:
    """(Message id, time of closing) → the recipient to which it was handed over."""
    found = db.session.execute(
        select(Closure.message_id, Closure.closed_at, Closure.recipient).where(Closure.message_id.in_(message_ids))
    )
    return {(message_id, at): recipient for message_id, at, recipient in found}
