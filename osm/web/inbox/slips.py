"""A slip is taken back, a routing or a closing: in its row, or from the page that came next."""

from __future__ import annotations

from flask import Blueprint, Flask, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.errors import StaleVersion
from osm.regulation.words import Role
from osm.services.messages import taking_back
from osm.services.messages.bulk import Chosen
from osm.store.queries.messages.links import numbers_of
from osm.web.access import allow
from osm.web.filters import counted
from osm.web.form_values import seen_rows, text
from osm.web.htmx import in_place, is_htmx, see_other
from osm.web.inbox.inbox import row_again
from osm.web.inbox.rows import INBOX, OWN
from osm.web.just_done import forget_done
from osm.web.run_act import who

blueprint = Blueprint("slips", __name__, url_prefix="/inbox/slips")


@blueprint.post("/undo")
@allow(Role.CURATOR, Role.MODERATOR)
def undo() -> ResponseReturnValue:
    chosen = [Chosen(*one) for one in seen_rows()] or abort(400)
    forget_done()
    done, refused = taking_back.take_all_back(chosen, **who())
    if text("back") == INBOX and is_htmx():
        return _in_row(chosen[0].message_id, refused)
    said, kind = _words(done, refused), "danger" if refused else "success"
    if len(chosen) == 1 and text("back") != INBOX:
        return see_other(url_for("card.show", message_id=chosen[0].message_id), said, kind)
    return see_other(url_for("inbox.show", _anchor=f"{OWN}-{done[0]}" if done else None), said, kind)


def _in_row(message_id: int, refused: dict[int, Exception]) -> ResponseReturnValue:
    """The row waits for an executor again; where it is too late, what was done stays said, and why it stays."""
    if not refused:
        return row_again(message_id)
    [number] = numbers_of([message_id])
    page = render_template("inbox/_kept.html", message_id=message_id, number=number, why=_why(refused[message_id]))
    answer = in_place(page, f"#{OWN}-{message_id}", "outerHTML")
    answer.status_code = 409
    return answer


def _words(done: list[int], refused: dict[int, Exception]) -> str:
    said = []
    if done:
        said.append(f"Отменено, снова ждёт исполнителя: {_messages(len(done))}. Срок п. 7 идёт дальше.")
    for message_id, error in refused.items():
        said.append(f"№ {numbers_of([message_id])[0]}: {_why(error)}")
    return " ".join(said)


def _why(error: Exception) -> str:
    """To the person who pressed a button of ten seconds, a version says nothing."""
    if isinstance(error, StaleVersion):
        return "Отменить уже нельзя: с сообщением успели поработать. Ничего не изменено."
    return str(error)


def _messages(number: int) -> str:
    return counted(number, "сообщение", "сообщения", "сообщений")


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
