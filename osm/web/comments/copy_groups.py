"""The near copies of one comment on one page: the whole group is decided at once, and taken back at once (Пр.2.6)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE
from osm.services.comments import comments, copy_decisions, holds, undoing
from osm.services.comments.comments import Chosen, CommentsRefused
from osm.services.errors import NotFound
from osm.services.reading import mailings
from osm.store.models import Comment
from osm.store.queries.comments import comments as queries
from osm.store.queries.comments.comments import CommentRow
from osm.store.queries.comments.copies import Batch, Mailing, group_of_comment, in_group, mailings_of
from osm.web.access import allow, me
from osm.web.comments.queue import choice_of_form, said_of_choice
from osm.web.filters import counted
from osm.web.form_values import Typed, seen_rows, text
from osm.web.htmx import see_other
from osm.web.run_act import run_act

blueprint = Blueprint("copy_groups", __name__, url_prefix="/moderation/<int:comment_id>/copies")


@blueprint.get("")
@allow(*PRESS_CENTRE)
def show(comment_id: int) -> ResponseReturnValue:
    return _page(comment_id)


@blueprint.post("/decide")
@allow(*PRESS_CENTRE)
def decide(comment_id: int) -> ResponseReturnValue:
    def act(chosen: list[Chosen], **who: Any) -> Sequence[Comment]:
        choice = choice_of_form("Выберите решение: оставить или удалить.")
        return comments.decide(chosen, choice, ground=text("ground"), reason=text("reason"), **who)

    return _run(comment_id, act, lambda rows: said_of_choice(row.author_id for row in rows))


@blueprint.post("/undo")
@allow(*PRESS_CENTRE)
def undo(comment_id: int) -> ResponseReturnValue:
    return _run(comment_id, copy_decisions.undo_all, lambda _: "Решение отменено, снова ждут")


def mailings_among(rows: list[CommentRow]) -> dict[int, Mailing]:
    """Comment → the mailing that it is part of, for the rows of a list."""
    return mailings_of([row.id for row in rows], mailings.from_number())


def _run(
    comment_id: int, act: Callable[..., Sequence[Comment]], said: Callable[[Sequence[Comment]], str]
) -> ResponseReturnValue:
    return run_act(
        partial(act, [Chosen(*one) for one in seen_rows()]),
        partial(_page, comment_id),
        lambda rows: see_other(
            url_for("copy_groups.show", comment_id=comment_id), f"{said(rows)}: {_number(len(rows))}."
        ),
        refused=(MissingInput, CommentsRefused),
    )


def _page(comment_id: int, typed: Typed | None = None) -> str:
    now, person = current_now(), me()
    group = group_of_comment(comment_id, person, now)
    if group is None:
        raise NotFound("Группа копий")
    # As the queue does: nobody else decides on what stands on this page.
    key = secrets.token_hex(8)
    ids = holds.take([in_group(group.id)], key, most=comments.MOST, actor=person, now=now)
    sample = queries.queue_rows([comment_id], now)[0]
    return render_template(
        "comments/copies.html",
        group=group,
        comment_id=comment_id,
        key=key,
        rows=queries.queue_rows(ids, now),
        sample=sample,
        final=_final(group.batches),
        is_mailing=group.size >= mailings.from_number(),
        typed=typed or Typed("", {"ground": sample.proposed or ""}),
        most=comments.MOST,
    )


def _final(batches: Sequence[Batch]) -> dict[Batch, str]:
    """Why one of a batch cannot be taken back, in words; batches that can are left out."""
    why = undoing.why_not([number for batch in batches for number, _version in batch.rows])
    words = {batch: {why[number]: 0 for number, _version in batch.rows if number in why} for batch in batches}
    return {batch: "; ".join(said) for batch, said in words.items() if said}


def _number(number: int) -> str:
    return counted(number, "комментарий", "комментария", "комментариев")


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals["mailings_among"] = mailings_among
    app.jinja_env.filters["counted_copies"] = lambda number: counted(number, "копия", "копии", "копий")
