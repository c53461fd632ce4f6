"""Reminders of checks, tasks for a person who leaves («уволен»), and daily questions to networks (Пр.1.2.3)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select

from osm.base.database import db, insert_into
from osm.base.errors import NotFound, ServiceError
from osm.base.transaction import transaction
from osm.connectors import registry, transport
from osm.connectors.contract import Connector, Managing, NamesAdministrators
from osm.flow.acts import clocks, moving, terms
from osm.flow.acts.act import required
from osm.guarding.queries import GUARDS, due_checks
from osm.log.acts.record import Change, record
from osm.log.models import new_value
from osm.models import Account, Connection, Event, PageAdministrator, PageGuard, PageTask, Reminder, TaskOutcome, User
from osm.outbox.acts import keys as acts_keys
from osm.outbox.acts.asking import MOST_ASKED, Asking, answer_now, connector_of
from osm.outbox.queries import pages_read
from osm.people.acts.users import block_user
from osm.regulation.errors import MissingInput, refuse
from osm.regulation.own_pages import is_same_person, is_written_down, secret_in
from osm.regulation.reminding import Kind
from osm.reminders.acts.letters import Recipients, Writing

# --- Writing about a page
KIND = "page_guard"  # kind in the log; the id is that of the account


@dataclass
class Written:
    guard: PageGuard
    changes: dict[str, Change] = field(default_factory=dict)


@contextmanager
def writing_down(action: str, account_id: int, version: int, actor: User | None, now: datetime) -> Iterator[Written]:
    """Lock a page under the version that the person saw, in one transaction. Raises NotFound, StaleVersion."""
    with transaction() as session:
        if session.get(Account, account_id) is None:
            raise NotFound("Страница")
        session.execute(insert_into(PageGuard).values(id=account_id).on_conflict_do_nothing())
        step = Written(moving.locked(PageGuard, account_id, version, "Страница"))
        with session.no_autoflush:
            yield step
        moving.settle(action, step.guard, step.changes, actor=actor, now=now)


def no_secret(name: str, value: str) -> str:
    """Return the value; raise MissingInput if it looks like a password, a key or recovery codes."""
    if what := secret_in(value):
        raise MissingInput(
            name,
            f"Похоже, здесь {what}. Паролей, ключей и кодов в программе не пишут: укажите, у кого они и когда сменены. "
            "Ничего не сохранено, уберите это слово.",
        )
    return value


def past_day(name: str, day: date | None, now: datetime) -> date | None:
    """Return the day; raise MissingInput if it is in the future."""
    refuse(name, day is not None and day > terms.local_day(now), "Этот день ещё не наступил. Проверьте дату.")
    return day


def begins(day: date) -> datetime:
    """Local midnight of this day."""
    return datetime.combine(day, time(), clocks.in_force().calendar.tz)


# --- Due checks
def remind_of_checks(now: datetime) -> int:
    """Remind of each page with a due check, once for each due date; return the number of new reminders."""
    due = {f"{one.account_id}:{one.due_at.isoformat()}": one for one in due_checks(now)}
    keys = {f"{Kind.PAGE_CHECK}:{about}" for about in due}
    if not keys - set(db.session.scalars(select(Reminder.key).where(Reminder.key.in_(keys)))):
        return 0
    with transaction():
        recipients, writing = Recipients(now), Writing()
        people = {person for role in GUARDS for person in recipients.holders(role)}
        for about, one in due.items():
            facts = {"title": one.title}
            writing.add(Kind.PAGE_CHECK, about, people, at=now, object_id=one.account_id, facts=facts)
        return writing.store()


# --- A person leaves («уволен»)
TASK = "page_task"  # kind in the log


def switch_off(user_id: int, version: int, *, actor: User | None, now: datetime) -> int:
    """He no longer works here: block his user and open tasks for all his pages and keys. Returns the number of new
    tasks. Raises StaleVersion, LastAdministrator."""
    with transaction():
        person = block_user(user_id, version, actor=actor, now=now)
        return open_tasks(person, person.name, actor=actor, now=now)


def leaves(account_id: int, version: int, *, administrator_id: int, actor: User | None, now: datetime) -> int:
    """The same for an administrator of a page, with or without a user."""
    with writing_down("page_person_leaves", account_id, version, actor, now) as step:
        row = active_row(account_id, administrator_id)
        step.changes = {"user_id": (None, row.user_id)}
        return open_tasks(row.user, row.who, actor=actor, now=now)


def open_tasks(person: User | None, name: str, *, actor: User | None, now: datetime) -> int:
    """Open tasks that are not open yet, in the caller's transaction; return how many."""
    user_id = person.id if person else None
    about: dict[str, Any] = {"user_id": user_id, "name": name, "opened_at": now,
             "opened_by_id": actor.id if actor else None}  # fmt: skip
    rows = list(_active_rows(person, name))
    for row in rows:
        acts_keys.has_left(row.account_id, row.profile, row.who)
    pages = [{"account_id": row.account_id, "administrator_id": row.id} for row in rows]
    opened = 0
    for what in [*pages, *_keys_of(person, name)]:
        fresh = insert_into(PageTask).values(**about, **what).on_conflict_do_nothing().returning(PageTask.id)
        task_id = db.session.scalar(fresh)
        if task_id is not None:
            opened += 1
            _log("page_access_to_close", task_id, what["account_id"], what.get("key_name", ""), user_id, actor, now)
    return opened


