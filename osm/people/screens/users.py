"""Screens of users, one's own keys, the office, and handing over."""

from functools import partial
from typing import Any

from flask import Flask, Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now, current_settings
from osm.base.database import db
from osm.base.errors import must_exist
from osm.guarding.acts import leaving
from osm.inbox.views.page import inbox_page
from osm.log.queries.history import edits_of
from osm.login import queries as entrance
from osm.login.acts import passwords, sessions
from osm.login.views import current_session
from osm.models import Source, User
from osm.people.acts import office as acts_office
from osm.people.acts import users
from osm.people.acts import users as editing
from osm.people.queries import people as queries_people
from osm.people.queries.absences import details_of, offered_departments
from osm.people.queries.handovers import Offer
from osm.people.queries.people import UserState
from osm.people.queries.people import users as queries_users
from osm.people.views import forget_roster, roster_today
from osm.regulation.control import MailMode
from osm.regulation.errors import MissingInput
from osm.regulation.words import Post, Role
from osm.regulation.working_time.worktime import plural
from osm.reminders.acts.single_letters import send_letter
from osm.shell.access import Screens, me, signed_in
from osm.shell.form_values import Form, Typed, asked_id, is_set, number, text
from osm.shell.requests import render, safe_next, see_other
from osm.shell.run_act import EDIT_REFUSED, PageActs, run_act, who

# --- Users
#: Roles that can be given to people, and what they may do.
GRANTED: dict[Role, str] = {
    Role.CURATOR: "отбирает, направляет, согласует и публикует",
    Role.EXECUTOR: "готовит ответы на сообщения, которые ему направлены",
    Role.MODERATOR: "проверяет тексты, вносит сообщения, исключает по п.\u00a017",
    Role.HEAD: "видит все сообщения и просрочки, ничего не меняет",
    Role.ADMIN: "управляет доступом, отделами, темами и настройками",
}

POSTS = tuple(Post.labels().items())


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


users_blueprint = Screens("users", __name__, url_prefix="/admin/users")


@users_blueprint.get("", Role.ADMIN)
def users_index() -> ResponseReturnValue:
    search = request.args.get("q", "").strip()[:100]
    asked = request.args.get("show", "")
    state = UserState(asked) if asked in set(UserState) else UserState.ACTIVE
    return render(
        "staff/users/index.html", "staff/users/_list.html", people=queries_users(search, state, roster_today()),
        search=search, state=state, states=UserState.labels(),
    )  # fmt: skip


@users_blueprint.get("/new", Role.ADMIN)
def new() -> ResponseReturnValue:
    asked = {"department_id": str(asked_id("department_id") or "")}
    return new_page(Form(asked, chosen={"role": request.args.getlist("role")}))


@users_blueprint.post("", Role.ADMIN)
def create() -> ResponseReturnValue:
    password = passwords.first_password()
    given = {**_users_given(), "namesake": text("namesake"), "password": password, "must_change_password": True}
    return run_act(
        partial(users.create_user, text("login"), **given),
        lambda typed: new_page(Form({}, typed)),
        lambda user: _handed_over(user, password, is_new=True),
        refused=EDIT_REFUSED,
    )


@users_blueprint.get("/<int:user_id>", Role.ADMIN)
def users_show(user_id: int) -> ResponseReturnValue:
    return user_page(user_id)


def _users_given() -> dict[str, Any]:
    """The fields of the form; unknown roles are ignored."""
    return {
        "name": text("name"),
        "position": text("position"),
        "phone": text("phone"),
        "department_id": number("department_id"),
        "post": Post(chosen) if (chosen := text("post")) in Post.labels() else None,
        "roles": [role for role in GRANTED if role in request.form.getlist("role")],
        "email": request.form.get("email"),
        "without_mail": is_set("without_mail") if "email" in request.form else None,
    }


PERSON = PageActs(
    blueprint=users_blueprint, rule="/<int:user_id>", page=user_page, kind="user",
    there=lambda user_id: url_for("users.users_show", user_id=user_id),
)  # fmt: skip


