"""`/admin/rules`: how often each rule of the check proves right here, off and on again, and what decisions taught."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Flask, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderation.office import LEAST
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.errors import NotFound, ServiceError
from osm.services.reading import lessons, switches
from osm.services.reading.office_rules import LEARNING
from osm.store.queries.reading import rules as queries
from osm.web.access import allow, me
from osm.web.dictionary.view import rule_titles
from osm.web.form_values import text
from osm.web.htmx import see_other
from osm.web.run_act import who

blueprint = Blueprint("rules", __name__, url_prefix="/admin/rules")

SEE = (*PRESS_CENTRE, Role.ADMIN)
SWITCH = (Role.CURATOR, Role.ADMIN)


@blueprint.get("")
@allow(*SEE)
def index() -> ResponseReturnValue:
    records = [one for one in queries.rule_records() if one.rule != LEARNING]
    return render_template("dictionary/rules.html", records=records)


@blueprint.get("/off")
@allow(*SWITCH)
def ask() -> ResponseReturnValue:
    """What of the last texts would not be marked any more."""
    rule = _known(request.args.get("rule", ""))
    return render_template("dictionary/off.html", rule=rule, preview=switches.look(rule, actor=me()))


@blueprint.post("/off")
@allow(*SWITCH)
def switch_off() -> ResponseReturnValue:
    rule = _known(text("rule"))
    said = "Выключено. Открытые тексты проверяются заново."
    return _done(partial(switches.switch_off, rule), said, _page_of(rule))


@blueprint.post("/on")
@allow(*SWITCH)
def switch_on() -> ResponseReturnValue:
    rule = _known(text("rule"))
    said = "Включено. Открытые тексты проверяются заново."
    return _done(partial(switches.switch_on, rule), said, _page_of(rule))


@blueprint.get("/lessons")
@allow(*SEE)
def learned() -> ResponseReturnValue:
    values = {"lessons": queries.lessons(), "off": queries.switched_off().get(LEARNING), "last": lessons.last_night()}
    return render_template("dictionary/lessons.html", **values, learning=LEARNING, least=LEAST)


@blueprint.post("/lessons/<int:lesson_id>/take-back")
@allow(*SWITCH)
def take_back(lesson_id: int) -> ResponseReturnValue:
    said = "Поправка отменена, новых не будет, пока вы не разрешите. Открытые тексты проверяются заново."
    return _done(partial(lessons.take_back, lesson_id), said, url_for("rules.learned"))


def _known(rule: str) -> str:
    """A rule of the check, or the learning itself; NotFound."""
    if rule != LEARNING and rule not in rule_titles():
        raise NotFound("Правило")
    return rule


def _page_of(rule: str) -> str:
    return url_for("rules.learned" if rule == LEARNING else "rules.index")


def _done(act: partial[None], said: str, back: str) -> ResponseReturnValue:
    try:
        act(**who())
    except ServiceError as error:
        flash(str(error), "danger")
        return see_other(back)
    return see_other(back, said)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
