"""Drafting, approval and publication in a real browser: typing is never lost, photos, both windows, no scripts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from osm.regulation.words import Status
from osm.services import approval
from osm.store.queries.drafting import editor_text
from tests.services.office import at
from tests.web.test_browser import log_in, violations

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
TEXT = "Здравствуйте, Мария! Яму засыпали."
UNEXPECTED = re.compile("policy|refused|is not defined|TypeError", re.IGNORECASE)


@pytest.fixture
def message(desk):
    return desk.in_status(Status.IN_WORK, text="Яма на Калининской, 12. " * 40)


@pytest.fixture
def screen(page: Page, live_url: str, message) -> Page:
    """Boris' telephone with the executor's screen open."""
    page.set_viewport_size(PHONE)
    log_in(page, live_url, f"/messages/{message.id}/answer", "boris")
    return page


@pytest.fixture
def complaints(page: Page) -> list[str]:
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda line: found.append(line.text) if UNEXPECTED.search(line.text) else None)
    return found


def editor(page: Page):
    return page.locator("#editor-text")


def kept(desk, message) -> str:
    return editor_text(desk.again(message).replies[-1].id, desk.ids["boris"]).text


def picture(folder: Path, name: str, size: tuple[int, int] = (1600, 1200)) -> str:
    Image.new("RGB", size, "#884400").save(folder / name)
    return str(folder / name)


def test_typing_saves_itself_and_loses_neither_focus_nor_place(screen, desk, message, complaints):
    field = editor(screen)
    field.press_sequentially("Яму засыпали.")
    expect(screen.locator("#saved")).to_have_text("сохранено 11:00")
    for _ in range(9):
        screen.keyboard.press("ArrowLeft")
    screen.keyboard.type("вчера ", delay=250)  # longer than the pause after which it saves
    expect(screen.locator("#saved")).to_have_text("сохранено 11:00")
    expect(field).to_be_focused()
    expect(field).to_have_value("Яму вчера засыпали.")
    assert field.evaluate("element => element.selectionStart") == len("Яму вчера ")
    screen.wait_for_timeout(1500)
    assert kept(desk, message) == "Яму вчера засыпали."
    screen.reload()
    expect(field).to_have_value("Яму вчера засыпали.")
    assert complaints == []


def test_leaving_the_field_saves_at_once(screen, desk, message):
    editor(screen).fill("Яму")
    with screen.expect_response("**/answer/text") as answered:
        screen.keyboard.press("Tab")
    assert answered.value.status == 200
    assert kept(desk, message) == "Яму"


def test_what_could_not_be_saved_is_saved_when_the_connection_is_back(screen, desk, message):
    editor(screen).fill("Раз")
    expect(screen.locator("#saved")).to_have_text("сохранено 11:00")
    screen.context.set_offline(True)
    editor(screen).press_sequentially(" два")
    expect(screen.locator("#saved")).to_have_text("не сохранено, текст остаётся на экране")
    screen.context.set_offline(False)
    expect(screen.locator("#saved")).to_have_text("сохранено 11:00")
    expect(screen.locator("#notices")).to_be_empty()
    assert kept(desk, message) == "Раз два"


def test_whoever_was_logged_out_while_typing_logs_in_elsewhere_and_types_on(screen, live_url, desk, message):
    screen.context.clear_cookies()
    editor(screen).press_sequentially("Пишу дальше")
    expect(screen.locator("#notices")).to_contain_text("Сеанс закончился")
    expect(editor(screen)).to_have_value("Пишу дальше")
    log_in(screen.context.new_page(), live_url, "/password", "boris")
    editor(screen).blur()
    expect(screen.locator("#saved")).to_have_text("сохранено 11:00")
    expect(screen.locator("#notices")).to_be_empty()
    assert kept(desk, message) == "Пишу дальше"
    screen.get_by_role("button", name="Отправить на согласование").click()
    screen.wait_for_url(re.compile(r"/$"))
    assert desk.again(message).status is Status.ON_APPROVAL


def test_two_windows_show_both_texts_and_the_person_decides(screen, desk, message):
    other = screen.context.new_page()
    other.goto(screen.url)
    editor(other).fill("Второе окно")
    expect(other.locator("#saved")).to_have_text("сохранено 11:00")
    editor(screen).press_sequentially("Первое окно")
    expect(screen.locator("#notices")).to_contain_text("уже сохранён из другого окна")
    expect(screen.get_by_label("Текст из другого окна")).to_have_value("Второе окно")
    expect(editor(screen)).to_have_value("Первое окно")
    expect(editor(screen)).to_be_focused()
    assert kept(desk, message) == "Второе окно"
    # A slow press: leaving the field must not put another button under the mouse.
    screen.get_by_role("button", name="Оставить мой текст").click(delay=1500)
    expect(screen.get_by_label("Текст из другого окна")).to_have_count(0)
    expect(screen.locator("#saved")).to_have_text("сохранено 11:00")
    assert kept(desk, message) == "Первое окно"
    editor(screen).press_sequentially(" пишет дальше")
    screen.wait_for_timeout(1500)
    assert kept(desk, message) == "Первое окно пишет дальше"


def test_photos_go_at_once_by_file_and_paste_and_come_off(screen, desk, message, tmp_path, complaints):
    editor(screen).fill("Яму")
    screen.set_input_files("#photo-files", [picture(tmp_path, "один.jpg"), picture(tmp_path, "два.png")])
    expect(screen.locator("#answer-photos li")).to_have_count(2)
    expect(editor(screen)).to_have_value("Яму")
    screen.evaluate(
        """async () => {
            const canvas = document.createElement("canvas");
            canvas.width = canvas.height = 20;
            const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
            const data = new DataTransfer();
            data.items.add(new File([blob], "снимок.png", { type: "image/png" }));
            document.querySelector("#editor-text").dispatchEvent(
                new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    expect(screen.locator("#answer-photos li")).to_have_count(3)
    screen.get_by_role("button", name="Убрать фото 1").click()
    expect(screen.locator("#answer-photos li")).to_have_count(2)
    names = [row.filename for row in desk.again(message).replies[-1].attachments]
    assert names == ["два.png", "снимок.png"]
    shown = screen.locator("#answer-photos img").first
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    (tmp_path / "не-фото.jpg").write_bytes(b"no picture")
    screen.set_input_files("#photo-files", str(tmp_path / "не-фото.jpg"))
    expect(screen.locator("#answer-photos")).to_contain_text("«не-фото.jpg» — не изображение")
    expect(editor(screen)).to_have_value("Яму")
    assert complaints == []


def test_from_the_telephone_to_the_network_without_any_script(browser: Browser, live_url, desk, message, tmp_path):
    def person(login: str, path: str) -> Page:
        page = browser.new_context(java_script_enabled=False, viewport=PHONE).new_page()
        log_in(page, live_url, path, login)
        return page

    boris = person("boris", f"/messages/{message.id}/answer")
    editor(boris).fill(TEXT)
    boris.set_input_files("#photo-files", picture(tmp_path, "яма.jpg"))
    boris.get_by_role("button", name="Сохранить, отправлю позже").click()
    expect(boris.locator("#notices")).to_contain_text("Сохранено 11:00")
    expect(editor(boris)).to_have_value(TEXT)
    expect(boris.locator("#answer-photos li")).to_have_count(1)
    boris.get_by_role("button", name="Отправить на согласование").click()
    expect(boris.locator("#notices")).to_contain_text("проект отправлен на согласование, версия 1")

    anna = person("anna", f"/approvals/{message.id}")
    anna.get_by_text("Вернуть с замечаниями").click()
    anna.get_by_label("Не назван срок").check()
    anna.get_by_role("button", name="Вернуть на доработку").click()
    boris.goto(f"{live_url}/messages/{message.id}/answer")
    expect(boris.get_by_text("Не назван срок")).to_be_visible()
    editor(boris).fill(f"{TEXT} Заасфальтируют 26 ноября.")
    boris.get_by_role("button", name="Отправить на согласование").click()

    anna.goto(f"{live_url}/approvals/{message.id}")
    expect(anna.locator("ins").first).to_contain_text("Заасфальтируют 26 ноября.")
    anna.get_by_text("Поправить и согласовать").click()
    editor(anna).fill(f"{TEXT} Заасфальтируют 27 ноября.")
    anna.locator("#correct-in-spite").select_option("is_there")
    anna.get_by_role("button", name="Согласовать с правками").click()
    expect(anna.locator("#changed-facts")).to_contain_text("26 ноября → 27 ноября")
    anna.get_by_role("button", name="Всё верно, согласовать").click()
    anna.get_by_role("link", name="Опубликовать", exact=True).first.click()
    expect(anna.get_by_label("Согласованный текст")).to_have_value(f"{TEXT} Заасфальтируют 27 ноября.")
    anna.get_by_label("Ссылка на ответ").fill("https://vk.com/wall-1_1?reply=7")
    anna.get_by_role("button", name="Отметить опубликованным").click()
    expect(anna.locator("#notices")).to_contain_text("ответ отмечен опубликованным")
    assert desk.again(message).status is Status.ANSWERED
    for page in (boris, anna):
        page.context.close()


def test_a_second_click_on_send_sends_once(screen, desk, message):
    editor(screen).fill(TEXT)
    screen.get_by_role("button", name="Отправить на согласование").dblclick()
    screen.wait_for_url(re.compile(r"/$"))
    expect(screen.locator("#notices")).to_contain_text("версия 1")
    assert len(desk.again(message).replies[-1].drafts) == 1


SCREENS = {
    "answer": (Status.IN_WORK, "boris", "/messages/{}/answer"),
    "rework": (Status.REWORK, "boris", "/messages/{}/answer"),
    "waiting": (Status.ON_APPROVAL, "boris", "/messages/{}/answer"),
    "for the executor": (Status.IN_WORK, "anna", "/messages/{}/for-executor"),
    "list": (Status.ON_APPROVAL, "anna", "/approvals"),
    "approval": (Status.ON_APPROVAL, "anna", "/approvals/{}"),
    "publication": (Status.APPROVED, "anna", "/messages/{}/publish"),
    "published": (Status.ANSWERED, "anna", "/messages/{}/publish"),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_screens_are_accessible_and_fit(browser: Browser, live_url, desk, theme, width):
    pages: dict[str, Page] = {}
    for name, (status, login, path) in SCREENS.items():
        message = desk.in_status(status, text="Яма на Калининской, 12. " * 40)
        if name == "approval":
            draft = message.replies[-1].drafts[-1]
            approval.return_draft(
                message.id, message.version, draft_id=draft.id, remarks="Срок?", actor=desk.anna, now=at("25.11 10:35")
            )
            desk.submitted(message, "25.11 10:50", "Здравствуйте! Яму засыплют завтра.")
        if login not in pages:
            pages[login] = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 900}).new_page()
            log_in(pages[login], live_url, "/", login)
        page = pages[login]
        page.goto(live_url + path.format(message.id))
        for details in page.locator("main details").all():
            details.evaluate("element => { element.open = true }")
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    for page in pages.values():
        page.context.close()
