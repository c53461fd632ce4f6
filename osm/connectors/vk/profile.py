"""How a community of VK shows itself (groups.getById, groups_fields of the schema)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from osm.connectors.vk.capabilities import COMMUNITY, SERVICE, USER
from osm.connectors.vk.client import Client
from osm.regulation.official.profile import ToldProfile

FIELDS = ("description", "site", "cover", "live_covers", "has_photo", "verified", "links", "status", "screen_name")


def told_by(client: Client) -> ToldProfile:
    """NetworkError where no key may ask."""
    answer = client.read("groups.getById", (COMMUNITY, USER, SERVICE), group_id=client.page.id, fields=FIELDS)
    groups = answer.get("groups") if isinstance(answer, Mapping) else answer
    group = groups[0] if isinstance(groups, list) and groups and isinstance(groups[0], Mapping) else {}
    links = [link.get("url") for link in group.get("links") or () if isinstance(link, Mapping)]
    name = str(group.get("screen_name") or "")
    return ToldProfile(
        title=str(group.get("name") or ""),
        url=f"https://vk.com/{name}" if name else "",
        description="\n".join(str(group.get(field) or "") for field in ("description", "status")).strip(),
        avatar=_flag(group, "has_photo"),
        cover=_enabled(group.get("cover"), "enabled"),
        verified=_flag(group, "verified"),
        links=tuple(str(link) for link in [*links, group.get("site")] if link),
        widgets=_enabled(group.get("live_covers"), "is_enabled") or None,
    )


def _flag(group: Mapping[str, Any], name: str) -> bool | None:
    return bool(group[name]) if name in group else None


def _enabled(part: Any, name: str) -> bool | None:
    return bool(part.get(name)) if isinstance(part, Mapping) else None
