"""Filters of the register that a person keeps in the menu."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select

from osm.regulation.errors import MissingInput
from osm.store.models import SavedFilter, User
from osm.store.transaction import transaction

MOST = 20
"""Of one person: each is counted where the menu is shown."""
LONGEST_NAME = 60


def save_filter(*, name: str, query: str, actor: User, now: datetime) -> SavedFilter:
    """Keep the filter under a name; one of the same name is replaced. Raises MissingInput."""
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise MissingInput("name", "Назовите фильтр, чтобы узнать его в меню.")
    if len(name) > LONGEST_NAME:
        raise MissingInput("name", f"Название длиннее {LONGEST_NAME} знаков. Сократите.")
    if not query:
        raise MissingInput("name", "Сначала выберите, что показать: пустой фильтр — это все сообщения.")
    with transaction() as session:
        # The person's row is locked: two windows never make one name twice, nor one filter too many.
        session.execute(select(User.id).where(User.id == actor.id).with_for_update())
        kept = session.scalar(select(SavedFilter).where(SavedFilter.user_id == actor.id, SavedFilter.name == name))
        if kept is None:
            count = session.scalar(select(func.count()).where(SavedFilter.user_id == actor.id)) or 0
            if count >= MOST:
                raise MissingInput("name", f"Сохранено уже {MOST} фильтров. Удалите ненужный и повторите.")
            kept = SavedFilter(user_id=actor.id, name=name, query=query, saved_at=now)
            session.add(kept)
        kept.query, kept.saved_at = query, now
        return kept


def remove_filter(filter_id: int, *, actor: User) -> None:
    """Take it out of the menu. One that is gone, or another person's, is left as it is."""
    with transaction() as session:
        session.execute(delete(SavedFilter).where(SavedFilter.id == filter_id, SavedFilter.user_id == actor.id))
