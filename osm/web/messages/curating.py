"""The curator's acts on the card and in the list: each is a plain form that carries the version that was seen."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue

from osm.regulation.words import Action, Role
from osm.services.answers import publication
from osm.services.messages import closing, importance, routing
from osm.web.access import allow
from osm.web.acting import moment, number, text, uploads
from osm.web.messages.deciding import carry_out

blueprint = Blueprint("curating", __name__, url_prefix="/messages")


@blueprint.post("/<int:message_id>/select")
@allow(Role.CURATOR)
def select(message_id: int) -> ResponseReturnValue:
    return carry_out(message_id, Action.SELECT, routing.select_message)


@blueprint.post("/<int:message_id>/route")
@allow(Role.CURATOR)
def route(message_id: int) -> ResponseReturnValue:
    return carry_out(
        message_id,
        Action.ROUTE,
        routing.route_message,
        lambda: {
            "executor_id": number("executor_id"),
            "topic_id": number("topic_id"),
            "suggested_topic_id": number("suggested_topic_id"),
            "task": text("task"),
        },
    )


@blueprint.post("/<int:message_id>/reroute")
@allow(Role.CURATOR)
def reroute(message_id: int) -> ResponseReturnValue:
    return carry_out(
        message_id,
        Action.REROUTE,
        routing.reroute_message,
        lambda: {"executor_id": number("executor_id"), "task": text("task")},
    )


@blueprint.post("/<int:message_id>/dismiss")
@allow(Role.CURATOR)
def dismiss(message_id: int) -> ResponseReturnValue:
    return carry_out(message_id, Action.DISMISS, closing.dismiss_message, _reason)


@blueprint.post("/<int:message_id>/redirect")
@allow(Role.CURATOR)
def redirect(message_id: int) -> ResponseReturnValue:
    return carry_out(
        message_id,
        Action.REDIRECT,
        closing.redirect_message,
        lambda: {"recipient": text("recipient"), "reason": text("reason")},
    )


@blueprint.post("/<int:message_id>/exclude")
@allow(Role.CURATOR, Role.MODERATOR)
def exclude(message_id: int) -> ResponseReturnValue:
    return carry_out(
        message_id,
        Action.EXCLUDE,
        closing.exclude_message,
        lambda: {"ground": text("ground"), "note": text("note"), "screenshots": uploads("files")},
    )


@blueprint.post("/<int:message_id>/withdrawn")
@allow(Role.CURATOR)
def withdrawn(message_id: int) -> ResponseReturnValue:
    return carry_out(message_id, Action.MARK_WITHDRAWN, closing.mark_withdrawn, lambda: {"note": text("note")})


@blueprint.post("/<int:message_id>/unanswerable")
@allow(Role.CURATOR)
def unanswerable(message_id: int) -> ResponseReturnValue:
    return carry_out(message_id, Action.MARK_UNANSWERABLE, closing.mark_unanswerable, _reason)


@blueprint.post("/<int:message_id>/restore")
@allow(Role.CURATOR)
def restore(message_id: int) -> ResponseReturnValue:
    return carry_out(message_id, Action.RESTORE, closing.restore_message, _reason)


@blueprint.post("/<int:message_id>/author-answered")
@allow(Role.CURATOR)
def author_answered(message_id: int) -> ResponseReturnValue:
    return carry_out(message_id, Action.AUTHOR_ANSWERED, publication.author_answered, _answer_of_the_author)


@blueprint.post("/<int:message_id>/close-without-answer")
@allow(Role.CURATOR)
def close_without_answer(message_id: int) -> ResponseReturnValue:
    return carry_out(message_id, Action.CLOSE_WITHOUT_ANSWER, closing.close_without_answer, _reason)


@blueprint.post("/<int:message_id>/reopen")
@allow(Role.CURATOR)
def reopen(message_id: int) -> ResponseReturnValue:
    return carry_out(message_id, Action.REOPEN, publication.reopen_message, _what_the_author_wrote)


@blueprint.post("/<int:message_id>/prepare-final")
@allow(Role.CURATOR, Role.EXECUTOR)
def prepare_final(message_id: int) -> ResponseReturnValue:
    return carry_out(message_id, Action.PREPARE_FINAL, publication.prepare_final)


@blueprint.post("/<int:message_id>/raise-importance")
@allow(Role.CURATOR)
def raise_importance(message_id: int) -> ResponseReturnValue:
    return carry_out(
        message_id,
        Action.RAISE_IMPORTANCE,
        importance.raise_importance,
        lambda: {"detected_at": moment("detected_at"), "reason": text("reason")},
    )


@blueprint.post("/<int:message_id>/lower-importance")
@allow(Role.CURATOR)
def lower_importance(message_id: int) -> ResponseReturnValue:
    return carry_out(message_id, Action.LOWER_IMPORTANCE, importance.lower_importance, _reason)


def _reason() -> dict[str, Any]:
    return {"reason": text("reason")}


def _answer_of_the_author() -> dict[str, Any]:
    return {**_what_the_author_wrote(), "written_at": moment("written_at")}


def _what_the_author_wrote() -> dict[str, Any]:
    return {"text": text("text"), "url": text("url")}


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
