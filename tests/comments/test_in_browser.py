"""The queue in a real browser: cleared by keyboard on a Russian layout, undone, refused, given back, no scripts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from osm.extensions import db
from osm.regulation.words import CommentState
from osm.services import comment_checks, comments
from osm.services.comment_import import import_comments
from osm.services.comments import Choice, Chosen
from osm.store.models import Comment, OutboxAction, User
from tests.conftest import MORNING
from tests.waiting import Held, becomes, stop_timers
from tests.web.test_browser import log_in

from .conftest import CIVIL, RUDE, SPAM, line
from .test_screenshots import picture

pytestmark = pytest.mark.browser

RUSSIAN = {"J": "о", "K": "л", "A": "ф", "D": "в", "B": "и", "M": "ь", "U": "г", "H": "р"}
UNEXPECTED = re.compile("policy|refused|is not defined|TypeError", re.IGNORECASE)


@pytest.fixture
def put(app, cast) -> Callable[..., None]:
    def store(*texts: str) -> None:
        with app.app_context():
            lines = [line(id=f"-1_{place}", text=text) for place, text in enumerate(texts, start=1)]
            import_comments(lines, actor=None, now=MORNING)
            comment_checks.read_due(MORNING, owner="test")

    return store


@pytest.fixture
def queue(page: Page, live_url: str, put) -> Callable[..., Page]:
    """The moderator's queue with these comments; what the browser complains of fails the test."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda said: found.append(said.text) if UNEXPECTED.search(said.text) else None)

    def opened(*texts: str) -> Page:
        put(*texts)
        log_in(page, live_url, "/moderation", "vera")
        expect(page.locator(".comment.is-current")).to_have_count(1)
        settled(page)
        stop_timers(page)  # «Отменить» is offered for ten seconds, which a busy machine may take for a press
        return page

    yield opened
    assert found == []


def press(page: Page, key: str) -> None:
    """The physical key of this Latin letter on a keyboard that writes Russian."""
    session = page.context.new_cdp_session(page)
    common = {"code": f"Key{key}", "key": RUSSIAN[key], "windowsVirtualKeyCode": ord(key)}
    session.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": RUSSIAN[key], **common})
    session.send("Input.dispatchKeyEvent", {"type": "keyUp", **common})
    session.detach()


def states(app) -> dict[str, int]:
    with app.app_context():
        counted = db.session.execute(db.select(Comment.state, db.func.count()).group_by(Comment.state))
        return {state.value: number for state, number in counted}


def held(app) -> int:
    """How many comments nobody else gets to see."""
    with app.app_context():
        return db.session.query(Comment).filter(Comment.held_by_id.is_not(None)).count()


def settled(page: Page) -> None:
    """The script of the queue is there, and all decisions have reached the server."""
    expect(page.locator("#queue")).to_have_attribute("data-sending", "0")


def current(page: Page):
    return page.locator(".comment.is-current")


def test_twenty_comments_are_cleared_by_keyboard_alone_a_key_each(app, queue):
    page = queue(*(f"{RUDE} {place}" for place in range(5)), *(f"{SPAM} {place}" for place in range(3)),
                 *(f"{CIVIL} {place}" for place in range(30)))  # fmt: skip
    for _ in range(20):
        before = current(page).get_attribute("id")
        press(page, "A" if current(page).get_attribute("data-category") == "none" else "D")
        # It is there at once, in view and focused: nothing is waited for.
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


@pytest.mark.parametrize("how", ["key", "button"])
def test_a_slip_is_undone(app, queue, how):
    page = queue(RUDE, CIVIL)
    press(page, "D")
    expect(page.locator("#undo")).to_contain_text("Будет удалено: «Вы там все сволочи")
    if how == "key":
        press(page, "U")
    else:
        page.get_by_role("button", name="Отменить U").click()
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
        assert row.evidence_sha256 == comments.evidence_digest(row)
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


def test_keys_do_nothing_in_a_field_and_nothing_at_all_when_they_are_off(app, queue):
    page = queue(RUDE, CIVIL)
    field = page.get_by_label("Пояснение, необязательно").first
    field.focus()
    press(page, "D")
    expect(field).to_have_value("в")
    page.locator("#keys-help summary").click()
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
    expect(page.get_by_text("Раскладка не важна")).to_be_visible()
    press(page, "H")
    press(page, "M")
    expect(current(page)).to_contain_text("сволочи")
    press(page, "K")
    settled(page)
    assert states(app) == {"taken": 1, "waiting": 1}


def test_leaving_gives_the_comments_back_at_once(queue, live_url, anna):
    page = queue(RUDE)
    assert "сволочи" not in anna.get("/moderation").text
    page.goto(f"{live_url}/help")
    # The word of leaving travels behind the page.
    becomes(page, lambda: "сволочи" in anna.get("/moderation").text, True)


