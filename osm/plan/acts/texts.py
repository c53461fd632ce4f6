"""Steps of a publication, its versions and the text being typed, and how posts are recognised."""

import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from osm.answers.acts.drafting import keep_typed
from osm.base.application import local_zone
from osm.base.database import db
from osm.base.errors import NotFound, NotYours
from osm.base.transaction import transaction
from osm.flow.acts import moving
from osm.flow.acts.moving import locked
from osm.likeness.words import fold, likeness
from osm.log.acts.record import Change, record
from osm.models import Placement, PlanText, Publication, PublicationVersion, User, VersionDecision
from osm.networks.addresses import MAX_URL, address, network_of_url, one_spelling
from osm.plan.queries.card import typed_by
from osm.plan.rules import Format, PlanAct, PublicationState, check_whole, next_state
from osm.regulation.errors import MissingInput, need, refuse
from osm.regulation.words import PRESS_CENTRE, Role

# --- A step of a publication
CLAUSE = "Пр.1.2.4"
SYSTEM = frozenset({Role.SYSTEM})


@dataclass
class PlanStep:
    """A running step. `row.state` is already the new state."""

    row: Publication
    act: PlanAct
    actor: User | None
    now: datetime
    before: PublicationState
    changes: dict[str, Change] = field(default_factory=dict)
    note: str = ""


@contextmanager
def publication(publication_id: int, version: int) -> Iterator[Publication]:
    """Lock the row under the version that the person saw, in one transaction. Raises NotFound, StaleVersion."""
    with transaction() as session:
        row = locked(Publication, publication_id, version, "Публикация")
        with session.no_autoflush:
            yield row


@contextmanager
def step_upon(row: Publication, act: PlanAct, actor: User | None, now: datetime) -> Iterator[PlanStep]:
    """Run one step on a row that the caller has locked; `row.state` is already the new state. Raises StepNotAllowed."""
    before = row.state
    row.state = next_state(before, act, actor.roles if actor else SYSTEM)
    step = PlanStep(row, act, actor, now, before)
    yield step
    _finish(step)


@contextmanager
def plan_step(act: PlanAct, publication_id: int, version: int, *, actor: User, now: datetime) -> Iterator[PlanStep]:
    with publication(publication_id, version) as row, step_upon(row, act, actor, now) as step:
        yield step


def _finish(step: PlanStep) -> None:
    row = step.row
    row.version += 1
    changes = {"publication_state": (step.before, row.state), **step.changes, "version": (row.version - 1, row.version)}
    record(f"plan_{step.act}", at=step.now, actor=step.actor, clause=CLAUSE, changes=changes, note=step.note, about=row)


def zone() -> ZoneInfo:
    return local_zone()


def local_time(instant: datetime | None) -> time | None:
    return instant.astimezone(zone()).time() if instant else None


def instant_of(day: date | None, at: time | None) -> datetime | None:
    return datetime.combine(day, at, zone()) if day and at else None


def not_past(field_name: str, day: date | None, at: datetime | None, now: datetime) -> date:
    """Return the day. Raise MissingInput if there is none, or if the publication would be in the past."""
    day = need("day", day, "Выберите день.")
    if day < now.astimezone(zone()).date():
        raise MissingInput(field_name, "Этот день уже прошёл. Выберите сегодняшний или более поздний.")
    refuse(field_name, at is not None and at <= now, "Это время уже прошло. Выберите более позднее.")
    return day


# --- Placed on all pages
def settle(step: PlanStep) -> None:
    """Publish it when it is placed on all its pages, and set its real day; until then the state does not change."""
    row = step.row
    instants = [one.placed_at for one in row.placements]
    placed = [at for at in instants if at is not None]
    if len(placed) < len(instants):
        row.state = step.before
    elif row.state is PublicationState.PUBLISHED:
        row.published_at, row.at = max(placed), min(placed)
        row.day = row.at.astimezone(zone()).date()


# --- Versions
TEXTLESS = frozenset({Format.VIDEO, Format.CARD, Format.LIVE})  # formats that need no text


def approve_version(step: PlanStep) -> None:
    """Approve the submitted version, or the text that the curator has just written. It is checked again, because it may
    have lost photos or questions since it was submitted. Raises MissingInput."""
    waits = step.row.versions[-1] if step.before is PublicationState.SUBMITTED else None
    if waits is not None and _is_of(waits, step.row):
        version = waits
        _check(step.row)
    else:
        version = submit(step)
    _log_text(step, version)
    _decide(version, VersionDecision.APPROVED, step)
    step.row.approver, step.row.approved_at = step.actor, step.now


def give_back_version(step: PlanStep, remarks: str) -> None:
    """Raise MissingInput if there are no remarks."""
    refuse("remarks", not remarks.strip(), "Напишите, что исправить.")
    version = step.row.versions[-1]
    version.remarks = step.note = remarks.strip()
    _decide(version, VersionDecision.RETURNED, step)
    step.changes["to_id"] = (None, version.made_by_id)


def correct(step: PlanStep) -> None:
    """Called after the text of a submitted or approved publication has changed; see `osm.plan.rules`."""
    step.row.campaign_reason = ""
    if step.row.state is not step.before:
        forget_approval(step.row)
    elif step.row.approved_at is not None:
        approve_version(step)
    else:
        submit(step)


def forget_approval(row: Publication) -> None:
    row.approver, row.approved_at = None, None


