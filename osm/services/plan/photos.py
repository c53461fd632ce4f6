"""Photos of publications and of offered news: drawn anew and smaller, so that the place and the camera are gone."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.plan.words import PlanAct
from osm.services.edits import one_line
from osm.services.errors import NotFound
from osm.services.files.attachments import MAX_PER_OWNER, Checked, Upload, checked, keep, sha256_of
from osm.services.files.pictures import drawn_small
from osm.services.plan import versions
from osm.services.plan.outgoing import check_not_begun
from osm.services.plan.steps import publication, step_upon
from osm.services.plan.writing import UNWRITTEN
from osm.store.models import DepartmentNews, PlanPhoto, Publication, User

SIDE = 1920
"""Points of the longer side: what networks show."""
_QUALITY = 88


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of one photo: `looked`: no faces and number plates that may not be shown."""

    alt: str
    looked: bool


def reduced(uploads: Sequence[Upload]) -> list[Checked]:
    """The photos as they may go out. Called before the transaction: drawing takes a moment. MissingInput."""
    return [_reduced(file) for file in checked(uploads)]


def add(publication_id: int, version: int, photos: Sequence[Checked], *, actor: User, now: datetime) -> Publication:
    """Hang them on the publication; upon an approved one that is a correction like that of its text."""
    if not photos:
        raise MissingInput("files", "Выберите фото.")
    with publication(publication_id, version) as row:
        check_not_begun(row)
        if len(row.photos) + len(photos) > MAX_PER_OWNER:
            raise MissingInput("files", f"К публикации можно приложить не больше {MAX_PER_OWNER} фото.")
        with step_upon(row, _act(row), actor, now) as step:
            hang(photos, publication=row, actor=actor, now=now)
            if step.act is PlanAct.CORRECT:
                versions.correct(step)
        return row


def change(
    publication_id: int,
    version: int,
    photo_id: int,
    words: Words | None,
    *,
    actor: User,
    now: datetime,
) -> Publication:
    """What is said of a photo; None takes it off. NotFound."""
    with publication(publication_id, version) as row:
        check_not_begun(row)
        photo = next((one for one in row.photos if one.id == photo_id), None)
        if photo is None:
            raise NotFound("Фото")
        with step_upon(row, _act(row), actor, now) as step:
            if words is None:
                row.photos.remove(photo)
                db.session.delete(photo)
            else:
                photo.alt = one_line("alt", "Описание", words.alt, 300)
                photo.looked_at = (photo.looked_at or now) if words.looked else None
            if step.act is PlanAct.CORRECT:
                versions.correct(step)
        return row


def hang(
    photos: Sequence[Checked],
    *,
    actor: User,
    now: datetime,
    publication: Publication | None = None,
    news: DepartmentNews | None = None,
) -> None:
    """Store them in the caller's transaction."""
    keep(photos)
    owner = publication or news
    for file in photos:
        photo = PlanPhoto(
            filename=file.filename, size=len(file.content), sha256=file.sha256, uploaded_by_id=actor.id, uploaded_at=now
        )
        if owner is not None:
            owner.photos.append(photo)


def _act(row: Publication) -> PlanAct:
    return PlanAct.WRITE if row.state in UNWRITTEN else PlanAct.CORRECT


def _reduced(file: Checked) -> Checked:
    with tempfile.NamedTemporaryFile() as source:
        source.write(file.content)
        source.flush()
        drawn = drawn_small(Path(source.name), SIDE, _QUALITY)
    if not drawn:
        raise MissingInput("files", f"Файл «{file.filename}» не открывается как фото. Ни один файл не добавлен.")
    return Checked(f"{Path(file.filename).stem[:180]}.jpg", drawn, "image/jpeg", sha256_of(drawn))
