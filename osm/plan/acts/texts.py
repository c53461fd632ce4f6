"""Versions of a publication: made on submission, approved or returned with remarks, as those of answers are."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import delete, select

from osm.answers.acts.drafting import instant_of_saving
from osm.answers.acts.drafting import plain as acts_plain
from osm.extensions import db
from osm.flow.acts.edits import locked
from osm.likeness.copies import fold, likeness
from osm.log.acts.record import Change, record
from osm.networks.addresses import one_spelling
from osm.plan.queries.card import typed_by
from osm.plan.rules.week import next_state
from osm.plan.rules.words import Format, PlanAct, PublicationState, check_whole
from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.errors import NotFound, NotYours
from osm.settings import Settings
from osm.store.models import Placement, PlanText, Publication, PublicationVersion, User, VersionDecision
from osm.store.transaction import transaction

# --- One act upon one publication
CLAUSE = "Пр.1.2.4"
SYSTEM = frozenset({Role.SYSTEM})


@dataclass
class PlanStep:
    """What a use case works with; `row.state` has its new value already unless the table keeps it."""

    row: Publication
    act: PlanAct
    actor: User | None
    now: datetime
    before: PublicationState
    changes: dict[str, Change] = field(default_factory=dict)
    note: str = ""


@contextmanager
def publication(publication_id: int, version: int) -> Iterator[Publication]:
    """The row under the version that the person saw, in one transaction. Raises NotFound, StaleVersion."""
    with transaction() as session:
        row = locked(Publication, publication_id, version, "Публикация")
        with session.no_autoflush:
            yield row


@contextmanager
def step_upon(row: Publication, act: PlanAct, actor: User | None, now: datetime) -> Iterator[PlanStep]:
    """One step upon a row that the caller has locked; `row.state` is the new one already. Raises StepNotAllowed."""
    before = row.state
    row.state = next_state(before, act, actor.roles if actor else SYSTEM)
    step = PlanStep(row, act, actor, now, before)
    yield step
    _finish(step)


@contextmanager
def plan_step(act: PlanAct, publication_id: int, version: int, *, actor: User, now: datetime) -> Iterator[PlanStep]:
    """Both of the above."""
    with publication(publication_id, version) as row, step_upon(row, act, actor, now) as step:
        yield step


def _finish(step: PlanStep) -> None:
    """The version rises and the act stands in the log."""
    row = step.row
    row.version += 1
    changes = {
        "publication_state": (step.before, row.state),
        **step.changes,
        "version": (row.version - 1, row.version),
    }
    record(
        f"plan_{step.act}", at=step.now, actor=step.actor, clause=CLAUSE, changes=changes, note=step.note,
        object_kind="publication", object_id=row.id,
    )  # fmt: skip


def zone() -> ZoneInfo:
    """The zone in which the days of the plan are."""
    settings: Settings = current_app.extensions["osm_settings"]
    return settings.time_zone


def local_time(instant: datetime | None) -> time | None:
    """The hour of the plan's day."""
    return instant.astimezone(zone()).time() if instant else None


def instant_of(day: date, at: time | None) -> datetime | None:
    """That hour of that day."""
    return datetime.combine(day, at, zone()) if at else None


def not_past(field_name: str, day: date, at: datetime | None, now: datetime) -> None:
    """A publication cannot be put into the past. Raises MissingInput."""
    if day < now.astimezone(zone()).date():
        raise MissingInput(field_name, "Этот день уже прошёл. Выберите сегодняшний или более поздний.")
    if at is not None and at <= now:
        raise MissingInput(field_name, "Это время уже прошло. Выберите более позднее.")


# --- When a publication stands on all its pages, whoever has placed it
def settle(step: PlanStep) -> None:
    """Published as soon as it stands on all its pages; until then nothing changes. Its day is then the real one."""
    row = step.row
    instants = [one.placed_at for one in row.placements]
    standing = [at for at in instants if at is not None]
    if len(standing) < len(instants):
        row.state = step.before
    elif row.state is PublicationState.PUBLISHED:
        row.published_at, row.at = max(standing), min(standing)
        row.day = row.at.astimezone(zone()).date()


# --- Versions of a publication
TEXTLESS = frozenset({Format.VIDEO, Format.CARD, Format.LIVE})
"""These may go out without a word of text."""


def submit(step: PlanStep) -> None:
    """The text becomes a version that waits for the curator. Raises MissingInput."""
    _make(step)


def approve_version(step: PlanStep) -> None:
    """The version that waits, or what the curator has just written. Raises MissingInput.

    What becomes approved is checked now: a version of before may have lost its photos or its questions since.
    """
    waits = step.row.versions[-1] if step.before is PublicationState.SUBMITTED else None
    if waits is not None and _is_of(waits, step.row):
        version = waits
        _check(step.row)
    else:
        version = _make(step)
    _log_text(step, version)
    _decide(version, VersionDecision.APPROVED, step)
    step.row.approver, step.row.approved_at = step.actor, step.now


def give_back_version(step: PlanStep, remarks: str) -> None:
    """Raises MissingInput: a return without remarks helps nobody."""
    if not remarks.strip():
        raise MissingInput("remarks", "Напишите, что исправить.")
    version = step.row.versions[-1]
    version.remarks = step.note = remarks.strip()
    _decide(version, VersionDecision.RETURNED, step)
    step.changes["to_id"] = (None, version.made_by_id)


def correct(step: PlanStep) -> None:
    """After the text of a submitted or approved publication was changed: see `osm.plan.rules.week`."""
    if step.row.state is not step.before:
        forget_approval(step.row)
    elif step.row.approved_at is not None:
        approve_version(step)
    else:
        _make(step)


