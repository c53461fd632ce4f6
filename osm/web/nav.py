"""The menu: what this person may open, with the numbers of what waits there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from osm.clock import current_now
from osm.services.clocks import in_force
from osm.store.models import User
from osm.web.access import declared, may, signed_in
from osm.web.today import working_time_words

#: Addresses in the order of the menu. One that has no view in this application, or that the person may not open, is
#: left out.
ITEMS: tuple[tuple[str, str], ...] = (
    ("/", "Ждёт меня"),
    ("/messages", "Сообщения"),
    ("/approvals", "Согласование"),
    ("/moderation", "Комментарии"),
    ("/imports", "Загрузки"),
    ("/plan", "План"),
    ("/accounts", "Страницы"),
    ("/reports", "Отчёты"),
    ("/admin/users", "Пользователи"),
    ("/help", "Помощь"),
)

Count = Callable[[User, datetime], int]

blueprint = Blueprint("nav", __name__, url_prefix="/nav")


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of one person's menu. `number` is None where nothing is counted."""

    path: str
    label: str
    number: int | None
    is_current: bool

    @property
    def badge_id(self) -> str:
        return "badge-" + (self.path.strip("/").replace("/", "-") or "inbox")


def count_at(app: Flask, path: str, count: Count) -> None:
    """Show `count(user, now)` beside the menu entry of `path`; the blueprint of that screen says so once."""
    app.extensions["osm_counts"][path] = count


def menu(user: Any) -> list[Item]:
    """The menu of a person, in order."""
    if not user.is_authenticated:
        return []
    counts: dict[str, Count] = current_app.extensions["osm_counts"]
    now = current_now()
    return [
        Item(
            path,
            label,
            counts[path](user, now) if path in counts else None,
            request.path == path or (path != "/" and request.path.startswith(f"{path}/")),
        )
        for path, label in ITEMS
        if _may_open(path, user)
    ]


def _may_open(path: str, user: Any) -> bool:
    try:
        endpoint, _ = current_app.create_url_adapter(request).match(path, method="GET")  # type: ignore[union-attr]
    except HTTPException:
        return False
    return may(declared(current_app, endpoint), user)


@blueprint.get("/badges")
@signed_in
def badges() -> ResponseReturnValue:
    return render_template("_badges.html", items=menu(current_user))


def init_app(app: Flask) -> None:
    app.extensions["osm_counts"] = {}
    app.register_blueprint(blueprint)
    app.context_processor(_page_values)


def _page_values() -> dict[str, Any]:
    """Functions, so that a fragment which shows no menu costs nothing."""
    return {
        "menu": lambda: menu(current_user),
        "today_now": current_now,
        "working_time": lambda: working_time_words(in_force().calendar, current_now()),
    }
