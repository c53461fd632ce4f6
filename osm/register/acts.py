"""The rows of the register's file, and the filters that a person saves."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from osm.base.database import db
from osm.base.transaction import transaction
from osm.base.types import is_code
from osm.flow.queries.clocks import active_people
from osm.models import Author, Deadline, Draft, Message, Reply, SavedFilter, Topic, User
from osm.networks.catalogue import NETWORKS
from osm.regulation.errors import refuse
from osm.regulation.words import DeadlineState

# --- The file
Cell = str | int | datetime | None

TITLES: tuple[tuple[str, int], ...] = (
    ("Номер", 12), ("Получено", 16), ("Статус", 22), ("Важность", 12), ("Повторное", 11), ("Соцсеть", 15),
    ("Автор", 22), ("Профиль автора", 28), ("Текст сообщения", 70), ("Адрес", 28), ("Тема", 22), ("Ссылка", 32),
    ("Исполнитель", 24), ("Отдел", 18), ("Ближайший срок", 16), ("Ответ", 70), ("Ответ опубликован", 16),
    ("Ссылка на ответ", 32), ("Внесено в ИМ", 16),
)  # fmt: skip
"""Headings and widths in characters."""


def export_rows(parts: Iterable[Sequence[int]]) -> Iterator[tuple[Cell, ...]]:
    """The rows of these messages in their order; three statements for each part."""
    for ids in parts:
        replies, people, due = _replies(ids), active_people(ids), _next_terms(ids)
        rows = {row.id: row for row in db.session.execute(_messages(ids))}
        for message_id in ids:
            if message_id in rows:
                yield _cells(rows[message_id], people.get(message_id, ()), due.get(message_id), replies.get(message_id))


def _messages(ids: Sequence[int]) -> Any:
    return (
        select(
            Message.id,
            Message.number,
            Message.received_at,
            Message.status,
            Message.importance,
            Message.is_repeat,
            Message.network,
            Author.name.label("author"),
            Author.profile_url,
            Message.text,
            Message.place,
            Topic.name.label("topic"),
            Message.source_topic,
            Message.url,
        )
        .outerjoin(Author, Author.id == Message.author_id)
        .outerjoin(Topic, Topic.id == Message.topic_id)
        .where(Message.id.in_(ids))
    )


def _cells(row: Any, people: Sequence[Any], due: datetime | None, reply: Any) -> tuple[Cell, ...]:
    network = NETWORKS.get(row.network)
    return (
        row.number, row.received_at, row.status.label, row.importance.label,
        "да" if row.is_repeat else "", network.label if network else row.network, row.author, row.profile_url,
        row.text, row.place, row.topic or row.source_topic, row.url, ", ".join(person.name for person in people),
        ", ".join(dict.fromkeys(person.department for person in people if person.department)), due,
        reply.text if reply else "", reply.published_at if reply else None, reply.published_url if reply else "",
        reply.entered_in_source_at if reply else None,
    )  # fmt: skip


def _replies(ids: Sequence[int]) -> dict[int, Any]:
    found = db.session.execute(
        select(Reply.message_id, Draft.text, Reply.published_at, Reply.published_url, Reply.entered_in_source_at)
        .join(Draft, Draft.id == Reply.approved_draft_id)
        .where(Reply.message_id.in_(ids), Reply.published_at.is_not(None))
        .order_by(Reply.published_at, Reply.id)
    )
    return {row.message_id: row for row in found}


def _next_terms(ids: Sequence[int]) -> dict[int, datetime | None]:
    found = db.session.execute(
        select(Deadline.message_id, func.min(Deadline.due_at))
        .where(Deadline.message_id.in_(ids), is_code(Deadline.state, DeadlineState.OPEN))
        .group_by(Deadline.message_id)
    )
    return dict(found.all())


# --- Saved filters
MOST = 20  # for one person, because each is counted when the menu is shown
LONGEST_NAME = 60


def save_filter(*, name: str, query: str, actor: User, now: datetime) -> SavedFilter:
    """Save the filter under a name; one with the same name is replaced. Raises MissingInput."""
    name = " ".join(name.replace("\0", "").split())
    refuse("name", not name, "Назовите фильтр, чтобы потом узнать его.")
    refuse("name", len(name) > LONGEST_NAME, f"Название длиннее {LONGEST_NAME} знаков. Сократите.")
    refuse("name", not query, "Сначала выберите, что показать: пустой фильтр — это все сообщения.")
    with transaction() as session:
        # The person's row is locked, so that two windows cannot save the same name twice or one filter too many.
        session.execute(select(User.id).where(User.id == actor.id).with_for_update())
        kept = session.scalar(select(SavedFilter).where(SavedFilter.user_id == actor.id, SavedFilter.name == name))
        if kept is None:
            count = session.scalar(select(func.count()).where(SavedFilter.user_id == actor.id)) or 0
            refuse("name", count >= MOST, f"Сохранено уже {MOST} фильтров. Удалите ненужный и повторите.")
            kept = SavedFilter(user_id=actor.id, name=name, query=query, saved_at=now)
            session.add(kept)
        kept.query, kept.saved_at = query, now
        return kept


def remove_filter(filter_id: int, *, actor: User) -> None:
    """Delete it; a missing filter or another person's is ignored."""
    with transaction() as session:
        session.execute(delete(SavedFilter).where(SavedFilter.id == filter_id, SavedFilter.user_id == actor.id))
