"""Reading a page of VK: what happens now, what happened during a gap, the present state of one thing."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from osm.connectors.contract import Act, Barred, Batch, Kind, Page, Target, WaitTurn, Written, allowed
from osm.connectors.hearing import titled
from osm.connectors.transport import TOO_DEEP, CannotLook, Fault, NetworkError, Raw, Transport, objects, readable
from osm.connectors.vk import client
from osm.connectors.vk.events import Reader, named, names_of

_NEW_KEY, _NEW_START = 2, 3  # what a long-poll server asks for under `failed`; 1 is a new `ts` alone
_ASKS = 4


class Reading:
    """The reading half of a page's connector."""

    def __init__(self, page: Page, wait_turn: WaitTurn, transport: Transport | None = None) -> None:
        self._client = client.Client(page, wait_turn, transport)
        self._reader = Reader(page.id)
        self._server: Mapping[str, Any] = {}

    def listen(self, cursor: Mapping[str, Any], wait: int) -> Batch:
        """By Bots Long Poll. The key of its server lives only in this object, the cursor is a number. A gap is reported
        at once; a server that does not answer is forgotten, and VK is asked for one the next time."""
        ts, has_gap = cursor.get("ts"), False
        for _ in range(_ASKS):
            server = self._server or self._named_server()
            ts = ts if ts is not None else server.get("ts")
            wait = 0 if has_gap else wait
            asked = {"act": "a_check", "key": server.get("key"), "ts": ts, "wait": wait}
            self._server = {}
            answer = self._client.poll(str(server.get("server")), wait, asked)
            failed = answer.get("failed") if isinstance(answer, Mapping) else None
            if failed in (None, 1):
                self._server = server
            if failed is None:
                return self._batch(answer, has_gap)
            has_gap = has_gap or failed != _NEW_KEY
            ts = None if failed == _NEW_START else answer.get("ts", ts) if failed == 1 else ts
        raise NetworkError("ВКонтакте не даёт читать события страницы.", Fault.TEMPORARY)

    def _named_server(self) -> Mapping[str, Any]:
        answer = self._client.read("groups.getLongPollServer", (client.COMMUNITY,), group_id=self._client.page.id)
        if not isinstance(answer, Mapping):
            raise NetworkError("ВКонтакте ответила непонятно.", Fault.TEMPORARY)
        return answer

    def _batch(self, answer: Any, has_gap: bool) -> Batch:
        updates = answer.get("updates") if isinstance(answer, Mapping) else None
        if not isinstance(updates, list) or "ts" not in answer:
            raise NetworkError("ВКонтакте ответила непонятно.", Fault.TEMPORARY)
        return Batch(self.received(updates), {"ts": answer["ts"]}, has_gap)

    def received(self, updates: Sequence[Any]) -> tuple[Any, ...]:
        """Updates as they came (by poll or by call), with the names of who wrote."""
        found = [self._reader.event(update) for update in updates if isinstance(update, Mapping)]
        whom = {one.author.id for one in found if isinstance(one, Written | Barred)}
        return named(found, self._names(whom | {one.by for one in found if isinstance(one, Barred) and one.by != "0"}))

    def _names(self, ids: set[str]) -> dict[str, str]:
        """Who they are; without an answer they stay numbers, which harms nothing."""
        people, groups = (
            sorted(i for i in ids if not i.startswith("-")),
            sorted(i[1:] for i in ids if i.startswith("-")),
        )
        found: dict[str, str] = {}
        try:
            if people:
                profiles = self._client.read("users.get", (client.COMMUNITY, *client.READERS), user_ids=people)
                found |= names_of({"profiles": profiles})
            if groups:
                answer = self._client.read("groups.getById", (client.COMMUNITY, *client.READERS), group_ids=groups)
                found |= names_of(answer if isinstance(answer, Mapping) else {"groups": answer})
        except NetworkError:
            pass
        return found

    def catch_up(self, since: datetime) -> list[Written]:
        """Comments under the last posts; other kinds come by events only. Each key may ask three times a second, so
        they are used in turn."""
        readers = deque(name for name in client.READERS if self._client.keys.get(name))
        if not readers:
            raise CannotLook
        wall = self._client.read(
            "wall.get", client.READERS, owner_id=self._client.owner, count=client.POSTS_LOOKED_THROUGH
        )
        found: list[Written] = []
        for post in objects(wall, "items"):
            number, comments = str(post.get("id")), post.get("comments")
            if isinstance(comments, Mapping) and comments.get("count"):
                readers.rotate()
                under = self._under(number, titled(post.get("text")), self._client.owner, tuple(readers))
                found += [one for one in under if one.at >= since]
        return sorted(found, key=lambda one: (one.at, one.target.id))

    def posts(self, since: datetime) -> list[Written]:
        """Posts of its wall, newest first; a pinned post has its place by time."""
        if not any(self._client.keys.get(name) for name in client.READERS):
            raise CannotLook
        found: dict[str, Written] = {}
        for page in range(client.PAGES_OF_POSTS):
            asked = {
                "owner_id": self._client.owner,
                "count": client.POSTS_AT_ONCE,
                "offset": page * client.POSTS_AT_ONCE,
            }
            raws = objects(self._client.read("wall.get", client.READERS, **asked), "items")
            here = [one for raw in raws if (one := readable(self._reader.post, raw))]
            found |= {one.target.id: one for one in here if one.at >= since}
            if len(raws) < client.POSTS_AT_ONCE or (here and here[-1].at < since):
                break
        return sorted(found.values(), key=lambda one: one.at, reverse=True)

    def _under(self, post: str, title: str, owner: str, keys: tuple[str, ...] = client.READERS) -> Iterator[Written]:
        """All comments under one post, with their threads."""
        for top, people in self._pages(keys, post_id=post, owner_id=owner, thread_items_count=10):
            thread = found if isinstance(found := top.get("thread"), Mapping) else {}
            known, total = objects(thread, "items"), thread.get("count", 0)
            yield from self._titled([top, *known], post, title, people, owner)
            if total > len(known):
                rest = self._pages(keys, post_id=post, owner_id=owner, comment_id=top.get("id"))
                seen = {one.get("id") for one in known}
                for one, others in rest:
                    if one.get("id") not in seen:
                        yield from self._titled([one], post, title, others, owner)

    def _titled(
        self, raws: Sequence[Raw], post: str, title: str, people: Mapping[str, str], owner: str
    ) -> Iterator[Written]:
        for raw in raws:
            if one := readable(self._reader.comment, raw, place=post, owner=owner):
                name = people.get(one.author.id, "")
                yield replace(one, place_title=title, author=replace(one.author, name=name))

    def _pages(self, keys: tuple[str, ...], **asked: Any) -> Iterator[tuple[Raw, dict[str, str]]]:
        for page in range(client.PAGES_OF_COMMENTS):
            answer = self._client.read(
                "wall.getComments", keys, count=client.COMMENTS_AT_ONCE, offset=page * client.COMMENTS_AT_ONCE,
                sort="desc", extended=True, **asked,
            )  # fmt: skip
            items, people = objects(answer, "items"), names_of(answer)
            yield from ((one, people) for one in items)
            if len(items) < client.COMMENTS_AT_ONCE:
                return

    def now(self, target: Target) -> Written | None:
        """Its present state."""
        way = allowed(client.WAYS, self._client.keys, target.kind, Act.LOOK_UP)
        if way is None:
            raise CannotLook
        try:
            answer = self._client.read(way.method, way.keys, **_look(target, self._client.page.id))
        except NetworkError as error:
            if error.code == "104":
                return None
            raise
        found = next((one for one in self.written(answer, target) if one.target.id == target.id), None)
        if found is None and target.kind is Kind.COMMENT and not target.thread:
            # Known only by its number it may be in a thread, and is not counted among the others there.
            under = self._under(target.place, "", target.owner or self._client.owner)
            found = next((one for one in under if one.target.id == target.id), None)
        return found

    def own(self, target: Target) -> Iterator[Written]:
        """What the page itself has written around it since, newest first. CannotLook."""
        way = allowed(client.WAYS, self._client.keys, target.kind, Act.LOOK_UP)
        if way is None:
            raise CannotLook
        for page in range(client.PAGES_OF_COMMENTS):
            asked = {**_around(target, self._client.page.id), "offset": page * client.COMMENTS_AT_ONCE}
            answer = self._client.read(way.method, way.keys, **asked)
            here, is_last = self.written(answer, target), len(objects(answer, "items")) < client.COMMENTS_AT_ONCE
            yield from (one for one in here if one.is_own)
            if is_last or any(_is_no_later(one, target) for one in here):
                return
        raise CannotLook(TOO_DEEP)

    def written(self, answer: Any, target: Target) -> list[Written]:
        """What an answer holds of the kind and place of `target`."""
        of_comment = partial(self._reader.comment, kind=target.kind, place=target.place, owner=target.owner)
        others = {Kind.COMMUNITY_MESSAGE: self._reader.message, Kind.SUGGESTED_POST: self._reader.suggested}
        read = others.get(target.kind, of_comment)
        return [one for raw in objects(answer, "items") if (one := readable(read, raw))]


