"""The talk on a card: notes, questions to the curator, «Не моё» and the decision on it, «Поторопить»."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.inbox.queries.news import NOTE
from osm.inbox.views.rows import show_kind
from osm.messages.forms import run_on_message
from osm.messages.queries.parts import Card
from osm.models import User
from osm.people.views import READERS, STAFF, visible_card
from osm.regulation.words import Action, Role
from osm.shell.access import Screens, me
from osm.shell.form_values import Typed, number, text
from osm.shell.requests import is_htmx, safe_next, see_other
from osm.shell.run_act import REFUSED, run_act
from osm.talk import acts, queries, views

blueprint = Screens("talk", __name__, url_prefix="/messages/<int:message_id>")

INBOX = "/"


@blueprint.get("/talk", *READERS)
def show(message_id: int) -> ResponseReturnValue:
    card = visible_card(message_id, me())
    views.see_notes(card, me())
    return _section(message_id) if is_htmx() else _page(card)


@blueprint.post("/talk", *STAFF)
def write(message_id: int) -> ResponseReturnValue:
    act = partial(acts.write_note, message_id, text=text("note"), to_id=number("to_id"))
    return _run(message_id, "write", act, "Заметка сохранена.")


@blueprint.post("/talk/ask", Role.EXECUTOR)
def ask(message_id: int) -> ResponseReturnValue:
    notice = "Вопрос отправлен куратору. Срок идёт дальше."
    return _run(message_id, "ask", partial(acts.ask_curator, message_id, text=text("note")), notice)


@blueprint.post("/talk/decline", Role.EXECUTOR)
def decline(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> object:
        department_id = number("department_id")
        return acts.decline(message_id, version, reason=text("reason"), department_id=department_id, **who)

    notice = "Куратор увидит, что это не ваше. Пока он не передал сообщение, оно у вас, и срок идёт."
    return run_on_message(message_id, Action.DECLINE, act, talk_page, lambda _: see_other(_back(message_id), notice))


@blueprint.post("/talk/hurry", Role.CURATOR)
def hurry(message_id: int) -> ResponseReturnValue:
    visible_card(message_id, me())
    return run_act(
        partial(acts.hurry, message_id), partial(talk_page, message_id), partial(_hurried, message_id), action="hurry",
        refused=(*REFUSED, acts.HurriedAlready),
        fragment=lambda typed: _hurry_again(message_id, notice="", problem=typed.words),
    )  # fmt: skip


@blueprint.post("/notes/<int:note_id>/read", *STAFF)
def read(message_id: int, note_id: int) -> ResponseReturnValue:
    return _on_note(message_id, partial(acts.read_note, note_id), "Отмечено: прочитано.")


@blueprint.post("/notes/<int:note_id>/withdraw", *STAFF)
def withdraw(message_id: int, note_id: int) -> ResponseReturnValue:
    return _on_note(message_id, partial(acts.withdraw_note, note_id), "Заметка отозвана.")


@blueprint.post("/notes/<int:note_id>/reroute", Role.CURATOR)
def reroute(message_id: int, note_id: int) -> ResponseReturnValue:
    def act(_message_id: int, version: int, **who: Any) -> object:
        return acts.reroute_declined(note_id, version, executor_id=number("executor_id"), **who)

    notice = "Передано другому исполнителю. Сроки сообщения не изменились."
    return run_on_message(message_id, "reroute", act, talk_page, lambda _: see_other(_back(message_id), notice))


def talk_page(message_id: int, typed: Typed | None = None) -> str:
    """The talk on a separate page, to show a refused form with what was typed."""
    return _page(visible_card(message_id, me()), typed)


def _page(card: Card, typed: Typed | None = None) -> str:
    back = _back(card.id).partition("#")[0]
    return render_template("talk/page.html", talk=views.talk_of(card, typed, back, whole=True), card=card, typed=typed)


def _run(message_id: int, form: str, act: Callable[..., Any], notice: str) -> ResponseReturnValue:
    """Run one of the forms; htmx gets only the talk, so that other typed text on the page stays."""
    visible_card(message_id, me())
    return run_act(
        act, partial(talk_page, message_id),
        lambda _: _section(message_id) if is_htmx() else see_other(_back(message_id), notice), action=form,
        fragment=partial(_section, message_id),
    )  # fmt: skip


def _section(message_id: int, typed: Typed | None = None) -> str:
    card = visible_card(message_id, me())
    back = _back(message_id).partition("#")[0]
    return render_template("talk/_talk.html", talk=views.talk_of(card, typed, back, whole=True), card=card)


def _on_note(message_id: int, act: Callable[..., Any], notice: str) -> ResponseReturnValue:
    return run_act(act, partial(talk_page, message_id), lambda _: see_other(_back(message_id), notice))


def _hurried(message_id: int, people: list[User]) -> ResponseReturnValue:
    notice = f"Поторопили: {', '.join(person.name for person in people)}. Это увидят, открыв сообщение."
    return _hurry_again(message_id, notice=notice) if is_htmx() else see_other(_back(message_id), notice)


def _hurry_again(message_id: int, *, notice: str, problem: str = "") -> str:
    """For htmx: the button with the time when he was hurried, and the result of the press."""
    talk = views.talk_of(visible_card(message_id, me()))
    return render_template(
        "talk/_hurry_again.html", message_id=message_id, hurried_at=talk.hurried_at, notice=notice, problem=problem,
        back=text("back"), loud=text("loud") == "1",
    )  # fmt: skip


def _back(message_id: int) -> str:
    """The origin of the form: the list, or a page of the message at its talk."""
    target = safe_next(request.values.get("back"), url_for("card.show", message_id=message_id))
    return target if target == INBOX or "#" in target else f"{target}#talk"


def init_app(app: Flask) -> None:
    show_kind(app, NOTE, "talk/_waiting.html", lambda ids: queries.waiting(me(), ids))
    app.jinja_env.globals.update(
        talk_of=views.talk_of, hurry_for_me=views.hurry_for_me, hurried_about=views.hurried_about,
        choices_today=views.choices_today, proposed_executor=views.proposed_executor,
    )  # fmt: skip
