"""The page in Одноклассники as the contract sees it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from osm.connectors.contract import Cannot, Report, Traits
from osm.connectors.faults import PASSING, Fault, NetworkError
from osm.connectors.ok.client import BOT, KEY_WORDS, TOKEN, WAYS, WHERE_TO_GET, Client
from osm.connectors.ok.events import objects
from osm.connectors.ok.writing import Writing
from osm.connectors.ways import FEW_KNOW, Act, Kind, Ways
from osm.regulation.own_pages import ToldProfile

# --- How a group of OK shows itself (group.getInfo)
FIELDS = ("uid", "name", "description", "shortname", "photo_id", "homepage_url")


def address_of(group: Mapping[str, Any]) -> str:
    """Empty where the address of the group has no name."""
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


# --- One page of OK as the contract asks for it
_BY_HAND = {
    Act.RESTORE: "Одноклассники не возвращают удалённое.",
    Act.BAN: "Одноклассники блокируют через программу только вместе с удалением комментария.",
    Act.UNBAN: "Одноклассники снимают блокировку только на сайте.",
}
"""Acts that the program does in no group, and why."""


class OkConnector(Writing):
    """Reading, acting, and the check of the keys."""

    ways: ClassVar[Ways] = WAYS
    traits: ClassVar[Traits] = Traits()
    tells_all_posts = False  # the list of posts comes with their statistics, which may be late

    def profile(self) -> ToldProfile:
        return told_by(self._client)

    def check(self) -> Report:
        """Each key is asked for what it is needed for; whether OK lets it write is seen when it first does."""
        title, url, whose, cannot = "", "", {}, []
        works: set[str] = set()
        for name, ask in ((TOKEN, self._administrator), (BOT, self._bot)):
            if not self._client.has(name):
                continue
            try:
                group, address, whose[name] = ask()
            except NetworkError as error:
                if error.fault in PASSING:
                    raise
                cannot.append(Cannot(KEY_WORDS[name], error.with_quote(WHERE_TO_GET[name])))
                continue
            works.add(name)
            title, url = title or group, url or address
        can = tuple(
            act for act in Act if any(works.intersection(way.keys) for (_, one), way in WAYS.items() if one is act)
        )
        refused = {one.what: one.why for one in cannot}
        cannot += [Cannot(act, why) for act, why in _BY_HAND.items()]
        cannot += [
            Cannot(act, refused.get(KEY_WORDS[key]) or f"Нужен {KEY_WORDS[key]}. {WHERE_TO_GET[key]}")
            for act in Act
            if act not in can and act not in _BY_HAND and act not in FEW_KNOW
            for key in WAYS[Kind.POST if act is Act.POST else Kind.COMMENT, act].keys
        ]
        return Report(title, can, tuple(cannot), whose, url=url)

    def _administrator(self) -> tuple[str, str, str]:
        """The group, its address if it has a name, the owner of the key. Raises NetworkError."""
        page = self._client.page.id
        groups = objects(self._client.read("group.getInfo", uids=page, fields=("uid", "name", "shortname")), "groups")
        if not groups:
            raise NetworkError("Одноклассники не знают такой группы: проверьте её номер.", Fault.PERMANENT)
        person = self._client.read("users.getCurrentUser")
        self._client.read("discussions.getList", category="GROUP", count=1)
        return str(groups[0].get("name") or ""), address_of(groups[0]), _name(person)

    def _bot(self) -> tuple[str, str, str]:
        """The same for the group with these conversations. Raises NetworkError."""
        answer = self._client.read_messages("me/info")
        found = answer if isinstance(answer, Mapping) else {}
        group = str(found.get("group_id") or "").removeprefix("group:")
        if group not in ("", self._client.page.id):
            raise NetworkError("Это ключ другой группы.", Fault.RIGHTS)
        name = str(found.get("name") or "")
        return name, "", name


def _name(person: Any) -> str:
    if not isinstance(person, Mapping):
        return ""
    return str(person.get("name") or f"{person.get('first_name', '')} {person.get('last_name', '')}").strip()
