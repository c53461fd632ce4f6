"""«Режим ЧС»: prepared, begun with one press, the publications held, ended (П.20)."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from flask import Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.answers.acts.drafting import BEGINNING, RECEIVED_BY
from osm.base.application import current_now
from osm.base.database import db
from osm.base.errors import NotFound
from osm.check.acts.index import question_of
from osm.emergency import acts, queries
from osm.inbox.queries.news import EMERGENCY
from osm.inbox.views.rows import choices_for, show_kind
from osm.log.queries.history import edits_of
from osm.messages.acts.bulk import Chosen
from osm.models import Emergency
from osm.outbox.queries import stops
from osm.plan.queries.card import PlaceRow, card
from osm.regulation.words import PRESS_CENTRE, Role
from osm.shell.access import Screens, me
from osm.shell.form_values import Form, Typed, is_set, number, seen_rows, text
from osm.shell.requests import see_other
from osm.shell.run_act import EDIT_REFUSED, PageActs, run_act

blueprint = Screens("emergencies", __name__, url_prefix="/emergencies")

READERS = (*PRESS_CENTRE, Role.HEAD)


@blueprint.post("/<int:emergency_id>/release", Role.CURATOR)
def release(emergency_id: int) -> ResponseReturnValue:
    act = partial(acts.release, emergency_id, number("publication_id") or 0, to_time=text("how") == "time")
    words = "Публикация снова выйдет в своё время." if text("how") == "time" else "Сама публикация не выйдет."
    return run_act(act, partial(show, emergency_id), lambda _: _there(emergency_id, words), refused=EDIT_REFUSED)


@blueprint.get("", *READERS)
def index(typed: Typed | None = None) -> str:
    form = Form({"answer": BEGINNING, "name": request.args.get("name", "")}, typed)
    return render_template(
        "emergency/index.html", rows=queries.emergencies(), form=form, may_prepare=me().has(*PRESS_CENTRE)
    )


PageActs(
    blueprint=blueprint, page=index, there=lambda row: url_for("emergencies.show", emergency_id=row.id)
).post(
    "", acts.prepare, "Подготовлено. Ничего ещё не придержано и не опубликовано.", *PRESS_CENTRE, endpoint="prepare",
    name=text, text=text, answer=text,
)  # fmt: skip


@blueprint.get("/<int:emergency_id>", *READERS)
def show(emergency_id: int, typed: Typed | None = None) -> str:
    row = db.session.get(Emergency, emergency_id)
    notice = card(row.notice_id) if row else None
    if row is None or notice is None:
        raise NotFound("Режим ЧС")
    is_curator, is_new = me().has(Role.CURATOR), row.begun_at is None
    asked = request.args.get("q", row.name)
    now, held, not_held = current_now(), queries.held(row.id), queries.not_held(row)
    found = queries.candidates(question_of(asked)) if is_new and is_curator else []
    return render_template(
        "emergency/emergency.html", row=row, notice=notice.row, places=notice.places, typed=typed,
        form=Form({"q": asked}, typed), asked=asked, is_curator=is_curator, routing=choices_for(me()),
        ways=[(way, way) for way in RECEIVED_BY],
        found=found, ticked=typed.ticked if typed else {one.id for one in found if "q" in request.args},
        to_hold=queries.to_hold() if is_new else [], hindered=_hindered(notice.waiting_places, now), not_held=not_held,
        held=held, past={one.id for one in held if one.at is None or one.at <= now}, edits=edits_of(acts.KIND, row.id),
    )  # fmt: skip


def _said(row: Emergency) -> str:
    """The result of the press: whether the program publishes the notice, and what could not be held."""
    notice = card(row.notice_id)
    places = notice.waiting_places if notice else []
    hindered = _hindered(places, current_now())
    why = set(hindered.values()) | {"разместите его руками" for one in places if not one.is_by_program}
    words = "Режим ЧС введён. Объявление выйдет через минуту"
    if not any(one.is_by_program and one.id not in hindered for one in places):
        words = "Режим ЧС введён. Объявление пока не выйдет"
    elif why:
        words += " не на всех страницах"
    words += f": {', '.join(sorted(why))}." if why else "."
    titles = dict.fromkeys(f"«{one.publication.title}»" for one in queries.not_held(row))
    return f"{words} Не удалось придержать: {', '.join(titles)}." if titles else words


def _hindered(places: Sequence[PlaceRow], now: datetime) -> dict[int, str]:
    """Placement → why the program cannot publish the notice there now."""
    stopped, silent = {one.account_id for one in stops()}, queries.not_answering(now)
    found: dict[int, str] = {}
    for one in places:
        if not one.is_by_program:
            continue
        if not stopped.isdisjoint((None, one.account_id)):
            found[one.id] = "публикации остановлены"
        elif one.account_id in silent:
            found[one.id] = "соцсеть не отвечает"
    return found


EMERGENCY_ACTS = PageActs(blueprint=blueprint, rule="/<int:emergency_id>", page=show, kind=acts.KIND)
EMERGENCY_ACTS.post(
    "/begin", acts.begin, _said, Role.CURATOR, chosen=lambda _: [Chosen(*one) for one in seen_rows()],
    confirmed=is_set, executor_id=number, received_by=text,
)  # fmt: skip
EMERGENCY_ACTS.post("/end", acts.end, "Режим ЧС снят.", Role.CURATOR)


def _there(emergency_id: int, words: str) -> ResponseReturnValue:
    return see_other(url_for("emergencies.show", emergency_id=emergency_id), words)


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(emergencies_on=queries.in_force, emergency_holding=queries.holder_of)
    show_kind(app, EMERGENCY, "emergency/_waiting.html", lambda _ids: queries.waiting(me().roles))
