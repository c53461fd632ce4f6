"""Beside the editor: officialese and press-release style with a better wording each (Пр.2.5)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue

from osm.regulation.words import PRESS_CENTRE
from osm.services.answers.checking import words_of
from osm.web.access import allow
from osm.web.form_values import text
from osm.web.htmx import is_htmx, see_other
from osm.wording.style import check_style

blueprint = Blueprint("style_of_plan", __name__, url_prefix="/plan")
MAX_CHECKED = 16_000


@dataclass(frozen=True, slots=True)
class Wording:
    """One finding; `start` in units of UTF-16, as the browser counts."""

    start: int
    fragment: str
    better: str
    replacement: str


@blueprint.post("/style")
@allow(*PRESS_CENTRE)
def check() -> ResponseReturnValue:
    """The notes on the text as it stands; nothing is stored."""
    if not is_htmx():
        return see_other("/plan")
    typed = text("text").replace("\r\n", "\n")
    found = notes(typed)
    if text("seen") == digest(found, typed):
        return "", 204
    return render_template("plan/_style.html", **style_values(typed))


def notes(typed: str) -> list[Wording]:
    """What could be said simpler."""
    words = words_of(typed[:MAX_CHECKED])
    return [
        Wording(
            len(words.source[: one.start].encode("utf-16-le", "surrogatepass")) // 2, one.fragment, one.better,
            one.replacement,
        )
        for one in check_style(words)
    ]  # fmt: skip


def style_values(typed: str) -> dict[str, object]:
    """For the fragment."""
    found = notes(typed)
    safe = sum(bool(one.replacement) for one in found)
    return {"wordings": found, "safe": safe, "style_digest": digest(found, typed), "is_empty": not typed.strip()}


def digest(found: list[Wording], typed: str) -> str:
    """Tells whether anything would look different."""
    return hashlib.sha256(repr((found, not typed.strip())).encode("utf-8", "replace")).hexdigest()[:16]


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals["style_of"] = style_values
