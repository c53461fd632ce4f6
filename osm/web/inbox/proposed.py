"""«Направить предложенным»: a list to look at first, then everything by one press; all of a burst, or what is sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import Role
from osm.services.errors import NotFound
from osm.services.messages import bulk
from osm.services.messages.bulk import Proposed
from osm.store.queries.clocks.duties import TO_ROUTE
from osm.store.queries.control import bursts
from osm.store.queries.inbox.sections import Section
from osm.store.queries.staff.people import Executor, RoutingChoices
from osm.web.access import allow, me
from osm.web.filters import counted
from osm.web.form_values import Typed, asked_id, number, pair, seen_rows
from osm.web.htmx import see_other
from osm.web.inbox.rows import Row
from osm.web.inbox.view import choices_for, inbox_page, rows_of
from osm.web.just_done import note_done
from osm.web.run_act import BULK_REFUSED, run_act

blueprint = Blueprint("proposed", __name__, url_prefix="/inbox/proposed")


@dataclass(frozen=True, slots=True)
class Share:
    """Who gets what; None: nobody is proposed, one person is chosen for all of them."""

    executor: Executor | None
    rows: Sequence[Row]


@blueprint.get("")
@allow(Role.CURATOR)
def show() -> ResponseReturnValue:
    return _page()


@blueprint.post("")
@allow(Role.CURATOR)
def route() -> ResponseReturnValue:
    rest, burst = number("rest_executor_id"), asked_id("burst")
    chosen = [
        Proposed(one, version, number(f"to-{one}") or rest, number(f"topic-{one}"), pair(f"repeat-{one}"))
        for one, version in seen_rows()
    ]

    def done(count: int) -> ResponseReturnValue:
        note_done()
        said = f"Направлено{'' if burst else ' предложенным'}: {counted(count, 'сообщение', 'сообщения', 'сообщений')}."
        return see_other(url_for("bursts.show", burst_id=burst) if burst else url_for("inbox.show"), said)

    return run_act(lambda **who: bulk.route_proposed(chosen, **who), _page, done, action="route", refused=BULK_REFUSED)


def _page(typed: Typed | None = None) -> str:
    burst_id = asked_id("burst")
    if burst_id is not None:
        return _of_burst(burst_id, typed)
    only = next((key for key in Section if key == request.args.get("section")), None)
    page = inbox_page(me(), current_now(), only)
    sure = [row for row in chain.from_iterable(part.rows for part in page.sections) if row.is_sure][: bulk.MOST]
    return render_template(
        "inbox/proposed.html", shares=_shares(sure, page.choices), total=len(sure), typed=typed, only=only
    )  # fmt: skip


def _of_burst(burst_id: int, typed: Typed | None) -> str:
    """All of its messages that are still new, but for those that the check proposes to exclude (П.17)."""
    burst = bursts.one(burst_id)
    if burst is None:
        raise NotFound("Всплеск")
    person = me()
    choices = choices_for(person)
    rows = rows_of(person, current_now(), bursts.messages_of(burst_id, TO_ROUTE), choices)
    ready = [row for row in rows if not row.marked]
    shares = _shares(ready, choices)
    most = max(shares, key=lambda share: len(share.rows)).executor if shares else None
    if alone := [row for row in ready if choices.executor(row.suggested) is None]:
        shares.append(Share(None, alone))
    return render_template(
        "inbox/proposed.html", shares=shares, total=len(ready), typed=typed, burst=burst, choices=choices, most=most,
        marked=len(rows) - len(ready),
    )  # fmt: skip


def _shares(rows: Sequence[Row], choices: RoutingChoices) -> list[Share]:
    return [
        Share(person, mine)
        for group in choices.groups
        for person in group.executors
        if (mine := [row for row in rows if row.suggested == person.id])
    ]


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
