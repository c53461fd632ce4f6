"""Screens of the card and of its steps: plain forms that carry the version seen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from osm.answers.queries.drafting import earlier_answers
from osm.base.application import current_now
from osm.base.errors import NotFound
from osm.check.acts.copies import nearest_messages
from osm.check.acts.verdicts import digest, reply_to_findings
from osm.check.queries import pieces, verdict_on
from osm.files.acts import files
from osm.files.views import uploads
from osm.flow.queries.duties import TO_ROUTE
from osm.inbox.queries.inbox import CLOSINGS, next_waiting, waiting_places
from osm.inbox.views.rows import INBOX, OWN, by_letter, card_from_inbox, row_again
from osm.messages.acts import closing, entry
from osm.messages.forms import happened_since
from osm.messages.queries.parts import LINKS_SHOWN, Card, Link, links_of, messages_at, topic_choices
from osm.messages.queries.parts import near as messages_near
from osm.messages.views.addresses import LISTS, Trail, copied, has_cards
from osm.messages.views.card import card_view
from osm.messages.views.steps import STEPS, card_step, of_view, step_button
from osm.models import Decision, FindingReply, LinkKind, LinkState, Message, User
from osm.networks.addresses import Sameness, spellings, web_address
from osm.networks.catalogue import NETWORKS
from osm.people import views as roster
from osm.people.queries import absences, handovers
from osm.people.views import READERS, asker_of, executes_only, visible_card
from osm.regulation.errors import MissingInput, StaleVersion, refuse
from osm.regulation.words import PRESS_CENTRE, Action, Ground, Role, Status
from osm.shell import requests
from osm.shell.access import Screens, allow, me
from osm.shell.filters import numbered
from osm.shell.form_values import Typed, moment, number, seen_version, text
from osm.shell.requests import in_place, is_htmx, note_done, render, see_other
from osm.shell.run_act import run_act
from osm.talk.views import opened
from osm.topics.views import hint_for


# --- The list from which a person came to a card: the way back, and the cards before and after it
# The address of the card has it: `from` is the list with its filters, `at` the place of the message in it. Addresses
# are rebuilt from the parsed filters, so `from` cannot lead to another site.
def came_by(message_id: int) -> dict[str, Any]:
    """The list in the address of this card or, after an act on it, in the address of the page that sent the form."""
    given: Mapping[str, str] = request.args
    if "from" not in given:
        page = requests.parts_of(request.referrer or "")
        given = dict(parse_qsl(page.query)) if page.path == url_for("card.show", message_id=message_id) else {}
    known = given.get("from", "").partition("?")[0] in LISTS.get()
    return {name: given[name] for name in ("from", "at") if name in given} if known else {}


def trail_of(message_id: int, person: User, now: datetime) -> Trail | None:
    """The list from which this person came to the card, None if unknown."""
    came = came_by(message_id)
    if not came:
        return None
    trail = LISTS.get()[came["from"].partition("?")[0]]
    return trail(message_id, came, person, now)


def inbox_trail(message_id: int, _came: Mapping[str, str], person: User, now: datetime) -> Trail:
    """A message that is done is no longer in the list, so the next one is the most urgent."""
    g.osm_places = places = waiting_places(roster.asker_of(person, now))
    messages = [place for place in places if place.duty >= 0]
    ids = [place.id for place in sorted(messages, key=lambda place: place.key)]
    here = ids.index(message_id) if message_id in ids else -1
    before, behind = ids[max(here - 1, 0) : max(here, 0)], ids[here + 1 : here + 2]
    back = url_for("inbox.show", _anchor=f"m-{message_id}")
    return Trail("Ждёт меня", back, _card(before), _card(behind), is_inbox=True)


def _card(ids: Sequence[int]) -> str:
    return card_from_inbox(ids[0]) if ids else ""


# --- A message entered by hand
entry_blueprint = Screens("entry", __name__, url_prefix="/messages/new")

WRITERS = PRESS_CENTRE
_TEXTS = ("text", "network", "url", "place", "author_name", "author_url")


@entry_blueprint.post("", *WRITERS)
def enter() -> ResponseReturnValue:
    """Save and go to the card; a refused form keeps everything typed and every good photo."""
    tickets = list(dict.fromkeys(request.form.getlist("kept")))
    kept = files.recall(tickets, me().id)
    photos = kept + uploads("files")

    def act(**who: Any) -> Message:
        refuse("files", len(kept) < len(tickets), "Одно из прежних фото больше не хранится. Приложите его ещё раз.")
        given: dict[str, Any] = {name: text(name) for name in _TEXTS}
        given |= {"topic_id": number("topic_id"), "high": bool(text("high")), "published_at": moment("published_at")}
        return entry.enter_message(**given, photos=photos, **who)

    def done(message: Message) -> ResponseReturnValue:
        return see_other(url_for("card.show", message_id=message.id), f"Внесено под № {message.number}.")

    return run_act(act, lambda typed: new(typed, photos), done)


@entry_blueprint.get("/link", *WRITERS)
def link() -> ResponseReturnValue:
    """While typing: the network of the link, and whether a message with it exists. An unknown host changes nothing."""
    url, chosen = request.args.get("url", "").strip(), request.args.get("network", "")
    network, problem = "", ""
    try:
        network = entry.recognised_network(chosen, web_address(url)) if url else ""
    except MissingInput as error:  # the same words as on saving
        problem = str(error)
    twins = messages_at(spellings(url))
    return render_template("messages/_link.html", url=url, network=network, chosen=chosen, problem=problem, twins=twins)


@entry_blueprint.post("/topic", *WRITERS)
def topic() -> ResponseReturnValue:
    """While typing: the field of the topic with a suggestion by the words; a topic that the person chose stays."""
    chosen, hint = text("topic_id"), hint_for(text("text"))
    untouched = chosen in ("", text("topic_suggested"))
    suggested = str(hint.topic_id) if hint and untouched else ""
    return render_template(
        "messages/_topic.html", topics=topic_choices(), chosen=suggested if untouched else chosen, suggested=suggested,
        hint=hint, error="",
    )  # fmt: skip


@entry_blueprint.get("", *WRITERS)
def new(typed: Typed | None = None, photos: Sequence[files.Upload] = ()) -> str:
    return render_template(
        "messages/new.html", typed=typed.values if typed else {}, errors=typed.errors if typed else {},
        twin=typed.why if typed and isinstance(typed.why, entry.AlreadyEntered) else None,
        kept=files.set_aside(photos, me().id), networks=[(code, network.label) for code, network in NETWORKS.items()],
        topics=topic_choices(), hint=hint_for(text("text")) if typed else None,
    )  # fmt: skip


# --- Marks of the check
findings_blueprint = Screens("findings", __name__, url_prefix="/messages")

FINDINGS_SAID = {
    FindingReply.WRONG: "Отметка ошибочна: пометки сняты, правило запомнит ошибку.",
    FindingReply.ANSWERED: "Отмечено верно, но отвечаем: сообщение остаётся в работе.",
}


@findings_blueprint.post("/<int:message_id>/findings", *PRESS_CENTRE)
def reply(message_id: int) -> ResponseReturnValue:
    card = visible_card(message_id, me())
    try:
        chosen = FindingReply(text("reply"))
    except ValueError as error:
        ways = (
            "«Отметка ошибочна» или «Верно, но отвечаем»"
            if handovers.may_answer_marked()
            else "«Исключить» или «Отметка ошибочна»"
        )
        raise MissingInput("reply", f"Выберите ответ: {ways}.") from error
    try:
        reply_to_findings(card.id, seen_version(), reply=chosen, reason=text("reason"), actor=me(), now=current_now())
        notice, kind = FINDINGS_SAID[chosen], "success"
    except StaleVersion:
        if text("reason"):
            raise  # what was typed is shown
        notice = "Не выполнено: на пометки уже ответили или текст проверен заново. Здесь то, что есть теперь."
        kind = "danger"
    if text("back") == INBOX and is_htmx():
        return row_again(card.id)
    if text("back") == INBOX:
        return see_other(url_for("inbox.show", _anchor=f"{OWN}-{card.id}"), numbered(card, notice), kind)
    return see_other(url_for("card.show", message_id=card.id), notice, kind)


# --- Linked messages


@dataclass(frozen=True, slots=True)
class LinkedView:
    """`may_decide`: the person may decide on proposals; `may_open`: he may see the other cards."""

    repeats: tuple[Link, ...]
    others: tuple[Link, ...]
    confirmed: tuple[Link, ...]
    may_decide: bool
    may_open: bool

    @property
    def is_empty(self) -> bool:
        return not (self.repeats or self.others or self.confirmed or self.may_open)


def linked_with(card: Card, person: User) -> LinkedView:
    may_decide = person.has(Role.CURATOR)
    states = [LinkState.CONFIRMED, *([LinkState.PROPOSED] if may_decide else [])]
    links = links_of(card.id, states) if card.is_linked else []
    proposed = [link for link in links if link.pair.state is LinkState.PROPOSED]
    return LinkedView(
        repeats=tuple(link for link in proposed if link.pair.kind is LinkKind.REPEAT)[:LINKS_SHOWN],
        others=tuple(link for link in proposed if link.pair.kind is LinkKind.SAME_MATTER)[:LINKS_SHOWN],
        confirmed=tuple(link for link in links if link.pair.state is LinkState.CONFIRMED),
        may_decide=may_decide,
        may_open=not person.roles.isdisjoint(absences.SEE_EVERYTHING),
    )


linking_blueprint = Screens("linking", __name__, url_prefix="/messages")

LINKING_SAID: dict[tuple[LinkKind, LinkState], str] = {
    (LinkKind.REPEAT, LinkState.CONFIRMED): "Отмечено: повторное (п. 15). Прежний ответ стоит рядом с полем ответа.",
    (LinkKind.SAME_MATTER, LinkState.CONFIRMED): "Отмечено: сообщения о том же. Ответы видны из обоих.",
    (LinkKind.REPEAT, LinkState.REJECTED): "Отмечено: это другой вопрос, сообщения не связаны.",
    (LinkKind.SAME_MATTER, LinkState.REJECTED): "Отмечено: это другой вопрос, сообщения не связаны.",
}

SAMENESS = {Sameness.PROFILE: "тот же автор", Sameness.NAME: "тот же автор по имени"}
"""The same name alone does not prove that it is the same person, so the words say what was compared."""

CHANGED = "Не выполнено: об этой паре уже решили или тексты изменились. Здесь то, что есть теперь."


@linking_blueprint.post("/<int:message_id>/links/<int:other_id>", Role.CURATOR)
def decide(message_id: int, other_id: int) -> ResponseReturnValue:
    card = visible_card(message_id, me())
    try:
        link = closing.decide_link(
            card.id, other_id, seen_version(), confirmed=text("answer") == "yes", actor=me(), now=current_now()
        )
        notice = LINKING_SAID[link.kind, link.state]
    except (StaleVersion, NotFound):
        notice = CHANGED
    if is_htmx():
        linked = linked_with(card, me())
        return render_template(
            "messages/_linked.html", card=card, linked=linked, notice=notice, refused=notice == CHANGED
        )
    flash(notice, "danger" if notice == CHANGED else "success")
    return see_other(url_for("card.show", message_id=card.id, _anchor="linked"))


@linking_blueprint.get("/<int:message_id>/near", *absences.SEE_EVERYTHING)
def near(message_id: int) -> ResponseReturnValue:
    """Loaded after the card, so that the card need not wait; without JavaScript a separate page."""
    card = visible_card(message_id, me())
    ids = nearest_messages(card.id)
    found = None if ids is None else messages_near(card.id, ids)
    may_decide = me().has(Role.CURATOR)
    return render("messages/near.html", "messages/_near.html", card=card, found=found, may_decide=may_decide)


# --- The card
card_blueprint = Screens("card", __name__, url_prefix="/messages")


@card_blueprint.get("/<int:message_id>", *READERS)
def show(message_id: int) -> ResponseReturnValue:
    person = me()
    came = came_by(message_id)
    if came and "from" not in request.args:
        return redirect(
            url_for("card.show", message_id=message_id, **came), 303
        )  # the page before was an act on the card
    card = visible_card(message_id, person)
    return card_page(opened(card, person), person)


def card_page(card: Card, person: User, typed: Typed | None = None) -> str:
    checked = None if executes_only(person) else verdict_on(card.verdict, card.text, digest(card.text))
    is_proposed = checked is not None and checked.is_open and checked.decision is Decision.EXCLUDE
    judge_first = is_proposed and card.status in TO_ROUTE and person.has(*PRESS_CENTRE) and by_letter()
    view = card_view(card, person, current_now(), judge_first=judge_first)
    return render_template(
        "messages/card.html", view=view, card=card, typed=typed, trail=trail_of(card.id, person, view.now),
        grounds=list(Ground.labels().items()), linked=linked_with(card, person), copied=copied(card, person),
        earlier=earlier_answers(card.id) if card.is_linked else [], checked=checked,
        may_judge=person.has(Role.CURATOR) or person.has(Role.MODERATOR),
    )  # fmt: skip


# --- Steps, on the card and in the list
curating_blueprint = Screens("curating", __name__, url_prefix="/messages")

#: After these the first look at a message is finished and the curator goes to the next one.
_LEADS_ON = frozenset(
    {Action.ROUTE, Action.DISMISS, Action.REDIRECT, Action.EXCLUDE, Action.MARK_WITHDRAWN, Action.MARK_UNANSWERABLE}
)


def _view_of(action: Action) -> Callable[[int], ResponseReturnValue]:
    step = STEPS[action]

    def view(message_id: int) -> ResponseReturnValue:
        was = visible_card(message_id, me()).status
        return run_act(
            lambda **who: step.service(message_id, seen_version(), **step.given(), **who),
            lambda typed: card_page(visible_card(message_id, me()), me(), typed),
            lambda _: _lead_on(visible_card(message_id, me()), action, was), action=action,
            happened=partial(happened_since, message_id), fragment=lambda typed: _fragment(message_id, typed),
        )  # fmt: skip

    return allow(*step.roles)(view)


def _lead_on(card: Card, action: Action, was: Status) -> ResponseReturnValue:
    """To the next waiting message if the first look at this one is finished, else back to its card."""
    from_list = text("back") == INBOX
    notice, following = numbered(card, _words(card, action)), None
    first_look = action in _LEADS_ON and was in TO_ROUTE
    can_undo = first_look and action in (Action.ROUTE, *CLOSINGS)
    if can_undo:
        note_done()
    trail = trail_of(card.id, me(), current_now()) if first_look and not from_list else None
    if trail and not trail.is_inbox:
        notice += " Дальше — следующее из «Сообщений»." if trail.behind else " Это было последнее в списке."
        return see_other(trail.behind or trail.back, notice)
    if first_look:
        following = next_waiting(asker_of(me(), current_now()), TO_ROUTE)
        leads = Markup(" Дальше: № {}.").format(following[1]) if following else " Больше направлять нечего."
        notice += "" if following and from_list and is_htmx() else leads  # the list goes to the next row
    if from_list and is_htmx():
        return render_template("inbox/_done.html", notice=notice, card=card, can_undo=can_undo)
    if from_list:
        return see_other(url_for("inbox.show", _anchor=f"m-{following[0]}" if following else None), notice)
    if first_look:
        came = came_by(card.id)
        return see_other(
            url_for("card.show", message_id=following[0], **came) if following else url_for("inbox.show"), notice
        )
    return see_other(url_for("card.show", message_id=card.id), notice)


def _words(card: Card, action: Action) -> str:
    notice = STEPS[action].notice
    if action not in (Action.ROUTE, Action.REROUTE) or not card.active:
        return notice
    worker = card.active[0]
    to_whom = f"{worker.person.name} ({worker.department})" if worker.department else worker.person.name
    return notice.replace(".", f": {to_whom}.", 1)


def _fragment(message_id: int, typed: Typed) -> ResponseReturnValue:
    """For htmx: only the form of the refused step, so that other typing on the page stays, or the row of the list."""
    if text("back") == INBOX:
        return row_again(message_id, typed)
    card, grounds = visible_card(message_id, me()), list(Ground.labels().items())
    view = card_view(card, me(), current_now())
    page = render_template("messages/_step_again.html", view=view, card=card, typed=typed, grounds=grounds)
    return in_place(page, f"#step-{typed.action}", "outerHTML")


for _action, _step in STEPS.items():
    _path = _step.path or _action.replace("_", "-")
    curating_blueprint.add_url_rule(f"/<int:message_id>/{_path}", _action, _view_of(_action), methods=["POST"])


def init_app(app: Flask) -> None:
    has_cards(app, INBOX, inbox_trail)
    app.jinja_env.globals.update(pieces=pieces, may_answer_marked=handovers.may_answer_marked)
    app.jinja_env.filters["sameness_words"] = SAMENESS.__getitem__
    app.jinja_env.filters.update(card_step=card_step, step_button=step_button, of_view=of_view)
