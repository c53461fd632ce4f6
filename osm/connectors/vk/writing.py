"""Acting in VK as the page: answers with photos, corrections, deletions, bans. Each call is tried once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from osm.connectors.contract import Picture, Placed, Target, Written
from osm.connectors.faults import CannotLook, Fault, NetworkError
from osm.connectors.looking import first_free, same_words
from osm.connectors.vk import events, reading
from osm.connectors.vk.client import BAN_REASONS, COMMUNITY, USER, WAYS, place_of
from osm.connectors.ways import Act, Kind, Way, allowed

_WITHOUT_THREADS = (Kind.DISCUSSION, Kind.COMMUNITY_MESSAGE)


class Writing(reading.Reading):
    """Reading, and the acting half of a page's connector."""

    def reply(self, target: Target, text: str, pictures: Sequence[Picture], key: str) -> Placed:
        """Answer under it. `key` keeps VK from writing one answer twice (`guid`; `random_id` of a message)."""
        way = self._way(target.kind, Act.REPLY)
        attached = self._uploaded(pictures, target.kind)
        answer = self._client.do(way, Act.REPLY, **self._answer(target, text, attached, key))
        number = answer.get("comment_id") if isinstance(answer, Mapping) else answer
        if not isinstance(number, int) or isinstance(number, bool):
            raise NetworkError("ВКонтакте ответила непонятно.", Fault.TEMPORARY, unclear=True)
        return self._placed(target, str(number))

    def find_reply(self, target: Target, text: str, known: Collection[str]) -> Placed | None:
        """Our answer of this text to exactly this comment."""
        same = (one for one in self.own(target) if _answers(one, target) and same_words(one.text, text))
        return first_free((replace(self._placed(target, one.target.id), at=one.at) for one in same), known)

    def post(self, text: str, pictures: Sequence[Picture], key: str) -> Placed:
        """A post of the community. `guid` keeps VK from writing it twice; that is looked at all the same."""
        way = self._way(Kind.POST, Act.POST)
        attached = self._uploaded(pictures, Kind.POST)
        answer = self._client.do(
            way, Act.POST, owner_id=self._client.owner, from_group=True, message=text, attachments=attached or None,
            guid=key,
        )  # fmt: skip
        number = answer.get("post_id") if isinstance(answer, Mapping) else None
        if not isinstance(number, int) or isinstance(number, bool):
            raise NetworkError("ВКонтакте ответила непонятно.", Fault.TEMPORARY, unclear=True)
        target = Target(Kind.POST, str(number), "", self._client.owner, self._client.owner)
        return Placed(target, events.comment_url(target))

    def edit(self, own: Target, text: str, pictures: Sequence[Picture]) -> None:
        attached = self._uploaded(pictures, own.kind)
        self._client.do(
            self._way(own.kind, Act.EDIT), Act.EDIT, message=text, **_own(own, self._client.page.id, attached)
        )

    def delete(self, target: Target) -> None:
        self._client.do(self._way(target.kind, Act.DELETE), Act.DELETE, **_itself(target, self._client.page.id))

    def restore(self, target: Target) -> None:
        self._client.do(self._way(target.kind, Act.RESTORE), Act.RESTORE, **_itself(target, self._client.page.id))

    def ban(self, author: str, until: datetime | None, reason: str, words: str) -> None:
        self._client.do(
            self._way(Kind.COMMENT, Act.BAN), Act.BAN, group_id=self._client.page.id, owner_id=author,
            end_date=_end_of(until) or None, reason=BAN_REASONS.get(reason, 0), comment=words or None,
            comment_visible=False,
        )  # fmt: skip

    def is_banned(self, author: str, until: datetime | None) -> bool:
        """Whether he is on the community's black list to this end: another one is another ban."""
        keys = tuple(key for key in (USER, COMMUNITY) if self._client.keys.get(key))
        if not keys:
            raise CannotLook
        try:
            answer = self._client.read("groups.getBanned", keys, group_id=self._client.page.id, owner_id=author)
        except NetworkError as error:
            if error.code == "104":
                return False
            raise
        items = answer.get("items") if isinstance(answer, Mapping) else None
        ends = [info.get("end_date", 0) for one in items or () if isinstance(info := one.get("ban_info"), Mapping)]
        return _end_of(until) in ends

    def unban(self, author: str) -> None:
        way = self._way(Kind.COMMENT, Act.UNBAN)
        self._client.do(way, Act.UNBAN, group_id=self._client.page.id, owner_id=author)

    def _way(self, kind: Kind, act: Act) -> Way:
        way = allowed(WAYS, self._client.keys, kind, act)
        if way is None:
            raise NetworkError("Для этого у страницы нет ключа: выполните на сайте.", Fault.PERMANENT)
        return way

    def _answer(self, target: Target, text: str, attached: list[str], key: str) -> dict[str, Any]:
        page = self._client.page.id
        if target.kind is Kind.COMMUNITY_MESSAGE:
            place = {"peer_id": target.place, "group_id": page, "random_id": random_id(key)}
            return {**place, "message": text, "attachment": attached or None}
        return {
            **place_of(target, page),
            "message": text,
            "attachments": attached or None,
            "guid": key,
            # Under a post the community is named, elsewhere it is a flag.
            "from_group": page if target.kind is Kind.COMMENT else True,
            "reply_to_comment": None if target.kind is Kind.DISCUSSION else target.id,
        }

    def _placed(self, target: Target, number: str) -> Placed:
        own = replace(target, id=number, author=self._client.owner, thread=target.thread or target.id)
        return Placed(own, events.comment_url(own))

    def _uploaded(self, pictures: Sequence[Picture], kind: Kind) -> list[str]:
        """The photos on VK's servers, as attachments. Uploading twice leaves nothing that anybody sees."""
        album = _TO_MESSAGE if kind is Kind.COMMUNITY_MESSAGE else _TO_WALL
        if pictures and not self._client.keys.get(album.key):
            raise NetworkError("Чтобы приложить фото, нужен ключ администратора.", Fault.PERMANENT)
        return [self._photo(picture, album) for picture in pictures]

    def _photo(self, picture: Picture, album: _Album) -> str:
        whose = {"group_id": self._client.page.id} if album.names_page else {}
        server = self._client.read(album.server, (album.key,), **whose)
        url = str(server.get("upload_url")) if isinstance(server, Mapping) else ""
        taken = self._client.upload(url, "photo", picture.filename, picture.content, picture.content_type)
        if not isinstance(taken, Mapping) or not taken.get("photo"):
            raise NetworkError(f"ВКонтакте не приняла фото {picture.filename}.", Fault.TEMPORARY)
        told = {name: taken.get(name) for name in ("photo", "server", "hash")}
        saved = self._client.read(album.save, (album.key,), **whose, **told)
        photo = saved[0] if isinstance(saved, list) and saved and isinstance(saved[0], Mapping) else {}
        return f"photo{photo.get('owner_id')}_{photo.get('id')}"


