"""The office: departments with telephones, deputies and duty officer (П.3), access for audits, people from a file."""

import json
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import astuple
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from osm.base.application import current_now
from osm.base.database import db
from osm.base.types import people_are_hidden
from osm.connectors.base import ConnectorError
from osm.connectors.incident_file.book import READING_PREFIX
from osm.documents.tables import Column, Sheet
from osm.flow.acts.terms import local_day
from osm.imports.acts import files
from osm.log.acts.record import Reading, record_reading
from osm.login.acts import passwords
from osm.models import Department
from osm.people.acts import absences, people_list
from osm.people.acts.office import AUDIT_DAYS, give_access
from osm.people.acts.people_list import COLUMNS, Line, ListChanged, ListRefused, Made
from osm.people.queries import people
from osm.people.queries.absences import offered_people
from osm.people.screens.users import GRANTED, can_invite, invite, program_address, told_once
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.reminders.acts.mailing import NotReached
from osm.shell.access import Screens, declared, me
from osm.shell.filters import day_given
from osm.shell.form_values import Form, Typed, number, text
from osm.shell.requests import book_file
from osm.shell.run_act import EDIT_REFUSED, Field, ListPages, Step, run_act, who
from osm.shell.turns import costly

departments = Screens("departments", __name__, url_prefix="/admin/departments")

DEPUTIES = tuple(f"deputy-{place}" for place in range(1, absences.MOST_DEPUTIES + 1))
"""The inputs of deputies, in the order in which they are asked."""


def _appointed(department: Department | None) -> list[int | None]:
    """Who can be chosen in any case."""
    return [department.duty_officer_id, *_deputies(department).values()] if department else []


def _deputies(department: Department) -> dict[str, int]:
    """Input → the deputy of this place."""
    return {name: deputy.user_id for name, deputy in zip(DEPUTIES, department.deputies, strict=False)}


def _belongs(department: Department | None) -> dict[str, Any]:
    if department is None:
        return {}
    return {"members": people.members_of(department.id), "topics": people.topics_of(department.id)}


PAGES = ListPages(
    kind="department", what="Отдел", new="Новый отдел", title="Отделы", is_archived="убран из списка",
    roles=(Role.ADMIN,), row=lambda department_id: db.session.get(Department, department_id),
    template="staff/departments/department.html", values=_belongs,
    fields=(
        Field("name", "Название", shown={"required": True, "autocomplete": "off"}),
        Field(
            "short_name", "Коротко", "Так отдел назван в списках и на карточках. Пусто — полное название.",
            shown={"autocomplete": "off"},
        ),
        Field("phone", "Телефон", shown={"type": "tel", "autocomplete": "off"}),
        Field(
            "other_phones", "Другие телефоны", "По одному в строке, с пояснением: 8 (000) 000-00-00, приёмная.",
            shown={"rows": 3},
        ),
        Field(
            "supervisor_id", "Курирует",
            "К кому идут недостатки отдела (п. 19). Должность дают на странице сотрудника.", number,
            lambda department: people.people_to_supervise(department.supervisor_id if department else None),
            shown={"blank": "Никто"},
        ),
        Field(
            "duty_officer_id", "Дежурный", "Кому звонить, если исполнитель не отвечает.", number,
            lambda department: offered_people(_appointed(department)), shown={"blank": "Не назначен"},
        ),
        Field(
            "deputy_ids", "Заместители исполнителей",
            "Кто готовит ответ, когда исполнителя нет; первым спрашивают первого (п. 3).",
            lambda _: [user_id for name in DEPUTIES if (user_id := number(name))],
            lambda department: offered_people(_appointed(department), roles={Role.EXECUTOR}),
            stored=lambda department, _: {name: str(user_id) for name, user_id in _deputies(department).items()},
            template="staff/departments/_deputies.html", shown={"inputs": DEPUTIES},
        ),
    ),
    create=absences.create_department, edit=absences.edit_department, added="Отдел добавлен.",
    archive=Step(
        absences.archive_department, "Отдел не будут предлагать. В истории сообщений он останется.",
        "Отдел убран из списка. В истории сообщений он остался.",
    ),
    restore=Step(absences.restore_department, "Отдел снова можно будет выбирать.", "Отдел снова можно выбирать."),
)  # fmt: skip


