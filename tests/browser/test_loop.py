"""The whole loop in a real browser, as five people: from an export to a published answer that the head sees."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import Workbook
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from osm.base.application import FixedClock
from osm.jobs.running import run_due
from tests.cast import CAST

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 900}
TELEPHONE = {"width": 390, "height": 844}

COMPLAINT = "Здравствуйте! На Пушкинской, 7 второй день не горит фонарь у подъезда, темно."
ADVERTISEMENT = "Окна и балконы со скидкой! Звоните, замер бесплатно."
FIRST = "Здравствуйте, Ирина! Фонарь проверим в ближайшее время."
SECOND = "Здравствуйте, Ирина! Электрик МУП «Горсвет» заменит лампу у подъезда до 19 марта."
CORRECTED = "Здравствуйте, Ирина! Электрик МУП «Горсвет» заменил лампу, свет горит. Спасибо, что написали."
REMARK = "Назовите, кто и когда это сделает."
ANSWER_LINK = "https://vk.com/wall-1_501?reply=777"


@pytest.fixture
def export(tmp_path: Path, now: datetime) -> Path:
    """A day's export: a complaint, an advertisement, and a message that another body has answered."""
    book = Workbook()
    sheet = book.active
    sheet.append(["Номер", "Дата поступления", "Соцсеть", "Ссылка", "Автор", "Текст сообщения", "Адрес", "Статус"])
    received = (now + timedelta(hours=10)).replace(tzinfo=None) - timedelta(minutes=5)
    for number, author, text, place, status in (
        ("880501", "Ирина Выдуманная", COMPLAINT, "Пушкинская, 7", "Новый"),
        ("880502", "Окна Плюс", ADVERTISEMENT, "", "Новый"),
        ("880503", "Пётр Несуществующий", "Спасибо, дорогу почистили.", "", "Ответ дан"),
    ):
        sheet.append([number, received, "ВКонтакте", f"https://vk.com/wall-1_{number}", author, text, place, status])
    path = tmp_path / "выгрузка.xlsx"
    book.save(path)
    return path


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    content = io.BytesIO()
    Image.new("RGB", (640, 480), "darkorange").save(content, "JPEG")
    path = tmp_path / "фонарь.jpg"
    path.write_bytes(content.getvalue())
    return path


