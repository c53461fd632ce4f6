"""The other work of the demonstration's office: comments, plan, promises, shortcomings, reports."""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from importlib import resources
from typing import Any

from sqlalchemy import func, select

from osm.answers.acts import promises
from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import verdicts
from osm.comments.acts import comments, importing
from osm.connectors import contract
from osm.connectors.contract import Written as PostThere
from osm.flow.acts import clocks, terms
from osm.flow.acts.act import record_breaches
from osm.flow.acts.moving import active_assignments
from osm.log.acts import audit, sealing
from osm.models import Account, Comment, Event, Message, Promise, PromiseState, ReminderMark, Shortcoming, User
from osm.people.queries.people import chief_of_staff, leaders
from osm.plan.acts import news, outgoing, planning
from osm.plan.acts.texts import zone
from osm.plan.queries.week import own_pages
from osm.plan.rules import Format, PlanAct
from osm.regulation.control import Side
from osm.regulation.words import Status
from osm.reminders.acts.due import read_log
from osm.shortcomings.acts import memos, shortcomings
from osm.urgent.acts import instructions, urgent

# --- Comments under the demonstration's own posts: a queue that lives, with a few decisions behind it
_POSTS = {
    "roads": (
        "vk",
        "https://vk.com/wall-990000001_101",
        "Какие дороги отремонтируют до конца года: публикуем список улиц и сроки работ на каждой из них.",
    ),
    "heating": ("vk", "https://vk.com/wall-990000001_102", "Отопительный сезон: отвечаем на частые вопросы."),
    "waste": ("ok", "https://ok.ru/group/990000001/topic/103", "График вывоза мусора на следующую неделю."),
}


def create_comments(people: Mapping[str, User], now: datetime) -> None:
    """Store and check them at this instant, and let the moderator decide those that were decided."""
    texts = tomllib.loads(resources.files("osm.demo").joinpath("texts", "comments.toml").read_text("utf-8"))
    rows = [*texts["decided"], *texts["waiting"]]
    ids = {row["author"]: _id(place, row) for place, row in enumerate(rows)}
    lines = [_line(_id(place, row), row, now, ids) for place, row in enumerate(rows)]
    importing.import_comments(lines, actor=people["vera"], now=now)
    verdicts.check(list(db.session.scalars(select(Comment.id))), now)
    for place, row in enumerate(texts["decided"]):
        comment = db.session.scalars(select(Comment).where(Comment.external_id == _id(place, row))).one()
        comments.decide(
            [comments.Chosen(comment.id, comment.version)], comments.Choice(row["choice"]),
            ground=row.get("ground", ""), actor=people["vera"], now=now,
        )  # fmt: skip


def _id(place: int, row: Mapping[str, Any]) -> str:
    return f"{_POSTS[row['post']][1].rpartition('/')[2]}_{5001 + place}"


def _line(external_id: str, row: Mapping[str, Any], now: datetime, ids: Mapping[str, str]) -> bytes:
    network, url, post_text = _POSTS[row["post"]]
    comment = {
        "id": external_id, "network": network, "kind": row.get("kind", "comment"), "post_url": url,
        "post_text": post_text, "author_id": row["author"], "author_name": row["name"],
        "published_at": (now - timedelta(hours=row["ago"])).isoformat(), "text": row["text"],
    }  # fmt: skip
    if "answers" in row:
        comment["parent_id"] = ids[row["answers"]]
    return json.dumps(comment).encode()


# --- The plan of the demonstration: ideas, drafts, posts of the plan and others, an offer, a task
_TEXTS = (
    ("Открытие катка", "Завтра в 12:00 открываем каток на площади. Коньки напрокат есть!", "Афиша", Format.PHOTO, 1),
    ("Где ставить ёлку", "Где в этом году поставить главную ёлку? Голосуем до пятницы.", "Ваше мнение", Format.POLL, 2),
    ("Ремонт моста", "С понедельника мост на Калининской ремонтируют, проезд по одной полосе.", "", Format.TEXT, 3),
)
_PAST_THE_PLAN = (
    ("Воду на Будника дадут к 18:00, бригада водоканала уже на месте.", frozenset[str](), timedelta(hours=3)),
    ("Фото с субботника: спасибо всем, кто пришёл!", frozenset({"photo"}), timedelta(days=1, hours=5)),
)
"""What it says, what hangs on it, how long ago it was posted."""
_POLL = {"question": "Где ставить ёлку?", "options": "На площади\nВ парке", "until": "пятница"}