@users_blueprint.post("/<int:user_id>", Role.ADMIN)
def users_save(user_id: int) -> ResponseReturnValue:
    return PERSON.run(user_id, partial(editing.edit_user, **_users_given()), "Сохранено.")


@users_blueprint.post("/<int:user_id>/reset-password", Role.ADMIN)
def reset_password(user_id: int) -> ResponseReturnValue:
    password = passwords.first_password()
    told = partial(_handed_over, password=password, is_new=False)
    return PERSON.run(user_id, partial(editing.reset_password, password=password), told)


@users_blueprint.post("/<int:user_id>/end-sessions", Role.ADMIN)
def end_sessions(user_id: int) -> ResponseReturnValue:
    current = current_session()
    keep = current.id_hash if current and current.user.id == user_id else ""
    notice = "Сеансы завершены." if not keep else "Сеансы на других устройствах завершены."
    return PERSON.run(user_id, partial(editing.end_sessions, keep_session=keep), notice)


def _blocked(tasks: int) -> str:
    notice = "Заблокировано, сеансы завершены. Всё, что сделал сотрудник, осталось под его именем."
    return notice + (f" Страницы и ключи, доступ к которым надо закрыть: {tasks}, они в «Ждёт меня»." if tasks else "")


PERSON.post("/block", leaving.switch_off, _blocked, Role.ADMIN)
PERSON.post(
    "/unblock", editing.unblock_user,
    "Разблокировано, сотрудник входит как раньше. Если пароль забыт, выдайте новый.", Role.ADMIN,
)  # fmt: skip
PERSON.post(
    "/reset-second-factor", editing.reset_second_factor,
    "Второй фактор сброшен, сеансы завершены. Сотрудник получит об этом напоминание.", Role.ADMIN,
)  # fmt: skip


def _handed_over(user: User, password: str, is_new: bool) -> Response:
    """The way into the program: a link by letter where the form asks for one, else a sheet with the password."""
    if text("deliver") != "letter":
        return told_once(user, password, is_new)
    try:
        invite(user)
    except MissingInput as error:
        return told_once(user, password, is_new, str(error))
    said = f"{user.name}: приглашение ушло на {user.email}. Ссылка в нём действует {sessions.INVITED_FOR.days} дней."
    return see_other(url_for("users.new") if is_new else url_for("users.users_show", user_id=user.id), said)


def invite(user: User) -> None:
    mail = current_settings().mail
    words = render_template(
        "staff/users/invitation.txt", person=user, base_url=mail.base_url if mail else "",
        days=sessions.INVITED_FOR.days,
        address=url_for("auth.invitation", key=sessions.invitation_key(user, current_now())),
    )  # fmt: skip
    send_letter(user.email, "ОСМ: приглашение", words, action="invite_user", about=user, **who())


def program_address() -> str:
    """The address of the program, as a letter or a sheet of paper names it."""
    mail = current_settings().mail
    return (mail.base_url if mail else "") or request.host_url.rstrip("/")


def told_once(user: User, password: str, is_new: bool, why: str = "") -> Response:
    """The first password is shown only in this answer, which browsers must not store. `why`: no letter was sent."""
    given = {"person": user, "password": password, "is_new": is_new, "why": why, "address": program_address()}
    return make_response(render_template("staff/users/first_password.html", **given), {"Cache-Control": "no-store"})


# --- Linking a row with the directory
LINKED = {
    Source.LOCAL: "Учётная запись снова местная. Выдайте сотруднику пароль.",
    Source.LDAP: "Связано: пароль теперь проверяет каталог. Прежний пароль больше не действует.",
    Source.OIDC: "Связано: сотрудник входит через единый вход. Прежний пароль больше не действует.",
}


@users_blueprint.post("/<int:user_id>/link", Role.ADMIN)
def link(user_id: int) -> ResponseReturnValue:
    source = next((one for one in sources() if one == text("source")), None)
    if source is None:
        abort(400)
    return PERSON.run(user_id, partial(editing.link_user, source=source), LINKED[source])


