"""What a person sees on the page of the register."""

from __future__ import annotations

import re

from tests.cast import Browser


def numbers(page: str) -> list[str]:
    """The numbers of the rows, from the top."""
    return re.findall(r'<p class="inbox-text"><a [^>]+>№ ([^<]+)</a>', page)


def total(page: str) -> str:
    return re.search(r'<h1>Сообщения <span class="count"[^>]*>([^<]+)</span>', page)[1]


def ticks(page: str) -> dict[str, str]:
    """Number → the value of its tick."""
    found = re.findall(r'name="row" value="(\d+:\d+)"[^>]*\s+aria-label="Отметить № ([^"]+)"', page)
    return {number: value for value, number in found}


def listed(browser: Browser, query: str = "") -> list[str]:
    answer = browser.get(f"/messages?{query}")
    assert answer.status_code == 200, answer.status
    return numbers(answer.text)
