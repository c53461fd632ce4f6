"""News of departments, tasks of the krai, photos, own dates, campaigns, the calendar address (Пр.1.2.4, 2.1–2.3)."""

import hmac
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select

from osm.base.database import add_row, db
from osm.base.errors import NotYours, ServiceError, must_exist
from osm.base.numbers import whole
from osm.base.transaction import transaction
from osm.files.acts.files import MAX_PER_OWNER, Checked, Upload, checked, keep, sha256_of
from osm.files.acts.pictures import drawn_small
from osm.flow.acts.moving import locked, one_line, plain
from osm.log.acts.record import Change, record
from osm.login.acts.sessions import hash_token
from osm.models import (
    Campaign,
    DepartmentNews,
    KraiTask,
    MemorableDay,
    NewsState,
    Placement,
    PlanFeed,
    PlanPhoto,
    Publication,
    User,
)
from osm.plan.acts import planning, texts
from osm.plan.acts.outgoing import LONGEST_TEXT, rewriting
from osm.plan.acts.texts import CLAUSE, publication, step_upon, zone
from osm.plan.queries.card import candidates_of
from osm.plan.queries.week import own_pages
from osm.plan.queries.week import pages as pages_of_office
from osm.plan.rules import Format, PlanAct, PublicationState
from osm.regulation.errors import EveryField, MissingInput, StaleVersion, need, refuse
from osm.regulation.words import PRESS_CENTRE, Role


# --- The office's own memorable dates (Пр.1.2.4)
@dataclass(frozen=True, slots=True)
class DayGiven:
    title: str
    day: date | None
    every_year: bool


def _fill_day(row: MemorableDay, given: DayGiven) -> None:
    row.title = one_line("title", "Название", given.title, 200, missing="Напишите, что за дата.")
    if given.day is None:
        raise MissingInput("day", "Укажите день.")
    row.day, row.every_year = given.day, given.every_year


DAYS = planning.KeptList(MemorableDay, "memorable", "Дата", "Памятные даты", _fill_day)


# --- The calendar address
READERS = frozenset({*PRESS_CENTRE, Role.HEAD})


def renew(version: int, *, actor: User, now: datetime) -> str:
    """Make a new secret address and return its key; the old one stops working. Only a hash is stored. `version`: of the
    address the person saw, 0 if there was none. Raises StaleVersion, NotYours."""
    secret = secrets.token_urlsafe(32)
    _set(version, hash_token(secret), actor, now)
    return f"{actor.id}.{secret}"


def switch_off(version: int, *, actor: User, now: datetime) -> None:
    """Switch the calendar address off. Raises StaleVersion, NotYours."""
    _set(version, None, actor, now)


def reader(key: str) -> User | None:
    """Return the owner of this key if he may read the plan, else None. The comparison takes constant time."""
    number, _, secret = key.partition(".")
    user_id = whole(number)
    if user_id is None:
        return None
    row, user = db.session.get(PlanFeed, user_id), db.session.get(User, user_id)
    known = (row.secret_hash if row else None) or ""
    if not hmac.compare_digest(hash_token(secret), known) or user is None or not user.is_active:
        return None
    return None if READERS.isdisjoint(user.own_roles) else user


def _set(version: int, secret_hash: str | None, actor: User, now: datetime) -> None:
    if READERS.isdisjoint(actor.own_roles):  # a substitute's roles end with the absence, the address would stay
        raise NotYours("Адрес получают пресс-центр и руководитель, но не замещающие. Ничего не изменено.")
    with transaction() as session:
        # Lock the person's row: of two tabs, one makes the address and the other gets StaleVersion.
        session.get(User, actor.id, populate_existing=True, with_for_update={"of": User, "key_share": True})
        row = session.get(PlanFeed, actor.id, populate_existing=True)
        current = row.version if row else 0
        StaleVersion.unless_seen(version, current)
        if row is None:
            session.add(PlanFeed(user_id=actor.id, secret_hash=secret_hash, made_at=now))
        else:
            row.version, row.secret_hash, row.made_at = version + 1, secret_hash, now
        record("plan_feed_made" if secret_hash else "plan_feed_off", at=now, actor=actor, about=actor)


