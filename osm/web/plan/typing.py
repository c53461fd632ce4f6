"""The editor of the plan saves itself: nothing that was typed is lost on a closed tab (Пр.1.2.4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.numbers import whole
from osm.regulation.words import PRESS_CENTRE
from osm.services.errors import TextChangedElsewhere
from osm.services.plan import typing
from osm.services.plan.typing import Fields, fields_of
from osm.store.models import PlanText, User
from osm.store.queries.plan.typed import typed_by
from osm.web.access import allow, me
from osm.web.answers.autosave import ELSEWHERE, both_texts, seen_at
from osm.web.answers.drafting_view import Editor
from osm.web.filters import clock_time
from osm.web.form_values import Typed
from osm.web.htmx import is_htmx, see_other
from osm.web.lock_waits import saves_itself
from osm.web.run_act import run_act

blueprint = Blueprint("typing_of_plan", __name__, url_prefix="/plan")

_NOT_TYPED = frozenset({"csrf_token", "saved_at", "over", "then"})
_OF_FORM = frozenset({"version", "base"})
"""What goes with the fields, and is none."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What somebody had typed and not saved, when the editor is opened again. `typed`: as if the form came back."""

    typed: Typed | None
    saved_at: str
    saved: datetime | None
    base: str
    """Of what is stored: what was typed upon the same needs no comparison, whatever else was done meanwhile."""


@dataclass(frozen=True, slots=True)
class View:
    """For the fragment that two windows of one person need."""

    editor: Editor


@blueprint.post("/<int:publication_id>/typed")
@allow(*PRESS_CENTRE)
@saves_itself
def save(publication_id: int) -> ResponseReturnValue:
    here = url_for("publications_of_plan.show", publication_id=publication_id)

    def done(row: PlanText) -> ResponseReturnValue:
        if is_htmx():
            return render_template("answers/_saved.html", row=row)
        return see_other(here, f"Сохранено {clock_time(row.saved_at)}, пока только для вас.")

    return run_act(
        partial(typing.keep, publication_id, _sent(), seen_at=seen_at()), partial(_beside, publication_id), done,
        refused=ELSEWHERE, fragment=partial(_beside, publication_id),
    )  # fmt: skip


@blueprint.post("/<int:publication_id>/typed/forget")
@allow(*PRESS_CENTRE)
def forget(publication_id: int) -> ResponseReturnValue:
    here = url_for("publications_of_plan.show", publication_id=publication_id)
    typing.forget(publication_id, actor=me())
    return see_other(here, "Показано то, что сохранено.")


def kept_of(publication_id: int, person: User, stored: Fields, version: int, free: Collection[str]) -> Kept:
    """`stored`: what the form would show without it, `version`: of the publication now; `free`: pages to be ticked."""
    row, base = typed_by(person.id, publication_id), _digest(stored)
    if row is None:
        return Kept(None, "", None, base)
    fields = fields_of(row)
    said = {name: values for name, values in fields.items() if name not in _OF_FORM}
    compared = {**stored, "pages": [page for page in stored["pages"] if page in free]}
    # Without a tick no page is sent at all.
    if all(_same(compared.get(name, ()), values) for name, values in {"pages": [], **said}.items()):
        return Kept(None, row.saved_at.isoformat(), None, base)
    began = next(iter(fields.get("version", ())), "")
    seen = version if fields.get("base") == [base] else whole(began) or 0
    typed = Typed("save", {name: values[-1] for name, values in said.items() if values}, several=said, seen=seen)
    return Kept(typed, row.saved_at.isoformat(), row.saved_at, base)


def _sent() -> dict[str, list[str]]:
    found = request.form.to_dict(flat=False)
    return {name: values for name, values in found.items() if name not in _NOT_TYPED}


def _same(stored: Sequence[str], values: Sequence[str]) -> bool:
    def plainly(texts: Sequence[str]) -> list[str]:
        return sorted(filter(None, (" ".join(text.split()) for text in texts)))

    return plainly(stored) == plainly(values)


def _digest(stored: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()[:16]


def _beside(publication_id: int, typed: Typed) -> Response:
    """What the other window saved stands beside the editor, which stays as it is."""
    row = typed_by(me().id, publication_id)
    other = typed.why.saved if isinstance(typed.why, TextChangedElsewhere) else ""
    text = json.loads(other).get("text", [""])[-1] if other else ""
    at = row.saved_at.isoformat() if row else ""
    view, here = (
        View(Editor("", at, None, text, at)),
        url_for("publications_of_plan.show", publication_id=publication_id),
    )
    return both_texts(
        view, typed.words, here, save=url_for("typing_of_plan.save", publication_id=publication_id),
        include="closest form", params_over="not saved_at",
    )  # fmt: skip


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
