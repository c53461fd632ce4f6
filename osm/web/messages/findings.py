"""What the check of a text has marked: answered on the card by one button (П.17)."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import PRESS_CENTRE
from osm.services.reading.verdicts import reply_to_findings
from osm.store.models import FindingReply
from osm.store.queries.reading.verdicts import pieces
from osm.store.queries.staff.office_settings import may_answer_marked
from osm.web.access import allow, me
from osm.web.form_values import seen_version, text
from osm.web.htmx import see_other
from osm.web.visible import visible_card

blueprint = Blueprint("findings", __name__, url_prefix="/messages")

SAID = {
    FindingReply.WRONG: "Отметка ошибочна: пометки сняты, правило запомнит ошибку.",
    FindingReply.ANSWERED: "Отмечено верно, но отвечаем: сообщение остаётся в работе.",
}


@blueprint.post("/<int:message_id>/findings")
@allow(*PRESS_CENTRE)
def reply(message_id: int) -> ResponseReturnValue:
    card = visible_card(message_id, me())
    try:
        chosen = FindingReply(text("reply"))
    except ValueError as error:
        ways = (
            "«Отметка ошибочна» или «Верно, но отвечаем»"
            if may_answer_marked()
            else "«Исключить» или «Отметка ошибочна»"
        )
        raise MissingInput("reply", f"Выберите ответ: {ways}.") from error
    try:
        reply_to_findings(card.id, seen_version(), reply=chosen, reason=text("reason"), actor=me(), now=current_now())
        flash(SAID[chosen], "success")
    except StaleVersion:
        flash("Не выполнено: на пометки уже ответили или текст проверен заново. Здесь то, что есть теперь.", "danger")
    return see_other(url_for("card.show", message_id=card.id))


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(pieces=pieces, may_answer_marked=may_answer_marked)
    app.register_blueprint(blueprint)
