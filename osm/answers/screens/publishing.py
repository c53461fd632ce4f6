"""Publishing by hand, templates, and the executor's screen with editor, photos and submission."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Flask, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from osm.answers.acts import drafting, ordering, publication, templates
from osm.answers.forms import (
    add_text,
    back,
    controls_of_form,
    has_editor,
    offers_for,
    publishing_page,
    publishing_row,
    reply_of_form,
    save_typed,
    sent,
)
from osm.answers.queries import promises
from osm.answers.queries.drafting import (
    GoingOut,
    OutOfMany,
    correction_goes_at,
    earlier_answers,
    going_out,
    out_of_many,
)
from osm.answers.views import KINDS, answer_view, checklist_of, correction_of
from osm.approvals.acts import corrections
from osm.base.application import current_now
from osm.base.errors import ServiceError
from osm.groups.queries import unfinished_group
from osm.imports.queries.editions import entry_row
from osm.inbox.queries.inbox import next_waiting
from osm.inbox.views.rows import INBOX
from osm.messages.forms import run_on_message
from osm.messages.queries.parts import Card
from osm.models import Draft, Reply
from osm.outbox.acts.orders import SendingBegun
from osm.people.views import asker_of, own_worker, visible_card
from osm.regulation.words import PRESS_CENTRE, REPLY_KIND_LABELS, Action, Role, Status
from osm.shell.access import Screens, me
from osm.shell.filters import numbered
from osm.shell.form_values import Typed, moment, number, seen_version, text
from osm.shell.htmx import is_htmx, see_other
from osm.shell.list_pages import Field, ListPages, Step
from osm.shell.run_act import REFUSED, press, typed_form, who
from osm.talk.views import opened
from osm.topics.queries import topics

# --- Publishing by hand
publishing_blueprint = Screens("publishing", __name__, url_prefix="/messages")


@publishing_blueprint.get("/<int:message_id>/publish", Role.CURATOR, Role.EXECUTOR)
def show(message_id: int) -> ResponseReturnValue:
    return publishing_row(message_id) if is_htmx() else publishing_page(message_id)


@publishing_blueprint.post("/<int:message_id>/publish", Role.CURATOR, Role.EXECUTOR)
def publish(message_id: int) -> ResponseReturnValue:
    visible_card(message_id, me())
    if text("add_control"):
        return publishing_page(message_id, typed_form(Action.PUBLISH_FINAL))

    def act(message_id: int, version: int, **who: Any) -> Reply:
        at, controls = moment("published_at"), controls_of_form()
        return publication.publish_by_hand(
            message_id, version, url=text("url"), published_at=at, controls=controls,
            confirmed=text("elsewhere"), **who,
        )  # fmt: skip

    in_row = partial(publishing_row, message_id) if text("back") == INBOX else None
    return run_on_message(message_id, Action.PUBLISH_FINAL, act, publishing_page, _published, fragment=in_row)


def _published(reply: Reply) -> Response:
    """Go to the rest of a common answer, otherwise to the next answer to publish."""
    group_id, notice = unfinished_group(reply.id), numbered(reply.message, DONE[publication.PUBLISH[reply.kind]])
    if group_id:
        return see_other(url_for("groups.show", group_id=group_id), notice)
    if text("back") == INBOX and is_htmx():
        values = {"card": visible_card(reply.message_id, me()), "entry": entry_row(reply.id), "notice": notice}
        return make_response(render_template("answers/publishing/_row_done.html", **values))
    following = next_waiting(asker_of(me(), current_now()), (Status.APPROVED,))
    if following is None:
        return see_other("/", notice + Markup(" Больше публиковать нечего."))
    notice += Markup(" Дальше: № {}.").format(following[1])
    return see_other(url_for("publishing.show", message_id=following[0]), notice)


# Confirmation after the act.
DONE: dict[Action, str] = {
    Action.PUBLISH_FINAL: "ответ отмечен опубликованным. Работа с сообщением закончена.",
    Action.PUBLISH_INTERIM: "промежуточный ответ отмечен опубликованным. Идёт срок окончательного.",
    Action.PUBLISH_CLARIFICATION: "запрос отмечен опубликованным. Ждём ответа автора.",
}

# --- Templates
templates_blueprint = Screens("templates", __name__, url_prefix="/admin/templates")


def _topics(template: promises.TemplateRow | None) -> list[tuple[int, str]]:
    current = template.topic_id if template else None  # keeps an archived topic chosen
    return [(row.id, row.name) for row in topics() if row.archived_at is None or row.id == current]


PAGES = ListPages(
    kind="template", what="Шаблон", new="Новый шаблон", title="Шаблоны ответов", is_archived="убран из списка",
    roles=PRESS_CENTRE, row=promises.template, template="answers/templates/template.html",
    fields=(
        Field("name", "Название", shown={"required": True, "autocomplete": "off"}),
        Field("kind", "Вид ответа", options=lambda _: tuple(REPLY_KIND_LABELS.items()), shown={"required": True}),
        Field("topic_id", "Тема", "", number, _topics, shown={"blank": "Любая"}),
        Field("text", "Текст", shown={"rows": 10, "required": True, "attrs": {"spellcheck": "true", "lang": "ru"}}),
    ),
    create=templates.create_template, edit=templates.edit_template, added="Шаблон добавлен.",
    archive=Step(
        templates.archive_template, "Исполнителям его не будут предлагать. Ответы, в которых он есть, не изменятся.",
        "Шаблон убран из списка: исполнителям его больше не предлагают.",
    ),
    restore=Step(
        templates.restore_template, "Шаблон снова будут предлагать исполнителям.",
        "Шаблон снова предлагают исполнителям.",
    ),
    values=lambda _: {"fields": templates.FIELDS}, proposed={"kind": "final"}, show="templates_show",
)  # fmt: skip
PAGES.add_to(templates_blueprint)


@templates_blueprint.get("", *PRESS_CENTRE)
def index() -> ResponseReturnValue:
    return render_template("answers/templates/index.html", kept=PAGES, templates=promises.templates())


@templates_blueprint.post("/of-answer/<int:draft_id>", *PRESS_CENTRE)
def keep_answer(draft_id: int) -> ResponseReturnValue:
    """Make a template from an answer's card."""
    template = templates.template_of_answer(draft_id, **who())
    notice = "Ответ сохранён как шаблон: имя, адрес и дни стали полями. Проверьте текст, меру замените на {мера}."
    return see_other(url_for("templates.templates_show", template_id=template.id), notice)


