"""«Направить предложенным»: a list to look at first, then everything that is sure by one press."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import Role
from osm.services.messages import bulk
from osm.services.messages.bulk import Proposed
from osm.store.queries.inbox.sections import Section
from osm.store.queries.staff.people import Executor
from osm.web.access import allow, me
from osm.web.filters import counted
from osm.web.form_values import Typed, number, pair, seen_rows
from osm.web.htmx import see_other
from osm.web.inbox.rows import Row
from osm.web.inbox.view import inbox_page
from osm.web.just_done import note_done
from osm.web.run_act import BULK_REFUSED, run_act

blueprint = Blueprint("proposed", __name__, url_prefix="/inbox/proposed")


@dataclass(frozen=True, slots=True)
class Share:
    """Who gets what."""

    executor: Executor
    rows: Sequence[Row]


@blueprint.get("")
@allow(Role.CURATOR)
def show() -> ResponseReturnValue:
    return _page()


@blueprint.post("")
@allow(Role.CURATOR)
def route() -> ResponseReturnValue:
    chosen = [
        Proposed(one, version, number(f"to-{one}"), number(f"topic-{one}"), pair(f"repeat-{one}"))
        for one, version in seen_rows()
    ]

    def done(count: int) -> ResponseReturnValue:
        note_done()
        said = f"Направлено предложенным: {counted(count, 'сообщение', 'сообщения', 'сообщений')}."
        return see_other(url_for("inbox.show"), said)

    return run_act(lambda **who: bulk.route_proposed(chosen, **who), _page, done, action="route", refused=BULK_REFUSED)


def _page(typed: Typed | None = None) -> str:
    only = next((key for key in Section if key == request.args.get("section")), None)
    page = inbox_page(me(), current_now(), only)
    sure = [row for row in chain.from_iterable(part.rows for part in page.sections) if row.is_sure][: bulk.MOST]
    shares = [
        Share(person, mine)
        for group in page.choices.groups
        for person in group.executors
        if (mine := [row for row in sure if row.suggested == person.id])
    ]
    return render_template("inbox/proposed.html", shares=shares, total=len(sure), typed=typed, only=only)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
