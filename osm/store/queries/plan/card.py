"""One publication with its pages, versions and history."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from osm.extensions import db
from osm.networks.catalogue import longest_post
from osm.regulation.comment_words import OutboxState
from osm.regulation.plan.formats import BY_PROGRAM
from osm.regulation.plan.words import Format, PublicationState
from osm.store.models import (
    Account,
    Connection,
    ConnectionState,
    KraiTask,
    OutboxAction,
    Placement,
    Publication,
    PublicationVersion,
    Publishing,
    VersionDecision,
)


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A page of a publication. `own_text`: empty where it has none of its own."""

    id: int
    account_id: int
    title: str
    network: str
    own_text: str
    text: str
    url: str
    placed_at: datetime | None
    placed_by: str
    gone_at: datetime | None
    error: str
    is_by_program: bool
    """The program places it at its time; else a person is reminded."""
    may_try_again: bool
    """The program has left it to people, and can be told to try once more."""

    @property
    def stands(self) -> bool:
        return self.placed_at is not None

    @property
    def longest(self) -> int:
        return longest_post(self.network)

    @property
    def is_too_long(self) -> bool:
        return len(self.text) > self.longest


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo that goes out. `is_looked_at`: somebody has looked for faces and number plates."""

    id: int
    filename: str
    alt: str
    is_looked_at: bool


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version and what was said of it."""

    number: int
    text: str
    made_at: datetime
    made_by: str
    decision: VersionDecision | None
    decided_at: datetime | None
    decided_by: str
    remarks: str


@dataclass(frozen=True, slots=True)
class PublicationCard:
    """Everything that the card shows."""

    id: int
    version: int
    state: PublicationState
    title: str
    day: date
    at: datetime | None
    format: Format
    fields: dict[str, str]
    heading: str
    ground: str
    text: str
    late_minutes: int
    author: str
    created_at: datetime
    approver: str
    approved_at: datetime | None
    published_at: datetime | None
    reason: str
    places: tuple[PlaceRow, ...]
    versions: tuple[VersionRow, ...]
    photos: tuple[PhotoRow, ...]
    task_id: int | None
    """The task of the krai that it was made for."""

    @property
    def remarks(self) -> VersionRow | None:
        """Why it was returned last, while it is a draft again."""
        last = self.versions[-1] if self.versions else None
        was_returned = last is not None and last.decision is VersionDecision.RETURNED
        return last if was_returned and self.state is PublicationState.DRAFT else None

    @property
    def waiting_places(self) -> list[PlaceRow]:
        return [one for one in self.places if not one.stands]


def card(publication_id: int) -> PublicationCard | None:
    """The publication as it stands now."""
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
    return PublicationCard(
        row.id, row.version, row.state, row.title, row.day, row.at, row.format, dict(row.fields), row.heading,
        row.ground, row.text, row.late_minutes, row.author.name if row.author else "", row.created_at,
        row.approver.name if row.approver else "", row.approved_at, row.published_at, row.reason,
        tuple(_place(row, one, left) for one in sorted(row.placements, key=_in_order)),
        tuple(_version(one) for one in row.versions),
        tuple(PhotoRow(one.id, one.filename, one.alt, one.looked_at is not None) for one in row.photos),
        db.session.scalar(select(KraiTask.id).where(KraiTask.publication_id == row.id).limit(1)),
    )  # fmt: skip


def _by_program(row: Publication, one: Placement) -> bool:
    return row.format in BY_PROGRAM and posts_by_itself(one.account.connection)


def posts_by_itself(connection: Connection | None) -> bool:
    """Whether the program publishes on this page at all."""
    if connection is None or connection.publish is Publishing.HAND or "post" not in connection.can:
        return False
    return connection.state in (ConnectionState.WORKING, ConnectionState.FAILING)


def _in_order(one: Placement) -> tuple[str, str, int]:
    return one.account.network, one.account.title, one.account_id


def _left_to_people(row: Publication) -> frozenset[int]:
    """The pages that the program could try once more."""
    wanted = select(OutboxAction.placement_id).where(
        OutboxAction.placement_id.in_([one.id for one in row.placements]),
        (OutboxAction.state == OutboxState.FAILED)
        | ((OutboxAction.state == OutboxState.PENDING) & OutboxAction.for_person.is_(True)),
    )
    return frozenset(one for one in db.session.scalars(wanted) if one is not None)


def _place(row: Publication, one: Placement, left: Collection[int]) -> PlaceRow:
    placed_by = one.placed_by.name if one.placed_by else ""
    return PlaceRow(
        one.id, one.account_id, one.account.title, one.account.network, one.text or "", row.text_of(one), one.url,
        one.placed_at, placed_by, one.gone_at, one.error, _by_program(row, one), one.id in left,
    )  # fmt: skip


def _version(one: PublicationVersion) -> VersionRow:
    return VersionRow(
        one.number, one.text, one.made_at, one.made_by.name, one.decision, one.decided_at,
        one.decided_by.name if one.decided_by else "", one.remarks,
    )  # fmt: skip
