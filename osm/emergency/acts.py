"""«Режим ЧС» (П.20): prepared, begun with one press, ended.

Each act is one transaction, so a process that dies leaves all of it or no part. The notice is a publication of the
plan, the answer a common one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from osm.answers.acts.drafting import text_for
from osm.answers.acts.templates import braced, unfilled
from osm.approvals.acts import Override
from osm.base.database import add_row, db
from osm.base.errors import BulkRefused, NotYours, ServiceError
from osm.base.transaction import transaction
from osm.emergency import queries
from osm.flow.acts.moving import locked, one_line, plain
from osm.groups.acts import groups, members
from osm.log.acts.record import Change, record
from osm.messages.acts.bulk import Chosen
from osm.models import (
    Account,
    AnswerGroup,
    Emergency,
    EmergencyHold,
    OverrideReason,
    Placement,
    Publication,
    User,
)
from osm.networks.catalogue import NETWORKS, longest_post
from osm.plan.acts import outgoing, planning, texts
from osm.plan.queries.week import pages
from osm.plan.rules import HELD, PlanAct, PublicationState
from osm.regulation.blacklist import OutboxState
from osm.regulation.errors import MissingInput, refuse
from osm.regulation.words import PRESS_CENTRE, ReplyKind, Role

KIND = "emergency"
CLAUSE = "П.20"
LATE_MINUTES = 1440  # the notice may be published this late if the server was off
_FEWEST = 2  # messages of a common answer


def prepare(name: str, *, text: str, answer: str, actor: User, now: datetime) -> Emergency:
    """Plan the notice for all pages: a curator's is approved, a moderator's waits for approval. Raises NotYours,
    MissingInput (`name`, `text`, `answer`)."""
    NotYours.when(actor.roles.isdisjoint(PRESS_CENTRE), "Режим ЧС готовит пресс-центр. Ничего не записано.")
    name = one_line("name", "Событие", name, 120, missing="Напишите, что случилось.")
    here, answer = pages(), plain(answer).strip()
    ServiceError.when(not here, "Страниц в реестре нет: объявление негде разместить.")
    shortest = min(here, key=lambda page: longest_post(page.network))
    if len(text) > (longest := longest_post(shortest.network)):
        raise MissingInput("text", f"{NETWORKS[shortest.network].label} берёт не больше {longest} знаков. Сократите.")
    refuse("answer", not answer, "Напишите общий ответ тем, кто спрашивает о событии.")
    if empty := unfilled(text_for(answer, author="", place="", turn=0)):
        raise MissingInput("answer", f"Заполните: {braced(empty)}. Можно оставить только {{приветствие}} и {{имя}}.")
    same = (Emergency.name == name, Emergency.answer == answer, Emergency.begun_at.is_(None))
    with transaction() as session:
        before = session.scalar(select(Emergency.id).where(*same))
        refuse("name", before, "Это событие уже подготовлено. Второй раз оно не записано.")
        idea = outgoing.add_idea(name, now.astimezone(texts.zone()).date(), actor=actor, now=now)
        written = outgoing.Written(title=name, text=text, pages=[page.id for page in here])
        then = PlanAct.APPROVE if actor.has(Role.CURATOR) else PlanAct.SUBMIT
        notice = outgoing.save(idea.id, idea.version, written, then=then, actor=actor, now=now)
        row = Emergency(name=name, notice_id=notice.id, answer=answer, prepared_at=now, prepared_by_id=actor.id)
        add_row(row)
        _log("emergency_prepared", row, {}, actor, now)
        return row


def begin(
    emergency_id: int, version: int, chosen: Sequence[Chosen], *, confirmed: bool, executor_id: int | None,
    received_by: str, actor: User, now: datetime
) -> Emergency:  # fmt: skip
    """Hold the plan, publish the notice, answer the chosen messages together, all in one transaction. A publication
    already sent to a network is not held. Messages that cannot join the common answer are left as they are. Raises
    NotFound, StaleVersion, NotYours, ServiceError, MissingInput (`confirmed`, `executor_id`, `received_by`)."""
    with _act(emergency_id, version, actor) as row:
        ServiceError.when(row.begun_at is not None, "Режим ЧС по этому событию уже вводили. Ничего не изменено.")
        outgoing.lock([row.notice_id])
        if row.notice.state is not PublicationState.APPROVED:
            raise ServiceError("Сначала согласуйте текст объявления. Ничего не изменено.")
        refuse("confirmed", not confirmed, "Подтвердите: план встанет, объявление уйдёт на все страницы.")
        _follow_pages(row, actor, now)
        held = _hold(row, actor, now)
        planning.set_time(
            row.notice_id, row.notice.version, None, None, late_minutes=LATE_MINUTES, schedule=True, at_once=True,
            actor=actor, now=now,
        )  # fmt: skip
        group = _answer(row, chosen, executor_id, received_by, actor, now)
        row.group_id = group.id if group else None
        row.begun_at, row.begun_by_id = now, actor.id
        answered = len(groups.open_members(group)) if group else 0
        _log("emergency_begun", row, {"posts_held": (0, held), "members": (0, answered)}, actor, now)
        return row


def _follow_pages(row: Emergency, actor: User, now: datetime) -> None:
    """A page closed since the preparation does not get the notice, a new one does."""
    here, notice = {page.id for page in pages()}, row.notice
    for closed in [one for one in notice.placements if one.account_id not in here]:
        outgoing.take_off_page(notice, closed, actor=actor, now=now)
    new = set(db.session.scalars(select(Account.id).where(Account.created_at > row.prepared_at))) & here
    new -= {one.account_id for one in notice.placements}
    notice.placements += [Placement(account_id=page) for page in sorted(new)]


def end(emergency_id: int, version: int, *, actor: User, now: datetime) -> Emergency:
    """End it. Future publications return to their time; past ones wait for a decision each. Those held on some pages
    only continue there, or wait as well if another page has refused them. If another emergency is on, it holds them.
    Raises NotFound, StaleVersion, NotYours, ServiceError."""
    with _act(emergency_id, version, actor) as row:
        if row.begun_at is None or row.ended_at is not None:
            raise ServiceError("Этот режим ЧС не действует. Ничего не изменено.")
        row.ended_at, row.ended_by_id = now, actor.id
        db.session.flush()
        other = next(iter(queries.in_force()), None)
        holds = list(db.session.scalars(select(EmergencyHold).where(EmergencyHold.emergency_id == row.id)))
        outgoing.lock([one.publication_id for one in holds])
        released = 0
        for one in holds:
            if other is not None:
                one.emergency_id = other.id
            elif outgoing.held_pages(one.publication):
                outgoing.go_on(one.publication)
                db.session.delete(one)
                released += 1
            elif one.publication.state not in queries.UNDECIDED:
                db.session.delete(one)
            elif _is_to_come(one.publication, now):
                _to_time(one.publication, row, actor, now)
                released += 1
        _log("emergency_ended", row, {"posts_released": (0, released)}, actor, now)
        return row


def release(emergency_id: int, publication_id: int, *, to_time: bool, actor: User, now: datetime) -> Publication:
    """Release one publication: to its time, or approved without one.

    If it is held on some pages only, it continues there, or is «Не вышло».

    Raises NotYours, ServiceError if it is not held, MissingInput if its time is past.
    """
    _only_curator(actor)
    with transaction() as session:
        outgoing.lock([publication_id])
        hold = session.get(EmergencyHold, publication_id, populate_existing=True)
        if hold is None or hold.emergency_id != emergency_id:
            raise ServiceError("Эту публикацию режим ЧС уже не держит. Ничего не изменено.")
        row, publication = session.get_one(Emergency, emergency_id), hold.publication
        if pages_held := outgoing.held_pages(publication):
            session.delete(hold)
            if to_time:
                outgoing.go_on(publication)
            else:
                outgoing.fail(publication, pages_held, HELD, now)
        elif not to_time or publication.state not in queries.UNDECIDED:
            session.delete(hold)
        elif publication.at is None or publication.at <= now:
            raise MissingInput("", "Её время прошло: назначьте новое в плане или оставьте без времени.")
        else:
            _to_time(publication, row, actor, now)
        _log("emergency_released", row, {"publication_id": (publication_id, None)}, actor, now)
        return publication


def _hold(row: Emergency, actor: User, now: datetime) -> int:
    """Hold all planned publications; returns the number of those held, completely or in part."""
    outgoing.lock([one.id for one in queries.to_hold()])
    held = 0
    for one in queries.to_hold():
        held += _off_its_time(one, row, actor, now) or _off_its_pages(one, actor, now)
        db.session.execute(delete(EmergencyHold).where(EmergencyHold.publication_id == one.id))
        db.session.add(EmergencyHold(publication_id=one.id, emergency_id=row.id))
    return held


def _off_its_time(one: Publication, row: Emergency, actor: User, now: datetime) -> bool:
    """Hold the whole publication; not if it was sent to a network or is already «Не вышло»."""
    if one.state is not PublicationState.SCHEDULED:
        return False
    try:
        with db.session.begin_nested():
            outgoing.withdraw(one, actor=actor, now=now)
            with db.session.no_autoflush, texts.step_upon(one, PlanAct.UNSCHEDULE, actor, now) as step:
                step.note = _why(row)
    except outgoing.PostBegun:
        return False
    return True


def _off_its_pages(one: Publication, actor: User, now: datetime) -> bool:
    """Hold the pages on which it waits; not those already sent, nor those left to people."""
    waiting = outgoing.waiting_actions(one)
    kept = {
        action.placement_id
        for action in waiting
        if outgoing.may_be_posted(action, now) or action.for_person or action.state is OutboxState.FAILED
    }
    ordered = {action.placement_id for action in waiting}
    pages_held = [
        page
        for page in one.placements
        if page.placed_at is None and page.id not in kept and (page.id in ordered or not page.error)
    ]
    for page in pages_held:
        outgoing.withdraw(one, actor=actor, now=now, placement_id=page.id)
    if pages_held:
        outgoing.hold(one, pages_held, now)
    return bool(pages_held)


def _is_to_come(publication: Publication, now: datetime) -> bool:
    is_whole = publication.state is PublicationState.APPROVED
    return is_whole and publication.at is not None and publication.at > now


def _to_time(publication: Publication, row: Emergency, actor: User, now: datetime) -> None:
    outgoing.withdraw(publication, actor=actor, now=now)
    with db.session.no_autoflush, texts.step_upon(publication, PlanAct.SCHEDULE, actor, now) as step:
        step.note = _why(row)
    db.session.execute(delete(EmergencyHold).where(EmergencyHold.publication_id == publication.id))


def _answer(
    row: Emergency, chosen: Sequence[Chosen], executor_id: int | None, received_by: str, actor: User, now: datetime
) -> AnswerGroup | None:
    """The approved common answer of the messages that can join; None if fewer than two can."""
    joining = list(chosen)
    while len(joining) >= _FEWEST:
        try:
            group = members.create_group(
                joining, executor_id=executor_id, name=row.name, task=_why(row), actor=actor, now=now
            )
            break
        except BulkRefused as refused:
            out = {one.message_id for one in refused.refusals}
            joining = [one for one in joining if one.message_id not in out]
    else:
        return None
    given: dict[str, Any] = {"actor": actor, "now": now}
    group = groups.submit_group(
        group.id, group.version, _seen(group), text=row.answer, kind=ReplyKind.FINAL, confirmed=True,
        received_by=received_by, **given,
    )  # fmt: skip
    override = Override(OverrideReason.HURRY)
    return groups.approve_group(group.id, group.version, _seen(group), override=override, **given)


def _seen(group: AnswerGroup) -> list[Chosen]:
    return [Chosen(one.message_id, one.message.version) for one in groups.open_members(group)]


def _why(row: Emergency) -> str:
    return f"Режим ЧС: {row.name}"


@contextmanager
def _act(emergency_id: int, version: int, actor: User) -> Iterator[Emergency]:
    """An act of the curator, if the emergency has the version that he saw."""
    _only_curator(actor)
    with transaction():
        row = locked(Emergency, emergency_id, version, "Режим ЧС")
        yield row
        row.version += 1


def _only_curator(actor: User) -> None:
    NotYours.when(not actor.has(Role.CURATOR), "Режим ЧС вводит и снимает куратор. Ничего не изменено.")


def _log(action: str, row: Emergency, changes: dict[str, Change], actor: User, now: datetime) -> None:
    record(action, at=now, actor=actor, clause=CLAUSE, changes=changes, about=row)
