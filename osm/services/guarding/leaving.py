"""Somebody leaves («уволен»): a task for each page that he could enter and for each key that was his (Пр.1.2.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.guarding.people import is_same_person
from osm.services.accounts import administrators
from osm.services.acts import required
from osm.services.edits import locked
from osm.services.errors import ServiceError
from osm.services.guarding.writing_down import no_secret, writing_down
from osm.services.log.log import Change, record
from osm.services.staff.administration import block_user
from osm.store.models import Connection, Event, PageAdministrator, PageGuard, PageTask, TaskOutcome, User
from osm.store.models.log import new_value
from osm.store.transaction import transaction
from osm.store.upsert import insert_into

TASK = "page_task"
"""What the log calls it."""


@dataclass(frozen=True, slots=True)
class Entered:
    """By which act of the log a key came into the program last, and who did it."""

    event_id: int = 0
    actor_id: int | None = None


def switch_off(user_id: int, version: int, *, actor: User | None, now: datetime) -> int:
    """He works here no longer: his user is closed, and with it tasks stand for all that he could enter.

    How many tasks are new. StaleVersion, LastAdministrator.
    """
    with transaction():
        person = block_user(user_id, version, actor=actor, now=now)
        return open_tasks(person, person.name, actor=actor, now=now)


def leaves(account_id: int, version: int, *, administrator_id: int, actor: User | None, now: datetime) -> int:
    """The same of somebody who stands among the administrators of a page, whether he has a user or not."""
    with writing_down("page_person_leaves", account_id, version, actor, now) as step:
        row = db.session.get(PageAdministrator, administrator_id)
        if row is None or row.account_id != account_id or row.ended_at is not None:
            raise ServiceError("Этого человека уже нет среди тех, кто управляет страницей. Ничего не изменено.")
        step.changes = {"user_id": (None, row.user_id)}
        return open_tasks(row.user, row.who, actor=actor, now=now)


def open_tasks(person: User | None, name: str, *, actor: User | None, now: datetime) -> int:
    """Tasks for what is not being closed yet, in the caller's transaction; how many are new."""
    user_id = person.id if person else None
    about: dict[str, Any] = {"user_id": user_id, "name": name, "opened_at": now,
             "opened_by_id": actor.id if actor else None}  # fmt: skip
    for row in _standing(person, name):
        administrators.has_left(row.account_id, row.profile, row.who)
    opened = 0
    for what in [*_pages_of(person, name), *_keys_of(person, name)]:
        fresh = insert_into(PageTask).values(**about, **what).on_conflict_do_nothing().returning(PageTask.id)
        task_id = db.session.scalar(fresh)
        if task_id is not None:
            opened += 1
            _log("page_access_to_close", task_id, what["account_id"], what.get("key_name", ""), user_id,
                 actor, now)  # fmt: skip
    return opened


def close(task_id: int, version: int, *, outcome: str, reason: str, actor: User | None, now: datetime) -> PageTask:
    """Closed: the right is gone in the network, the key is another one. Or it stays, for a reason.

    A key is closed when another one has come into the program since, or none is there. MissingInput, StaleVersion.
    """
    if outcome not in set(TaskOutcome):
        raise MissingInput("outcome", "Выберите: закрыто или остаётся.")
    with transaction():
        task = locked(PageTask, task_id, version, "Задача")
        if task.closed_at is not None:
            raise ServiceError("Эта задача уже закрыта. Ничего не изменено.")
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
    """He was taken from the page's administrators: that is what the task asked for. In the caller's transaction."""
    query = select(PageTask).where(PageTask.administrator_id == administrator.id, PageTask.closed_at.is_(None))
    for task in db.session.scalars(query.with_for_update(of=PageTask)).unique():
        _end(task, TaskOutcome.CLOSED, actor, now)


def _end(task: PageTask, outcome: TaskOutcome, actor: User | None, now: datetime) -> None:
    task.outcome, task.closed_at, task.closed_by, task.version = outcome, now, actor, task.version + 1
    row = task.administrator
    if row is not None and outcome is TaskOutcome.CLOSED and row.ended_at is None:
        row.ended_at = now
        administrators.has_left(row.account_id, row.profile, row.who)
        guard = db.session.get(PageGuard, task.account_id, with_for_update=True)
        if guard is not None:
            guard.version += 1
    action = "page_access_closed" if outcome is TaskOutcome.CLOSED else "page_access_stays"
    _log(action, task.id, task.account_id, task.key_name, task.user_id, actor, now, task.reason)


def _log(
    action: str,
    task_id: int,
    account_id: int,
    key_name: str,
    user_id: int | None,
    actor: User | None,
    now: datetime,
    note: str = "",
) -> None:
    keys = [key_name] if key_name else []
    changes: dict[str, Change] = {"account_id": (None, account_id), "user_id": (None, user_id), "key_names": ([], keys)}
    record(action, at=now, actor=actor, object_kind=TASK, object_id=task_id, changes=changes, note=note)


def _pages_of(person: User | None, name: str) -> Iterator[dict[str, Any]]:
    for row in _standing(person, name):
        yield {"account_id": row.account_id, "administrator_id": row.id}


def _standing(person: User | None, name: str) -> Iterator[PageAdministrator]:
    """Where he is written down as an administrator."""
    standing = select(PageAdministrator).where(PageAdministrator.ended_at.is_(None))
    for row in db.session.scalars(standing.order_by(PageAdministrator.account_id, PageAdministrator.id)):
        is_his = row.user_id == person.id if person and row.user_id else is_same_person(row.who, name)
        if is_his:
            yield row


def _keys_of(person: User | None, name: str) -> Iterator[dict[str, Any]]:
    """Keys that the network says are his, and those that he himself brought into the program: he has seen them."""
    for connection in db.session.scalars(select(Connection).order_by(Connection.id)):
        entered = _entered(connection.account_id)
        for key in connection.key_names:
            by = entered.get(key, Entered())
            brought = person is not None and by.actor_id == person.id
            if brought or is_same_person(connection.whose.get(key, ""), name):
                yield {"account_id": connection.account_id, "key_name": key, "entry_id": by.event_id}


def _entered(account_id: int) -> dict[str, Entered]:
    """Key → the act that brought it last."""
    acts = select(Event).where(
        Event.object_kind == "account",
        Event.object_id == account_id,
        Event.action.in_(("connect_page", "replace_keys")),
    )
    found: dict[str, Entered] = {}
    for event in db.session.scalars(acts.order_by(Event.id)):
        named = new_value(event.changes, "replaced" if event.action == "replace_keys" else "key_names")
        # A page that was connected anew with keys of the same names says nothing of them: all of them are other keys.
        for key in named if isinstance(named, list) else tuple(found):
            found[key] = Entered(event.id, event.actor_id)
    return found


def _is_still_there(task: PageTask) -> bool:
    connection = db.session.scalar(select(Connection).where(Connection.account_id == task.account_id))
    if connection is None or task.key_name not in connection.key_names:
        return False
    return _entered(task.account_id).get(task.key_name, Entered()).event_id <= task.entry_id
