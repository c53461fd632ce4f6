"""«Обещания»: promises of final answers, their results with photos, the curator's decisions."""

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue

from osm.answers.acts import promises
from osm.answers.forms import day_of
from osm.answers.queries import promises as queries_promises
from osm.answers.queries.promises import Filter
from osm.answers.views import count_promises, promised_for, promises_waiting
from osm.base.application import current_now
from osm.base.errors import must_exist
from osm.files.views import uploads
from osm.flow.acts import clocks, terms
from osm.inbox.queries.news import PROMISE
from osm.inbox.views.rows import show_kind
from osm.messages.queries.parts import Card
from osm.models import PromiseState
from osm.regulation.words import Role
from osm.reports.queries import definitions, figures
from osm.shell.access import Screens, me
from osm.shell.form_values import Typed, text
from osm.shell.frame import nav
from osm.shell.run_act import PageActs

blueprint = Screens("promises", __name__, url_prefix="/promises")

STATE_LABELS = {one: one.label for one in PromiseState}


@blueprint.get("", Role.CURATOR, Role.EXECUTOR, Role.HEAD)
def index() -> ResponseReturnValue:
    wanted = next((one for one in Filter if one == request.args.get("show")), Filter.LIVE)
    now, figure = current_now(), _figure()
    day = terms.local_day(now)
    rows = queries_promises.counted(me(), figure, now) if figure else queries_promises.listed(me(), wanted, day)
    return render_template(
        "answers/promises/index.html", rows=rows, wanted=wanted, filters=Filter, today=day, figure=figure
    )


def _figure() -> figures.Listed | None:
    try:
        return figures.listed_of(request.args["figure"], clocks.in_force().calendar.tz, definitions.PROMISES)
    except (KeyError, ValueError):
        return None


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


def _known(promise_id: int) -> object:
    return must_exist(queries_promises.one(promise_id, me(), promised_for(me())), "Обещание")


PROMISE_ACTS = PageActs(blueprint=blueprint, rule="/<int:promise_id>", page=promise_page, known=_known)
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