@dataclass(frozen=True, slots=True)
class _Album:
    """Where a photo is put before it hangs on an answer: what names the upload server, what keeps the photo."""

    server: str
    save: str
    key: str
    names_page: bool


_TO_WALL = _Album("photos.getWallUploadServer", "photos.saveWallPhoto", USER, names_page=True)
_TO_MESSAGE = _Album("photos.getMessagesUploadServer", "photos.saveMessagesPhoto", COMMUNITY, names_page=False)


def random_id(key: str) -> int:
    """VK's mark of a message that is not to be written twice: 31 bits of the key, never 0."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) % 0x7FFFFFFF + 1


def _itself(target: Target, page_id: str) -> dict[str, Any]:
    """How VK names it."""
    if target.kind is Kind.SUGGESTED_POST:
        return {"owner_id": target.owner, "post_id": target.id}
    place = place_of(target, page_id) if target.kind is Kind.DISCUSSION else {"owner_id": target.owner}
    return {**place, "comment_id": target.id}


def _own(own: Target, page_id: str, attached: list[str]) -> dict[str, Any]:
    if own.kind is Kind.COMMUNITY_MESSAGE:
        place = {"peer_id": own.place, "message_id": own.id, "group_id": page_id}
        return {**place, "attachment": attached or None}
    return {**_itself(own, page_id), "attachments": attached or None}


def _answers(one: Written, target: Target) -> bool:
    """Whether it answers this one. Discussions and conversations have no threads, so nothing there is an answer."""
    return target.kind in _WITHOUT_THREADS or one.answers == target.id


def _end_of(until: datetime | None) -> int:
    """As VK counts it; 0 is for ever."""
    return int(until.timestamp()) if until else 0
