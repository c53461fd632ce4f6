"""«Комментарии»: the queue of Пр.2.6, with keys or plain forms."""

import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask, flash, g, jsonify, make_response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from osm.base.application import current_now
from osm.base.database import db
from osm.base.errors import ServiceError
from osm.blacklist.acts.bans import may_ban_at_once
from osm.comments.acts import comments, holds
from osm.comments.acts.comments import Choice, Chosen, CommentsRefused
from osm.comments.acts.importing import CommentReport, import_file
from osm.comments.queries import comments as queries_comments
from osm.comments.queries.comments import CommentRow, QueueFilter, decided_by
from osm.comments.queries.copies import SHOWN, WAITING, Waiting, waiting_posts
from osm.comments.views import SAID, SAID_OF_MANY, filter_from, filters_of, shared, tabs
from osm.connectors.base import ConnectorError
from osm.connectors.incident_file.book import READING_PREFIX
from osm.files import queries
from osm.flow.acts.clocks import in_force
from osm.imports.acts import files, runs
from osm.models import Author, Comment, User
from osm.networks.catalogue import NETWORKS
from osm.regulation.blacklist import CommentGround, CommentState, thing_words
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.urgency import Age, age
from osm.regulation.words import PRESS_CENTRE
from osm.regulation.working_time.worktime import duration
from osm.shell import errors, filters
from osm.shell.access import Screens, me
from osm.shell.form_values import Typed, asked_id, seen_rows, seen_version, text
from osm.shell.frame.nav import Asked, Counted, count_at, counted_at
from osm.shell.requests import safe_next, see_other
from osm.shell.run_act import run_act


# --- Number and age of waiting comments, for the menu and the queue
@dataclass(frozen=True, slots=True)
class Oldest:
    """The longest waiting time of a kind, and the office's target in words; `place`: where the page counts the kind."""

    label: str
    place: str
    age: Age
    target: str


def waiting() -> Waiting:
    """As the menu of this request has counted."""
    counted_at(me(), "/moderation")
    counted: Waiting | None = g.get("osm_comments_waiting")
    return counted or Waiting(*db.session.execute(select(*WAITING)).one())


def oldest() -> list[Oldest]:
    """The oldest comment and the oldest threat, each with its target; once if they are the same."""
    return list(_oldest(waiting(), current_now()))


def _oldest(found: Waiting, now: datetime) -> Iterator[Oldest]:
    rules = in_force()
    kinds = (
        ("Самый старый ждёт", "[data-total]", found.oldest, rules.parameters.comment_target),
        ("Угроза ждёт", "[data-count='category:threat']", found.threat, rules.parameters.threat_target),
    )
    for label, place, since, target in kinds:
        how_old = age(since, now, target, rules.calendar) if since else None
        if how_old:
            yield Oldest(label, place, how_old, duration(target))


def _in_menu(now: datetime, *columns: Any) -> Counted:
    """For the menu: the oldest age, or that of a threat if only its target is exceeded."""
    found = g.osm_comments_waiting = Waiting(*columns)
    ages = list(_oldest(found, now))
    told = next((one for one in ages if one.age.is_late), next(iter(ages), None))
    if told is None:
        return Counted(found.number)
    words = f"{told.label.lower()} {told.age.text}, внутренняя цель {told.target}"
    return Counted(found.number, told.age.short, words, told.age.is_late)


# --- «Комментарии»
queue_blueprint = Screens("moderation", __name__, url_prefix="/moderation")

BULK = "moderation_bulk"  # session key: the last comments decided together
_MOST_SHOWN = 1000  # limit of comments in one request; our pages show less than half of it
UNDO_SHOWN = timedelta(minutes=10)
"""Without scripts, the undo of the last decision is offered for this long; later it is in the list of decisions."""


@queue_blueprint.get("", *PRESS_CENTRE)
def queue_show() -> ResponseReturnValue:
    return _page(asked_filter())


@queue_blueprint.get("/more", *PRESS_CENTRE)
def more() -> ResponseReturnValue:
    """More rows for a page that has few left; the page holds them."""
    key = request.args.get("key", "")[:32]
    rows = _held(asked_filter(), key, more=True)
    return render_template("comments/_rows.html", rows=rows, typed=None, opened=None, **shared(asked_filter()))


@queue_blueprint.get("/posts", *PRESS_CENTRE)
def posts() -> ResponseReturnValue:
    """Choice of the filter by post."""
    return render_template("comments/posts.html", posts=waiting_posts(), most=SHOWN)


