"""ONE table of reminders: what people are reminded of, who is concerned, how urgent it is.

A new kind is a member of `Kind` and a row of RULES. Where an act of the log causes it, name the act
in
`acts`: the worker reads the log (`osm.reminders.acts.due`). An event that concerns one person names him in its
changes as
`to_id` (Whom.PERSON). What no act causes (a clock, an alarm) is written with `osm.reminders.acts.letters.Writing`.
The column has no constraint, so a new kind needs no migration."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from osm.regulation import transitions
from osm.regulation.words import Action, ClockKind
from osm.regulation.working_time import worktime


# --- Rows of the table
class Haste(StrEnum):
    """When it is shown, and how it is mailed."""

    URGENT = "urgent"  # at any hour, in a separate letter
    AT_ONCE = "at_once"  # in working time, in a separate letter
    DIGEST = "digest"  # in working time, by the next digest


class Whom(StrEnum):
    """Who is reminded, at the time when the worker reads the event."""

    NEW_EXECUTORS = "new_executors"
    """Whoever was given the message and whose turn has come (П.14): each assignment once, whatever brought it."""
    EXECUTORS = "executors"  # who prepares the answer: the one whose part or assignment the event names, else all
    CURATORS = "curators"
    OWING = "owing"  # the people measured by the clock, and the curators
    PERSON = "person"  # the person in `to_id` of the event, and who stands in for him
    PERSON_AND_CURATORS = "person_and_curators"  # he too, but it must not wait for him alone
    HIMSELF = "himself"
    """The person that the event is about, also where the act was his own: it may have been a thief."""
    ON_CALL = "on_call"  # the duty officer in `to_id` of the event; without one, the press centre
    PRESS = "press"  # curators and moderators
    KEEPERS = "keepers"  # curators, who see what is wrong, and administrators, who can mend it
    GUARDS = "guards"  # who looks after the pages: the press centre and administrators
    HEADS = "heads"
    ADMINS = "admins"


class Kind(StrEnum):
    ASSIGNED = "assigned"
    AGAIN = "again"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    HURRIED = "hurried"
    TERM = "term"
    BREACH = "breach"
    MORNING = "morning"
    PROMISE = "promise"
    WEEK = "week"
    URGENT_REPORT = "urgent_report"
    CALL = "call"
    DANGER = "danger"
    BURST = "burst"
    SHIFT_GIVEN = "shift_given"
    INSTRUCTION = "instruction"
    INSTRUCTION_URGENT = "instruction_urgent"
    INSTRUCTION_URGENT_RETURNED = "instruction_urgent_returned"
    INSTRUCTION_RETURNED = "instruction_returned"
    INSTRUCTION_REPORTED = "instruction_reported"
    MEMO_READY = "memo_ready"
    MEMO_SENT = "memo_sent"
    PUBLICATION = "publication"
    OUTBOX = "outbox"
    NEWS_OFFERED = "news_offered"
    NEWS_DECIDED = "news_decided"
    PLAN_SUBMITTED = "plan_submitted"
    PLAN_RETURNED = "plan_returned"
    PLAN_BY_HAND = "plan_by_hand"
    PLAN_LATE = "plan_late"
    PLAN_FAILED = "plan_failed"
    KRAI_TERM = "krai_term"
    PAGE_STOPPED = "page_stopped"
    PAGE_CHECK = "page_check"
    PAGE_TASK = "page_task"
    PAGE_STRANGER = "page_stranger"
    LOGIN_CHANGED = "login_changed"
    SECOND_FACTOR = "second_factor"
    FACTOR_RESET = "factor_reset"
    CODE_AGAIN = "code_again"
    NO_EXPORT = "no_export"
    EXPORT_WAITS = "export_waits"
    EXPORT_REFUSED = "export_refused"
    PORTAL_GIVEN = "portal_given"
    PORTAL_TERM = "portal_term"
    NEIGHBOUR_ANSWERED = "neighbour_answered"
    NEIGHBOUR_ENDED = "neighbour_ended"
    JOB_FAILED = "job_failed"
    LANE_LATE = "lane_late"
    DISK_FULL = "disk_full"
    LOG_FAULT = "log_fault"
    BACKUP_FAILED = "backup_failed"
    TRIAL_FAILED = "trial_failed"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. `words`: a sentence in which {names} are taken from the facts; `page`: where it leads. `after`: it is
    shown so much later. `of_urgent`: which kind it is where an urgent report brought it (П.20). `own_letter`: a letter
    was asked for, so it goes by itself, seen or not, and is sent once like a digest."""

    words: str
    haste: Haste
    whom: Whom
    acts: tuple[str, ...] = ()
    page: str = "/messages/{message_id}"
    after: timedelta = timedelta(0)
    of_urgent: Kind | None = None
    own_letter: bool = False


