"""The page in Instagram as the contract sees it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from osm.connectors.contract import Cannot, Renewed, Report
from osm.connectors.faults import PASSING, Fault, NetworkError
from osm.connectors.instagram import events, writing
from osm.connectors.instagram.client import KEY_WORDS, TOKEN, WAYS, WHERE_TO_GET, Client
from osm.connectors.ways import FEW_KNOW, Act, Ways
from osm.regulation.official import ToldProfile

# --- How an account of Instagram shows itself (GET /me)
FIELDS = "username,name,biography,website,profile_picture_url"


def told_by(client: Client) -> ToldProfile:
    """There are no covers; the network does not say whether the page is marked. Raises NetworkError."""
    who = client.read("me", fields=FIELDS)
    name = str(who.get("username") or "")
    return ToldProfile(
        title=str(who.get("name") or name),
        url=events.profile_url(name) if name else "",
        description=str(who.get("biography") or ""),
        avatar=bool(who.get("profile_picture_url")),
        links=tuple(filter(None, [str(who.get("website") or "")])),
    )


# --- One page of Instagram as the contract asks for it
_BY_HAND = {
    Act.EDIT: "Instagram не исправляет комментарии: удалите ответ и напишите новый.",
    Act.RESTORE: "Instagram не возвращает удалённое.",
    Act.BAN: "Instagram не даёт блокировать через программу: только на сайте.",
    Act.POST: "Записи в Instagram размещают руками.",
    Act.UNBAN: "Instagram снимает блокировку только на сайте.",
}
"""Acts that the program does on no page, and why."""


class InstagramConnector(writing.Writing):
    """Reading, acting, and the check of the key."""

    ways: Ways = WAYS

    def profile(self) -> ToldProfile:
        return told_by(self._client)

    def renew(self) -> Renewed:
        """A long-lived key is given again for sixty days."""
        key, seconds = self._client.renewed()
        self._client.page = replace(self._client.page, keys={**self._client.page.keys, TOKEN: key})
        return Renewed({TOKEN: key}, datetime.now(UTC) + timedelta(seconds=seconds))

    def check(self) -> Report:
        """Who owns the key and whether it opens this page; its first use shows whether it may write."""
        by_hand = tuple(Cannot(act, why) for act, why in _BY_HAND.items())
        try:
            who = self._client.read("me", fields="user_id,id,username,name")
            if self._client.page.id not in (str(who.get("user_id")), str(who.get("id"))):
                raise NetworkError("Это ключ другой страницы.", Fault.RIGHTS)
            self._client.read(f"{self._client.page.id}/media", fields="id", limit=1)
        except NetworkError as error:
            if error.fault in PASSING:
                raise
            refusal = error.with_quote(WHERE_TO_GET[TOKEN])
            refused = tuple(Cannot(act, refusal) for act in Act if act not in _BY_HAND and act not in FEW_KNOW)
            return Report("", (), (Cannot(KEY_WORDS[TOKEN], refusal), *refused, *by_hand))
        name = str(who.get("username") or "")
        can = tuple(act for act in Act if act not in _BY_HAND)
        return Report(str(who.get("name") or name), can, by_hand, whose={TOKEN: name}, url=events.profile_url(name))
