"""`/blacklist`: the curator approves what was proposed, changes the term or rejects it with a reason (П.17, Пр.2.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.extensions import db
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.blacklist import blacklist as proposing
from osm.services.blacklist import decisions
from osm.services.blacklist.police_file import is_for_police, lacks_picture
from osm.services.blacklist.rows import KIND
from osm.services.errors import NotFound, ServiceError
from osm.services.log.readings_log import Reading, record_reading
from osm.store.models import Closure
from osm.store.queries.blacklist import blacklist as queries
from osm.store.queries.blacklist.blacklist import Part
from osm.store.queries.blacklist.history import offence_of, past_of, proofs_of
from osm.store.queries.log.edits import edits_of
from osm.web.access import allow, me
from osm.web.blacklist import view
from osm.web.blacklist.view import PARTS
from osm.web.filters import counted
from osm.web.form_values import Form, Typed, seen_rows, text
from osm.web.htmx import see_other
from osm.web.nav import count_at
from osm.web.run_act import run_edit, who
from osm.web.spans import span_asked
from osm.web.visible import visible_card

blueprint = Blueprint("blacklist", __name__, url_prefix="/blacklist")

READERS = (*PRESS_CENTRE, Role.HEAD)


@blueprint.get("")
@allow(*READERS)
def index() -> ResponseReturnValue:
    asked = request.args.get("part", "")
    part = Part(asked) if asked in set(Part) else Part.PENDING
    record_reading(Reading.BLACKLIST, actor=me(), now=current_now())
    span = span_asked()
    rows = queries.banned_between(span.begin, span.end) if span else queries.rows(part)
    return render_template(
        "blacklist/index.html",
        parts=PARTS,
        part="" if span else part,
        rows=rows,
        counts=queries.counts(),
        span=span,
    )


@blueprint.get("/<int:proposal_id>")
@allow(*READERS)
def show(proposal_id: int) -> ResponseReturnValue:
    return _page(proposal_id)


@blueprint.post("/<int:proposal_id>/approve")
@allow(Role.CURATOR)
def approve(proposal_id: int) -> ResponseReturnValue:
    said = "Утверждено: автор внесён в чёрный список."
    return _act(proposal_id, "approve", decisions.approve, said, term=text("term"), reason=text("reason"))


@blueprint.post("/approve")
@allow(Role.CURATOR)
def approve_many() -> ResponseReturnValue:
    """What is ticked, each for its own term: after a mailing there are dozens of the same kind."""
    try:
        done = decisions.approve_several(seen_rows(), **who())
    except (MissingInput, ServiceError) as error:
        flash(f"Ничего не утверждено. {error}", "danger")
    except StaleVersion:
        flash("Ничего не утверждено: одно из предложений изменилось, пока страница была открыта.", "danger")
    else:
        flash(f"Утверждено и внесено в чёрный список: {counted(len(done), 'автор', 'автора', 'авторов')}.", "success")
    return see_other(url_for("blacklist.index"))


@blueprint.post("/<int:proposal_id>/reject")
@allow(Role.CURATOR)
def reject(proposal_id: int) -> ResponseReturnValue:
    return _act(proposal_id, "reject", decisions.reject, "Предложение отклонено.", reason=text("reason"))


@blueprint.post("/<int:proposal_id>/term")
@allow(Role.CURATOR)
def change_term(proposal_id: int) -> ResponseReturnValue:
    given = {"term": text("term"), "reason": text("reason")}
    return _act(proposal_id, "term", decisions.change_term, "Срок изменён.", **given)


@blueprint.post("/<int:proposal_id>/lift")
@allow(Role.CURATOR)
def lift(proposal_id: int) -> ResponseReturnValue:
    return _act(proposal_id, "lift", decisions.lift, "Автор снят с чёрного списка.", reason=text("reason"))


@blueprint.post("/<int:proposal_id>/applied")
@allow(*PRESS_CENTRE)
def applied(proposal_id: int) -> ResponseReturnValue:
    return _act(proposal_id, "applied", decisions.mark_applied, "Отмечено: блокировка в сети поставлена, срок пошёл.")


@blueprint.post("/of-message/<int:message_id>")
@allow(*PRESS_CENTRE)
def propose(message_id: int) -> ResponseReturnValue:
    """The author of an excluded message, from its card; a second press changes nothing."""
    visible_card(message_id, me())
    offence = offence_of(message_id)
    given: dict[str, Any] = {"term": text("term"), "note": text("note"), "at_once": bool(text("at_once"))}
    try:
        if offence is None:
            raise MissingInput("", "сообщение сейчас не исключено по пункту 17 или его автор неизвестен.")
        proposal = proposing.propose(db.session.get_one(Closure, offence.closure_id), **given, **who())
    except MissingInput as error:
        return see_other(url_for("card.show", message_id=message_id), f"Не выполнено: {error}", "danger")
    said = "Автор предложен в чёрный список. Решает куратор."
    return see_other(url_for("blacklist.show", proposal_id=proposal.id), said)


def _act(proposal_id: int, action: str, act: Callable[..., Any], said: str, /, **given: Any) -> ResponseReturnValue:
    """From the list back to the list, from the entry back to the entry; a refusal shows the entry with its reason."""
    back = url_for("blacklist.index") if text("back") == "list" else url_for("blacklist.show", proposal_id=proposal_id)
    return run_edit(KIND, proposal_id, act, _page, lambda _: see_other(back, said), action, **given)


def _page(proposal_id: int, typed: Typed | None = None) -> str:
    row = queries.row(proposal_id)
    if row is None:
        raise NotFound("Запись")
    record_reading(Reading.BLACKLIST, actor=me(), now=current_now())
    proofs = proofs_of(proposal_id)
    return render_template(
        "blacklist/entry.html",
        row=row,
        proofs=proofs,
        police=not me().roles.isdisjoint(PRESS_CENTRE) and is_for_police(proofs),
        unpictured=lacks_picture(proofs),
        may_attach=not me().roles.isdisjoint(PRESS_CENTRE),
        past=past_of(row.author_id, proposal_id),
        edits=edits_of(KIND, proposal_id),
        acting=typed.action if typed else "",
        form=Form({"term": row.term}, typed),
        empty=Form({"term": row.term}),
    )


def init_app(app: Flask) -> None:
    view.init_app(app)
    app.register_blueprint(blueprint)
    count_at(app, "/blacklist", lambda user, _now: queries.waiting() if user.has(Role.CURATOR) else 0)
