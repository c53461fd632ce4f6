"""The card knows the list that led to it: the way back, the next and the previous one, and no more."""

from __future__ import annotations

import re
from html import unescape

import pytest

from osm.regulation.words import Status
from osm.talk import acts
from tests.desk import NOW


def links(page: str) -> dict[str, str]:
    """Of the card: «back», «prev», «next» → address."""
    found = dict(re.findall(r'rel="(prev|next)" href="([^"]+)"', page))
    if back := re.search(r'class="back" href="([^"]+)"', page):
        found["back"] = back[1]
    return {name: unescape(address) for name, address in found.items()}


def cards(page: str) -> list[str]:
    """Addresses of the cards in a list, in its order."""
    return [unescape(one) for one in re.findall(r'inbox-text"><a href="([^"]+)"', page)]


@pytest.fixture
def three(desk):
    made = [desk.incident(f"25.11 10:{minute}") for minute in (10, 20, 30)]
    desk.in_status(Status.ANSWERED)
    return made


@pytest.mark.parametrize("sort", ["newest", "oldest", "term"])
def test_the_filter_and_the_order_of_the_register_are_kept(three, anna, sort):
    listed = cards(anna.get(f"/messages?status=new&sort={sort}").text)
    assert len(listed) == 3
    middle = links(anna.get(listed[1]).text)
    assert (middle["prev"], middle["next"]) == (listed[0], listed[2])
    assert "status=new" in middle["back"]
    assert cards(anna.get(middle["back"]).text) == listed
    assert "prev" not in links(anna.get(listed[0]).text)
    assert "next" not in links(anna.get(listed[2]).text)


def test_an_act_upon_the_card_keeps_the_list(three, anna):
    listed = cards(anna.get("/messages?status=new&sort=oldest").text)
    card = f"/messages/{three[1].id}"
    form = {"version": three[1].version, "reason": "Пострадавшие"}
    anna.submit(f"{card}/raise-importance", form, headers={"Referer": f"http://localhost{listed[1]}"})
    answer = anna.get(card, headers={"Referer": f"http://localhost{listed[1]}"})
    assert answer.status_code == 303
    assert links(anna.get(answer.headers["Location"]).text)["next"] == listed[2]


def test_from_the_inbox_one_goes_along_it(three, anna):
    listed = cards(anna.get("/").text)[:3]
    assert listed == [f"/messages/{one.id}?from=inbox" for one in three]
    middle = links(anna.get(listed[1]).text)
    assert middle == {"prev": listed[0], "next": listed[2], "back": f"/#m-{three[1].id}"}


def test_a_note_in_the_inbox_is_no_neighbour(desk, three, anna):
    acts.write_note(three[0].id, text="Посмотрите", to_id=desk.anna.id, actor=desk.boris, now=NOW)
    last = cards(anna.get("/").text)[-1]
    assert "next" not in links(anna.get(last).text)


def test_routed_from_the_register_it_leads_to_the_next_of_the_filter(desk, three, anna):
    listed = cards(anna.get("/messages?status=new").text)
    first = three[-1]
    answer = anna.submit(
        f"/messages/{first.id}/route",
        {"version": first.version, "executor_id": desk.ids["boris"]},
        headers={"Referer": f"http://localhost{listed[0]}"},
    )
    assert answer.status_code == 303
    assert answer.headers["Location"] == listed[1]


@pytest.mark.words
@pytest.mark.parametrize(
    "given",
    ["https://evil.example/", "//evil.example", "unknown?status=new", "messages.evil.example?a=b", "javascript:x", ""],
)
def test_a_list_that_is_none_is_not_led_to(three, anna, given):
    page = anna.get(f"/messages/{three[0].id}", query_string={"from": given}).text
    assert "evil" not in str(links(page))
    assert links(page) == {}


@pytest.mark.words
@pytest.mark.parametrize("place", ["", "x", "9" * 40, "1.2.3", "1.99"])
def test_without_a_place_there_is_only_the_way_back(three, anna, place):
    given = {"from": "messages?status=new&network=evil&next=//evil.example", "at": place}
    assert links(anna.get(f"/messages/{three[0].id}", query_string=given).text) == {
        "back": f"/messages?status=new#m-{three[0].id}"
    }


def test_by_its_own_address_the_card_has_no_list(three, anna):
    assert links(anna.get(f"/messages/{three[0].id}").text) == {}


def test_on_a_telephone_the_term_and_the_main_button_come_first(three, anna):
    page = anna.get(f"/messages/{three[0].id}").text
    first = page.index("first-on-phone")
    assert first < page.index('href="#step-route"') < page.index("message-title")
