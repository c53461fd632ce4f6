"""«Задания края»: the text is entered, placed, and its links are reported in one press (Пр.2.1)."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.numbers import all_whole
from osm.regulation.words import PRESS_CENTRE
from osm.services.errors import NotFound
from osm.services.plan import tasks
from osm.store.models import KraiTask
from osm.store.queries.plan import grid
from osm.store.queries.plan import news as queries
from osm.web.access import allow
from osm.web.form_values import Typed, moment, seen_version, text
from osm.web.htmx import see_other
from osm.web.nav import count_at
from osm.web.plan.plan import counts
from osm.web.run_act import EDIT_REFUSED, run_act

blueprint = Blueprint("tasks_of_plan", __name__, url_prefix="/plan/tasks")


@blueprint.get("")
@allow(*PRESS_CENTRE)
def index() -> ResponseReturnValue:
    return list_page()


@blueprint.post("")
@allow(*PRESS_CENTRE)
def enter() -> ResponseReturnValue:
    def act(**who: Any) -> KraiTask:
        pages = all_whole(request.form.getlist("pages"))
        return tasks.enter(
            text("title"), text("text"), given_by=text("given_by"), due_at=moment("due_at"), pages=pages, **who
        )

    return run_act(act, list_page, lambda task: _to_task(task.id, "Записано."), action="enter", refused=EDIT_REFUSED)


@blueprint.get("/<int:task_id>")
@allow(*PRESS_CENTRE)
def show(task_id: int) -> ResponseReturnValue:
    return task_page(task_id)


@blueprint.post("/<int:task_id>/report")
@allow(*PRESS_CENTRE)
def report(task_id: int) -> ResponseReturnValue:
    return run_act(
        partial(tasks.report, task_id, seen_version()),
        partial(task_page, task_id),
        lambda _: _to_task(task_id, "Отмечено: доложено. Скопируйте отчёт и отправьте."),
        action="report",
        refused=EDIT_REFUSED,
    )


def list_page(typed: Typed | None = None) -> str:
    """The tasks with the form; `typed`: it was refused."""
    return render_template("plan/tasks.html", rows=queries.tasks(), pages=grid.pages(), typed=typed, now=current_now())


def task_page(task_id: int, typed: Typed | None = None) -> str:
    """One task with its report."""
    task = queries.task(task_id)
    if task is None:
        raise NotFound("Задание")
    return render_template("plan/task.html", task=task, report=tasks.report_words(task), typed=typed, now=current_now())


def _to_task(task_id: int, said: str) -> ResponseReturnValue:
    return see_other(url_for("tasks_of_plan.show", task_id=task_id), said)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    count_at(app, "/plan/tasks", lambda user, _now: counts(user).tasks)
