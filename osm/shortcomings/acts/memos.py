"""Prepare, send and read memos of shortcomings (П.19), and their DOCX.

The curator, the chief of staff and the head prepare and send them. Undecided shortcomings of the authors themselves are
listed too.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, update

from osm.base.database import add_row, db, insert_into
from osm.base.errors import NotFound, NotYours, ServiceError, must_exist
from osm.base.transaction import transaction
from osm.documents import in_child
from osm.documents.in_child import SHIPPED, ContentRefused
from osm.documents.sheet import FIELDS, SAMPLE, annex_of
from osm.files.acts.files import Upload
from osm.flow.acts.act import for_the_curator
from osm.flow.acts.clocks import in_force
from osm.flow.acts.moving import locked
from osm.log.acts.record import Change, record
from osm.models import DocumentTemplate, Instruction, Memo, MemoReader, MemoState, NumberSeries, Shortcoming, User
from osm.people.acts.absences import head_at
from osm.people.queries.people import Leader, leaders
from osm.regulation.control import Period, last_ended
from osm.regulation.errors import MissingInput, need, refuse
from osm.regulation.words import LEADERS, Role
from osm.shortcomings.queries.memos import WHOLE, content_of, departments_in, end_of, prepares, to_report
from osm.urgent.acts import instructions
from osm.urgent.acts.instructions import Order

LONGEST = 5000  # characters of the proposals
PREPARING = "memo"
"""The series that is locked to prepare a memo: a second process waits and then finds the memo of the first."""


def prepare_due(now: datetime, period: Period) -> int:
    """For the worker: draft the memo of the last period, once, if there is something to report. Returns how many."""
    calendar = in_force().calendar
    first, last = last_ended(calendar.local(now).date(), period)
    if _is_covered(last):
        return 0
    waits = select(Shortcoming.id).where(
        Shortcoming.memo_id.is_(None), Shortcoming.occurred_at < end_of(last, calendar.tz)
    )
    if db.session.scalar(waits.limit(1)) is None:
        return 0
    with transaction():
        _series(PREPARING)
        if _is_covered(last):
            return 0
        _add(first, last, None, now)
    return 1


def prepare(first_day: date | None, last_day: date | None, *, actor: User, now: datetime) -> Memo:
    """Draft a memo of days that a person chose. Raises MissingInput."""
    today = in_force().calendar.local(now).date()
    if first_day is None or last_day is None:
        raise MissingInput("last_day", "Укажите оба дня.")
    if last_day < first_day or last_day > today:
        raise MissingInput("last_day", "Последний день — не раньше первого и не позже сегодняшнего.")
    with transaction():
        _only_who_prepares(actor, now)
        _series(PREPARING)
        if db.session.scalar(select(Memo.id).where(Memo.last_day == last_day)) is not None:
            raise MissingInput("last_day", "Записка по этот день уже есть. Откройте её в реестре.")
        return _add(first_day, last_day, actor, now)


def save_proposals(memo_id: int, version: int, *, proposals: str, actor: User, now: datetime) -> Memo:
    text = proposals.replace("\0", "").strip()
    refuse("proposals", len(text) > LONGEST, f"Больше {LONGEST} знаков. Сократите.")
    with _draft("memo_edited", memo_id, version, actor, now) as (memo, _):
        memo.proposals = text
        return memo


def send(memo_id: int, version: int, *, actor: User, now: datetime) -> Memo:
    """Number it, freeze its contents and give it to the leaders, each with the departments that concern him. Raises
    MissingInput if there is no leader to read it."""
    calendar = in_force().calendar
    with _draft("memo_sent", memo_id, version, actor, now) as (memo, changes):
        rows = to_report(memo.last_day, calendar.tz)
        list(db.session.scalars(select(Shortcoming.id).where(rows).order_by(Shortcoming.id).with_for_update()))
        content = content_of(memo.last_day, calendar.tz, moment_words, {memo.prepared_by_id, actor.id})
        head = head_at(now)
        people = readers_of(departments_in(content), leaders(), head.id if head else None)
        if not people:
            raise MissingInput(
                "readers", "Некому отправить: нет ни главы, ни руководителя аппарата. Укажите должности в «Управлении»."
            )
        ids = [row["id"] for row in content["rows"]]
        for start in range(0, len(ids), 500):
            some = Shortcoming.id.in_(ids[start : start + 500])
            of_memo = update(Shortcoming).where(some).values(memo_id=memo.id)
            db.session.execute(of_memo, execution_options={"synchronize_session": False})
        year = calendar.local(now).year
        series = _series(f"memo-{year}")
        series.last += 1
        memo.content, memo.number, memo.state = content, f"{series.last}-{year}", MemoState.SENT
        memo.sent_at, memo.sent_by_id = now, actor.id
        for place, (leader, departments) in enumerate(people):
            # The sender need not confirm that he has read it.
            seen_at = now if leader.id == actor.id else None
            memo.readers.append(
                MemoReader(user_id=leader.id, place=place, post=leader.post, departments=departments, seen_at=seen_at)
            )
        changes["members"] = (0, len(ids))
        changes["to"] = (None, [leader.id for leader, _ in people])
        return memo


def readers_of(
    departments: set[int], people: tuple[Leader, ...], head_id: int | None = None
) -> list[tuple[Leader, list[int] | None]]:
    """Leaders who read a memo about these departments, each with those that concern him; None: all departments.
    `head_id`: «глава» of the day, possibly a deputy who acts for the head."""
    found: list[tuple[Leader, list[int] | None]] = []
    for leader in people:
        if leader.post in WHOLE or leader.id == head_id:
            found.append((leader, None))
        elif leader.post in LEADERS and (mine := sorted(leader.supervised & departments)):
            found.append((leader, mine))
    return found if any(departments is None for _, departments in found) else []


def mark_seen(memo_id: int, *, actor: User, now: datetime) -> None:
    """Note that the reader has read it; a second press changes nothing."""
    with transaction() as session:
        row = must_exist(session.get(MemoReader, (memo_id, actor.id), with_for_update=True), "Служебная записка")
        if row.seen_at is None:
            row.seen_at = now
            record("memo_seen", at=now, actor=actor, object_kind="memo", object_id=memo_id)


def discard(memo_id: int, version: int, *, actor: User, now: datetime) -> None:
    """Delete a draft of days that a person chose by mistake; a draft of the worker cannot be deleted."""
    with _draft("memo_discarded", memo_id, version, actor, now) as (memo, _):
        if memo.prepared_by_id is None:
            raise ServiceError("Эту записку подготовила программа за свой период: её не удаляют, а отправляют.")
        db.session.delete(memo)


def decide(memo_id: int, order: Order, *, said_by_id: int | None, actor: User, now: datetime) -> Instruction:
    """A reader's decision on the memo: an instruction or a measure; the curator may write it down for him. Raises
    MissingInput, NotYours."""
    with transaction() as session:
        memo = session.get(Memo, memo_id)
        if memo is None or memo.state is not MemoState.SENT:
            raise NotFound("Служебная записка")
        by = {row.user_id for row in memo.readers}
        if actor.id in by:
            said_by_id = None
        elif not actor.has(Role.CURATOR):
            raise NotYours("Решение по записке принимает тот, кому она направлена. Ничего не изменено.")
        elif said_by_id not in by:
            raise MissingInput("said_by_id", "Выберите, кто из руководителей так решил.")
        return instructions.give(order, actor=actor, now=now, memo_id=memo.id, said_by_id=said_by_id)


def _is_covered(last_day: date) -> bool:
    """Whether a memo ends on this day or later: it contains everything before it."""
    return db.session.scalar(select(Memo.id).where(Memo.last_day >= last_day).limit(1)) is not None


def _add(first: date, last: date, actor: User | None, now: datetime) -> Memo:
    memo = add_row(Memo(first_day=first, last_day=last, prepared_at=now, prepared_by_id=actor.id if actor else None))
    days: dict[str, Change] = {"first_day": (None, first.isoformat()), "last_day": (None, last.isoformat())}
    record("memo_prepared", at=now, actor=actor, about=memo, changes=days)
    return memo


@contextmanager
def _draft(
    action: str, memo_id: int, version: int, actor: User, now: datetime
) -> Iterator[tuple[Memo, dict[str, Change]]]:
    """Edit a draft in the version that the person saw, in one transaction."""
    with transaction() as session:
        _only_who_prepares(actor, now)
        memo = locked(Memo, memo_id, version, "Служебная записка")
        ServiceError.when(memo.state is MemoState.SENT, "Записка уже отправлена, она не меняется. Ничего не изменено.")
        changes: dict[str, Change] = {}
        with session.no_autoflush:
            yield memo, changes
        memo.version += 1
        record(
            action, at=now, actor=actor, object_kind="memo", object_id=memo_id, changes=changes,
            for_id=for_the_curator(actor),
        )  # fmt: skip


def moment_words(at: datetime) -> str:
    return f"{in_force().calendar.local(at):%d.%m.%Y %H:%M}"


def _only_who_prepares(actor: User, now: datetime) -> None:
    head = head_at(now)
    if not prepares(actor, heads=head is not None and head.id == actor.id):
        raise NotYours(
            "Служебную записку готовят и отправляют куратор, руководитель аппарата и глава. Ничего не изменено."
        )


def _series(name: str) -> NumberSeries:
    """The row of a number series, locked where the database has row locks."""
    db.session.execute(insert_into(NumberSeries).values(name=name, last=0).on_conflict_do_nothing())
    return db.session.scalars(select(NumberSeries).where(NumberSeries.name == name).with_for_update()).one()


# --- The memo as DOCX
KIND = "memo"


def document(values: Mapping[str, Any]) -> bytes:
    """The memo with these values (`osm.documents.sheet.FIELDS`). Raises ServiceError if the office's template fails."""
    try:
        return in_child.fill(template(), values, FIELDS, annex_of(values["undecided_rows"]))
    except ContentRefused as refused:
        raise ServiceError(f"Документ не сделан. {refused} Загрузите другой шаблон или верните прежний.") from refused


