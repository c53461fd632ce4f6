"""The pages of shortcomings: cause and objection by telephone, decisions, the list, entry from the card."""

from __future__ import annotations

import re
from html import unescape

from osm.base.database import db
from osm.flow.acts.act import record_breaches
from osm.models import Shortcoming, User
from osm.people.acts.users import block_user
from osm.regulation.control import ShortcomingState
from osm.regulation.words import Status
from tests.control.late import rows
from tests.office import at
from tests.page_reading import badge, words

LIST = "/reports/shortcomings"


def state_of(row):
    db.session.rollback()
    return db.session.get_one(Shortcoming, row.id, populate_existing=True).state


def test_from_waiting_for_me_one_press_names_the_cause(late, boris, anna):
    page = boris.get("/").text
    assert "Назвать причину" in page
    form = boris.get(f"{LIST}/{late.id}?from=inbox").text
    assert 'name="cause" value="workload"' in form
    url = f"{LIST}/{late.id}/explain"
    answer = boris.submit(url, {"version": late.version, "cause": "workload", "words": "Три аварии", "from": "inbox"})
    assert answer.location == "/"
    assert badge(boris.get("/").text) == badge(page) - 1
    assert "Назвать причину" not in boris.get("/").text
    assert "Много работы одновременно: Три аварии" in words(anna.get(f"{LIST}?show=decide").text)
    assert "недостаток?" in anna.get("/").text


def test_a_mistake_keeps_what_was_typed(late, boris, anna):
    url = f"{LIST}/{late.id}"
    wrong = boris.submit(f"{url}/explain", {"version": late.version, "cause": "other", "words": ""})
    assert wrong.status_code == 422
    assert "своими словами" in wrong.text
    stale = boris.submit(f"{url}/object", {"version": 9, "objection": "Проект был готов"})
    assert stale.status_code == 409
    assert "Проект был готов" in stale.text
    boris.submit(f"{url}/object", {"version": late.version, "objection": "Проект был готов"})
    without = anna.submit(f"{url}/confirm", {"version": 2, "reason": ""})
    assert without.status_code == 422
    assert "почему оно не принято" in without.text
    assert anna.submit(f"{url}/waive", {"version": 2, "waiver": "objection", "reason": ""}).status_code == 303
    assert state_of(late) is ShortcomingState.WAIVED
    late_one = anna.submit(f"{url}/confirm", {"version": 2, "reason": "Пришёл в 15:00"})
    assert late_one.status_code == 409, "decided already: the page has no form for it any more"
    assert "Пришёл в 15:00" in late_one.text


def test_that_of_a_person_who_has_left_waits_for_who_decides(late, anna, boris, desk, clock):
    assert f"shortcoming-{late.id}" not in anna.get("/").text
    person = db.session.get_one(User, desk.ids["boris"])
    block_user(person.id, person.version, actor=desk.dina, now=clock.now())
    page = anna.get("/").text
    assert f'data-row="shortcoming-{late.id}"' in page
    assert ("недостаток?" in page, "назовите причину" in page) == (True, False)
    assert badge(page) == 2, "this, and his message to be given to somebody else"
    assert anna.submit(f"{LIST}/{late.id}/confirm", {"version": late.version, "reason": ""}).status_code == 303


def test_back_leads_where_the_person_came_from(late, anna):
    def way(address: str) -> str:
        return re.search(r'<a class="back" href="([^"]+)"', unescape(anna.get(address).text))[1]

    here = f"{LIST}/{late.id}"
    assert way(here) == LIST
    assert way(f"{here}?from=inbox") == "/"
    card = anna.get(f"/messages/{late.message_id}").text
    assert way(re.search(rf'href="({here}[^"]*)"', card)[1]) == f"/messages/{late.message_id}"
    filtered = unescape(anna.get(f"{LIST}?show=all&from=2026-11-01").text)
    assert way(re.search(rf'href="({here}[^"]*)"', filtered)[1]) == f"{LIST}?show=all&from=2026-11-01"
    answer = anna.submit(f"{here}/confirm", {"version": late.version, "reason": "", "from": "card"})
    assert way(answer.location) == f"/messages/{late.message_id}"


