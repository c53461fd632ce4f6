"""What the office decides: terms of keeping, and legal holds."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from osm.base.database import add_row, db
from osm.base.errors import NotFound, ServiceError
from osm.base.numbers import whole
from osm.base.transaction import transaction
from osm.flow.acts.terms import local_day
from osm.log.acts.record import record
from osm.models import BlacklistProposal, Comment, KeepingTerm, LegalHold, Message, PortalMessage, User
from osm.regulation.errors import MissingInput, one_of, refuse
from osm.retention import queries
from osm.retention.rules import HoldGround, Kept

LONGEST_DAYS = 36_500
_WITH_MESSAGE = (Kept.NOTES, Kept.FILES, Kept.DRAFTS)  # kept no longer than the message: they are about its author


def change_terms(days: dict[Kept, int | None], *, actor: User, now: datetime) -> int:
    """Set the terms in days; returns how many changed. Raises MissingInput, named by the `Kept`."""
    with transaction() as session:
        before = queries.terms()
        _check_terms(before | {kept: given or 0 for kept, given in days.items()})
        changed = {kept: given for kept, given in days.items() if given is not None and before[kept] != given}
        for kept, given in changed.items():
            session.merge(KeepingTerm(kept=kept, days=given, changed_at=now, changed_by_id=actor.id))
            changes = {"kept": (None, kept), "days": (before[kept], given)}
            record("keeping_term", at=now, actor=actor, object_kind="keeping_term", changes=changes)
        return len(changed)


def _check_terms(days: dict[Kept, int]) -> None:
    for kept, given in days.items():
        refuse(kept, not 1 <= given <= LONGEST_DAYS, f"Введите число дней от 1 до {LONGEST_DAYS}.")
        refuse(kept, kept in _WITH_MESSAGE and given > days[Kept.MESSAGES], "Не дольше самих сообщений.")


def set_hold(
    subject: str, number: str, *, with_author: bool, ground: str, document: str, actor: User, now: datetime
) -> LegalHold:
    """Stop the purge for one of these, `with_author` for all of its author; a message of ПОС has none.
    Raises MissingInput, NotFound."""
    of = one_of("ground", ground, HoldGround, "Выберите основание.")
    refuse("document", not document.strip(), "Назовите документ: номер и дату запроса, без имён.")
    with transaction():
        row = _named(subject, number.strip())
        no_author = with_author and subject == "portal_message"
        refuse("number", no_author, "Автора сообщения ПОС здесь нет: снимите отметку об авторе.")
        author_id = row.author_id if with_author else None
        return _hold(subject, row.id, of, document.strip()[:300], actor, now, author_id)


def hold_for_police(named: Iterable[tuple[str, int]], *, actor: User, now: datetime) -> None:
    """Stop the purge for what a file for the police has: subjects and their ids. What such a hold has already stays."""
    with transaction() as session:
        for subject, object_id in named:
            its = (LegalHold.subject == subject, LegalHold.object_id == object_id)
            held = select(LegalHold.id).where(
                *its, LegalHold.ground == HoldGround.POLICE, LegalHold.lifted_at.is_(None)
            )
            if session.scalar(held.limit(1)) is None:
                document = f"пакет для полиции от {local_day(now):%d.%m.%Y}"
                _hold(subject, object_id, HoldGround.POLICE, document, actor, now)


def _hold(
    subject: str, object_id: int, ground: HoldGround, document: str, actor: User, now: datetime,
    author_id: int | None = None,
) -> LegalHold:  # fmt: skip
    hold = LegalHold(
        subject=subject, object_id=object_id, author_id=author_id, ground=ground, document=document, set_at=now,
        set_by_id=actor.id,
    )  # fmt: skip
    add_row(hold)
    record("legal_hold_set", at=now, actor=actor, about=hold, changes={"hold_ground": (None, hold.ground)})
    return hold


def lift_hold(hold_id: int, *, actor: User, now: datetime) -> LegalHold:
    """Raises NotFound, ServiceError if it was lifted."""
    with transaction() as session:
        hold = session.get(LegalHold, hold_id, with_for_update=True)
        if hold is None:
            raise NotFound("Запись")
        if hold.lifted_at is not None:
            raise ServiceError("Этот запрет уже снят. Ничего не изменено.")
        hold.lifted_at, hold.lifted_by_id = now, actor.id
        record("legal_hold_lifted", at=now, actor=actor, about=hold)
        return hold


def _named(subject: str, number: str) -> Any:
    """Messages are named by their number, the others by their id in the address of their page."""
    found: Any = None
    if subject == "message":
        found = db.session.scalar(select(Message).where(Message.number == number))
    elif subject == "portal_message":
        found = db.session.scalar(select(PortalMessage).where(PortalMessage.number == number))
    elif subject == "comment":
        found = db.session.get(Comment, whole(number) or 0)
    elif subject == "blacklist_proposal":
        found = db.session.get(BlacklistProposal, whole(number) or 0)
    if found is None:
        raise MissingInput("number", "Такого номера нет. Проверьте номер.")
    return found
