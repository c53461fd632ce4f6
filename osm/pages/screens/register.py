"""«Реестр страниц»: the list now or on a past day, entering and closing pages, «Оформление»; the public register."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import Memory, current_now, current_settings, local_zone
from osm.base.errors import NotFound, must_exist
from osm.base.supervised import Shared, shared
from osm.base.types import Span
from osm.documents import public_register as places
from osm.files.views import Stored, add_stored, uploads
from osm.log.queries.history import edits_of
from osm.models import Account, AccountEdition
from osm.pages import queries
from osm.pages.acts import profile, register
from osm.pages.acts.profile import SiteFile, public_register, site_files
from osm.pages.acts.register import say_whole as say
from osm.pages.queries import Stamp, last_change, stamp
from osm.people.acts.office import KIND
from osm.people.queries import handovers, people
from osm.people.queries.people import office
from osm.regulation.own_pages import ITEM_HINTS, PageState, ProfileItem, Seen
from osm.regulation.words import PRESS_CENTRE, Role
from osm.settings import Settings
from osm.settings.environment import origin_of
from osm.shell import filters, requests
from osm.shell.access import Screens, me, public
from osm.shell.form_values import Form, Typed, asked_id, is_set, seen_version, text
from osm.shell.run_act import EDIT_REFUSED, PageActs, run_act
from osm.shell.turns import SHARE, Limit, network_of

# --- The public register without login: pages, JSON, open data and a feed
site_blueprint = Blueprint("site", __name__, url_prefix="/public")

ADDRESSES = {places.PAGE: "/public/accounts", places.EMBED: "/public/accounts/embed"}  # files with fixed addresses
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
_KEPT = {places.STYLE: "public, max-age=3600"}
_ALWAYS_ASKED = "public, max-age=0, must-revalidate"
"""The register must be current (Пр.1.3): browsers always ask, usually answered by 304."""


@dataclass(frozen=True, slots=True)
class Made:
    stamp: Stamp
    files: dict[str, SiteFile]
    tags: dict[str, str]
    changed: datetime | None  # the first whole second at which all of it was true
    site: str


class Site:
    """The files, cached; one thread makes them again when the tables have changed."""

    def __init__(self, settings: Settings, memory: Shared | None = None) -> None:
        self._settings = settings
        self._lock = Lock()
        self._made: Made | None = None
        self._addresses = Limit(settings.site.per_second * SHARE, memory, "site_addresses")
        self._pages = Limit(settings.site.per_second, memory, "site_pages")

    def allows(self, address: str, name: str, now: float) -> bool:
        """Whether this address may request the file now. Each address has its limit, counted for each file."""
        known = name if self._made is None or name in self._made.files else ""
        return self._addresses.allows(network_of(address), now) and self._pages.allows(known, now)

    def now(self) -> Made:
        today = current_now().astimezone(self._settings.time_zone).date()
        found = stamp(today)
        with self._lock:
            if self._made is None or self._made.stamp != found:
                self._made = self._make(found, today)
            return self._made

    def _make(self, found: Stamp, today: date) -> Made:
        site, zone = self._settings.site, self._settings.time_zone
        register = public_register(zone, today, show_forbidden=site.show_forbidden)
        files = site_files(register, places.Places(site.url, "/public/", ADDRESSES))
        tags = {name: hashlib.sha256(file.content).hexdigest()[:32] for name, file in files.items()}
        return Made(found, files, tags, _whole_second(last_change(today, zone)), register.site)


SITE = Memory(lambda of: Site(of.settings, shared()))


@site_blueprint.get("/accounts")
@public
def accounts() -> ResponseReturnValue:
    return file(places.PAGE)


@site_blueprint.get("/accounts/embed")
@public
def embed() -> ResponseReturnValue:
    return file(places.EMBED)


@site_blueprint.get("/<path:name>")
@public
def file(name: str) -> Response:
    site = SITE.get()
    if not site.allows(request.remote_addr or "", name, time.monotonic()):
        busy = Response("Слишком много запросов. Попробуйте через секунду.\n", 429, mimetype="text/plain")
        busy.headers.update({"Retry-After": "1", "Cache-Control": "no-store"})
        return busy
    made = site.now()
    if name not in made.files:
        return Response("Такого файла нет. Реестр: /public/accounts\n", 404, mimetype="text/plain")
    answer = Response(made.files[name].content, content_type=made.files[name].content_type)
    answer.set_etag(made.tags[name])
    if made.changed:
        # Not in the future: a change within the current second is not over yet.
        answer.last_modified = min(made.changed, current_now().replace(microsecond=0))
    answer.headers["Cache-Control"] = _KEPT.get(name, _ALWAYS_ASKED)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    # Only the page made for framing may be framed, and only by these sites.
    origins = _origins(made.site)
    framed = name == places.EMBED and bool(origins)
    answer.headers["Content-Security-Policy"] = _POLICY + (" ".join(origins) if framed else "'none'")
    answer.make_conditional(request)
    return answer


@dataclass(frozen=True, slots=True)
class OnSite:
    """Values for putting the register on the office's site."""

    inn: str
    origins: tuple[str, ...]
    code: str


