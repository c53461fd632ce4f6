"""The demonstration in an empty database, all or nothing: people, absences, shifts, templates, help, words, pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from osm.answers.acts.templates import create_template
from osm.base.application import current_settings, local_zone
from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.check.acts import dictionary
from osm.demo import steps, work
from osm.demo.story import Past, Step, Story, load_stories, message_url, profile_url, read_texts, upload
from osm.files.acts import files
from osm.flow.acts import clocks, terms
from osm.flow.acts.clocks import in_force
from osm.guarding.acts import leaving, pages
from osm.help.acts import write
from osm.messages.acts import entry
from osm.models import (
    Account,
    Department,
    Deputy,
    Event,
    ImportRun,
    Message,
    NeighbourBody,
    Office,
    Origin,
    Purpose,
    Topic,
    User,
)
from osm.pages.acts import profile
from osm.pages.acts import register as pages_register
from osm.pages.queries import register
from osm.people.acts import absences, users
from osm.people.queries.people import OFFICE_ID
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.own_pages import Finding, Question
from osm.regulation.words import Importance, Post, Role, Status
from osm.topics.acts import add_starter_topics
from osm.urgent.acts import shifts


# --- The invented office: departments with their topics, and people with their roles
def password_of(login: str) -> str:
    """Demonstration passwords are known to everybody; production refuses these users."""
    return f"demo-{login}"


def create_office(now: datetime) -> dict[str, User]:
    """Departments, topics, people; login → user, in the order of the file."""
    office = read_texts("office")
    departments = {}
    with transaction() as session:
        for raw in office["department"]:
            departments[raw["key"]] = department = Department(
                name=raw["name"], short_name=raw["short"], phone=raw["phone"], other_phones=raw.get("other_phones", "")
            )
            department.topics = [Topic(name=name) for name in raw["topics"] + raw.get("quiet_topics", [])]
            session.add(department)
        session.flush()
        add_starter_topics(actor=None, now=now)
    people = {
        raw["login"]: users.create_user(
            raw["login"], raw["name"], [Role(role) for role in raw["roles"]], password_of(raw["login"]),
            department=departments[raw["department"]].name if "department" in raw else None, position=raw["position"],
            post=Post(raw["post"]) if "post" in raw else None, phone=raw.get("phone", ""), is_demo=True, now=now,
        )
        for raw in office["person"]
    }  # fmt: skip
    with transaction():
        for raw in office["department"]:
            department = db.session.get_one(Department, departments[raw["key"]].id)
            department.supervisor_id = people[raw["supervisor"]].id if "supervisor" in raw else None
            department.duty_officer = people.get(raw.get("duty", ""))
            department.deputies = [
                Deputy(user_id=people[login].id, place=place)
                for place, login in enumerate(raw.get("deputies", []), start=1)
            ]
        db.session.add(Office(id=OFFICE_ID, **office["office"]))
        db.session.add_all(Account(**page, created_at=now) for page in office["page"])
        db.session.add_all(NeighbourBody(**body) for body in office["body"])
    return people


# --- One absence of the demonstration: its open messages wait to be handed over with one press (П.3)
AWAY, SUBSTITUTE = "lidia", "boris"
DAYS = 7


def create_absence(people: Mapping[str, User], now: datetime) -> None:
    """Lidia of the housing department is ill from today on; Boris, her colleague, substitutes her."""
    today = terms.local_day(now)
    given = absences.Given("illness", today, today + timedelta(days=DAYS - 1), people[SUBSTITUTE].id)
    absences.enter_absence(people[AWAY].id, given, actor=people["anna"], now=now)


# --- The duty roster of the demonstration, and a shift that waits to be taken
NOTE = "Котельная на Калининской обещала перезвонить до 19:00. Две угрозы в комментариях уже в пакете для полиции."
NIGHTS = 7
PHONE = "8 (000) 000-20-02"


def keep_roster(people: Mapping[str, User], now: datetime) -> None:
    """The moderator is on duty every night of the coming week, and hands her day over."""
    today = clocks.in_force().calendar.local(now).date()
    nights = shifts.Given(people["vera"].id, today, today + timedelta(days=NIGHTS - 1), "18:00", "09:00", PHONE)
    shifts.enter_turns(nights, actor=people["anna"], now=now)
    shifts.give(note=NOTE, actor=people["vera"], now=now)


# --- The ready texts of the invented office
def create_templates(author: User, now: datetime) -> None:
    """All of them, written by the curator when the office opened."""
    for raw in read_texts("answer_templates")["template"]:
        create_template(name=raw["name"], kind=raw["kind"], topic_id=None, text=raw["text"], actor=author, now=now)


# --- Memos and questions that the invented press centre has written
def write_help(author: User, now: datetime) -> None:
    """All of them, when the office opened; each with its topics where these are there."""
    topics = {topic.name: topic.id for topic in db.session.scalars(select(Topic))}
    for raw in read_texts("help_pages")["page"]:
        linked = [topics[name] for name in raw["topics"] if name in topics]
        write(kind=raw["kind"], title=raw["title"], text=raw["text"], topic_ids=linked, actor=author, now=now)


# --- Own words of the demonstration's office: one of each kind, and an exception
_WORDS = (
    ("lemma", "чинуша", "insult", "medium", ""),
    ("phrase", "быстрый заём", "spam", "high", ""),
    ("domain", "gosuslugi.ru", "spam", "medium", "да"),
)


def create_words(actor: User, now: datetime) -> None:
    for values in _WORDS:
        dictionary.add(dictionary.own_word(dict(zip(dictionary.HEADINGS, values, strict=True))), actor=actor, now=now)


# --- The register of the invented office: a change, a page that was closed long ago, looks at two (Пр.1.2.1, 2.4)
def enter_pages(people: Mapping[str, User], now: datetime) -> None:
    for page in _texts()["page"]:
        closed_on = page.pop("closed_on", None)
        account = pages_register.enter_page(_given(page), now=now, **_by(people))
        if closed_on:
            pages_register.close_page(account.id, 1, closed_on=closed_on, now=now, **_by(people))


def change_pages(people: Mapping[str, User], now: datetime) -> None:
    texts = _texts()
    ids = {row.url: row.account_id for row in register()}
    change = texts["change"]
    page = next(page for page in texts["page"] if page["url"] == change["url"])
    pages_register.edit_page(ids[change["url"]], 1, _given(page | change), now=now, **_by(people))
    for look in texts["look"]:
        note, anna = look.get("note", ""), people["anna"]
        profile.note_look(ids[look["url"]], look["marks"], note=note, photos=(), actor=anna, now=now)


def _given(page: Mapping[str, Any]) -> pages_register.Given:
    return pages_register.Given(**_texts()["common"] | page)


def _by(people: Mapping[str, User]) -> dict[str, Any]:
    return {"actor": people["anna"], "zone": local_zone()}


def _texts() -> dict[str, Any]:
    return read_texts("official")


# --- Who administers the page of the demonstration, an overdue check of it, and one person who leaves
_AGENCY = "Илья Подрядов (агентство)"
_FOUND = "У подрядчика второй фактор выключен: договорились, что включит до конца недели."


def guard_pages(people: Mapping[str, User], now: datetime) -> None:
    """The first page has three administrators, one of them leaves, a way to log in and a check; the others are well."""
    page, *others = db.session.scalars(select(Account).order_by(Account.id))
    anna, today = people["anna"], clocks.in_force().calendar.local(now).date()
    entering = (
        pages.Administrator(anna.id, "", "https://vk.com/id9900001", "owner", today - timedelta(days=700), "on"),
        pages.Administrator(people["vera"].id, "", "", "editor", today - timedelta(days=200), "on"),
        pages.Administrator(None, _AGENCY, "https://vk.com/id9900077", "admin", today - timedelta(days=90), "off"),
    )
    good = dict.fromkeys(map(str, Question), str(Finding.GOOD))
    for other in others:
        pages.check(other.id, 1, answers=good, remark="", months=6, actor=people["vera"], now=now)
    version = 1
    for given in entering:
        leaver = pages.add_administrator(page.id, version, given=given, actor=anna, now=now)
        version += 1
    pages.describe(
        page.id, version, second_factor="on", changed_on=today - timedelta(days=400),
        recovery="8 (000) 000-02-02, служебный телефон пресс-центра\npress@example.org, почта пресс-центра",
        applications="Приложение ОСМ: комментарии и ответы\nСервис отложенных записей подрядчика", actor=anna, now=now,
    )  # fmt: skip
    answers = good | {str(Question.SECOND_FACTOR): str(Finding.BAD)}
    pages.check(page.id, version + 1, answers=answers, remark=_FOUND, months=1, actor=anna, now=now)
    leaving.leaves(page.id, version + 2, administrator_id=leaver.id, actor=anna, now=now)


# --- Filling an empty database with the demonstration: all of it in one transaction, or nothing
FIRST_NUMBER = 9_000_001
"""Of the incidents; far from the numbers of real exports, so that trying one changes no demonstration message."""

OFFICE_OPENED = "45d"  # how long ago, in working time, the users were made

PAGE_RENAMED = "20d"  # how long ago, in working time, a page of the register got another title

COMMENTS_CAME = "1h"  # how long ago, in working time, the comments were loaded


class SeedRefused(ServiceError):
    """The demonstration may not be put here; nothing was written."""


@dataclass(frozen=True, slots=True)
class DemoUser:
    login: str
    password: str
    name: str
    roles: str  # in words, comma-separated
    department: str


@dataclass(frozen=True, slots=True)
class SeedReport:
    users: tuple[DemoUser, ...]
    messages: Mapping[Status, int]
    events: int


def database_is_empty() -> bool:
    """Whether the database is unused: no people, no messages, no log, no imports."""
    tables = (User, Department, Topic, Message, Event, ImportRun)
    return all(db.session.execute(select(table.id).limit(1)).first() is None for table in tables)


def seed(now: datetime) -> SeedReport:
    """Fill the database with people and messages around `now`.

    Everything happens through the services, at instants before `now`, in the order of time: the history, the terms and
    the versions are those that real work would have left. The same `now` gives the same data. Raises SeedRefused in
    production, in a database that is not empty, and where the calendar does not know `now`."""
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
        people = create_office(opened)
        create_templates(people["anna"], opened)
        create_words(people["anna"], opened)
        write_help(people["anna"], opened)
        enter_pages(people, opened)
        guard_pages(people, opened)
        topics = {topic.name: topic.id for topic in db.session.scalars(select(Topic))}
        messages: dict[int, Message] = {}
        later = [(past.ago(PAGE_RENAMED), change_pages), (past.ago(COMMENTS_CAME), work.create_comments)]
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
        create_absence(people, now)
        work.settle_shortcomings(people, now)
        work.report_urgently(people, messages.values(), now)
        keep_roster(people, now)
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
    counted = session.execute(select(Message.status, func.count()).group_by(Message.status))
    return SeedReport(
        users=tuple(
            DemoUser(
                login, password_of(login), user.name,
                ", ".join(role.label.lower() for role in sorted(user.roles)) or "без прав",
                user.department.short_name if user.department else "",
            )
            for login, user in people.items()
        ),
        messages=dict(sorted(counted, key=lambda row: list(Status).index(row[0]))),
        events=session.execute(select(func.count()).select_from(Event)).scalar_one(),
    )  # fmt: skip
