"""The page in VK as the contract sees it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from osm.connectors.contract import Cannot, Managing, Person, Report, Traits
from osm.connectors.faults import PASSING, CannotLook, NetworkError
from osm.connectors.vk.client import COMMUNITY, KEY_WORDS, SERVICE, USER, WAYS, WHERE_TO_GET, Client
from osm.connectors.vk.writing import Writing
from osm.connectors.ways import Act, Kind, Way, Ways
from osm.regulation.own_pages import Right, ToldProfile

# --- How a community of VK shows itself (groups.getById, groups_fields of the schema)
FIELDS = ("description", "site", "cover", "live_covers", "has_photo", "verified", "links", "status", "screen_name")


def told_by(client: Client) -> ToldProfile:
    """NetworkError where no key may ask."""
    answer = client.read("groups.getById", (COMMUNITY, USER, SERVICE), group_id=client.page.id, fields=FIELDS)
    group = _group(answer)
    links = [link.get("url") for link in group.get("links") or () if isinstance(link, Mapping)]
    return ToldProfile(
        title=str(group.get("name") or ""), url=_address(group),
        description="\n".join(str(group.get(field) or "") for field in ("description", "status")).strip(),
        avatar=_flag(group, "has_photo"), cover=_enabled(group.get("cover"), "enabled"),
        verified=_flag(group, "verified"), links=tuple(str(link) for link in [*links, group.get("site")] if link),
        widgets=_enabled(group.get("live_covers"), "is_enabled") or None,
    )  # fmt: skip


def _group(answer: Any) -> Mapping[str, Any]:
    groups = answer.get("groups") if isinstance(answer, Mapping) else answer
    return groups[0] if isinstance(groups, list) and groups and isinstance(groups[0], Mapping) else {}


def _address(group: Mapping[str, Any]) -> str:
    """Empty where the address of the community has no name."""
    name = str(group.get("screen_name") or "")
    return f"https://vk.com/{name}" if name else ""


def _flag(group: Mapping[str, Any], name: str) -> bool | None:
    return bool(group[name]) if name in group else None


def _enabled(part: Any, name: str) -> bool | None:
    return bool(part.get(name)) if isinstance(part, Mapping) else None


# --- Who manages a community: groups.getMembers has numbers and roles, users.get the names
RIGHTS = {
    "creator": Right.OWNER,
    "administrator": Right.ADMIN,
    "editor": Right.EDITOR,
    "moderator": Right.MODERATOR,
    "advertiser": Right.ADVERTISER,
}
"""VK's role → our right; a role that VK adds some day is another right."""
MOST = 1000
AT_ONCE = 200  # names that are asked for in one call


def managing(client: Client) -> Sequence[Managing]:
    """All managers, the strongest right first. CannotLook without the administrator's key; NetworkError."""
    if not client.keys.get(USER):
        raise CannotLook
    answer = client.read("groups.getMembers", (USER,), group_id=client.page.id, filter="managers", count=MOST)
    roles = dict(_roles(answer))
    names: dict[str, str] = {}
    numbers = sorted(roles, key=int)
    for start in range(0, len(numbers), AT_ONCE):
        found = client.read("users.get", (USER,), user_ids=",".join(numbers[start : start + AT_ONCE]))
        names |= dict(_names(found))
    order = list(Right)
    return sorted(
        (Managing(Person(one, names.get(one, ""), f"https://vk.com/id{one}"), right) for one, right in roles.items()),
        key=lambda one: (order.index(one.right), one.person.name),
    )


def _roles(answer: Any) -> Iterator[tuple[str, Right]]:
    items = answer.get("items") if isinstance(answer, Mapping) else None
    for one in items if isinstance(items, list) else ():
        if isinstance(one, Mapping) and isinstance(one.get("id"), int):
            yield str(one["id"]), RIGHTS.get(str(one.get("role") or ""), Right.OTHER)


