"""A publication that goes out by itself at its time: what waits for the network is withdrawn, noted, or left to people.

Each function works in the transaction of its caller.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from osm.extensions import db
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.regulation.plan import steps
from osm.regulation.plan.words import PlanAct, PublicationState
from osm.services.errors import ServiceError
from osm.services.log.log import record
from osm.services.outgoing import is_being_sent
from osm.services.plan.joining import join
from osm.services.plan.standing import settle
from osm.services.plan.steps import CLAUSE, step_upon
from osm.store.models import OutboxAction, Placement, Publication, User

TOO_LATE = "Опоздать можно было меньше: программа сама уже не выпустит. Назначьте новое время или разместите руками."


class PostBegun(ServiceError):
    """The network has been asked already: the post may stand there."""

    def __init__(self) -> None:
        super().__init__(
            "Публикация уже уходит в соцсеть, изменить её здесь нельзя. Дождитесь результата; ничего не изменено."
        )


def is_too_late(row: Publication, now: datetime) -> bool:
    """Later than its author allows (Пр.1.2.4)."""
    return steps.is_too_late(row.at, row.late_minutes, now)


def lock(ids: Collection[int], *, skip: bool = False) -> frozenset[int]:
    """Publications are locked before their posts, by people and by the worker; which of these are held now.

    `skip`: those that somebody works on at this moment are left for the next round.
    """
    wanted = select(Publication).where(Publication.id.in_(ids)).order_by(Publication.id)
    wanted = wanted.with_for_update(of=Publication, key_share=True, skip_locked=skip)
    return frozenset(one.id for one in db.session.scalars(wanted.execution_options(populate_existing=True)).unique())


def lock_of(action_ids: Collection[int], *, skip: bool = False) -> frozenset[int]:
    """Lock the publications of these posts; which of the posts belong to one that is held now."""
    if not action_ids:
        return frozenset()
    of_page = select(OutboxAction.id, Placement.publication_id).join(
        Placement, Placement.id == OutboxAction.placement_id
    )
    rows = db.session.execute(of_page.where(OutboxAction.id.in_(action_ids))).tuples().all()
    held = lock({publication for _id, publication in rows}, skip=skip)
    return frozenset(action for action, publication in rows if publication in held)


def waiting_actions(row: Publication) -> list[OutboxAction]:
    """Orders for the network that nobody has settled, locked."""
    ids = [one.id for one in row.placements if one.id is not None]
    wanted = select(OutboxAction).where(
        OutboxAction.placement_id.in_(ids),
        OutboxAction.kind == OutboxKind.POST,
        OutboxAction.state.in_((OutboxState.PENDING, OutboxState.FAILED)),
    )
    return list(db.session.scalars(wanted.with_for_update(of=OutboxAction)).unique()) if ids else []


def withdraw(row: Publication, *, actor: User, now: datetime, placement_id: int | None = None) -> None:
    """Nothing of it goes out any more. PostBegun once a network has been asked.

    `placement_id`: of this page only, which the person has placed or leaves out himself; then only what is being sent
    at this moment is in his way. What the program has left to people is withdrawn as well.
    """
    for action in waiting_actions(row):
        if placement_id not in (None, action.placement_id):
            continue
        may_stand = action.sent_at is not None and not action.for_person and action.state is OutboxState.PENDING
        if is_being_sent(action, now) or (may_stand and placement_id is None):
            raise PostBegun
        action.state, action.settled_at, action.settled_by_id = OutboxState.CANCELLED, now, actor.id
        action.version += 1
    if placement_id is None:
        row.ordered_at = None
        for placement in row.placements:
            placement.error, placement.told_at = "", None


def leave_out(row: Publication, placement: Placement, *, actor: User, now: datetime) -> None:
    """It will not stand on this page. What was tried there stays known, should the page be chosen again. PostBegun."""
    withdraw(row, actor=actor, now=now, placement_id=placement.id)
    placement.left_out_at, placement.error = now, ""
    # Taken out of the list without being deleted.
    set_committed_value(row, "placements", [one for one in row.placements if one is not placement])


def check_not_begun(row: Publication) -> None:
    """Its text may still be changed. PostBegun."""
    if any(one.sent_at is not None and one.state is OutboxState.PENDING for one in waiting_actions(row)):
        raise PostBegun


def try_again(row: Publication, *, now: datetime) -> int:
    """Somebody has looked: the program is to do after all what it had left to people; how many."""
    actions = [one for one in waiting_actions(row) if one.for_person or one.state is OutboxState.FAILED]
    for action in actions:
        action.state, action.settled_at, action.settled_by_id = OutboxState.PENDING, None, None
        action.for_person, action.try_at, action.attempts = False, None, 0
        action.error, action.in_spite, action.version = "", True, action.version + 1
    ids = {one.placement_id for one in actions}
    for placement in row.placements:
        if placement.id in ids:
            placement.error = ""
    return len(actions)


def stands(action: OutboxAction, url: str, at: datetime, now: datetime) -> None:
    """The network has it: noted, unless somebody has noted so meanwhile."""
    placement = action.placement
    if placement is None or placement.placed_at is not None:
        return
    row = placement.publication
    placement.url, placement.placed_at, placement.error = url[:1000], at, ""
    join(placement, now)
    if row.state not in (PublicationState.SCHEDULED, PublicationState.APPROVED, PublicationState.FAILED):
        return
    with db.session.no_autoflush, step_upon(row, PlanAct.PLACE, None, now) as step:
        step.changes["account_id"] = (None, placement.account_id)
        settle(step)


def said_last(action: OutboxAction) -> str:
    """Why it has not gone out until now, where it was tried."""
    return f"Последняя попытка: {action.error}" if action.error else ""


def unwanted(action: OutboxAction, now: datetime) -> str:
    """Why it is not to go out after all, in words; what comes too late waits for its author from now on."""
    placement = action.placement
    row = placement.publication if placement else None
    if placement is None or row is None or placement.placed_at or placement.left_out_at:
        return "Публикация уже размещена или снята с этой страницы."
    if row.state not in (PublicationState.SCHEDULED, PublicationState.FAILED):
        return "Публикация больше не запланирована."
    is_new = action.sent_at is None and not action.in_spite
    if is_new and row.state is PublicationState.SCHEDULED and is_too_late(row, now):
        words = f"{TOO_LATE} {said_last(action)}".strip()
        fail(row, [placement], words, now)
        return words
    return ""


def fail(row: Publication, places: list[Placement], words: str, now: datetime) -> None:
    """It does not stand on these pages, and the program does nothing more by itself: its author is told."""
    for placement in places:
        placement.error = words
    told = {"to_id": (None, row.author_id)}
    if row.state is PublicationState.SCHEDULED:
        with db.session.no_autoflush, step_upon(row, PlanAct.FAIL, None, now) as step:
            step.changes |= told
        return
    record(
        "plan_fail", at=now, actor=None, clause=CLAUSE, changes=told, object_kind="publication", object_id=row.id
    )  # fmt: skip
