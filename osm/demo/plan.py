"""The plan of the demonstration: a week with ideas, drafts, what is approved, what stands, an offer and a task."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from osm.regulation.plan.words import Format, PlanAct
from osm.services.plan import news, placing, tasks, writing
from osm.services.plan.steps import zone
from osm.services.plan.writing import Written
from osm.store.models import User
from osm.store.queries.plan.grid import pages

_TEXTS = (
    ("Открытие катка", "Завтра в 12:00 открываем каток на площади. Коньки напрокат есть!", "Афиша", Format.PHOTO, 1),
    ("Где ставить ёлку", "Где в этом году поставить главную ёлку? Голосуем до пятницы.", "Опрос", Format.POLL, 2),
    ("Ремонт моста", "С понедельника мост на Калининской ремонтируют, проезд по одной полосе.", "", Format.TEXT, 3),
)
_POLL = {"question": "Где ставить ёлку?", "options": "На площади\nВ парке", "until": "пятница"}


def plan_a_week(people: Mapping[str, User], now: datetime) -> None:
    """By the press centre, in the days after `now`; one publication stands already."""
    vera, anna = people["vera"], people["anna"]
    here, today = [page.id for page in pages()], now.astimezone(zone()).date()
    writing.add_idea("Итоги года в цифрах", today + timedelta(days=4), actor=vera, now=now)
    for title, text, heading, form, days in _TEXTS:
        row = writing.add_idea(title, today + timedelta(days=days), actor=vera, now=now)
        written = Written(title, text, form, _POLL if form is Format.POLL else {}, heading, "", here)
        then = PlanAct.SUBMIT if days == 2 else None
        writing.save(row.id, row.version, written, then=then, actor=vera, now=now)
    stands = writing.add_idea("График вывоза мусора", today, actor=vera, now=now)
    written = Written(stands.title, "Мусор на этой неделе вывозят как обычно, по графику.", pages=here[:1])
    writing.save(stands.id, stands.version, written, then=PlanAct.APPROVE, actor=anna, now=now)
    for place in list(stands.placements):
        placing.note_placed(
            stands.id, stands.version, placement_id=place.id, url="", placed_at=None, without_link=True, actor=anna,
            now=now,
        )  # fmt: skip
    news.offer(
        "На Калининской заменили лампы в фонарях",
        "сегодня утром",
        "Калининская, 12",
        [],
        actor=people["boris"],
        now=now,
    )
    tasks.enter(
        "День Конституции", "Друзья, с Днём Конституции!", given_by="Департамент информационной политики, чат",
        due_at=now + timedelta(hours=20), pages=here, actor=anna, now=now,
    )  # fmt: skip