@pytest.fixture
def enter(browser: Browser, live_url: str) -> Iterator[Callable[..., Page]]:
    """Log a person in, in a new browser; any complaint of the browser fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def log_in(login: str, viewport: dict[str, int] = DESK) -> Page:
        context = browser.new_context(viewport=viewport, locale="ru-RU", timezone_id="Asia/Vladivostok")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_url)
        page.get_by_label("Логин").fill(login)
        page.get_by_label("Пароль").fill(next(part.password for part in CAST if part.login == login))
        page.keyboard.press("Enter")
        expect(page.locator(".top-user")).to_be_visible()
        return page

    yield log_in
    for context in contexts:
        context.close()
    assert complaints == []


def later(clock: FixedClock, minutes: int) -> None:
    clock.set(clock.now() + timedelta(minutes=minutes))


def test_the_loop_as_five_people(
    app: Flask, clock: FixedClock, enter: Callable[..., Page], export: Path, photo: Path
) -> None:
    anna, boris = enter("anna"), enter("boris", TELEPHONE)

    # Дина uploads the export, checks how the columns were read, and loads it.
    dina = enter("dina")
    dina.goto(f"{anna.url.rstrip('/')}/imports")
    dina.locator("main input[type=file]").set_input_files(export)
    expect(dina.get_by_text(COMPLAINT).first).to_be_visible()
    for button in ("Проверить", "Загрузить"):
        dina.get_by_role("button", name=button, exact=True).click()
        expect(dina.get_by_role("progressbar").first).to_be_visible()
        with app.app_context():
            run_due(clock.now())
        expect(dina.get_by_role("progressbar")).to_have_count(0)
    expect(dina.get_by_text("880501").first).to_be_visible()

    # Вера excludes the advertisement; its text is kept as evidence.
    vera = enter("vera")
    vera.get_by_role("link", name="№ 880502").click()
    open_step(vera, "Исключить")
    vera.get_by_label("Реклама").check()
    vera.get_by_role("button", name="Исключить").last.click()
    expect(vera.get_by_text("Не подлежит ответу").first).to_be_visible()

    # Анна routes the complaint from its card.
    later(clock, 5)
    anna.reload()
    expect(anna.get_by_text("880503")).to_have_count(0)
    anna.get_by_role("link", name="№ 880501").click()
    anna.get_by_label("Исполнитель").select_option(label="Борис Ежов (ЖКХ)")
    anna.get_by_label("Задание").fill("Кто и когда починит фонарь")
    anna.get_by_role("button", name="Направить").click()
    expect(anna.get_by_text("Направлено: Борис Ежов")).to_be_visible()

    # Борис answers from his telephone, with a photo; his text is saved before he sends it.
    later(clock, 10)
    boris.reload()
    boris.get_by_role("link", name="Подготовить ответ").click()
    expect(boris.get_by_text("Кто и когда починит фонарь")).to_be_visible()
    boris.get_by_label("Ваш ответ").fill(FIRST)
    expect(boris.get_by_text("сохранено")).to_be_visible()
    boris.locator("#photo-files").set_input_files(photo)
    expect(boris.get_by_alt_text(re.compile("Фото 1"))).to_be_visible()
    expect(boris.get_by_label("Ваш ответ")).to_have_value(FIRST)
    send(boris)
    expect(boris.get_by_text("проект отправлен на согласование")).to_be_visible()

    # Анна returns it with a remark.
    later(clock, 10)
    anna.goto(f"{root(anna)}/approvals")
    anna.get_by_role("link", name="Рассмотреть").click()
    expect(anna.get_by_alt_text(re.compile("[Фф]ото")).first).to_be_visible()
    anna.locator("summary", has_text="Вернуть на доработку").click()
    anna.get_by_label("Своими словами").fill(REMARK)
    anna.get_by_role("button", name="Вернуть на доработку").click()
    expect(anna.get_by_role("button", name="Вернуть на доработку")).to_have_count(0)

    # Борис reworks it.
    later(clock, 10)
    boris.goto(root(boris))
    boris.get_by_role("link", name="Доработать").click()
    expect(boris.get_by_text(REMARK)).to_be_visible()
    boris.get_by_label("Ваш ответ").fill(SECOND)
    send(boris)
    expect(boris.get_by_text("проект отправлен на согласование")).to_be_visible()

    # Анна sees what changed, corrects the text and approves it; a changed date has to be confirmed.
    later(clock, 10)
    anna.goto(f"{root(anna)}/approvals")
    anna.get_by_role("link", name="Рассмотреть").click()
    expect(anna.locator("ins").filter(has_text="Горсвет")).to_be_visible()
    anna.locator("summary", has_text="Поправить и согласовать").click()
    anna.get_by_label("Текст ответа").fill(CORRECTED)
    anna.get_by_role("button", name="Поправить и согласовать").click()
    expect(anna.get_by_text("19 марта").first).to_be_visible()
    anna.get_by_role("button", name="Всё верно, согласовать").click()
    expect(anna.get_by_role("button", name="Всё верно, согласовать")).to_have_count(0)

    # She publishes it by hand and pastes the link.
    later(clock, 5)
    anna.goto(f"{root(anna)}/approvals")
    anna.get_by_role("link", name="Опубликовать").click()
    expect(anna.get_by_label("Согласованный текст")).to_have_value(CORRECTED)
    anna.get_by_label("Ссылка на ответ").fill(ANSWER_LINK)
    anna.get_by_role("button", name="Отметить опубликованным").click()
    expect(anna.get_by_role("button", name="Отметить опубликованным")).to_have_count(0)

    # Глеб sees the answer and how it came about.
    gleb = enter("gleb")
    gleb.get_by_role("link", name="Отвечено сегодня").click()
    gleb.get_by_role("link", name=re.compile("880501")).first.click()
    expect(gleb.get_by_text("Ответ дан").first).to_be_visible()
    expect(gleb.get_by_text(CORRECTED).first).to_be_visible()
    expect(gleb.locator(f"a[href='{ANSWER_LINK}']").first).to_be_visible()
    expect(gleb.get_by_text(REMARK).last).to_be_visible()
    assert "нарушен" not in gleb.inner_text("main").lower(), "every term was kept"


def open_step(page: Page, name: str) -> None:
    """Open «Ещё», which has the less usual steps."""
    step = page.locator("summary").filter(has_text=name).first
    step.wait_for(state="attached")
    if not step.is_visible():
        page.get_by_text("Ещё", exact=True).first.click()
    step.click()


def send(page: Page) -> None:
    page.wait_for_load_state()
    confirmed = page.get_by_label(re.compile("отвечаю за"))
    if confirmed.count():
        confirmed.check()
    page.get_by_role("button", name=re.compile("Отправить")).click()


def root(page: Page) -> str:
    return re.match(r"https?://[^/]+", page.url).group(0)
