"""Instagram: a professional account by the API of Meta. `InstagramConnector` is what others use."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from osm.connectors import hearing, transport
from osm.connectors.contract import (
    Act,
    Cannot,
    Kind,
    Page,
    Picture,
    Placed,
    Renewed,
    Report,
    Target,
    Traits,
    WaitTurn,
    Ways,
    Written,
)
from osm.connectors.instagram import client
from osm.connectors.transport import TOO_DEEP, CannotLook, Fault, NetworkError, Transport, objects, readable
from osm.regulation.own_pages import ToldProfile

_ABOUT = "id,text,timestamp,username,from,parent_id"
_FIELDS = f"{_ABOUT},replies.limit({client.COMMENTS_AT_ONCE}){{{_ABOUT}}}"
_NO_PHOTO = "К ответу в Instagram фото не прикладывают: дайте ссылку."
_TOO_LONG = f"Instagram принимает ответ не длиннее {client.LONGEST_COMMENT} знаков: сократите его."
FIELDS = "username,name,biography,website,profile_picture_url"
_BY_HAND = (
    Cannot(Act.EDIT, "Instagram не исправляет комментарии: удалите ответ и напишите новый."),
    Cannot(Act.RESTORE, "Instagram не возвращает удалённое."),
    Cannot(Act.BAN, "Instagram не даёт блокировать через программу: только на сайте."),
    Cannot(Act.POST, "Записи в Instagram размещают руками."),
    Cannot(Act.UNBAN, "Instagram снимает блокировку только на сайте."),
)  # what the program does on no page


class InstagramConnector(hearing.Looking[client.Client], transport.ByHand):
    ways: ClassVar[Ways] = client.WAYS
    keys = (client.TOKEN,)
    most_pages = client.PAGES_OF_COMMENTS
    traits: ClassVar[Traits] = Traits()
    by_hand = "Instagram не даёт делать это через программу: выполните на сайте."

    def __init__(self, page: Page, wait_turn: WaitTurn, transport: Transport | None = None) -> None:
        self._client = client.Client(page, wait_turn, transport)
        self.reader = client.Reader(page.id)

    def received(self, updates: Sequence[Mapping[str, Any]]) -> list[Written]:
        """The present state of what calls reported: a call has no time and no address."""
        found: list[Written] = []
        for update in updates:
            value = client.inside(update, "value") if update.get("field") == "comments" else {}
            try:
                target = Target(
                    Kind.COMMENT, client.number(value.get("id")), client.number(client.inside(value, "media").get("id"))
                )
                written = self.now(target)
            except ValueError:
                continue
            except NetworkError as error:
                if error.fault is not Fault.PERMANENT:
                    raise
                continue
            found += [written] if written else []
        return found

    def now(self, target: Target) -> Written | None:
        """Its present state."""
        self._check_sees()
        try:
            raw = self._client.read(target.id, fields=f"{_ABOUT},media{{id,permalink,caption}}")
        except NetworkError as error:
            if client.is_gone(error):
                return None
            raise
        media = client.inside(raw, "media")
        place, title = str(media.get("id") or target.place), hearing.titled(media.get("caption"))
        return readable(self.reader.comment, raw, place, client.permalink_of(media), title)

    def permalink(self, media: str) -> str:
        """Where a browser opens a post. CannotLook."""
        self._check_sees()
        return client.permalink_of(self._client.read(media, fields="permalink"))

    def own_under(self, top: str, media: str, permalink: str) -> Iterator[Written]:
        """What the page itself has answered to this comment at the top of a thread."""
        for answer, is_last in self._pages(f"{top}/replies", _ABOUT):
            raws = objects(answer, "data")
            found = (readable(self.reader.comment, raw, media, permalink, top=top) for raw in raws)
            yield from (one for one in found if one and one.is_own)
            if is_last:
                return
        raise CannotLook(TOO_DEEP)

    def _places(self) -> list[hearing.Place]:
        answer = self._client.read(
            f"{self._client.page.id}/media", fields="id,caption,permalink,timestamp,comments_count", limit=client.MEDIA
        )
        return [one for raw in objects(answer, "data") if (one := readable(_place, raw))]

    def _newest(self, place: hearing.Place, floor: int, pages: int) -> tuple[list[Written], bool] | None:
        """All comments there, without regard to `floor`: a new one may answer an old one."""
        return super()._newest(place, 0, pages)

    def _pages_of(self, place: hearing.Place, pages: int) -> Iterator[tuple[list[Written], bool]]:
        for answer, is_last in self._pages(f"{place.id}/comments", _FIELDS, pages):
            yield self.reader.comments(answer, place.id, place.url, place.title), is_last

    def _pages(
        self, path: str, fields: str, pages: int = client.PAGES_OF_COMMENTS
    ) -> Iterator[tuple[Mapping[str, Any], bool]]:
        after: str | None = None
        for _ in range(pages):
            answer = self._client.read(path, fields=fields, limit=client.COMMENTS_AT_ONCE, after=after)
            paging = client.inside(answer, "paging")
            further = client.inside(paging, "cursors").get("after")
            is_last = not paging.get("next") or not isinstance(further, str) or further == after
            yield answer, is_last
            if is_last:
                return
            after = further

    def reply(self, target: Target, text: str, pictures: Sequence[Picture], key: str) -> Placed:
        """Answer in its thread. Instagram knows no keys of answers: a second try looks first."""
        self._client.way(client.WAYS, target.kind, Act.REPLY)
        if pictures:
            raise NetworkError(_NO_PHOTO, Fault.PERSON)
        if len(text) > client.LONGEST_COMMENT:
            raise NetworkError(_TOO_LONG, Fault.PERSON)
        permalink = self.permalink(target.place)
        answer = self._client.do("POST", f"{_top(target)}/replies", Act.REPLY, message=text)
        try:
            placed = client.number(answer["id"])
        except (KeyError, TypeError, ValueError):
            raise NetworkError("Instagram ответил непонятно.", Fault.TEMPORARY, unclear=True) from None
        return Placed(self._own(target, placed), client.comment_url(permalink, placed))

    def find_reply(self, target: Target, text: str, known: Collection[str]) -> Placed | None:
        """Our answer of this text in its thread: Instagram does not say which comment of it is answered. All answers of
        a thread are in one list: those to two of its comments differ by `known` alone."""
        own = self.own_under(_top(target), target.place, self.permalink(target.place))
        same = (one for one in own if hearing.same_words(one.text, text))
        return hearing.first_free((Placed(self._own(target, one.target.id), one.url, one.at) for one in same), known)

    def delete(self, target: Target) -> None:
        self._client.way(client.WAYS, target.kind, Act.DELETE)
        answer = self._client.do("DELETE", target.id, Act.DELETE)
        if answer is not None and not (isinstance(answer, Mapping) and answer.get("success") is True):
            raise NetworkError("Instagram не подтвердил, что это сделано.", Fault.TEMPORARY, unclear=True)

    def is_banned(self, author: str, until: datetime | None) -> bool:
        raise CannotLook

    def _own(self, target: Target, comment: str) -> Target:
        return Target(Kind.COMMENT, comment, target.place, author=self._client.page.id, thread=_top(target))

    def profile(self) -> ToldProfile:
        """There are no covers; the network does not say whether the page is marked. Raises NetworkError."""
        who = self._client.read("me", fields=FIELDS)
        name = str(who.get("username") or "")
        return ToldProfile(
            title=str(who.get("name") or name), url=client.profile_url(name) if name else "",
            description=str(who.get("biography") or ""), avatar=bool(who.get("profile_picture_url")),
            links=tuple(filter(None, [str(who.get("website") or "")])),
        )  # fmt: skip

    def renew(self) -> Renewed:
        """A long-lived key is given again for sixty days."""
        key, seconds = self._client.renewed()
        self._client.page = replace(self._client.page, keys={**self._client.page.keys, client.TOKEN: key})
        return Renewed({client.TOKEN: key}, datetime.now(UTC) + timedelta(seconds=seconds))

    def check(self) -> Report:
        """Who owns the key and whether it opens this page; its first use shows whether it may write."""
        needs = {act: client.WAYS[Kind.COMMENT, act].keys for act in Act if (Kind.COMMENT, act) in client.WAYS}
        asked = {client.TOKEN: self._opened}
        return transport.report_of(asked, needs, client.KEY_WORDS, client.WHERE_TO_GET, _BY_HAND)

    def _opened(self) -> transport.Opened:
        who = self._client.read("me", fields="user_id,id,username,name")
        if self._client.page.id not in (str(who.get("user_id")), str(who.get("id"))):
            raise NetworkError("Это ключ другой страницы.", Fault.RIGHTS)
        self._client.read(f"{self._client.page.id}/media", fields="id", limit=1)
        name = str(who.get("username") or "")
        return str(who.get("name") or name), client.profile_url(name), name, {}


def _place(raw: Mapping[str, Any]) -> hearing.Place:
    """A post of the list."""
    stir, title = [int(raw.get("comments_count") or 0)], hearing.titled(raw.get("caption"))
    return hearing.Place(Kind.COMMENT, client.number(raw["id"]), client.TOKEN, stir, title, client.permalink_of(raw))


def _top(target: Target) -> str:
    """Instagram has two levels: an answer to an answer goes under the comment above both."""
    return target.thread or target.id
