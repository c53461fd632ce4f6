"""«Новости отделов»: an executor offers one from his telephone, the press centre makes a publication of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.plan import news, photos
from osm.store.models import DepartmentNews
from osm.store.queries.plan import news as queries
from osm.web.access import allow, me
from osm.web.form_values import Typed, seen_version, text, uploads
from osm.web.htmx import see_other
from osm.web.nav import count_at
from osm.web.plan.plan import counts
from osm.web.run_act import EDIT_REFUSED, run_act

blueprint = Blueprint("news_of_plan", __name__, url_prefix="/plan/news")

OFFERERS = (Role.EXECUTOR, *PRESS_CENTRE)


@blueprint.get("")
@allow(*OFFERERS)
def index() -> ResponseReturnValue:
    return news_page()


@blueprint.post("")
@allow(*OFFERERS)
def offer() -> ResponseReturnValue:
    def act(**who: Any) -> DepartmentNews:
        return news.offer(text("what"), text("when"), text("place"), photos.reduced(uploads("files")), **who)

    said = "Отправлено в пресс-центр. Здесь появится ответ."
    return run_act(act, news_page, lambda _: see_other(url_for("news_of_plan.index"), said), action="offer",
                   refused=EDIT_REFUSED)  # fmt: skip


@blueprint.post("/<int:news_id>/take")
@allow(*PRESS_CENTRE)
def take(news_id: int) -> ResponseReturnValue:
    def done(row: DepartmentNews) -> ResponseReturnValue:
        here = url_for("publications_of_plan.show", publication_id=row.publication_id)
        return see_other(here, "Черновик готов: поправьте текст и назначьте день.")

    return run_act(
        partial(news.take, news_id, seen_version()), news_page, done, action=f"take-{news_id}", refused=EDIT_REFUSED
    )


@blueprint.post("/<int:news_id>/decline")
@allow(*PRESS_CENTRE)
def decline(news_id: int) -> ResponseReturnValue:
    return run_act(
        partial(news.decline, news_id, seen_version(), answer=text("answer")),
        news_page,
        lambda _: see_other(url_for("news_of_plan.index"), "Отделу отправлен ответ."),
        action=f"decline-{news_id}",
        refused=EDIT_REFUSED,
    )


def news_page(typed: Typed | None = None) -> str:
    """The list with the form; `typed`: one of its forms was refused."""
    person = me()
    is_press = person.has(*PRESS_CENTRE)
    rows = queries.listed(None if is_press else person.id)
    return render_template("plan/news.html", rows=rows, is_press=is_press, typed=typed)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    count_at(app, "/plan/news", lambda user, _now: counts(user).news)
