"""«Реестр страниц»: the list as it stands or stood on a day, a page with its history; pages are entered and closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Flask, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.errors import MissingInput
from osm.regulation.official.register import PAGE_STATE_LABELS, PageState
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.errors import NotFound
from osm.services.official import register as services
from osm.services.official.given import Given
from osm.services.official.whole import say_whole as say
from osm.services.staff.office_settings import KIND
from osm.store.models import Account
from osm.store.queries.log.edits import edits_of
from osm.store.queries.official import profile as profiles
from osm.store.queries.official import register as queries
from osm.store.queries.staff.departments import departments
from osm.store.queries.staff.leaders import office
from osm.store.queries.staff.office_settings import SETTINGS_ID, office_settings
from osm.web.access import allow, me
from osm.web.days import NO_DAY, day_of
from osm.web.filters import local
from osm.web.form_values import Form, Typed, asked_id, is_set, text
from osm.web.htmx import see_other
from osm.web.official.site import on_site
from osm.web.run_act import EDIT_REFUSED, run_act, run_edit

blueprint = Blueprint("accounts", __name__, url_prefix="/accounts")

READERS = (*PRESS_CENTRE, Role.HEAD, Role.ADMIN)
KEEPERS = (Role.CURATOR, Role.ADMIN)
_TEXTS = ("url", "title", "body", "body_inn", "state", "unit", "email", "phone", "act", "act_number")
_DAYS = ("state_on", "opened_on", "act_on", "verified_on")


@blueprint.get("")
@allow(*READERS)
def index() -> ResponseReturnValue:
    return _index()


def _index(typed: Typed | None = None) -> str:
    return render_template(
        "official/index.html",
        **_list(),
        may_keep=me().has(*KEEPERS),
        may_say=me().has(Role.ADMIN),
        on_site=on_site(),
        settings=office_settings(),
        form=Form({}, typed),
    )


@blueprint.get("/print")
@allow(*READERS)
def printed() -> ResponseReturnValue:
    return render_template("official/print.html", **_list(), office=office())


@blueprint.get("/new")
@allow(*KEEPERS)
def new() -> ResponseReturnValue:
    return _new_page(Form(_proposed()))


@blueprint.post("")
@allow(*KEEPERS)
def enter() -> ResponseReturnValue:
    return run_act(
        _with_given(services.enter_page),
        lambda typed: _new_page(Form({}, typed)),
        lambda account: see_other(_address(account.id), "Страница внесена в реестр."),
        refused=EDIT_REFUSED,
    )


@blueprint.post("/whole")
@allow(Role.ADMIN)
def say_whole() -> ResponseReturnValue:
    whole = text("whole") == "1"
    said = "Подтверждено: официальный сайт говорит, что других страниц нет." if whole else "Подтверждение снято."
    act = lambda _id, version, **who: say(version, whole=whole, **who)  # noqa: E731
    done = lambda _: see_other(url_for("accounts.index"), said)  # noqa: E731
    return run_edit(KIND, SETTINGS_ID, act, lambda _id, typed: _index(typed), done)


@blueprint.get("/<int:account_id>")
@allow(*READERS)
def show(account_id: int) -> ResponseReturnValue:
    return _card(account_id)


@blueprint.get("/<int:account_id>/edit")
@allow(*KEEPERS)
def edit(account_id: int) -> ResponseReturnValue:
    return _edit_page(account_id)


@blueprint.post("/<int:account_id>")
@allow(*KEEPERS)
def save(account_id: int) -> ResponseReturnValue:
    edit_page = partial(services.edit_page, is_correction=is_set("is_correction"))
    return _act(account_id, _with_given(edit_page), _edit_page, "Сохранено.")


@blueprint.post("/<int:account_id>/close")
@allow(*KEEPERS)
def close(account_id: int) -> ResponseReturnValue:
    act = lambda *row, **who: services.close_page(*row, closed_on=_day("closed_on"), **who, zone=_zone())  # noqa: E731
    return _act(account_id, act, _card, "Страница закрыта. В реестре она осталась.")


def _act(account_id: int, service: Callable[..., Account], again: Callable[..., str], said: str) -> ResponseReturnValue:
    done = lambda account: see_other(_address(account.id), said)  # noqa: E731
    return run_edit(services.KIND, account_id, service, again, done)


def _with_given(service: Callable[..., Account]) -> Callable[..., Account]:
    """The service with what the form says: a day that cannot be read is refused like any other field."""
    return lambda *row, **who: service(*row, _given(), **who, zone=_zone(), without=text("without"))


def _given() -> Given:
    typed: dict[str, Any] = {name: text(name) for name in _TEXTS}
    typed |= {name: _day(name) for name in _DAYS}
    return Given(**typed, verified=is_set("verified"))


def _day(name: str) -> date | None:
    typed = text(name).strip()
    found = day_of(typed)
    if typed and found is None:
        raise MissingInput(name, NO_DAY)
    return found


def _list() -> dict[str, Any]:
    """The register as it stands, or on the evening of the day that the address asks for."""
    typed, today = request.args.get("on", "").strip(), local(current_now()).date()
    on = day_of(typed)
    past = on if on is not None and on < today else None
    rows = queries.register(datetime.combine(past + timedelta(days=1), time(), _zone()) if past else None)
    return {
        "rows": rows,
        "on": past,
        "typed": typed,
        "error": NO_DAY if typed and on is None else "",
        "today": today,
        "unentered": queries.unentered() if past is None else [],
    }


def _card(account_id: int, typed: Typed | None = None) -> str:
    row = _known(account_id)
    return render_template(
        "official/page.html",
        row=row,
        editions=queries.editions(account_id),
        form=Form({"closed_on": local(current_now()).date().isoformat()}, typed),
        may_keep=me().has(*KEEPERS),
        may_connect=me().has(Role.ADMIN),
        may_guard=me().has(*PRESS_CENTRE, Role.ADMIN),
        connection=queries.connection_of(account_id),
        look=profiles.latest(account_id),
        told=profiles.latest(account_id, told=True),
        seen=profiles.latest(account_id, told=False),
        picture=profiles.newest_photo(account_id),
        looks=profiles.looks(account_id),
    )


def _edit_page(account_id: int, typed: Typed | None = None) -> str:
    row = _known(account_id)
    stored = {name: str(getattr(row, name) or "") for name in (*_TEXTS, *_DAYS)}
    return _form(row, Form(stored | {"verified": "1" if row.verified else ""}, typed, always="url"))


def _new_page(form: Form) -> str:
    return _form(None, form)


def _form(row: queries.EntryRow | None, form: Form) -> str:
    return render_template(
        "official/form.html",
        row=row,
        form=form,
        states=[(str(state), PAGE_STATE_LABELS[state]) for state in PageState],
        units=[department.name for department in departments() if department.archived_at is None],
        edits=edits_of(services.KIND, row.account_id) if row else (),
    )


def _proposed() -> dict[str, str]:
    """What a new entry begins with: the office itself, and what is known of a page that is connected."""
    details, account_id = office(), asked_id("page")
    page = next((one for one in queries.unentered() if one.id == account_id), None)
    about = {"title": page.title, "url": page.url} if page else {}
    return {"body": details.name, "body_inn": details.inn, "state": PageState.ACTIVE, **about}


def _known(account_id: int) -> queries.EntryRow:
    row = queries.entry(account_id)
    if row is None:
        raise NotFound("Страница")
    return row


def _address(account_id: int) -> str:
    return url_for("accounts.show", account_id=account_id)


def _zone() -> Any:
    return current_app.extensions["osm_settings"].time_zone


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
