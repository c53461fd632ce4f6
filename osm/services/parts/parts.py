"""One of several executors sends his information (П.14, П.18), is returned it with remarks, sends it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.parts import PartState
from osm.regulation.workflow import Action
from osm.services.acts import Act, act, load_message
from osm.services.answers.drafting import MAX_LENGTH, RECEIVED_BY, instant_of_saving, plain
from osm.services.errors import NotFound, NotYours, ServiceError
from osm.store.models import Assignment, Part, PartText, User
from osm.store.queries.answers.drafting import left_part_texts
from osm.store.transaction import transaction


def submit_part(assignment_id: int, version: int, *, text: str, confirmed: bool, actor: User, now: datetime) -> Part:
    """Send the own part to the curator. `version`: of the assignment; `confirmed`: he answers for it (П.18).

    May be sent before its turn has come, and again after it was sent. Raises StaleVersion where the curator has
    returned it, given another task or removed the executor meanwhile; colleagues who send hinder nobody.
    """
    with act_on_part(Action.SUBMIT_PART, assignment_id, version, actor, now, {"text": text}) as (step, row):
        if row.executor_id != actor.id:
            raise NotYours("Эту информацию готовит другой исполнитель. Внести её за него может куратор.")
        if not confirmed:
            raise MissingInput("confirmed", "Подтвердите, что отвечаете за достоверность и сроки (п. 18).")
        return _send(step, row, text)


def enter_part(assignment_id: int, version: int, *, text: str, received_by: str, actor: User, now: datetime) -> Part:
    """The curator enters what the executor told him (П.18 stays the executor's)."""
    with act_on_part(Action.SUBMIT_PART, assignment_id, version, actor, now, {"text": text}) as (step, row):
        if received_by not in RECEIVED_BY:
            raise MissingInput("received_by", "Укажите, как исполнитель передал информацию.")
        step.note = received_by
        return _send(step, row, text, received_by)


def return_part(assignment_id: int, version: int, *, remarks: str, actor: User, now: datetime) -> Part:
    """Back to its executor with remarks; he has an hour (П.12). Whoever works after him goes on."""
    with act_on_part(Action.RETURN_PART, assignment_id, version, actor, now, {"remarks": remarks}) as (step, row):
        if row.part_state is not PartState.SENT or not row.parts:
            raise ServiceError("Возвращать нечего: информации от этого исполнителя ещё нет.")
        part = row.parts[-1]
        part.remarks = step.said["remarks"]
        part.returned_at, part.returned_by_id = now, actor.id
        row.part_state = PartState.RETURNED
        step.note = part.remarks
        return part


def save_part_text(assignment_id: int, *, text: str, seen_at: datetime | None, actor: User, now: datetime) -> PartText:
    """Keep what is being typed, also where the work has been taken away meanwhile: no typed text is lost.

    `seen_at`: when the text on this screen was last saved. Raises TextChangedElsewhere where another window saved a
    different text since.
    """
    with transaction() as session:
        if session.get(Assignment, assignment_id, with_for_update={"key_share": True, "of": Assignment}) is None:
            raise NotFound
        text, row = plain(text), part_text(assignment_id, actor)
        if row is None:
            row = PartText(assignment_id=assignment_id, user_id=actor.id)
            session.add(row)
        else:
            now = instant_of_saving(row, text, seen_at, now)
        row.text, row.saved_at = text, now
        return row


def take_over_part_text(
    assignment_id: int, *, of_id: int, text: str, seen_at: datetime | None, actor: User, now: datetime
) -> PartText:
    """What an absent colleague typed for this part and never sent becomes this person's own, behind what he has typed.

    Raises NotFound, NotYours, TextChangedElsewhere; the colleague's text stays.
    """
    with transaction() as session:
        row = session.get(Assignment, assignment_id)
        if row is None or row.executor_id != actor.id or row.ended_at is not None:
            raise NotYours("Эту часть готовите не вы. Ничего не изменено.")
        left = next((one for one in left_part_texts(assignment_id, actor.id) if one.user_id == of_id), None)
        if left is None:
            raise NotFound("Текст коллеги")
        begun = plain(text).strip()
        whole = f"{begun}\n\n{left.text}" if begun else left.text
        # The screen may have saved what was begun by itself, as the press took the focus from the field.
        own = save_part_text(assignment_id, text=text, seen_at=seen_at, actor=actor, now=now)
        return save_part_text(assignment_id, text=whole, seen_at=own.saved_at, actor=actor, now=now)


def part_text(assignment_id: int, person: User) -> PartText | None:
    """What this person has typed for this part."""
    return db.session.execute(
        select(PartText).where(PartText.assignment_id == assignment_id, PartText.user_id == person.id)
    ).scalar_one_or_none()


@contextmanager
def act_on_part(
    action: Action, assignment_id: int, seen_version: int, actor: User, now: datetime, said: Mapping[str, str]
) -> Iterator[tuple[Act, Assignment]]:
    """An act upon one executor's row, under the version of that row: two executors send at once, both are taken."""
    with transaction() as session:
        message_id = session.scalar(select(Assignment.message_id).where(Assignment.id == assignment_id))
        if message_id is None:
            raise NotFound
        load_message(message_id)  # locked: the row cannot change any more
        row = session.scalars(
            select(Assignment).where(Assignment.id == assignment_id).execution_options(populate_existing=True)
        ).one()
        if row.version != seen_version:
            raise StaleVersion(seen_version, row.version)
        with act(action, message_id, None, actor, now, said=said) as step:
            if row.ended_at is not None or row.part_state is None:
                raise NotYours("Сообщение направлено не вам. Ничего не изменено; передать его вам может куратор.")
            step.object_kind, step.object_id = "assignment", row.id
            step.facts.part = row
            row.version += 1
            yield step, row


def _send(step: Act, row: Assignment, text: str, received_by: str = "") -> Part:
    part = Part(
        assignment=row,
        number=row.parts[-1].number + 1 if row.parts else 1,
        text=_checked(text),
        author_id=row.executor_id,
        submitted_by_id=step.actor.id,
        submitted_at=step.now,
        received_by=received_by,
    )
    db.session.add(part)
    row.part_state = PartState.SENT
    return part


def _checked(text: str) -> str:
    stripped = plain(text).strip()
    if len(stripped) > MAX_LENGTH:
        raise MissingInput("text", f"Текст длиннее {MAX_LENGTH} знаков. Сократите его: всё сохранено.")
    return stripped