UNDONE = transitions.SLIP_UNDO + timedelta(seconds=5)
"""A routing that is taken back in time reminds nobody: so long it can be, and the worker learns of it."""


_TURNS = (
    Action.ROUTE, Action.REROUTE, Action.SUBSTITUTE, Action.ADD_EXECUTOR, Action.REMOVE_EXECUTOR,
    Action.ARRANGE_EXECUTORS, Action.SUBMIT_PART,
)  # fmt: skip
"""After these it may be somebody's turn."""

RULES: dict[Kind, Rule] = {
    Kind.ASSIGNED: Rule("Направлено вам", Haste.AT_ONCE, Whom.NEW_EXECUTORS, _TURNS, after=UNDONE),
    Kind.AGAIN: Rule(
        "Снова в работе", Haste.AT_ONCE, Whom.EXECUTORS, (Action.AUTHOR_ANSWERED, Action.REOPEN, Action.PREPARE_FINAL)
    ),
    Kind.SUBMITTED: Rule("Проект ждёт согласования", Haste.DIGEST, Whom.CURATORS, (Action.SUBMIT_DRAFT,)),
    Kind.RETURNED: Rule(
        "Возвращено на доработку", Haste.DIGEST, Whom.EXECUTORS,
        (Action.RETURN_DRAFT, Action.RETURN_PART, Action.REVOKE_APPROVAL),
    ),
    Kind.APPROVED: Rule(
        "Ответ согласован", Haste.DIGEST, Whom.EXECUTORS, (Action.APPROVE_DRAFT, Action.CORRECT_AND_APPROVE)
    ),
    Kind.HURRIED: Rule("Вас торопит куратор", Haste.AT_ONCE, Whom.EXECUTORS, ("hurried",)),
    Kind.TERM: Rule("Срок подходит: {clock} — {due}", Haste.DIGEST, Whom.OWING),
    Kind.BREACH: Rule("Срок прошёл: {clock} — был {due}", Haste.DIGEST, Whom.OWING, ("breach",)),
    Kind.MORNING: Rule("Завтра с утра {count}, первый — {due}", Haste.DIGEST, Whom.OWING, page="/"),
    Kind.PROMISE: Rule("Обещано автору на {day}", Haste.DIGEST, Whom.EXECUTORS, page="/promises/{object_id}"),
    Kind.WEEK: Rule("Итоги: {week}", Haste.DIGEST, Whom.HEADS, page="/reports?from={first}&to={last}", own_letter=True),
    Kind.URGENT_REPORT: Rule(
        "Срочный доклад", Haste.URGENT, Whom.HEADS, ("urgent_sent",), page="/reports/urgent/{object_id}"
    ),
    Kind.CALL: Rule(
        "Срочный доклад не доведён до главы: звоните", Haste.URGENT, Whom.ON_CALL, ("urgent_call_due",),
        page="/reports/urgent/{object_id}",
    ),
    Kind.DANGER: Rule(
        "Похоже на угрозу жизни: посмотрите сейчас и нажмите «Принято»", Haste.URGENT, Whom.ON_CALL, ("danger_told",)
    ),
    Kind.BURST: Rule(
        "Всплеск. {burst}", Haste.URGENT, Whom.CURATORS, ("burst_found", "burst_doubled"),
        page="/reports/bursts/{object_id}",
    ),
    Kind.SHIFT_GIVEN: Rule(
        "Смена сдана: примите её", Haste.DIGEST, Whom.PRESS, ("shift_given",), page="/shift/{object_id}"
    ),
    Kind.INSTRUCTION: Rule(
        "Поручение вам", Haste.AT_ONCE, Whom.PERSON, ("instruction_given", "instruction_noted"),
        page="/instructions/{object_id}", of_urgent=Kind.INSTRUCTION_URGENT,
    ),
    Kind.INSTRUCTION_URGENT: Rule(
        "Поручение вам по срочному докладу", Haste.URGENT, Whom.PERSON, page="/instructions/{object_id}"
    ),
    Kind.INSTRUCTION_RETURNED: Rule(
        "Поручение возвращено", Haste.AT_ONCE, Whom.PERSON, ("instruction_returned",),
        page="/instructions/{object_id}", of_urgent=Kind.INSTRUCTION_URGENT_RETURNED,
    ),
    Kind.INSTRUCTION_URGENT_RETURNED: Rule(
        "Поручение по срочному докладу возвращено", Haste.URGENT, Whom.PERSON, page="/instructions/{object_id}"
    ),
    Kind.INSTRUCTION_REPORTED: Rule(
        "Доложено по поручению", Haste.DIGEST, Whom.PERSON, ("instruction_reported",), page="/instructions/{object_id}"
    ),
    Kind.MEMO_READY: Rule(
        "Служебная записка подготовлена: проверьте и отправьте", Haste.DIGEST, Whom.CURATORS, ("memo_prepared",),
        page="/reports/memos/{object_id}",
    ),
    Kind.MEMO_SENT: Rule(
        "Служебная записка для вас", Haste.DIGEST, Whom.HEADS, ("memo_sent",), page="/reports/memos/{object_id}"
    ),
    Kind.PUBLICATION: Rule(
        "Ответ не размещён: посмотрите", Haste.AT_ONCE, Whom.CURATORS, ("publication_failed", "publication_waits"),
        page="/messages/{message_id}/publish",
    ),
    Kind.OUTBOX: Rule(
        "В соцсети не выполнено: сделайте руками", Haste.DIGEST, Whom.PRESS,
        ("outbox_failed", "outbox_waits", "correction_failed", "correction_waits"), page="/moderation/outbox",
    ),
    Kind.NEWS_OFFERED: Rule("Отдел предлагает новость", Haste.DIGEST, Whom.PRESS, ("news_offered",), page="/plan/news"),
    Kind.NEWS_DECIDED: Rule(
        "О вашей новости решили", Haste.DIGEST, Whom.PERSON, ("news_taken", "news_declined"), page="/plan/news"
    ),
    Kind.PLAN_SUBMITTED: Rule(
        "Публикация ждёт согласования", Haste.DIGEST, Whom.CURATORS, ("plan_submit",), page="/plan/{object_id}"
    ),
    Kind.PLAN_RETURNED: Rule(
        "Публикация возвращена с замечаниями", Haste.DIGEST, Whom.PERSON, ("plan_return",), page="/plan/{object_id}"
    ),
    Kind.PLAN_BY_HAND: Rule(
        "Пора разместить публикацию", Haste.AT_ONCE, Whom.PRESS, ("plan_by_hand",), page="/plan/{object_id}"
    ),
    Kind.PLAN_LATE: Rule(
        "Публикация выходит с опозданием", Haste.DIGEST, Whom.PERSON, ("plan_late",), page="/plan/{object_id}"
    ),
    Kind.PLAN_FAILED: Rule(
        "Публикация не вышла: решите, что с ней", Haste.AT_ONCE, Whom.PERSON_AND_CURATORS, ("plan_fail",),
        page="/plan/{object_id}",
    ),
    Kind.KRAI_TERM: Rule("Задание края: доложить до {due}", Haste.AT_ONCE, Whom.PRESS, page="/plan/tasks/{object_id}"),
    Kind.PAGE_STOPPED: Rule(
        "Страница в соцсети остановлена: нужен ключ", Haste.URGENT, Whom.KEEPERS, ("page_stopped",),
        page="/admin/pages/{object_id}",
    ),
    Kind.PAGE_CHECK: Rule(
        "Пора проверить защиту страницы: {title}", Haste.DIGEST, Whom.PRESS, page="/admin/pages/{object_id}/security"
    ),
    Kind.PAGE_TASK: Rule(
        "Сотрудник уходит: закройте ему доступ к странице", Haste.AT_ONCE, Whom.GUARDS, ("page_access_to_close",),
        page="/admin/security/tasks",
    ),
    Kind.PAGE_STRANGER: Rule(
        "Соцсеть назвала администратора страницы, которого никто не записал", Haste.AT_ONCE, Whom.GUARDS,
        ("page_strangers",), page="/admin/pages/{object_id}/security",
    ),
    Kind.LOGIN_CHANGED: Rule(
        "Ваш пароль сменён. Если вы об этом не знаете, скажите администратору", Haste.AT_ONCE, Whom.HIMSELF,
        ("change_password", "reset_password"), page="/sessions",
    ),
    Kind.SECOND_FACTOR: Rule(
        "Второй фактор вашего входа изменён. Если это не вы, скажите администратору", Haste.AT_ONCE, Whom.HIMSELF,
        ("second_factor_on", "second_factor_off", "second_factor_codes"), page="/second-factor",
    ),
    Kind.FACTOR_RESET: Rule(
        "Администратор сбросил ваш второй фактор: настройте его заново. Если вы не просили, скажите об этом",
        Haste.AT_ONCE, Whom.HIMSELF, ("reset_second_factor",), page="/second-factor",
    ),
    Kind.CODE_AGAIN: Rule(
        "Под вашим логином ввели код, который уже использован. Если это не вы, смените пароль и скажите администратору",
        Haste.AT_ONCE, Whom.HIMSELF, ("code_used_again",), page="/sessions",
    ),
    Kind.NO_EXPORT: Rule(
        "Выгрузок «Инцидент Менеджмент» не было с {since}: загрузите, срок п. 7 идёт там", Haste.AT_ONCE,
        Whom.ON_CALL, page="/imports",
    ),
    Kind.EXPORT_WAITS: Rule(
        "Пришедшая выгрузка ждёт вас: сама она не загружена", Haste.AT_ONCE, Whom.CURATORS, ("arrival_waits",),
        page="/imports/{object_id}",
    ),
    Kind.EXPORT_REFUSED: Rule(
        "Пришедшая выгрузка не принята: смотрите папку refused, в почте — «Отклонено»", Haste.AT_ONCE, Whom.CURATORS,
        ("arrival_refused",), page="/imports",
    ),
    Kind.PORTAL_GIVEN: Rule(
        "Вашему отделу: сообщение ПОС № {number}", Haste.AT_ONCE, Whom.EXECUTORS, page="/portal/{object_id}"
    ),
    Kind.PORTAL_TERM: Rule("Срок ПОС: № {number}, {due}", Haste.AT_ONCE, Whom.EXECUTORS, page="/portal/{object_id}"),
    Kind.NEIGHBOUR_ANSWERED: Rule(
        "Организация ответила", Haste.AT_ONCE, Whom.EXECUTORS, ("neighbour_answered",), page="/neighbours/{object_id}"
    ),
    Kind.NEIGHBOUR_ENDED: Rule(
        "Вопрос организации закрыт без ответа", Haste.AT_ONCE, Whom.EXECUTORS,
        ("neighbour_ended", "neighbour_returned"), page="/neighbours/{object_id}",
    ),
    Kind.JOB_FAILED: Rule("Фоновая работа не выполняется: {name}", Haste.URGENT, Whom.ADMINS, page=""),
    Kind.LANE_LATE: Rule("Фоновый процесс не отвечает: {name}", Haste.URGENT, Whom.ADMINS, page=""),
    Kind.DISK_FULL: Rule("На диске сервера осталось {free} МБ", Haste.URGENT, Whom.ADMINS, page=""),
    Kind.LOG_FAULT: Rule(
        "Сверка журнала нашла нарушение", Haste.URGENT, Whom.ADMINS, ("log_fault", "log_verified"), page="/admin/log"
    ),
    # Backups are made at night, when nothing could be mended.
    Kind.BACKUP_FAILED: Rule("Резервная копия не сделана: {reason}", Haste.AT_ONCE, Whom.ADMINS, page="/admin/backups"),
    Kind.TRIAL_FAILED: Rule(
        "Пробное восстановление копии не удалось: {reason}", Haste.AT_ONCE, Whom.ADMINS, page="/admin/backups"
    ),
}  # fmt: skip

