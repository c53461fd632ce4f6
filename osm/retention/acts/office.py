"""What the office decides: terms of keeping, legal holds, requests of people about their own data."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from osm.base.database import add_row, db
from osm.base.errors import NotFound, ServiceError
from osm.base.numbers import whole
from osm.base.transaction import transaction
from osm.flow.acts.act import required
from osm.flow.acts.clocks import in_force
from osm.flow.acts.terms import local_day
from osm.log.acts.record import record
from osm.models import BlacklistProposal, Comment, KeepingTerm, LegalHold, Message, PortalMessage, SubjectRequest, User
from osm.regulation.errors import EveryField, MissingInput, one_of, refuse
from osm.retention import queries
from osm.retention.acts import purge
from osm.retention.acts.destroying import destroy
from osm.retention.rules import REQUEST_DAYS, Asked, HoldGround, Kept, RequestOutcome

LONGEST_DAYS = 36_500
_WITH_MESSAGE = (Kept.NOTES, Kept.FILES, Kept.DRAFTS)  # kept no longer than the message: they are about its author


def change_terms(days: dict[Kept, int | None], *, actor: User, now: datetime) -> int:
    """Set the terms in days; returns how many changed. Raises MissingInput, named by the `Kept`."""
    with transaction() as session:
        before = queries.terms()
        wanted = before | {kept: given or 0 for kept, given in days.items()}
        with EveryField() as check:
            for kept, given in wanted.items():
                check(refuse, kept, not 1 <= given <= LONGEST_DAYS, f"Введите число дней от 1 до {LONGEST_DAYS}.")
                too_long = kept in _WITH_MESSAGE and given > wanted[Kept.MESSAGES]
                check(refuse, kept, too_long, "Не дольше самих сообщений.")
        changed = {kept: given for kept, given in days.items() if given is not None and before[kept] != given}
        for kept, term in changed.items():
            session.merge(KeepingTerm(kept=kept, days=term, changed_at=now, changed_by_id=actor.id))
            changes = {"kept": (None, kept), "days": (before[kept], term)}
            record("keeping_term", at=now, actor=actor, object_kind="keeping_term", changes=changes)
        return len(changed)


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
        author_id, document = row.author_id if with_author else None, document.strip()[:300]
        same = {"subject": subject, "object_id": row.id, "author_id": author_id, "ground": of, "document": document}
        stands = db.session.scalar(select(LegalHold.id).filter_by(**same, lifted_at=None))
        refuse("document", stands, "Этот запрет уже наложен. Второй раз он не записан.")
        return _hold(subject, row.id, of, document, actor, now, author_id)


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
        ServiceError.when(hold.lifted_at is not None, "Этот запрет уже снят. Ничего не изменено.")
        hold.lifted_at, hold.lifted_by_id = now, actor.id
        record("legal_hold_lifted", at=now, actor=actor, about=hold)
        return hold


def _named(subject: str, number: str) -> Any:
    """Messages are named by their number, the others by their id in the address of their page."""
    by_number: dict[str, Any] = {"message": Message, "portal_message": PortalMessage}
    by_id: dict[str, Any] = {"comment": Comment, "blacklist_proposal": BlacklistProposal}
    found: Any = None
    if model := by_number.get(subject):
        found = db.session.scalar(select(model).where(model.number == number))
    elif model := by_id.get(subject):
        found = db.session.get(model, whole(number) or 0)
    if found is None:
        raise MissingInput("number", "Такого номера нет. Проверьте номер.")
    return found


# --- Requests of people about their own data: entered, identity checked, answered, destroyed or refused
_OF_MESSAGE = (Kept.DRAFTS, Kept.NOTES, Kept.FILES, Kept.EVIDENCE, Kept.MESSAGES)


class AlreadyClosed(ServiceError):
    def __init__(self) -> None:
        super().__init__("На этот запрос уже ответили. Ничего не изменено.")


class SeveralOfThatName(ServiceError):
    """Without an address the data could be another person's."""

    words = (
        "С этим именем несколько авторов, среди них могут быть тёзки. Ничего не выдано и не уничтожено: "
        "узнайте адрес профиля и запишите запрос с ним, этот закройте отказом."
    )


