"""A publication for its card, and the lists of headings, dates, news, tasks and campaigns."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from moderation.text.morph import morph
from osm.base.database import db
from osm.base.types import OfRow
from osm.models import (
    Account,
    Campaign,
    Connection,
    ConnectionState,
    DepartmentNews,
    HeadingIdea,
    KraiTask,
    MemorableDay,
    NewsState,
    OutboxAction,
    Placement,
    PlanPhoto,
    PlanText,
    Publication,
    PublicationVersion,
    Publishing,
    User,
    VersionDecision,
    WeeklyHeading,
)
from osm.networks.catalogue import longest_post
from osm.plan.queries.week import PageName, pages
from osm.plan.rules import BY_PROGRAM, Memorable, PublicationState, between, known_days
from osm.regulation.blacklist import OutboxState


# --- The card
@dataclass(frozen=True, slots=True)
class PlaceRow(OfRow):
    """A page of a publication. `text`: its own or the main one."""

    row: Placement
    title: str
    label: str  # no other page has it
    network: str
    text: str
    placed_by: str
    is_by_program: bool  # the program posts here at its time; otherwise a person is reminded
    may_try_again: bool  # the program has left it to people and may be asked to try again

    @property
    def is_placed(self) -> bool:
        return self.row.placed_at is not None

    @property
    def waits_for_hand(self) -> bool:
        """A person places it here: the program does not, or has failed."""
        return not self.is_placed and (not self.is_by_program or bool(self.row.error))

    @property
    def longest(self) -> int:
        return longest_post(self.network)

    @property
    def is_too_long(self) -> bool:
        return len(self.text) > self.longest


@dataclass(frozen=True, slots=True)
class PublicationCard:
    row: Publication
    places: tuple[PlaceRow, ...]
    task_id: int | None  # the task of the krai it belongs to
    pages: tuple[PageName, ...]  # all open pages

    @property
    def remarks(self) -> PublicationVersion | None:
        """The last returned version while the publication is a draft again."""
        last = self.row.versions[-1] if self.row.versions else None
        was_returned = last is not None and last.decision is VersionDecision.RETURNED
        return last if was_returned and self.row.state is PublicationState.DRAFT else None

    @property
    def waiting_places(self) -> list[PlaceRow]:
        return [one for one in self.places if not one.is_placed]


def card(publication_id: int) -> PublicationCard | None:
    row = db.session.get(
        Publication,
        publication_id,
        options=[
            joinedload(Publication.author),
            joinedload(Publication.approver),
            selectinload(Publication.placements).options(
                joinedload(Placement.account).joinedload(Account.connection), joinedload(Placement.placed_by)
            ),
            selectinload(Publication.versions).options(
                joinedload(PublicationVersion.made_by), joinedload(PublicationVersion.decided_by)
            ),
        ],
    )
    if row is None:
        return None
    left = _left_to_people(row)
    known = pages(closed=True)
    names = {one.id: one for one in known}
    places = tuple(_place(row, one, names[one.account_id], left) for one in sorted(row.placements, key=_in_order))
    task_id = db.session.scalar(select(KraiTask.id).where(KraiTask.publication_id == row.id).limit(1))
    return PublicationCard(row, places, task_id, tuple(one for one in known if not one.is_closed))


def posts_by_itself(connection: Connection | None) -> bool:
    if connection is None or connection.publish is Publishing.HAND or "post" not in connection.can:
        return False
    return connection.state in (ConnectionState.WORKING, ConnectionState.FAILING)


def _in_order(one: Placement) -> tuple[str, str, int]:
    return one.account.network, one.account.title, one.account_id


def _left_to_people(row: Publication) -> frozenset[int]:
    """Ids of pages where the program may try again."""
    wanted = select(OutboxAction.placement_id).where(
        OutboxAction.placement_id.in_([one.id for one in row.placements]),
        (OutboxAction.state == OutboxState.FAILED)
        | ((OutboxAction.state == OutboxState.PENDING) & OutboxAction.for_person.is_(True)),
    )
    return frozenset(one for one in db.session.scalars(wanted) if one is not None)


def _place(row: Publication, one: Placement, page: PageName, left: Collection[int]) -> PlaceRow:
    placed_by = one.placed_by.name if one.placed_by else ""
    by_program = row.format in BY_PROGRAM and posts_by_itself(one.account.connection)
    return PlaceRow(
        one, title=page.title, label=page.label, network=page.network, text=row.text_of(one), placed_by=placed_by,
        is_by_program=by_program, may_try_again=one.id in left,
    )  # fmt: skip


# --- Text being typed
def typed_by(user_id: int, publication_id: int) -> PlanText | None:
    mine = (PlanText.publication_id == publication_id, PlanText.user_id == user_id)
    return db.session.scalars(select(PlanText).where(*mine)).one_or_none()


# --- Links of the posts
def links_of(publication_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
    """Publication id → links of its posts, by network and page title; publications without links are missing."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = db.session.execute(
        select(Placement.publication_id, Placement.url)
        .join(Account, Account.id == Placement.account_id)
        .where(Placement.publication_id.in_(publication_ids), Placement.url != "")
        .order_by(Account.network, Account.title, Account.id)
    )
    for publication_id, url in rows:
        found[publication_id].append(url)
    return found