def plan_a_week(people: Mapping[str, User], now: datetime) -> None:
    """By the press centre, in the days after `now`; one publication is out already."""
    vera, anna = people["vera"], people["anna"]
    here, today = [page.id for page in own_pages()], now.astimezone(zone()).date()
    outgoing.add_idea("Итоги года в цифрах", today + timedelta(days=4), actor=vera, now=now)
    for title, text, heading, form, days in _TEXTS:
        row = outgoing.add_idea(title, today + timedelta(days=days), actor=vera, now=now)
        written = outgoing.Written(title, text, form, _POLL if form is Format.POLL else {}, heading, "", here)
        then = PlanAct.SUBMIT if days == 2 else None
        outgoing.save(row.id, row.version, written, then=then, actor=vera, now=now)
    stands = outgoing.add_idea("График вывоза мусора", today, actor=vera, now=now)
    written = outgoing.Written(stands.title, "Мусор на этой неделе вывозят как обычно, по графику.", pages=here[:1])
    outgoing.save(stands.id, stands.version, written, then=PlanAct.APPROVE, actor=anna, now=now)
    for place in list(stands.placements):
        outgoing.note_placed(
            stands.id, stands.version, placement_id=place.id, url="", placed_at=None, without_link=True, actor=anna,
            now=now,
        )  # fmt: skip
    _past_the_plan(now)
    _keep_lists(vera, here, today.year, now)
    news.offer(
        "На Калининской заменили лампы в фонарях", "сегодня утром", "Калининская, 12", [], actor=people["boris"],
        now=now,
    )  # fmt: skip
    news.enter(
        "День Конституции", "Друзья, с Днём Конституции!", given_by="Департамент информационной политики, чат",
        due_at=now + timedelta(hours=20), pages=here, actor=anna, now=now,
    )  # fmt: skip


def _past_the_plan(now: datetime) -> None:
    """What somebody posted from a telephone, as the look at the page finds it."""
    page = db.session.scalars(select(Account).where(Account.network == "vk").order_by(Account.id)).first()
    if page is None:
        return
    owner = f"-{page.external_id}"
    posts = [
        PostThere(
            contract.Target(contract.Kind.POST, str(number), "", owner, owner), text, contract.Person(owner), now - ago,
            f"https://vk.com/wall{owner}_{number}", is_own=True, holds=holds,
        )
        for number, (text, holds, ago) in enumerate(_PAST_THE_PLAN, start=7101)
    ]  # fmt: skip
    with transaction():
        planning.enter(page.id, posts, all_since=None, now=now)


def _keep_lists(vera: User, here: Sequence[int], year: int, now: datetime) -> None:
    """Headings of the week, one of them with next week's idea; days of the place itself."""
    planning.HEADINGS.add(planning.HeadingGiven("Афиша выходных", 3, time(12, 30), here), actor=vera, now=now)
    planning.make_ideas(actor=vera, now=now)
    planning.HEADINGS.add(planning.HeadingGiven("Вопрос — ответ", 0, None, ()), actor=vera, now=now)
    for title, day, every_year in (
        ("День Приморского края", date(year, 10, 25), True),
        ("Юбилей школы № 1", now.astimezone(zone()).date() + timedelta(days=5), False),
    ):
        news.DAYS.add(news.DayGiven(title, day, every_year=every_year), actor=vera, now=now)


# --- What became of the promises of the demonstration: old ones were kept, later ones wait for the curator or a result
RESULT = "Сделано в срок, место осмотрели."
STILL_OPEN, STILL_REPORTED = timedelta(days=2), timedelta(days=6)
"""Promises of the last days wait for their result, those before them for the curator."""


def settle_promises(people: Mapping[str, User], until: datetime, now: datetime) -> None:
    """What happened to promises by `until`, in the order of time: a result at eleven, its answer an hour later."""
    while due := _due(until, now):
        at, row = min(due, key=lambda one: (one[0], one[1].id))
        executor = active_assignments(row.message)[0].executor
        if row.state is PromiseState.OPEN:
            promises.report(row.id, row.version, result=RESULT, uploads=[], actor=executor, now=at)
        else:
            promises.decide_done(row.id, row.version, actor=people["anna"], now=at)


def _due(until: datetime, now: datetime) -> list[tuple[datetime, Promise]]:
    calendar, today = clocks.in_force().calendar, terms.local_day(now)
    found = []
    for row in db.session.scalars(select(Promise).where(Promise.state.in_(promises.LIVE))):
        # A promise made in the afternoon for the same day is done after its publication.
        eleven = calendar.next_working(datetime.combine(row.due_on, time(11), calendar.tz))
        reported = max(eleven, calendar.add(row.created_at, 60))
        at = reported if row.state is PromiseState.OPEN else calendar.add(reported, 60)
        left = STILL_OPEN if row.state is PromiseState.OPEN else STILL_REPORTED
        if at <= until and row.due_on < today - left and active_assignments(row.message):
            found.append((at, row))
    return found


# --- What was missed in the demonstration, and what became of it (П.19): causes, an objection, decisions, a memo
CAUSES = (("no_answer", "Подрядчик ответил на другой день"), ("workload", ""), ("noticed_late", ""))
OBJECTION = "Проект был готов вовремя, но не было света: отправить его не вышло."


