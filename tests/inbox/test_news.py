"""How the tab and the line above the open list say what has come since the last look."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from osm.answers.acts import drafting
from osm.flow.acts.act import record_breaches
from osm.log.queries.history import BRINGS
from osm.messages.acts import routing
from osm.regulation.words import Action, Status
from osm.talk import acts
from tests.cast import browser_of
from tests.desk import NOW
from tests.office import at
from tests.page_reading import badge, words
from tests.statements import counted


def poll_of(page: str) -> str:
    return unescape(re.search(r'hx-get="(/inbox/news[^"]+)"', page)[1])


def badge_poll(page: str) -> str:
    return unescape(re.search(r'hx-get="(/nav/badges[^"]*)"', page)[1])


def title(page: str) -> str:
    return re.search(r"<title>(.*?)</title>", page)[1]


def test_the_title_counts_what_waits_on_every_page(desk, anna):
    assert title(anna.get("/").text) == "Ждёт меня · ОСМ"
    message = desk.in_status(Status.NEW)
    desk.in_status(Status.APPROVED)
    assert title(anna.get("/").text) == "(2) Ждёт меня · ОСМ"
    assert title(anna.get(f"/messages/{message.id}").text) == f"(2) № {message.number} · ОСМ"


def test_a_print_has_a_separate_name(desk, anna):
    message = desk.in_status(Status.NEW)
    page = anna.get(f"/messages/{message.id}").text
    printed = re.search(r'href="([^"]+)"[^>]*>[^<]*(?:<svg.*?</svg>)?Для печати', page)[1]
    assert title(anna.get(printed).text) == f"Карточка № {message.number} · ОСМ"


def test_the_line_counts_what_others_have_brought(desk, anna):
    desk.in_status(Status.NEW)
    page = anna.get("/").text
    assert "список на 11:00" in words(page)
    poll = poll_of(page)
    for _ in range(2):
        desk.incident("25.11 10:30")
    m = desk.in_status(Status.IN_WORK)  # another person's work, not hers
    answer = anna.htmx(poll, method="GET")
    assert "новых 2" in words(answer.text)
    drafting.submit_draft(
        m.id, m.version, text="Здравствуйте!", kind="final", confirmed=True, actor=desk.boris, now=NOW
    )
    again = anna.htmx(poll_of(answer.text), method="GET")
    assert "новых 3" in words(again.text)
    assert anna.htmx(poll_of(again.text), method="GET").status_code == 204


def test_ones_own_acts_are_nothing_new(desk, anna):
    message = desk.in_status(Status.NEW)
    poll = poll_of(anna.get("/").text)
    routing.select_message(message.id, message.version, actor=desk.anna, now=NOW)
    answer = anna.htmx(poll, method="GET").text
    assert "новых" not in answer


def test_a_term_that_passes_brings_it_to_who_hurries(app, desk, clock):
    desk.in_status(Status.IN_WORK)
    clock.set(at("25.11 14:00"))
    anna = browser_of(app, desk.ids, "anna")
    poll = poll_of(anna.get("/").text)
    clock.set(at("25.11 15:00"))
    record_breaches(clock.now())
    assert "новых 1" in words(anna.htmx(poll, method="GET").text)


def test_a_note_is_new_to_its_addressee(desk, boris, vera):
    message = desk.in_status(Status.IN_WORK)
    polls = {"boris": poll_of(boris.get("/").text), "vera": poll_of(vera.get("/").text)}
    acts.write_note(message.id, text="Взгляните", to_id=desk.ids["boris"], actor=desk.anna, now=NOW)
    assert "новых 1" in words(boris.htmx(polls["boris"], method="GET").text)
    assert "новых" not in vera.htmx(polls["vera"], method="GET").text


def test_work_of_others_keeps_the_line_quiet(desk, anna):
    other = desk.in_status(Status.ANSWERED)
    desk.in_status(Status.NEW)
    poll = poll_of(anna.get("/").text)
    acts.write_note(other.id, text="Спасибо", to_id=None, actor=desk.vera, now=NOW)
    answer = anna.htmx(poll, method="GET")
    assert answer.status_code == 200
    assert "список на 11:00" in words(answer.text)
    assert anna.htmx(poll_of(answer.text), method="GET").status_code == 204


STATEMENTS = 5
"""BEGIN, who is behind the cookie, his roles, who is away; the fifth is the poll's own."""


