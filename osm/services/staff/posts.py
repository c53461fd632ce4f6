"""Who may hold a post of the act: глава, руководитель аппарата, заместитель, начальник пресс-центра (П.19, п. 4, 5)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.words import LEADERS, POST_LABELS, Post, Role
from osm.store.models import User


def check_post(post: Post | None, granted: Collection[Role]) -> None:
    """Leaders read what concerns the whole office, so they need the role that sees it. Raises MissingInput."""
    if post in LEADERS and Role.HEAD not in granted:
        raise MissingInput("role", f"{POST_LABELS[post]} видит все сообщения: отметьте роль «Руководитель».")


def check_vacant(post: Post | None, user_id: int | None = None) -> None:
    """Of every post but the deputies' there is one. Raises MissingInput, and names who holds it."""
    if post in (None, Post.DEPUTY_HEAD):
        return
    holder = db.session.scalar(select(User.name).where(User.post == post, User.id != user_id))
    if holder is not None:
        raise MissingInput("post", f"{POST_LABELS[post]} уже есть: {holder}. Сначала снимите эту должность с него.")


def check_supervisor(user_id: int) -> None:
    """A department is the matter of one of the leaders. Raises MissingInput."""
    person = db.session.get(User, user_id)
    if person is None or person.post not in LEADERS:
        raise MissingInput("supervisor_id", "Курирует отдел глава, руководитель аппарата или заместитель главы.")
