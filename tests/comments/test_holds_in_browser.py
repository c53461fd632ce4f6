"""Which comments a page shows: after a long absence, after an undone decision, after the end of the session."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from osm.base.database import db
from osm.check.acts import verdicts
from osm.comments.acts import holds
from osm.comments.acts.importing import import_comments
from osm.models import Comment, User
from tests.conftest import MORNING
from tests.in_browser import log_in

from .conftest import CIVIL, RUDE, SPAM, line

pytestmark = pytest.mark.browser


@pytest.fixture
def queue(app, cast, page: Page, live_url: str) -> Page:
    """The moderator's queue with three comments."""
    with app.app_context():
        lines = [line(id=f"-1_{place}", text=text) for place, text in enumerate((RUDE, SPAM, CIVIL), start=1)]
        import_comments(lines, actor=None, now=MORNING)
        verdicts.read_due_comments(MORNING)
    with page.expect_response("**/moderation/more?*"):  # it asks for further ones, and would take what is given away
        log_in(page, live_url, "vera", "/moderation")
    expect(page.locator(".comment.is-current")).to_contain_text("сволочи")
    return page


def given_to_anna(app, cast, *texts: str) -> None:
    """The holds of the page have run out, and a colleague has opened these."""
    with app.app_context():
        vera, anna = (db.session.get_one(User, cast[login]) for login in ("vera", "anna"))
        holds.release_all(actor=vera)
        holds.take([Comment.text.in_(texts)], "anna", actor=anna, now=MORNING)


def held(app) -> dict[str, int | None]:
    with app.app_context():
        return {row.text: row.held_by_id for row in db.session.scalars(db.select(Comment))}


def log_out(page: Page) -> None:
    page.locator(".top-user > summary").click()
    page.get_by_role("button", name="Выйти").click()
    page.wait_for_url("**/login")


def come_back(page: Page) -> None:
    """From another tab."""
    with page.expect_response("**/moderation/hold"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_who_comes_back_sees_nothing_that_another_has_by_now(app, cast, queue):
    given_to_anna(app, cast, RUDE)
    come_back(queue)
    expect(queue.locator(".comment:visible")).to_have_count(2)
    expect(queue.locator(".comment.is-current")).to_contain_text("Займ")
    expect(queue.locator("#undo")).to_contain_text("взяли или решили другие")
    assert held(app) == {RUDE: cast["anna"], SPAM: cast["vera"], CIVIL: cast["vera"]}


def test_a_comment_changed_by_its_author_leaves_the_page_for_anybody(app, cast, queue):
    with app.app_context():
        import_comments([line(id="-1_1", text=f"{RUDE} И мост!")], actor=None, now=MORNING)
    come_back(queue)
    expect(queue.locator(".comment:visible")).to_have_count(2)
    expect(queue.locator("#undo")).to_contain_text("либо изменил автор")
    assert held(app) == {f"{RUDE} И мост!": None, SPAM: cast["vera"], CIVIL: cast["vera"]}


def test_the_word_of_the_minute_does_not_outlive_its_page(queue):
    """It would arrive after the page has given its comments back, and hold comments that are on no screen."""
    queue.evaluate(
        """() => {
            const real = window.fetch;
            window.fetch = (url, options) => {
                if (url.endsWith("/hold")) document.body.dataset.kept = options.keepalive;
                return real(url, options);
            };
        }"""
    )
    come_back(queue)
    expect(queue.locator("body")).to_have_attribute("data-kept", "false")


def test_text_typed_at_a_comment_that_another_has_stays(app, cast, queue):
    row = queue.locator(".comment", has_text="сволочи")
    row.get_by_label("Пояснение, необязательно").fill("не в первый раз")
    given_to_anna(app, cast, RUDE)
    come_back(queue)
    expect(row).to_contain_text("уже разбирает или решил кто-то другой")
    expect(row.get_by_label("Пояснение, необязательно")).to_have_value("не в первый раз")


def test_what_was_taken_back_is_held_again(app, cast, queue):
    queue.keyboard.press("KeyA")
    with queue.expect_response("**/moderation/hold"):
        queue.keyboard.press("KeyU")
    expect(queue.locator(".comment.is-current")).to_contain_text("сволочи")
    assert held(app) == dict.fromkeys((RUDE, SPAM, CIVIL), cast["vera"])


def test_the_keys_go_on_after_a_new_log_in_in_another_tab(app, cast, queue, live_url):
    other = queue.context.new_page()
    other.goto(f"{live_url}/help")
    log_out(other)
    assert set(held(app).values()) == {None}  # logging out gives them back
    queue.keyboard.press("KeyA")
    expect(queue.locator(".comment", has_text="сволочи")).to_contain_text("Сеанс закончился")
    log_in(other, live_url, "vera", "/help")
    queue.locator(".comment", has_text="сволочи").get_by_role("button", name="Оставить").click()
    expect(queue.locator("#undo")).to_contain_text("Оставлено")
    expect(queue.locator("#queue")).to_have_attribute("data-sending", "0")
    with app.app_context():
        assert db.session.scalars(db.select(Comment.text).where(Comment.decided_by_id == cast["vera"])).all() == [RUDE]


def test_a_decision_is_never_made_in_the_next_users_name(app, cast, queue, live_url):
    other = queue.context.new_page()
    other.goto(f"{live_url}/help")
    log_out(other)
    log_in(other, live_url, "anna", "/help")
    queue.keyboard.press("KeyA")
    expect(queue.locator(".comment", has_text="сволочи")).to_contain_text("Страница была открыта до этого")
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count(Comment.decided_by_id))) == 0
