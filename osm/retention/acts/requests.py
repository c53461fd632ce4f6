"""Requests of people about their own data: entered, identity checked, answered, destroyed or refused."""

from datetime import datetime

from osm.base.database import add_row, db
from osm.base.errors import NotFound, ServiceError
from osm.base.transaction import transaction
from osm.flow.acts.act import required
from osm.flow.acts.clocks import in_force
from osm.log.acts.record import record
from osm.models import SubjectRequest, User
from osm.regulation.errors import CalendarOutOfRange, one_of
from osm.retention import queries
from osm.retention.acts import purge
from osm.retention.acts.destroying import destroy
from osm.retention.rules import REQUEST_DAYS, Asked, Kept, RequestOutcome

_OF_MESSAGE = (Kept.DRAFTS, Kept.NOTES, Kept.FILES, Kept.EVIDENCE, Kept.MESSAGES)


class AlreadyClosed(ServiceError):
    """The request was answered or refused."""

    def __init__(self) -> None:
        super().__init__("На этот запрос уже ответили. Ничего не изменено.")


class SeveralOfThatName(ServiceError):
    """Without an address the data could be another person's."""

    def __init__(self) -> None:
        super().__init__(
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


def enter(asks: str, name: str, profile: str, *, actor: User, now: datetime) -> SubjectRequest:
    """Raises MissingInput."""
    of = one_of("asks", asks, Asked, "Выберите, о чём просит человек.")
    name = required("name", name, "Введите имя, как в профиле.")
    try:
        due_at = in_force().calendar.add_working_days(now, REQUEST_DAYS)
    except CalendarOutOfRange:
        due_at = None
    with transaction():
        row = SubjectRequest(
            asks=of, name=name[:300], profile=profile.strip()[:500],
            entered_at=now, entered_by_id=actor.id, due_at=due_at,
        )  # fmt: skip
        add_row(row)
        record("subject_request_entered", at=now, actor=actor, about=row)
        return row


def answer(request_id: int, *, identity: str, actor: User, now: datetime) -> SubjectRequest:
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


def refuse(request_id: int, *, reason: str, actor: User, now: datetime) -> SubjectRequest:
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