def on_site() -> OnSite:
    """The HTML of the frame, and the sites that may show it."""
    details, settings = office(), current_settings()
    address = (settings.site.url or request.url_root.rstrip("/")) + ADDRESSES[places.EMBED]
    title = "Официальные страницы в социальных сетях"
    code = f'<iframe src="{address}" title="{title}" width="100%" height="800" loading="lazy"></iframe>'
    return OnSite(details.inn, _origins(details.site), code)


def _origins(site: str) -> tuple[str, ...]:
    """Sites that may frame it: from the setting, otherwise the office's site."""
    settings = current_settings()
    return settings.site.frames or tuple(filter(None, [origin_of(site)]))


def _whole_second(instant: datetime | None) -> datetime | None:
    if instant is None:
        return None
    whole = instant.astimezone(UTC).replace(microsecond=0)
    return whole if whole == instant else whole + timedelta(seconds=1)


# --- «Реестр страниц»
register_blueprint = Screens("accounts", __name__, url_prefix="/accounts")

READERS = (*PRESS_CENTRE, Role.HEAD, Role.ADMIN)
KEEPERS = (Role.CURATOR, Role.ADMIN)
_TEXTS = ("url", "title", "body", "body_inn", "state", "unit", "email", "phone", "act", "act_number")
_DAYS = ("state_on", "opened_on", "act_on", "verified_on")


@register_blueprint.get("", *READERS)
def index(typed: Typed | None = None) -> str:
    return render_template(
        "official/index.html", **_list(), may_keep=me().has(*KEEPERS), may_say=me().has(Role.ADMIN), on_site=on_site(),
        settings=handovers.office_settings(), form=Form({}, typed),
    )  # fmt: skip


@register_blueprint.get("/print", *READERS)
def printed() -> ResponseReturnValue:
    return render_template("official/print.html", **_list(), office=people.office())


@register_blueprint.get("/new", *KEEPERS)
def new() -> ResponseReturnValue:
    return _form(None, Form(_proposed()))


@register_blueprint.post("", *KEEPERS)
def enter() -> ResponseReturnValue:
    return run_act(
        _with_given(register.enter_page),
        lambda typed: _form(None, Form({}, typed)),
        lambda account: requests.see_other(
            url_for("accounts.show", account_id=account.id), "Страница внесена в реестр."
        ),
        refused=EDIT_REFUSED,
    )


@register_blueprint.post("/whole", Role.ADMIN)
def say_whole() -> ResponseReturnValue:
    whole = text("whole") == "1"
    notice = "Подтверждено: официальный сайт говорит, что других страниц нет." if whole else "Подтверждение снято."
    act = lambda _id, version, **who: say(version, whole=whole, **who)  # noqa: E731
    return PageActs(blueprint=register_blueprint, page=index, kind=KIND).run(handovers.SETTINGS_ID, act, notice)


def _with_given(service: Callable[..., Account]) -> Callable[..., Account]:
    """Call the service with the form, so that an unreadable day is an error of its field."""
    return lambda *row, **who: service(*row, _given(), **who, zone=local_zone(), without=text("without"))


def _given() -> register.Given:
    typed: dict[str, Any] = {name: text(name) for name in _TEXTS}
    typed |= {name: filters.day_given(name) for name in _DAYS}
    return register.Given(**typed, verified=is_set("verified"))


def _list() -> dict[str, Any]:
    """The register now, or at the end of the day in the address."""
    typed, today = request.args.get("on", "").strip(), filters.local(current_now()).date()
    on = filters.day_of(typed)
    past = on if on is not None and on < today else None
    rows = queries.register(Span(past, past, local_zone()).end if past else None)
    return {
        "rows": rows,
        "on": past,
        "typed": typed,
        "error": filters.NO_DAY if typed and on is None else "",
        "today": today,
        "unentered": queries.unentered() if past is None else [],
    }


@register_blueprint.get("/<int:account_id>", *READERS)
def show(account_id: int, typed: Typed | None = None) -> str:
    row = _known(account_id)
    return render_template(
        "official/page.html", row=row, editions=queries.editions(account_id),
        form=Form({"closed_on": filters.local(current_now()).date().isoformat()}, typed), may_keep=me().has(*KEEPERS),
        may_connect=me().has(Role.ADMIN), may_guard=me().has(*PRESS_CENTRE, Role.ADMIN),
        connection=queries.connection_of(account_id), look=queries.latest(account_id),
        told=queries.latest(account_id, told=True), seen=queries.latest(account_id, told=False),
        picture=queries.newest_photo(account_id), looks=queries.looks(account_id),
    )  # fmt: skip


