"""«Недостатки» (П.19): the list, one of them with cause, objection and decision, and entry from the card."""

from collections.abc import Callable, Collection
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from flask import Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from osm.base.application import current_now
from osm.base.errors import NotFound, must_exist
from osm.flow.acts.clocks import in_force
from osm.flow.queries.clocks import summary
from osm.inbox.queries.news import MEMO, SHORTCOMING
from osm.inbox.views.rows import show_kind
from osm.messages.queries.parts import Card
from osm.models import Shortcoming
from osm.people import views as roster
from osm.regulation.control import CAUSE_LABELS, SHORTCOMING_CLAUSES, SHORTCOMING_LABELS, WAIVER_LABELS
from osm.regulation.words import PRESS_CENTRE, Role
from osm.shell import requests
from osm.shell.access import Screens, me
from osm.shell.filters import day_of
from osm.shell.form_values import Typed, asked_id, number, seen_rows, text
from osm.shell.run_act import EDIT_REFUSED, PageActs, run_act
from osm.shortcomings.acts import shortcomings
from osm.shortcomings.queries import memos
from osm.shortcomings.queries import shortcomings as queries_shortcomings
from osm.shortcomings.queries.shortcomings import FILTER_LABELS, Duty, Filter, Waits, Wanted, may_enter, waiting

blueprint = Screens("shortcomings", __name__)
READERS = (Role.CURATOR, Role.EXECUTOR, Role.MODERATOR, Role.HEAD, Role.AUDITOR)
WORKERS = (Role.CURATOR, Role.EXECUTOR, Role.MODERATOR)
DECIDERS = (Role.CURATOR, Role.HEAD)


@blueprint.post("/reports/shortcomings/explain", *WORKERS)
def explain_many() -> ResponseReturnValue:
    words = ("Причина записана", "Не записано")
    return _run_many(shortcomings.explain_many, words, cause=text("cause"), words=text("words"))


@blueprint.post("/reports/shortcomings/confirm", *DECIDERS)
def confirm_many() -> ResponseReturnValue:
    return _run_many(shortcomings.confirm_many, ("Подтверждено", "Не подтверждено"), reason=text("why"))


@blueprint.post("/reports/shortcomings/waive", *DECIDERS)
def waive_many() -> ResponseReturnValue:
    words = ("Снято", "Не снято")
    return _run_many(shortcomings.waive_many, words, waiver=text("waiver"), reason=text("reason"))


@blueprint.get("/reports/outages", *PRESS_CENTRE, Role.HEAD, Role.AUDITOR)
def outages() -> ResponseReturnValue:
    return render_template("control/outages.html", rows=memos.outages(current_now()))


@blueprint.post("/messages/<int:message_id>/shortcoming", *DECIDERS)
def enter(message_id: int) -> ResponseReturnValue:
    def act(**who: Any) -> Any:
        return shortcomings.enter(
            message_id, kind=text("kind"), person_id=number("person_id"), day=day_of(text("day")), words=text("words"),
            **who,
        )  # fmt: skip

    return run_act(
        act,
        partial(entry_page, message_id),
        lambda row: requests.see_other(
            url_for("shortcomings.show", shortcoming_id=row.id), "Внесено. Причину спросим."
        ),
        refused=EDIT_REFUSED,
    )


@blueprint.get("/reports/shortcomings", *READERS, endpoint="index")
def list_page(typed: Typed | None = None) -> str:
    """The list by the filters of the address; `typed`: an act on many that was refused."""
    person = me()
    default = Filter.OPEN if person.has(*DECIDERS) else Filter.MINE
    wanted = Wanted(
        next((one for one in Filter if one == request.args.get("show")), default),
        asked_id("department"),
        _midnight("from"),
        _midnight("to", days=1),
    )
    rows, total = queries_shortcomings.listed(person, wanted)
    return render_template(
        "control/shortcomings/index.html", rows=rows, total=total, wanted=wanted, typed=typed, waivers=WAIVER_LABELS,
        filters=FILTER_LABELS if person.has(*DECIDERS) else {}, departments=queries_shortcomings.departments_of(),
        asked=_asked(), may_decide=wanted.show is Filter.DECIDE and rows, causes=CAUSE_LABELS,
        may_explain=wanted.show is Filter.MINE and person.has(*WORKERS) and any(row.is_open for row in rows),
    )  # fmt: skip


@blueprint.get("/reports/shortcomings/<int:shortcoming_id>", *READERS, endpoint="show")
def shortcoming_page(shortcoming_id: int, typed: Typed | None = None) -> str:
    """One of them; `typed`: a form of it that was refused."""
    person = me()
    row = must_exist(queries_shortcomings.one(shortcoming_id, person), "Недостаток")
    occasion = memos.occasion_of(row, current_now()) if row.is_open else None
    return render_template(
        "control/shortcomings/shortcoming.html", row=row, typed=typed, chain=queries_shortcomings.chain(row),
        causes=CAUSE_LABELS, occasion=occasion, back=_way_back(row), waivers=WAIVER_LABELS,
        is_mine=row.is_open and row.person_id == person.id,
        may_decide=row.is_open and queries_shortcomings.is_decided_by(row.id, person),
    )  # fmt: skip