def test_everybody_sees_his_own_and_the_curator_and_the_leaders_all(late, boris, vera, gleb, anna):
    for browser, status in ((boris, 200), (anna, 200), (gleb, 200), (vera, 404)):
        assert browser.get(f"{LIST}/{late.id}").status_code == status
    assert "Здесь пусто" in vera.get(LIST).text
    assert "Борис" in boris.get(LIST).text
    assert anna.submit(f"{LIST}/{late.id}/explain", {"version": 1, "cause": "workload"}).status_code == 409
    assert gleb.submit(f"{LIST}/{late.id}/explain", {"version": 1, "cause": "workload"}).status_code == 403
    assert vera.submit(f"{LIST}/{late.id}/explain", {"version": 1, "cause": "workload"}).status_code == 404


def test_the_list_is_filtered_and_many_are_waived_on_it(late, anna, desk):
    chosen = f"{LIST}?show=decide&from=2026-11-25&to=2026-11-25&department={late.department_id}"
    page = anna.get(chosen).text
    assert page.count('name="row"') == 2
    assert 'name="row"' not in anna.get(f"{LIST}?show=decide&to=2026-11-24").text
    both = {"row": [f"{row.id}:{row.version}" for row in rows()], "reason": "Ошибка"}
    refused = anna.submit(f"{LIST}/waive?show=decide", {**both, "waiver": ""})
    assert refused.status_code == 422
    assert "checked" in refused.text
    assert "Ошибка" in refused.text
    done = anna.submit(f"{LIST}/waive?show=decide", {**both, "waiver": "calendar"}, follow_redirects=True)
    assert "Снято: 2." in done.text
    assert "Ошибка в календаре" in anna.get(f"{LIST}?show=waived").text


def test_the_curators_own_says_who_decides(desk, anna, gleb, clock):
    desk.in_status(Status.NEW)
    clock.set(at("25.11 12:00"))
    record_breaches(clock.now())
    url = f"{LIST}/{rows()[0].id}"
    assert "о своём недостатке никто не решает сам" in anna.get(url).text
    assert "Это недостаток" not in anna.get(url).text
    assert anna.submit(f"{url}/waive", {"version": 1, "waiver": "calendar"}).status_code == 409
    assert gleb.submit(f"{url}/confirm", {"version": 1, "reason": ""}).status_code == 303


def test_one_is_entered_from_the_card(desk, anna, boris):
    message = desk.in_status(Status.ANSWERED)
    url = f"/messages/{message.id}/shortcoming"
    assert url in anna.get(f"/messages/{message.id}").text
    assert url not in boris.get(f"/messages/{message.id}").text
    given = {"kind": "false_facts", "person_id": desk.ids["boris"], "day": "2026-11-25", "words": "Ямы там нет"}
    wrong = anna.submit(url, {**given, "day": "2026-11-26"})
    assert wrong.status_code == 422
    assert "Ямы там нет" in wrong.text
    done = anna.submit(url, given, follow_redirects=True)
    assert "Недостоверные сведения в ответе" in done.text
    assert "Недостоверные сведения в ответе" in anna.get(f"/messages/{message.id}").text
    assert "внесён недостаток (п. 19)" in anna.get(f"/messages/{message.id}").text
    assert "уже внесён" in anna.submit(url, given).text, "the form sent again"
    db.session.rollback()
    assert len(db.session.scalars(db.select(Shortcoming)).all()) == 1


def test_one_of_this_morning_is_not_shown_in_the_future(desk, anna, clock):
    message = desk.in_status(Status.ANSWERED)
    clock.set(at("25.11 10:31"))
    given = {"kind": "false_facts", "person_id": desk.ids["boris"], "day": "2026-11-25", "words": "Ямы там нет"}
    assert "сегодня в 10:31" in anna.submit(f"/messages/{message.id}/shortcoming", given, follow_redirects=True).text
    assert "сегодня в 12:00" not in anna.get(LIST).text