def sources() -> list[Source]:
    """Who can check people in this installation."""
    of = current_settings().directory
    is_on = {Source.LOCAL: True, Source.LDAP: of.ldap is not None, Source.OIDC: of.oidc is not None}
    return [source for source, on in is_on.items() if on]


# --- Single keys, each person for himself (WCAG 2.1.4)
own_keys_blueprint = Screens("own_keys", __name__)


@own_keys_blueprint.post("/keys")
@signed_in
def switch() -> ResponseReturnValue:
    users.set_single_keys(text("keys") == "on", actor=me(), now=current_now())
    notice = "Клавиши включены." if text("keys") == "on" else "Клавиши выключены: работают кнопки."
    return see_other(safe_next(text("back")), notice)


# --- The details of the office
office_blueprint = Screens("office", __name__, url_prefix="/admin/office")


@office_blueprint.get("", Role.ADMIN, Role.CURATOR)
def office_show() -> ResponseReturnValue:
    return _page(queries_people.OFFICE_ID)


def _page(office_id: int, typed: Typed | None = None) -> str:
    office, people = queries_people.office(), queries_people.leaders()
    return render_template(
        "staff/office.html", office=office,
        form=Form({name: getattr(office, name) for name in queries_people.DETAILS}, typed), leaders=people,
        chief=queries_people.chief_of_staff(people), unsupervised=queries_people.unsupervised(),
        edits=edits_of("office", office_id),
    )  # fmt: skip


OFFICE = PageActs(
    blueprint=office_blueprint, page=partial(_page, queries_people.OFFICE_ID), kind="office",
    there=lambda _: url_for("office.office_show"),
)  # fmt: skip


@office_blueprint.post("", Role.ADMIN, Role.CURATOR)
def office_save() -> ResponseReturnValue:
    def act(_: int, version: int, **who: Any) -> object:
        given: dict[str, Any] = {name: text(name) for name in queries_people.DETAILS}
        return acts_office.edit_office(version, **given, **who)

    return OFFICE.run(queries_people.OFFICE_ID, act, "Сохранено.")


# --- Handing open work over or back (П.3)
handover_blueprint = Screens("handover", __name__, url_prefix="/handover")


@handover_blueprint.post("/<int:holder_id>/<int:owner_id>", Role.CURATOR)
def give(holder_id: int, owner_id: int) -> ResponseReturnValue:
    return run_act(
        partial(acts_office.hand_over, holder_id, owner_id, text("seen"), target_id=number("target_id")),
        _again,
        _given_over,
        action=f"{holder_id}-{owner_id}",
        refused=(MissingInput, acts_office.OfferChanged),
    )


@handover_blueprint.post("/<int:holder_id>/<int:owner_id>/keep", Role.CURATOR)
def keep(holder_id: int, owner_id: int) -> ResponseReturnValue:
    def done(offer: Offer) -> ResponseReturnValue:
        return see_other(url_for("inbox.show"), f"{offer.holder} заканчивает начатое: {_messages(offer.count)}.")

    keeping = partial(acts_office.keep, holder_id, owner_id, text("seen"))
    return run_act(keeping, _again, done, refused=(acts_office.OfferChanged,))


def _given_over(given: acts_office.Done) -> ResponseReturnValue:
    words = f"Передано {_messages(given[0].count)}: {given[0].holder} → {given[1].name}. Сроки не изменились."
    return see_other(url_for("inbox.show"), words)


def _messages(count: int) -> str:
    return f"{count} {plural(count, 'сообщение', 'сообщения', 'сообщений')}"


def _again(typed: Typed) -> str:
    """The current list; an error of an offer is shown next to it, a changed offer above all."""
    forget_roster()
    return render_template("inbox/inbox.html", page=inbox_page(me(), current_now()), refused=typed)


def init_app(app: Flask) -> None:
    app.add_template_global(sources, "log_in_sources")
