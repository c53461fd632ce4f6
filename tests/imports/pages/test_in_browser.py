"""Imports and the form of a new message in a real browser: accessible, fitting a telephone, quick with scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Page, expect

from osm.base.database import db
from osm.imports.acts import runs as acts_runs
from osm.imports.acts import work as acts_work
from osm.models import Attachment, Message, User
from tests.connectors.files import HEADER, incident, xlsx
from tests.in_browser import log_in, violations

pytestmark = pytest.mark.browser

ROWS = [
    HEADER,
    *(incident(501 + n) for n in range(20)),
    incident(501),
    incident(601, Текст=""),
    incident(602, Важность="ой"),
]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "выгрузка.xlsx"
    path.write_bytes(xlsx(ROWS))
    return path


@pytest.fixture
def worker(app: Flask) -> Iterator[Callable[[], Thread]]:
    """The worker does its round while the browser watches; it ends before the next test begins."""
    rounds: list[Thread] = []

    def work() -> None:
        with app.app_context():
            acts_work.run("worker:1", app.extensions["osm"].clock.now)

    def begin() -> Thread:
        rounds.append(Thread(target=work))
        rounds[-1].start()
        return rounds[-1]

    yield begin
    for one in rounds:
        one.join()


def in_window(new_context, width: int, theme: str = "light") -> Page:
    return new_context(color_scheme=theme, viewport={"width": width, "height": 900}).new_page()


def check(page: Page, width: int) -> None:
    for details in page.locator("main details").all():
        details.evaluate("element => { element.open = true }")
    assert violations(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_from_the_file_to_the_report(new_context, live_url, export, worker, width, theme):
    page = in_window(new_context, width, theme)
    log_in(page, live_url, where="/imports")
    check(page, width)
    page.get_by_label("Файл").set_input_files(export)  # sent at once
    expect(page.get_by_text("Что в каком столбце")).to_be_visible()
    check(page, width)
    page.get_by_role("button", name="Проверить").click()
    expect(page.get_by_text("Прочитано и проверено")).to_be_visible()
    check(page, width)
    worker()
    expect(page.get_by_text("Пока ничего не записано")).to_be_visible()
    check(page, width)
    page.get_by_role("button", name="Загрузить", exact=True).click()
    expect(page.get_by_text("Записано в реестр")).to_be_visible()
    worker()
    expect(page.get_by_text("Новые сообщения")).to_be_visible()
    check(page, width)
    page.get_by_role("link", name="№ 501").click()
    expect(page.get_by_role("heading", name="№ 501")).to_be_visible()


def test_without_scripts_the_link_leads_on(new_context, live_url, export, worker):
    page = new_context(java_script_enabled=False).new_page()
    log_in(page, live_url, where="/imports")
    page.get_by_label("Файл").set_input_files(export)
    page.get_by_role("button", name="Открыть файл").click()
    page.get_by_role("button", name="Проверить").click()
    expect(page.get_by_text("Прочитано и проверено")).to_be_visible()
    worker().join()
    page.get_by_role("link", name="Обновить").click()
    expect(page.get_by_text("Пока ничего не записано")).to_be_visible()


DRAG = """([kind, name, bytes]) => {
    const files = new DataTransfer();
    files.items.add(new File([new Uint8Array(bytes)], name));
    document.querySelector("main").dispatchEvent(
        new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: files}));
}"""


def test_a_known_file_by_three_presses_or_dropped_on_any_page(app, new_context, live_url, export, worker):
    with app.app_context():
        anna = db.session.scalars(db.select(User).where(User.login == "anna")).one()
        now = app.extensions["osm"].clock.now()
        content = xlsx([HEADER, incident(400)])
        run = acts_runs.upload_file("а.xlsx", content, source="", actor=anna, now=now)
        acts_runs.start_run(run.id, columns={}, times="local", history=False, dry_run=False, actor=anna, now=now)
    worker().join()
    page = log_in(in_window(new_context, 1280), live_url)
    with page.expect_file_chooser() as chooser:
        page.locator(".today").get_by_role("link", name="Загрузить").click()
    chooser.value.set_files(export)
    expect(page.get_by_text("Прочитано и проверено")).to_be_visible()
    worker()
    expect(page.get_by_role("heading", name="23 строки, как в прошлый раз: 21 новое")).to_be_visible()
    page.get_by_role("button", name="Загрузить", exact=True).click()
    worker()
    expect(page.get_by_text("Новые сообщения")).to_be_visible()
    page.goto(f"{live_url}/messages")
    for name, words in (("а.docx", "Это не выгрузка"), ("а.csv", "Файл не такой, как прежние.")):
        dropped = [name, list("Номер;Текст\n7;Яма на дороге.\n".encode())]
        page.evaluate(DRAG, ["dragover", *dropped])
        expect(page.get_by_text("Отпустите файл выгрузки")).to_be_visible()
        page.evaluate(DRAG, ["drop", *dropped])
        expect(page.get_by_text(words)).to_be_visible()


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_a_message_by_hand_with_a_bad_and_a_good_photo(app, new_context, live_url, tmp_path, width, theme):
    good, bad = tmp_path / "фонарь.jpg", tmp_path / "плохой.jpg"
    Image.new("RGB", (80, 60), "#775533").save(good)
    bad.write_text("не фото")
    page = in_window(new_context, width, theme)
    log_in(page, live_url, where="/messages/new")
    check(page, width)
    page.get_by_label("Текст сообщения").fill("Во дворе на Тестовой, 7 не горит фонарь.")
    page.get_by_label("Ссылка на сообщение").fill("https://vk.com/wall-77_1")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Соцсеть по ссылке: ВКонтакте")).to_be_visible()
    page.locator("#files").set_input_files([good, bad])
    page.get_by_role("button", name="Внести").click()
    expect(page.get_by_text("«плохой.jpg» — не изображение")).to_be_visible()
    expect(page.get_by_label("Текст сообщения")).to_have_value("Во дворе на Тестовой, 7 не горит фонарь.")
    expect(page.get_by_label("фонарь.jpg")).to_be_checked()
    check(page, width)
    page.get_by_role("button", name="Внести").click()
    expect(page.get_by_text("Внесено под № ОСМ-1.")).to_be_visible()
    with app.app_context():
        assert [row.filename for row in db.session.scalars(db.select(Attachment))] == ["фонарь.jpg"]
        assert db.session.scalars(db.select(Message.network)).all() == ["vk"]