@departments.get("", Role.ADMIN, endpoint="index")
def departments_index() -> ResponseReturnValue:
    return render_template("staff/departments/index.html", kept=PAGES, departments=people.departments())


PAGES.add_to(departments)


auditors = Screens("auditors", __name__, url_prefix="/admin/auditors")


@auditors.get("", Role.ADMIN, endpoint="index")
def auditors_index() -> ResponseReturnValue:
    return _auditors_page()


@auditors.post("", Role.ADMIN)
def give() -> ResponseReturnValue:
    password = passwords.first_password()
    given: dict[str, Any] = {name: text(name) for name in ("name", "position", "email", "ordered_by", "document")}
    return run_act(
        lambda **who: give_access(text("login"), **given, last_day=day_given("last_day"), password=password, **who),
        _auditors_page,
        partial(told_once, password=password, is_new=True),
        refused=EDIT_REFUSED,
    )


def _auditors_page(typed: Typed | None = None) -> str:
    now = current_now()
    return render_template(
        "staff/auditors.html", rows=people.auditors(), form=Form({}, typed), now=now, days=AUDIT_DAYS,
        today=local_day(now), history=url_for("log.index"),
    )  # fmt: skip


def _log_reading(response: Response) -> Response:
    """Each page and file that only readers may open, every time."""
    endpoint = request.endpoint
    # `people_are_hidden` knows who it is without asking the database again.
    if endpoint is None or response.status_code != 200 or not people_are_hidden():
        return response
    if Role.AUDITOR in (declared(current_app, endpoint) or ()):
        rows = dict(request.view_args or {})
        message_id = rows.pop("message_id", None)
        details = {"page": endpoint, "row": next(iter(rows.values()), None)}
        record_reading(Reading.AUDIT, actor=me(), now=current_now(), message_id=message_id, details=details)
    return response


def init_app(app: Flask) -> None:
    app.after_request(_log_reading)


from_file = Screens("people_list", __name__, url_prefix="/admin/users/list")

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


@from_file.get("", Role.ADMIN)
def show() -> ResponseReturnValue:
    return _list_page()


@from_file.get("/template.xlsx", Role.ADMIN)
@costly
def template() -> ResponseReturnValue:
    """An empty list, and a sheet that says how to fill it."""
    titles = {name: headings[0] for name, headings in COLUMNS.items()}
    how = [(titles[name], *words) for name, words in _HOW.items()]
    how += [("Роль", does.capitalize() + ".", role.label) for role, does in GRANTED.items()]
    how += [("Отдел", "Есть в программе.", one.name) for one in people.departments() if not one.archived_at]
    sheets = [
        Sheet("Сотрудники", [Column(title, _WIDTHS.get(name, 18)) for name, title in titles.items()], []),
        Sheet("Как заполнить", [Column("Что", 16), Column("Как", 60), Column("Например", 40)], how),
    ]
    return book_file("spisok-sotrudnikov", sheets)


@from_file.post("", Role.ADMIN)
def look() -> ResponseReturnValue:
    """Show what the list would make, without making anybody."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _list_page(error="Выберите файл.", status=422)
    try:
        lines, unread = _read(file)
    except (ConnectorError, ListRefused) as error:
        return _list_page(error=str(error), status=422)
    return _list_page(lines, unread)


@from_file.post("/make", Role.ADMIN)
def make() -> ResponseReturnValue:
    lines = _carried()
    try:
        made = people_list.create_people(lines, text("key"), **who())
    except ListChanged as error:
        return _list_page(lines, error=str(error), status=409)
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


def _list_page(
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
