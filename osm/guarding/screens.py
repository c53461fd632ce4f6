"""«Защита страниц»: access to pages and their checks, without passwords (Пр.1.2.3)."""

from collections.abc import Collection
from functools import partial
from typing import Any

from flask import Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.base.errors import must_exist
from osm.connectors.registry import CONNECTED, has
from osm.flow.acts import clocks, terms
from osm.guarding import queries
from osm.guarding.acts import leaving, pages
from osm.guarding.queries import AdministratorRow, DueCheck, GuardView, closed_tasks, due_checks, open_tasks, weak_pages
from osm.inbox.queries.news import PAGE_CHECK, PAGE_TASK
from osm.inbox.views.rows import show_kind
from osm.log.queries.history import edits_of
from osm.models import PageTask
from osm.regulation import own_pages, words
from osm.shell import filters, requests
from osm.shell.access import Screens
from osm.shell.form_values import Form, Typed, number, text
from osm.shell.run_act import EDIT_REFUSED, PageActs, run_act

# --- «Защита страниц»
pages_blueprint = Screens("guarding", __name__, url_prefix="/admin")

GUARDS = (words.Role.ADMIN, *words.PRESS_CENTRE)
_PAGE = "/pages/<int:account_id>/security"


@pages_blueprint.get("/security", *GUARDS)
def pages_index() -> ResponseReturnValue:
    return render_template("guarding/index.html", pages=queries.guards(*_when()), tasks=open_tasks())


@pages_blueprint.post(f"{_PAGE}/look", *GUARDS)
def look(account_id: int) -> ResponseReturnValue:
    here = url_for("guarding.show", account_id=account_id)
    return run_act(
        partial(leaving.look, account_id),
        partial(guard_page, account_id),
        lambda found: requests.see_other(here, "Сверено с соцсетью." if not found else "Сверено: есть незаписанные."),
        action="look",
        refused=EDIT_REFUSED,
    )


def _opened(tasks: int) -> str:
    if not tasks:
        return "Новых задач нет: закрыть доступ к этим страницам и ключам уже поручено."
    return f"Страницы и ключи, доступ к которым надо закрыть: {tasks}, они в «Ждёт меня»."


@pages_blueprint.get(_PAGE, *GUARDS, endpoint="show")
def guard_page(account_id: int, typed: Typed | None = None) -> str:
    """`typed`: a form that was refused."""
    page = must_exist(queries.guard_of(account_id, *_when()), "Страница")
    form = partial(_form, typed)
    return render_template(
        "guarding/page.html", page=page, tasks=open_tasks(account_id),
        recovery=own_pages.RECOVERY.get(page.network, own_pages.RECOVERY_ANYWHERE),
        can_look=page.is_connected and has(page.network, "administrators"), typed=typed, refused=Form({}, typed),
        login=form("describe", _login(page)), check=form("check", {"months": str(page.months)}),
        new=form("add", {"second_factor": "unknown", "right": "editor"}),
        editing={one.id: form(f"edit-{one.id}", _of(one)) for one in page.administrators}, people=queries.people(),
        questions=own_pages.Question.labels(), findings=own_pages.Finding.labels(),
        terms=[(months, _TERM_WORDS[months]) for months in own_pages.TERMS],
        rights=list(own_pages.Right.labels().items()), factors=list(own_pages.SecondFactor.labels().items()),
        edits=edits_of("page_guard", account_id),
    )  # fmt: skip


_TERM_WORDS = {1: "месяц", 3: "три месяца", 6: "полгода", 12: "год"}


def _form(typed: Typed | None, action: str, stored: dict[str, str]) -> Form:
    return Form(stored, typed if typed and typed.action == action else None)


def _login(page: GuardView) -> dict[str, str]:
    changed_on = page.password_changed_on
    return {
        "second_factor": page.second_factor, "changed_on": changed_on.isoformat() if changed_on else "",
        "recovery": page.recovery, "applications": page.applications,
    }  # fmt: skip


def _of(row: AdministratorRow) -> dict[str, str]:
    return {
        "user_id": str(row.user_id or ""), "name": "" if row.user_id else row.who, "profile": row.profile,
        "right": row.right, "since": row.since.isoformat() if row.since else "", "second_factor": row.second_factor,
    }  # fmt: skip


def _administrator() -> pages.Administrator:
    return pages.Administrator(
        number("user_id"), text("name"), text("profile"), text("right"), filters.day_given("since"),
        text("second_factor"),
    )  # fmt: skip


GUARD = PageActs(blueprint=pages_blueprint, rule=_PAGE, page=guard_page, kind="page_guard")
GUARD.post(
    "", pages.describe, "Сохранено.", *GUARDS, endpoint="describe",
    second_factor=text, recovery=text, applications=text, changed_on=filters.day_given,
)  # fmt: skip
GUARD.post(
    "/check", pages.check, "Проверка записана.", *GUARDS, remark=text, months=number,
    answers=lambda _: {question: text(question) for question in own_pages.Question},
)  # fmt: skip
GUARD.post("/people", pages.add_administrator, "Записано.", *GUARDS, endpoint="add", given=lambda _: _administrator())
_PERSON = "/people/<int:administrator_id>"
GUARD.post(_PERSON, pages.edit_administrator, "Сохранено.", *GUARDS, endpoint="edit", given=lambda _: _administrator())
GUARD.post(f"{_PERSON}/remove", pages.remove_administrator, "Записано: больше не управляет страницей.", *GUARDS)
GUARD.post(f"{_PERSON}/leaves", leaving.leaves, _opened, *GUARDS)


def _when() -> tuple[Any, Any]:
    now = current_now()
    return now, clocks.in_force().calendar.local(now).date()


# --- Tasks for people who leave
tasks_blueprint = Screens("page_tasks", __name__, url_prefix="/admin/security/tasks")


@tasks_blueprint.get("", *GUARDS)
def tasks_index(typed: Typed | None = None) -> str:
    return render_template("guarding/tasks.html", tasks=open_tasks(), closed=closed_tasks(), typed=typed)


PageActs(blueprint=tasks_blueprint, page=tasks_index, there=lambda _: url_for("page_tasks.tasks_index")).post(
    "/<int:task_id>", leaving.close, "Задача закрыта.", *GUARDS, endpoint="close", outcome=text, reason=text
)


def task_key_words(task: PageTask) -> str:
    """«ключ администратора»."""
    known = CONNECTED.get(task.account.network)
    return known.keys.get(task.key_name, "ключ") if known else "ключ"


def _pages_waiting(_ids: Collection[int]) -> list[GuardView | DueCheck]:
    """A page that may be lost is shown as such, also when its check is due."""
    now = current_now()
    return [*due_checks(now), *weak_pages(now, terms.local_day(now))]


def init_app(app: Flask) -> None:
    show_kind(app, PAGE_TASK, "guarding/_task_waiting.html", lambda _ids: open_tasks())
    show_kind(app, PAGE_CHECK, "guarding/_waiting.html", _pages_waiting, "account_id")
    app.jinja_env.filters["task_key_words"] = task_key_words
