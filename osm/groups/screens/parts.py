"""The screens of one part (П.14), the executor's and the curator's, and the choice of executors."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from flask import Flask, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.answers.acts.drafting import RECEIVED_BY
from osm.answers.forms import ELSEWHERE, TAKEN, attach_photos, both_texts, has_editor, seen_at
from osm.answers.queries.drafting import earlier_answers
from osm.base.application import current_now
from osm.base.errors import NotFound, must_exist
from osm.base.numbers import whole
from osm.flow.queries.duties import TO_ROUTE
from osm.groups.acts import members
from osm.groups.views import parts
from osm.inbox.queries.inbox import next_waiting
from osm.inbox.views.rows import INBOX, OWN
from osm.messages.acts import executors, routing
from osm.messages.forms import run_on_message
from osm.messages.queries.parts import Card, Worker
from osm.models import Message, Part, PartText, User
from osm.people.queries.people import routing_choices
from osm.people.views import asker_of, own_worker, roster_today, visible_card
from osm.regulation import errors, transitions
from osm.regulation.words import Action, Role
from osm.shell.access import Screens, me
from osm.shell.filters import clock_time, numbered
from osm.shell.form_values import Typed, asked_id, is_set, number, seen_version, text, typed_values
from osm.shell.requests import is_htmx, note_done, see_other
from osm.shell.run_act import Done, run_act
from osm.shell.turns import saves_itself
from osm.talk.views import opened
from osm.topics.views import hint_for

# --- One part
parts_blueprint = Screens("parts", __name__, url_prefix="/messages")


@parts_blueprint.get("/<int:message_id>/part", Role.EXECUTOR)
def own(message_id: int) -> ResponseReturnValue:
    person = me()
    card = visible_card(message_id, person)
    if own_worker(card, person) is None:
        return redirect(url_for("drafting.answer", message_id=message_id), 303)
    return _own_page(opened(card, person))


@parts_blueprint.post("/<int:message_id>/part", Role.EXECUTOR)
def send(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, _version: int, **who: Any) -> Part:
        worker, seen = save_part(message_id, **who), seen_version("part_version")
        errors.StaleVersion.unless_seen(seen, worker.version)
        attach_photos(message_id, **who)
        return members.submit_part(worker.id, seen, text=text("text"), confirmed=text("confirmed") == "1", **who)

    return run_on_message(message_id, Action.SUBMIT_PART, act, own_page, _sent)


@parts_blueprint.post("/<int:message_id>/parts/<int:assignment_id>", Role.CURATOR)
def send_for(message_id: int, assignment_id: int) -> ResponseReturnValue:
    def act(message_id: int, _version: int, **who: Any) -> Part:
        save_part(message_id, **who)
        seen, received_by = seen_version("part_version"), text("received_by")
        return members.enter_part(assignment_id, seen, text=text("text"), received_by=received_by, **who)

    def again(message_id: int, typed: Typed) -> str:
        return enter(message_id, assignment_id, typed)

    return run_on_message(message_id, Action.SUBMIT_PART, act, again, _entered)


@parts_blueprint.post("/<int:message_id>/parts/<int:assignment_id>/text", Role.EXECUTOR, Role.CURATOR)
@saves_itself
def save(message_id: int, assignment_id: int) -> ResponseReturnValue:
    def done(row: PartText, here: str) -> ResponseReturnValue:
        if is_htmx():
            return render_template("answers/_saved.html", row=row)
        return see_other(here, f"Сохранено {clock_time(row.saved_at)}. Отправить можно позже.")

    return _run(message_id, assignment_id, _save, done)


@parts_blueprint.post("/<int:message_id>/parts/<int:assignment_id>/take/<int:user_id>", Role.EXECUTOR)
def take(message_id: int, assignment_id: int, user_id: int) -> ResponseReturnValue:
    """Append the text of an absent colleague to the editor of the executor who has his part now."""

    def act(worker: Worker, **who: Any) -> None:
        members.take_over_part_text(worker.id, of_id=user_id, text=text("text"), seen_at=seen_at(), **who)

    return _run(message_id, assignment_id, act, lambda _, here: see_other(here, TAKEN))


def own_page(message_id: int, typed: Typed | None = None) -> str:
    return _own_page(visible_card(message_id, me()), typed)


def _own_page(card: Card, typed: Typed | None = None) -> str:
    person = me()
    worker = must_exist(own_worker(card, person))
    view = parts.part_view(card, worker, person, current_now(), typed)
    earlier = earlier_answers(card.id) if card.is_linked else []
    return render_template("parts/own.html", view=view, typed=typed, earlier=earlier)


def save_part(message_id: int, actor: User, now: datetime) -> Worker:
    """Save the text of a form before anything else, even if the work is another's by now."""
    worker = _worker(visible_card(message_id, actor), number("assignment_id") or 0)
    _save(worker, actor, now)
    return worker


