"""The forms of a list that the press centre keeps: a new row, another one in its place, one less."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.words import PRESS_CENTRE
from osm.services.plan.kept_list import KeptList
from osm.web.access import allow
from osm.web.form_values import Typed, seen_version
from osm.web.htmx import see_other
from osm.web.run_act import EDIT_REFUSED, run_act


def keep_list(
    blueprint: Blueprint,
    kept: KeptList[Any, Any],
    given: Callable[[], Any],
    page: Callable[[Typed], ResponseReturnValue],
    added: str,
    removed: str,
) -> None:
    """The three routes of it. `given`: the form as the list takes it; `page`: again, after a refusal."""

    @blueprint.post("")
    @allow(*PRESS_CENTRE)
    def add() -> ResponseReturnValue:
        return run_list(blueprint, lambda **who: kept.add(given(), **who), page, added, "add")

    @blueprint.post("/<int:row_id>")
    @allow(*PRESS_CENTRE)
    def change(row_id: int) -> ResponseReturnValue:
        def act(**who: Any) -> object:
            return kept.change(row_id, seen_version(), given(), **who)

        return run_list(blueprint, act, page, "Сохранено.", f"change-{row_id}")

    @blueprint.post("/<int:row_id>/remove")
    @allow(*PRESS_CENTRE)
    def remove(row_id: int) -> ResponseReturnValue:
        act = partial(kept.remove, row_id, seen_version())
        return run_list(blueprint, act, page, removed, f"remove-{row_id}")


def run_list(
    blueprint: Blueprint,
    act: Callable[..., Any],
    page: Callable[[Typed], ResponseReturnValue],
    said: str | Callable[[Any], str],
    action: str,
) -> ResponseReturnValue:
    """Done leads back to the list, refused shows it with what was typed."""

    def done(result: Any) -> ResponseReturnValue:
        return see_other(url_for(f"{blueprint.name}.index"), said if isinstance(said, str) else said(result))

    return run_act(act, page, done, action=action, refused=EDIT_REFUSED)