def template() -> bytes:
    """The office's template, else that of the program."""
    stored = stored_template()
    return stored.content if stored else (SHIPPED / "memo.docx").read_bytes()


def stored_template() -> DocumentTemplate | None:
    return db.session.get(DocumentTemplate, KIND)


def put_template(upload: Upload | None, *, actor: User, now: datetime) -> None:
    """Use this file as the template of memos. Raises MissingInput: no template, or it does more than show fields."""
    upload = need("template", upload, "Выберите файл DOCX.")
    try:
        in_child.check(upload.content, FIELDS, SAMPLE)
    except ContentRefused as refused:
        raise MissingInput("template", str(refused)) from refused
    values = {"filename": upload.filename[-200:], "content": upload.content, "put_at": now, "put_by_id": actor.id}
    with transaction() as session:
        _only_curator(actor)
        new = insert_into(DocumentTemplate).values(kind=KIND, **values)
        session.execute(new.on_conflict_do_update(index_elements=["kind"], set_=values))
        record("memo_template_put", at=now, actor=actor, object_kind="document_template")


def remove_template(*, actor: User, now: datetime) -> None:
    """Use the template of the program again; no change if it is in use."""
    with transaction() as session:
        _only_curator(actor)
        if session.execute(delete(DocumentTemplate).where(DocumentTemplate.kind == KIND)).rowcount:  # type: ignore[attr-defined]
            record("memo_template_removed", at=now, actor=actor, object_kind="document_template")


def _only_curator(actor: User) -> None:
    NotYours.when(not actor.has(Role.CURATOR), "Шаблон записки меняет куратор. Ничего не изменено.")
