"""The screens of instructions: in the executor's «Ждёт меня», decided by their author, late ones on his page."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest

from osm.base.database import db
from osm.models import Instruction, InstructionKind, InstructionState
from osm.people.acts.absences import Given, enter_absence
from osm.regulation.errors import MissingInput
from osm.urgent.acts import instructions
from osm.urgent.acts.instructions import Order
from osm.urgent.queries.instructions import addressees
from tests.cast import audit, browser_of
from tests.office import at
from tests.page_reading import badge, words

DUE = at("25.11 15:00")
NOW = at("25.11 10:50")


def give(desk, to="boris", by="gleb", **more) -> Instruction:
    order = Order("Проверить все подвалы", desk.ids[to], DUE, more.pop("kind", InstructionKind.TASK))
    return instructions.give(order, actor=getattr(desk, by), now=NOW, **more)


def fresh(row) -> Instruction:
    db.session.rollback()
    return db.session.get_one(Instruction, row.id, populate_existing=True)


def log_in(app, login):
    browser = app.test_client()
    assert browser.log_in(login, "пароль-gleb").status_code == 303
    return browser


def test_from_ждёт_меня_to_accepted(desk, boris, gleb):
    before = badge(boris.get("/").text)
    poll = unescape(re.search(r'hx-get="(/inbox/news[^"]+)"', boris.get("/").text)[1])
    row = give(desk)
    path = f"/instructions/{row.id}"
    assert "новых 1" in words(boris.htmx(poll, method="GET").text)
    page = boris.get("/").text
    assert badge(page) == before + 1
    assert "kind=instructions" in page
    assert "к 25.11 15:00" in words(page)
    refused = boris.submit(f"{path}/report", {"version": 1, "report": " "})
    assert (refused.status_code, "Напишите, что сделано" in refused.text) == (422, True)
    assert boris.submit(f"{path}/report", {"version": 1, "report": "Проверены 12 подвалов"}).location == path
    assert badge(boris.get("/").text) == before

    assert "Принять доклад" in gleb.get("/").text
    assert gleb.submit(f"{path}/give-back", {"version": 2, "remarks": "А дом 9?"}).status_code == 303
    assert "возвращено: А дом 9?" in words(boris.get("/").text)
    late = boris.submit(f"{path}/report", {"version": 2, "report": "И девятый"})
    assert (late.status_code, "И девятый" in late.text) == (409, True)
    boris.submit(f"{path}/report", {"version": 3, "report": "И девятый"})
    assert gleb.submit(f"{path}/accept", {"version": 4}).status_code == 303
    assert fresh(row).state is InstructionState.ACCEPTED
    told = words(gleb.get(path).text)
    for said in ("Проверены 12 подвалов", "А дом 9?", "И девятый", "поручение выполнено"):
        assert said in told
    assert f'href="{path}"' not in gleb.get("/instructions").text
    assert f'href="{path}"' in gleb.get("/instructions?show=all").text


def test_strangers_find_nothing_and_colleagues_only_read(app, desk, anna, boris, efim):
    memo = give(desk, kind=InstructionKind.MEASURE)
    of_work = give(desk, message_id=desk.incident("25.11 10:05").id)
    assert "Мера" in boris.get(f"/instructions/{memo.id}").text
    assert anna.get(f"/instructions/{memo.id}").status_code == 404
    assert anna.get(f"/instructions/{of_work.id}").status_code == 200
    assert efim.get(f"/instructions/{of_work.id}").status_code == 403
    refused = anna.submit(f"/instructions/{of_work.id}/report", {"version": 1, "report": "Сделано всё"})
    assert (refused.status_code, "Сделано всё" in refused.text) == (403, True), "the page has no such form for her"
    assert anna.submit(f"/instructions/{of_work.id}/accept", {"version": 1}).status_code == 403
    assert fresh(of_work).state is InstructionState.OPEN


def test_of_an_absent_colleague_the_substitute_reports(app, desk, boris):
    row = give(desk, to="lidia")
    assert boris.get(f"/instructions/{row.id}").status_code == 404
    today = date(2026, 11, 25)
    enter_absence(desk.ids["lidia"], Given("illness", today, today, desk.ids["boris"]), actor=desk.anna, now=NOW)
    assert "kind=instructions" in boris.get("/").text
    assert boris.submit(f"/instructions/{row.id}/report", {"version": 1, "report": "За неё"}).status_code == 303
    assert fresh(row).reported_by_id == desk.ids["boris"]


def test_nobody_gives_one_to_an_auditor(desk, cast):
    auditor = audit(cast["dina"], NOW)
    with pytest.raises(MissingInput):
        instructions.give(Order("Проверить", auditor, DUE, InstructionKind.TASK), actor=desk.gleb, now=NOW)
    assert auditor not in dict(addressees())


@pytest.mark.words
@pytest.mark.parametrize("form", ["report", "accept", "give-back", "drop"])
def test_get_changes_nothing(desk, gleb, form):
    assert gleb.get(f"/instructions/{give(desk).id}/{form}").status_code == 405


def test_a_late_one_is_on_the_pages_of_those_responsible(app, desk, clock):
    row = give(desk, to="roman")
    clock.set(at("25.11 15:01"))
    late = "опоздало, срок 25.11 15:00"
    assert late in words(browser_of(app, desk.ids, "gleb").get("/").text)
    assert late in words(log_in(app, "maxim").get("/").text)
    assert late not in words(log_in(app, "sveta").get("/").text), "roads are not hers"
    fresh(row).to_id = desk.ids["boris"]
    db.session.commit()
    assert late in words(log_in(app, "sveta").get("/").text)
