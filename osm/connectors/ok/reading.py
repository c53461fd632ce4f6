"""Reading a page of OK: it reports nothing, so its discussions and conversations are read again and again."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from osm.connectors.contract import Batch, Page, Target, WaitTurn, Written
from osm.connectors.faults import TOO_DEEP, CannotLook, Fault, NetworkError
from osm.connectors.looking import Place, looked, milliseconds, titled
from osm.connectors.ok import client
from osm.connectors.ok.events import BROKEN, Reader, number, objects
from osm.connectors.transport import Transport
from osm.connectors.ways import Act, Kind, allowed

FIELDS = tuple(
    f"comment.{name}"
    for name in (
        "ID", "TEXT", "TYPE", "DATE", "AUTHOR_ID", "AUTHOR_NAME", "AUTHOR_REF", "REPLY_TO_ID", "REPLY_TO_NAME",
        "REPLY_TO_COMMENT_ID",
    )
)  # fmt: skip
_CONVERSATIONS = ("GROUP_CHAT", "DIALOG")  # of two; in a CHAT are several people, and the page does not answer there
_LOST = {"106", "141", "300", "700", "702"}  # errors that say that it is there no longer


class Reading:
    """The reading half of a page's connector."""

    def __init__(self, page: Page, wait_turn: WaitTurn, transport: Transport | None = None) -> None:
        self._client = client.Client(page, wait_turn, transport)
        self.reader = Reader(page.id)

    def listen(self, cursor: Mapping[str, Any], wait: int) -> Batch:
        """What differs from the last look; never waits."""
        keys = [key for key in (client.TOKEN, client.BOT) if self._client.has(key)]
        return looked(cursor, self._places(), self._newest, keys=keys, pages=client.PAGES_OF_COMMENTS)

    def catch_up(self, since: datetime) -> list[Written]:
        """Comments in the recently active discussions and conversations."""
        if not self._client.has(client.TOKEN) and not self._client.has(client.BOT):
            raise CannotLook
        floor = milliseconds(since)
        found = [self._newest(place, floor) for place in self._places()]
        late = [one for newest in found if newest for one in newest[0] if one.at >= since]
        return sorted(late, key=lambda one: (one.at, one.target.id))

    def now(self, target: Target) -> Written | None:
        """Its present state. CannotLook also where it is too deep to be found."""
        self._check_sees(target)
        try:
            for page, is_last in self._pages(target):
                found = next((one for one in page if one.target.id == target.id), None)
                if found or is_last:
                    return found
        except NetworkError as error:
            if error.code in _LOST:
                return None
            raise
        raise CannotLook

    def posts(self, since: datetime) -> list[Written]:
        """What the group has published, newest first."""
        if not self._client.has(client.TOKEN):
            raise CannotLook
        asked = {"gid": self._client.page.id, "start_time": milliseconds(since), "count": client.TOPICS_AT_ONCE}
        stats = self._client.read("group.getStatTopics", **asked, fields=("id",))
        numbers = [str(one["id"]) for one in objects(stats, "topics") if one.get("id")]
        if not numbers:
            return []
        given = {"topic_ids": numbers, "fields": ("media_topic.*",), "media_limit": 3}
        answer = self._client.read("mediatopic.getByIds", **given)
        found = [one for raw in objects(answer, "media_topics") if (one := self.reader.topic(raw)) and one.at >= since]
        return sorted(found, key=lambda one: one.at, reverse=True)

    def own(self, target: Target) -> Iterator[Written]:
        """What the page itself has written around it, back to the comment itself. CannotLook."""
        self._check_sees(target)
        for page, is_last in self._pages(target):
            yield from (one for one in page if one.is_own)
            if is_last or any(one.target.id == target.id for one in page):
                return
        raise CannotLook(TOO_DEEP)

    def _check_sees(self, target: Target) -> None:
        if allowed(client.WAYS, self._client.page.keys, target.kind, Act.LOOK_UP) is None:
            raise CannotLook

    def _places(self) -> list[Place]:
        """Where something has happened lately."""
        found: list[Place] = []
        if self._client.has(client.TOKEN):
            answer = self._client.read("discussions.getList", category="GROUP", count=client.TOPICS)
            found += [one for raw in objects(answer, "discussions") if (one := self._discussion(raw))]
        if self._client.has(client.BOT):
            chats = self._client.read_messages("me/chats", count=client.CHATS)
            found += [one for raw in objects(chats, "chats") if (one := _conversation(raw))]
        return found

    def _discussion(self, raw: Mapping[str, Any]) -> Place | None:
        """One of the list; None for those of other groups that the same administrator has."""
        try:
            kind = client.KINDS.get(str(raw["object_type"]))
            groups = [one for one in objects(raw.get("ref_objects")) if str(one.get("type")).upper() == "GROUP"]
            if kind is None or (groups and all(str(one.get("id")) != self._client.page.id for one in groups)):
                return None
            stir = [int(raw.get(name) or 0) for name in ("total_comments_count", "new_comments_count")]
            return Place(kind, number(raw["object_id"]), client.TOKEN, stir, titled(raw.get("title")))
        except BROKEN:
            return None

    def _newest(
        self, place: Place, floor: int, pages: int = client.PAGES_OF_COMMENTS
    ) -> tuple[list[Written], bool] | None:
        """The things back to the instant `floor`, oldest first, and whether that is all. None where it is closed or
        gone; the others are read all the same."""
        found: dict[str, Written] = {}
        try:
            for page, is_last in self._pages(place.as_target, place.title, pages):
                found |= {one.target.id: one for one in page}
                if is_last or (page and milliseconds(page[0].at) < floor):
                    return _by_time(found), is_last
        except NetworkError as error:
            if error.fault is not Fault.PERMANENT:
                raise
            return None
        return _by_time(found), False

    def _pages(
        self, target: Target, title: str = "", pages: int = client.PAGES_OF_COMMENTS
    ) -> Iterator[tuple[list[Written], bool]]:
        """Page by page from the newest back, each oldest first; with the last one True."""
        is_message, marker = target.kind is Kind.COMMUNITY_MESSAGE, None
        for _ in range(pages):
            if is_message:
                path = f"me/messages/{target.place}"
                answer = self._client.read_messages(path, count=client.COMMENTS_AT_ONCE, **{"from": marker})
                page = self.reader.messages(answer)
                further = milliseconds(page[0].at) if len(page) >= client.COMMENTS_AT_ONCE else None
            else:
                answer = self._comments(target, marker)
                page = self.reader.comments(answer, target.kind, target.place, title)
                further = answer.get("anchor") if isinstance(answer, Mapping) and answer.get("has_more") else None
            is_last = further is None or further == marker
            yield page, is_last
            if is_last:
                return
            marker = further

    def _comments(self, target: Target, anchor: Any) -> Any:
        return self._client.read(
            "discussions.getComments", **client.place_of(target), anchor=anchor or "LAST", direction="BACKWARD",
            count=client.COMMENTS_AT_ONCE, fields=FIELDS,
        )  # fmt: skip


def _conversation(raw: Mapping[str, Any]) -> Place | None:
    try:
        if str(raw.get("type") or "DIALOG") not in _CONVERSATIONS:
            return None
        return Place(Kind.COMMUNITY_MESSAGE, number(raw["chat_id"]), client.BOT, [int(number(raw["lastEventTime"]))])
    except BROKEN:
        return None


def _by_time(found: Mapping[str, Written]) -> list[Written]:
    return sorted(found.values(), key=lambda one: (one.at, one.target.id))
