"""Settings of what is seen from outside: the public part, who may frame it, how often it is asked; where events go."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from osm.base.supervised import SettingsError

from .declared import given

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """`url`: scheme and host at which strangers open the public part; empty: not known."""

    url: str = ""
    links: str = ""  # the same, only where OSM_PUBLIC_URL says so: strangers get one-time links there
    frames: tuple[str, ...] = ()
    """Origins of the sites that may show the register in a frame; empty: the office's own site alone."""
    show_forbidden: bool = False
    """Whether pages in networks that are forbidden in Russia are shown, with the note that the law wants."""
    per_second: int = 60  # requests to the public part that one web process answers in a second


def load_site(environ: Mapping[str, str], show_forbidden: bool, per_second: int) -> SiteSettings:
    """SettingsError names the setting and what to write."""
    return SiteSettings(
        links=_origin(environ, "OSM_PUBLIC_URL"),
        url=_origin(environ, "OSM_PUBLIC_URL") or _origin(environ, "OSM_BASE_URL", strictly=False),
        frames=_origins(environ, "OSM_SITE_ORIGINS"),
        show_forbidden=show_forbidden,
        per_second=per_second,
    )


def load_hosts(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The hosts of webhooks. Raises SettingsError."""
    hosts = given(environ, "OSM_WEBHOOK_HOSTS").lower().replace(",", " ").split()
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise SettingsError(f"OSM_WEBHOOK_HOSTS: «{host}» не имя узла. Через запятую, например im.example.ru.")
    return tuple(dict.fromkeys(hosts))


def origin_of(address: str) -> str:
    """«https://xn--….xn--p1ai:8443» of an address, as a browser names it; empty where it is none."""
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # UnicodeError is one
        return ""
    return f"{parts.scheme}://{host}{port}" if parts.scheme in ("http", "https") and _HOST.fullmatch(host) else ""


def _origin(environ: Mapping[str, str], name: str, *, strictly: bool = True) -> str:
    address = given(environ, name).rstrip("/")
    found = origin_of(address)
    if address and strictly and (not found or urlsplit(address).path or urlsplit(address).query):
        raise SettingsError(f"{name} = «{address}»: нужны схема и узел, например https://osm.example.ru.")
    return found


def _origins(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    found = []
    for address in given(environ, name).replace(",", " ").split():
        origin = origin_of(address)
        if not origin or urlsplit(address).path.strip("/") or urlsplit(address).query:
            raise SettingsError(f"{name}: «{address}» не адрес сайта. Нужно, например, https://priozerny.example.")
        found.append(origin)
    return tuple(dict.fromkeys(found))
