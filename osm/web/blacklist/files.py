"""The black list on paper and as files: «Журнал чёрного списка» for a period, XLSX, «Пакет для полиции»."""

from __future__ import annotations

import io

from flask import Blueprint, Flask, Response, current_app, make_response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.extensions import db
from osm.regulation.words import PRESS_CENTRE
from osm.services.blacklist.police_file import is_for_police, police_file
from osm.services.errors import NotFound
from osm.services.log.readings_log import Reading, record_reading
from osm.settings import Settings
from osm.store.models import Comment
from osm.store.queries.blacklist import blacklist as queries
from osm.store.queries.blacklist.history import Proof, proof_of_comment, proof_of_message, proofs_of
from osm.web.access import allow, me
from osm.web.blacklist.blacklist import READERS
from osm.web.blacklist.view import COLUMNS, PAGE, cells
from osm.web.downloads import DOCX, table_file
from osm.web.filters import network_label
from osm.web.register.journal_view import Period, period_of
from osm.web.turns import costly
from osm.web.visible import visible_card

blueprint = Blueprint("blacklist_files", __name__, url_prefix="/blacklist")

LARGEST_PAGE = 2_000


@blueprint.get("/journal")
@allow(*READERS)
@costly
def journal() -> ResponseReturnValue:
    period = _period()
    record_reading(Reading.BLACKLIST, actor=me(), now=current_now())
    return _page(period)


@blueprint.get("/export.xlsx")
@allow(*READERS)
@costly
def export() -> ResponseReturnValue:
    period = _period()
    if period.errors:
        return _page(period)
    details = {"rows": queries.count_between(period.begin, period.end), "from": period.begin, "to": period.end}
    record_reading(Reading.BLACKLIST_EXPORT, actor=me(), now=current_now(), details=details)
    name = f"Чёрный список {period.first:%Y-%m-%d} {period.last:%Y-%m-%d}"
    rows = cells(queries.rows_between(period.begin, period.end))
    above = [f"Журнал чёрного списка {period.words}"]
    return table_file(name, COLUMNS, rows, sheet="Чёрный список", above=above, page=PAGE)


@blueprint.get("/<int:proposal_id>/export.docx")
@allow(*PRESS_CENTRE)
@costly
def police(proposal_id: int) -> ResponseReturnValue:
    row, proofs = queries.row(proposal_id), proofs_of(proposal_id)
    if row is None or not is_for_police(proofs):
        raise NotFound("Пакет")
    details = {"proposal_id": proposal_id, "rows": len(proofs)}
    record_reading(Reading.POLICE_FILE, actor=me(), now=current_now(), details=details)
    return _police(row, proofs, row.network, str(proposal_id))


@blueprint.get("/of-message/<int:message_id>/export.docx")
@allow(*PRESS_CENTRE)
@costly
def police_of_message(message_id: int) -> ResponseReturnValue:
    """A threat that was excluded goes to the police also where nobody is proposed for the list."""
    card = visible_card(message_id, me())
    proof = proof_of_message(message_id)
    if proof is None or not is_for_police([proof]):
        raise NotFound("Пакет")
    record_reading(Reading.POLICE_FILE, actor=me(), now=current_now(), message_id=message_id)
    return _police(None, [proof], card.network, card.number)


@blueprint.get("/of-comment/<int:comment_id>/export.docx")
@allow(*PRESS_CENTRE)
@costly
def police_of_comment(comment_id: int) -> ResponseReturnValue:
    """A threat in a comment that was deleted, also where nobody is proposed for the list."""
    comment, proof = db.session.get(Comment, comment_id), proof_of_comment(comment_id)
    if comment is None or proof is None or not is_for_police([proof]):
        raise NotFound("Пакет")
    record_reading(Reading.POLICE_FILE, actor=me(), now=current_now(), details={"comment_id": comment_id})
    return _police(None, [proof], comment.network, f"комментарий {comment_id}")


def _police(row: queries.Row | None, proofs: list[Proof], network: str, name: str) -> Response:
    made = police_file(
        row, proofs, network=network_label(network), actor=me(), now=current_now(), zone=_settings().time_zone
    )
    answer = send_file(
        io.BytesIO(made), DOCX, as_attachment=True, download_name=f"Пакет для полиции {name}.docx", max_age=0
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _period() -> Period:
    return period_of(request.args, current_now(), _settings().time_zone)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["osm_settings"]
    return settings


def _page(period: Period) -> Response:
    count = 0 if period.errors else queries.count_between(period.begin, period.end)
    fits = count <= LARGEST_PAGE
    page = render_template(
        "print/blacklist.html",
        period=period,
        count=count,
        fits=fits,
        rows=queries.rows_between(period.begin, period.end) if count and fits else (),
    )
    return make_response(page, 422 if period.errors else 200)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
