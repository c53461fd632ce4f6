"""The history of a message in words: «12:04 Анна Лебедева: направлено — Борис Ежов (ЖКХ)»."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import lazyload

from osm.extensions import db
from osm.regulation.clocks import CLOCK_LABELS, ClockKind
from osm.regulation.words import ACTION_LABELS, GROUND_LABELS, Action, Ground
from osm.store.models import Assignment, Closure, Department, Draft, Event, EventNote, Origin, Reply, User
from osm.store.models.journal import READ

MACHINE = "Система"


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One act. `version` is what the message came to by it, None where the act did not raise it."""

    id: int
    at: datetime
    actor: str
    action: str
    words: str
    note: str
    clause: str
    version: int | None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One row of the log as it is. `actor` is empty where the machine acted; `changes`: field → [old, new]."""

    id: int
    at: datetime
    actor: str
    action: str
    clause: str
    object_id: int | None
    changes: Mapping[str, Sequence[Any]]
    note: str
    message_id: int | None = None

    def new(self, name: str) -> Any:
        """The new value of a field, None where the act left it alone."""
        return self.changes.get(name, (None, None))[1]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the words need to know beside the event itself."""

    executors: Mapping[int, str]
    drafts: Mapping[int, int]
    recipients: Mapping[tuple[int | None, datetime], str]
    zone: tzinfo


Detail = Callable[[LogEntry, Seen], str]


def _to_executor(entry: LogEntry, seen: Seen) -> str:
    return seen.executors.get(entry.object_id or 0, "")


def _of_version(entry: LogEntry, seen: Seen) -> str:
    number = seen.drafts.get(entry.object_id or 0)
    return f"версия {number}" if number else ""


def _by_ground(entry: LogEntry, _seen: Seen) -> str:
    ground = entry.new("ground")
    return GROUND_LABELS[Ground(ground)].lower() if ground else ""


def _to_recipient(entry: LogEntry, seen: Seen) -> str:
    return seen.recipients.get((entry.message_id, entry.at), "")


def _of_clock(entry: LogEntry, _seen: Seen) -> str:
    kind = entry.new("kind")
    return CLOCK_LABELS[ClockKind(kind)].lower() if kind else ""


def _missed_clock(entry: LogEntry, seen: Seen) -> str:
    missed = datetime.fromisoformat(entry.new("breached_at")).astimezone(seen.zone)
    return f"{_of_clock(entry, seen)}, до {missed:%d.%m %H:%M}"


def _moved_clock(entry: LogEntry, seen: Seen) -> str:
    old, new = entry.changes.get(f"{entry.new('kind')}_due", (None, None))
    told = [
        f"{datetime.fromisoformat(due).astimezone(seen.zone):%d.%m.%Y %H:%M}" if due else "неизвестен"
        for due in (old, new)
    ]
    return f"{_of_clock(entry, seen)}, {' → '.join(told)}"


def _instant(name: str, words: str) -> Detail:
    """The instant that the act set, where it is another one than that of the act."""

    def tell(entry: LogEntry, seen: Seen) -> str:
        value = entry.new(name)
        instant = datetime.fromisoformat(value) if value else entry.at
        if abs((instant - entry.at).total_seconds()) < 60:
            return ""
        return f"{words} {instant.astimezone(seen.zone):%d.%m в %H:%M}"

    return tell


#: Action of the log → what happened, and what follows after the dash.
WORDS: dict[str, tuple[str, Detail | None]] = {
    "enter": ("внесено", None),
    "open": ("сообщение открыто", None),
    "source_changed": ("обновлено по новой выгрузке", None),
    "source_change_seen": ("изменения в ИМ просмотрены", None),
    "source_entered": ("ответ внесён в ИМ", None),
    "source_entry_undone": ("отметка о внесении в ИМ снята", None),
    "attach": ("приложено фото", None),
    "remove_photo": ("фото убрано", None),
    "breach": ("срок нарушен", _missed_clock),
    "term_known": ("срок посчитан по новому календарю", _of_clock),
    "term_moved": ("срок пересчитан: изменён календарь", _moved_clock),
    "findings_wrong": ("пометки проверки сняты: отмечено зря", None),
    "findings_answered": ("отмечено верно, но отвечаем", None),
    "repeat_confirmed": ("отмечено как повторное", None),
    "repeated_later": ("автор написал об этом снова", None),
    "repeated_not": ("более позднее сообщение автора — о другом", None),
    "repeat_rejected": ("отмечено: не повторное", None),
    "same_matter_confirmed": ("связано с сообщением другого автора о том же", None),
    "same_matter_rejected": ("отмечено: другой вопрос", None),
    Action.SELECT: ("отобрано", None),
    Action.ROUTE: ("направлено", _to_executor),
    Action.REROUTE: ("передано другому исполнителю", _to_executor),
    Action.DISMISS: ("реагирование не требуется", None),
    Action.REDIRECT: ("передано по компетенции", _to_recipient),
    Action.EXCLUDE: ("исключено, не подлежит ответу", _by_ground),
    Action.MARK_WITHDRAWN: ("автор удалил сообщение", None),
    Action.MARK_UNANSWERABLE: ("ответ разместить невозможно", None),
    Action.RESTORE: ("возвращено в работу", None),
    Action.SUBMIT_DRAFT: ("проект отправлен на согласование", _of_version),
    Action.WITHDRAW_DRAFT: ("проект отозван", _of_version),
    Action.APPROVE_DRAFT: ("согласовано", _of_version),
    Action.CORRECT_AND_APPROVE: ("исправлено и согласовано", _of_version),
    Action.RETURN_DRAFT: ("возвращено на доработку", _of_version),
    Action.REVOKE_APPROVAL: ("согласование отозвано", _of_version),
    Action.PUBLISH_CLARIFICATION: ("запрос опубликован", _instant("published_at", "стоит в сети с")),
    Action.PUBLISH_INTERIM: ("промежуточный ответ опубликован", _instant("published_at", "стоит в сети с")),
    Action.PUBLISH_FINAL: ("ответ опубликован", _instant("published_at", "стоит в сети с")),
    Action.AUTHOR_ANSWERED: ("автор ответил на запрос", None),
    Action.CLOSE_WITHOUT_ANSWER: ("закрыто: автор не ответил", None),
    Action.PREPARE_FINAL: ("начата подготовка окончательного ответа", None),
    Action.REOPEN: ("возобновлено: автор написал ещё", None),
    Action.RAISE_IMPORTANCE: ("важность повышена", _instant("detected_at", "выявлена")),
    Action.LOWER_IMPORTANCE: ("важность снижена", None),
}

