"""What a browser test waits for and no `expect` can see: what the server keeps, a request that is held back."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, Route, expect

#: How long a busy machine may take for what is sure to come; an idle one is done at once.
PATIENCE_S = 30


def becomes(page: Page, look: Callable[[], object], wanted: object) -> None:
    """`look()` gives what is wanted, while the page goes on."""
    until = time.monotonic() + PATIENCE_S
    while (found := look()) != wanted and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert found == wanted


class Held:
    """Requests of a page that wait until they are let go: `Held(page, "**/decide")`."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.routes: list[Route] = []
        page.route(address, lambda route: self.routes.append(route))

    def arrived(self) -> None:
        """The page has surely asked: its request stands here and nowhere else."""
        becomes(self.page, lambda: bool(self.routes), True)

    def let_go(self) -> None:
        """The first one goes on to the server."""
        self.arrived()
        self.routes.pop(0).continue_()


def stop_timers(page: Page) -> None:
    """What the open page does after a while it does no more: words that stand for seconds stay to be read."""
    now = datetime.now(UTC)
    page.clock.install(time=now)
    page.clock.pause_at(now + timedelta(minutes=1))  # ahead, however long the way to the page takes


def copied(page: Page, press: Callable[[], None]) -> str:
    """What stands in the clipboard after the press, and the button has said so."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    stop_timers(page)
    press()
    expect(page.get_by_text("Скопировано")).to_be_visible()
    page.clock.resume()
    return str(page.evaluate("navigator.clipboard.readText()"))
