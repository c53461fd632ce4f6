"""ВКонтакте: the page of a community by its API 5.199. `VkConnector` is what others use."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from osm.connectors.contract import (
    Act,
    Kind,
    Managing,
    Person,
    Picture,
    Placed,
    Report,
    Target,
    Traits,
    Ways,
    Written,
)
from osm.connectors.hearing import first_free, same_words
from osm.connectors.transport import CannotLook, Fault, NetworkError, Opened, objects, report_of
from osm.connectors.vk import events, reading
from osm.connectors.vk.client import (
    BAN_REASONS,
    COMMUNITY,
    KEY_WORDS,
    SERVICE,
    USER,
    WAYS,
    WHERE_TO_GET,
    Client,
    place_of,
)
from osm.regulation.own_pages import Right, ToldProfile

# --- The page: answers with photos, corrections, deletions, bans, each tried once; what its keys can
_WITHOUT_THREADS = (Kind.DISCUSSION, Kind.COMMUNITY_MESSAGE)


class VkConnector(reading.Reading):
    ways: ClassVar[Ways] = WAYS
    traits: ClassVar[Traits] = Traits(ends_bans=True, elsewhere=frozenset({Kind.COMMENT}))
    tells_all_posts = True

    def reply(self, target: Target, text: str, pictures: Sequence[Picture], key: str) -> Placed:
        """Answer under it. `key` keeps VK from writing one answer twice (`guid`; `random_id` of a message)."""
        self._client.way(WAYS, target.kind, Act.REPLY)
        attached = self._uploaded(pictures, target.kind)
        answer = self._client.do(target.kind, Act.REPLY, **self._answer(target, text, attached, key))
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
        self._client.way(WAYS, Kind.POST, Act.POST)
        attached = self._uploaded(pictures, Kind.POST)
        answer = self._client.do(
            Kind.POST, Act.POST, owner_id=self._client.owner, from_group=True, message=text,
            attachments=attached or None, guid=key,
        )  # fmt: skip
        number = answer.get("post_id") if isinstance(answer, Mapping) else None
        if not isinstance(number, int) or isinstance(number, bool):
            raise NetworkError("ВКонтакте ответила непонятно.", Fault.TEMPORARY, unclear=True)
        target = Target(Kind.POST, str(number), "", self._client.owner, self._client.owner)
        return Placed(target, events.comment_url(target))

    def edit(self, own: Target, text: str, pictures: Sequence[Picture]) -> None:
        attached = self._uploaded(pictures, own.kind)
        self._client.do(own.kind, Act.EDIT, message=text, **_own(own, self._client.page.id, attached))

    def delete(self, target: Target) -> None:
        self._client.do(target.kind, Act.DELETE, **_itself(target, self._client.page.id))

    def restore(self, target: Target) -> None:
        self._client.do(target.kind, Act.RESTORE, **_itself(target, self._client.page.id))

    def ban(self, author: str, until: datetime | None, reason: str, words: str) -> None:
        self._client.do(
            Kind.COMMENT, Act.BAN, group_id=self._client.page.id, owner_id=author,
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
        self._client.do(Kind.COMMENT, Act.UNBAN, group_id=self._client.page.id, owner_id=author)

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
        photo = next(iter(objects(saved)), {})
        return f"photo{photo.get('owner_id')}_{photo.get('id')}"

    def profile(self) -> ToldProfile:
        """NetworkError where no key may ask."""
        answer = self._client.read(
            "groups.getById", (COMMUNITY, USER, SERVICE), group_id=self._client.page.id, fields=FIELDS
        )
        group = _group(answer)
        links = [link.get("url") for link in objects(group.get("links"))]
        return ToldProfile(
            title=str(group.get("name") or ""), url=_address(group),
            description="\n".join(str(group.get(field) or "") for field in ("description", "status")).strip(),
            avatar=_flag(group, "has_photo"), cover=_enabled(group.get("cover"), "enabled"),
            verified=_flag(group, "verified"), links=tuple(str(link) for link in [*links, group.get("site")] if link),
            widgets=_enabled(group.get("live_covers"), "is_enabled") or None,
        )  # fmt: skip

    def check(self) -> Report:
        """Each key is asked for what it is needed for; a key that VK refuses can do nothing."""
        asked = {key: partial(self._opened, key) for key in (COMMUNITY, USER, SERVICE) if self._client.keys.get(key)}
        # The acts of comments, which all keys are for; of posts what is done to no comment.
        needs = {act: WAYS[Kind.POST if act is Act.POST else Kind.COMMENT, act].keys for act in Act}
        return report_of(asked, needs, KEY_WORDS, WHERE_TO_GET)

    def confirmation(self) -> str:
        """What VK wants to be answered before it calls."""
        answer = self._client.read("groups.getCallbackConfirmationCode", (COMMUNITY,), group_id=self._client.page.id)
        return str(answer.get("code") or "") if isinstance(answer, Mapping) else ""

    def administrators(self) -> Sequence[Managing]:
        """Who manages the community, by the administrator's key."""
        return managing(self._client)

    def _opened(self, key: str) -> Opened:
        page = self._client.page.id
        if key == SERVICE:
            self._client.read("wall.get", (SERVICE,), owner_id=self._client.owner, count=1)
            return "", "", "", {}
        group = _group(self._client.read("groups.getById", (key,), group_id=page))
        title, url = str(group.get("name") or ""), _address(group)
        if key == COMMUNITY:
            self._client.read("groups.getLongPollServer", (COMMUNITY,), group_id=page)
            return title, url, title, {}
        people = events.names_of({"profiles": self._client.read("users.get", (USER,))})
        self._client.read("groups.getBanned", (USER,), group_id=page, count=1)
        self._client.read("wall.get", (USER,), owner_id=self._client.owner, count=1)
        return title, url, next(iter(people.values()), ""), {}


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


# --- How a community of VK shows itself (groups.getById, groups_fields of the schema)
FIELDS = ("description", "site", "cover", "live_covers", "has_photo", "verified", "links", "status", "screen_name")


def _group(answer: Any) -> Mapping[str, Any]:
    return next(iter(objects(answer, "groups")), {})


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
        names |= events.names_of({"profiles": found})
    order = list(Right)
    return sorted(
        (Managing(Person(one, names.get(one, ""), f"https://vk.com/id{one}"), right) for one, right in roles.items()),
        key=lambda one: (order.index(one.right), one.person.name),
    )


def _roles(answer: Any) -> Iterator[tuple[str, Right]]:
    for one in objects(answer, "items"):
        if isinstance(one.get("id"), int):
            yield str(one["id"]), RIGHTS.get(str(one.get("role") or ""), Right.OTHER)
