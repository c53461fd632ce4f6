"""Pages of users, and the departments with telephones, deputies and duty officer (П.3)."""

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from osm.base.application import current_now, current_settings
from osm.base.database import db
from osm.base.errors import must_exist
from osm.log.queries.edits import edits_of
from osm.login import queries as entrance
from osm.models import Department, User
from osm.people.acts import absences
from osm.people.queries import people
from osm.people.queries.absences import details_of, offered_departments, offered_people
from osm.regulation.control import MailMode
from osm.regulation.words import POST_LABELS, Role
from osm.shell.access import Screens, me
from osm.shell.form_values import Form, Typed, number
from osm.shell.run_act import Field, ListPages, Step

# --- Pages of users
#: Roles that can be given to people, and what they may do.
GRANTED: dict[Role, str] = {
    Role.CURATOR: "отбирает, направляет, согласует и публикует",
    Role.EXECUTOR: "готовит ответы на сообщения, которые ему направлены",
    Role.MODERATOR: "проверяет тексты, вносит сообщения, исключает по п.\u00a017",
    Role.HEAD: "видит все сообщения и просрочки, ничего не меняет",
    Role.ADMIN: "управляет доступом, отделами, темами и настройками",
}

POSTS = tuple(POST_LABELS.items())


def new_page(form: Form) -> str:
    return render_template(
        "staff/users/new.html", form=form, roles=GRANTED, posts=POSTS, departments=offered_departments(),
        can_invite=can_invite(),
    )  # fmt: skip


def can_invite() -> bool:
    mail = current_settings().mail
    return bool(mail and mail.base_url)


def user_page(user_id: int, typed: Typed | None = None) -> str:
    """`typed`: a refused form to show again. Raises NotFound."""
    person = must_exist(db.session.get(User, user_id), "Учётная запись")
    details = details_of(person, current_now())
    form = Form(_stored(person), typed, {"role": [str(role) for role in details.roles]}, always="name")
    return render_template(
        "staff/users/user.html", person=person, details=details, form=form, roles=GRANTED, posts=POSTS,
        departments=offered_departments(person.department_id), edits=edits_of("user", user_id),
        is_me=person.id == me().id, needs_factor=entrance.is_required_of(person), can_invite=can_invite(),
    )  # fmt: skip


def _stored(person: User) -> dict[str, str]:
    return {
        "name": person.name,
        "position": person.position,
        "phone": person.phone,
        "department_id": str(person.department_id or ""),
        "post": str(person.post or ""),
        "email": person.email,
        "without_mail": "1" if person.mail_mode is MailMode.NONE else "",
    }


# --- Departments
blueprint = Screens("departments", __name__, url_prefix="/admin/departments")

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


@blueprint.get("", Role.ADMIN)
def index() -> ResponseReturnValue:
    return render_template("staff/departments/index.html", kept=PAGES, departments=people.departments())


PAGES.add_to(blueprint)