@queue_blueprint.post("/<int:comment_id>/decide", *PRESS_CENTRE)
def queue_decide(comment_id: int) -> ResponseReturnValue:
    def done(rows: list[CommentRow]) -> ResponseReturnValue:
        session.pop(BULK, None)
        row, notice = rows[0], said_of_choice()
        if errors.wants_json():
            return jsonify(id=row.id, version=row.comment.version, said=notice, message=row.comment.message_id)
        return see_other(back(), f"{notice}.")

    return run_choice([Chosen(comment_id, seen_version())], done, comment_id)


@queue_blueprint.post("/<int:comment_id>/undo", *PRESS_CENTRE)
def queue_undo(comment_id: int) -> ResponseReturnValue:
    try:
        row = comments.undo(comment_id, seen_version(), actor=me(), now=current_now())
    except (ServiceError, StaleVersion) as error:
        if errors.wants_json():
            raise
        return see_other(back(), str(error), "danger")
    if errors.wants_json():
        return jsonify(id=row.id, version=row.version, said="Решение отменено")
    return see_other(back(), "Решение отменено, комментарий снова ждёт.")


@queue_blueprint.post("/hold", *PRESS_CENTRE)
def hold() -> ResponseReturnValue:
    """Renew the holds of an open page; returns the comments it keeps."""
    shown = seen_rows()[:_MOST_SHOWN]
    return jsonify(held=holds.renew(text("key")[:32], shown, actor=me(), now=current_now()))


@queue_blueprint.post("/release", *PRESS_CENTRE)
def release() -> ResponseReturnValue:
    """The page is left: release its comments."""
    holds.release(text("key")[:32], actor=me())
    return see_other("/") if text("leave") else make_response("", 204)


@queue_blueprint.get("/token", *PRESS_CENTRE)
def token() -> ResponseReturnValue:
    """New token and person for a page after a new login in another tab."""
    return jsonify(token=generate_csrf(), person=me().id)


def asked_filter() -> QueueFilter:
    return filter_from(request.args)


def back() -> str:
    return safe_next(text("back"), url_for("moderation.queue_show"))


def run_choice(
    chosen: list[Chosen], done: Callable[[list[CommentRow]], ResponseReturnValue], comment_id: int = 0
) -> ResponseReturnValue:
    """Run the decision of the form; on an error, show the queue with what was typed. `comment_id`: the comment with its
    own form, 0 for several."""

    def act(actor: User, now: datetime) -> list[CommentRow]:
        choice = choice_of_form("Выберите решение: оставить, удалить или взять в работу.")
        rows = comments.decide(chosen, choice, ground=text("ground"), reason=text("reason"), actor=actor, now=now)
        return queries_comments.queue_rows([row.id for row in rows], now)

    return run_act(
        act, lambda typed: _page(filters_of(back()), typed), done, action=str(comment_id),
        refused=(MissingInput, CommentsRefused),
    )  # fmt: skip


def choice_of_form(missing: str) -> Choice:
    try:
        return Choice(text("choice"))
    except ValueError as error:
        raise MissingInput("choice", missing) from error


def said_of_choice(authors: Iterable[int | None] = ()) -> str:
    """Name of the decision for the confirmation. `authors`: authors of the decided comments."""
    notice = SAID_OF_MANY if len(set(authors)) > 1 else SAID
    at_once = text("choice") == Choice.BLACKLIST and may_ban_at_once(text("ground"))
    return notice["banned" if at_once else text("choice")]


def _held(asked: QueueFilter, key: str, *, more: bool = False) -> list[CommentRow]:
    now = current_now()
    return queries_comments.queue_rows(holds.take(asked.conditions(), key, more=more, actor=me(), now=now), now)


def _latest(person: User, now: datetime) -> CommentRow | None:
    """The person's last decision while it can be undone."""
    latest = queries_comments.latest_of(person, now - UNDO_SHOWN)
    return latest if latest is not None and not holds.why_not([latest.id]) else None


def _page(asked: QueueFilter, typed: Typed | None = None) -> str:
    key, now, person = secrets.token_hex(8), current_now(), me()
    rows = _held(asked, key)
    numbers = queries_comments.counters(list(NETWORKS))
    return render_template(
        "comments/queue.html", rows=rows, key=key, typed=typed, opened=asked_id("open"), total=waiting().number,
        tabs=tabs(asked, numbers), others=queries_comments.at_work(person, now), latest=_latest(person, now),
        **shared(asked),
    )  # fmt: skip


# --- Several comments in one form
bulk_blueprint = Screens("moderation_bulk", __name__, url_prefix="/moderation/bulk")