# --- Tasks of the krai
def enter(
    title: str, text: str, *, given_by: str, due_at: datetime | None, pages: Sequence[int], actor: User, now: datetime
) -> KraiTask:
    """Enter a task. Its publication is approved if a curator enters it, otherwise it waits for approval. Raises
    MissingInput (`title`, `text`, `due_at`, `pages`)."""
    NotYours.when(actor.roles.isdisjoint(PRESS_CENTRE), "План ведёт пресс-центр. Ничего не записано.")
    text = plain(text).strip()
    asked = "Текст слишком длинный: сократите." if text else "Вставьте текст, который нужно разместить."
    asked_time = "Укажите, до какого времени разместить: оно ещё не прошло."
    known = {page.id for page in pages_of_office()} & set(pages)
    with EveryField() as check:
        title = check(one_line, "title", "О чём", title, 200, missing="Напишите, о чём задание.")
        check(refuse, "text", not text or len(text) > LONGEST_TEXT, asked)
        check(refuse, "due_at", due_at and due_at <= now, asked_time)
        due_at = check(need, "due_at", due_at, asked_time)
        check(refuse, "pages", not known, "Выберите хотя бы одну страницу.")
    same = (Publication.title == title, Publication.text == text, KraiTask.due_at == due_at)
    with transaction() as session:
        before = session.scalar(select(KraiTask.id).join(KraiTask.publication).where(*same))
        refuse("text", before, "Это задание уже внесено. Второй раз оно не записано.")
        row = Publication(
            title=title, text=text, day=due_at.astimezone(zone()).date(), ground="Задание края", author=actor,
            created_at=now, state=PublicationState.DRAFT,
        )  # fmt: skip
        row.placements = [Placement(account_id=page) for page in sorted(known)]
        task = KraiTask(
            given_by=one_line("given_by", "Кто дал", given_by, 200), due_at=due_at, publication=row, entered_by=actor,
            entered_at=now,
        )  # fmt: skip
        add_row(task)
        record(
            "krai_task_entered", at=now, actor=actor, clause="Пр.2.1", about=task, changes={"due_at": (None, due_at)}
        )
        act = PlanAct.APPROVE if actor.has(Role.CURATOR) else PlanAct.SUBMIT
        with session.no_autoflush, step_upon(row, act, actor, now) as step:
            (texts.approve_version if act is PlanAct.APPROVE else texts.submit)(step)
        return task


def report(task_id: int, version: int, *, actor: User, now: datetime) -> KraiTask:
    """Save the report as it was sent; a later one adds the new links. Raises ServiceError if there are none."""
    NotYours.when(actor.roles.isdisjoint(PRESS_CENTRE), "Докладывает пресс-центр. Ничего не изменено.")
    with transaction():
        task = locked(KraiTask, task_id, version, "Задание")
        words = report_words(task)
        ServiceError.when(not words, "Ссылок ещё нет: сначала разместите и отметьте «Размещено». Ничего не изменено.")
        ServiceError.when(words == task.report, "Об этом уже доложено, новых ссылок нет. Ничего не изменено.")
        task.report, task.reported_at, task.reported_by = words, now, actor
        task.version += 1
        record(
            "krai_task_reported", at=now, actor=actor, clause=CLAUSE, about=task,
            changes={"version": (version, task.version)},
        )  # fmt: skip
        return task


def report_words(task: KraiTask) -> str:
    """The title and one line for each page where the post is placed; empty if there is none."""
    here = zone()
    said = task.report.splitlines()
    told = {line.partition(". ")[2] for line in said}
    placed = [(one, one.placed_at) for one in task.publication.placements if one.placed_at is not None]
    lines = [
        f"{one.account.title}: {one.url or 'размещено без ссылки'} ({at.astimezone(here):%d.%m.%Y %H:%M})"
        for one, at in placed
    ]
    new = [line for line in lines if line not in told]
    head = said or ([f"«{task.publication.title}» — размещено:"] if new else [])
    return "\n".join([*head, *(f"{number}. {line}" for number, line in enumerate(new, len(said) or 1))])


