"""Reading a page of Instagram: the newest posts and what is said under them are looked at again and again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from osm.connectors.contract import Batch, Page, Target, WaitTurn, Written
from osm.connectors.faults import TOO_DEEP, CannotLook, Fault, NetworkError
from osm.connectors.instagram.client import COMMENTS_AT_ONCE, MEDIA, PAGES_OF_COMMENTS, TOKEN, Client, is_gone
from osm.connectors.instagram.events import BROKEN, Reader, inside, number, objects, permalink_of
from osm.connectors.looking import Place, looked, titled
from osm.connectors.transport import Transport
from osm.connectors.ways import Kind

_ABOUT = "id,text,timestamp,username,from,parent_id"
_FIELDS = f"{_ABOUT},replies.limit({COMMENTS_AT_ONCE}){{{_ABOUT}}}"


class Reading:
    """The reading half of a page's connector."""

    def __init__(self, page: Page, wait_turn: WaitTurn, transport: Transport | None = None) -> None:
        self._client = Client(page, wait_turn, transport)
        self.reader = Reader(page.id)

    def listen(self, cursor: Mapping[str, Any], wait: int) -> Batch:
        """What differs from the last look; never waits."""
        keys = [TOKEN] if self._client.has(TOKEN) else []
        return looked(cursor, self._places(), self._newest, keys=keys, pages=PAGES_OF_COMMENTS)

    def received(self, updates: Sequence[Mapping[str, Any]]) -> list[Written]:
        """The present state of what calls reported: a call has no time and no address."""
        found: list[Written] = []
        for update in updates:
            value = inside(update, "value") if update.get("field") == "comments" else {}
            try:
                target = Target(Kind.COMMENT, number(value.get("id")), number(inside(value, "media").get("id")))
                written = self.now(target)
            except ValueError:
                continue
            except NetworkError as error:
                if error.fault is not Fault.PERMANENT:
                    raise
                continue
            found += [written] if written else []
        return found

    def catch_up(self, since: datetime) -> list[Written]:
        """Comments under the newest posts."""
        self._check_sees()
        found = [self._newest(place, 0, PAGES_OF_COMMENTS) for place in self._places()]
        late = [one for newest in found if newest for one in newest[0] if one.at >= since]
        return sorted(late, key=_order)

    def now(self, target: Target) -> Written | None:
        """Its present state."""
        self._check_sees()
        try:
            raw = self._client.read(target.id, fields=f"{_ABOUT},media{{id,permalink,caption}}")
        except NetworkError as error:
            if is_gone(error):
                return None
            raise
        media = inside(raw, "media")
        place, title = str(media.get("id") or target.place), titled(media.get("caption"))
        return self.reader.comment(raw, place, permalink_of(media), title)

    def permalink(self, media: str) -> str:
        """Where a browser opens a post. CannotLook."""
        self._check_sees()
        return permalink_of(self._client.read(media, fields="permalink"))

    def own_under(self, top: str, media: str, permalink: str) -> Iterator[Written]:
        """What the page itself has answered to this comment at the top of a thread."""
        read = 0
        for answer in self._pages(f"{top}/replies", _ABOUT):
            found = (self.reader.comment(raw, media, permalink, top=top) for raw in objects(answer))
            yield from (one for one in found if one and one.is_own)
            read += 1
        if read == PAGES_OF_COMMENTS:
            raise CannotLook(TOO_DEEP)

    def _check_sees(self) -> None:
        if not self._client.has(TOKEN):
            raise CannotLook

    def _places(self) -> list[Place]:
        answer = self._client.read(
            f"{self._client.page.id}/media", fields="id,caption,permalink,timestamp,comments_count", limit=MEDIA
        )
        found = []
        for raw in objects(answer):
            try:
                stir = [int(raw.get("comments_count") or 0)]
                place = Place(
                    Kind.COMMENT, number(raw["id"]), TOKEN, stir, titled(raw.get("caption")), permalink_of(raw)
                )
                found.append(place)
            except BROKEN:
                continue
        return found

    def _newest(self, place: Place, floor: int, pages: int) -> tuple[list[Written], bool] | None:
        """All comments there, without regard to `floor`: a new one may answer an old one."""
        found: list[Written] = []
        read = 0
        try:
            for answer in self._pages(f"{place.id}/comments", _FIELDS, pages):
                found += self.reader.comments(answer, place.id, place.url, place.title)
                read += 1
        except NetworkError as error:
            if error.fault is not Fault.PERMANENT:
                raise
            return None
        return sorted({one.target.id: one for one in found}.values(), key=_order), read < pages

    def _pages(self, path: str, fields: str, pages: int = PAGES_OF_COMMENTS) -> Iterator[Mapping[str, Any]]:
        after: str | None = None
        for _ in range(pages):
            answer = self._client.read(path, fields=fields, limit=COMMENTS_AT_ONCE, after=after)
            yield answer
            paging = inside(answer, "paging")
            further = inside(paging, "cursors").get("after")
            if not paging.get("next") or not isinstance(further, str) or further == after:
                return
            after = further


def _order(one: Written) -> tuple[datetime, str]:
    return one.at, one.target.id