@parts_blueprint.get("/<int:message_id>/parts/<int:assignment_id>", Role.CURATOR)
def enter(message_id: int, assignment_id: int, typed: Typed | None = None) -> str:
    person = me()
    card = visible_card(message_id, person)
    view = parts.part_view(card, _worker(card, assignment_id), person, current_now(), typed)
    earlier = earlier_answers(message_id) if card.is_linked else []
    return render_template("parts/enter.html", view=view, typed=typed, ways=RECEIVED_BY, earlier=earlier)


def _worker(card: Card, assignment_id: int) -> Worker:
    """The row of this message; an executor reaches only his own. Raises NotFound."""
    person = me()
    for worker in card.workers:
        if worker.id == assignment_id and (person.has(Role.CURATOR) or worker.person.id == person.id):
            return worker
    raise NotFound


def _save(worker: Worker, actor: User, now: datetime) -> PartText:
    return members.save_part_text(worker.id, text=text("text"), seen_at=seen_at(), actor=actor, now=now)


def _run(
    message_id: int, assignment_id: int, act: Callable[..., Done], done: Callable[[Done, str], ResponseReturnValue]
) -> ResponseReturnValue:
    """Run the act; `done` gets the address of the part. If another window was quicker, show both texts."""
    person = me()
    worker = _worker(visible_card(message_id, person), assignment_id)
    mine, place = worker.person.id == person.id, partial(url_for, message_id=message_id)
    here = place("parts.own") if mine else place("parts.enter", assignment_id=assignment_id)

    def again(typed: Typed) -> str:
        return own_page(message_id, typed) if mine else enter(message_id, assignment_id, typed)

    def beside(typed: Typed) -> Response:
        view = parts.part_view(visible_card(message_id, person), worker, person, current_now(), typed)
        return both_texts(view, typed.words, here, save=place("parts.save", assignment_id=assignment_id))

    return run_act(
        partial(act, worker), again, lambda row: done(row, here),
        action=Action.SUBMIT_PART, refused=ELSEWHERE, fragment=beside,
    )  # fmt: skip


def _sent(part: Part) -> Response:
    notice = "информация отправлена куратору. Сводный ответ пишет он."
    return see_other("/", numbered(part.assignment.message, notice))


def _entered(part: Part) -> Response:
    notice = f"Внесено: информация, {part.author.name}. За достоверность отвечает исполнитель (п. 18)."
    return see_other(url_for("common.show", message_id=part.assignment.message_id), notice)


# --- Several executors
executors_blueprint = Screens("executors", __name__, url_prefix="/messages")


