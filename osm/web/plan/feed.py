"""The plan in one's own calendar: the page that makes its secret address, and the feed itself (RFC 5545)."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Flask, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.documents.icalendar import Entry, calendar
from osm.services.plan import feeds
from osm.store.queries.plan import feed as queries
from osm.web.access import allow, me, public
from osm.web.form_values import Typed, seen_version
from osm.web.htmx import see_other
from osm.web.plan.plan import READERS
from osm.web.plan.view import zone
from osm.web.run_act import EDIT_REFUSED, run_act

blueprint = Blueprint("feed_of_plan", __name__, url_prefix="/plan/calendar")

CALENDAR = "text/calendar; charset=utf-8"


@blueprint.get("")
@allow(*READERS)
def index() -> ResponseReturnValue:
    return feed_page()


@blueprint.post("")
@allow(*READERS)
def renew() -> ResponseReturnValue:
    """The address is told on this very page and never again."""
    act = partial(feeds.renew, seen_version())
    return run_act(act, feed_page, lambda key: feed_page(key=key), action="renew", refused=EDIT_REFUSED)


@blueprint.post("/off")
@allow(*READERS)
def switch_off() -> ResponseReturnValue:
    act = partial(feeds.switch_off, seen_version())
    here = url_for("feed_of_plan.index")
    return run_act(act, feed_page, lambda _: see_other(here, "Адрес больше не действует."), action="off",
                   refused=EDIT_REFUSED)  # fmt: skip


@blueprint.get("/feed.ics")
@public
def file() -> ResponseReturnValue:
    """The secret stands in the query: no log of the program has it."""
    now = current_now()
    if feeds.reader(request.args.get("key", "")) is None:
        answer = Response("Такого календаря нет.\n", 404, mimetype="text/plain")
    else:
        rows = queries.entries(now.astimezone(zone()).date())
        entries = (Entry(f"publication-{number}@osm", title, at or day) for number, title, day, at in rows)
        answer = Response(calendar("План публикаций", entries, now=now), content_type=CALENDAR)
    answer.headers.update({"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    return answer


def feed_page(typed: Typed | None = None, *, key: str = "") -> Response:
    """The page; `key`: just made."""
    address = url_for("feed_of_plan.file", key=key, _external=True) if key else ""
    page = render_template("plan/calendar.html", feed=queries.feed_of(me().id), address=address, typed=typed)
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
