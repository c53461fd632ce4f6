"""Ideas and texts: written, corrected, submitted, approved, returned, copied (Пр.1.2.4, 2.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.plan.formats import kept_fields
from osm.regulation.plan.words import Format, PlanAct, PublicationState
from osm.regulation.words import PRESS_CENTRE
from osm.services.edits import one_line
from osm.services.errors import NotFound, NotYours
from osm.services.log.log import record
from osm.services.plan import typing, versions
from osm.services.plan.outgoing import check_not_begun, leave_out, withdraw
from osm.services.plan.steps import (
    CLAUSE,
    PlanStep,
    instant_of,
    local_time,
    not_past,
    plan_step,
    publication,
    step_upon,
)
from osm.store.models import Account, Placement, Publication, User
from osm.store.queries.plan.grid import pages
from osm.store.transaction import transaction

LONGEST_TEXT = 16_000
"""The longest post of any network (VK)."""
UNWRITTEN = (PublicationState.IDEA, PublicationState.DRAFT)
_AFTER: dict[PlanAct, Callable[[PlanStep], None]] = {
    PlanAct.SUBMIT: versions.submit,
    PlanAct.APPROVE: versions.approve,
}
"""What one press may do with what has just been written."""


@dataclass(frozen=True, slots=True)
class Written:
    """What the editor brings. `page_texts`: page → its own text, where it is another than the source."""

    title: str
    text: str = ""
    form: str = Format.TEXT
    fields: Mapping[str, str] = field(default_factory=dict)
    heading: str = ""
    ground: str = ""
    pages: Sequence[int] = ()
    page_texts: Mapping[int, str] = field(default_factory=dict)


def add_idea(title: str, day: date | None, *, actor: User, now: datetime) -> Publication:
    """A title and a day, nothing else: every page of the office is meant until somebody says otherwise."""
    _only_press(actor)
    title = one_line("title", "Идея", title, 200, missing="Напишите, о чём публикация.")
    if day is None:
        raise MissingInput("day", "Выберите день.")
    not_past("day", day, None, now)
    with transaction():
        row = Publication(title=title, day=day, author=actor, created_at=now)
        row.placements = [Placement(account_id=page.id) for page in pages()]
        return _added("plan_idea", row, actor, now)


def save(
    publication_id: int, version: int, written: Written, *, then: PlanAct | None = None, actor: User, now: datetime
) -> Publication:
    """What is typed becomes the draft, or corrects what was submitted or approved; `then` submits or approves it.

    Raises NotFound, StaleVersion, StepNotAllowed, MissingInput; nothing is stored then.
    """
    with publication(publication_id, version) as row:
        act = PlanAct.WRITE if row.state in UNWRITTEN else PlanAct.CORRECT
        check_not_begun(row)
        with step_upon(row, act, actor, now) as step:
            if row.state is PublicationState.DRAFT:
                withdraw(row, actor=actor, now=now)
            _write(row, written, actor, now)
            if act is PlanAct.CORRECT:
                versions.correct(step)
        if then is not None and row.state in (*UNWRITTEN, PublicationState.SUBMITTED):
            with step_upon(row, then, actor, now) as step:
                _AFTER[then](step)
        typing.forget(row.id, actor=actor)
        return row


def take_back(publication_id: int, version: int, *, actor: User, now: datetime) -> Publication:
    """What waits for its approval is written on."""
    with plan_step(PlanAct.TAKE_BACK, publication_id, version, actor=actor, now=now) as step:
        return step.row


def approve(publication_id: int, version: int, *, actor: User, now: datetime) -> Publication:
    """The version that waits."""
    with plan_step(PlanAct.APPROVE, publication_id, version, actor=actor, now=now) as step:
        versions.approve(step)
        return step.row


def give_back(publication_id: int, version: int, *, remarks: str, actor: User, now: datetime) -> Publication:
    """Back to its author, with remarks."""
    with plan_step(PlanAct.RETURN, publication_id, version, actor=actor, now=now) as step:
        versions.give_back(step, remarks)
        return step.row


def copy(publication_id: int, day: date | None, *, actor: User, now: datetime) -> Publication:
    """The same once more on another day, at the same hour: not approved, its author is who copies."""
    _only_press(actor)
    if day is None:
        raise MissingInput("day", "Выберите день.")
    not_past("day", day, None, now)
    with transaction() as session:
        source = session.get(Publication, publication_id)
        if source is None:
            raise NotFound("Публикация")
        row = Publication(
            title=source.title, day=day, at=instant_of(day, local_time(source.at)), format=source.format,
            fields=dict(source.fields), heading=source.heading, ground=source.ground, text=source.text,
            late_minutes=source.late_minutes, author=actor, created_at=now,
            state=PublicationState.DRAFT if source.text else PublicationState.IDEA,
        )  # fmt: skip
        row.placements = [Placement(account_id=one.account_id, text=one.text) for one in source.placements]
        row.photos = [one.again() for one in source.photos]
        return _added("plan_copy", row, actor, now)


def _write(row: Publication, written: Written, actor: User, now: datetime) -> None:
    form = next((one for one in Format if one == written.form), None)
    if form is None:
        raise MissingInput("format", "Выберите формат.")
    row.title = one_line("title", "О чём", written.title, 200, missing="Напишите, о чём публикация.")
    row.heading = one_line("heading", "Рубрика", written.heading, 80)
    row.ground = one_line("ground", "Основание", written.ground, 300)
    row.format, row.fields = form, kept_fields(form, written.fields)
    row.text = _text("text", written.text)
    _put_on_pages(row, written, actor, now)


def _put_on_pages(row: Publication, written: Written, actor: User, now: datetime) -> None:
    """Pages that are not named any more are taken off, unless it stands there already."""
    known = set(db.session.scalars(select(Account.id).where(Account.id.in_(written.pages))))
    here = {one.account_id: one for one in row.placements}
    for page, placement in here.items():
        if page not in known and placement.placed_at is None:
            leave_out(row, placement, actor=actor, now=now)
    earlier = select(Placement).where(Placement.publication_id == row.id, Placement.left_out_at.is_not(None))
    left = {one.account_id: one for one in db.session.scalars(earlier)}
    for page in sorted(known - here.keys()):
        placement = left.get(page) or Placement(account_id=page)
        placement.left_out_at = None
        row.placements.append(placement)
    for placement in row.placements:
        if placement.placed_at is None:
            own = _text(f"text_{placement.account_id}", written.page_texts.get(placement.account_id, ""))
            placement.text = own if own and own != row.text else None


def _text(name: str, typed: str) -> str:
    text = typed.replace("\r\n", "\n").replace("\0", "").strip()
    if len(text) > LONGEST_TEXT:
        raise MissingInput(name, f"Больше {LONGEST_TEXT} знаков: столько не берёт ни одна соцсеть. Сократите.")
    return text


def _added(action: str, row: Publication, actor: User, now: datetime) -> Publication:
    db.session.add(row)
    db.session.flush()
    changes = {"publication_state": (None, row.state)}
    record(
        action, at=now, actor=actor, clause=CLAUSE, changes=changes, object_kind="publication", object_id=row.id
    )  # fmt: skip
    return row


def _only_press(actor: User) -> None:
    if actor.roles.isdisjoint(PRESS_CENTRE):
        raise NotYours("План ведёт пресс-центр. Ничего не записано.")
