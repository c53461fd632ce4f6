"""The plan with its two pages, and messages of one event."""

from __future__ import annotations

import pytest

from osm.emergency import acts
from osm.messages.acts.bulk import Chosen
from osm.models import Emergency
from osm.regulation.words import Status
from tests.desk import NOW
from tests.plan.conftest import networks, ok, plan, vk

__all__ = ["networks", "ok", "plan", "vk"]

NOTICE = "Внимание! Прорыв дамбы на Уссури. Эвакуация с улиц Береговой и Речной, сбор у школы № 2."
ANSWER = (
    "{приветствие}\n\nМЧС и администрация работают на месте прорыва дамбы. Эвакуация идёт, пункт сбора в школе № 2, "
    "телефон 112. О ходе работ сообщим до 18:00."
)


@pytest.fixture
def flood(desk, plan) -> list[int]:
    """Two messages about the event without an executor, one that Борис has."""
    texts = ("Вода идёт на Береговую, что делать?", "Куда эвакуируют с Речной?", "Дамбу прорвало!")
    states = (Status.NEW, Status.NEW, Status.IN_WORK)
    return [desk.in_status(status, text=text).id for status, text in zip(states, texts, strict=True)]


@pytest.fixture
def prepared(desk, plan) -> Emergency:
    """By Анна: the notice is approved with it."""
    return acts.prepare("Прорыв дамбы", text=NOTICE, answer=ANSWER, actor=desk.anna, now=NOW)


@pytest.fixture
def begin(desk, prepared, flood):
    """Press once, with the messages of this moment; `who`, `now`: the person and the instant."""

    def press(ids=None, *, confirmed=True, who="anna", now=NOW, version=None, **given):
        from osm.base.database import db
        from osm.models import Message

        db.session.rollback()
        ids = flood if ids is None else ids
        chosen = [Chosen(one, db.session.get_one(Message, one).version) for one in ids]
        row = db.session.get_one(Emergency, prepared.id)
        told = {"executor_id": desk.ids["boris"], "received_by": "по телефону", **given}
        return acts.begin(
            row.id, version or row.version, chosen, confirmed=confirmed, **told, actor=getattr(desk, who), now=now
        )

    return press
