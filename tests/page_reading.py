"""A list and a card as a person reads them."""

from __future__ import annotations

import re
from html import unescape

from lxml import html

from tests.cast import browser_of


def rows(page: str) -> dict[str, str]:
    """Id of each row → its text."""
    found = re.findall(r'<li class="inbox-row[^"]*" id="([^"]+)"[^>]*>(.*?)</li>', page, re.DOTALL)
    return {row_id: " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split()) for row_id, text in found}


def headings(page: str) -> list[str]:
    found = re.findall(r"<h2[^>]*>(.*?)</h2>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", text).split()) for text in found]


def sections(page: str) -> list[tuple[str, int]]:
    """Key and number of each filter of «Ждёт меня», and of what is not on its list, in their order."""
    found = re.findall(r'<a href="/\?kind=([\w-]+)"[^>]*>[^<]*(?:<span class="count">)?\b(\d+)(?:</span>|<svg)', page)
    return [(code, int(number)) for code, number in found]


def proposed_executor(page: str, message_id: int) -> str:
    """The executor that the row of a message proposes; empty for none."""
    return re.search(rf'id="m-{message_id}".*?data-route="\d+ (\d*) ', page, re.DOTALL)[1]


def problem(page: str) -> str:
    """The name of the error that the page or its replacement shows; empty if there is none."""
    found = re.search(r'data-problem="([^"]+)"', page)
    return unescape(found[1]) if found else ""


def page_of(app, desk, login: str) -> str:
    """The list of a person who logs in now: sessions of the day before have ended."""
    return browser_of(app, desk.ids, login).get("/").text


def badge(page: str) -> int:
    return int(re.search(r'id="badge-inbox"[^>]*>(\d+)', page)[1])


def words(page: str) -> str:
    """The page as a person reads it."""
    inline = re.sub(r"</?(?:strong|a|time|svg|use)\b[^>]*>", "", page)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", inline)).split())


def card(browser, message) -> str:
    answer = browser.get(f"/messages/{message.id}")
    assert answer.status_code == 200
    return answer.text


def filled(page: str) -> list[str]:
    """The words of the filled buttons that are seen at once: what is folded or in a dialog is not."""
    main = html.document_fromstring(page).xpath("//main")[0]
    seen = main.xpath(
        ".//*[contains(@class, 'btn-primary') and not(@hidden) and not(ancestor::*[@hidden])"
        " and not(ancestor::dialog) and not(ancestor::details[not(@open)])]"
    )
    return [" ".join(one.text_content().split()) for one in seen]
