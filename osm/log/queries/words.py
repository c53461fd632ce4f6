"""Words for each act and its details, used by all histories."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from osm.base.types import OfRow
from osm.calendar.queries import code_words, field_words
from osm.log.models import ON_BEHALF_OF
from osm.log.queries import objects
from osm.log.queries.fields import FIELDS, VALUES
from osm.log.queries.objects import Names, When, named
from osm.models import Echo, Event, Origin
from osm.regulation.blacklist import ComplaintOutcome
from osm.regulation.control import Waiver
from osm.regulation.words import Action, ClockKind, Ground
from osm.retention.rules import RETENTION_WORDS

# --- Acts and details
KEPT = "keep_substitute"  # the substitute finishes the work although the other is back (П.3)


@dataclass(frozen=True, slots=True)
class LogEntry(OfRow):
    """A row of the log. `actor` is empty if the program acted; `changes`: field → [old, new]."""

    row: Event
    actor: str
    note: str

    def new(self, name: str) -> Any:
        """The new value of a field; None if the act did not change it."""
        return self.row.changes.get(name, (None, None))[1]


@dataclass(frozen=True, slots=True)
class Seen:
    """Names and numbers needed for the words."""

    executors: Mapping[int, str]
    drafts: Mapping[int, int]
    recipients: Mapping[tuple[int | None, datetime], str]
    names: Names
    when: When


Detail = Callable[[LogEntry, Seen], str]


def _to_executor(entry: LogEntry, seen: Seen) -> str:
    return seen.executors.get(entry.object_id or 0, "")


def _to_executors(entry: LogEntry, seen: Seen) -> str:
    """«Борис Ежов (ЖКХ), всего исполнителей: 3» if several were assigned at once (П.14)."""
    first, several = _to_executor(entry, seen), entry.new("executors")
    return f"{first}, всего исполнителей: {several}" if several else first


def _to_substitute(entry: LogEntry, seen: Seen) -> str:
    """The executor; when the work goes back after an absence, no substituted person is named."""
    back = "" if entry.new("stands_for_id") else ", снова на месте"
    return f"{_to_executor(entry, seen)}{back}"


def _of_version(entry: LogEntry, seen: Seen) -> str:
    number = seen.drafts.get(entry.object_id or 0)
    return f"версия {number}" if number else ""


def _promised(entry: LogEntry, _seen: Seen) -> str:
    day = entry.new("promised_on")
    return f"до {date.fromisoformat(day):%d.%m.%Y}" if day else ""


def _brought(entry: LogEntry, _seen: Seen) -> str:
    return "доведено до главы" if entry.new("reached_as") else ""


def _named(name: str, without: str = "") -> Detail:
    """Detail: the name of the row whose id the field has."""
    return lambda entry, seen: named(name, entry.new(name), seen.names) if entry.new(name) else without


def _labelled(name: str, labels: Mapping[Any, str]) -> Detail:
    """Detail: the code of the field in words."""
    return lambda entry, _seen: labels[entry.new(name)].lower() if entry.new(name) else ""


def _renumbered(entry: LogEntry, _seen: Seen) -> str:
    old, new = entry.changes.get("number", (None, None))
    return f"теперь № {new}, был № {old}" if old else ""


def _hurried(entry: LogEntry, seen: Seen) -> str:
    return seen.executors.get(entry.new("assignment_id") or 0, "")


def _of_group(entry: LogEntry, seen: Seen) -> str:
    name = seen.names.get(("answer_group", entry.object_id or 0))
    return f"«{name}»" if name else f"№ {entry.object_id}"


_with_other = _named("other_message_id")
_of_clock = _labelled("kind", ClockKind.labels())


def _echo(entry: LogEntry, _seen: Seen) -> str:
    said = entry.new("echo")
    return Echo(said).label if said else "отметка снята"


def _to_recipient(entry: LogEntry, seen: Seen) -> str:
    return seen.recipients.get((entry.message_id, entry.at), "")


def _missed_clock(entry: LogEntry, seen: Seen) -> str:
    missed = datetime.fromisoformat(entry.new("breached_at"))
    whose = seen.executors.get(entry.new("assignment_id") or 0, "")
    return f"{_of_clock(entry, seen)}{f' — {whose}' if whose else ''}, {seen.when(missed, 'до')}"


def _moved_clock(entry: LogEntry, seen: Seen) -> str:
    old, new = entry.changes.get(f"{entry.new('kind')}_due", (None, None))
    told = [seen.when(datetime.fromisoformat(due)) if due else "неизвестен" for due in (old, new)]
    return f"{_of_clock(entry, seen)}, {' → '.join(told)}"


def _other_time(name: str, words: str, after: str = "") -> Detail:
    """Detail: the time set by the act, if it differs from the time of the act. `after`: a preposition."""

    def tell(entry: LogEntry, seen: Seen) -> str:
        value = entry.new(name)
        instant = datetime.fromisoformat(value) if value else entry.at
        if abs((instant - entry.at).total_seconds()) < 60:
            return ""
        return f"{words} {seen.when(instant, after)}"

    return tell


_READ = {"text": "текст", "url": "ссылка", "author": "автор", "published_at": "время публикации"}
"""Columns of a message that people read → their names."""


def _changed_fields(entry: LogEntry, _seen: Seen) -> str:
    """Names of the changed columns; the texts are stored with the earlier versions."""
    return ", ".join(words for name, words in _READ.items() if name in entry.changes)


def _corrected(entry: LogEntry, seen: Seen) -> str:
    """The wrong and the corrected time, and a note if «Инцидент Менеджмент» has the old values."""
    instants = [datetime.fromisoformat(one) for one in entry.changes.get("published_at", ())]
    placed = " → ".join(seen.when(instant) for instant in instants)
    again = "внести в ИМ заново" if entry.changes.get("entered_in_source_at") else ""
    return ", ".join(words for words in (placed, again) if words)


# Action of the log → words, and the function for the detail after the dash.
WORDS: dict[str, tuple[str, Detail | None]] = {
    "purge": (RETENTION_WORDS["purge"], None),
    "enter": ("внесено", None),
    "api_message": ("передано интегратором", None),
    "recalled": ("загрузка, из которой оно пришло, отозвана", None),
    "open": ("сообщение открыто", None),
    "source_changed": ("обновлено по новой выгрузке", _changed_fields),
    "source_put_back": ("обновление по выгрузке отозвано, возвращено прежнее", None),
    "edition_seen": ("изменения в ИМ просмотрены", None),
    "answer_fits": ("отмечено: ответ годится и после изменения в ИМ", None),
    "held_row": ("под этим номером пришло другое сообщение", None),
    "held_new": ("другое сообщение под этим номером внесено как новое", None),
    "held_replaced": ("заменено сообщением, которое пришло под этим номером", None),
    "held_declined": ("другое сообщение под этим номером решено не загружать", None),
    "held_recalled": ("загрузка с другим сообщением под этим номером отозвана", None),
    "found_in_source": ("найдено в выгрузке ИМ", _renumbered),
    "source_change_seen": ("изменения в ИМ просмотрены", None),
    "source_entered": ("ответ внесён в ИМ", None),
    "source_entry_undone": ("отметка о внесении в ИМ снята", None),
    "order_publication": ("ответ размещает программа", None),
    "stop_publication": ("размещение ответа программой остановлено", None),
    "publication_done": ("ответ размещён программой", None),
    "publication_failed": ("соцсеть не приняла ответ", None),
    "publication_waits": ("размещение ответа ждёт человека", None),
    "correction_done": ("ответ исправлен в соцсети программой", None),
    "correction_failed": ("соцсеть не приняла исправление ответа", None),
    "correction_waits": ("исправление ответа в соцсети ждёт человека", None),
    "own_heard": ("в соцсети замечен наш ответ", None),
    "author_changed": ("автор изменил комментарий в соцсети", None),
    "comment_joined": ("это комментарий нашей страницы: он больше не в очереди", None),
    "author_heard": ("автор написал ещё в соцсети", None),
    "author_liked": ("автору понравился ответ", None),
    "author_unliked": ("автор снял «Нравится» с ответа", None),
    "echo_noted": ("отмечено, что автор сказал после ответа", _echo),
    "offer_declined": ("отмечено: замеченный комментарий не относится к делу", None),
    "attach": ("приложено фото", None),
    "remove_photo": ("фото убрано", None),
    "breach": ("срок нарушен", _missed_clock),
    "no_breach": ("нарушения не было: сделано в срок, внесено позже", _of_clock),
    "term_known": ("срок посчитан по новому календарю", _of_clock),
    "term_moved": ("срок пересчитан: изменён календарь", _moved_clock),
    "findings_wrong": ("пометки проверки сняты: отметка ошибочна", None),
    "propose_blacklist": ("автор предложен в чёрный список", None),
    "findings_answered": ("отмечено верно, но отвечаем", None),
    "promise_made": ("обещание поставлено на контроль", _promised),
    "promise_reported": ("внесён результат по обещанию", None),
    "promise_kept": ("обещание выполнено", None),
    "promise_moved": ("обещание перенесено", _promised),
    "promise_not_kept": ("обещание не выполнено", None),
    "promise_dropped": ("обещание снято с контроля", None),
    "shortcoming_entered": ("внесён недостаток (п. 19)", None),
    "shortcoming_explained": ("названа причина нарушения", None),
    "shortcoming_objected": ("возражение о недостатке", None),
    "shortcoming_confirmed": ("недостаток подтверждён (п. 19)", None),
    "shortcoming_waived": ("нарушение снято", _labelled("waiver", Waiver.labels())),
    "danger_noted": ("похоже на угрозу жизни: так подсказали слова", None),
    "danger_told": ("об угрозе жизни сообщено", _named("to_id", "весь пресс-центр")),
    "danger_seen": ("сообщение об угрозе жизни принято", None),
    "danger_none": ("отмечено: угрозы жизни нет", None),
    "urgent_sent": ("отправлен срочный доклад главе", None),
    "urgent_call_due": ("срочный доклад не доведён до главы: доложить по телефону", None),
    "urgent_read": ("срочный доклад прочитан", _brought),
    "urgent_phoned": ("доложено по телефону", _other_time("reached_at", "звонок")),
    "instruction_given": ("дано поручение", None),
    "instruction_noted": ("записано поручение, данное по телефону", None),
    "instruction_reported": ("доложено о выполнении поручения", None),
    "instruction_accepted": ("поручение выполнено", None),
    "instruction_returned": ("доклад по поручению возвращён", None),
    "instruction_dropped": ("поручение снято", None),
    "note_written": ("написана заметка", None),
    "note_withdrawn": ("заметка отозвана", None),
    "curator_asked": ("вопрос куратору", None),
    "hurried": ("исполнителя поторопили", _hurried),
    "decline_kept": ("остаётся у исполнителя", None),
    "joined_group": ("вошло в общий ответ", _of_group),
    "left_group": ("выведено из общего ответа", _of_group),
    "repeat_confirmed": ("отмечено как повторное", _with_other),
    "repeated_later": ("автор написал об этом снова", _with_other),
    "repeated_not": ("более позднее сообщение автора — о другом", _with_other),
    "repeat_rejected": ("отмечено: не повторное", _with_other),
    "same_matter_confirmed": ("связано с сообщением другого автора о том же", _with_other),
    "same_matter_rejected": ("отмечено: другой вопрос", _with_other),
    "link_asked_again": ("отметка о связи снята вместе с направлением", _with_other),
    Action.SELECT: ("отобрано", None),
    Action.ROUTE: ("направлено", _to_executors),
    Action.TAKE_ROUTING_BACK: ("направление отменено", _to_executor),
    Action.REROUTE: ("передано другому исполнителю", _to_executor),
    Action.SUBSTITUTE: ("передано", _to_substitute),
    KEPT: ("остаётся у замещающего", _to_executor),
    Action.ADD_EXECUTOR: ("добавлен исполнитель", _to_executor),
    Action.REMOVE_EXECUTOR: ("исполнитель снят", _to_executor),
    Action.ARRANGE_EXECUTORS: ("изменены порядок, задания или сроки исполнителей", None),
    Action.DECLINE: ("исполнитель ответил «Не моё»", None),
    Action.SUBMIT_PART: ("информация отправлена", _to_executor),
    Action.RETURN_PART: ("информация возвращена с замечаниями", _to_executor),
    Action.DISMISS: ("реагирование не требуется", None),
    Action.REDIRECT: ("передано по компетенции", _to_recipient),
    Action.EXCLUDE: ("исключено, не подлежит ответу", _labelled("ground", Ground.labels())),
    Action.MARK_WITHDRAWN: ("автор удалил сообщение", None),
    Action.MARK_UNANSWERABLE: ("ответ разместить невозможно", None),
    Action.RESTORE: ("возвращено в работу", None),
    Action.SUBMIT_DRAFT: ("проект отправлен на согласование", _of_version),
    Action.WITHDRAW_DRAFT: ("проект отозван", _of_version),
    Action.APPROVE_DRAFT: ("согласовано", _of_version),
    Action.CORRECT_AND_APPROVE: ("исправлено и согласовано", _of_version),
    Action.RETURN_DRAFT: ("возвращено на доработку", _of_version),
    Action.REVOKE_APPROVAL: ("согласование отозвано", _of_version),
    Action.PUBLISH_CLARIFICATION: ("запрос опубликован", _other_time("published_at", "стоит в сети", "с")),
    Action.PUBLISH_INTERIM: ("промежуточный ответ опубликован", _other_time("published_at", "стоит в сети", "с")),
    Action.PUBLISH_FINAL: ("ответ опубликован", _other_time("published_at", "стоит в сети", "с")),
    Action.CORRECT_PUBLICATION: ("исправлены ссылка или время публикации", _corrected),
    Action.CORRECT_ANSWER: ("исправлен опубликованный ответ", _of_version),
    Action.AUTHOR_ANSWERED: ("автор ответил на запрос", None),
    Action.CLOSE_WITHOUT_ANSWER: ("закрыто: автор не ответил", None),
    Action.PREPARE_FINAL: ("начата подготовка окончательного ответа", None),
    Action.REOPEN: ("возобновлено: автор написал ещё", None),
    Action.RAISE_IMPORTANCE: ("важность повышена", _other_time("detected_at", "выявлена")),
    Action.LOWER_IMPORTANCE: ("важность снижена", None),
    Action.TELL_FACTS: ("сведения переданы отделу без ответа автору", _named("department_id")),
    "facts_done": ("отдел отметил, что сделано по переданным сведениям", None),
    "complaint_entered": ("внесена жалоба на удаление или блокировку", None),
    "complaint_reviewed": ("жалоба рассмотрена", _labelled("complaint_outcome", ComplaintOutcome.labels())),
    "facts_withdrawn": ("переданные отделу сведения отозваны", None),
}

_LOADED = "загружено из выгрузки"


def act_and_detail(entry: LogEntry, seen: Seen, origin: Origin | None) -> tuple[str, str]:
    """The words of an act and the detail after the dash."""
    words, detail = WORDS.get(entry.action, (_label(entry.action), None))
    if entry.action == "enter" and origin is Origin.INCIDENT:
        words = _LOADED
    return words, detail(entry, seen) if detail else ""


def _label(action: str) -> str:
    return Action(action).label.lower() if action in set(Action) else action


# --- Changes on the screen of the log
def change_words(changes: Mapping[str, Sequence[Any]], when: When, names: objects.Names) -> list[str]:
    """«статус: Новое → На отработке», one line for each field; version numbers and digests are left out."""
    return [
        f"{FIELDS.get(name) or field_words(name)}: {_change(name, pair, when, names)}"
        for name, pair in changes.items()
        if name not in ("version", "text_digest", "text_number", ON_BEHALF_OF)
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
            return _time_words(value, when)
    except (ValueError, TypeError, KeyError):
        pass  # a code of an earlier version of the program
    if name in objects.FIELDS:
        return ", ".join(named(name, row_id, names) for row_id in (value if isinstance(value, list) else [value]))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value) if name in FIELDS else code_words(str(value))


def _time_words(value: str, when: When) -> str:
    if len(value) == len("2026-11-25"):
        return f"{date.fromisoformat(value):%d.%m.%Y}"
    return when(datetime.fromisoformat(value))
