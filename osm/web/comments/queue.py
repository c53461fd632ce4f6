"""«Комментарии»: the queue of Пр.2.6, one decision a key; plain forms do the same."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from flask import (
    Blueprint,
    Flask,
    Response,
    flash,
    g,
    jsonify,
    make_response,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from osm.clock import current_now
from osm.networks.catalogue import NETWORKS
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Role
from osm.services.comments import comments, holds
from osm.services.comments.comments import Choice, Chosen, CommentsRefused
from osm.services.errors import ServiceError
from osm.services.staff import preferences
from osm.store.queries.comments import comments as queries
from osm.store.queries.comments.comments import CommentRow, QueueFilter
from osm.store.queries.comments.posts import SHOWN, waiting_posts
from osm.web.access import allow
from osm.web.acting import me, seen_rows, seen_version, text
from osm.web.comments.view import SAID, SAID_OF_MANY, filter_from, filters_of, shared, tabs
from osm.web.htmx import safe_next, see_other
from osm.web.nav import count_at

blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")

PRESS_CENTRE = (Role.CURATOR, Role.MODERATOR)
BULK = "moderation_bulk"
"""What the session keeps of the last comments that were decided together, until the next decision."""
_MOST_SHOWN = 1000
"""Comments that a page may speak of at once; no page of ours shows half as many."""
UNDO_SHOWN = timedelta(minutes=10)
"""Without scripts the last decision is offered to be undone for so long; later it stands among the decided."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A plain form that was refused: of which comment (0: of several), what was typed, what is wrong where."""

    comment_id: int
    values: dict[str, str] = field(default_factory=dict)
    error: str = ""
    place: str = ""
    ticked: frozenset[int] = frozenset()


@blueprint.get("")
@allow(*PRESS_CENTRE)
def show() -> ResponseReturnValue:
    return _page(asked_filter())


@blueprint.get("/more")
@allow(*PRESS_CENTRE)
def more() -> ResponseReturnValue:
    """Further rows for a page that runs out of them; the page holds them too."""
    key = request.args.get("key", "")[:32]
    rows = _held(asked_filter(), key, more=True)
    return render_template("comments/_rows.html", rows=rows, **shared(asked_filter()))


@blueprint.get("/posts")
@allow(*PRESS_CENTRE)
def posts() -> ResponseReturnValue:
    """The filter by post: the posts under which comments wait."""
    return render_template("comments/posts.html", posts=waiting_posts(), most=SHOWN)


@blueprint.post("/<int:comment_id>/decide")
@allow(*PRESS_CENTRE)
def decide(comment_id: int) -> ResponseReturnValue:
    chosen = [Chosen(comment_id, seen_version())]
    try:
        row = carry_out(chosen)[0]
    except (MissingInput, CommentsRefused) as error:
        if wants_json():
            raise
        return refused_page(comment_id, error)
    session.pop(BULK, None)
    said = said_of_choice()
    if wants_json():
        return jsonify(id=row.id, version=row.version, said=said, message=row.message_id)
    flash(f"{said}.", "success")
    return see_other(back())


@blueprint.post("/<int:comment_id>/undo")
@allow(*PRESS_CENTRE)
def undo(comment_id: int) -> ResponseReturnValue:
    try:
        row = comments.undo(comment_id, seen_version(), actor=me(), now=current_now())
    except (ServiceError, StaleVersion) as error:
        if wants_json():
            raise
        flash(str(error), "danger")
        return see_other(back())
    if wants_json():
        return jsonify(id=row.id, version=row.version, said="Решение отменено")
    flash("Решение отменено, комментарий снова ждёт.", "success")
    return see_other(back())


@blueprint.post("/hold")
@allow(*PRESS_CENTRE)
def hold() -> ResponseReturnValue:
    """The page is still open: which of the comments on it are still its own."""
    shown = seen_rows()[:_MOST_SHOWN]
    return jsonify(held=holds.renew(text("key")[:32], shown, actor=me(), now=current_now()))


@blueprint.post("/release")
@allow(*PRESS_CENTRE)
def release() -> ResponseReturnValue:
    """The page is left: others may take its comments at once."""
    holds.release(text("key")[:32], actor=me())
    return see_other("/") if text("leave") else make_response("", 204)


@blueprint.get("/token")
@allow(*PRESS_CENTRE)
def token() -> ResponseReturnValue:
    """For a page whose session has ended and was opened again in another tab: the new token, and whose it is."""
    return jsonify(token=generate_csrf(), person=me().id)


@blueprint.post("/keys")
@allow(*PRESS_CENTRE)
def keys() -> ResponseReturnValue:
    """Bare keys are switched on or off, for this person (WCAG 2.1.4)."""
    preferences.set_single_keys(text("keys") == "on", actor=me(), now=current_now())
    flash("Клавиши включены." if text("keys") == "on" else "Клавиши выключены: работают кнопки.", "success")
    return see_other(back())


def asked_filter() -> QueueFilter:
    return filter_from(request.args)


def wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html") == "application/json"


def back() -> str:
    """The list that the form came from."""
    return safe_next(text("back"), url_for("moderation.show"))


def carry_out(chosen: list[Chosen]) -> list[CommentRow]:
    """The choice of the form on these comments."""
    try:
        choice = Choice(text("choice"))
    except ValueError as error:
        raise MissingInput("choice", "Выберите решение: оставить, удалить или взять в работу.") from error
    now = current_now()
    done = comments.decide(chosen, choice, ground=text("ground"), reason=text("reason"), actor=me(), now=now)
    return queries.queue_rows([row.id for row in done], now)


def said_of_choice(authors: Iterable[int | None] = ()) -> str:
    """What the choice of the form is called once it is taken; `authors`: whose comments were decided."""
    said = SAID_OF_MANY if len(set(authors)) > 1 else SAID
    at_once = text("choice") == Choice.BLACKLIST and comments.bans_at_once(text("ground"))
    return said["banned" if at_once else text("choice")]


def _held(asked: QueueFilter, key: str, *, more: bool = False) -> list[CommentRow]:
    now = current_now()
    return queries.queue_rows(holds.take(asked.conditions(), key, more=more, actor=me(), now=now), now)


def _page(asked: QueueFilter, refused: Refused | None = None, status: int = 200) -> Response:
    key, now, person = secrets.token_hex(8), current_now(), me()
    rows = _held(asked, key)
    numbers = queries.counters(list(NETWORKS))
    page = render_template(
        "comments/queue.html",
        rows=rows,
        key=key,
        refused=refused,
        total=_waiting(),
        tabs=tabs(asked, numbers),
        others=queries.at_work(person, now),
        latest=queries.latest_of(person, now - UNDO_SHOWN),
        **shared(asked),
    )
    return make_response(page, status)


def _waiting() -> int:
    """How many wait: the page and its menu say so, the database is asked once."""
    if "osm_comments_waiting" not in g:
        g.osm_comments_waiting = queries.count_waiting()
    number: int = g.osm_comments_waiting
    return number


def refused_page(comment_id: int, error: Exception, ticked: frozenset[int] = frozenset()) -> Response:
    """The queue with everything that was typed; `comment_id` 0: a form about several."""
    values = {name: text(name) for name in ("choice", "ground", "reason")}
    place = error.field if isinstance(error, MissingInput) else ""
    asked = filters_of(back())
    return _page(asked, Refused(comment_id, values, str(error), place, ticked), 422 if place else 409)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    count_at(app, "/moderation", lambda _person, _now: _waiting())
