"""Departments' news: offered from a telephone, made into a publication by the press centre or declined with a word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from osm.regulation.errors import MissingInput
from osm.regulation.plan.words import Format, PublicationState
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.edits import locked, one_line
from osm.services.errors import NotYours, ServiceError
from osm.services.files.attachments import Checked
from osm.services.log.log import Change, record
from osm.services.plan.photos import hang
from osm.services.plan.steps import CLAUSE, zone
from osm.store.models import DepartmentNews, NewsState, Placement, Publication, User
from osm.store.queries.plan.grid import pages
from osm.store.transaction import transaction

LONGEST = 8000
_TITLE = 80


def offer(what: str, when: str, place: str, photos: Sequence[Checked], *, actor: User, now: datetime) -> DepartmentNews:
    """What happened, when and where; the press centre is told. Raises MissingInput (`what`)."""
    if actor.roles.isdisjoint({Role.EXECUTOR, *PRESS_CENTRE}):
        raise NotYours("Новости предлагают отделы. Ничего не записано.")
    what = what.replace("\r\n", "\n").replace("\0", "").strip()
    if not what:
        raise MissingInput("what", "Напишите, что произошло.")
    if len(what) > LONGEST:
        raise MissingInput("what", f"Больше {LONGEST} знаков. Сократите: пресс-центр допишет остальное.")
    with transaction() as session:
        row = DepartmentNews(
            what=what, when=one_line("when", "Когда", when, 200), place=one_line("place", "Где", place, 300),
            author=actor, offered_at=now,
        )  # fmt: skip
        hang(photos, news=row, actor=actor, now=now)
        session.add(row)
        session.flush()
        _log("news_offered", row, actor, now, {})
        return row


def take(news_id: int, version: int, *, actor: User, now: datetime) -> DepartmentNews:
    """A draft for today is made of it, on all pages, with its photos; what is to be written stands in it."""
    with transaction() as session:
        row = _waiting(news_id, version, actor)
        facts = [f"Когда: {row.when}" if row.when else "", f"Где: {row.place}" if row.place else ""]
        publication = Publication(
            title=_title(row.what), text="\n".join(filter(None, [row.what, *facts])), author=actor, created_at=now,
            day=now.astimezone(zone()).date(), state=PublicationState.DRAFT,
            format=Format.PHOTO if row.photos else Format.TEXT,
            ground=f"Новость отдела: {row.author.department.name if row.author.department else row.author.name}"[:300],
        )  # fmt: skip
        publication.placements = [Placement(account_id=page.id) for page in pages()]
        publication.photos = [one.again() for one in row.photos]
        session.add(publication)
        session.flush()
        record(
            "plan_idea", at=now, actor=actor, clause=CLAUSE, object_kind="publication", object_id=publication.id,
            changes={"publication_state": (None, publication.state)},
        )  # fmt: skip
        row.publication = publication
        _decide(row, NewsState.TAKEN, actor, now)
        return row


def decline(news_id: int, version: int, *, answer: str, actor: User, now: datetime) -> DepartmentNews:
    """It is not published, and the department learns why. Raises MissingInput (`answer`)."""
    with transaction():
        row = _waiting(news_id, version, actor)
        if not answer.strip():
            raise MissingInput("answer", "Напишите отделу, почему: одно-два слова.")
        row.answer = answer.strip()
        _decide(row, NewsState.DECLINED, actor, now)
        return row


def _waiting(news_id: int, version: int, actor: User) -> DepartmentNews:
    if actor.roles.isdisjoint(PRESS_CENTRE):
        raise NotYours("Это решает пресс-центр. Ничего не изменено.")
    row = locked(DepartmentNews, news_id, version, "Новость")
    if row.state is not NewsState.OFFERED:
        raise ServiceError("Эту новость уже разобрали. Ничего не изменено.")
    return row


def _decide(row: DepartmentNews, state: NewsState, actor: User, now: datetime) -> None:
    row.state, row.decided_at, row.decided_by, row.version = state, now, actor, row.version + 1
    _log(f"news_{state}", row, actor, now, {"to_id": (None, row.author_id)})


def _log(action: str, row: DepartmentNews, actor: User, now: datetime, changes: dict[str, Change]) -> None:
    record(
        action, at=now, actor=actor, clause=CLAUSE, changes=changes, note=row.answer, object_kind="department_news",
        object_id=row.id,
    )  # fmt: skip


def _title(what: str) -> str:
    line = " ".join(what.split())
    return line if len(line) <= _TITLE else line[: _TITLE - 1].rsplit(" ", 1)[0] + "…"