def close(task_id: int, version: int, *, outcome: str, reason: str, actor: User | None, now: datetime) -> PageTask:
    """Close a task: the right was removed in the network or the key replaced; or he keeps it, with a reason. A key task
    needs a newer key, or no key. Raises MissingInput, StaleVersion."""
    refuse("outcome", outcome not in set(TaskOutcome), "Выберите: закрыто или остаётся.")
    with transaction():
        task = moving.locked(PageTask, task_id, version, "Задача")
        ServiceError.when(task.closed_at is not None, "Эта задача уже закрыта. Ничего не изменено.")
        if outcome == TaskOutcome.STAYS:
            task.reason = no_secret("reason", required("reason", reason, "Напишите, почему остаётся."))
        elif task.key_name and _is_still_there(task):
            raise MissingInput(
                "outcome",
                "В программе ещё прежний ключ. Выпустите в соцсети новый, отзовите старый и вставьте новый на странице "
                "подключения; или отметьте «остаётся» и напишите почему.",
            )
        _end(task, TaskOutcome(outcome), actor, now)
        return task


def end_tasks_of(administrator: PageAdministrator, *, actor: User | None, now: datetime) -> None:
    """He was removed from the administrators of the page, so its tasks are done. In the caller's transaction."""
    query = select(PageTask).where(PageTask.administrator_id == administrator.id, PageTask.closed_at.is_(None))
    for task in db.session.scalars(query.with_for_update(of=PageTask)).unique():
        _end(task, TaskOutcome.CLOSED, actor, now)


def _end(task: PageTask, outcome: TaskOutcome, actor: User | None, now: datetime) -> None:
    task.outcome, task.closed_at, task.closed_by, task.version = outcome, now, actor, task.version + 1
    row = task.administrator
    if row is not None and outcome is TaskOutcome.CLOSED and row.ended_at is None:
        row.ended_at = now
        acts_keys.has_left(row.account_id, row.profile, row.who)
        guard = db.session.get(PageGuard, task.account_id, with_for_update=True)
        if guard is not None:
            guard.version += 1
    action = "page_access_closed" if outcome is TaskOutcome.CLOSED else "page_access_stays"
    _log(action, task.id, task.account_id, task.key_name, task.user_id, actor, now, task.reason)


def _log(
    action: str, task_id: int, account_id: int, key_name: str, user_id: int | None, actor: User | None, now: datetime,
    note: str = "",
) -> None:  # fmt: skip
    keys = [key_name] if key_name else []
    changes: dict[str, Change] = {"account_id": (None, account_id), "user_id": (None, user_id), "key_names": ([], keys)}
    record(action, at=now, actor=actor, object_kind=TASK, object_id=task_id, changes=changes, note=note)


def active_row(account_id: int, administrator_id: int) -> PageAdministrator:
    """An administrator of the page. Raises ServiceError if he is none any more."""
    row = db.session.get(PageAdministrator, administrator_id)
    if row is None or row.account_id != account_id or row.ended_at is not None:
        raise ServiceError("Этого человека уже нет среди тех, кто управляет страницей. Ничего не изменено.")
    return row


def _active_rows(person: User | None, name: str) -> Iterator[PageAdministrator]:
    active = select(PageAdministrator).where(PageAdministrator.ended_at.is_(None))
    for row in db.session.scalars(active.order_by(PageAdministrator.account_id, PageAdministrator.id)):
        is_his = row.user_id == person.id if person and row.user_id else is_same_person(row.who, name)
        if is_his:
            yield row