# --- Templates for the editor
inserting_blueprint = Screens("inserting", __name__, url_prefix="/messages")


@inserting_blueprint.post("/<int:message_id>/answer/templates/<int:template_id>", Role.EXECUTOR, Role.CURATOR)
def insert(message_id: int, template_id: int) -> ResponseReturnValue:
    """Count the use. Without scripts the text is also appended to the typed text and saved."""
    person, now = me(), current_now()
    card = visible_card(message_id, person)
    reply_id = reply_of_form(message_id)
    if reply_id is None:
        raise ServiceError("Ответ уже опубликован или закрыт. Вставлять шаблон некуда.")
    template = templates.use_template(template_id, reply_id, actor=person, now=now)
    if is_htmx():
        return "", 204
    ready = next((offer.text for offer in offers_for(card, person) if offer.id == template_id), template.text)
    add_text(reply_id, ready, actor=person, now=now)
    return back(message_id)


# --- The executor's screen
drafting_blueprint = Screens("drafting", __name__, url_prefix="/messages")


@drafting_blueprint.get("/<int:message_id>/answer", Role.EXECUTOR)
def answer(message_id: int) -> ResponseReturnValue:
    person = me()
    card = visible_card(message_id, person)
    if card.is_shared and own_worker(card, person):
        return redirect(url_for("parts.own", message_id=message_id), 303)
    return _drafting_page("answers/answer.html", opened(card, person))


