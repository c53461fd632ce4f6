"""Tasks of those who leave: what is to be closed to whom, closed one by one; who closed what stays there."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.connectors.registry import CONNECTED
from osm.services.guarding import leaving
from osm.store.queries.guarding.tasks import TaskRow, closed_tasks, open_tasks
from osm.web.access import allow
from osm.web.form_values import Typed, seen_version, text
from osm.web.guarding.pages import GUARDS
from osm.web.htmx import see_other
from osm.web.run_act import EDIT_REFUSED, run_act

blueprint = Blueprint("page_tasks", __name__, url_prefix="/admin/security/tasks")


@blueprint.get("")
@allow(*GUARDS)
def index() -> ResponseReturnValue:
    return _page()


@blueprint.post("/<int:task_id>")
@allow(*GUARDS)
def close(task_id: int) -> ResponseReturnValue:
    act = partial(leaving.close, task_id, seen_version(), outcome=text("outcome"), reason=text("reason"))
    done = lambda _: see_other(url_for("page_tasks.index"), "Задача закрыта.")  # noqa: E731
    return run_act(act, _page, done, action=f"task-{task_id}", refused=EDIT_REFUSED)


def _page(typed: Typed | None = None) -> str:
    return render_template("guarding/tasks.html", tasks=open_tasks(), closed=closed_tasks(), typed=typed)


def task_key_words(task: TaskRow) -> str:
    """«ключ администратора»."""
    known = CONNECTED.get(task.network)
    return known.keys.get(task.key_name, "ключ") if known else "ключ"


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.filters["task_key_words"] = task_key_words
