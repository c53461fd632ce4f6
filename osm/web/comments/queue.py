"""«Комментарии»: the queue of Пр.2.6, one decision a key; plain forms do the same."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from flask import Blueprint, Flask, jsonify, make_response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from osm.clock import current_now
from osm.networks.catalogue import NETWORKS
from osm.regulation.comment_words import thing_words
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import PRESS_CENTRE
from osm.services.comments import comments, holds, undoing
from osm.services.comments.comments import Choice, Chosen, CommentsRefused
from osm.services.errors import ServiceError
from osm.store.models import User
from osm.store.queries.comments import comments as queries
from osm.store.queries.comments.comments import CommentRow, QueueFilter
from osm.store.queries.comments.posts import SHOWN, waiting_posts
from osm.web.access import allow, me
from osm.web.comments.view import SAID, SAID_OF_MANY, filter_from, filters_of, shared, tabs
from osm.web.comments.waiting import waiting
from osm.web.errors import wants_json
from osm.web.form_values import Typed, seen_rows, seen_version, text
from osm.web.htmx import safe_next, see_other
from osm.web.run_act import run_act

blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")

BULK = "moderation_bulk"
"""What the session keeps of the last comments that were decided together, until the next decision."""
_MOST_SHOWN = 1000
"""The most comments that one request may name; our pages show less than half as many."""
UNDO_SHOWN = timedelta(minutes=10)
"""Without scripts the last decision is offered to be undone for so long; later it stands among the decided."""


@blueprint.get("")
@allow(*PRESS_CENTRE)
def show() -> ResponseReturnValue:
    return _page(asked_filter())


@blueprint.get("/more")
@allow(*PRESS_CENTRE)
def more() -> ResponseReturnValue:
    """More rows for a page that has few left; they are held for it as well."""
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
    def done(rows: list[CommentRow]) -> ResponseReturnValue:
        session.pop(BULK, None)
        row, said = rows[0], said_of_choice()
        if wants_json():
            return jsonify(id=row.id, version=row.version, said=said, message=row.message_id)
        return see_other(back(), f"{said}.")

    return run_choice([Chosen(comment_id, seen_version())], done, comment_id)


@blueprint.post("/<int:comment_id>/undo")
@allow(*PRESS_CENTRE)
def undo(comment_id: int) -> ResponseReturnValue:
    try:
        row = comments.undo(comment_id, seen_version(), actor=me(), now=current_now())
    except (ServiceError, StaleVersion) as error:
        if wants_json():
            raise
        return see_other(back(), str(error), "danger")
    if wants_json():
        return jsonify(id=row.id, version=row.version, said="Решение отменено")
    return see_other(back(), "Решение отменено, комментарий снова ждёт.")


@blueprint.post("/hold")
@allow(*PRESS_CENTRE)
def hold() -> ResponseReturnValue:
    """The page is still open: which of the comments on it are still held for it."""
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


def asked_filter() -> QueueFilter:
    return filter_from(request.args)


def back() -> str:
    """The list that the form came from."""
    return safe_next(text("back"), url_for("moderation.show"))


def run_choice(
    chosen: list[Chosen], done: Callable[[list[CommentRow]], ResponseReturnValue], comment_id: int = 0
) -> ResponseReturnValue:
    """The choice of the form on these comments; refused, the queue with all that was typed.

    `comment_id`: the one whose own form this is, 0 for that of several.
    """

    def act(actor: User, now: datetime) -> list[CommentRow]:
        choice = choice_of_form("Выберите решение: оставить, удалить или взять в работу.")
        rows = comments.decide(chosen, choice, ground=text("ground"), reason=text("reason"), actor=actor, now=now)
        return queries.queue_rows([row.id for row in rows], now)

    return run_act(
        act,
        lambda typed: _page(filters_of(back()), typed),
        done,
        action=str(comment_id),
        refused=(MissingInput, CommentsRefused),
    )


def choice_of_form(missing: str) -> Choice:
    try:
        return Choice(text("choice"))
    except ValueError as error:
        raise MissingInput("choice", missing) from error


def said_of_choice(authors: Iterable[int | None] = ()) -> str:
    """What the choice of the form is called once it is taken; `authors`: whose comments were decided."""
    said = SAID_OF_MANY if len(set(authors)) > 1 else SAID
    at_once = text("choice") == Choice.BLACKLIST and comments.bans_at_once(text("ground"))
    return said["banned" if at_once else text("choice")]


def _held(asked: QueueFilter, key: str, *, more: bool = False) -> list[CommentRow]:
    now = current_now()
    return queries.queue_rows(holds.take(asked.conditions(), key, more=more, actor=me(), now=now), now)


def _latest(person: User, now: datetime) -> CommentRow | None:
    """The person's last decision while it can be undone."""
    latest = queries.latest_of(person, now - UNDO_SHOWN)
    return latest if latest is not None and not undoing.why_not([latest.id]) else None


def _page(asked: QueueFilter, typed: Typed | None = None) -> str:
    key, now, person = secrets.token_hex(8), current_now(), me()
    rows = _held(asked, key)
    numbers = queries.counters(list(NETWORKS))
    return render_template(
        "comments/queue.html",
        rows=rows,
        key=key,
        typed=typed,
        total=waiting().number,
        tabs=tabs(asked, numbers),
        others=queries.at_work(person, now),
        latest=_latest(person, now),
        **shared(asked),
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.add_template_global(thing_words)