@executors_blueprint.post("/<int:message_id>/executors", Role.CURATOR)
def route(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Message:
        topic_id, marked_seen = number("topic_id"), is_set("marked_seen")
        return routing.route_to_several(
            message_id, version, orders=_orders(), topic_id=topic_id, marked_seen=marked_seen, **who
        )

    return run_on_message(message_id, Action.ROUTE, act, executors_page, _done("Направлено нескольким исполнителям."))


@executors_blueprint.post("/<int:message_id>/executors/rows", Role.CURATOR)
def more_rows(message_id: int) -> ResponseReturnValue:
    """One more row with all typed values, and new times; no row is stored."""
    typed = Typed(Action.ROUTE, {**typed_values(), "rows": str((number("rows") or parts.FIRST_ROWS) + 1)})
    return executors_page(message_id, typed, template="parts/_rows.html" if is_htmx() else "")


@executors_blueprint.post("/<int:message_id>/executors/times", Role.CURATOR)
def check_times(message_id: int) -> ResponseReturnValue:
    """Whether the times in the form fit before the draft; no row is stored."""
    typed = Typed(Action.ROUTE, typed_values())
    return executors_page(message_id, typed, template="parts/_times.html" if is_htmx() else "")


@executors_blueprint.post("/<int:message_id>/executors/add", Role.CURATOR)
def add(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Message:
        order = parts.order_of(typed_values(), "") or executors.PartOrder(None)
        return executors.add_executor(message_id, version, order=order, **who)

    return run_on_message(message_id, Action.ADD_EXECUTOR, act, executors_page, _done("Исполнитель добавлен."))


@executors_blueprint.post("/<int:message_id>/executors/<int:assignment_id>/remove", Role.CURATOR)
def remove(message_id: int, assignment_id: int) -> ResponseReturnValue:
    act = partial(executors.remove_executor, assignment_id=assignment_id)
    done = _done("Исполнитель снят, его срок закрыт без нарушения.")
    return run_on_message(message_id, Action.REMOVE_EXECUTOR, act, executors_page, done)


@executors_blueprint.post("/<int:message_id>/executors/arrange", Role.CURATOR)
def arrange(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Message:
        ids = [worker.id for worker in visible_card(message_id, who["actor"]).active]
        values = typed_values()
        found = {
            i: parts.order_of({**values, f"executor_id-{i}": "1"}, f"-{i}") for i in ids if f"order_no-{i}" in values
        }
        orders = {i: order for i, order in found.items() if order}
        return executors.arrange_executors(message_id, version, orders=orders, **who)

    done = _done("Порядок и сроки изменены.")
    return run_on_message(message_id, Action.ARRANGE_EXECUTORS, act, executors_page, done)


@executors_blueprint.get("/<int:message_id>/executors", Role.CURATOR, endpoint="show")
def executors_page(message_id: int, typed: Typed | None = None, *, template: str = "") -> str:
    """`typed`: a form to show again, refused or with one more row."""
    person, now = me(), current_now()
    card = visible_card(message_id, person)
    offered, choices = transitions.available_actions(card.status, person.roles), routing_choices(roster_today())
    values = typed.values if typed else {}
    new = Action.ROUTE in offered
    hint = hint_for(card.text, choices.topics) if new else None
    suggested = choices.executor_for(card.topic_id or (hint.topic_id if hint else None)) if new else None
    suggested = asked_id("first") or suggested
    first = parts.times(card, _typed_orders(values) if new else [], now)
    first = first if first.stages else parts.usual_times(card, now)
    rows = parts.rows_of(
        values, typed.errors if typed else {}, _count(values), None if values else first.proposed, suggested
    )
    return render_template(
        template or "parts/executors.html",
        card=card,
        typed=typed,
        new=new,
        rows=rows,
        times=first,
        workers=parts.rows_of_workers(card, typed),
        lines=parts.part_lines(card, now),
        offered=offered,
        choices=choices.beginning_with(suggested),
        topics=[(topic.id, topic.name) for topic in choices.topics],
        minutes=parts.minutes_choices(
            [r.minutes for r in (*rows, *parts.rows_of_workers(card, typed))] + [str(first.proposed)]
        ),
        too_late=[] if new else parts.later_than_draft(card, first.draft_due),
        topic_hint=hint,
        from_list=INBOX in (request.args.get("from"), values.get("back")),
    )


def _orders() -> list[executors.PartOrder]:
    values = typed_values()
    orders = [parts.order_of(values, str(n)) for n in range(1, _count(values) + 1)]
    return [order for order in orders if order]


def _typed_orders(values: Any) -> list[executors.PartOrder]:
    """The valid rows of the form, for the times next to it."""
    orders = []
    for n in range(1, _count(values) + 1):
        try:
            order = parts.order_of(values, str(n))
        except errors.MissingInput:
            continue
        if order:
            orders.append(order)
    return orders


def _count(values: Any) -> int:
    typed = whole(str(values.get("rows", "")), digits=3)
    return parts.FIRST_ROWS if typed is None else min(typed, executors.MOST)


def _done(words: str) -> Any:
    def lead_on(message: Message) -> Response:
        if request.endpoint == "executors.route":
            note_done()
        if text("back") == INBOX:
            following = next_waiting(asker_of(me(), current_now()), TO_ROUTE)
            anchor = f"{OWN}-{following[0]}" if following else None
            return see_other(url_for("inbox.show", _anchor=anchor), numbered(message, words))
        screen = "card.show" if request.endpoint == "executors.route" else "executors.show"
        return see_other(url_for(screen, message_id=message.id), numbered(message, words))

    return lead_on


def init_app(app: Flask) -> None:
    has_editor(app, "part", "parts.own", own_page, save_part)