@blueprint.get("/messages/<int:message_id>/shortcoming", *DECIDERS, endpoint="new")
def entry_page(message_id: int, typed: Typed | None = None) -> str:
    if not may_enter(me()):
        raise NotFound("Недостаток")
    return render_template(
        "control/shortcomings/new.html",
        card=roster.visible_card(message_id, me()),
        typed=typed,
        kinds=[(code, SHORTCOMING_LABELS[code]) for code in SHORTCOMING_CLAUSES],
        people=queries_shortcomings.responsible_people(),
    )


def _run_many(
    service: Callable[..., shortcomings.Counts], notice: tuple[str, str], /, **given: Any
) -> ResponseReturnValue:
    """Run it on the ticked rows of the list, or on those with the occasion that the page of one shows (`shown`)."""
    shown, only = number("shown"), number("only")
    rows = [row for row in seen_rows() if only in (None, row[0])]

    def done(counts: shortcomings.Counts) -> ResponseReturnValue:
        count, left = counts
        words = f"{notice[0]}: {count}."
        words += f" {notice[1]}: {left}, их изменили, решили, или на возражение не отвечено." if left else ""
        there = _next(shown) if shown else url_for("shortcomings.index", **_asked())
        return requests.see_other(there, words, "warning" if left else "success")

    again = partial(shortcoming_page, shown) if shown else list_page
    action = (request.endpoint or "").removeprefix("shortcomings.").removesuffix("_many")
    return run_act(partial(service, rows, **given), again, done, action=action, refused=EDIT_REFUSED)


def _asked(came: str = "") -> dict[str, Any]:
    """Filters in the address; `came`: what else its `from` is."""
    found = {name: request.args[name] for name in ("show", "department", "from", "to") if request.args.get(name)}
    return found | ({"from": came} if came else {})


def _midnight(name: str, days: int = 0) -> datetime | None:
    """The beginning of the day in the address, plus `days`."""
    day = day_of(request.args.get(name, ""))
    return datetime.combine(day + timedelta(days), time(), in_force().calendar.tz) if day else None


def _next(shortcoming_id: int) -> str:
    """Back to «Ждёт меня», if the person came from there."""
    came = text("from")
    return "/" if came == "inbox" else url_for("shortcomings.show", shortcoming_id=shortcoming_id, **_asked(came))


ONE = PageActs(
    blueprint=blueprint, rule="/reports/shortcomings/<int:shortcoming_id>", page=shortcoming_page, there=_next,
    known=lambda shortcoming_id: must_exist(queries_shortcomings.one(shortcoming_id, me()), "Недостаток"),
)  # fmt: skip
ONE.post("/explain", shortcomings.explain, "Причина записана.", *WORKERS, cause=text, words=text)
ONE.post(
    "/object", shortcomings.object_to, "Возражение записано: его прочтёт тот, кто решает.", *WORKERS,
    endpoint="object_to", objection=text,
)  # fmt: skip
ONE.post("/confirm", shortcomings.confirm, "Недостаток подтверждён.", *DECIDERS, reason=text)
ONE.post("/waive", shortcomings.waive, "Снято.", *DECIDERS, waiver=text, reason=text)


def _way_back(row: Shortcoming) -> tuple[str, str]:
    """Address and words: where the person came from, else the list with its filters."""
    came = request.values.get("from", "")
    if came == "inbox":
        return "/", "Ждёт меня"
    if came == "card":
        return url_for("card.show", message_id=row.message_id), f"Карточка № {row.message.number}"
    if came == "memo" and row.memo:
        return url_for("memos.show", memo_id=row.memo_id), f"Записка № {row.memo.number}"
    return url_for("shortcomings.index", **_asked()), "Недостатки"


def shortcomings_of(card: Card) -> list[Shortcoming]:
    return queries_shortcomings.of_message(card.id, current_user) if "shortcoming" in card.rows_in else []


def _waiting(kind: int, _ids: Collection[int]) -> list[Waits]:
    of_messages = {Duty.EXPLAIN, Duty.DECIDE}
    return [row for row in waiting(me()) if (row.duty in of_messages) == (kind == SHORTCOMING)]


def init_app(app: Flask) -> None:
    for kind in (SHORTCOMING, MEMO):
        show_kind(app, kind, "control/shortcomings/_waiting.html", partial(_waiting, kind), "object_id")
    app.add_template_global(shortcomings_of)
    app.add_template_filter(summary)
    app.add_template_global(lambda: may_enter(current_user), "may_enter_shortcoming")
