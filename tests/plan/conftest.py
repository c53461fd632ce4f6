"""Two pages of the office, and publications of the plan on the morning of Wednesday 25 November 2026."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from osm.extensions import db
from osm.regulation.plan.words import PlanAct
from osm.services.plan import writing
from osm.services.plan.writing import Written
from osm.store.models import Account, Publication
from osm.store.transaction import transaction
from tests.desk import NOW, RECEIVED, Desk


@dataclass
class Plan:
    """The plan by the hands of the cast; Вера writes, Анна approves."""

    desk: Desk
    vk: int
    ok: int

    def idea(self, title: str = "Открытие катка", day: date = date(2026, 11, 26)) -> Publication:
        return writing.add_idea(title, day, actor=self.desk.vera, now=NOW)

    def written(self, text: str = "Завтра открываем каток. Приходите!", **more: object) -> Written:
        given = {"title": "Открытие катка", "text": text, "pages": (self.vk, self.ok), **more}
        return Written(**given)  # type: ignore[arg-type]

    def approved(self, **more: object) -> Publication:
        row = self.idea()
        return writing.save(
            row.id, row.version, self.written(**more), then=PlanAct.APPROVE, actor=self.desk.anna, now=NOW
        )

    def again(self, row: Publication) -> Publication:
        """As it stands in the database now."""
        db.session.rollback()
        return db.session.get_one(Publication, row.id, populate_existing=True)


@pytest.fixture
def plan(desk: Desk) -> Plan:
    with transaction() as session:
        pages = [
            Account(network=network, external_id=number, title=title, url=url, created_at=RECEIVED)
            for network, number, title, url in (
                ("vk", "200000001", "Город ВК", "https://vk.com/club200000001"),
                ("ok", "70000000000001", "Город ОК", "https://ok.ru/group/70000000000001"),
            )
        ]
        session.add_all(pages)
        session.flush()
        ids = [page.id for page in pages]
    return Plan(desk, *ids)