# --- Weekly headings
def weekly() -> Sequence[WeeklyHeading]:
    order = (WeeklyHeading.weekday, WeeklyHeading.minute, WeeklyHeading.id)
    return db.session.scalars(select(WeeklyHeading).order_by(*order)).all()


def made_of(monday: date) -> Mapping[int, int | None]:
    rows = db.session.execute(
        select(HeadingIdea.heading_id, HeadingIdea.publication_id).where(HeadingIdea.monday == monday)
    )
    return dict(rows.all())


# --- Memorable dates
def names_of(first: date, last: date) -> Mapping[date, Sequence[str]]:
    """Date → names of the day, both dates included; the office's own dates come first."""
    rows = db.session.scalars(
        select(MemorableDay)
        .where(or_(MemorableDay.every_year, MemorableDay.day.between(first, last)))
        .order_by(MemorableDay.id)
    ).all()
    silent = db.session.execute(
        select(Campaign.silent_on, Campaign.title).where(Campaign.silent_on.between(first, last))
    )
    yearly = [Memorable(row.title, row.day.month, row.day.day) for row in rows if row.every_year]
    once = [(row.day, row.title) for row in rows if not row.every_year]
    found: dict[date, list[str]] = defaultdict(list)
    quiet = [(day, f"День тишины: {title}") for day, title in silent if day]
    for day, name in [*quiet, *once, *between(first, last, yearly), *between(first, last, known_days())]:
        if name not in found[day]:
            found[day].append(name)
    return found


def own() -> Sequence[MemorableDay]:
    rows = db.session.scalars(select(MemorableDay)).all()
    return sorted(rows, key=lambda row: (row.day.month, row.day.day, row.title))


# --- News and tasks of the krai
SHOWN = 50


def listed(author_id: int | None = None) -> Sequence[DepartmentNews]:
    """Waiting news first, then the latest. `author_id`: of this author only."""
    wanted = select(DepartmentNews).options(
        joinedload(DepartmentNews.author).joinedload(User.department),
        joinedload(DepartmentNews.decided_by),
        selectinload(DepartmentNews.photos),
        selectinload(DepartmentNews.publication).selectinload(Publication.placements).joinedload(Placement.account),
    )
    if author_id is not None:
        wanted = wanted.where(DepartmentNews.author_id == author_id)
    waiting_first = DepartmentNews.state != NewsState.OFFERED
    return db.session.scalars(wanted.order_by(waiting_first, DepartmentNews.id.desc()).limit(SHOWN)).unique().all()


def one(news_id: int) -> DepartmentNews | None:
    return db.session.get(DepartmentNews, news_id)


