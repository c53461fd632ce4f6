"""Publications that the program posts at their time, and how they are written, approved and marked as placed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from osm.base.database import add_row, db
from osm.base.errors import NotFound, NotYours, ServiceError, must_exist
from osm.base.transaction import transaction
from osm.connectors.registry import looks_up
from osm.flow.acts.moving import one_line, plain
from osm.log.acts.record import record
from osm.models import Account, Emergency, EmergencyHold, OutboxAction, Placement, Publication, User
from osm.outbox.acts.orders import is_being_sent
from osm.plan import rules
from osm.plan.acts import texts
from osm.plan.queries.card import question_of
from osm.plan.queries.week import own_pages, pages
from osm.plan.rules import HELD, HELD_UNTIL, Format, PlanAct, PublicationState, kept_fields
from osm.regulation.blacklist import OutboxKind, OutboxState
from osm.regulation.errors import MissingInput, need, refuse
from osm.regulation.words import PRESS_CENTRE

# --- Posts that the program sends
CLOSED = "По реестру эту страницу сейчас не ведут. Снимите её с публикации или исправьте реестр."
TOO_LATE = "Опоздать можно было меньше: программа сама уже не выпустит. Назначьте новое время или разместите руками."


class PostBegun(ServiceError):
    """A network has already been asked to post it, so the post may exist."""

    words = "Публикация уже уходит в соцсеть, изменить её здесь нельзя. Дождитесь результата; ничего не изменено."


def is_too_late(row: Publication, now: datetime) -> bool:
    return rules.is_too_late(row.at, row.late_minutes, now)


def lock(ids: Collection[int], *, skip: bool = False) -> frozenset[int]:
    """Lock publications and return the ids that are locked now. People and the worker lock publications before their
    posts. `skip`: leave out rows that somebody else has locked."""
    wanted = select(Publication).where(Publication.id.in_(ids)).order_by(Publication.id)
    wanted = wanted.with_for_update(of=Publication, key_share=True, skip_locked=skip)
    return frozenset(one.id for one in db.session.scalars(wanted.execution_options(populate_existing=True)).unique())


def lock_of(action_ids: Collection[int], skip: bool = False) -> frozenset[int]:
    """Lock the publications of these posts; return the ids of the posts that are locked now."""
    if not action_ids:
        return frozenset()
    posts = select(OutboxAction.id, Placement.publication_id).join(Placement).where(OutboxAction.id.in_(action_ids))
    rows = db.session.execute(posts).all()
    held = lock({publication for _id, publication in rows}, skip=skip)
    return frozenset(action for action, publication in rows if publication in held)


def waiting_actions(row: Publication) -> list[OutboxAction]:
    """Return the unsettled posts of this publication, locked."""
    ids = [one.id for one in row.placements if one.id is not None]
    wanted = select(OutboxAction).where(
        OutboxAction.placement_id.in_(ids),
        OutboxAction.kind == OutboxKind.POST,
        OutboxAction.state.in_((OutboxState.PENDING, OutboxState.FAILED)),
    )
    return list(db.session.scalars(wanted.with_for_update(of=OutboxAction)).unique()) if ids else []


def withdraw(row: Publication, *, actor: User, now: datetime, placement_id: int | None = None) -> None:
    """Cancel all posts that have not gone out. `placement_id`: only on this page, because the person has placed it or
    left it out; then only a post being sent right now prevents it. Posts left to people are cancelled too. Raises
    PostBegun if a network has already been asked."""
    for action in waiting_actions(row):
        if placement_id not in (None, action.placement_id):
            continue
        if is_being_sent(action, now) or (placement_id is None and may_be_posted(action, now)):
            raise PostBegun
        action.state, action.settled_at, action.settled_by_id = OutboxState.CANCELLED, now, actor.id
        action.version += 1
    if placement_id is None:
        row.ordered_at = None
        for placement in row.placements:
            placement.error, placement.told_at = "", None


def may_be_posted(action: OutboxAction, now: datetime) -> bool:
    """Whether the network was asked and the result is not known yet."""
    is_tried = action.sent_at is not None and not action.for_person and action.state is OutboxState.PENDING
    return is_tried or is_being_sent(action, now)


def take_off_page(row: Publication, placement: Placement, *, actor: User, now: datetime) -> None:
    """Take it off this page; the row is kept, so the result of an earlier attempt is known. PostBegun."""
    withdraw(row, actor=actor, now=now, placement_id=placement.id)
    placement.left_out_at, placement.error = now, ""
    # Removed from the list, not deleted.
    set_committed_value(row, "placements", [one for one in row.placements if one is not placement])


def try_again(row: Publication) -> int:
    """Let the program post again what it had left to people, after a person has checked; return the number of posts."""
    actions = [one for one in waiting_actions(row) if one.for_person or one.state is OutboxState.FAILED]
    for action in actions:
        action.state, action.settled_at, action.settled_by_id = OutboxState.PENDING, None, None
        action.for_person, action.try_at, action.attempts = False, None, 0
        action.error, action.in_spite, action.version = "", True, action.version + 1
        if not looks_up(action.network):
            action.sent_at = None  # he has looked, where the program cannot
    ids = {one.placement_id for one in actions}
    for placement in row.placements:
        if placement.id in ids:
            placement.error = ""
    return len(actions)


def note_posted(action: OutboxAction, url: str, at: datetime, now: datetime) -> None:
    """Note that the post is on the network, unless this is noted already."""
    placement = action.placement
    if placement is None or placement.placed_at is not None:
        return
    row = placement.publication
    placement.url, placement.placed_at, placement.error = url[:1000], at, ""
    texts.join(placement, now)
    if row.state not in (PublicationState.SCHEDULED, PublicationState.APPROVED, PublicationState.FAILED):
        return
    with db.session.no_autoflush, texts.step_upon(row, PlanAct.PLACE, None, now) as step:
        step.changes["account_id"] = (None, placement.account_id)
        texts.settle(step)


def said_last(action: OutboxAction) -> str:
    """Return the last error of a post that was tried."""
    return f"Последняя попытка: {action.error}" if action.error else ""


def too_late(action: OutboxAction) -> str:
    return f"{TOO_LATE} {said_last(action)}".strip()


def unwanted(action: OutboxAction, now: datetime) -> str:
    """Why the post must not be sent, or empty. A post that is too late then waits for its author."""
    placement = action.placement
    row = placement.publication if placement else None
    if placement is None or row is None or placement.placed_at or placement.left_out_at:
        return "Публикация уже размещена или снята с этой страницы."
    if row.state not in (PublicationState.SCHEDULED, PublicationState.FAILED):
        return "Публикация больше не запланирована."
    if action.sent_at is not None or action.in_spite:
        return ""
    held = select(Emergency.id).join(EmergencyHold, EmergencyHold.emergency_id == Emergency.id)
    held = held.where(EmergencyHold.publication_id == row.id, Emergency.ended_at.is_(None)).limit(1)
    if db.session.scalar(held) is not None:
        return hold(row, [placement], now)
    is_late = row.state is PublicationState.SCHEDULED and is_too_late(row, now)
    closed = "" if placement.account_id in {page.id for page in pages()} else CLOSED
    if words := closed or question_of(row) or (too_late(action) if is_late else ""):
        fail(row, [placement], words, now)
    return words


def hold(row: Publication, places: list[Placement], now: datetime) -> str:
    """An emergency keeps it off these pages; why, in words."""
    words = HELD_UNTIL if row.state is PublicationState.SCHEDULED else HELD
    for placement in places:
        placement.error = words
    record("plan_hold", at=now, actor=None, clause=texts.CLAUSE, about=row)
    return words


def held_pages(row: Publication) -> list[Placement]:
    """On these it goes on when the emergency ends."""
    is_on = row.state is PublicationState.SCHEDULED
    return [one for one in row.placements if is_on and one.placed_at is None and one.error == HELD_UNTIL]


def go_on(row: Publication) -> None:
    """What is held is ordered once more, unless it is too late by now (`osm.plan.acts.posting`)."""
    for placement in held_pages(row):
        placement.error = ""
    row.ordered_at, row.version = None, row.version + 1


def fail(row: Publication, places: list[Placement], words: str, now: datetime) -> None:
    """Note that posting on these pages failed and the program will not try again; notify the author."""
    for placement in places:
        placement.error = words
    to = {"to_id": (None, row.author_id)}
    if row.state is PublicationState.SCHEDULED:
        with db.session.no_autoflush, texts.step_upon(row, PlanAct.FAIL, None, now) as step:
            step.changes |= to
        return
    record("plan_fail", at=now, actor=None, clause=texts.CLAUSE, changes=to, about=row)


# --- «Размещено»
_FORESEEN = timedelta(minutes=1)


def note_placed(
    publication_id: int, version: int, *, placement_id: int | None, url: str, placed_at: datetime | None,
    without_link: bool = False, actor: User, now: datetime,
) -> Publication:  # fmt: skip
    """Mark the publication as placed on this page. When it is placed on all pages, it is published. Raises MissingInput
    (`url`, `placed_at`) and ServiceError if it is placed there already."""
    with _placing(publication_id, version, placement_id, actor, now) as (step, placement):
        placement.url = "" if without_link and not url.strip() else texts.checked_link(url, placement)
        if placed_at is not None and placed_at > now + _FORESEEN:
            raise MissingInput("placed_at", "Это время ещё не наступило. Исправьте или оставьте поле пустым.")
        placement.placed_at, placement.placed_by, placement.error = placed_at or now, actor, ""
        texts.join(placement, now)
        step.changes["account_id"] = (None, placement.account_id)
    return step.row


def leave_out(
    publication_id: int, version: int, *, placement_id: int | None, actor: User, now: datetime
) -> Publication:
    """Take this page off the list. If the publication is placed on all others, it is published."""
    with _placing(publication_id, version, placement_id, actor, now) as (step, placement):
        if len(step.row.placements) == 1:
            raise ServiceError("Это единственная страница. Отмените публикацию, если она не нужна. Ничего не изменено.")
        take_off_page(step.row, placement, actor=actor, now=now)
        step.changes["account_id"] = (placement.account_id, None)
    return step.row


@contextmanager
def _placing(
    publication_id: int, version: int, placement_id: int | None, actor: User, now: datetime
) -> Iterator[tuple[texts.PlanStep, Placement]]:
    with texts.plan_step(PlanAct.PLACE, publication_id, version, actor=actor, now=now) as step:
        placement = next((one for one in step.row.placements if one.id == placement_id), None)
        if placement is None:
            raise NotFound("Страница публикации")
        if placement.placed_at is not None:
            raise ServiceError("Здесь публикация уже отмечена размещённой. Ничего не изменено.")
        withdraw(step.row, actor=actor, now=now, placement_id=placement.id)
        yield step, placement
        texts.settle(step)


# --- Ideas and texts
LONGEST_TEXT = 16_000  # the longest post of any network (VK)
UNWRITTEN = (PublicationState.IDEA, PublicationState.DRAFT)


@dataclass(frozen=True, slots=True)
class Written:
    """The content of the editor. `page_texts`: page → its text, if it differs from the main one."""

    title: str
    text: str = ""
    form: str = Format.TEXT
    fields: Mapping[str, str] = field(default_factory=dict)
    heading: str = ""
    ground: str = ""
    pages: Sequence[int] = ()
    page_texts: Mapping[int, str] = field(default_factory=dict)


def add_idea(title: str, day: date | None, *, actor: User, now: datetime) -> Publication:
    """Add an idea with a title and a day, for the pages of the administration."""
    _only_press(actor)
    title = one_line("title", "Идея", title, 200, missing="Напишите, о чём публикация.")
    day = texts.not_past("day", day, None, now)
    same = {"title": title, "day": day, "state": PublicationState.IDEA, "author_id": actor.id}
    with transaction() as session:
        before = session.scalar(select(Publication.id).filter_by(**same))
        refuse("title", before, "Эта идея на этот день уже записана. Второй раз она не записана.")
        row = Publication(title=title, day=day, author=actor, created_at=now)
        row.placements = [Placement(account_id=page.id) for page in own_pages()]
        return _added("plan_idea", row, actor, now)


def save(
    publication_id: int, version: int, written: Written, *, then: PlanAct | None = None, actor: User, now: datetime
) -> Publication:
    """Save the text as a draft, or as a correction of what was submitted or approved; `then` submits or approves it.
    Raises NotFound, StaleVersion, StepNotAllowed, MissingInput; then nothing is saved."""
    with texts.publication(publication_id, version) as row:
        with rewriting(row, actor, now):
            if row.state is PublicationState.DRAFT:
                withdraw(row, actor=actor, now=now)
            _write(row, written, actor, now)
        if then is not None and row.state in (*UNWRITTEN, PublicationState.SUBMITTED):
            with texts.step_upon(row, then, actor, now) as step:
                {PlanAct.SUBMIT: texts.submit, PlanAct.APPROVE: texts.approve_version}[then](step)
        texts.forget(row.id, actor=actor)
        return row


@contextmanager
def rewriting(row: Publication, actor: User, now: datetime) -> Iterator[None]:
    """A step that changes what goes out: a draft is written, what was submitted or approved is corrected. Raises
    PostBegun if the text may no longer be changed."""
    if any(one.sent_at is not None and one.state is OutboxState.PENDING for one in waiting_actions(row)):
        raise PostBegun
    act = PlanAct.WRITE if row.state in UNWRITTEN else PlanAct.CORRECT
    with texts.step_upon(row, act, actor, now) as step:
        yield
        if act is PlanAct.CORRECT:
            texts.correct(step)


def take_back(publication_id: int, version: int, *, actor: User, now: datetime) -> Publication:
    with texts.plan_step(PlanAct.TAKE_BACK, publication_id, version, actor=actor, now=now) as step:
        return step.row


def approve(publication_id: int, version: int, *, actor: User, now: datetime) -> Publication:
    with texts.plan_step(PlanAct.APPROVE, publication_id, version, actor=actor, now=now) as step:
        texts.approve_version(step)
        return step.row


def give_back(publication_id: int, version: int, *, remarks: str, actor: User, now: datetime) -> Publication:
    with texts.plan_step(PlanAct.RETURN, publication_id, version, actor=actor, now=now) as step:
        texts.give_back_version(step, remarks)
        return step.row


def copy(publication_id: int, day: date | None, *, actor: User, now: datetime) -> Publication:
    """Copy to another day at the same hour, not approved; the author is the person who copies."""
    _only_press(actor)
    day = texts.not_past("day", day, None, now)
    with transaction() as session:
        source = must_exist(session.get(Publication, publication_id), "Публикация")
        row = Publication(
            title=source.title, day=day, at=texts.instant_of(day, texts.local_time(source.at)), format=source.format,
            fields=dict(source.fields), heading=source.heading, ground=source.ground, text=source.text,
            late_minutes=source.late_minutes, author=actor, created_at=now,
            state=PublicationState.DRAFT if source.text else PublicationState.IDEA,
        )  # fmt: skip
        row.placements = [Placement(account_id=one.account_id, text=one.text) for one in source.placements]
        row.photos = [one.again() for one in source.photos]
        return _added("plan_copy", row, actor, now)


def _write(row: Publication, written: Written, actor: User, now: datetime) -> None:
    form = next((one for one in Format if one == written.form), None)
    form = need("format", form, "Выберите формат.")
    row.title = one_line("title", "О чём", written.title, 200, missing="Напишите, о чём публикация.")
    row.heading = one_line("heading", "Рубрика", written.heading, 80)
    row.ground = one_line("ground", "Основание", written.ground, 300)
    row.format, row.fields = form, kept_fields(form, written.fields)
    row.text = _text("text", written.text)
    _put_on_pages(row, written, actor, now)


def _put_on_pages(row: Publication, written: Written, actor: User, now: datetime) -> None:
    """Take off the pages that are no longer chosen, except those where it is placed already."""
    known = set(db.session.scalars(select(Account.id).where(Account.id.in_(written.pages))))
    here = {one.account_id: one for one in row.placements}
    for page, placement in here.items():
        if page not in known and placement.placed_at is None:
            take_off_page(row, placement, actor=actor, now=now)
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
    text = plain(typed).strip()
    if len(text) > LONGEST_TEXT:
        raise MissingInput(name, f"Больше {LONGEST_TEXT} знаков: столько не берёт ни одна соцсеть. Сократите.")
    return text


def _added(action: str, row: Publication, actor: User, now: datetime) -> Publication:
    add_row(row)
    changed = {"publication_state": (None, row.state)}
    record(action, at=now, actor=actor, clause=texts.CLAUSE, changes=changed, about=row)
    return row


def _only_press(actor: User) -> None:
    NotYours.when(actor.roles.isdisjoint(PRESS_CENTRE), "План ведёт пресс-центр. Ничего не записано.")