def settle_shortcomings(people: Mapping[str, User], now: datetime) -> None:
    """Of what was late some was explained and decided, one is objected to, the last waits; the memo of it was sent."""
    record_breaches(now)
    curator, chief = people["anna"], chief_of_staff(leaders())
    if chief is None:
        return
    for number, row in enumerate(_late(Side.EXECUTOR)[:-1]):
        _explain(row, now, *CAUSES[number % len(CAUSES)])
        if number % 4 == 3:
            shortcomings.object_to(row.id, row.version, objection=OBJECTION, actor=_person(row), now=now)
        elif number % 4 == 2:
            shortcomings.waive(row.id, row.version, waiver="source_time", reason="", actor=curator, now=now)
        else:
            shortcomings.confirm(row.id, row.version, reason="", actor=curator, now=now)
    for row in _late(Side.CURATOR)[:1]:
        _explain(row, now, "workload", "")
        shortcomings.confirm(row.id, row.version, reason="", actor=db.session.get_one(User, chief.id), now=now)
    _enter_one(curator, now)
    _write_memo(curator, db.session.get_one(User, chief.id), now)


def _late(side: Side) -> list[Shortcoming]:
    """The first of each chain, the oldest first."""
    found = select(Shortcoming).where(Shortcoming.side == side, Shortcoming.root_id.is_(None))
    return list(db.session.scalars(found.order_by(Shortcoming.occurred_at, Shortcoming.id)))


def _person(row: Shortcoming) -> User:
    return db.session.get_one(User, row.person_id)


def _explain(row: Shortcoming, now: datetime, cause: str, words: str) -> None:
    shortcomings.explain(row.id, row.version, cause=cause, words=words, actor=_person(row), now=now)


def _enter_one(curator: User, now: datetime) -> None:
    """What no clock notes: an answer that was wrong."""
    answered = select(Message).where(Message.status == Status.ANSWERED).order_by(Message.received_at).limit(1)
    message = db.session.scalars(answered).one()
    executor = active_assignments(message)[0].executor
    row = shortcomings.enter(
        message.id, kind="false_facts", person_id=executor.id, day=clocks.in_force().calendar.local(now).date(),
        words="В ответе сказано, что работы закончены, а жители прислали фото: место не убрано.", actor=curator,
        now=now,
    )  # fmt: skip
    shortcomings.explain(row.id, row.version, cause="no_answer", words="", actor=executor, now=now)


def _write_memo(curator: User, chief: User, now: datetime) -> None:
    """Of the last month, sent; the chief of staff has read it and asked for something."""
    calendar = clocks.in_force().calendar
    today = calendar.local(now).date()
    memo = memos.prepare(today - timedelta(days=30), today - timedelta(days=1), actor=curator, now=now)
    said = "Назначить второго исполнителя в отделах, где проекты опаздывают чаще других."
    memos.save_proposals(memo.id, memo.version, proposals=said, actor=curator, now=now)
    memos.send(memo.id, memo.version, actor=curator, now=now)
    memos.mark_seen(memo.id, actor=chief, now=now)
    due = calendar.add_working_days(now, 5)
    memos.decide(memo.id, instructions.Order(said, curator.id, due), said_by_id=None, actor=chief, now=now)


# --- One urgent report of the demonstration: the head has not read it yet (П.20)
PLACE = "ул. Будника, 3–9"
WHAT = "Нет света в домах 3–9 по ул. Будника с утра. В доме 5 — человек на кислородном аппарате, батареи на час–два."
DONE = "Диспетчер сетевой компании: авария на линии, срок не назван. Ищем генератор для дома 5."


def report_urgently(people: Mapping[str, User], messages: Iterable[Message], now: datetime) -> None:
    """The curator reports what somebody's life may depend on."""
    message = next(one for one in messages if one.place == PLACE)
    workers = [f"{row.executor.name}, {row.executor.phone}" for row in active_assignments(message)]
    told = instructions.ReportForm(
        WHAT, PLACE, since_at=message.published_at, links=message.url or "", workers="\n".join(workers), done=DONE
    )
    urgent.send(told, message_id=message.id, actor=people["anna"], now=now)


# --- What people are reminded of when the demonstration begins: the last acts, not the story of all its weeks
LAST = 40  # so many rows of the log


def leave_reminders(now: datetime) -> None:
    """Remind of the newest acts, as the worker would have done."""
    last = db.session.scalar(select(func.max(Event.id))) or 0
    with transaction() as session:
        session.merge(ReminderMark(id=1, event_id=max(0, last - LAST)))
    read_log(now)


# --- The seals that a worker would have set all along: the log of a demonstration was not sealed late either
def seal_the_past(now: datetime) -> None:
    """Seal what was logged as if it had been done then, stretch by stretch."""
    begun: datetime | None = None
    last_id, last_at = 0, now
    for number, at in db.session.execute(select(Event.id, Event.at).order_by(Event.id)).all():
        if begun is not None and at - begun > sealing.SOON:
            audit.seal_events(last_at, until=last_id)
            begun = None
        begun, last_id, last_at = begun or at, number, at
    audit.seal_events(last_at)
