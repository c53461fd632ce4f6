"""What a browser test waits for and `expect` cannot see: data on the server, a request that is held back."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, Route, expect

#: How long a busy machine may take for what is sure to come; an idle one is done at once.
PATIENCE_S = 30


def becomes(page: Page, look: Callable[[], object], wanted: object) -> None:
    """Wait until `look()` returns what is wanted, while the page runs."""
    until = time.monotonic() + PATIENCE_S
    while (found := look()) != wanted and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert found == wanted


class Held:
    """Requests of a page that wait until they are released: `Held(page, "**/decide")`."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.routes: list[Route] = []
        page.route(address, lambda route: self.routes.append(route))

    def arrived(self) -> None:
        """Wait until the page has sent a request, which is then held here."""
        becomes(self.page, lambda: bool(self.routes), True)

    def let_go(self) -> None:
        """Let the first one continue to the server."""
        self.arrived()
        self.routes.pop(0).continue_()


def stop_timers(page: Page) -> None:
    """Stop the timers of the open page, so that words shown for seconds stay readable."""
    now = datetime.now(UTC)
    page.clock.install(time=now)
    page.clock.pause_at(now + timedelta(minutes=1))  # ahead, even if the page takes long to load


def copied(page: Page, press: Callable[[], None]) -> str:
    """The content of the clipboard after the press; the button must say that it copied."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    stop_timers(page)
    press()
    expect(page.get_by_text("Скопировано")).to_be_visible()
    page.clock.resume()
    return str(page.evaluate("navigator.clipboard.readText()"))