_LOADED = "загружено из выгрузки"


def log_of(message_id: int) -> list[LogEntry]:
    """Every act upon the message, oldest first, in one statement; who has only read it stands in the log itself."""
    rows = db.session.execute(
        select(Event, User.name, EventNote.text)
        .outerjoin(User, User.id == Event.actor_id)
        .outerjoin(EventNote, EventNote.event_id == Event.id)
        .where(Event.message_id == message_id, Event.action != READ)
        .order_by(Event.id)
        .options(lazyload("*"))
    )
    return [
        LogEntry(
            id=event.id,
            at=event.at,
            actor=name or "",
            action=event.action,
            clause=event.clause,
            object_id=event.object_id,
            changes=event.changes,
            note=note or "",
            message_id=message_id,
        )
        for event, name, note in rows
    ]


def message_history(
    message_id: int, zone: tzinfo, origin: Origin = Origin.MANUAL, log: Sequence[LogEntry] | None = None
) -> list[HistoryLine]:
    """Every act upon the message, oldest first; photos that one person added in a row are one line.

    `log`: what `log_of` has read already.
    """
    seen = Seen(
        executors_named(Assignment.message_id == message_id),
        draft_numbers(Reply.message_id == message_id),
        recipients_of([message_id]),
        zone,
    )
    lines = [_line(entry, seen, origin) for entry in (log_of(message_id) if log is None else log)]
    return _merged(lines)


def since(history: Sequence[HistoryLine], version: int) -> list[HistoryLine]:
    """What happened after this version of the message was seen."""
    first = next((i for i, line in enumerate(history) if line.version is not None and line.version > version), None)
    return [] if first is None else [line for line in history[first:] if line.action != "open"]


def _line(entry: LogEntry, seen: Seen, origin: Origin) -> HistoryLine:
    words, more = told(entry, seen, origin)
    recipient = entry.action == Action.REDIRECT and entry.note == more
    return HistoryLine(
        id=entry.id,
        at=entry.at,
        actor=entry.actor or MACHINE,
        action=entry.action,
        words=f"{words} — {more}" if more else words,
        note="" if recipient else entry.note,
        clause=entry.clause,
        version=entry.new("version"),
    )


def told(entry: LogEntry, seen: Seen, origin: Origin | None) -> tuple[str, str]:
    """What happened, and what follows after the dash."""
    words, detail = WORDS.get(entry.action, (_label(entry.action), None))
    if entry.action == "enter" and origin is Origin.INCIDENT:
        words = _LOADED
    return words, detail(entry, seen) if detail else ""


def _label(action: str) -> str:
    return ACTION_LABELS[Action(action)].lower() if action in set(Action) else action


def _merged(lines: Sequence[HistoryLine]) -> list[HistoryLine]:
    merged: list[HistoryLine] = []
    counts: list[int] = []
    for line in lines:
        last = merged[-1] if merged else None
        if last and line.action == last.action == "attach" and line.actor == last.actor:
            counts[-1] += 1
            merged[-1] = replace(last, words=f"приложено фото: {counts[-1]}")
            continue
        merged.append(line)
        counts.append(1)
    return merged


def executors_named(which: ColumnElement[bool]) -> dict[int, str]:
    """Assignment id → «Борис Ежов (ЖКХ)»; `which`: a condition on Assignment."""
    found = db.session.execute(
        select(Assignment.id, User.name, Department.short_name)
        .join(User, User.id == Assignment.executor_id)
        .outerjoin(Department, Department.id == Assignment.department_id)
        .where(which)
    )
    return {i: f"{name} ({short})" if short else name for i, name, short in found}


def draft_numbers(which: ColumnElement[bool]) -> dict[int, int]:
    """Draft id → its number; `which`: a condition on Draft with its Reply."""
    found = db.session.execute(select(Draft.id, Draft.number).join(Reply, Reply.id == Draft.reply_id).where(which))
    return dict(found.tuples().all())


def recipients_of(message_ids: Collection[int]) -> dict[tuple[int | None, datetime], str]:
    """Message and instant of its closing → to whom it was handed on."""
    found = db.session.execute(
        select(Closure.message_id, Closure.closed_at, Closure.recipient).where(Closure.message_id.in_(message_ids))
    )
    return {(message_id, at): recipient for message_id, at, recipient in found}
