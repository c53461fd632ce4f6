"""An absence from its first to its last day in a real browser: entered, handed over, worked for, handed back (П.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from osm.base.application import FixedClock
from osm.base.transaction import transaction
from osm.regulation.words import Status
from tests.desk import Desk
from tests.in_browser import log_in
from tests.office import at

pytestmark = pytest.mark.browser

DESK, TELEPHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
ANSWER = "Здравствуйте, Мария! Яму засыпал МУП «Горсвет» 26 ноября."

Enter = Callable[..., Page]


@pytest.fixture
def enter(browser: Browser, live_url: str) -> Iterator[Enter]:
    """A person logs in, in a new browser; a day later the session has ended, and he logs in again."""
    contexts = []

    def enter(login: str, viewport: dict[str, int] = DESK, password: str = "", scripts: bool = True) -> Page:
        context = browser.new_context(viewport=viewport, locale="ru-RU", java_script_enabled=scripts)
        contexts.append(context)
        return log_in(context.new_page(), live_url, login, password=password)

    yield enter
    for context in contexts:
        context.close()


@pytest.fixture
def lidia(desk: Desk) -> str:
    """Lidia can log in too; returns her password."""
    with transaction():
        desk.lidia.password_hash = desk.boris.password_hash
    return "пароль-boris"


def test_an_absence_from_the_first_to_the_last_day(
    desk: Desk, enter: Enter, live_url: str, clock: FixedClock, lidia: str
) -> None:
    routed = desk.in_status(Status.IN_WORK)

    # The day before, Анна enters it and sees what it will bring.
    anna = enter("anna")
    anna.goto(f"{live_url}/admin/absences/new")
    anna.get_by_label("Кто отсутствует").select_option(label="Борис Ежов (ЖКХ)")
    anna.get_by_label("Причина").select_option(label="Отпуск")
    anna.get_by_label("Первый день").fill("2026-11-26")
    anna.get_by_label("Последний день").fill("2026-11-27")
    anna.get_by_label("Кто замещает").select_option(label="Лидия Журавлёва (ЖКХ)")
    expect(anna.locator("#effects")).to_contain_text("1 открытое сообщение перейдёт к замещающему: Лидия Журавлёва")
    anna.get_by_role("button", name="Внести").click()
    expect(anna.get_by_text("Отсутствие внесено.")).to_be_visible()
    anna.goto(live_url)
    expect(anna.locator(".handover")).to_have_count(0)

    # On the first morning one press hands the work over; what is new goes to Лидия at once.
    clock.set(at("26.11 09:05"))
    new = desk.incident("26.11 09:00", text="Фонарь на Лесной, 5 не горит")
    anna = enter("anna", TELEPHONE)
    offer = anna.locator(".handover")
    expect(offer).to_contain_text("Передать 1 сообщение: Борис Ежов → Лидия Журавлёва")
    offer.get_by_role("button", name="Передать").click()
    expect(anna.get_by_text("Передано 1 сообщение: Борис Ежов → Лидия Журавлёва")).to_be_visible()
    assert anna.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]
    row = anna.locator(f"#m-{new.id}")
    row.get_by_label("Исполнитель").select_option(str(desk.ids["boris"]))
    row.get_by_role("button", name="Направить").click()
    expect(anna.get_by_text("Направлено: Лидия Журавлёва (замещает: Борис Ежов)")).to_be_visible()

    # Лидия answers one of the two; the approval shows both names.
    page = enter("lidia", TELEPHONE, lidia)
    for message in (routed, new):
        expect(page.locator(f"#m-{message.id}")).to_be_visible()
    page.goto(f"{live_url}/messages/{new.id}/answer")
    page.get_by_label("Ваш ответ").fill(ANSWER)
    page.get_by_role("button", name=re.compile("Отправить")).click()
    expect(page.get_by_text("проект отправлен на согласование")).to_be_visible()
    anna.goto(f"{live_url}/approvals/{new.id}")
    expect(anna.get_by_text("Лидия Журавлёва (замещает: Борис Ежов)").first).to_be_visible()

    # After the last day the open work comes back, and Борис finds it.
    clock.set(at("30.11 09:05"))
    anna = enter("anna")
    offer = anna.locator(".handover")
    expect(offer).to_contain_text("Вернуть 2 сообщения: Лидия Журавлёва → Борис Ежов")
    offer.get_by_role("button", name="Вернуть").click()
    expect(anna.locator(".handover")).to_have_count(0)
    boris = enter("boris", TELEPHONE)
    expect(boris.locator(f"#m-{routed.id}")).to_be_visible()
    boris.goto(f"{live_url}/messages/{routed.id}")
    expect(boris.get_by_text("передано — Борис Ежов (ЖКХ), снова на месте")).to_have_count(1)


def test_the_curators_substitute_sees_it_in_the_head_of_every_page(
    desk: Desk, enter: Enter, live_url: str, clock: FixedClock, away
) -> None:
    desk.in_status(Status.ON_APPROVAL)
    away("anna", 26, 27, "vera")
    clock.set(at("26.11 09:05"))
    vera = enter("vera", TELEPHONE)
    for path in ("/", "/approvals", "/admin/absences"):
        vera.goto(f"{live_url}{path}")
        expect(vera.get_by_text("Вы замещаете: Анна Ларина, по 27.11")).to_be_visible()
        assert vera.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]


def test_it_works_without_scripts(desk: Desk, enter: Enter, live_url: str, away) -> None:
    desk.in_status(Status.IN_WORK)
    anna = enter("anna", scripts=False)
    anna.goto(f"{live_url}/admin/absences/new")
    anna.get_by_label("Кто отсутствует").select_option(label="Борис Ежов (ЖКХ)")
    anna.get_by_label("Причина").select_option(label="Болезнь")
    for name in ("Первый день", "Последний день"):
        anna.get_by_label(name).fill("2026-11-25")
    anna.get_by_role("button", name="Посмотреть, что изменится").click()
    expect(anna.get_by_text("1 открытое сообщение останется без исполнителя")).to_be_visible()
    expect(anna.get_by_label("Первый день")).to_have_value("2026-11-25")
    anna.get_by_role("button", name="Внести").click()
    expect(anna.get_by_text("Отсутствие внесено.")).to_be_visible()
    anna.goto(live_url)
    offer = anna.locator(".handover")
    offer.get_by_label("Кому передать").select_option(str(desk.ids["lidia"]))
    offer.get_by_role("button", name="Передать").click()
    expect(anna.get_by_text("Передано 1 сообщение: Борис Ежов → Лидия Журавлёва")).to_be_visible()
