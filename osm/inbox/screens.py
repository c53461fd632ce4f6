"""«Ждёт меня», «Направить предложенным» (a list to check, then one press for all), and undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, abort, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.base.errors import must_exist
from osm.bursts import queries
from osm.flow.acts.clocks import in_force
from osm.flow.queries.duties import TO_ROUTE
from osm.inbox.queries import inbox
from osm.inbox.views.page import handovers_for, inbox_page, news_of, sure_rows
from osm.inbox.views.rows import (
    INBOX,
    OWN,
    QUEUES,
    Row,
    card_from_inbox,
    choices_for,
    executor_options,
    row_again,
    rows_of,
    undo_of_last,
)
from osm.messages.acts import bulk
from osm.messages.queries.parts import numbers_of
from osm.models import User
from osm.people import views as roster
from osm.people.queries import handovers, people
from osm.regulation import errors
from osm.regulation.words import Role
from osm.shell import filters
from osm.shell.access import Screens, me, signed_in
from osm.shell.form_values import Typed, asked_id, number, pair, seen_rows, text
from osm.shell.frame.nav import Asked, count_at, one_if_any
from osm.shell.requests import forget_done, in_place, is_htmx, note_done, see_other
from osm.shell.run_act import BULK_REFUSED, run_act, who

# --- «Ждёт меня»
inbox_blueprint = Screens("inbox", __name__)
OLD_SECTIONS = {"morning": "morning", "later": "later", "no-term": "later"}  # sections of addresses before 1.0


@inbox_blueprint.get("/")
@signed_in
def show() -> ResponseReturnValue:
    chosen = request.args.get("kind") or OLD_SECTIONS.get(request.args.get("section", ""), "")
    return render_template("inbox/inbox.html", page=inbox_page(me(), current_now(), chosen))


@inbox_blueprint.get("/inbox/more")
@signed_in
def more() -> ResponseReturnValue:
    """The next rows of the open list."""
    chosen, after = request.args.get("kind", ""), request.args.get("after", "")
    page = inbox_page(me(), current_now(), chosen, after)
    return render_template("inbox/_list.html" if is_htmx() else "inbox/inbox.html", page=page)


@inbox_blueprint.get("/inbox/news", Role.CURATOR, Role.EXECUTOR, Role.MODERATOR, Role.HEAD)
def news() -> ResponseReturnValue:
    """Polled by the open list; replaces only the line that says what is new."""
    seen, looked, checked = request.args.get("seen", ""), asked_id("looked") or 0, asked_id("checked") or 0
    found = news_of(me(), current_now(), seen, looked, checked, request.args.get("stays", 0, int))
    if found is None:
        return "", 204
    return render_template("inbox/_news.html", news=found, look={**found.look, "at": request.args.get("at", "")[:5]})


@inbox_blueprint.get("/inbox/<int:message_id>/dismiss", Role.CURATOR)
def dismiss(message_id: int) -> ResponseReturnValue:
    """The usual reasons, for the row."""
    [number] = numbers_of([message_id]) or abort(404)
    version = asked_id("version") or abort(400)
    template = "inbox/_dismiss.html" if is_htmx() else "inbox/dismiss.html"
    return render_template(template, message_id=message_id, number=number, version=version)


# --- «Направить предложенным»
proposed_blueprint = Screens("proposed", __name__, url_prefix="/inbox/proposed")


@dataclass(frozen=True, slots=True)
class Share:
    """Messages of one executor; None: there is no proposal, and one person is chosen for all."""

    executor: people.Executor | None
    rows: Sequence[Row]


@proposed_blueprint.post("", Role.CURATOR)
def route() -> ResponseReturnValue:
    rest, burst = number("rest_executor_id"), asked_id("burst")
    chosen = [
        bulk.Proposed(one, version, number(f"to-{one}") or rest, number(f"topic-{one}"), pair(f"repeat-{one}"))
        for one, version in seen_rows()
    ]

    def done(count: int) -> ResponseReturnValue:
        note_done()
        notice = f"Направлено{'' if burst else ' предложенным'}: {_counted(count)}."
        return see_other(url_for("bursts.show", burst_id=burst) if burst else url_for("inbox.show"), notice)

    return run_act(lambda **who: bulk.route_proposed(chosen, **who), index, done, action="route", refused=BULK_REFUSED)


@proposed_blueprint.get("", Role.CURATOR)
def index(typed: Typed | None = None) -> str:
    burst_id = asked_id("burst")
    if burst_id is not None:
        return _of_burst(burst_id, typed)
    sure, choices = sure_rows(me(), current_now(), bulk.MOST)
    return render_template("inbox/proposed.html", shares=_shares(sure, choices), total=len(sure), typed=typed)


def _of_burst(burst_id: int, typed: Typed | None) -> str:
    """All new messages of a burst, except those that the check proposes to exclude (П.17)."""
    burst = must_exist(queries.one(burst_id), "Всплеск")
    person = me()
    choices = choices_for(person)
    rows = rows_of(person, current_now(), queries.messages_of(burst_id, TO_ROUTE), choices)
    ready = [row for row in rows if not row.marked]
    shares = _shares(ready, choices)
    most = max(shares, key=lambda share: len(share.rows)).executor if shares else None
    if alone := [row for row in ready if choices.executor(row.suggested) is None]:
        shares.append(Share(None, alone))
    return render_template(
        "inbox/proposed.html", shares=shares, total=len(ready), typed=typed, burst=burst, choices=choices, most=most,
        marked=len(rows) - len(ready),
    )  # fmt: skip


def _shares(rows: Sequence[Row], choices: people.RoutingChoices) -> list[Share]:
    return [
        Share(person, mine)
        for group in choices.groups
        for person in group.executors
        if (mine := [row for row in rows if row.suggested == person.id])
    ]


# --- Undo a routing or a closing
slips_blueprint = Screens("slips", __name__, url_prefix="/inbox/slips")


@slips_blueprint.post("/undo", Role.CURATOR, Role.MODERATOR)
def undo() -> ResponseReturnValue:
    chosen = [bulk.Chosen(*one) for one in seen_rows()] or abort(400)
    forget_done()
    done, refused = bulk.take_all_back(chosen, **who())
    if text("back") == INBOX and is_htmx():
        return _in_row(chosen[0].message_id, refused)
    notice, kind = _words(done, refused), "danger" if refused else "success"
    if len(chosen) == 1 and text("back") != INBOX:
        return see_other(url_for("card.show", message_id=chosen[0].message_id), notice, kind)
    return see_other(url_for("inbox.show", _anchor=f"{OWN}-{done[0]}" if done else None), notice, kind)


def _in_row(message_id: int, refused: dict[int, Exception]) -> ResponseReturnValue:
    """The row waits for an executor again; if it was too late, it says what stays done and why."""
    if not refused:
        return row_again(message_id)
    [number] = numbers_of([message_id])
    page = render_template("inbox/_kept.html", message_id=message_id, number=number, why=_why(refused[message_id]))
    answer = in_place(page, f"#{OWN}-{message_id}", "outerHTML")
    answer.status_code = 409
    return answer


def _words(done: list[int], refused: dict[int, Exception]) -> str:
    notice = []
    if done:
        notice.append(f"Отменено, снова ждёт исполнителя: {_counted(len(done))}. Срок п. 7 идёт дальше.")
    for message_id, error in refused.items():
        notice.append(f"№ {numbers_of([message_id])[0]}: {_why(error)}")
    return " ".join(notice)


def _why(error: Exception) -> str:
    """Without versions, which mean little to the person who pressed the button."""
    if isinstance(error, errors.StaleVersion):
        return "Отменить уже нельзя: с сообщением успели поработать. Ничего не изменено."
    return str(error)


def _counted(number: int) -> str:
    return filters.counted(number, "сообщение", "сообщения", "сообщений")


# --- The number in the menu
def waiting_count(person: User, now: datetime) -> Asked:
    """The number next to «Ждёт меня»: the rows of the list."""
    return sum(
        (one_if_any(person, now, queue.path) for queue in QUEUES.values()),
        start=_count_places(person, now) + _count_handovers(person),
    )


def _count_places(person: User, now: datetime) -> Asked:
    # The page of the list has already read the places for its own menu.
    places: list[inbox.Place] | None = g.get("osm_places")
    if places is not None:
        return Asked(read=lambda: inbox.count_places(places))
    column, values = inbox.number_waiting(roster.asker_of(person, now))
    return Asked((column,), values) if person.roles else Asked()


def _count_handovers(person: User) -> Asked:
    if not person.has(Role.CURATOR, Role.ADMIN):
        return Asked()

    def count(some: bool = True) -> int:
        offers = handovers_for(person).offers if some else ()
        return len(offers) + len(handovers.uncovered_on(roster.roster_today()))

    if "osm_handovers" in g:
        return Asked(read=count)
    return Asked((handovers.IS_MISPLACED,), {"away": list(roster.roster_today().away)}, count)


def init_app(app: Flask) -> None:
    app.add_template_global(executor_options)
    app.add_template_global(card_from_inbox)
    app.add_template_global(undo_of_last)
    app.add_template_global(lambda: in_force().parameters.no_answer, "usual_reasons")
    count_at(app, "/", waiting_count)
