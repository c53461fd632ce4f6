"""How an account of Instagram shows itself (GET /me)."""

from __future__ import annotations

from osm.connectors.instagram.client import Client
from osm.connectors.instagram.events import profile_url
from osm.regulation.official.profile import ToldProfile

FIELDS = "username,name,biography,website,profile_picture_url"


def told_by(client: Client) -> ToldProfile:
    """There are no covers; the mark is not told. NetworkError."""
    who = client.read("me", fields=FIELDS)
    name = str(who.get("username") or "")
    return ToldProfile(
        title=str(who.get("name") or name),
        url=profile_url(name) if name else "",
        description=str(who.get("biography") or ""),
        avatar=bool(who.get("profile_picture_url")),
        links=tuple(filter(None, [str(who.get("website") or "")])),
    )
