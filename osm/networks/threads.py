"""Which comment of which page an address leads to, as far as the address itself says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from osm.networks.addresses import canonical_url, network_of_url
from osm.numbers import is_number

_VK = re.compile(r"/(?P<kind>wall|topic|photo|video)(?P<owner>-?[0-9]+)_(?P<place>[0-9]+)")
_VK_KINDS = {"wall": ("comment", "reply"), "topic": ("discussion", "post"), "photo": ("photo_comment", "reply"),
             "video": ("video_comment", "reply")}  # fmt: skip
"""Part of the path → the kind of comment, and the parameter that names it."""
_OK = re.compile(r"/(?:group/(?P<page>[0-9]+)|(?P<name>[\w.-]+))/(?P<kind>topic|album/photo)/(?P<place>[0-9]+)")
_OK_KINDS = {"topic": "comment", "album/photo": "photo_comment"}
_INSTAGRAM = re.compile(r"(?:/[\w.]+)?/(?:p|reel|tv)/(?P<post>[\w-]+)(?:/c/(?P<top>[0-9]+)(?:/r/(?P<reply>[0-9]+))?)?")
_OK_NAMES = ("comment", "commentid", "reply", "st.cmt")


@dataclass(frozen=True, slots=True)
class At:
    """One comment. `page`: the community, its number without a sign or the name that its address has; `owner`: whose
    wall it is, with the network's own.
    """

    network: str
    page: str
    kind: str
    place: str
    id: str
    owner: str = ""
    thread: str = ""
    """The comment at the top of its thread; empty where the address does not say it."""

    @property
    def target(self) -> dict[str, str]:
        """As connectors and the outbox name it (`osm.connectors.contract.Target`)."""
        told = {"kind": self.kind, "id": self.id, "place": self.place, "owner": self.owner, "thread": self.thread}
        return {name: value for name, value in told.items() if value or name in ("kind", "id")}


@lru_cache(maxsize=1024)
def comment_at(url: str) -> At | None:
    """None where the address names no comment under something that a community has published.

    Kept, because an import asks for each link seven times.
    """
    try:
        network, parts = network_of_url(url), urlsplit(canonical_url(url))
    except ValueError:
        return None
    query = dict(parse_qsl(parts.query))
    if network == "vk" and (found := _VK.match(parts.path)):
        kind, names = _VK_KINDS[found["kind"]]
        number, owner = query.get(names, ""), found["owner"]
        if not is_number(number) or not owner.startswith("-"):
            return None
        thread = query.get("thread", "") if query.get("thread") != number else ""
        return At("vk", owner[1:], kind, found["place"], number, owner, thread)
    if network == "ok" and (found := _OK.match(parts.path)):
        number = next((query[name] for name in _OK_NAMES if query.get(name)), "")
        page = found["page"] or found["name"].lower()
        return At("ok", page, _OK_KINDS[found["kind"]], found["place"], number) if number else None
    return None


def instagram_comment(url: str) -> tuple[str, str] | None:
    """The post and the comment that an address names. The post is named by a code of addresses alone, not by the number
    that programs know it by: which one that is, only what was heard there tells.
    """
    try:
        network, parts = network_of_url(url), urlsplit(canonical_url(url))
    except ValueError:
        return None
    found = _INSTAGRAM.fullmatch(parts.path) if network == "instagram" else None
    if found is None:
        return None
    number = found["reply"] or found["top"] or dict(parse_qsl(parts.query)).get("comment_id", "")
    return (found["post"], number) if is_number(number) else None