def _look(target: Target, page_id: str) -> dict[str, Any]:
    """What is asked to see one thing: the list from it on, one long."""
    if target.kind is Kind.COMMUNITY_MESSAGE:
        return {"peer_id": target.place, "group_id": page_id, "count": client.COMMENTS_AT_ONCE}
    if target.kind is Kind.SUGGESTED_POST:
        return {"posts": f"{target.owner}_{target.id}"}
    thread = {"comment_id": target.thread} if target.thread and target.kind is Kind.COMMENT else {}
    return {**client.place_of(target, page_id), **thread, "start_comment_id": target.id, "count": 1}


def _around(target: Target, page_id: str) -> dict[str, Any]:
    """What is asked to see what was written around it, newest first."""
    if target.kind is Kind.COMMUNITY_MESSAGE:
        return {"peer_id": target.place, "group_id": page_id, "count": client.COMMENTS_AT_ONCE}
    thread = {"comment_id": target.thread or target.id} if target.kind is Kind.COMMENT else {}
    return {**client.place_of(target, page_id), **thread, "count": client.COMMENTS_AT_ONCE, "sort": "desc"}


def _is_no_later(one: Written, target: Target) -> bool:
    """What is older answers nothing. Of a conversation our messages and theirs are counted by themselves."""
    if target.kind is Kind.COMMUNITY_MESSAGE:
        return not one.is_own and one.target.id == target.id
    return int(one.target.id) <= int(target.id)