@register_blueprint.get("/<int:account_id>/edit", *KEEPERS)
def edit(account_id: int, typed: Typed | None = None) -> str:
    row = _known(account_id)
    stored = {name: str(getattr(row, name) or "") for name in (*_TEXTS, *_DAYS)}
    return _form(row, Form(stored | {"verified": "1" if row.verified else ""}, typed, always="url"))


_ROW = "/<int:account_id>"
CLOSING = PageActs(blueprint=register_blueprint, rule=_ROW, page=show, kind=register.KIND)
CLOSING.post(
    "/close", register.close_page, "Страница закрыта. В реестре она осталась.", *KEEPERS,
    closed_on=filters.day_given, zone=lambda _: local_zone(),
)  # fmt: skip
EDITING = PageActs(blueprint=register_blueprint, rule=_ROW, page=edit, kind=register.KIND)
EDITING.post(
    "", register.edit_page, "Сохранено.", *KEEPERS, endpoint="register_save",
    given=lambda _: _given(), is_correction=is_set, zone=lambda _: local_zone(), without=text,
)  # fmt: skip


def _form(row: AccountEdition | None, form: Form) -> str:
    return render_template(
        "official/form.html",
        row=row,
        form=form,
        states=[(str(state), state.label) for state in PageState],
        units=[department.name for department in people.departments() if department.archived_at is None],
        edits=edits_of(register.KIND, row.account_id) if row else (),
    )


def _proposed() -> dict[str, str]:
    """First values of a new entry: the office, and what is known of a connected page."""
    details, account_id = people.office(), asked_id("page")
    page = next((one for one in queries.unentered() if one.id == account_id), None)
    about = {"title": page.name, "url": page.url} if page else {}
    return {"body": details.name, "body_inn": details.inn, "state": PageState.ACTIVE, **about}


def _known(account_id: int) -> AccountEdition:
    return must_exist(queries.entry(account_id), "Страница")


# --- «Оформление» (Пр.2.4)
profile_blueprint = Screens("profiles", __name__, url_prefix="/accounts")

CHOICES = ((Seen.YES, "есть"), (Seen.NO, "нет"), (Seen.UNKNOWN, "не проверено"))


@profile_blueprint.post("/<int:account_id>/profile", *KEEPERS)
def profile_save(account_id: int) -> ResponseReturnValue:
    marks = {item: text(item) for item in ProfileItem}
    look = partial(profile.note_look, account_id, marks, note=text("note"), photos=uploads("files"))
    return _run(account_id, look, "Записано.")


@profile_blueprint.post("/<int:account_id>/profile/ask", *KEEPERS)
def ask(account_id: int) -> ResponseReturnValue:
    return _run(account_id, partial(profile.ask_network, account_id), "Соцсеть ответила.")


@profile_blueprint.post("/<int:account_id>/profile/take", *KEEPERS)
def take(account_id: int) -> ResponseReturnValue:
    act = partial(profile.take_over, account_id, seen_version(), zone=local_zone())
    return _run(account_id, act, "В реестре теперь то же, что в соцсети.")


def _photo(check_id: int) -> Stored:
    row = must_exist(queries.photo_of(check_id), "Файл")
    return row.photo_sha256, row.photo_type, row.photo_name


add_stored(profile_blueprint, "/profile-photos/<int:check_id>", *READERS, found=_photo, what="Файл", whole="photo")


def _run(account_id: int, act: Callable[..., Any], notice: str) -> ResponseReturnValue:
    here = url_for("accounts.show", account_id=account_id)
    return run_act(act, partial(form, account_id), lambda _: requests.see_other(here, notice), refused=EDIT_REFUSED)


@profile_blueprint.get("/<int:account_id>/profile", *KEEPERS)
def form(account_id: int, typed: Typed | None = None) -> str:
    row, last = queries.entry(account_id), queries.latest(account_id)
    if row is None:
        raise NotFound("Страница")
    stored = {str(item): str(last.seen.get(item, Seen.UNKNOWN) if last else Seen.UNKNOWN) for item in ProfileItem}
    return render_template(
        "official/profile.html", row=row, form=Form(stored | {"note": ""}, typed, always="note"),
        items=[(str(item), item.label, ITEM_HINTS[item]) for item in ProfileItem],
        choices=[(str(value), words) for value, words in CHOICES], connection=queries.connection_of(account_id),
    )  # fmt: skip
