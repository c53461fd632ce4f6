"""How a group of OK shows itself (group.getInfo)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from osm.connectors.faults import Fault, NetworkError
from osm.connectors.ok.client import Client
from osm.connectors.ok.events import objects
from osm.regulation.official.profile import ToldProfile

FIELDS = ("uid", "name", "description", "shortname", "photo_id", "homepage_url")


def address_of(group: Mapping[str, Any]) -> str:
    """Empty where the group has no name of its own in its address."""
    name = str(group.get("shortname") or "")
    return f"https://ok.ru/{name}" if name else ""


def told_by(client: Client) -> ToldProfile:
    """Covers and widgets OK does not tell of. NetworkError."""
    groups = objects(client.read("group.getInfo", uids=client.page.id, fields=FIELDS), "groups")
    if not groups:
        raise NetworkError("Одноклассники не знают такой группы: проверьте её номер.", Fault.PERMANENT)
    group = groups[0]
    return ToldProfile(
        title=str(group.get("name") or ""),
        url=address_of(group),
        description=str(group.get("description") or ""),
        avatar=bool(group["photo_id"]) if "photo_id" in group else None,
        links=tuple(filter(None, [str(group.get("homepage_url") or "")])),
    )