class NothingDestroyed(ServiceError):
    """No letter may say that data are destroyed where none were."""

    def __init__(self, is_known: bool) -> None:
        super().__init__(
            "Всё, что есть о нём, ещё в работе, под запретом или ждёт соцсети. Ничего не уничтожено: дождитесь конца "
            "работы или откажите с этим основанием."
            if is_known
            else "По этому имени и адресу в программе ничего нет. Ничего не уничтожено: проверьте адрес профиля. Если "
            "он верный, закройте запрос отказом и напишите, что данных о человеке нет."
        )


def enter_request(asks: str, name: str, profile: str, *, actor: User, now: datetime) -> SubjectRequest:
    of = one_of("asks", asks, Asked, "Выберите, о чём просит человек.")
    name = required("name", name, "Введите имя, как в профиле.")
    same = {"asks": of, "name": name[:300], "profile": profile.strip()[:500]}
    with transaction() as session:
        before = session.scalar(select(SubjectRequest.id).filter_by(**same, closed_at=None))
        refuse("name", before, f"Такой запрос уже записан и ещё открыт: № {before}. Второй раз он не записан.")
        row = SubjectRequest(
            **same, entered_at=now, entered_by_id=actor.id,
            due_at=in_force().calendar.close_after(now, REQUEST_DAYS),
        )  # fmt: skip
        add_row(row)
        record("subject_request_entered", at=now, actor=actor, about=row)
        return row


def answer_request(request_id: int, *, identity: str, actor: User, now: datetime) -> SubjectRequest:
    """Close the request: the answer can be taken as a document; data are destroyed where he asked for that. Raises
    NotFound, AlreadyClosed, SeveralOfThatName, NothingDestroyed, MissingInput if it is not said how his identity was
    checked."""
    lines: list[purge.Line] = []
    with transaction():
        row = _open(request_id)
        wanted = "Запишите, как проверили, что это сам автор. До этого данные не выдают."
        identity = required("identity", identity, wanted)
        if not row.profile and len(queries.held_of(row).authors) > 1:
            raise SeveralOfThatName
        row.identity = identity[:300]
        row.outcome, row.closed_at, row.closed_by_id = RequestOutcome.ANSWERED, now, actor.id
        if row.asks is Asked.DELETE:
            row.outcome = RequestOutcome.DESTROYED
            lines = _destroy_all(row, actor, now)
        record("subject_request_closed", at=now, actor=actor, object_kind="subject_request", object_id=request_id)
    purge.append(lines)  # not before the commit: a restore destroys what is listed
    return db.session.get_one(SubjectRequest, request_id)


def refuse_request(request_id: int, *, reason: str, actor: User, now: datetime) -> SubjectRequest:
    """Raises NotFound, AlreadyClosed, MissingInput."""
    with transaction():
        row = _open(request_id)
        row.reason = required("reason", reason, "Назовите основание отказа: статью закона и почему.")
        row.outcome, row.closed_at, row.closed_by_id = RequestOutcome.REFUSED, now, actor.id
        record("subject_request_closed", at=now, actor=actor, about=row)
        return row


def _destroy_all(row: SubjectRequest, actor: User, now: datetime) -> list[purge.Line]:
    """All of his that is closed and on no hold; the worker ends the run, which has its act. Returns lines for the list
    of what was destroyed."""
    held, run = queries.held_of(row), purge.begin(now, actor, row.id)
    run_id = run.id
    wanted = [(kept, "message", one.id) for one in held.messages for kept in _OF_MESSAGE]
    wanted += [(Kept.COMMENTS, "comment", one.id) for one in held.comments]
    wanted += [(Kept.BLACKLIST, "blacklist_proposal", one.id) for one in held.proposals]
    db.session.flush()
    lines = []
    for kept, subject, object_id in wanted:
        free = queries.free_of(kept, subject, object_id)
        purged = destroy(kept, subject, object_id, condition=free, run_id=run_id, now=now)
        if purged is not None:
            lines.append(purge.line_of(purged))
    if not lines:
        raise NothingDestroyed(not held.is_empty)
    return lines


def _open(request_id: int) -> SubjectRequest:
    row = db.session.get(SubjectRequest, request_id, with_for_update=True)
    if row is None:
        raise NotFound("Запись")
    if row.closed_at is not None:
        raise AlreadyClosed
    return row
