"""A message entered by hand: text, link, photos; the network is recognised by the link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.networks.addresses import spellings, web_address
from osm.networks.catalogue import NETWORKS
from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE
from osm.services.files import waiting_files
from osm.services.files.attachments import Upload
from osm.services.messages import entry
from osm.services.messages.entry import AlreadyEntered
from osm.store.models import Message
from osm.store.queries.messages.entry import messages_at, topic_choices
from osm.web.access import allow, me
from osm.web.form_values import Typed, moment, number, text, uploads
from osm.web.htmx import see_other
from osm.web.run_act import run_act
from osm.web.topics.hints import hint_for

blueprint = Blueprint("entry", __name__, url_prefix="/messages/new")

WRITERS = PRESS_CENTRE
_TEXTS = ("text", "network", "url", "place", "author_name", "author_url")


@blueprint.get("")
@allow(*WRITERS)
def new() -> ResponseReturnValue:
    return _form()


@blueprint.post("")
@allow(*WRITERS)
def enter() -> ResponseReturnValue:
    """Save and go on to the card; a refusal brings the form back with all that was typed and every good photo."""
    tickets = list(dict.fromkeys(request.form.getlist("kept")))
    kept = waiting_files.recall(tickets, me().id)
    photos = kept + uploads("files")

    def act(**who: Any) -> Message:
        if len(kept) < len(tickets):
            raise MissingInput("files", "Одно из прежних фото больше не хранится. Приложите его ещё раз.")
        given: dict[str, Any] = {name: text(name) for name in _TEXTS}
        given |= {"topic_id": number("topic_id"), "high": bool(text("high")), "published_at": moment("published_at")}
        return entry.enter_message(**given, photos=photos, **who)

    return run_act(act, lambda typed: _form(typed, photos), _entered)


@blueprint.get("/link")
@allow(*WRITERS)
def link() -> ResponseReturnValue:
    """What a link tells: its network, and whether a message with it is there already. Asked while one types.

    Where the host is none that we know, the network is the one that the person chose.
    """
    url, chosen = request.args.get("url", "").strip(), request.args.get("network", "")
    network, problem = "", ""
    try:
        network = entry.recognised_network(chosen, web_address(url)) if url else ""
    except MissingInput as error:  # the words of the refusal that saving would bring
        problem = str(error)
    twins = messages_at(spellings(url))
    return render_template("messages/_link.html", url=url, network=network, chosen=chosen, problem=problem, twins=twins)


@blueprint.post("/topic")
@allow(*WRITERS)
def topic() -> ResponseReturnValue:
    """The field of the topic with what the words suggest, while one types; what somebody chose himself stays."""
    chosen, hint = text("topic_id"), hint_for(text("text"))
    untouched = chosen in ("", text("topic_suggested"))
    suggested = str(hint.topic_id) if hint and untouched else ""
    return render_template(
        "messages/_topic.html",
        topics=topic_choices(),
        chosen=suggested if untouched else chosen,
        suggested=suggested,
        hint=hint,
        error="",
    )


def _entered(message: Message) -> ResponseReturnValue:
    return see_other(url_for("card.show", message_id=message.id), f"Внесено под № {message.number}.")


def _form(typed: Typed | None = None, photos: Sequence[Upload] = ()) -> str:
    return render_template(
        "messages/new.html",
        typed=typed.values if typed else {},
        errors=typed.errors if typed else {},
        twin=typed.why if typed and isinstance(typed.why, AlreadyEntered) else None,
        kept=waiting_files.set_aside(photos, me().id),
        networks=[(code, network.label) for code, network in NETWORKS.items()],
        topics=topic_choices(),
        hint=hint_for(text("text")) if typed else None,
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
