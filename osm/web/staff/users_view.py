"""What the pages of a user show: its form, its access, and what was done to it."""

from __future__ import annotations

from flask import render_template

from osm.clock import current_now
from osm.regulation.words import POST_LABELS, Role
from osm.services.errors import NotFound
from osm.store.queries.log.edits import edits_of
from osm.store.queries.staff.user import UserDetails, offered_departments, user
from osm.web.access import me
from osm.web.form_values import Form, Typed

#: Roles that are given to people, with what they may do.
GRANTED: dict[Role, str] = {
    Role.CURATOR: "отбирает, направляет, согласует и публикует",
    Role.EXECUTOR: "готовит ответы на сообщения, которые ему направлены",
    Role.MODERATOR: "проверяет тексты, вносит сообщения, исключает по п.\u00a017",
    Role.HEAD: "видит все сообщения и просрочки, ничего не меняет",
    Role.ADMIN: "управляет доступом, отделами, темами и настройками",
}

POSTS = tuple(POST_LABELS.items())


def new_page(form: Form) -> str:
    """The form of a new user."""
    return render_template(
        "staff/users/new.html", form=form, roles=GRANTED, posts=POSTS, departments=offered_departments()
    )


def user_page(user_id: int, typed: Typed | None = None) -> str:
    """The page of a user; `typed`: a form on it that was refused. Raises NotFound."""
    person = user(user_id, current_now())
    if person is None:
        raise NotFound("Учётная запись")
    form = Form(_stored(person), typed, {"role": [str(role) for role in person.roles]}, always="name")
    return render_template(
        "staff/users/user.html",
        person=person,
        form=form,
        roles=GRANTED,
        posts=POSTS,
        departments=offered_departments(person.department_id),
        edits=edits_of("user", user_id),
        is_me=person.id == me().id,
    )


def _stored(person: UserDetails) -> dict[str, str]:
    return {
        "name": person.name,
        "position": person.position,
        "phone": person.phone,
        "department_id": str(person.department_id or ""),
        "post": str(person.post or ""),
    }
