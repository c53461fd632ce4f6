"""Decisions on several comments are undone together before they are sent; in a browser by U."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from osm.base.database import db
from osm.check.acts import verdicts
from osm.comments.acts.importing import import_comments
from osm.models import Comment, Event, OutboxAction, User
from osm.outbox.acts import orders
from osm.regulation.blacklist import CommentState, OutboxState
from tests.conftest import MORNING
from tests.in_browser import log_in
from tests.waiting import stop_timers

from .browsing import press, settled, states
from .conftest import CIVIL, RUDE, SPAM, line, the


@pytest.fixture
def put(app, cast):
    def store(*texts: str) -> list[int]:
        with app.app_context():
            lines = [line(id=f"-1_{place}", text=text) for place, text in enumerate(texts, start=1)]
            import_comments(lines, actor=None, now=MORNING)
            verdicts.read_due_comments(MORNING)
            return [the(f"-1_{place}").id for place, _ in enumerate(texts, start=1)]

    return store


def delete_all(browser, *ids: int):
    rows = [f"{one}:1" for one in ids]
    return browser.submit("/moderation/bulk", {"row": rows, "choice": "delete", "ground": "spam"})


def undo_form(page: str) -> list[str]:
    """The rows that «Отменить все» would undo; empty if it is not offered."""
    found = re.search(r'<form[^>]*action="/moderation/bulk/undo".*?</form>', page, re.DOTALL)
    return re.findall(r'name="row" value="(\d+:\d+)"', found[0]) if found else []


def test_what_was_decided_together_is_taken_back_together(app, put, vera):
    first, second, _ = put(SPAM, f"{SPAM} ещё", CIVIL)
    delete_all(vera, first, second)
    page = vera.get("/moderation").text
    assert "Будет удалено: 2 комментария" in page
    assert undo_form(page) == [f"{first}:2", f"{second}:2"]
    vera.submit("/moderation/bulk/undo", {"row": undo_form(page)})
    assert states(app) == {"waiting": 3}
    page = vera.get("/moderation").text
    assert undo_form(page) == []
    with app.app_context():
        assert db.session.query(Event).filter_by(action="comment_undo").count() == 2


@pytest.mark.parametrize(("other", "said"), [("7", "автор предложен"), ("8", "авторы предложены")])
def test_one_author_is_spoken_of_as_one_and_several_as_several(app, cast, vera, other, said):
    with app.app_context():
        pair = [line(id="-1_1", text=SPAM, author_id="7"), line(id="-1_2", text=f"{SPAM} ещё", author_id=other)]
        import_comments(pair, actor=None, now=MORNING)
        rows = [f"{the(one).id}:1" for one in ("-1_1", "-1_2")]
    vera.submit("/moderation/bulk", {"row": rows, "choice": "blacklist", "ground": "spam"})
    assert f"Будет удалено, {said} в чёрный список: 2 комментария" in vera.get("/moderation").text


def test_a_single_decision_later_is_what_can_be_taken_back(put, vera):
    first, second, third = put(SPAM, f"{SPAM} ещё", CIVIL)
    delete_all(vera, first, second)
    vera.submit(f"/moderation/{third}/decide", {"version": "1", "choice": "keep"})
    page = vera.get("/moderation").text
    assert undo_form(page) == []
    assert f'action="/moderation/{third}/undo"' in page


def test_what_has_gone_out_is_not_offered_and_takes_nothing_along(app, put, vera):
    ids = put(SPAM, f"{SPAM} ещё")
    delete_all(vera, *ids)
    rows = undo_form(vera.get("/moderation").text)
    with app.app_context():
        action = db.session.scalars(db.select(OutboxAction).filter_by(comment_id=ids[0])).unique().one()
        person = db.session.scalars(db.select(User).filter_by(login="vera")).one()
        orders.mark_done_by_hand(action.id, action.version, at=None, actor=person, now=MORNING)
    assert undo_form(vera.get("/moderation").text) == []
    answer = vera.submit("/moderation/bulk/undo", {"row": rows}, follow_redirects=True)
    assert "удаление в соцсети уже выполнено" in answer.text
    assert states(app) == {"deleted": 2}


def test_the_last_decision_is_named_correctly_before_it_is_sent(put, vera):
    (rude,) = put(RUDE)
    vera.submit(f"/moderation/{rude}/decide", {"version": "1", "choice": "delete", "ground": "insult"})
    page = vera.get("/moderation").text
    assert "Удаляется: «" in page
    assert "Удалён: «" not in page


def test_a_number_that_no_database_holds_is_no_comment(app, put, vera):
    put(SPAM)
    answer = vera.submit("/moderation/bulk", {"row": [f"{'9' * 40}:1"], "choice": "keep"})
    assert answer.status_code == 422
    assert states(app) == {"waiting": 1}


def actions(app) -> list[tuple[int, int]]:
    with app.app_context():
        return [(one.id, one.version) for one in db.session.scalars(db.select(OutboxAction).order_by("id")).unique()]


def test_what_was_done_there_in_one_go_is_marked_together(app, put, vera):
    delete_all(vera, *put(SPAM, f"{SPAM} ещё", f"{SPAM} и ещё"))
    rows = [f"{one}:{version}" for one, version in actions(app)]
    assert vera.get("/moderation/outbox").text.count('form="bulk"') == 3
    answer = vera.submit("/moderation/outbox/done", {"row": rows[:2]}, follow_redirects=True)
    assert re.search(r"Выполнено вручную, \d\d:\d\d: 2 действия\.", answer.text)
    with app.app_context():
        found = [one.state for one in db.session.scalars(db.select(OutboxAction).order_by("id")).unique()]
        assert found == [OutboxState.DONE_BY_HAND, OutboxState.DONE_BY_HAND, OutboxState.PENDING]
        assert db.session.query(Event).filter_by(action="outbox_by_hand").count() == 2


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"row": []}, 422, "Отметьте хотя бы одно действие"),
        ({"at": "2026-01-01T10:00"}, 422, "не раньше решения"),
        ({"row": ["1:7", "2:1"]}, 409, "Отметьте заново"),
    ],
)
def test_several_are_marked_all_or_none(app, put, vera, given, status, said):
    delete_all(vera, *put(SPAM, f"{SPAM} ещё"))
    rows = [f"{one}:{version}" for one, version in actions(app)]
    answer = vera.submit("/moderation/outbox/done", {"row": rows, **given})
    assert (answer.status_code, said in answer.text) == (status, True)
    assert answer.text.count(" checked") == (2 if "at" in given else 0)
    with app.app_context():
        assert {one.state for one in db.session.scalars(db.select(OutboxAction)).unique()} == {OutboxState.PENDING}


def test_a_comment_of_a_thread_is_shown_below_what_it_answers(app, cast, vera):
    with app.app_context():
        asked = line(id="-1_1", text="Кто принимал эту дорогу?", author_name="Семён Дальний", author_id="8")
        answer = line(id="-1_2", text=RUDE, parent_id="-1_1")
        lost = line(id="-1_3", text=CIVIL, parent_id="-1_99")
        import_comments([asked, answer, lost], actor=None, now=MORNING)
        verdicts.read_due_comments(MORNING)
    page = vera.get("/moderation").text
    assert "Отвечает на: <strong>Семён Дальний</strong>, «Кто принимал эту дорогу?»" in page
    assert page.count("comment-parent") == 1
    with app.app_context():
        number = the("-1_2").id
    vera.submit(f"/moderation/{number}/decide", {"version": "1", "choice": "keep"})
    assert "Отвечает на: <strong>Семён Дальний</strong>" in vera.get("/moderation/decided").text


@pytest.mark.browser
def test_the_bar_stays_in_sight_and_u_takes_back_what_it_did(app, put, page: Page, live_url):
    put(*(f"{SPAM} {number}" for number in range(20)))
    log_in(page, live_url, "vera", "/moderation")
    expect(page.locator(".comment.is-current")).to_have_count(1)
    stop_timers(page)  # U takes back for ten seconds, which a busy machine may take for a press
    bar = page.locator("#bulk")
    expect(bar).not_to_be_in_viewport()
    ticks = page.locator(".comment input[name=row]")
    ticks.nth(0).check()
    ticks.nth(1).check()
    expect(bar).to_be_in_viewport(ratio=1)
    expect(bar).to_contain_text("Отмечено: 2")
    press(page, "A")  # a single decision takes the tick away
    expect(bar).to_contain_text("Отмечено: 1")
    settled(page)
    page.locator(".comment:visible input[name=row]").nth(1).check()
    bar.locator("select").select_option("spam")
    bar.get_by_role("button", name="Удалить отмеченные").click()
    expect(page.get_by_role("button", name="Отменить все")).to_be_visible()
    assert states(app)["deleted"] == 2
    expect(page.locator(".comment.is-current")).to_have_count(1)
    press(page, "U")
    expect(page.get_by_text("Решение отменено, снова ждут: 2 комментария")).to_be_visible()
    with app.app_context():
        assert not db.session.scalars(db.select(Comment).filter_by(state=CommentState.DELETED)).first()


@pytest.mark.parametrize("address", ["/moderation/bulk", "/moderation/{}/decide"])
def test_a_form_that_was_sent_by_enter_decides_nothing(app, put, vera, address):
    """Enter presses the first button of a form, which carries no decision."""
    (spam,) = put(SPAM)
    page = vera.get("/moderation").text
    for form in re.findall(r'<form class="comment-(?:acts|bulk)".*?</form>', page, re.DOTALL):
        assert 'value="" hidden' in re.findall(r"<button[^>]*>", form)[0]
    given = {"row": [f"{spam}:1"], "version": "1", "choice": "", "ground": "spam"}
    answer = vera.submit(address.format(spam), given)
    assert answer.status_code == 422
    assert states(app) == {"waiting": 1}


@pytest.mark.browser
def test_on_a_telephone_the_bar_holds_its_words_and_names_no_keys(put, page: Page, live_url):
    put(SPAM, CIVIL)
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(page, live_url, "vera", "/moderation")
    expect(page.locator(".comment.is-current")).to_have_count(1)
    stop_timers(page)
    page.locator(".comment input[name=row]").first.check()
    expect(page.locator("#bulk")).to_be_in_viewport(ratio=1)
    buttons = page.locator("#bulk .btn:visible")
    expect(buttons).to_have_count(4)
    assert buttons.evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth).length") == 0
    press(page, "A")
    expect(page.get_by_role("button", name="Отменить")).to_have_text("Отменить U")
    expect(page.locator("#undo kbd")).to_be_hidden()