def _check(row: Publication) -> None:
    """Check before submission and approval: each page has a text, and the format has its required fields."""
    texts = [row.text_of(placement) for placement in row.placements] or [row.text]
    refuse("text", row.format not in TEXTLESS and not all(texts), "Текста ещё нет. Напишите, что выйдет.")
    check_whole(row.format, row.fields, has_photos=bool(row.photos))


def submit(step: PlanStep) -> PublicationVersion:
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
    """Write the digest of the submitted or approved text to the log. Older versions have no salt and no digest."""
    if version.salt:
        step.changes["text_number"], step.changes["text_digest"] = (None, version.number), (None, version.digest)


def _own_texts(row: Publication) -> dict[str, str]:
    return {str(one.account_id): one.text for one in row.placements if one.text is not None}


def _is_of(version: PublicationVersion, row: Publication) -> bool:
    return version.text == row.text and version.page_texts == _own_texts(row)


def _decide(version: PublicationVersion, decision: VersionDecision, step: PlanStep) -> None:
    at: datetime = step.now
    version.decision, version.decided_at, version.decided_by = decision, at, step.actor


# --- Text being typed in the editor
LONGEST = 200_000  # for all fields together, in characters
Fields = Mapping[str, Sequence[str]]


def keep(publication_id: int, fields: Fields, *, seen_at: datetime | None, actor: User, now: datetime) -> PlanText:
    """Save what is being typed. `seen_at`: when the text on this screen was last saved, None if never. Raises
    TextChangedElsewhere if another window has saved since; nothing is overwritten."""
    NotYours.when(actor.roles.isdisjoint(PRESS_CENTRE), "План ведёт пресс-центр. Ничего не записано.")
    plainly = {name: [moving.plain(value) for value in values] for name, values in sorted(fields.items())}
    text = json.dumps(plainly, ensure_ascii=False)
    refuse("text", len(text) > LONGEST, "Столько текста не сохранить. Сократите: он остаётся на экране.")
    with transaction() as session:
        # Lock the publication: two windows of one person would both add the first row.
        if session.get(Publication, publication_id, with_for_update={"key_share": True, "of": Publication}) is None:
            raise NotFound("Публикация")
        blank = PlanText(publication_id=publication_id, user_id=actor.id)
        return keep_typed(typed_by(actor.id, publication_id), blank, text, seen_at, now)


def forget(publication_id: int, *, actor: User) -> None:
    with transaction() as session:
        mine = (PlanText.publication_id == publication_id, PlanText.user_id == actor.id)
        session.execute(delete(PlanText).where(*mine))


def fields_of(row: PlanText) -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(row.text)
    return found


# --- Recognising a post of the plan on a page (Пр.2.2)
NEAR = timedelta(hours=12)  # posts with the same text but further apart in time are different posts
_TOPIC = re.compile(r"https://ok\.ru/.*/topic/(\d+)")  # an OK group has one address by number and one by name


def join(placement: Placement, now: datetime) -> None:
    """Merge a post found on the page with this publication, so that it is counted once. In the caller's transaction."""
    others = select(Placement).join(Publication, Publication.id == Placement.publication_id)
    others = others.where(Placement.account_id == placement.account_id, Publication.state == PublicationState.FOUND)
    for other in db.session.scalars(others).unique().all():
        is_same = post_key(other.url) == post_key(placement.url) if placement.url else _says(placement, other)
        if is_same:
            placement.url, placement.posted_at = placement.url or other.url, other.posted_at
            placement.gone_at = other.gone_at
            note("plan_join", placement.publication_id, now)
            db.session.delete(other.publication)


def post_key(url: str) -> str:
    """Return a key of the post, the same for all spellings of its address."""
    spelling = one_spelling(url)
    topic = _TOPIC.match(spelling)
    return f"ok:{topic[1]}" if topic else spelling or url


def checked_link(typed: str, placement: Placement) -> str:
    """Return the address of the post, or raise MissingInput (`url`)."""
    refuse("url", not typed.strip(), "Вставьте ссылку на запись или отметьте, что ссылки нет.")
    try:
        url, network = address(typed), network_of_url(typed)
    except ValueError:
        raise MissingInput(
            "url", "Это не ссылка. Скопируйте адрес записи целиком, например https://vk.com/wall-1_2."
        ) from None
    refuse("url", len(url) > MAX_URL, f"Ссылка длиннее {MAX_URL} знаков. Скопируйте адрес записи.")
    if network is not None and network != placement.account.network:
        raise MissingInput("url", "Ссылка ведёт в другую соцсеть. Проверьте, к той ли странице она относится.")
    return url


def is_alike(text: str, other: str) -> bool:
    """Whether the texts are the same or nearly: a person may correct a comma when placing it."""
    one, two = fold(text), fold(other)
    return _letters(text) == _letters(other) or bool(one and two and likeness(one.letters, two.letters))


def plain(text: str) -> str:
    """Normalise spaces that networks change."""
    return " ".join(text.split())


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def note(action: str, publication_id: int, now: datetime) -> None:
    record(action, at=now, actor=None, clause=CLAUSE, object_kind="publication", object_id=publication_id)


def _says(placement: Placement, other: Placement) -> bool:
    at, then = placement.placed_at, other.placed_at
    is_near = at is not None and then is not None and abs(at - then) <= NEAR
    return is_near and is_alike(placement.publication.text_of(placement), other.publication.text)
