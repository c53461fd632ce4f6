"""Login data, administrators and checks of a page (Пр.1.2.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from osm.base.database import db
from osm.flow.acts import moving, terms
from osm.guarding.acts.leaving import active_row, begins, end_tasks_of, no_secret, past_day, writing_down
from osm.models import PageAdministrator, PageCheck, PageGuard, User
from osm.regulation.errors import MissingInput, one_of, refuse
from osm.regulation.own_pages import TERMS, Finding, Question, Right, SecondFactor, after_months, is_lone_phone

LONGEST_LINE, MOST_LINES, LONGEST_REMARK = 200, 30, 2000


@dataclass(frozen=True, slots=True)
class Administrator:
    """The form of an administrator: a user of the program, or a name."""

    user_id: int | None
    name: str
    profile: str
    right: str
    since: date | None
    second_factor: str


def describe(
    account_id: int, version: int, *, second_factor: str, changed_on: date | None, recovery: str, applications: str,
    actor: User | None, now: datetime,
) -> PageGuard:  # fmt: skip
    """Save login data: second factor, last password change, recovery contacts, applications. Raises MissingInput (also
    for text that looks like a password), StaleVersion."""
    factor = one_of("second_factor", second_factor, SecondFactor, _CHOOSE)
    changed_on = past_day("changed_on", changed_on, now)
    texts = {
        "recovery": _lines("recovery", "Контакты для восстановления", recovery),
        "applications": _lines("applications", "Подключённые приложения", applications),
    }
    with writing_down("describe_page_guard", account_id, version, actor, now) as step:
        guard = step.guard
        step.changes = {
            "second_factor": (guard.second_factor, factor),
            "password_changed_on": (_iso(guard.password_changed_on), _iso(changed_on)),
            "fields": ([], [name for name, value in texts.items() if value != getattr(guard, name)]),
        }
        guard.second_factor, guard.password_changed_on = factor, changed_on
        guard.recovery, guard.applications = texts["recovery"], texts["applications"]
        guard.lone_phone = is_lone_phone(guard.recovery)
        return guard


def add_administrator(
    account_id: int, version: int, *, given: Administrator, actor: User | None, now: datetime
) -> PageAdministrator:
    """Add an administrator. Raises MissingInput, StaleVersion."""
    values = _administrator(given, now)
    with writing_down("add_page_administrator", account_id, version, actor, now) as step:
        _only_once(account_id, values, None)
        row = PageAdministrator(account_id=account_id, entered_at=now, **values)
        db.session.add(row)
        step.changes = {"user_id": (None, row.user_id), "page_right": (None, row.right)}
        return row


def edit_administrator(
    account_id: int, version: int, *, administrator_id: int, given: Administrator, actor: User | None, now: datetime
) -> PageAdministrator:
    """Change an administrator. Raises MissingInput, StaleVersion."""
    values = _administrator(given, now)
    with writing_down("edit_page_administrator", account_id, version, actor, now) as step:
        row = active_row(account_id, administrator_id)
        _only_once(account_id, values, row.id)
        step.changes = {
            "user_id": (row.user_id, values["user_id"]),
            "page_right": (row.right, values["right"]),
            "second_factor": (row.second_factor, values["second_factor"]),
            "fields": ([], [name for name in ("name", "profile") if getattr(row, name) != values[name]]),
        }
        for name, value in values.items():
            setattr(row, name, value)
        return row


def remove_administrator(
    account_id: int, version: int, *, administrator_id: int, actor: User | None, now: datetime
) -> PageAdministrator:
    """End an administrator's access; the row is kept. Raises StaleVersion."""
    with writing_down("remove_page_administrator", account_id, version, actor, now) as step:
        row = active_row(account_id, administrator_id)
        row.ended_at = now
        end_tasks_of(row, actor=actor, now=now)
        step.changes = {"user_id": (row.user_id, None), "page_right": (row.right, None)}
        return row


def check(
    account_id: int, version: int, *, answers: Mapping[str, str], remark: str, months: int | None, actor: User | None,
    now: datetime,
) -> PageCheck:  # fmt: skip
    """Save a check with an answer to each question; the next is due in `months`. Raises MissingInput, StaleVersion."""
    given = {str(one): str(one_of(one, answers.get(one, ""), Finding, _ANSWER)) for one in Question}
    if months not in TERMS:
        raise MissingInput("months", "Выберите, через сколько месяцев проверить снова.")
    said = _text("remark", "Замечание", remark)
    if Finding.BAD in given.values() and not said:
        raise MissingInput("remark", "На что-то отвечено «нет»: напишите, что найдено и кто исправит.")
    with writing_down("check_page_guard", account_id, version, actor, now) as step:
        guard = step.guard
        next_at = begins(after_months(terms.local_day(now), months))
        row = PageCheck(account_id=account_id, at=now, by=actor, answers=given, remark=said)
        db.session.add(row)
        step.changes = {
            "found_bad": (0, sum(answer == Finding.BAD for answer in given.values())),
            "next_check_at": (guard.next_at, next_at),
        }
        guard.months, guard.next_at = months, next_at
        return row


_CHOOSE = "Выберите из списка."
_ANSWER = "Ответьте: да, нет или «здесь не бывает»."


def _administrator(given: Administrator, now: datetime) -> dict[str, object]:
    name = no_secret("name", moving.one_line("name", "Имя", given.name, 200))
    person = db.session.get(User, given.user_id) if given.user_id else None
    if given.user_id and (person is None or not person.is_active):
        raise MissingInput("user_id", "Этот сотрудник в программе не работает. Выберите другого или впишите имя.")
    refuse("name", person is None and not name, "Выберите сотрудника или впишите имя и фамилию.")
    return {
        "user_id": person.id if person else None,
        "name": "" if person else name,
        "profile": no_secret("profile", moving.one_line("profile", "Профиль", given.profile, 300)),
        "right": one_of("right", given.right, Right, _CHOOSE),
        "since": past_day("since", given.since, now),
        "second_factor": one_of("second_factor", given.second_factor, SecondFactor, _CHOOSE),
    }


def _only_once(account_id: int, values: Mapping[str, object], but: int | None) -> None:
    """Raise MissingInput if the person is entered already."""
    wanted = [PageAdministrator.account_id == account_id, PageAdministrator.ended_at.is_(None)]
    wanted += [getattr(PageAdministrator, name) == values[name] for name in ("user_id", "name")]
    found = db.session.scalar(select(PageAdministrator.id).where(*wanted, PageAdministrator.id != (but or 0)))
    if found is not None:
        raise MissingInput("user_id" if values["user_id"] else "name", "Этот человек уже записан. Измените его строку.")


def _lines(name: str, label: str, value: str) -> str:
    return no_secret(name, "\n".join(moving.lines(name, label, value, longest=LONGEST_LINE, most=MOST_LINES)))


def _text(name: str, label: str, value: str) -> str:
    said = value.replace("\0", "").strip()
    refuse(name, len(said) > LONGEST_REMARK, f"{label}: больше {LONGEST_REMARK} знаков. Сократите.")
    return no_secret(name, said)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
