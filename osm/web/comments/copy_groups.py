"""The near copies of one comment on one page: the whole group is decided at once, and taken back at once (Пр.2.6)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import Blueprint, Flask, Response, flash, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.services.comments import comments, copy_decisions, holds
from osm.services.comments.comments import Choice, Chosen, CommentsRefused
from osm.services.errors import NotFound
from osm.services.reading import mailings
from osm.store.queries.comments import comments as queries
from osm.store.queries.comments.comments import CommentRow
from osm.store.queries.comments.copies import Mailing, group_of_comment, in_group, mailings_of
from osm.web.access import allow
from osm.web.acting import me, seen_rows, text
from osm.web.comments.queue import said_of_choice
from osm.web.filters import counted
from osm.web.htmx import see_other

blueprint = Blueprint("copy_groups", __name__, url_prefix="/moderation/<int:comment_id>/copies")

PRESS_CENTRE = (Role.CURATOR, Role.MODERATOR)


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form: of a page that was refused, what was typed."""

    ground: str = ""
    reason: str = ""
    error: str = ""
    place: str = ""


@blueprint.get("")
@allow(*PRESS_CENTRE)
def show(comment_id: int) -> ResponseReturnValue:
    return _page(comment_id)


@blueprint.post("/decide")
@allow(*PRESS_CENTRE)
def decide(comment_id: int) -> ResponseReturnValue:
    typed = {"ground": text("ground"), "reason": text("reason")}
    try:
        done = comments.decide(_chosen(), _choice(), **typed, actor=me(), now=current_now())
    except MissingInput as error:
        return _page(comment_id, Typed(**typed, error=str(error), place=error.field), 422)
    except CommentsRefused as error:
        return _page(comment_id, Typed(**typed, error=str(error)), 409)
    flash(f"{said_of_choice(row.author_id for row in done)}: {_number(len(done))}.", "success")
    return see_other(url_for("copy_groups.show", comment_id=comment_id))


@blueprint.post("/undo")
@allow(*PRESS_CENTRE)
def undo(comment_id: int) -> ResponseReturnValue:
    try:
        done = copy_decisions.undo_all(_chosen(), actor=me(), now=current_now())
    except (MissingInput, CommentsRefused) as error:
        return _page(comment_id, Typed(error=str(error)), 409)
    flash(f"Решение отменено, снова ждут: {_number(len(done))}.", "success")
    return see_other(url_for("copy_groups.show", comment_id=comment_id))


def mailings_among(rows: list[CommentRow]) -> dict[int, Mailing]:
    """Comment → the mailing that it is part of, for the rows of a list."""
    return mailings_of([row.id for row in rows], mailings.from_number())


def _choice() -> Choice:
    try:
        return Choice(text("choice"))
    except ValueError as error:
        raise MissingInput("choice", "Выберите решение: оставить или удалить.") from error


def _chosen() -> list[Chosen]:
    return [Chosen(*one) for one in seen_rows()]


def _page(comment_id: int, typed: Typed | None = None, status: int = 200) -> Response:
    now, person = current_now(), me()
    group = group_of_comment(comment_id, person, now)
    if group is None:
        raise NotFound("Группа копий")
    # As the queue does: nobody else decides on what stands on this page.
    key = secrets.token_hex(8)
    ids = holds.take([in_group(group.id)], key, most=comments.MOST, actor=person, now=now)
    sample = queries.queue_rows([comment_id], now)[0]
    page = render_template(
        "comments/copies.html",
        group=group,
        comment_id=comment_id,
        key=key,
        rows=queries.queue_rows(ids, now),
        sample=sample,
        is_mailing=group.size >= mailings.from_number(),
        typed=typed or Typed(ground=sample.proposed or ""),
        most=comments.MOST,
    )
    return make_response(page, status)


def _number(number: int) -> str:
    return counted(number, "комментарий", "комментария", "комментариев")


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals["mailings_among"] = mailings_among
    app.jinja_env.filters["counted_copies"] = lambda number: counted(number, "копия", "копии", "копий")
