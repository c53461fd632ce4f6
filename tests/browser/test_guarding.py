"""In a real browser: a page is checked, its administrator leaves, a memo is found and shown next to the editor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from osm.base.application import FixedClock
from osm.base.transaction import transaction
from osm.models import Account, Topic, UserRole
from osm.regulation.words import Role, Status
from tests.desk import NOW, Desk

from .test_several_executors import DESK, TELEPHONE, desk, enter, look

__all__ = ["desk", "enter"]

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("app")]


def test_a_check_of_a_page_and_an_administrator_who_leaves(
    desk: Desk, clock: FixedClock, enter: Callable[..., Page]
) -> None:
    with transaction() as session:
        session.add(Account(network="vk", external_id="5", title="Округ", created_at=NOW - timedelta(days=20)))
        session.add(UserRole(user_id=desk.ids["gleb"], role=Role.ADMIN))
        desk.vera.password_hash = desk.gleb.password_hash = desk.boris.password_hash
    anna, vera = enter("anna", DESK), enter("vera", TELEPHONE)
    root = anna.url.rstrip("/")

    # It was never checked, so it is in «Ждёт меня» of the moderator, who checks it on a telephone.
    vera.goto(root)
    vera.get_by_role("link", name="Округ", exact=True).first.click()
    vera.get_by_text("Записать ещё одного").click()
    vera.get_by_label("Сотрудник").select_option(str(desk.ids["boris"]))
    vera.get_by_label("Профиль в соцсети").fill("id77")
    vera.get_by_role("button", name="Записать", exact=True).click()
    expect(vera.locator(".guard-people .person-name")).to_have_text("Борис Ежов")
    for question in vera.locator(".guard-question").all():
        question.get_by_label("да", exact=True).check()
    vera.locator(".guard-question").last.get_by_label("нет", exact=True).check()
    vera.get_by_label("Замечание").fill("Планшет, пароль: zima2026")
    vera.get_by_role("button", name="Записать проверку").click()
    expect(vera.get_by_text("Паролей, ключей и кодов в программе не пишут")).to_be_visible()
    look(vera, "guard-secret-refused")
    expect(vera.locator(".guard-question").last.get_by_label("нет", exact=True)).to_be_checked()
    vera.get_by_label("Замечание").fill("Чужой планшет в списке сеансов, завершит Анна")
    vera.get_by_role("button", name="Записать проверку").click()
    expect(vera.get_by_text("Проверка записана.")).to_be_visible()
    look(vera, "guard-page-telephone")

    # Борис leaves: his user is blocked, and Анна removes him from the page.
    gleb = enter("gleb", DESK)
    gleb.goto(f"{root}/admin/users/{desk.ids['boris']}")
    gleb.locator("summary", has_text="Заблокировать").click()
    gleb.get_by_role("button", name="Заблокировать").click()
    expect(gleb.get_by_text("доступ к которым надо закрыть: 1")).to_be_visible()
    anna.goto(root)
    anna.get_by_role("link", name="Борис Ежов: страница «Округ»").click()
    look(anna, "guard-task")
    anna.get_by_role("button", name="Право снято").click()
    expect(anna.get_by_text("Закрывать нечего")).to_be_visible()
    expect(anna.get_by_text("Борис Ежов: страница «Округ» — закрыто, Анна Ларина")).to_be_visible()


def test_a_memo_is_found_by_another_form_and_shown_by_the_editor(desk: Desk, enter: Callable[..., Page]) -> None:
    message = desk.in_status(Status.IN_WORK)
    with transaction() as session:
        message.topic_id = session.query(Topic.id).order_by(Topic.id).limit(1).scalar()
        name = session.get_one(Topic, message.topic_id).name
    message_id = message.id
    anna, boris = enter("anna", DESK), enter("boris", TELEPHONE)
    root = anna.url.rstrip("/")

    anna.goto(f"{root}/help")
    anna.get_by_role("link", name="Написать").click()
    anna.get_by_label("Название").fill("Отключение воды")
    anna.get_by_label("Текст").fill("## Что писать\n\nНазовите **час**:\n\n- когда дадут воду\n- где подвоз")
    anna.get_by_label(name, exact=True).check()
    anna.get_by_role("button", name="Посмотреть").click()
    expect(anna.get_by_role("heading", name="Так это выглядит")).to_be_visible()
    look(anna, "help-preview")
    anna.get_by_role("button", name="Добавить").click()
    expect(anna.get_by_text("Страница помощи добавлена.")).to_be_visible()

    boris.goto(f"{root}/help")
    boris.get_by_label("Что найти в помощи").fill("отключений водой")
    boris.get_by_role("button", name="Найти").click()
    look(boris, "help-found")
    boris.get_by_role("link", name="Отключение воды").click()
    expect(boris.get_by_role("listitem").filter(has_text="где подвоз")).to_be_visible()
    boris.goto(f"{root}/messages/{message_id}/answer")
    boris.get_by_text("Памятки по теме").click()
    expect(boris.get_by_role("listitem").filter(has_text="когда дадут воду")).to_be_visible()
    look(boris, "help-beside-editor")
