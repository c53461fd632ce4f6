"""The register: every filter is in the address; who sees what; pages do not shift while rows arrive."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, update

from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import index
from osm.messages.acts import routing
from osm.models import Assignment, Comment, Message, Reply
from osm.register.queries import rows
from osm.regulation.blacklist import CommentKind
from osm.regulation.transitions import OPEN
from osm.regulation.words import Status
from tests.cast import browser_of
from tests.desk import NOW, WAYS
from tests.office import at

from .reading import listed, numbers, total


@pytest.fixture
def every(desk) -> dict[Status, str]:
    """A message in each status, with its number."""
    return {status: desk.in_status(status).number for status in WAYS}


@pytest.fixture(params=["few are looked up", "many are walked along"])
def way(request, monkeypatch):
    """Both ways of asking the database must find the same."""
    if request.param == "many are walked along":
        monkeypatch.setattr(rows, "COUNTED", 0)
    return request.param


def set_columns(number: str, **values) -> str:
    with transaction():
        message = db.session.scalars(db.select(Message).where(Message.number == number)).one()
        for name, value in values.items():
            setattr(message, name, value)
    return number


def person(app, desk, login: str = "anna"):
    return browser_of(app, desk.ids, login)


# --- Filters


def test_without_filters_everything_is_there_the_newest_first(app, desk, every):
    assert listed(person(app, desk)) == list(every.values())[::-1]


@pytest.mark.sqlite
def test_by_status(app, desk, every):
    anna = person(app, desk)
    assert {status: listed(anna, f"status={status}") for status in WAYS} == {status: [every[status]] for status in WAYS}


def test_by_a_group_of_statuses(app, desk, every, way):
    anna = person(app, desk)
    for group, statuses in {"open": OPEN, "finished": set(Status) - OPEN}.items():
        assert set(listed(anna, f"status={group}")) == {every[status] for status in statuses}


def test_by_term(app, desk, way):
    late = desk.incident("25.11 09:30").number
    soon = desk.incident("25.11 10:30").number
    tomorrow = desk.incident("25.11 17:30").number  # the hour of П.7 ends the next morning
    done = desk.in_status(Status.ANSWERED).number
    anna = person(app, desk)
    assert listed(anna, "term=overdue") == [late]
    assert listed(anna, "term=today") == [soon]
    assert listed(anna, "term=morning") == [tomorrow]
    assert done not in listed(anna, "term=running")
    assert listed(anna, "sort=term") == [late, soon, tomorrow]


def test_by_the_content_of_the_message(app, desk):
    one, other = desk.incident("25.11 10:00", high=True).number, desk.incident("24.11 23:30").number
    set_columns(one, network="ok", topic_id=desk.topics["Отопление"], is_repeat=True)
    anna = person(app, desk)
    for query, found in {
        "network=ok": [one],
        "network=vk": [other],
        f"topic={desk.topics['Отопление']}": [one],
        "topic=none": [other],
        "importance=high": [one],
        "importance=normal": [other],
        "repeat=yes": [one],
        "repeat=no": [other],
        "from=2026-11-25": [one],
        "to=2026-11-24": [other],
        "from=24.11.2026&to=25.11.2026": [one, other],
        "network=ok&importance=normal": [],
    }.items():
        assert listed(anna, query) == found, query


def test_by_the_kind_of_the_comment_that_it_was_made_of(app, desk, way):
    photo, other = (desk.incident("25.11 10:00").number for _ in "12")
    with transaction() as session:
        message = session.scalars(select(Message).where(Message.number == photo)).one()
        kept = {"text_digest": "", "stored_at": at("25.11 10:00"), "message_id": message.id}
        session.add(Comment(network="vk", external_id="1", kind=CommentKind.PHOTO_COMMENT, text=message.text, **kept))
    anna = person(app, desk)
    assert listed(anna, "kind=photo_comment") == [photo]
    assert listed(anna, "kind=comment") == []
    assert set(listed(anna, "kind=post")) == {photo, other}  # messages of no known kind: left out, and the page says so
    assert "Вид: <strong>Комментарий под фото</strong>" in anna.get("/messages?kind=photo_comment").text


def test_by_executor_and_department_who_was_replaced_does_not_count(app, desk, way):
    own, passed_on = desk.in_status(Status.IN_WORK), desk.in_status(Status.IN_WORK)
    closed = desk.in_status(Status.DISMISSED)
    answered = desk.in_status(Status.ANSWERED)
    routing.reroute_message(
        passed_on.id, passed_on.version, executor_id=desk.roman.id, task="", actor=desk.anna, now=at("25.11 10:30")
    )
    anna = person(app, desk)
    assert listed(anna, f"executor={desk.ids['boris']}") == [answered.number, own.number]
    assert listed(anna, f"executor={desk.ids['roman']}") == [passed_on.number]
    assert listed(anna, f"department={desk.boris.department_id}") == [answered.number, own.number]
    assert closed.number not in listed(anna, f"executor={desk.ids['boris']}")


def test_not_in_source(app, desk, every, way):
    published = {every[s] for s in (Status.ANSWERED, Status.AWAITING_AUTHOR, Status.AWAITING_FINAL)}
    assert set(listed(person(app, desk), "im=no")) == published
    by_hand = select(Message.id).where(Message.number == every[Status.ANSWERED])
    with transaction() as session:
        session.execute(update(Reply).where(Reply.message_id.in_(by_hand)).values(for_source=False))
    assert set(listed(person(app, desk), "im=no")) == published - {every[Status.ANSWERED]}


def test_by_words_and_by_number(app, desk, way):
    pit = desk.incident("25.11 10:00", text="Огромная яма, Калининская, 12").number
    rubbish = desk.incident("25.11 10:00", text="Не вывозят мусор").number
    anna = person(app, desk)
    # The index is still empty: the number is found all the same, and the page says why words are not.
    assert listed(anna, f"q=№ {pit}") == [pit]
    waiting = anna.get("/messages?q=яма").text
    assert (numbers(waiting), "готовятся к поиску" in waiting) == ([], True)
    index.read_due(NOW)
    assert listed(anna, "q=ямы на Калининской") == [pit]
    assert listed(anna, "q=мусор") == [rubbish]
    assert listed(anna, "q=мусор на Калининской") == []
    assert listed(anna, "q=!!!") == []
    assert "готовятся к поиску" not in anna.get("/messages?q=яма").text


@pytest.mark.parametrize("pasted", ["https://vk.com/wall-1_1", "m.vk.com/wall-1_1", "https://vk.com/feed?w=wall-1_1"])
def test_a_link_finds_its_message_in_any_spelling(app, desk, way, pasted):
    """A colleague sends a link in a chat: is it ours, and who works on it?"""
    first = desk.incident("25.11 09:30").number
    desk.incident("25.11 09:40")
    assert listed(person(app, desk), urlencode({"q": pasted})) == [first]


def test_a_link_finds_also_what_was_stored_from_a_telephone(app, desk):
    number = set_columns(desk.incident("25.11 09:30").number, url="https://m.vk.com/wall-5_6?reply=7")
    assert listed(person(app, desk), urlencode({"q": "https://vk.com/wall-5_6?reply=7"})) == [number]


# --- The address


def test_the_address_is_in_the_form_and_in_words(app, desk, every):
    page = person(app, desk).get("/messages?status=rework&importance=normal&q=яма").text
    assert '<option value="rework" selected>' in page
    assert 'name="q" value="яма"' in page
    chips = re.findall(r'<li><a href="([^"]+)" title="Убрать фильтр">([^<]+)<strong>([^<]+)', page)
    assert [(label.strip(), value) for _, label, value in chips] == [
        ("Поиск:", "«яма»"), ("Статус:", "На доработке"), ("Важность:", "Обычная"),
    ]  # fmt: skip
    assert unescape(chips[0][0]) == "/messages?status=rework&importance=normal"


def test_a_form_with_empty_fields_leads_to_an_address_without_them(app, desk):
    answer = person(app, desk).get("/messages?q=&status=new&term=&from=&to=")
    assert (answer.status_code, answer.location) == (303, "/messages?status=new")


def test_a_meaningless_value_is_named_after_empty_fields_too(app, desk):
    browser = person(app, desk)
    answer = browser.get("/messages?q=&status=new&topic=lost&term=")
    assert answer.location == "/messages?status=new"
    assert "Не удалось понять в адресе: тема. Показано без этого." in browser.get(answer.location).text
    assert "Не удалось понять" not in browser.get(answer.location).text


def test_a_meaningless_value_is_named_and_left_out(app, desk, every):
    page = (
        person(app, desk).get("/messages?status=lost&from=yesterday&executor=x&topic=99999999999&after=~&sort=up").text
    )
    assert "Не удалось понять в адресе: статус, тема, исполнитель, получено с, порядок." in page
    assert len(numbers(page)) == len(every)


def test_texts_in_an_address_are_shown_as_texts(app, desk):
    page = person(app, desk).get("/messages?q=<script>alert(1)</script>").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


# --- Who sees what


def test_an_executor_sees_his_own_and_his_departments(app, desk, way):
    mine = desk.in_status(Status.IN_WORK)
    colleagues = desk.in_status(Status.IN_WORK)
    others = desk.in_status(Status.IN_WORK)
    desk.in_status(Status.NEW)
    for message, executor in ((colleagues, desk.lidia), (others, desk.roman)):
        # A message that he worked on before stays visible to him (visibility.visible_to).
        routing.reroute_message(
            message.id, message.version, executor_id=executor.id, task="", actor=desk.anna, now=at("25.11 10:30")
        )
        with transaction() as session:
            session.execute(
                db.delete(Assignment).where(Assignment.message_id == message.id, Assignment.ended_at.is_not(None))
            )
    assert listed(person(app, desk, "boris")) == [colleagues.number, mine.number]
    with transaction():
        desk.boris.department_id = None
    assert listed(person(app, desk, "boris")) == [mine.number]


def test_an_executor_without_messages_reads_so(app, desk):
    desk.in_status(Status.NEW)
    page = person(app, desk, "boris").get("/messages").text
    assert "Здесь будут сообщения, направленные вам и вашему отделу." in page
    assert 'class="bulk"' not in page


@pytest.mark.parametrize(("login", "sees"), [("vera", True), ("gleb", True), ("boris", False)])
def test_press_centre_and_head_see_all(app, desk, login, sees):
    number = desk.in_status(Status.NEW).number
    assert (number in listed(person(app, desk, login))) is sees


# --- Pages


def pages_of(browser, query: str) -> list[list[str]]:
    """Every page from the first on, by clicking the links."""
    pages, address = [], f"/messages?{query}"
    while address:
        page = browser.get(address).text
        pages.append(numbers(page))
        link = re.search(r'rel="next" href="([^"]+)"', page)
        address = unescape(link[1]) if link else ""
    return pages


@pytest.mark.parametrize("sort", ["newest", "oldest", "term"])
def test_pages_follow_each_other_without_a_gap(app, desk, monkeypatch, sort):
    monkeypatch.setattr(rows.read_page, "__defaults__", (None, 3))
    for minute in (1, 1, 1, 1, 2, 3, 3, 5):  # equal instants are ordered by id
        desk.incident(f"25.11 10:0{minute}")
    anna = person(app, desk)
    pages = pages_of(anna, f"sort={sort}")
    assert [len(page) for page in pages] == [3, 3, 2]
    seen = [number for page in pages for number in page]
    assert len(set(seen)) == 8
    assert seen == sorted(seen, reverse=sort == "newest")


def test_a_page_stays_where_it_is_while_rows_arrive_and_leads_back(app, desk, monkeypatch):
    monkeypatch.setattr(rows.read_page, "__defaults__", (None, 2))
    old = [desk.incident("25.11 10:00").number for _ in range(5)][::-1]
    anna = person(app, desk)
    first = anna.get("/messages").text
    second = unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
    new = [desk.incident("25.11 10:30").number for _ in range(3)][::-1]
    page = anna.get(second).text
    assert numbers(page) == old[2:4]
    back = anna.get(unescape(re.search(r'rel="prev" href="([^"]+)"', page)[1])).text
    assert numbers(back) == old[0:2]
    assert numbers(anna.get(unescape(re.search(r'rel="prev" href="([^"]+)"', back)[1])).text) == new[1:]
    last = anna.get(unescape(re.search(r'rel="next" href="([^"]+)"', page)[1])).text
    assert numbers(last) == old[4:]
    assert 'rel="next"' not in last


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5])
def test_counting_ends_at_its_bound(app, desk, monkeypatch, count):
    monkeypatch.setattr(rows, "COUNTED", 4)
    monkeypatch.setattr(rows.read_page, "__defaults__", (None, 2))
    for _ in range(count):
        desk.incident("25.11 10:00")
    assert total(person(app, desk).get("/messages").text) == str(min(count, 4))


def test_nothing_found_says_what_to_do(app, desk):
    anna = person(app, desk)
    assert "Сообщений пока нет" in anna.get("/messages").text
    desk.incident("25.11 10:00")
    assert 'data-notice="empty-search"' in anna.get("/messages?status=excluded").text
