"""The plan of the demonstration: ideas, drafts, what stands by the plan and past it, an offer, a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from osm.connectors.contract import Person, Target
from osm.connectors.contract import Written as PostThere
from osm.connectors.ways import Kind
from osm.extensions import db
from osm.plan.acts import news, outgoing, planning
from osm.plan.acts.outgoing import Written
from osm.plan.acts.texts import zone
from osm.plan.queries.week import pages
from osm.plan.rules.words import Format, PlanAct
from osm.store.models import Account, User
from osm.store.transaction import transaction

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
    """By the press centre, in the days after `now`; one publication stands already."""
    vera, anna = people["vera"], people["anna"]
    here, today = [page.id for page in pages()], now.astimezone(zone()).date()
    outgoing.add_idea("Итоги года в цифрах", today + timedelta(days=4), actor=vera, now=now)
    for title, text, heading, form, days in _TEXTS:
        row = outgoing.add_idea(title, today + timedelta(days=days), actor=vera, now=now)
        written = Written(title, text, form, _POLL if form is Format.POLL else {}, heading, "", here)
        then = PlanAct.SUBMIT if days == 2 else None
        outgoing.save(row.id, row.version, written, then=then, actor=vera, now=now)
    stands = outgoing.add_idea("График вывоза мусора", today, actor=vera, now=now)
    written = Written(stands.title, "Мусор на этой неделе вывозят как обычно, по графику.", pages=here[:1])
    outgoing.save(stands.id, stands.version, written, then=PlanAct.APPROVE, actor=anna, now=now)
    for place in list(stands.placements):
        outgoing.note_placed(
            stands.id, stands.version, placement_id=place.id, url="", placed_at=None, without_link=True, actor=anna,
            now=now,
        )  # fmt: skip
    _past_the_plan(now)
    _keep_lists(vera, here, today.year, now)
    news.offer(
        "На Калининской заменили лампы в фонарях",
        "сегодня утром",
        "Калининская, 12",
        [],
        actor=people["boris"],
        now=now,
    )
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
            Target(Kind.POST, str(number), "", owner, owner), text, Person(owner), now - ago,
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
