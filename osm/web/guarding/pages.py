"""«Управление» → «Защита страниц»: who can enter a page and how, its checks; never a password (Пр.1.2.3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.connectors.registry import names_administrators
from osm.regulation.guarding.checks import (
    FINDING_LABELS,
    QUESTIONS,
    RIGHT_LABELS,
    SECOND_FACTOR_LABELS,
    TERMS,
)
from osm.regulation.guarding.recovery import RECOVERY, RECOVERY_ANYWHERE
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.clocks.clocks import in_force
from osm.services.errors import NotFound
from osm.services.guarding import leaving, looking, pages
from osm.store.queries.guarding import pages as queries
from osm.store.queries.guarding.pages import AdministratorRow, GuardView
from osm.store.queries.guarding.tasks import open_tasks
from osm.store.queries.log.edits import edits_of
from osm.web.access import allow
from osm.web.days import day_given
from osm.web.form_values import Form, Typed, number, text
from osm.web.htmx import see_other
from osm.web.run_act import EDIT_REFUSED, run_act, run_edit

blueprint = Blueprint("guarding", __name__, url_prefix="/admin")

GUARDS = (Role.ADMIN, *PRESS_CENTRE)
_PAGE = "/pages/<int:account_id>/security"


@blueprint.get("/security")
@allow(*GUARDS)
def index() -> ResponseReturnValue:
    return render_template("guarding/index.html", pages=queries.guards(*_when()), tasks=open_tasks())


@blueprint.get(_PAGE)
@allow(*GUARDS)
def show(account_id: int) -> ResponseReturnValue:
    return guard_page(account_id)


@blueprint.post(_PAGE)
@allow(*GUARDS)
def describe(account_id: int) -> ResponseReturnValue:
    given = {name: text(name) for name in ("second_factor", "recovery", "applications")}
    return _act(account_id, pages.describe, "Сохранено.", lambda: given | {"changed_on": day_given("changed_on")})


@blueprint.post(f"{_PAGE}/check")
@allow(*GUARDS)
def check(account_id: int) -> ResponseReturnValue:
    answers = {question: text(question) for question in QUESTIONS}
    given = {"answers": answers, "remark": text("remark"), "months": number("months")}
    return _act(account_id, pages.check, "Проверка записана.", lambda: given)


@blueprint.post(f"{_PAGE}/people")
@allow(*GUARDS)
def add(account_id: int) -> ResponseReturnValue:
    return _act(account_id, pages.add_administrator, "Записано.", lambda: {"given": _administrator()})


@blueprint.post(f"{_PAGE}/people/<int:administrator_id>")
@allow(*GUARDS)
def edit(account_id: int, administrator_id: int) -> ResponseReturnValue:
    given = lambda: {"given": _administrator(), "administrator_id": administrator_id}  # noqa: E731
    return _act(account_id, pages.edit_administrator, "Сохранено.", given, f"edit-{administrator_id}")


@blueprint.post(f"{_PAGE}/people/<int:administrator_id>/remove")
@allow(*GUARDS)
def remove(account_id: int, administrator_id: int) -> ResponseReturnValue:
    said = "Записано: больше не управляет страницей."
    return _act(account_id, pages.remove_administrator, said, lambda: {"administrator_id": administrator_id})


@blueprint.post(f"{_PAGE}/people/<int:administrator_id>/leaves")
@allow(*GUARDS)
def leaves(account_id: int, administrator_id: int) -> ResponseReturnValue:
    return _act(account_id, leaving.leaves, _opened, lambda: {"administrator_id": administrator_id})


@blueprint.post(f"{_PAGE}/look")
@allow(*GUARDS)
def look(account_id: int) -> ResponseReturnValue:
    here = url_for("guarding.show", account_id=account_id)
    return run_act(
        partial(looking.look, account_id),
        partial(guard_page, account_id),
        lambda found: see_other(here, "Сверено с соцсетью." if not found else "Сверено: есть незаписанные."),
        action="look",
        refused=EDIT_REFUSED,
    )


def _opened(tasks: int) -> str:
    if not tasks:
        return "Новых задач нет: закрыть доступ к этим страницам и ключам уже поручено."
    return f"Страницы и ключи, доступ к которым надо закрыть: {tasks}, они в «Ждёт меня»."


def _act(
    account_id: int,
    service: Callable[..., Any],
    said: str | Callable[[Any], str],
    given: Callable[[], dict[str, Any]],
    form: str = "",
) -> ResponseReturnValue:
    """`given` reads the form: what cannot be read is told like any other mistake. The endpoint names the form."""

    def act(account: int, version: int, **who: Any) -> Any:
        return service(account, version, **given(), **who)

    form = form or (request.endpoint or "").removeprefix("guarding.")
    here = url_for("guarding.show", account_id=account_id)
    done = lambda found: see_other(here, said if isinstance(said, str) else said(found))  # noqa: E731
    return run_edit("page_guard", account_id, act, guard_page, done, form)


def guard_page(account_id: int, typed: Typed | None = None) -> str:
    """The screen of one page; `typed`: one of its forms was refused."""
    page = queries.guard_of(account_id, *_when())
    if page is None:
        raise NotFound("Страница")
    form = partial(_form, typed)
    return render_template(
        "guarding/page.html",
        page=page,
        tasks=open_tasks(account_id),
        recovery=RECOVERY.get(page.network, RECOVERY_ANYWHERE),
        can_look=page.is_connected and names_administrators(page.network),
        typed=typed,
        refused=Form({}, typed),
        login=form("describe", _login(page)),
        check=form("check", {"months": str(page.months)}),
        new=form("add", {"second_factor": "unknown", "right": "editor"}),
        editing={one.id: form(f"edit-{one.id}", _of(one)) for one in page.administrators},
        people=queries.people(),
        questions=QUESTIONS,
        findings=FINDING_LABELS,
        terms=[(months, _TERM_WORDS[months]) for months in TERMS],
        rights=list(RIGHT_LABELS.items()),
        factors=list(SECOND_FACTOR_LABELS.items()),
        edits=edits_of("page_guard", account_id),
    )


_TERM_WORDS = {1: "месяц", 3: "три месяца", 6: "полгода", 12: "год"}


def _form(typed: Typed | None, action: str, stored: dict[str, str]) -> Form:
    return Form(stored, typed if typed and typed.action == action else None)


def _login(page: GuardView) -> dict[str, str]:
    changed_on = page.password_changed_on
    return {
        "second_factor": page.second_factor,
        "changed_on": changed_on.isoformat() if changed_on else "",
        "recovery": page.recovery,
        "applications": page.applications,
    }


def _of(row: AdministratorRow) -> dict[str, str]:
    return {
        "user_id": str(row.user_id or ""),
        "name": "" if row.user_id else row.who,
        "profile": row.profile,
        "right": row.right,
        "since": row.since.isoformat() if row.since else "",
        "second_factor": row.second_factor,
    }


def _administrator() -> pages.Administrator:
    return pages.Administrator(
        number("user_id"), text("name"), text("profile"), text("right"), day_given("since"), text("second_factor")
    )


def _when() -> tuple[Any, Any]:
    now = current_now()
    return now, in_force().calendar.local(now).date()


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.filters["page_right_label"] = lambda right: RIGHT_LABELS[right]
    app.jinja_env.filters["second_factor_label"] = lambda factor: SECOND_FACTOR_LABELS[factor]
