"""Two pages of the office, and publications of the plan on the morning of Wednesday 25 November 2026."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Account, Publication
from osm.pages.acts.connecting import connect_page
from osm.plan.acts import outgoing
from osm.plan.acts.outgoing import Written
from osm.plan.rules import PlanAct
from tests.desk import NOW, RECEIVED, Desk
from tests.emulators import ok as ok_emulator
from tests.emulators.ok import ok_network
from tests.emulators.vk import KEYS, vk_network
from tests.office import at

NOON = at("25.11 12:00")


@dataclass
class Plan:
    """The plan with acts of the cast; Вера writes, Анна approves."""

    desk: Desk
    vk: int
    ok: int

    def idea(self, title: str = "Открытие катка", day: date = date(2026, 11, 26)) -> Publication:
        return outgoing.add_idea(title, day, actor=self.desk.vera, now=NOW)

    def written(self, text: str = "Завтра открываем каток. Приходите!", **more: object) -> Written:
        given = {"title": "Открытие катка", "text": text, "pages": (self.vk, self.ok), **more}
        return Written(**given)  # type: ignore[arg-type]

    def approved(self, **more: object) -> Publication:
        row = self.idea()
        return outgoing.save(
            row.id, row.version, self.written(**more), then=PlanAct.APPROVE, actor=self.desk.anna, now=NOW
        )

    def again(self, row: Publication) -> Publication:
        """The publication as the database has it now."""
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


@pytest.fixture
def networks(app, plan):
    """Both pages connected to their emulators."""
    with vk_network(limits=False) as vk, ok_network(limits=False) as ok:
        vk.world.now, ok.world.now = int(NOON.timestamp()), int(NOON.timestamp()) * 1000
        kept = app.extensions["osm"].settings
        app.extensions["osm"].settings = replace(kept, network_urls={**kept.network_urls, "vk": vk.base, "ok": ok.base})
        connect_page("vk", str(vk.world.group), KEYS, actor=plan.desk.anna, now=NOW)
        connect_page("ok", ok.world.group, ok_emulator.KEYS, actor=plan.desk.anna, now=NOW)
        yield vk, ok
        app.extensions["osm"].settings = kept


@pytest.fixture
def vk(networks):
    return networks[0]


@pytest.fixture
def ok(networks):
    return networks[1]
