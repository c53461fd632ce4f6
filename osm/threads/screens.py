"""«Это ответ автора», «это публикация», «не это»: one press each, on the card and in «Ждёт меня»."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from flask import Flask, url_for
from flask.typing import ResponseReturnValue

from osm.answers.acts import publication
from osm.answers.views import may_publish
from osm.inbox.queries.news import OFFER
from osm.inbox.views.rows import show_kind
from osm.messages.queries.parts import Card
from osm.models import Echo, Message, ThreadOffer
from osm.people import views as roster
from osm.regulation.words import Role, Status
from osm.shell import filters, requests
from osm.shell.access import Screens, me
from osm.shell.form_values import seen_version, text
from osm.shell.run_act import press
from osm.threads.queries import AFTER, Offer, echoes_of, is_echo, offers_of, offers_waiting

blueprint = Screens("offers", __name__, url_prefix="/messages/<int:message_id>/offers")

SAID = {
    Status.APPROVED: "публикация отмечена, ссылка и время взяты из соцсети.",
    Status.AWAITING_AUTHOR: "ответ автора внесён, срок считается заново. Сообщение снова у исполнителя.",
    Status.ANSWERED: "работа возобновлена, срок считается заново (п. 15). Сообщение снова у исполнителя.",
}
"""Status of the message → what is said after «да»."""


@blueprint.post("/<int:offer_id>", Role.CURATOR, Role.EXECUTOR)
def take(message_id: int, offer_id: int) -> ResponseReturnValue:
    card = roster.visible_card(message_id, me())
    return _run(message_id, offer_id, publication.take, SAID.get(card.status, "отмечено."))


@blueprint.post("/<int:offer_id>/echo", Role.CURATOR)
def echo(message_id: int, offer_id: int) -> ResponseReturnValue:
    roster.visible_card(message_id, me())
    if not (said := text("echo")):
        return _run(message_id, offer_id, publication.retract_echo, "отметка снята: выберите, что автор сказал.")
    act = partial(publication.note_echo, echo=said)
    return _run(message_id, offer_id, act, "отмечено, что автор сказал после ответа.")


@blueprint.post("/<int:offer_id>/no", Role.CURATOR)
def decline(message_id: int, offer_id: int) -> ResponseReturnValue:
    roster.visible_card(message_id, me())
    return _run(message_id, offer_id, publication.decline, "отмечено: это не то, больше не предлагается.")


def _run(message_id: int, offer_id: int, act: Callable[..., Message], notice: str) -> ResponseReturnValue:
    there = requests.safe_next(text("back"), url_for("card.show", message_id=message_id))
    return press(partial(act, message_id, seen_version(), offer_id), there, lambda done: filters.numbered(done, notice))


def offers_on(card: Card) -> Sequence[Offer]:
    """The offers on this card, if its status has any."""
    may_be_some = "thread_offer" in card.rows_in and card.status in {Status.APPROVED, *AFTER}
    return offers_of(card.id) if may_be_some else ()


def echoes_on(card: Card) -> Sequence[ThreadOffer]:
    """What the author said after answers, as people have confirmed it."""
    return echoes_of(card.id) if "thread_offer" in card.rows_in else ()


def liked_on(card: Card) -> datetime | None:
    """Since when the author likes an answer."""
    heard = [one for one in card.log if one.action in ("author_liked", "author_unliked")]
    return heard[-1].at if heard and heard[-1].action == "author_liked" else None


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        echoes_on=echoes_on, may_correct_echo=is_echo, echo_labels={one: one.label for one in Echo}
    )
    app.add_template_global(offers_on)
    app.add_template_global(liked_on)
    show_kind(app, OFFER, "threads/_waiting.html", lambda ids: offers_waiting(me().roles, ids))
    app.add_template_global(may_publish, "may_publish_on")
