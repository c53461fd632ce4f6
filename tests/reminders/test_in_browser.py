"""In a real browser: the bell rings on an open page, the digest comes to a real mailbox, its link opens the card."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from osm.base.application import current_settings
from osm.base.transaction import WHOLE
from osm.regulation.words import Status
from osm.reminders.acts.due import read_log
from osm.reminders.acts.mailing import send_due
from tests.browser.test_several_executors import DESK, TELEPHONE, desk, enter, look
from tests.office import at

from .mailbox import text_of

__all__ = ["desk", "enter"]

pytestmark = pytest.mark.browser

COUNT_TONES = """() => {
  const Real = window.AudioContext;
  window.rung = 0;
  window.AudioContext = class extends Real { constructor() { super(); window.rung += 1; } };
}"""


def poll(page: Page) -> None:
    """Do the poll of every half a minute."""
    with page.expect_response(re.compile("/nav/badges")):
        page.evaluate("htmx.ajax('GET', document.querySelector('#badge-poll').getAttribute('hx-get'), {swap: 'none'})")


def test_from_the_act_to_the_bell_and_the_mailbox(app, desk, enter, clock, mailbox, live_url):
    settings = app.extensions["osm"].settings
    app.extensions["osm"].settings = replace(settings, mail=replace(settings.mail, base_url=live_url))
    boris = enter("boris", DESK)
    boris.goto(f"{live_url}/reminders/wishes")
    expect(boris.get_by_label("Рабочая почта")).to_have_value("boris@example.ru")
    boris.get_by_label("Всё сводкой, сразу — только срочное").check()
    boris.get_by_role("button", name="Сохранить").click()
    expect(boris.get_by_text("Сохранено.")).to_be_visible()
    look(boris, "reminders-wishes")

    # Анна directs a message to him while his page is open: the bell, the title and the icon show it, without a sound.
    boris.goto(live_url)
    boris.evaluate(COUNT_TONES)
    poll(boris)
    message = desk.in_status(Status.IN_WORK)
    clock.set(at("25.11 10:12"))
    read_log(clock.now())
    poll(boris)
    expect(boris.get_by_role("link", name="Напоминания, новых: 1")).to_be_visible()
    expect(boris).to_have_title("🔔1 (1) Ждёт меня · ОСМ")
    assert "icon-news" in boris.locator("link[rel=icon]").get_attribute("href")
    assert boris.evaluate("window.rung") == 0

    # At 16:00 the digest is sent; its link opens the card on his telephone.
    clock.set(at("25.11 16:02"))
    assert send_due(clock.now(), WHOLE, current_settings()) == 1
    (letter,) = mailbox.to("boris")
    assert "сводка на 25.11 16:02" in letter["Subject"]
    link = re.search(rf"{re.escape(live_url)}/messages/\d+", text_of(letter))[0]
    telephone = enter("boris", TELEPHONE)
    telephone.goto(link)
    expect(telephone.get_by_role("heading", name=f"№ {message.number}").first).to_be_visible()
    telephone.get_by_role("link", name="Напоминания, новых: 1").click()
    expect(telephone.get_by_role("link", name="Направлено вам")).to_be_visible()
    look(telephone, "reminders-telephone")

    # Reading it here counts everywhere; with the sound on, the next one is heard once.
    poll(boris)
    expect(boris).to_have_title("(1) Ждёт меня · ОСМ")
    boris.goto(f"{live_url}/reminders/wishes")
    boris.get_by_label("Звук, когда приходит новое").check()
    boris.get_by_role("button", name="Сохранить").click()
    expect(boris.get_by_text("Сохранено.")).to_be_visible()
    poll(boris)
    boris.evaluate(COUNT_TONES)
    desk.in_status(Status.IN_WORK)
    read_log(clock.now() + timedelta(seconds=1))
    poll(boris)
    expect(boris.get_by_role("link", name="Напоминания, новых: 1")).to_be_visible()
    assert boris.evaluate("window.rung") == 1
