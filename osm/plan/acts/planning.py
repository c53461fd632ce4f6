"""Days and hours of publications, posts found on pages, weekly headings (Пр.1.2.4)."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from osm.base.database import add_row, db
from osm.base.errors import NotYours, ServiceError
from osm.base.transaction import transaction
from osm.connectors.contract import Written
from osm.connectors.hearing import titled
from osm.flow.acts.moving import hold_out_others, locked, one_line, settle
from osm.log.acts.record import record
from osm.models import (
    Campaign,
    EmergencyHold,
    HeadingIdea,
    MemorableDay,
    OutboxAction,
    Placement,
    Publication,
    User,
    WeeklyHeading,
)
from osm.plan.acts import outgoing, texts
from osm.plan.acts.outgoing import LONGEST_TEXT, lock, note_posted, waiting_actions, withdraw
from osm.plan.queries.card import question_of
from osm.plan.queries.week import own_pages, pages
from osm.plan.rules import OPEN, Format, PlanAct, PublicationState, monday_of
from osm.regulation.blacklist import OutboxKind, OutboxState
from osm.regulation.errors import MissingInput, refuse
from osm.regulation.words import PRESS_CENTRE

# --- Days and hours
LATE_MINUTES = (0, 15, 60, 180, 1440)
"""Minutes that a post may be late after the server was off. 0: it always waits for its author."""
_USUAL_LATE = 60
UNDO = timedelta(seconds=60)  # «Опубликовать сейчас» can be undone for this long, before citizens see the post


def move(publication_id: int, version: int, day: date | None, *, actor: User, now: datetime) -> Publication:
    """Move to another day at the same hour. Raises MissingInput (`day`)."""
    with texts.plan_step(PlanAct.MOVE, publication_id, version, actor=actor, now=now) as step:
        row, before = step.row, step.row.day.isoformat()
        withdraw(row, actor=actor, now=now)
        _put(row, day, texts.local_time(row.at), now)
        step.changes["plan_day"] = (before, row.day.isoformat())
        return row


def set_time(
    publication_id: int, version: int, day: date | None, at: time | None, *, late_minutes: int | None = None,
    schedule: bool = False, at_once: bool = False, campaign_reason: str = "", actor: User, now: datetime,
) -> Publication:  # fmt: skip
    """Set day and hour. `schedule`: at that time the program posts it, or reminds a person to place it by hand.
    `at_once`: it goes out after UNDO, and day and hour are ignored. Raises MissingInput (`day`, `time`, `pages`)."""
    act = PlanAct.SCHEDULE if schedule else PlanAct.MOVE
    with texts.plan_step(act, publication_id, version, actor=actor, now=now) as step:
        row, before = step.row, (step.row.day.isoformat(), step.row.at)
        withdraw(row, actor=actor, now=now)
        if row.state is PublicationState.SCHEDULED:
            refuse("time", at is None and not at_once, "Укажите время: без него публикация не выйдет.")
            refuse("pages", not row.placements, "Сначала выберите страницы, на которых публикация выйдет.")
        if at_once:
            row.at = now + UNDO
            row.day = row.at.astimezone(texts.zone()).date()
        else:
            _put(row, day, at, now)
        if row.state is PublicationState.SCHEDULED:  # a person has decided, so an emergency no longer holds it
            db.session.execute(delete(EmergencyHold).where(EmergencyHold.publication_id == row.id))
            if question := question_of(row):
                row.campaign_reason = one_line("campaign_reason", "Причина", campaign_reason, 300, missing=question)
                step.changes["campaign_reason"] = ("", row.campaign_reason)
        row.late_minutes = late_minutes if late_minutes in LATE_MINUTES else _USUAL_LATE
        step.changes |= {"plan_day": (before[0], row.day.isoformat()), "plan_at": (before[1], row.at)}
        return row


def unschedule(publication_id: int, version: int, *, actor: User, now: datetime) -> Publication:
    """Take it off its time; it stays approved."""
    with texts.plan_step(PlanAct.UNSCHEDULE, publication_id, version, actor=actor, now=now) as step:
        withdraw(step.row, actor=actor, now=now)
        return step.row


def try_again(publication_id: int, version: int, *, actor: User, now: datetime) -> Publication:
    """Let the program post again what it had left to people. Raises ServiceError if there is no such post."""
    with texts.publication(publication_id, version) as row:
        NotYours.when(actor.roles.isdisjoint(PRESS_CENTRE), "План ведёт пресс-центр. Ничего не изменено.")
        if question := question_of(row):
            raise ServiceError(f"{question} Ничего не изменено.")
        ServiceError.when(not outgoing.try_again(row), "Программе здесь нечего повторять. Ничего не изменено.")
        settle("plan_try_again", row, {}, actor=actor, now=now)
        return row


def cancel(publication_id: int, version: int, *, reason: str, actor: User, now: datetime) -> Publication:
    with texts.plan_step(PlanAct.CANCEL, publication_id, version, actor=actor, now=now) as step:
        withdraw(step.row, actor=actor, now=now)
        step.row.reason = step.note = reason.strip()
        step.row.cancelled_at = now
        return step.row


def restore(publication_id: int, version: int, *, actor: User, now: datetime) -> Publication:
    with texts.plan_step(PlanAct.RESTORE, publication_id, version, actor=actor, now=now) as step:
        step.row.cancelled_at, step.row.reason = None, ""
        texts.forget_approval(step.row)
        return step.row


def shift(seen: Sequence[tuple[int, int]], days: int, *, actor: User, now: datetime) -> tuple[int, int]:
    """Move the publications by `days`; return how many moved and how many did not. `seen`: id and version as the person
    saw them. Those placed or changed since, and those that would fall into the past, do not move."""
    NotYours.when(actor.roles.isdisjoint(PRESS_CENTRE), "План ведёт пресс-центр. Ничего не перенесено.")
    moved = 0
    with transaction():
        wanted = db.select(Publication).where(Publication.id.in_([row_id for row_id, _ in seen]))
        rows = {row.id: row for row in db.session.scalars(wanted.order_by(Publication.id).with_for_update()).unique()}
        for row_id, version in seen:
            row = rows.get(row_id)
            if row is None or row.version != version or row.state not in OPEN:
                continue
            day = row.day + timedelta(days=days)
            at = texts.instant_of(day, texts.local_time(row.at))
            if _is_past(day, at, now) or waiting_actions(row):
                continue
            before = row.day.isoformat()
            with texts.step_upon(row, PlanAct.MOVE, actor, now) as step:
                withdraw(row, actor=actor, now=now)
                row.day, row.at = day, at
                step.changes["plan_day"] = (before, day.isoformat())
            moved += 1
    return moved, len(seen) - moved


def _put(row: Publication, day: date | None, at: time | None, now: datetime) -> None:
    row_field, instant = "day" if row.at and texts.local_time(row.at) == at else "time", texts.instant_of(day, at)
    row.day, row.at = texts.not_past(row_field, day, instant, now), instant


def _is_past(day: date, at: datetime | None, now: datetime) -> bool:
    try:
        texts.not_past("day", day, at, now)
    except MissingInput:
        return True
    return False


# --- Posts on a page that are not from the plan
_FORMATS = {"poll": Format.POLL, "video": Format.VIDEO, "photo": Format.PHOTO}


def enter(account_id: int, posts: Sequence[Written], *, all_since: datetime | None, now: datetime) -> int:
    """Enter the posts found on this page and return how many were new. Runs in the caller's transaction, which has
    locked the page. `all_since`: the posts are complete since then; None if the network does not say so."""
    under_way = _under_way(account_id)  # locks their publications before reading
    of_page = select(Placement).where(Placement.account_id == account_id).options(joinedload(Placement.publication))
    here = db.session.scalars(of_page).unique().all()
    known = {texts.post_key(one.url): one for one in here if one.url}
    strangers = {texts.post_key(one.url) for one in here if one.url and one.publication.state is PublicationState.FOUND}
    new = 0
    for post in posts:
        placement = known.get(texts.post_key(post.url)) or _without_link(here, post)
        if placement is None:
            action = next((one for one in under_way if _may_be(one, post)), None)
            if action is not None:
                _settle_found(action, post, now)
                continue
            placement = _entered(account_id, post, now)
            new += 1
        placement.url, placement.posted_at, placement.gone_at = placement.url or post.url, post.at, None
    if all_since is not None:
        _gone(known.values(), {texts.post_key(post.url) for post in posts}, all_since, now)
    for one in here:
        is_planned = one.publication.state is not PublicationState.FOUND
        if is_planned and texts.post_key(one.url) in strangers:
            texts.join(one, now)  # noted by a person while the page was being read
    return new


def _entered(account_id: int, post: Written, now: datetime) -> Placement:
    """Make a publication without an author; no step leads on from its state."""
    text = post.text.replace("\0", "").strip()[:LONGEST_TEXT]
    form = next((form for kind, form in _FORMATS.items() if kind in post.holds), Format.TEXT)
    row = Publication(
        state=PublicationState.FOUND, title=titled(text) or "Запись без текста", text=text, format=form,
        day=post.at.astimezone(texts.zone()).date(), at=post.at, created_at=now,
    )  # fmt: skip
    placement = Placement(account_id=account_id, url=post.url, placed_at=post.at)
    row.placements.append(placement)
    add_row(row)
    texts.note("plan_found", row.id, now)
    return placement


def _gone(placements: Iterable[Placement], seen: Collection[str], all_since: datetime, now: datetime) -> None:
    """Mark posts that were seen on the page before and are missing now as deleted."""
    for one in placements:
        was_there = one.posted_at is not None and one.posted_at >= all_since and one.gone_at is None
        if was_there and texts.post_key(one.url) not in seen:
            one.gone_at = now
            texts.note("plan_gone", one.publication_id, now)


def _under_way(account_id: int) -> Sequence[OutboxAction]:
    """Return posts that the program may have placed without knowing; their publications are locked."""
    query = (
        select(OutboxAction)
        .join(Placement, Placement.id == OutboxAction.placement_id)
        .where(
            OutboxAction.kind == OutboxKind.POST,
            OutboxAction.sent_at.is_not(None),
            Placement.account_id == account_id,
            Placement.placed_at.is_(None),
            Placement.left_out_at.is_(None),
        )
    )
    found = db.session.scalars(query).unique().all()
    lock({one.placement.publication_id for one in found if one.placement})
    return db.session.scalars(query.execution_options(populate_existing=True)).unique().all() if found else ()


def _may_be(action: OutboxAction, post: Written) -> bool:
    """Whether the texts are the same; while the network is still being asked, any text matches."""
    placement = action.placement
    if placement is None or action.sent_at is None or post.at < action.sent_at - texts.NEAR:
        return False
    is_asked_now = action.state is OutboxState.PENDING and action.leased_until is not None
    return is_asked_now or texts.plain(placement.publication.text_of(placement)) == texts.plain(post.text)


def _settle_found(action: OutboxAction, post: Written, now: datetime) -> None:
    """Settle a post that was left to a person because nothing was known of it. The others are settled by the outbox."""
    if action.state is OutboxState.PENDING and action.for_person:
        action.state, action.settled_at, action.error, action.url = OutboxState.DONE, now, "", post.url[:1000]
        action.version += 1
        note_posted(action, post.url, post.at, now)


def _without_link(here: Sequence[Placement], post: Written) -> Placement | None:
    for one in here:
        is_near = one.placed_at is not None and not one.url and abs(one.placed_at - post.at) <= texts.NEAR
        if is_near and texts.is_alike(one.publication.text_of(one), post.text):
            return one
    return None


# --- Lists kept by the press centre
Row = TypeVar("Row", WeeklyHeading, MemorableDay, Campaign)
Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class KeptList(Generic[Row, Given]):
    """A short list of the plan. `acts`: prefix of its acts in the log; `what`, `whose`: words for people. `fill` copies
    the given values into the row and may raise MissingInput."""

    model: type[Row]
    acts: str
    what: str
    whose: str
    fill: Callable[[Row, Given], None]

    def add(self, given: Given, *, actor: User, now: datetime) -> Row:
        """Raises NotYours, MissingInput; ServiceError if the list has this very row."""
        self.check(actor)
        typed: Any = SimpleNamespace()
        self.fill(typed, given)
        with transaction() as session:
            rows = session.scalars(select(self.model)).all()
            is_there = any(all(getattr(row, name) == value for name, value in vars(typed).items()) for row in rows)
            ServiceError.when(is_there, f"{self.what} уже записана. Второй раз она не записана.")
            row = add_row(self.model(**vars(typed), made_by=actor, made_at=now))
            record(f"{self.acts}_added", at=now, actor=actor, about=row)
            return row

    def change(self, row_id: int, version: int, given: Given, *, actor: User, now: datetime) -> Row:
        """Raises NotYours, NotFound, StaleVersion, MissingInput."""
        self.check(actor)
        with transaction() as session:
            row = locked(self.model, row_id, version, self.what)
            with session.no_autoflush:
                self.fill(row, given)
            settle(f"{self.acts}_changed", row, {}, actor=actor, now=now)
            return row

    def remove(self, row_id: int, version: int, *, actor: User, now: datetime) -> None:
        """Delete the row; publications made from it stay. Raises NotYours, NotFound, StaleVersion."""
        self.check(actor)
        with transaction() as session:
            row = locked(self.model, row_id, version, self.what)
            record(f"{self.acts}_removed", at=now, actor=actor, about=row)
            session.delete(row)

    def check(self, actor: User) -> None:
        """Raise NotYours if this person does not keep the list."""
        NotYours.when(actor.roles.isdisjoint(PRESS_CENTRE), f"{self.whose} ведёт пресс-центр. Ничего не изменено.")


# --- Weekly headings
@dataclass(frozen=True, slots=True)
class HeadingGiven:
    """A heading as the form gives it. `weekday`: 0 is Monday; an empty `pages` means all."""

    name: str
    weekday: int | None
    at: time | None
    pages: Collection[int]


def next_monday(now: datetime) -> date:
    return monday_of(now.astimezone(texts.zone()).date()) + timedelta(days=7)


def make_ideas(*, actor: User, now: datetime) -> int:
    """Make next week's ideas for each heading that has none for that week; return how many."""
    HEADINGS.check(actor)
    monday = next_monday(now)
    with transaction() as session:
        hold_out_others("heading_idea")
        made = select(HeadingIdea.heading_id).where(HeadingIdea.monday == monday)
        left = session.scalars(
            select(WeeklyHeading).where(WeeklyHeading.id.not_in(made)).order_by(WeeklyHeading.weekday, WeeklyHeading.id)
        ).all()
        for heading in left:
            row = _idea(heading, monday, actor, now)
            add_row(row)
            session.add(HeadingIdea(heading_id=heading.id, monday=monday, publication_id=row.id))
            record("plan_idea", at=now, actor=actor, clause=texts.CLAUSE, about=row)
        return len(left)


def _idea(heading: WeeklyHeading, monday: date, actor: User, now: datetime) -> Publication:
    day = monday + timedelta(days=heading.weekday)
    at = None if heading.minute is None else time(*divmod(heading.minute, 60))
    row = Publication(
        title=heading.name, heading=heading.name, day=day, at=texts.instant_of(day, at), author=actor, created_at=now
    )
    meant = [page for page in pages() if page.id in heading.pages] if heading.pages else own_pages()
    row.placements = [Placement(account_id=page.id) for page in meant]
    return row


def _fill_heading(row: WeeklyHeading, given: HeadingGiven) -> None:
    row.name = one_line("name", "Рубрика", given.name, 80, missing="Напишите название рубрики.")
    if given.weekday is None or not 0 <= given.weekday <= 6:
        raise MissingInput("weekday", "Выберите день недели.")
    row.weekday = given.weekday
    row.minute = None if given.at is None else given.at.hour * 60 + given.at.minute
    row.pages = sorted(set(given.pages) & {page.id for page in pages(closed=True)})


HEADINGS = KeptList(WeeklyHeading, "heading", "Рубрика", "Рубрики", _fill_heading)