# --- Photos
SIDE = 1920  # the longer side in pixels, as large as networks show
_QUALITY = 88


@dataclass(frozen=True, slots=True)
class Words:
    """Description of a photo. `looked`: a person has checked it for faces and number plates."""

    alt: str
    looked: bool


def reduced(uploads: Sequence[Upload]) -> list[Checked]:
    """Return the photos scaled down for publishing. Call it before the transaction: it is slow. Raises MissingInput."""
    return [_reduced(file) for file in checked(uploads)]


def add(publication_id: int, version: int, photos: Sequence[Checked], *, actor: User, now: datetime) -> Publication:
    """Add photos to the publication. If it is approved, this is a correction, as for its text."""
    refuse("files", not photos, "Выберите фото.")
    with publication(publication_id, version) as row:
        with rewriting(row, actor, now):
            if len(row.photos) + len(photos) > MAX_PER_OWNER:
                raise MissingInput("files", f"К публикации можно приложить не больше {MAX_PER_OWNER} фото.")
            hang(photos, row.photos, actor=actor, now=now)
        return row


def change(
    publication_id: int, version: int, photo_id: int, words: Words | None, *, actor: User, now: datetime
) -> Publication:
    """Change the description of a photo; None removes the photo. Raises NotFound."""
    with publication(publication_id, version) as row:
        photo = must_exist(next((one for one in row.photos if one.id == photo_id), None), "Фото")
        with rewriting(row, actor, now):
            if words is None:
                row.photos.remove(photo)
                db.session.delete(photo)
            else:
                photo.alt = one_line("alt", "Описание", words.alt, 300)
                photo.looked_at = (photo.looked_at or now) if words.looked else None
        return row


def hang(photos: Sequence[Checked], those: list[PlanPhoto], *, actor: User, now: datetime) -> None:
    """Store the photos and add them to `those` of their owner. In the caller's transaction."""
    keep(photos)
    for file in photos:
        photo = PlanPhoto(
            filename=file.filename, size=len(file.content), sha256=file.sha256, uploaded_by_id=actor.id, uploaded_at=now
        )
        those.append(photo)


def _reduced(file: Checked) -> Checked:
    with tempfile.NamedTemporaryFile() as source:
        source.write(file.content)
        source.flush()
        drawn = drawn_small(Path(source.name), SIDE, _QUALITY)
    if not drawn:
        raise MissingInput("files", f"Файл «{file.filename}» не открывается как фото. Ни один файл не добавлен.")
    return Checked(f"{Path(file.filename).stem[:180]}.jpg", drawn, "image/jpeg", sha256_of(drawn))


# --- Departments' news
LONGEST = 8000
_TITLE = 80


def offer(what: str, when: str, place: str, photos: Sequence[Checked], *, actor: User, now: datetime) -> DepartmentNews:
    """Offer news (what, when, where) and notify the press centre. Raises MissingInput (`what`)."""
    if actor.roles.isdisjoint({Role.EXECUTOR, *PRESS_CENTRE}):
        raise NotYours("Новости предлагают отделы. Ничего не записано.")
    what = plain(what).strip()
    refuse("what", not what, "Напишите, что произошло.")
    refuse("what", len(what) > LONGEST, f"Больше {LONGEST} знаков. Сократите: пресс-центр допишет остальное.")
    same = {"what": what, "when": one_line("when", "Когда", when, 200), "place": one_line("place", "Где", place, 300)}
    with transaction() as session:
        waits = {**same, "author_id": actor.id, "state": NewsState.OFFERED}
        before = session.scalar(select(DepartmentNews.id).filter_by(**waits))
        refuse("what", before, "Эта новость уже предложена и ждёт пресс-центра. Второй раз она не записана.")
        row = DepartmentNews(**same, author=actor, offered_at=now)
        hang(photos, row.photos, actor=actor, now=now)
        add_row(row)
        _log("news_offered", row, actor, now, {})
        return row


