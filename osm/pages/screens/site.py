"""The public register without login: pages, JSON, open data and a feed."""

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from threading import Lock

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from osm.base.application import Memory, current_now, current_settings
from osm.base.supervised import Shared, shared
from osm.documents import public_register as places
from osm.pages.acts.profile import SiteFile, public_register, site_files
from osm.pages.queries import Stamp, last_change, stamp
from osm.people.queries.people import office
from osm.settings import Settings
from osm.settings.environment import origin_of
from osm.shell.access import public
from osm.shell.turns import SHARE, Limit, network_of

blueprint = Blueprint("site", __name__, url_prefix="/public")

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


@blueprint.get("/accounts")
@public
def accounts() -> ResponseReturnValue:
    return file(places.PAGE)


@blueprint.get("/accounts/embed")
@public
def embed() -> ResponseReturnValue:
    return file(places.EMBED)


@blueprint.get("/<path:name>")
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