@drafting_blueprint.post("/<int:message_id>/answer", Role.EXECUTOR)
def send(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Draft:
        save_typed(message_id, version, **who)
        return drafting.submit_draft(
            message_id, version, text=text("text"), kind=text("kind"), confirmed=text("confirmed") == "1",
            interim=templates.explained(text("interim_reason"), text("interim_text")), **who,
        )  # fmt: skip

    return run_on_message(message_id, Action.SUBMIT_DRAFT, act, answer_page, sent)


@drafting_blueprint.get("/<int:message_id>/for-executor", Role.CURATOR)
def for_executor(message_id: int) -> ResponseReturnValue:
    card = visible_card(message_id, me())
    if card.is_shared:
        return redirect(url_for("common.show", message_id=message_id), 303)
    return _drafting_page("answers/for_executor.html", card)


@drafting_blueprint.post("/<int:message_id>/for-executor", Role.CURATOR)
def send_for_executor(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Draft:
        save_typed(message_id, version, **who)
        return drafting.submit_for_executor(
            message_id, version, text=text("text"), kind=text("kind"), executor_id=number("executor_id"),
            received_by=text("received_by"), interim=templates.explained(text("interim_reason"), text("interim_text")),
            **who,
        )  # fmt: skip

    return run_on_message(message_id, Action.SUBMIT_DRAFT, act, for_executor_page, sent)


@drafting_blueprint.post("/<int:message_id>/withdraw-draft", Role.EXECUTOR, Role.CURATOR)
def withdraw(message_id: int) -> ResponseReturnValue:
    person = me()
    card = visible_card(message_id, person)
    drafting.withdraw_draft(message_id, seen_version(), actor=person, now=current_now())
    flash("Проект отозван: куратор его больше не видит. Текст на месте, можно править.", "success")
    mine = any(worker.person.id == person.id for worker in card.active)
    return see_other(url_for("drafting.answer" if mine else "drafting.for_executor", message_id=message_id))


def answer_page(message_id: int, typed: Typed | None = None) -> str:
    """`typed`: the form was refused."""
    return _drafting_page("answers/answer.html", visible_card(message_id, me()), typed)


def for_executor_page(message_id: int, typed: Typed | None = None) -> str:
    """The curator's form for a text received from the executor."""
    return _drafting_page("answers/for_executor.html", visible_card(message_id, me()), typed)


def _drafting_page(template: str, card: Card, typed: Typed | None = None) -> str:
    person = me()
    view = answer_view(card, person, current_now(), typed)
    return render_template(
        template, view=view, typed=typed, kinds=KINDS, ways=drafting.RECEIVED_BY,
        checklist=checklist_of(view.card, view.editor.text, view.kind),
        earlier=earlier_answers(card.id) if card.is_linked else [], offers=offers_for(card, person),
    )  # fmt: skip


# --- «Опубликовать» on a connected page
publications_blueprint = Screens("publications", __name__, url_prefix="/messages")


@dataclass(frozen=True, slots=True)
class WayOut:
    """How the program itself can place the answer, and what has become of it."""

    page: str
    going: GoingOut | None


def way_out(message_id: int) -> WayOut | None:
    """None where the answer is placed by hand and the program was not asked to."""
    way, going = ordering.way_of(message_id), going_out(message_id)
    if way is None and going is None:
        return None
    return WayOut(way.connection.account.title if way else "", going)


@dataclass(frozen=True, slots=True)
class WaysOut:
    """Of a common answer: how many more the program could place by one press, and what is under way."""

    ready: int
    out: OutOfMany


def ways_out(approved_ids: Sequence[int]) -> WaysOut:
    """Of the messages with an approved answer that waits for publication."""
    out = out_of_many(approved_ids)
    return WaysOut(len(ordering.ways_of([number for number in approved_ids if number not in out.ordered])), out)


@publications_blueprint.post("/<int:message_id>/publication", Role.CURATOR, Role.EXECUTOR)
def order(message_id: int) -> ResponseReturnValue:
    return _run(message_id, ordering.order, "Ответ будет размещён через минуту: пока его можно остановить.")


@publications_blueprint.post("/<int:message_id>/publication/stop", Role.CURATOR, Role.EXECUTOR)
def stop(message_id: int) -> ResponseReturnValue:
    return _run(message_id, ordering.stop, "Остановлено: ответ не размещён и снова ждёт вас.")


@publications_blueprint.post("/<int:message_id>/publication/again", Role.CURATOR, Role.EXECUTOR)
def again(message_id: int) -> ResponseReturnValue:
    act = partial(
        ordering.try_again,
        action_id=number("action") or 0,
        action_version=number("action_version") or 0,
        in_spite=text("in_spite") == "1",
    )
    return _run(message_id, act, "Программа попробует ещё раз.")


@publications_blueprint.post("/<int:message_id>/correction/stop", Role.CURATOR)
def take_back(message_id: int) -> ResponseReturnValue:
    visible_card(message_id, me())
    act = partial(corrections.take_back, message_id, seen_version())
    notice = "Исправление отменено: в соцсети и здесь прежний текст."
    return press(act, url_for("card.show", message_id=message_id), lambda _: notice)


def _run(message_id: int, service: Callable[..., object], notice: str) -> ResponseReturnValue:
    here = url_for("publishing.show", message_id=message_id)
    refused = (*REFUSED, ordering.NotByItself, SendingBegun)
    done = lambda _: see_other(here, notice)  # noqa: E731
    return run_on_message(message_id, "", service, publishing_page, done, refused=refused)


def init_app(app: Flask) -> None:
    app.jinja_env.filters["correction_of"] = correction_of
    has_editor(app, "answer", "drafting.answer", answer_page)
    has_editor(app, "for-executor", "drafting.for_executor", for_executor_page)
    app.jinja_env.globals["way_out"] = way_out
    app.jinja_env.globals["ways_out"] = ways_out
    app.jinja_env.globals["correction_goes_at"] = correction_goes_at
