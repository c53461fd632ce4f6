"""Filling an empty database with the demonstration: all of it in one transaction, or nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.demo import office, steps, work
from osm.demo.files import upload
from osm.demo.story import Past, Step, Story, load_stories, message_url, profile_url
from osm.files.acts import files
from osm.flow.acts.clocks import in_force
from osm.messages.acts import entry
from osm.models import Attachment, Department, Event, ImportRun, Message, Origin, Purpose, Topic, User
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.words import ROLE_LABELS, Importance, Status

FIRST_NUMBER = 9_000_001
"""Of the incidents; far from the numbers of real exports, so that trying one changes no demonstration message."""

OFFICE_OPENED = "45d"  # how long ago, in working time, the users were made

PAGE_RENAMED = "20d"  # how long ago, in working time, a page of the register got another title

COMMENTS_CAME = "1h"  # how long ago, in working time, the comments were loaded


class SeedRefused(ServiceError):
    """The demonstration may not be put here; nothing was written."""


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Who can log in, and how."""

    login: str
    password: str
    name: str
    roles: str  # in words, comma-separated
    department: str


@dataclass(frozen=True, slots=True)
class SeedReport:
    users: tuple[DemoUser, ...]
    messages: Mapping[Status, int]
    high: int
    events: int
    files: int


def database_is_empty() -> bool:
    """Whether the database is unused: no people, no messages, no log, no imports."""
    tables = (User, Department, Topic, Message, Event, ImportRun)
    return all(db.session.execute(select(table.id).limit(1)).first() is None for table in tables)


def seed(now: datetime) -> SeedReport:
    """Fill the database with people and messages around `now`.

    Everything happens through the services, at instants before `now`, in the order of time: the history, the terms
    and the versions are those that real work would have left. The same `now` gives the same data.
    Raises SeedRefused in production, in a database that is not empty, and where the calendar does not know `now`.
    """
    if current_settings().is_production:
        raise SeedRefused("Демонстрационные данные на рабочем сервере запрещены. Ничего не записано.")
    past = Past(in_force().calendar, now)
    try:
        stories, opened = load_stories(past), past.ago(OFFICE_OPENED)
    except CalendarOutOfRange as error:
        raise SeedRefused(
            f"Демонстрационные данные не построены: календаря вокруг {now:%d.%m.%Y} нет. "
            "Проверьте часы компьютера или задайте OSM_NOW. Ничего не записано."
        ) from error
    with transaction():
        if not database_is_empty():
            raise SeedRefused(
                "В базе уже есть данные, демонстрационные в неё не добавлены. Всё осталось как было. "
                "Для демонстрации укажите в OSM_DATA_DIR пустой каталог."
            )
        people = office.create_office(opened)
        office.create_templates(people["anna"], opened)
        office.create_words(people["anna"], opened)
        office.write_help(people["anna"], opened)
        office.enter_pages(people, opened)
        office.guard_pages(people, opened)
        topics = {topic.name: topic.id for topic in db.session.scalars(select(Topic))}
        messages: dict[int, Message] = {}
        later = [(past.ago(PAGE_RENAMED), office.change_pages), (past.ago(COMMENTS_CAME), work.create_comments)]
        for at, number, story, step in _in_order_of_time(stories):
            while later and at > later[0][0]:
                when, happens = later.pop(0)
                happens(people, when)
            work.settle_promises(people, at, now)
            if step is None:
                messages[number] = _enter(number, story, people, topics)
            else:
                steps.play(steps.Scene(step, messages[number], people, number))
        for when, happens in later:
            happens(people, when)
        office.create_absence(people, now)
        work.settle_shortcomings(people, now)
        work.report_urgently(people, messages.values(), now)
        office.keep_roster(people, now)
        work.plan_a_week(people, now)
        report = _report(people)
    work.seal_the_past(now)
    work.leave_reminders(now)
    return report


def _in_order_of_time(stories: list[Story]) -> Iterator[tuple[datetime, int, Story, Step | None]]:
    """Instant, number of the message, story, step (None: it comes in). Numbers are given in the order of receipt."""
    received = sorted(stories, key=lambda story: story.received_at)
    moments = [
        (at, number, order, story, step)
        for number, story in enumerate(received)
        for order, (at, step) in enumerate([(story.received_at, None), *((step.at, step) for step in story.steps)])
    ]
    for at, number, _, story, step in sorted(moments, key=lambda moment: moment[:3]):
        yield at, number, story, step


def _enter(number: int, story: Story, people: Mapping[str, User], topics: Mapping[str, int]) -> Message:
    """The message comes into the register: by hand, or as a row of the export does."""
    message = (_manual if story.entered_by else _incident)(number, story, people, topics)
    if story.photos:
        files.store(
            files.checked([upload(name) for name in story.photos]), message=message, purpose=Purpose.MESSAGE,
            actor=people[story.entered_by or "vera"], now=story.received_at,
        )  # fmt: skip
    return message


def _manual(number: int, story: Story, people: Mapping[str, User], topics: Mapping[str, int]) -> Message:
    return entry.enter_message(
        text=story.text, network=story.network, url=message_url(story.network, number), place=story.place,
        author_name=story.author, author_url=profile_url(story.network, story.profile),
        topic_id=topics.get(story.topic), high=story.high, published_at=story.published_at,
        actor=people[story.entered_by], now=story.received_at,
    )  # fmt: skip


def _incident(number: int, story: Story, _people: Mapping[str, User], topics: Mapping[str, int]) -> Message:
    own = str(FIRST_NUMBER + number)
    message = Message(
        number=own, key=f"number:{own}", origin=Origin.INCIDENT,
        importance=Importance.HIGH if story.high else Importance.NORMAL, network=story.network,
        url=message_url(story.network, number), text=story.text, place=story.place,
        author=entry.find_author(story.network, story.author, profile_url(story.network, story.profile)),
        topic_id=topics.get(story.topic), is_repeat=story.repeat, published_at=story.published_at,
        received_at=story.received_at, stored_at=story.received_at, source_status="Новый", source_topic=story.topic,
    )  # fmt: skip
    entry.register(message, now=story.received_at, actor=None)
    return message


def _report(people: Mapping[str, User]) -> SeedReport:
    session = db.session
    counted = session.execute(select(Message.status, func.count()).group_by(Message.status)).tuples()
    high = select(func.count()).select_from(Message).where(Message.importance == Importance.HIGH)
    return SeedReport(
        users=tuple(
            DemoUser(
                login,
                office.password_of(login),
                user.name,
                ", ".join(ROLE_LABELS[role].lower() for role in sorted(user.roles)) or "без прав",
                user.department.short_name if user.department else "",
            )
            for login, user in people.items()
        ),
        messages=dict(sorted(counted, key=lambda row: list(Status).index(row[0]))),
        high=session.execute(high).scalar_one(),
        events=session.execute(select(func.count()).select_from(Event)).scalar_one(),
        files=session.execute(select(func.count()).select_from(Attachment)).scalar_one(),
    )