TAKEN_BACK = str(Action.TAKE_ROUTING_BACK)  # after this act no person is reminded of the routing before it

KIND_OF: dict[str, Kind] = {str(act): kind for kind, rule in RULES.items() for act in rule.acts}
"""Act of the log → kind."""


def is_urgent(kind: str) -> bool:
    """Whether it is shown and mailed at any hour."""
    return kind in set(Kind) and RULES[Kind(kind)].haste is Haste.URGENT


def sentence(kind: str, facts: Mapping[str, Any], calendar: worktime.WorkCalendar) -> str:
    """What the person reads, in local time; of a kind that this edition does not know, its code."""
    rule = RULES.get(Kind(kind)) if kind in set(Kind) else None
    if rule is None:
        return kind
    return rule.words.format_map({name: _shown(name, value, calendar) for name, value in facts.items()})


def _shown(name: str, value: Any, calendar: worktime.WorkCalendar) -> str:
    match name:
        case "clock":
            return ClockKind(value).label.lower()
        case "due" | "since":
            return f"{calendar.local(datetime.fromisoformat(value)):%d.%m в %H:%M}"
        case "day":
            return f"{date.fromisoformat(value):%d.%m}"
        case "count":
            return f"{value} {worktime.plural(value, 'срок', 'срока', 'сроков')}"
        case _:
            return str(value)
