"""«Обещания»: promises of final answers, their results with photos, the curator's decisions."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.answers.acts import promises
from osm.answers.forms import day_of
from osm.answers.queries import promises as queries_promises
from osm.answers.queries.promises import Filter
from osm.answers.views.promises import count_promises, promised_for, promises_waiting
from osm.base.application import current_now
from osm.base.errors import must_exist
from osm.files.views import uploads
from osm.flow.acts import clocks, terms
from osm.inbox.queries.news import PROMISE
from osm.inbox.views.kinds import show_kind
from osm.messages.queries.parts import Card
from osm.models import PromiseState
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Role
from osm.reports.queries import definitions, figures
from osm.shell import htmx
from osm.shell.access import Screens, me
from osm.shell.form_values import Typed, seen_version, text
from osm.shell.frame import nav
from osm.shell.run_act import run_act

blueprint = Screens("promises", __name__, url_prefix="/promises")

STATE_LABELS = {one: one.label for one in PromiseState}
FILTER_LABELS: dict[Filter, str] = {
    Filter.LIVE: "На контроле",
    Filter.DUE: "Срок наступил",
    Filter.REPORTED: "Ждут куратора",
    Filter.DONE: "Выполнено",
    Filter.NOT_KEPT: "Не выполнено",
    Filter.MOVED: "Перенесено",
    Filter.DROPPED: "Контроль снят",
    Filter.ALL: "Все",
}


@blueprint.get("", Role.CURATOR, Role.EXECUTOR, Role.HEAD)
def index() -> ResponseReturnValue:
    wanted = next((one for one in Filter if one == request.args.get("show")), Filter.LIVE)
    now, figure = current_now(), _figure()
    day = terms.local_day(now)
    rows = queries_promises.counted(me(), figure, now) if figure else queries_promises.listed(me(), wanted, day)
    return render_template(
        "answers/promises/index.html", rows=rows, wanted=wanted, filters=FILTER_LABELS, today=day, figure=figure
    )


def _figure() -> figures.Listed | None:
    """The figure of the reports named in the address."""
    try:
        return figures.listed_of(request.args["figure"], clocks.in_force().calendar.tz, definitions.PROMISES)
    except (KeyError, ValueError):
        return None


@blueprint.post("/<int:promise_id>/report", Role.CURATOR, Role.EXECUTOR)
def report(promise_id: int) -> ResponseReturnValue:
    notice = "Результат внесён, куратор увидит его."
    return _run(promise_id, promises.report, notice, result=text("result"), uploads=uploads("files"))


@blueprint.post("/<int:promise_id>/done", Role.CURATOR)
def done(promise_id: int) -> ResponseReturnValue:
    return _run(promise_id, promises.decide_done, "Выполнено.")


@blueprint.post("/<int:promise_id>/move", Role.CURATOR)
def move(promise_id: int) -> ResponseReturnValue:
    def act(promise_id: int, version: int, **who: Any) -> object:
        return promises.move(promise_id, version, due_on=day_of("due_on"), reason=text("reason"), **who)

    return _run(promise_id, act, "Дата перенесена, прежняя осталась в истории.")


@blueprint.post("/<int:promise_id>/not-kept", Role.CURATOR)
def not_kept(promise_id: int) -> ResponseReturnValue:
    return _run(promise_id, promises.decide_not_kept, "Отмечено: обещание не выполнено.", reason=text("reason"))


@blueprint.post("/<int:promise_id>/drop", Role.CURATOR)
def drop(promise_id: int) -> ResponseReturnValue:
    return _run(promise_id, promises.drop, "Контроль снят.", reason=text("reason"))


@blueprint.get("/<int:promise_id>", Role.CURATOR, Role.EXECUTOR, Role.HEAD, endpoint="show")
def promise_page(promise_id: int, typed: Typed | None = None) -> str:
    """`typed`: a form that was refused."""
    person, day = me(), terms.local_day(current_now())
    whose = {person.id, *promised_for(person)}
    row = must_exist(queries_promises.one(promise_id, person, whose), "Обещание")
    may_report = row.state is PromiseState.OPEN and (
        person.has(Role.CURATOR) or any(one.id in whose for one in row.people)
    )
    return render_template(
        "answers/promises/promise.html", row=row, typed=typed, today=day,
        may_report=may_report, may_decide=person.has(Role.CURATOR) and row.state in promises.LIVE,
    )  # fmt: skip


def _run(promise_id: int, service: Callable[..., Any], notice: str, /, **given: Any) -> ResponseReturnValue:
    """Run the act; redirect to the promise, or show the form (named by the endpoint) again after an error."""
    must_exist(queries_promises.one(promise_id, me(), promised_for(me())), "Обещание")
    return run_act(
        partial(service, promise_id, seen_version(), **given),
        partial(promise_page, promise_id),
        lambda _: htmx.see_other(url_for("promises.show", promise_id=promise_id), notice),
        action=(request.endpoint or "").removeprefix("promises."),
        refused=(MissingInput, StaleVersion),
    )


def _promises_of(card: Card) -> list[queries_promises.PromiseRow]:
    """For the card; those of a common answer may belong to another message."""
    may_be_some = card.published and not card.rows_in.isdisjoint({"promise", "group_member"})
    return queries_promises.of_message(card.id) if may_be_some else []


def init_app(app: Flask) -> None:
    app.jinja_env.filters["promise_state_label"] = lambda state: STATE_LABELS[state]
    show_kind(app, PROMISE, "answers/promises/_waiting.html", lambda _ids: promises_waiting())
    nav.count_at(app, "/promises", count_promises)
    app.add_template_global(_promises_of, "promises_of")
    app.add_template_global(lambda: terms.local_day(current_now()), "today_date")