def photo(photo_id: int) -> tuple[PlanPhoto, int | None] | None:
    """Return a photo and, if it belongs to offered news, the id of the news's author."""
    row = db.session.get(PlanPhoto, photo_id)
    if row is None:
        return None
    author = select(DepartmentNews.author_id).where(DepartmentNews.id == row.news_id)
    return row, db.session.scalar(author) if row.news_id else None


def tasks() -> Sequence[KraiTask]:
    """Tasks to report first, by deadline; then the latest."""
    wanted = select(KraiTask).options(joinedload(KraiTask.publication).selectinload(Publication.placements))
    is_open = case((KraiTask.reported_at.is_(None), KraiTask.due_at))
    order = (KraiTask.reported_at.is_not(None), is_open, KraiTask.due_at.desc(), KraiTask.id)
    return db.session.scalars(wanted.order_by(*order).limit(SHOWN)).unique().all()


def task(task_id: int) -> KraiTask | None:
    return db.session.get(KraiTask, task_id)


# --- Counts of what waits for a person
def _by_hand() -> tuple[ColumnElement[bool], ...]:
    """Conditions: the time has come, it is not placed, and no post is ordered for it."""
    ordered = (
        exists()
        .where(OutboxAction.placement_id == Placement.id, OutboxAction.state == OutboxState.PENDING)
        .correlate(Placement)
    )
    waits = and_(Placement.placed_at.is_(None), Placement.left_out_at.is_(None))
    open_place = exists().where(Placement.publication_id == Publication.id, waits, ~ordered)
    return (
        Publication.state == PublicationState.SCHEDULED,
        Publication.ordered_at.is_not(None),
        open_place.correlate(Publication),
    )


_TO_DO = or_(Publication.state == PublicationState.FAILED, and_(*_by_hand()))
_TO_APPROVE = Publication.state == PublicationState.SUBMITTED
PUBLICATIONS = select(func.count()).select_from(Publication).where(_TO_DO).scalar_subquery()
"""Failed, or due to be placed by hand."""
PUBLICATIONS_OF_CURATOR = select(func.count()).select_from(Publication).where(_TO_DO | _TO_APPROVE).scalar_subquery()
"""With those to be approved."""
NEWS = select(func.count()).where(DepartmentNews.state == NewsState.OFFERED).scalar_subquery()
TASKS = select(func.count()).where(KraiTask.reported_at.is_(None)).scalar_subquery()
"""News that are offered, tasks to report."""


# --- Campaigns of elections
_CAPITALISED = re.compile(r"[А-ЯЁ][а-яёА-ЯЁ-]+")
"""A surname begins with a capital letter: «Мороз» may be one, «мороз» is none."""


def candidates_of(typed: str) -> list[str]:
    """One name a line, without empty lines and doubles."""
    return list(dict.fromkeys(" ".join(line.split()) for line in typed.splitlines() if line.strip()))


def named(text: str, names: Iterable[str]) -> str:
    """The first of these names, surname first, whose surname the text has; empty if it has none."""
    found = {form for word in _CAPITALISED.findall(text) for form in _forms(word)}
    return next((name for name in names if _forms(name.split()[0]) & found), "")


def _forms(word: str) -> set[str]:
    return {word.lower().replace("ё", "е"), *morph(word.lower()).lemmas}


def campaigns_listed() -> Sequence[Campaign]:
    """The latest first."""
    return db.session.scalars(select(Campaign).order_by(Campaign.first_day.desc(), Campaign.id)).all()


def question_of(row: Publication) -> str:
    """What a person has to decide before it goes out; empty if it names nobody or somebody has decided."""
    if row.campaign_reason:
        return ""
    texts = "\n".join([row.text, *(one.text or "" for one in row.placements), *row.fields.values()])
    running = select(Campaign).where(Campaign.first_day <= row.day, Campaign.last_day >= row.day)
    for campaign in db.session.scalars(running.order_by(Campaign.id)):
        if name := named(texts, campaign.candidates.splitlines()):
            until = f"«{campaign.title}», по {campaign.last_day:%d.%m.%Y}"
            return f"Назван кандидат: {name} ({until}). Если публикация нужна, назначьте время и напишите почему."
    return ""
