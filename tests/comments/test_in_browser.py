"""The queue in a real browser: emptied by keyboard on a Russian layout, undone, refused, given back, no scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from osm.base.database import db
from osm.check.acts.due import comment_digest
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen
from osm.models import Comment, OutboxAction, User
from osm.regulation.blacklist import CommentState
from tests.conftest import MORNING
from tests.in_browser import log_in
from tests.waiting import Held, becomes

from .browsing import RUSSIAN, current, held, press, settled, states
from .conftest import CIVIL, RUDE, SPAM, THREAT

pytestmark = pytest.mark.browser


def test_twenty_comments_are_cleared_by_keyboard_alone_a_key_each(app, queue):
    page = queue(*(f"{RUDE} {place}" for place in range(5)), *(f"{SPAM} {place}" for place in range(3)),
                 *(f"{CIVIL} {place}" for place in range(30)))  # fmt: skip
    for _ in range(20):
        before = current(page).get_attribute("id")
        press(page, "A" if current(page).get_attribute("data-category") == "none" else "D")
        # The next comment is shown and focused at once, without waiting for the server.
        after = page.evaluate("document.querySelector('.comment.is-current')?.id")
        assert after != before
        expect(current(page)).to_be_in_viewport()
        expect(current(page)).to_be_focused()
    settled(page)
    assert states(app) == {"deleted": 8, "kept": 12, "waiting": 18}
    expect(page.locator("[data-total]")).to_have_text("18")
    with app.app_context():
        grounds = set(db.session.scalars(db.select(Comment.ground).where(Comment.state == CommentState.DELETED)))
        assert grounds == {"insult", "spam"}
        assert db.session.query(OutboxAction).count() == 8
    expect(page.locator(".comment:visible")).to_have_count(18)  # the next ones have been fetched


def test_the_next_one_does_not_wait_for_the_server(app, queue):
    page = queue(RUDE, CIVIL)
    decision = Held(page, "**/decide")
    press(page, "D")
    expect(current(page)).to_contain_text(CIVIL)
    decision.arrived()
    assert states(app) == {"waiting": 2}
    decision.let_go()
    settled(page)
    assert states(app) == {"deleted": 1, "waiting": 1}


def test_how_long_a_threat_waits_is_said_while_one_waits(clock, queue):
    clock.set(MORNING + timedelta(hours=2))
    page = queue(THREAT, CIVIL)
    oldest, threat = page.locator(".comment-age").all()
    expect(oldest).to_contain_text("Самый старый ждёт")
    expect(threat).to_contain_text("Угроза ждёт")
    press(page, "D")
    expect(threat).to_be_hidden()
    expect(oldest).to_be_visible()
    press(page, "U")
    expect(threat).to_be_visible()


@pytest.mark.parametrize("how", ["key", "button"])
def test_a_slip_is_undone(app, queue, how):
    page = queue(RUDE, CIVIL)
    press(page, "D")
    expect(page.locator("#undo")).to_contain_text("Будет удалено: «Вы там все сволочи")
    if how == "key":
        press(page, "U")
    else:
        page.locator("#undo").get_by_role("button", name="Отменить").click()
    expect(page.locator("#undo")).to_contain_text("комментарий снова ждёт")
    expect(current(page)).to_contain_text("сволочи")
    settled(page)
    assert states(app) == {"waiting": 2}
    with app.app_context():
        assert db.session.query(OutboxAction).one().state == "cancelled"
    press(page, "A")  # under the version that the undoing has given it
    settled(page)
    assert states(app) == {"kept": 1, "waiting": 1}


def test_deleted_with_evidence_and_undone_from_the_list(app, queue, live_url):
    page = queue(RUDE)
    press(page, "B")
    settled(page)
    with app.app_context():
        row = db.session.query(Comment).one()
        assert row.evidence_sha256 == comment_digest(row)
    page.goto(f"{live_url}/moderation/decided")
    expect(page.locator(".comment")).to_contain_text("Удаляется · Оскорбительные выражения")
    page.get_by_role("button", name="Отменить решение").click()
    expect(page.locator("#notices")).to_contain_text("Решение отменено")
    assert states(app) == {"waiting": 1}


def test_criticism_wants_a_ground_and_a_digit_gives_it(app, queue):
    page = queue("Администрация работает плохо", CIVIL)
    press(page, "D")
    expect(current(page)).to_contain_text("Критика без основания не удаляется")
    assert states(app) == {"waiting": 2}
    page.keyboard.press("Digit6")
    press(page, "D")
    settled(page)
    with app.app_context():
        assert db.session.query(Comment).filter_by(state=CommentState.DELETED).one().ground == "network_rules"


def test_a_refusal_brings_the_comment_back_with_the_reason(app, queue, cast):
    page = queue(RUDE, CIVIL)
    with app.app_context():
        row = db.session.query(Comment).filter_by(text=RUDE).one()
        vera = db.session.get_one(User, cast["vera"])
        comments.decide([Chosen(row.id, row.version)], Choice.KEEP, actor=vera, now=MORNING)  # from another window
    press(page, "D")
    back = page.locator(".comment", has_text="сволочи")
    expect(back).to_contain_text("решение уже принято: оставлен, Вера Носова")
    expect(back).to_be_visible()
    expect(page.locator("[data-total]")).to_have_text("2")


def test_keys_do_nothing_in_a_field_or_when_switched_off(app, queue):
    page = queue(RUDE, CIVIL)
    field = page.get_by_label("Пояснение, необязательно").first
    field.focus()
    press(page, "D")
    expect(field).to_have_value("в")
    page.locator(".comment-keys").get_by_role("button", name="Клавиши").click()
    page.get_by_role("button", name="Выключить клавиши").click()
    expect(page.locator("#notices")).to_contain_text("Клавиши выключены")
    settled(page)  # the script is there, and hears nothing
    for key in RUSSIAN:
        press(page, key)
    settled(page)
    expect(page.locator(".comment:visible")).to_have_count(2)
    assert states(app) == {"waiting": 2}


def test_up_down_help_and_taking_into_work(app, queue):
    page = queue(RUDE, CIVIL)
    press(page, "J")
    expect(current(page)).to_contain_text(CIVIL)
    press(page, "J")  # the last one stays
    expect(current(page)).to_contain_text(CIVIL)
    press(page, "H")
    expect(page.get_by_role("dialog")).to_contain_text("выбрать основание")
    page.keyboard.press("Escape")
    expect(current(page)).to_be_focused()
    press(page, "M")
    expect(current(page)).to_contain_text("сволочи")
    press(page, "K")
    settled(page)
    assert states(app) == {"taken": 1, "waiting": 1}


def test_leaving_gives_the_comments_back_at_once(queue, live_url, anna):
    page = queue(RUDE)
    assert "сволочи" not in anna.get("/moderation").text
    page.goto(f"{live_url}/help")
    # The browser may send its last word only after the page is left.
    becomes(page, lambda: "сволочи" in anna.get("/moderation").text, True)


def test_without_scripts_the_same_by_buttons(app, put, browser: Browser, live_url):
    put(RUDE, CIVIL)
    page = browser.new_context(java_script_enabled=False).new_page()
    log_in(page, live_url, "vera", "/moderation")
    rude, civil = (page.locator(".comment", has_text=words) for words in ("сволочи", CIVIL))
    rude.get_by_role("link", name="Решить…").click()
    rude.get_by_role("button", name="Удалить", exact=False).first.click()
    page.get_by_role("button", name="Отменить", exact=True).click()
    civil.get_by_role("link", name="Решить…").click()
    civil.get_by_role("button", name="Взять в работу").click()
    becomes(page, lambda: states(app), {"taken": 1, "waiting": 1})
    page.get_by_role("button", name="Закончить и отдать остальное другим").click()
    becomes(page, lambda: held(app), 0)
    page.context.close()
