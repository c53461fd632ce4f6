"""The queue of comments in a real browser: keys as a Russian layout sends them, and what the page and the table say."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from osm.base.database import db
from osm.models import Comment

RUSSIAN = dict(zip("JKADBMUHENRPCX", "олфвиьгруткзсч", strict=True))
UNEXPECTED = re.compile("policy|refused|is not defined|TypeError", re.IGNORECASE)


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
    """How many comments are held by a moderator."""
    with app.app_context():
        return db.session.query(Comment).filter(Comment.held_by_id.is_not(None)).count()


def settled(page: Page) -> None:
    """The script of the queue is there, and all decisions have reached the server."""
    expect(page.locator("#queue")).to_have_attribute("data-sending", "0")


def current(page: Page):
    return page.locator(".comment.is-current")