def forget_approval(row: Publication) -> None:
    """It has to be approved anew."""
    row.approver, row.approved_at = None, None


def _check(row: Publication) -> None:
    """What may be submitted and approved: a text for every page, and what its format cannot do without."""
    texts = [row.text_of(placement) for placement in row.placements] or [row.text]
    if row.format not in TEXTLESS and not all(texts):
        raise MissingInput("text", "Текста ещё нет. Напишите, что выйдет.")
    check_whole(row.format, row.fields, has_photos=bool(row.photos))


def _make(step: PlanStep) -> PublicationVersion:
    row = step.row
    _check(row)
    author: User | None = step.actor
    assert author is not None  # only people submit and approve
    version = PublicationVersion(
        number=len(row.versions) + 1, title=row.title, text=row.text, page_texts=_own_texts(row), made_at=step.now,
        made_by_id=author.id, salt=secrets.token_hex(16),
    )  # fmt: skip
    row.versions.append(version)
    _log_text(step, version)
    return version


def _log_text(step: PlanStep, version: PublicationVersion) -> None:
    """The log keeps the digest of what was submitted or approved; an older version has no salt and no digest."""
    if version.salt:
        step.changes["text_number"], step.changes["text_digest"] = (None, version.number), (None, version.digest)


def _own_texts(row: Publication) -> dict[str, str]:
    return {str(one.account_id): one.text for one in row.placements if one.text is not None}


def _is_of(version: PublicationVersion, row: Publication) -> bool:
    return version.text == row.text and version.page_texts == _own_texts(row)


def _decide(version: PublicationVersion, decision: VersionDecision, step: PlanStep) -> None:
    at: datetime = step.now
    version.decision, version.decided_at, version.decided_by = decision, at, step.actor


# --- What is being typed in the editor of the plan
LONGEST = 200_000
"""Characters of all fields together; more is a pasted file."""
Fields = Mapping[str, Sequence[str]]


def keep(publication_id: int, fields: Fields, *, seen_at: datetime | None, actor: User, now: datetime) -> PlanText:
    """`seen_at`: when what stands on this screen was last saved, None if it never was.

    Raises TextChangedElsewhere where another window saved something else since; nothing is written over.
    """
    if actor.roles.isdisjoint(PRESS_CENTRE):
        raise NotYours("План ведёт пресс-центр. Ничего не записано.")
    plainly = {name: [acts_plain(value) for value in values] for name, values in sorted(fields.items())}
    text = json.dumps(plainly, ensure_ascii=False)
    if len(text) > LONGEST:
        raise MissingInput("text", "Столько текста не сохранить. Сократите: он остаётся на экране.")
    with transaction() as session:
        # Two windows of one person take turns: both would add the first row otherwise.
        if session.get(Publication, publication_id, with_for_update={"key_share": True, "of": Publication}) is None:
            raise NotFound("Публикация")
        row = typed_by(actor.id, publication_id)
        if row is None:
            row = PlanText(publication_id=publication_id, user_id=actor.id)
            session.add(row)
        else:
            now = instant_of_saving(row, text, seen_at, now)
        row.text, row.saved_at = text, now
        return row


def forget(publication_id: int, *, actor: User) -> None:
    """It has been saved, or is not wanted."""
    with transaction() as session:
        mine = (PlanText.publication_id == publication_id, PlanText.user_id == actor.id)
        session.execute(delete(PlanText).where(*mine))


def fields_of(row: PlanText) -> dict[str, list[str]]:
    """What was typed, as the form brought it."""
    found: dict[str, list[str]] = json.loads(row.text)
    return found


# --- A post on a page and a publication of the plan that are one thing, known by the address or the words (Пр.2.2)
NEAR = timedelta(hours=12)
"""A post of the same words that is away by more is another one; no clock is wrong by that."""
_TOPIC = re.compile(r"https://ok\.ru/.*/topic/(\d+)")
"""A group of OK has an address by its number and one by its name."""


def join(placement: Placement, now: datetime) -> None:
    """What had been found on the page is this publication: it is counted once. In the caller's transaction."""
    others = select(Placement).join(Publication, Publication.id == Placement.publication_id)
    others = others.where(Placement.account_id == placement.account_id, Publication.state == PublicationState.FOUND)
    for other in db.session.scalars(others).unique().all():
        is_same = which(other.url) == which(placement.url) if placement.url else _says(placement, other)
        if is_same:
            placement.url, placement.posted_at = placement.url or other.url, other.posted_at
            placement.gone_at = other.gone_at
            note("plan_join", placement.publication_id, now)
            db.session.delete(other.publication)


def which(url: str) -> str:
    """What tells one post from another, in whichever of its spellings the address was noted."""
    spelling = one_spelling(url)
    topic = _TOPIC.match(spelling)
    return f"ok:{topic[1]}" if topic else spelling or url


def is_alike(text: str, other: str) -> bool:
    """The same words, or nearly all of them: whoever places it by hand may have mended a comma."""
    one, two = fold(text), fold(other)
    return _letters(text) == _letters(other) or bool(one and two and likeness(one.letters, two.letters))


def plain(text: str) -> str:
    """Without what networks do to spaces."""
    return " ".join(text.split())


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def note(action: str, publication_id: int, now: datetime) -> None:
    """The machine's act stands in the log."""
    record(action, at=now, actor=None, clause=CLAUSE, object_kind="publication", object_id=publication_id)


def _says(placement: Placement, other: Placement) -> bool:
    at, then = placement.placed_at, other.placed_at
    is_near = at is not None and then is not None and abs(at - then) <= NEAR
    return is_near and is_alike(placement.publication.text_of(placement), other.publication.text)
