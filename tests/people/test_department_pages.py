"""The pages of departments, and the card with their telephones."""

from __future__ import annotations

from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Department
from osm.people.acts import absences
from osm.regulation.words import Status

NEW = {"name": "Отдел дорог", "short_name": "Дороги", "phone": "8 000 1", "other_phones": "8 000 2, приёмная"}


def test_a_department_is_added_edited_and_put_away(dina, cast):
    page = dina.submit("/admin/departments", {**NEW, "deputy-1": cast["boris"]}).location
    assert f'<option value="{cast["boris"]}" selected' in dina.get(page).text
    assert "8 000 1" in dina.get("/admin/departments").text
    saved = {**NEW, "phone": "8 000 5", "duty_officer_id": cast["vera"], "deputy-2": cast["boris"], "version": 1}
    assert dina.submit(page, saved).location == page
    late = dina.submit(page, {**NEW, "phone": "8 000 6", "deputy-1": cast["boris"], "version": 1})
    assert late.status_code == 409
    assert 'value="8 000 6"' in late.text
    assert "Сейчас записано: 8 000 5." in late.text
    assert "Сейчас записано: Вера Носова (Пресс-центр)." in late.text
    wrong = dina.submit(page, {**NEW, "deputy-1": cast["vera"], "version": 2})
    assert wrong.status_code == 422
    assert "Замещать исполнителя может только исполнитель" in wrong.text
    assert dina.submit(f"{page}/archive", {"version": 2}).location == page
    assert "Вернуть в список" in dina.get(page).text
    assert dina.submit(f"{page}/restore", {"version": 3}).location == page
    assert dina.get("/admin/departments/999").status_code == 404


def test_the_card_shows_which_person_to_call(desk, anna):
    with transaction() as session:
        office = session.get_one(Department, desk.boris.department_id)
        office.phone, office.other_phones, office.duty_officer_id = "8 000 1", "8 000 2, приёмная", desk.ids["lidia"]
        desk.lidia.phone = "8 000 3"
    message = desk.in_status(Status.IN_WORK)
    card = anna.get(f"/messages/{message.id}").text
    for words in ("Телефоны: ЖКХ", 'href="tel:80001"', "8 000 2, приёмная", "Лидия", 'href="tel:80003"'):
        assert words in card, words


def test_a_department_with_people_stays_and_says_why(app, dina, cast):
    with app.app_context():
        office = db.session.scalars(select(Department.id).where(Department.name == "ЖКХ")).one()
    answer = dina.submit(f"/admin/departments/{office}/archive", {"version": 1})
    assert answer.status_code == 409
    assert "За отделом ещё числится сотрудников: 1" in answer.text
    assert answer.text.count('class="deputy"') == absences.MOST_DEPUTIES