def _names(answer: Any) -> Iterator[tuple[str, str]]:
    for one in answer if isinstance(answer, list) else ():
        if isinstance(one, Mapping) and isinstance(one.get("id"), int):
            yield str(one["id"]), f"{one.get('first_name', '')} {one.get('last_name', '')}".strip()


# --- One page of VK as the contract asks for it
_ACT_WORDS = {
    Act.READ: "читать новое",
    Act.REPLY: "отвечать",
    Act.EDIT: "исправлять ответ",
    Act.DELETE: "удалять",
    Act.RESTORE: "восстанавливать",
    Act.BAN: "блокировать",
    Act.UNBAN: "снимать блокировку",
    Act.POST: "публиковать записи",
    Act.LOOK_UP: "проверять, выполнено ли",
}


class VkConnector(Writing):
    """Reading, acting, and the check of the keys."""

    ways: ClassVar[Ways] = WAYS
    traits: ClassVar[Traits] = Traits(ends_bans=True, elsewhere=frozenset({Kind.COMMENT}))
    tells_all_posts = True

    def profile(self) -> ToldProfile:
        return told_by(self._client)

    def check(self) -> Report:
        """Each key is asked for what it is needed for; a key that VK refuses can do nothing."""
        title, url, whose, works, cannot = "", "", {}, set(), []
        for name in (COMMUNITY, USER, SERVICE):
            if not self._client.keys.get(name):
                continue
            try:
                found = self._try(name)
            except NetworkError as error:
                if error.fault in PASSING:
                    raise
                cannot.append(Cannot(KEY_WORDS[name], error.with_quote(WHERE_TO_GET[name])))
                continue
            works.add(name)
            title, whose[name] = found.get("title") or title, found.get("whose", "")
            url = found.get("url") or url
        can = tuple(act for act in _ACT_WORDS if works.intersection(_way(act).keys))
        missing = [act for act in _ACT_WORDS if act not in can]
        refused = {one.what: one.why for one in cannot}
        cannot += [
            Cannot(_ACT_WORDS[act], refused.get(KEY_WORDS[key]) or f"Нужен {KEY_WORDS[key]}. {WHERE_TO_GET[key]}")
            for act in missing
            for key in _way(act).keys[:1]
        ]
        return Report(title, can, tuple(cannot), whose, url=url)

    def confirmation(self) -> str:
        """What VK wants to be answered before it calls."""
        answer = self._client.read("groups.getCallbackConfirmationCode", (COMMUNITY,), group_id=self._client.page.id)
        return str(answer.get("code") or "") if isinstance(answer, Mapping) else ""

    def administrators(self) -> Sequence[Managing]:
        """Who manages the community, by the administrator's key."""
        return managing(self._client)

    def _try(self, name: str) -> Mapping[str, Any]:
        page = self._client.page.id
        if name == SERVICE:
            self._client.read("wall.get", (SERVICE,), owner_id=self._client.owner, count=1)
            return {}
        group = _group(self._client.read("groups.getById", (name,), group_id=page))
        title, url = str(group.get("name") or ""), _address(group)
        if name == COMMUNITY:
            self._client.read("groups.getLongPollServer", (COMMUNITY,), group_id=page)
            return {"title": title, "url": url, "whose": title}
        person = self._client.read("users.get", (USER,))
        self._client.read("groups.getBanned", (USER,), group_id=page, count=1)
        self._client.read("wall.get", (USER,), owner_id=self._client.owner, count=1)
        first = person[0] if isinstance(person, list) and person and isinstance(person[0], Mapping) else {}
        return {
            "title": title,
            "url": url,
            "whose": f"{first.get('first_name', '')} {first.get('last_name', '')}".strip(),
        }


def _way(act: Act) -> Way:
    """That of comments, which all keys are for; of a post its own."""
    return WAYS[Kind.POST if act is Act.POST else Kind.COMMENT, act]
