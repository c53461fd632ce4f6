"""`/admin/users/list`: people from a file, first looked through row by row, then made by one press."""

import json
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

from flask import abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from osm.connectors.base import ConnectorError
from osm.connectors.incident_file.book import READING_PREFIX
from osm.documents.tables import Column, Sheet
from osm.imports.acts import files
from osm.people.acts import people_list
from osm.people.acts.people_list import COLUMNS, Line, ListChanged, ListRefused, Made
from osm.people.queries import people
from osm.people.screens.departments import GRANTED, can_invite
from osm.people.screens.users import invite, program_address
from osm.regulation.errors import MissingInput
from osm.regulation.words import ROLE_LABELS, Role
from osm.reminders.acts.mailing import NotReached
from osm.shell.access import Screens
from osm.shell.form_values import text
from osm.shell.requests import book_file
from osm.shell.run_act import who
from osm.shell.turns import costly

blueprint = Screens("people_list", __name__, url_prefix="/admin/users/list")

_HOW = {
    "name": ("Фамилия, имя, отчество. Обязательно.", "Иванова Анна Петровна"),
    "login": ("Латинские буквы и цифры. Пусто: программа возьмёт из почты или имени. Потом не меняется.", "ivanova"),
    "email": ("Рабочая почта: на неё приходят приглашение и напоминания. Можно оставить пустой.", "ivanova@example.ru"),
    "phone": ("Виден на карточках сообщений. Можно оставить пустым.", "8 (000) 000-00-00"),
    "position": ("Можно оставить пустой.", "Главный специалист"),
    "department": ("Полное или короткое название отдела, который уже есть в программе.", ""),
    "roles": ("Через запятую. Без ролей сотрудник войдёт, но сообщений не увидит.", "Исполнитель"),
}
_WIDTHS = {"name": 34, "email": 28, "position": 30, "department": 30, "roles": 28}


@blueprint.get("", Role.ADMIN)
def show() -> ResponseReturnValue:
    return _page()


@blueprint.get("/template.xlsx", Role.ADMIN)
@costly
def template() -> ResponseReturnValue:
    """An empty list, and a sheet that says how to fill it."""
    titles = {name: headings[0] for name, headings in COLUMNS.items()}
    how = [(titles[name], *words) for name, words in _HOW.items()]
    how += [("Роль", does.capitalize() + ".", ROLE_LABELS[role]) for role, does in GRANTED.items()]
    how += [("Отдел", "Есть в программе.", one.name) for one in people.departments() if not one.archived_at]
    sheets = [
        Sheet("Сотрудники", [Column(title, _WIDTHS.get(name, 18)) for name, title in titles.items()], []),
        Sheet("Как заполнить", [Column("Что", 16), Column("Как", 60), Column("Например", 40)], how),
    ]
    return book_file("spisok-sotrudnikov", sheets)


@blueprint.post("", Role.ADMIN)
def look() -> ResponseReturnValue:
    """Show what the list would make, without making anybody."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _page(error="Выберите файл.", status=422)
    try:
        lines, unread = _read(file)
    except (ConnectorError, ListRefused) as error:
        return _page(error=str(error), status=422)
    return _page(lines, unread)


@blueprint.post("/make", Role.ADMIN)
def make() -> ResponseReturnValue:
    lines = _carried()
    try:
        made = people_list.create_people(lines, text("key"), **who())
    except ListChanged as error:
        return _page(lines, error=str(error), status=409)
    return _handed_out(made)


def _read(file: FileStorage) -> tuple[list[Line], list[str]]:
    with tempfile.NamedTemporaryFile(prefix=READING_PREFIX, dir=files.room()) as kept:
        file.save(kept)
        kept.flush()
        return people_list.read_list(Path(kept.name), files.room())


def _carried() -> list[Line]:
    try:
        lines = [Line(*row) for row in json.loads(text("rows"))]
    except (ValueError, TypeError):
        abort(400)
    if any(not isinstance(cell, str) or "\0" in cell for line in lines for cell in astuple(line)[1:]):
        abort(400)
    return lines


def _page(
    lines: Sequence[Line] = (), unread: Sequence[str] = (), *, error: str = "", status: int = 200
) -> ResponseReturnValue:
    rows = people_list.check(lines) if lines else []
    shown = [(*astuple(row.line)[:-1], row.login if row.is_new else "") for row in rows]
    page = render_template(
        "staff/users/list.html", error=error, rows=rows, new=[row for row in rows if row.is_new],
        wrong=[row for row in rows if row.wrong], there=[row for row in rows if row.there and not row.wrong],
        unread=unread, carried=json.dumps(shown, ensure_ascii=False), key=secrets.token_urlsafe(16),
        can_invite=can_invite(), most=people_list.MOST,
    )  # fmt: skip
    return make_response(page, status, {"Cache-Control": "no-store"})


def _handed_out(made: Sequence[Made]) -> ResponseReturnValue:
    """Letters to those with an address; for the others sheets, shown only in this answer."""
    failed = _invited(made) if text("deliver") == "letter" else {}
    invited = people.invited([one.user.id for one in made])
    page = render_template(
        "staff/users/list_made.html", made=made, invited=[one.user for one in made if one.user.id in invited],
        on_paper=[one for one in made if one.user.id not in invited], failed=failed, address=program_address(),
    )  # fmt: skip
    return make_response(page, {"Cache-Control": "no-store"})


def _invited(made: Sequence[Made]) -> dict[str, str]:
    """Send the letters that no press before has sent; name → why his was not sent."""
    failed: dict[str, str] = {}
    for user, _ in made:
        if not user.email or people.invited([user.id]):
            continue
        try:
            invite(user)
        except MissingInput as error:
            failed[user.name] = str(error)
            if isinstance(error.__cause__, NotReached):  # nor would it take the others
                break
    return failed
