"""Publishing by hand and by the program, templates, and the promises of final answers with their results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Flask, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from osm.answers.acts import ordering, promises, publication, templates
from osm.answers.forms import (
    add_text,
    back,
    controls_of_form,
    day_of,
    offers_for,
    publishing_page,
    publishing_row,
    reply_of_form,
)
from osm.answers.queries import promises as queries
from osm.answers.queries.drafting import (
    GoingOut,
    OutOfMany,
    correction_goes_at,
    going_out,
    out_of_many,
)
from osm.answers.queries.promises import Filter
from osm.answers.views import (
    correction_of,
    count_promises,
    promised_for,
    promises_waiting,
)
from osm.approvals import acts as corrections
from osm.base.application import current_now
from osm.base.errors import ServiceError, must_exist
from osm.files.views import uploads
from osm.flow.acts import clocks, terms
from osm.groups.queries import unfinished_group
from osm.imports.queries.editions import entry_row
from osm.inbox.queries.inbox import next_waiting
from osm.inbox.queries.news import PROMISE
from osm.inbox.views.rows import INBOX, show_kind
from osm.messages.forms import run_on_message
from osm.messages.queries.parts import Card
from osm.models import PromiseState, Reply
from osm.outbox.acts.orders import SendingBegun
from osm.people.views import asker_of, visible_card
from osm.regulation.words import PRESS_CENTRE, Action, ReplyKind, Role, Status
from osm.reports.queries import definitions, figures
from osm.shell.access import Screens, me
from osm.shell.filters import numbered
from osm.shell.form_values import Typed, moment, number, seen_version, text
from osm.shell.frame import nav
from osm.shell.requests import is_htmx, see_other
from osm.shell.run_act import REFUSED, Field, ListPages, PageActs, Step, press, typed_form, who
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


def _topics(template: queries.TemplateRow | None) -> list[tuple[int, str]]:
    current = template.topic_id if template else None  # keeps an archived topic chosen
    return [(row.id, row.name) for row in topics() if row.archived_at is None or row.id == current]


PAGES = ListPages(
    kind="template", what="Шаблон", new="Новый шаблон", title="Шаблоны ответов", is_archived="убран из списка",
    roles=PRESS_CENTRE, row=queries.template, template="answers/templates/template.html",
    fields=(
        Field("name", "Название", shown={"required": True, "autocomplete": "off"}),
        Field("kind", "Вид ответа", options=lambda _: tuple(ReplyKind.labels().items()), shown={"required": True}),
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
    return render_template("answers/templates/index.html", kept=PAGES, templates=queries.templates())


@templates_blueprint.post("/of-answer/<int:draft_id>", *PRESS_CENTRE)
def keep_answer(draft_id: int) -> ResponseReturnValue:
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
        ordering.try_again, action_id=number("action") or 0, action_version=number("action_version") or 0,
        in_spite=text("in_spite") == "1",
    )  # fmt: skip
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


# --- «Обещания»
promises_blueprint = Screens("promises", __name__, url_prefix="/promises")


@promises_blueprint.get("", Role.CURATOR, Role.EXECUTOR, Role.HEAD, endpoint="index")
def promises_page() -> ResponseReturnValue:
    wanted = next((one for one in Filter if one == request.args.get("show")), Filter.LIVE)
    now, figure = current_now(), _figure()
    day = terms.local_day(now)
    rows = queries.counted(me(), figure, now) if figure else queries.listed(me(), wanted, day)
    return render_template(
        "answers/promises/index.html", rows=rows, wanted=wanted, filters=Filter, today=day, figure=figure
    )


def _figure() -> figures.Listed | None:
    try:
        return figures.listed_of(request.args["figure"], clocks.in_force().calendar.tz, definitions.PROMISES)
    except (KeyError, ValueError):
        return None


@promises_blueprint.get("/<int:promise_id>", Role.CURATOR, Role.EXECUTOR, Role.HEAD, endpoint="show")
def promise_page(promise_id: int, typed: Typed | None = None) -> str:
    person, day = me(), terms.local_day(current_now())
    whose = {person.id, *promised_for(person)}
    row = must_exist(queries.one(promise_id, person, whose), "Обещание")
    may_report = row.state is PromiseState.OPEN and (
        person.has(Role.CURATOR) or any(one.id in whose for one in row.people)
    )
    return render_template(
        "answers/promises/promise.html", row=row, typed=typed, today=day,
        may_report=may_report, may_decide=person.has(Role.CURATOR) and row.state in promises.LIVE,
    )  # fmt: skip


def _known(promise_id: int) -> object:
    return must_exist(queries.one(promise_id, me(), promised_for(me())), "Обещание")


PROMISE_ACTS = PageActs(blueprint=promises_blueprint, rule="/<int:promise_id>", page=promise_page, known=_known)
PROMISE_ACTS.post(
    "/report", promises.report, "Результат внесён, куратор увидит его.", Role.CURATOR, Role.EXECUTOR,
    result=text, uploads=lambda _: uploads("files"),
)  # fmt: skip
PROMISE_ACTS.post("/done", promises.decide_done, "Выполнено.", Role.CURATOR)
PROMISE_ACTS.post(
    "/move", promises.move, "Дата перенесена, прежняя осталась в истории.", Role.CURATOR, due_on=day_of, reason=text
)
PROMISE_ACTS.post("/not-kept", promises.decide_not_kept, "Отмечено: обещание не выполнено.", Role.CURATOR, reason=text)
PROMISE_ACTS.post("/drop", promises.drop, "Контроль снят.", Role.CURATOR, reason=text)


def _promises_of(card: Card) -> list[queries.PromiseRow]:
    """For the card; those of a common answer may belong to another message."""
    may_be_some = card.published and not card.rows_in.isdisjoint({"promise", "group_member"})
    return queries.of_message(card.id) if may_be_some else []


def init_app(app: Flask) -> None:
    app.jinja_env.filters["correction_of"] = correction_of
    app.jinja_env.globals.update(way_out=way_out, ways_out=ways_out, correction_goes_at=correction_goes_at)
    show_kind(app, PROMISE, "answers/promises/_waiting.html", lambda _ids: promises_waiting())
    nav.count_at(app, "/promises", count_promises)
    app.add_template_global(_promises_of, "promises_of")
    app.add_template_global(lambda: terms.local_day(current_now()), "today_date")