@dataclass(frozen=True, slots=True)
class LastBulk:
    """The last common decision: its name and (id, version) of the comments."""

    notice: str
    rows: list[tuple[int, int]]


@bulk_blueprint.post("", *PRESS_CENTRE)
def bulk_decide() -> ResponseReturnValue:
    def done(rows: list[CommentRow]) -> ResponseReturnValue:
        notice = f"{said_of_choice(row.comment.author_id for row in rows)}: {number_of_comments(len(rows))}"
        session[BULK] = [notice, [[row.id, row.comment.version] for row in rows]]
        return see_other(back())

    return run_choice([Chosen(*one) for one in seen_rows()], done)


@bulk_blueprint.post("/undo", *PRESS_CENTRE)
def bulk_undo() -> ResponseReturnValue:
    session.pop(BULK, None)
    try:
        done = comments.undo_all([Chosen(*one) for one in seen_rows()], actor=me(), now=current_now())
    except (MissingInput, CommentsRefused) as error:
        flash(str(error), "danger")
    else:
        flash(f"Решение отменено, снова ждут: {number_of_comments(len(done))}.", "success")
    return see_other(back())


def last_bulk() -> LastBulk | None:
    """The last common decision if it can still be undone, otherwise None."""
    if BULK not in session:
        return None
    notice, pairs = session[BULK]
    rows = [(one, version) for one, version in pairs]
    if decided_by(rows, me(), current_now() - UNDO_SHOWN) and not holds.why_not([one for one, _ in rows]):
        return LastBulk(notice, rows)
    session.pop(BULK)
    return None


def number_of_comments(number: int) -> str:
    return filters.counted(number, "комментарий", "комментария", "комментариев")


# --- Decisions
log_blueprint = Screens("moderation_log", __name__, url_prefix="/moderation/decided")
import_blueprint = Screens("moderation_import", __name__, url_prefix="/moderation/import")

MAX_BYTES = 16 * 1024 * 1024  # larger files are imported by the command
_TOO_BIG = "Файл больше 16 МБ. Разделите его или попросите администратора загрузить командой."


@log_blueprint.get("", *PRESS_CENTRE)
def log_show() -> ResponseReturnValue:
    author_id, state, ground = asked_id("author"), request.args.get("state", ""), request.args.get("ground", "")
    chosen = CommentState(state) if state in {*CommentState} - {CommentState.WAITING} else None
    author = db.session.get(Author, author_id) if author_id else None
    span, of_ground = filters.span_asked(), CommentGround(ground) if ground in set(CommentGround) else None
    within = [span.holds(Comment.decided_at)] if span else []
    within += [Comment.ground == of_ground] if of_ground else []
    rows, more = queries_comments.decided(*within, author_id=author_id, state=chosen, before=asked_id("before"))
    ids = [row.id for row in rows]
    return render_template(
        "comments/decided.html", rows=rows, more=more, screenshots=queries.of_comments(ids),
        pictures=queries.pictures_of(ids), why_not=holds.why_not(ids), author_id=author_id,
        author_name=author.name if author else "", state=chosen, span=span, ground=of_ground,
        here=request.full_path.rstrip("?"),
    )  # fmt: skip


@import_blueprint.post("", *PRESS_CENTRE)
def load() -> ResponseReturnValue:
    file = request.files.get("file")
    if file is None or not file.filename:
        return show_import("Выберите файл.", status=422)
    file.stream.seek(0, 2)
    if file.stream.tell() > MAX_BYTES:
        return show_import(_TOO_BIG, status=413)
    file.stream.seek(0)
    try:
        with tempfile.NamedTemporaryFile(prefix=READING_PREFIX, dir=files.room()) as kept:
            file.save(kept)
            kept.flush()
            report = import_file(Path(kept.name), text("times"), actor=me(), now=current_now())
    except (ConnectorError, MissingInput) as error:
        return show_import(str(error), status=422)
    return show_import(report=report)


@import_blueprint.get("", *PRESS_CENTRE)
def show_import(error: str = "", report: CommentReport | None = None, status: int = 200) -> ResponseReturnValue:
    page = render_template("comments/import.html", error=error, report=report, times=text("times") or runs.TIMES[0])
    return make_response(page, status)


def init_app(app: Flask) -> None:
    app.jinja_env.globals["oldest_comments"] = oldest
    count_at(app, "/moderation", lambda _person, now: Asked(WAITING, read=partial(_in_menu, now)))
    app.add_template_global(thing_words)
    app.jinja_env.globals["moderation_last_bulk"] = last_bulk