def take(news_id: int, version: int, *, actor: User, now: datetime) -> DepartmentNews:
    """Make a draft for today from the news, for the pages of the administration, with its photos."""
    with transaction():
        row = _waiting(news_id, version, actor)
        facts = [f"Когда: {row.when}" if row.when else "", f"Где: {row.place}" if row.place else ""]
        publication = Publication(
            title=_title(row.what), text="\n".join(filter(None, [row.what, *facts])), author=actor, created_at=now,
            day=now.astimezone(zone()).date(), state=PublicationState.DRAFT,
            format=Format.PHOTO if row.photos else Format.TEXT,
            ground=f"Новость отдела: {row.author.department.name if row.author.department else row.author.name}"[:300],
        )  # fmt: skip
        publication.placements = [Placement(account_id=page.id) for page in own_pages()]
        publication.photos = [one.again() for one in row.photos]
        add_row(publication)
        record(
            "plan_idea", at=now, actor=actor, clause=CLAUSE, about=publication,
            changes={"publication_state": (None, publication.state)},
        )  # fmt: skip
        row.publication = publication
        _decide(row, NewsState.TAKEN, actor, now)
        return row


def decline(news_id: int, version: int, *, answer: str, actor: User, now: datetime) -> DepartmentNews:
    """Decline the news; the department sees the reason. Raises MissingInput (`answer`)."""
    with transaction():
        row = _waiting(news_id, version, actor)
        refuse("answer", not answer.strip(), "Напишите отделу, почему: одно-два слова.")
        row.answer = answer.strip()
        _decide(row, NewsState.DECLINED, actor, now)
        return row


def _waiting(news_id: int, version: int, actor: User) -> DepartmentNews:
    NotYours.when(actor.roles.isdisjoint(PRESS_CENTRE), "Это решает пресс-центр. Ничего не изменено.")
    row = locked(DepartmentNews, news_id, version, "Новость")
    ServiceError.when(row.state is not NewsState.OFFERED, "Эту новость уже разобрали. Ничего не изменено.")
    return row


def _decide(row: DepartmentNews, state: NewsState, actor: User, now: datetime) -> None:
    row.state, row.decided_at, row.decided_by, row.version = state, now, actor, row.version + 1
    _log(f"news_{state}", row, actor, now, {"to_id": (None, row.author_id)})


def _log(action: str, row: DepartmentNews, actor: User, now: datetime, changes: dict[str, Change]) -> None:
    record(action, at=now, actor=actor, clause=CLAUSE, changes=changes, note=row.answer, about=row)


def _title(what: str) -> str:
    line = " ".join(what.split())
    return line if len(line) <= _TITLE else line[: _TITLE - 1].rsplit(" ", 1)[0] + "…"


# --- Campaigns of elections
@dataclass(frozen=True, slots=True)
class CampaignGiven:
    """A campaign as the form gives it. `candidates`: one name a line, the surname first."""

    title: str
    first_day: date | None
    last_day: date | None
    silent_on: date | None
    candidates: str


def _fill(row: Campaign, given: CampaignGiven) -> None:
    row.title = one_line("title", "Название", given.title, 200, missing="Напишите, какие это выборы.")
    if given.first_day is None:
        raise MissingInput("first_day", "Укажите первый день.")
    if given.last_day is None:
        raise MissingInput("last_day", "Укажите последний день.")
    refuse("last_day", given.last_day < given.first_day, "Последний день раньше первого.")
    if given.silent_on is not None and not given.first_day <= given.silent_on <= given.last_day:
        raise MissingInput("silent_on", "День тишины не входит в дни кампании.")
    row.first_day, row.last_day, row.silent_on = given.first_day, given.last_day, given.silent_on
    row.candidates = "\n".join(candidates_of(given.candidates))


CAMPAIGNS = planning.KeptList(Campaign, "campaign", "Кампания", "Кампании", _fill)