def _keys_of(person: User | None, name: str) -> Iterator[dict[str, Any]]:
    """His keys according to the network, and those he entered himself and therefore knows."""
    for connection in db.session.scalars(select(Connection).order_by(Connection.id)):
        entered = _entered(connection.account_id)
        for key in connection.key_names:
            by = entered.get(key)
            brought = person is not None and by is not None and by.actor_id == person.id
            if brought or is_same_person(connection.whose.get(key, ""), name):
                yield {"account_id": connection.account_id, "key_name": key, "entry_id": by.id if by else 0}


def _entered(account_id: int) -> dict[str, Event]:
    """Key → the act of the log that last entered it."""
    about = (Event.object_kind == "account", Event.object_id == account_id)
    acts = select(Event).where(*about, Event.action.in_(("connect_page", "replace_keys")))
    found: dict[str, Event] = {}
    for event in db.session.scalars(acts.order_by(Event.id)):
        named = new_value(event.changes, "replaced" if event.action == "replace_keys" else "key_names")
        # An act without names (the page was connected again with the same keys) counts for all of them.
        for key in named if isinstance(named, list) else tuple(found):
            found[key] = event
    return found


def _is_still_there(task: PageTask) -> bool:
    connection = db.session.scalar(select(Connection).where(Connection.account_id == task.account_id))
    if connection is None or task.key_name not in connection.key_names:
        return False
    entered = _entered(task.account_id).get(task.key_name)
    return entered is None or entered.id <= task.entry_id


# --- Administrators according to the network, asked daily
EVERY = timedelta(days=1)
_SILENT = "Эта соцсеть не называет, кто управляет страницей: сверьте на сайте."


def look(account_id: int, *, actor: User | None, now: datetime) -> int:
    """Ask the network now; return the number of unknown administrators. Raises NotFound, and ServiceError if the
    network does not answer."""
    connection = db.session.scalar(select(Connection).where(Connection.account_id == account_id))
    if connection is None:
        raise NotFound("Подключение")
    connector = connector_of(connection, at_screen=True)
    if not isinstance(connector, NamesAdministrators):
        raise ServiceError(_SILENT)
    try:
        return _store(account_id, answer_now(connector.administrators), actor, now)
    except transport.NetworkError as error:
        raise ServiceError(f"Сверить не получилось: {error.in_full}") from error


def _due(now: datetime) -> Sequence[Connection]:
    """Only networks that name administrators; for others no key is decrypted."""
    naming = [one for one in registry.CONNECTED if registry.has(one, "administrators")]
    is_due = or_(PageGuard.look_at.is_(None), PageGuard.look_at <= now)
    query = pages_read().outerjoin(PageGuard, PageGuard.id == Connection.account_id)
    query = query.where(Connection.read_at.is_not(None), Account.network.in_(naming), is_due)
    return db.session.scalars(query.limit(MOST_ASKED * 4)).all()


def _store(account_id: int, named: Sequence[Managing], actor: User | None, now: datetime) -> int:
    """Save the answer in its own transaction; unknown administrators are reported when first seen."""
    rows = [{**asdict(one.person), "right": str(one.right)} for one in named]
    with transaction() as session:
        guard = _locked(account_id)
        known = {row["id"] for row in guard.named}
        guard.named, guard.named_at, guard.look_at, guard.look_said = rows, now, now + EVERY, ""
        of_page = (PageAdministrator.account_id == account_id, PageAdministrator.ended_at.is_(None))
        active = session.scalars(select(PageAdministrator).where(*of_page)).all()
        strangers = [
            row
            for row in rows
            if not any(is_written_down(row["id"], row["name"], one.profile, one.who) for one in active)
        ]
        new = [row for row in strangers if row["id"] not in known]
        if new or actor:
            action = "page_strangers" if new else "look_at_page"
            changes = {"strangers": (0, len(strangers))}
            record(action, at=now, actor=actor, object_kind=KIND, object_id=account_id, changes=changes)
        return len(strangers)


def _failed(account_id: int, error: transport.NetworkError, now: datetime) -> None:
    with transaction():
        guard = _locked(account_id)
        guard.look_at, guard.look_said = now + EVERY, error.in_full


def _ask(_connection: Connection, connector: Connector, _now: datetime) -> Callable[[], Sequence[Managing]] | None:
    return connector.administrators if isinstance(connector, NamesAdministrators) else None


def _locked(account_id: int) -> PageGuard:
    db.session.execute(insert_into(PageGuard).values(id=account_id).on_conflict_do_nothing())
    return db.session.get_one(PageGuard, account_id, with_for_update=True, populate_existing=True)


run = Asking(_due, _ask, lambda account_id, named, now: _store(account_id, named, None, now), _failed).run
