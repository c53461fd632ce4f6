"""Screenshots, and groups of near copies (Пр.2.6)."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from flask import Flask, flash, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.base.errors import NotFound, ServiceError, must_exist
from osm.check.acts import copies
from osm.comments.acts import comments, holds
from osm.comments.queries import comments as queries_comments
from osm.comments.queries.copies import Batch, Mailing, group_of_comment, in_group, mailings_of
from osm.comments.screens.queue import choice_of_form, number_of_comments, said_of_choice
from osm.files.acts import files as acts_files
from osm.files.queries import Shot, of_comment, of_comments
from osm.files.views import Stored, add_stored, uploads
from osm.models import Comment, OutboxAction, User
from osm.people import views as roster
from osm.regulation.blacklist import CommentGround
from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE, Role
from osm.shell import errors, filters
from osm.shell.access import Screens, me
from osm.shell.form_values import Typed, seen_rows, text
from osm.shell.requests import safe_next, see_other
from osm.shell.run_act import run_act


def without_picture(rows: Sequence[OutboxAction]) -> set[int]:
    """Ids of deletions for threats without a screenshot: after the deletion it is too late for one."""
    threats = {row.comment.id: row.id for row in rows if row.comment and row.comment.ground is CommentGround.THREAT}
    return set(threats.values()) - {threats[one] for one in of_comments(threats)}


# --- Screenshots
screenshots_blueprint = Screens("screenshots", __name__)

READERS = (*PRESS_CENTRE, Role.HEAD)
_AGAIN = "Такой снимок здесь уже есть."


class _Attach(Protocol):
    def __call__(self, owner: int, files: Sequence[acts_files.Upload], /, *, actor: User, now: datetime) -> int: ...


@screenshots_blueprint.post("/messages/<int:message_id>/screenshots", *PRESS_CENTRE)
def to_message(message_id: int) -> ResponseReturnValue:
    roster.visible_card(message_id, me())
    return _attach(acts_files.attach_to_message, message_id, url_for("card.show", message_id=message_id))


@screenshots_blueprint.post("/moderation/<int:comment_id>/screenshots", *PRESS_CENTRE)
def to_comment(comment_id: int) -> ResponseReturnValue:
    return _attach(acts_files.attach_to_comment, comment_id, url_for("moderation_log.log_show"))


@screenshots_blueprint.post("/blacklist/proofs/<int:proof_id>/screenshots", *PRESS_CENTRE)
def to_proof(proof_id: int) -> ResponseReturnValue:
    return _attach(acts_files.attach_to_proof, proof_id, url_for("blacklist.index"))


def _shot(shot_id: int) -> Stored:
    shot = must_exist(of_comment(shot_id), "Снимок")
    return shot.sha256, shot.content_type, shot.filename


add_stored(
    screenshots_blueprint, "/files/of-comment/<int:shot_id>", *READERS, found=_shot, what="Снимок", whole="download"
)


def _attach(act: _Attach, owner: int, back: str) -> ResponseReturnValue:
    """Attach the files and go back with the result; the script of the queue gets JSON."""
    try:
        added = act(owner, uploads("files"), actor=me(), now=current_now())
    except (MissingInput, ServiceError) as error:
        if errors.wants_json() or isinstance(error, NotFound):
            raise
        return see_other(safe_next(text("back"), back), str(error), "danger")
    said = f"Приложено: {filters.counted(added, 'снимок', 'снимка', 'снимков')}." if added else _AGAIN
    if errors.wants_json():
        return jsonify(said=said, added=added)
    flash(said, "success" if added else "info")
    return see_other(safe_next(text("back"), back))


def address_of(shot: Shot, is_small: bool = False) -> str:
    """Address of a screenshot or of its small version."""
    if shot.of_comment:
        return url_for("screenshots.small" if is_small else "screenshots.download", shot_id=shot.id)
    return url_for("files.small" if is_small else "files.download", attachment_id=shot.id)


# --- Groups of near copies
copy_groups_blueprint = Screens("copy_groups", __name__, url_prefix="/moderation/<int:comment_id>/copies")


@copy_groups_blueprint.post("/decide", *PRESS_CENTRE)
def decide(comment_id: int) -> ResponseReturnValue:
    def act(chosen: list[comments.Chosen], **who: Any) -> Sequence[Comment]:
        choice = choice_of_form("Выберите решение: оставить или удалить.")
        return comments.decide(chosen, choice, ground=text("ground"), reason=text("reason"), **who)

    return _copy_groups_run(comment_id, act, lambda rows: said_of_choice(row.author_id for row in rows))


@copy_groups_blueprint.post("/undo", *PRESS_CENTRE)
def undo(comment_id: int) -> ResponseReturnValue:
    return _copy_groups_run(comment_id, comments.undo_all, lambda _: "Решение отменено, снова ждут")


def mailings_among(rows: list[queries_comments.CommentRow]) -> dict[int, Mailing]:
    """Comment id → its group of copies, for the rows of a list."""
    return mailings_of([row.id for row in rows], copies.from_number())


def _copy_groups_run(
    comment_id: int, act: Callable[..., Sequence[Comment]], said: Callable[[Sequence[Comment]], str]
) -> ResponseReturnValue:
    return run_act(
        partial(act, [comments.Chosen(*one) for one in seen_rows()]),
        partial(copy_groups_show, comment_id),
        lambda rows: see_other(
            url_for("copy_groups.copy_groups_show", comment_id=comment_id),
            f"{said(rows)}: {number_of_comments(len(rows))}.",
        ),
        refused=(MissingInput, comments.CommentsRefused),
    )


@copy_groups_blueprint.get("", *PRESS_CENTRE)
def copy_groups_show(comment_id: int, typed: Typed | None = None) -> str:
    now, person = current_now(), me()
    group = must_exist(group_of_comment(comment_id, person, now), "Группа копий")
    # Held as in the queue: others cannot decide the comments on this page.
    key = secrets.token_hex(8)
    ids = holds.take([in_group(group.id)], key, most=comments.MOST, actor=person, now=now)
    sample = queries_comments.queue_rows([comment_id], now)[0]
    return render_template(
        "comments/copies.html", group=group, comment_id=comment_id, key=key, rows=queries_comments.queue_rows(ids, now),
        sample=sample, final=_final(group.batches), is_mailing=group.size >= copies.from_number(),
        typed=typed or Typed("", {"ground": sample.proposed or ""}), most=comments.MOST,
    )  # fmt: skip


def _final(batches: Sequence[Batch]) -> dict[Batch, str]:
    """Batch → why it cannot be undone; batches that can be undone are missing."""
    why = holds.why_not([number for batch in batches for number, _version in batch.rows])
    words = {batch: {why[number]: 0 for number, _version in batch.rows if number in why} for batch in batches}
    return {batch: "; ".join(said) for batch, said in words.items() if said}


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        shot_address=address_of,
        screenshots_among=lambda rows: of_comments([row.id for row in rows]),
        without_picture=without_picture,
    )
    app.jinja_env.globals["mailings_among"] = mailings_among
    app.jinja_env.filters["counted_copies"] = lambda number: filters.counted(number, "копия", "копии", "копий")
