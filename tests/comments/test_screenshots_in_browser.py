"""A screenshot reaches the evidence from the clipboard, dropped on the comment, or as a file; to the right comment."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import Page, expect

from osm.base.database import db
from osm.files.queries import of_comments
from osm.models import Comment

from .browsing import current, press, settled
from .conftest import CIVIL, RUDE
from .test_screenshots import picture

pytestmark = pytest.mark.browser

HANDED = """([target, kind, content]) => {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
  data.items.add(new File([bytes], "image.png", { type: "image/png" }));
  const given = kind === "paste" ? { clipboardData: data } : { dataTransfer: data };
  const made = kind === "paste" ? ClipboardEvent : DragEvent;
  const element = target ? document.querySelector(target) : document.activeElement;
  element.dispatchEvent(new made(kind, { ...given, bubbles: true, cancelable: true }));
}"""


def hand(page: Page, kind: str, target: str = "") -> None:
    """The picture is pasted where the focus is, or dropped on `target`."""
    page.evaluate(HANDED, [target, kind, base64.b64encode(picture()).decode()])


def shots(app) -> dict[str, int]:
    with app.app_context():
        texts = dict(db.session.execute(db.select(Comment.id, Comment.text)).all())
        return {texts[number]: len(found) for number, found in of_comments(list(texts)).items()}


@pytest.mark.parametrize("how", ["paste", "drop", "file"])
def test_attached_in_the_queue_before_the_decision(app, queue, how):
    page = queue(RUDE, CIVIL)
    if how == "file":
        chosen = {"name": "image.png", "mimeType": "image/png", "buffer": picture()}
        page.get_by_label("Приложить снимок экрана").first.set_input_files(chosen)
    else:
        hand(page, how, ".comment.is-current" if how == "drop" else "body")
    expect(page.locator("#undo")).to_contain_text("Приложено: 1 снимок")
    expect(current(page)).to_contain_text("Снимков экрана: 1")
    press(page, "D")
    settled(page)
    assert shots(app) == {RUDE: 1}


def test_pasted_after_the_decision_it_goes_to_the_form_that_was_opened(app, queue, live_url):
    page = queue(RUDE, "Вы бездельники и воры, уходите")
    for _ in range(2):
        page.keyboard.press("Digit2")
        press(page, "D")
    settled(page)
    page.goto(f"{live_url}/moderation/decided")
    second = page.locator(".comment").nth(1)
    second.get_by_text("Приложить снимок").click()
    hand(page, "paste")
    expect(second.locator("[data-photos-list]")).to_contain_text("image.png")
    second.get_by_role("button", name="Приложить", exact=True).click()
    expect(page.locator("#notices")).to_contain_text("Приложено: 1 снимок")
    expect(page.locator(".comment").nth(1).locator(".shots img")).to_be_visible()
    assert list(shots(app).values()) == [1]


def test_what_is_no_picture_is_said_and_the_comment_stays(app, queue):
    page = queue(RUDE)
    chosen = {"name": "image.png", "mimeType": "image/png", "buffer": b"no picture"}
    page.get_by_label("Приложить снимок экрана").first.set_input_files(chosen)
    expect(page.locator("#undo")).to_contain_text("не изображение")
    expect(current(page)).to_contain_text("сволочи")
    assert shots(app) == {}