@pytest.mark.parametrize("poll_in", [poll_of, badge_poll])
def test_a_poll_costs_one_small_statement_while_nothing_happens(app, desk, anna, poll_in):
    for _ in range(5):
        desk.in_status(Status.NEW)
    poll = poll_in(anna.get("/").text)
    with counted(app) as seen:
        assert anna.htmx(poll, method="GET").status_code == 204
    assert sum("FROM event" in statement for statement in seen) == 1
    assert not any("FROM message" in statement or "FROM note" in statement for statement in seen)
    assert len(seen) <= STATEMENTS + 1, "\n".join(seen)  # the edition of the calendar


def test_the_numbers_of_the_menu_follow_as_before(desk, anna):
    page = anna.get("/").text
    assert anna.htmx(badge_poll(page), method="GET").status_code == 204
    desk.in_status(Status.NEW)
    again = anna.htmx(badge_poll(page), method="GET").text
    assert badge(again) == 1
    assert anna.htmx(badge_poll(again), method="GET").status_code == 204


def test_what_waits_from_a_certain_time_on_is_counted_without_an_act(app, desk, clock):
    desk.incident("25.11 17:30")  # due on Thursday at 09:30: on the list from four
    clock.set(at("25.11 15:57"))
    anna = browser_of(app, desk.ids, "anna")
    page = anna.get("/").text
    assert badge(page) == 0
    clock.set(at("25.11 16:03"))
    assert badge(anna.htmx(badge_poll(page), method="GET").text) == 1


def test_polls_do_not_keep_a_session_alive(app, desk, clock):
    anna = browser_of(app, desk.ids, "anna")
    page = anna.get("/").text
    for hours in range(1, 12):
        clock.set(NOW + timedelta(hours=hours))
        for poll in (poll_of(page), badge_poll(page)):
            assert anna.htmx(poll, method="GET").status_code in (200, 204)
    clock.set(NOW + timedelta(hours=12, minutes=1))
    assert anna.htmx(poll_of(page), method="GET").status_code == 401


@pytest.mark.words
@pytest.mark.parametrize(
    "query", ["", "?looked=x&checked=&stays=y", "?seen=a&looked=999999999&checked=999999999&stays=1e9"]
)
def test_a_poll_that_no_page_has_made_is_answered(desk, anna, query):
    assert anna.htmx(f"/inbox/news{query}", method="GET").status_code in (200, 204)
    assert anna.htmx("/nav/badges?seen=5&at=99999999999999999999", method="GET").status_code == 200


def test_every_act_is_known_to_bring_something_or_not():
    """A new act must be put on one of the two sides."""
    brings_nothing = {
        Action.SELECT,  # it waited for the same curator before
        Action.DISMISS,
        Action.REDIRECT,
        Action.EXCLUDE,
        Action.MARK_WITHDRAWN,
        Action.MARK_UNANSWERABLE,
        Action.CLOSE_WITHOUT_ANSWER,
        Action.PUBLISH_FINAL,
        Action.CORRECT_PUBLICATION,
        Action.CORRECT_ANSWER,
        Action.REMOVE_EXECUTOR,
        Action.ARRANGE_EXECUTORS,
        Action.DECLINE,  # its note brings something
        Action.RAISE_IMPORTANCE,
        Action.LOWER_IMPORTANCE,
        Action.TELL_FACTS,  # the facts themselves wait, and they are no message
    }
    assert set(Action) - BRINGS == brings_nothing