def test_without_scripts_the_same_by_buttons(app, put, browser: Browser, live_url):
    put(RUDE, CIVIL)
    page = browser.new_context(java_script_enabled=False).new_page()
    log_in(page, live_url, "/moderation", "vera")
    page.locator(".comment", has_text="сволочи").get_by_role("button", name="Удалить", exact=False).first.click()
    page.get_by_role("button", name="Отменить", exact=True).click()
    page.locator(".comment", has_text=CIVIL).get_by_role("button", name="Взять в работу").click()
    becomes(page, lambda: states(app), {"taken": 1, "waiting": 1})
    page.get_by_role("button", name="Закончить и отдать остальное другим").click()
    becomes(page, lambda: held(app), 0)
    page.context.close()


@pytest.mark.parametrize("keys", [True, False])
def test_enter_after_the_reason_decides_nothing(app, queue, keys):
    page = queue(RUDE, CIVIL)
    if not keys:
        page.locator("#keys-help summary").click()
        page.get_by_role("button", name="Выключить клавиши").click()
        expect(page.locator("#notices")).to_contain_text("Клавиши выключены")
        settled(page)
    row = page.locator(".comment", has_text="сволочи")
    row.get_by_label("Пояснение, необязательно").fill("не в первый раз")
    page.keyboard.press("Enter")
    expect(row if keys else row.get_by_role("button", name="Удалить", exact=False).first).to_be_focused()
    settled(page)
    assert states(app) == {"waiting": 2}
    press(page, "D") if keys else page.keyboard.press("Enter")
    expect(row).to_be_hidden()
    settled(page)
    with app.app_context():
        assert db.session.query(Comment).filter_by(state=CommentState.DELETED).one().reason == "не в первый раз"


def test_escape_leads_out_of_a_field_to_the_keys(app, queue):
    page = queue(RUDE, CIVIL)
    row = page.locator(".comment", has_text="сволочи")
    row.get_by_label("Пояснение, необязательно").focus()
    page.keyboard.press("Escape")
    expect(row).to_be_focused()
    press(page, "A")
    settled(page)
    assert states(app) == {"kept": 1, "waiting": 1}


def test_an_emptied_filter_is_not_called_the_end_of_the_queue(app, queue):
    page = queue(RUDE, CIVIL)
    page.get_by_role("link", name="оскорбления").click()
    expect(page.locator(".comment:visible")).to_have_count(1)
    expect(current(page)).to_have_count(1)  # keys are heard
    press(page, "D")
    settled(page)
    expect(page.get_by_text("Здесь пусто")).to_be_visible()
    expect(page.get_by_text("Комментарии разобраны")).to_be_hidden()
    expect(page.locator("#bulk")).to_be_hidden()
    page.get_by_role("link", name="Показать все").click()
    expect(page.locator(".comment:visible")).to_have_count(1)
    expect(current(page)).to_have_count(1)
    press(page, "A")
    expect(page.get_by_text("Комментарии разобраны")).to_be_visible()
    press(page, "U")
    expect(page.locator("#bulk")).to_be_visible()


def test_back_puts_no_tick_on_another_comment(queue):
    """The browser would give ticks back by their place, and the list has moved up meanwhile."""
    page = queue(CIVIL, f"{CIVIL} Спасибо.", f"{CIVIL} Ждём.")
    ticks = page.locator(".comment input[name=row]")
    ticks.first.check()
    page.locator("#bulk").get_by_role("button", name="Оставить").click()
    expect(ticks).to_have_count(2)
    page.go_back()
    expect(page.get_by_role("button", name="Отменить все")).to_be_visible()
    expect(page.locator(".comment input[name=row]:checked")).to_have_count(0)


def test_the_keys_work_on_after_a_ground_chosen_by_mouse_and_a_screenshot(app, queue):
    page = queue(CIVIL, f"{CIVIL} Спасибо.", f"{CIVIL} Ждём.")
    first = current(page)
    with page.expect_file_chooser() as chooser:
        first.locator(".comment-shot").click()
    chooser.value.set_files({"name": "a.png", "mimeType": "image/png", "buffer": picture()})
    expect(page.locator("#undo")).to_contain_text("Приложено")
    press(page, "J")
    second = current(page)
    expect(second).to_contain_text("Спасибо")
    ground = second.get_by_label("Основание удаления")
    ground.focus()
    ground.select_option("insult")
    press(page, "D")
    expect(current(page)).to_contain_text("Ждём")
    settled(page)
    assert states(app) == {"deleted": 1, "waiting": 2}
