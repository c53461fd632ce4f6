"""Одноклассники: the page of a group by the methods of fb.do and the Bot API. `OkConnector` is what others use."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from osm.connectors import hearing, transport
from osm.connectors.contract import Act, Cannot, Kind, Picture, Placed, Report, Target, Traits, Ways
from osm.connectors.ok import reading
from osm.connectors.ok.client import BOT, KEY_WORDS, LONGEST_COMMENT, TOKEN, TYPES, WAYS, WHERE_TO_GET, place_of
from osm.connectors.transport import CannotLook, Fault, NetworkError, Opened, objects, report_of
from osm.regulation.own_pages import ToldProfile

# --- The page: answers, corrections, deletions, each tried once; what its keys can
_NO_PHOTO = "К ответу в Одноклассниках программа не прикладывает фото: разместите его на сайте и вставьте ссылку."
_PHOTO_NOT_TAKEN = "Одноклассники не приняли фото: разместите запись с фото на сайте."
_TOO_LONG = f"Одноклассники принимают ответ не длиннее {LONGEST_COMMENT} знаков: сократите его."
_NAMES = ("comment_id", "commentId", "message_id", "mid", "id")
"""Where the id of what was written may stand in an answer."""


class OkConnector(reading.Reading, transport.ByHand):
    ways: ClassVar[Ways] = WAYS
    traits: ClassVar[Traits] = Traits()
    tells_all_posts = False  # the list of posts comes with their statistics, which may be late
    by_hand = "Одноклассники не дают делать это через программу: выполните на сайте."

    def reply(self, target: Target, text: str, pictures: Sequence[Picture], key: str) -> Placed:
        """Answer under it. OK knows no keys of answers: a second try looks first."""
        self._client.way(WAYS, target.kind, Act.REPLY)
        if pictures:
            raise NetworkError(_NO_PHOTO, Fault.PERSON)
        if len(text) > LONGEST_COMMENT:
            raise NetworkError(_TOO_LONG, Fault.PERSON)
        if target.kind is Kind.COMMUNITY_MESSAGE:
            message = {"recipient": {"chat_id": target.place}, "message": {"text": text}}
            return self._placed(target, self._client.send_message(f"me/messages/{target.place}", message))
        answer = self._client.do(
            "discussions.addDiscussionComment", Act.REPLY, entityId=target.place, entityType=TYPES[target.kind],
            comment=text, reply_to_comment_id=target.id, as_admin=True,
        )  # fmt: skip
        return self._placed(target, answer)

    def find_reply(self, target: Target, text: str, known: Collection[str]) -> Placed | None:
        """Our answer of this text to exactly this comment; a conversation does not show what is answered."""
        answers = "" if target.kind is Kind.COMMUNITY_MESSAGE else target.id
        same = (one for one in self.own(target) if one.answers == answers and hearing.same_words(one.text, text))
        return hearing.first_free((replace(self._at(target, one.target.id), at=one.at) for one in same), known)

    def post(self, text: str, pictures: Sequence[Picture], key: str) -> Placed:
        """A topic of the group. OK has no keys of posts: look before a second try."""
        self._client.way(WAYS, Kind.POST, Act.POST)
        parts: list[dict[str, Any]] = [{"type": "text", "text": text}] if text.strip() or not pictures else []
        if pictures:
            parts.append({"type": "photo", "list": [{"id": self._uploaded(one)} for one in pictures]})
        media = {"media": parts, "onBehalfOfGroup": "true"}
        answer = self._client.do(
            "mediatopic.post", Act.POST, type="GROUP_THEME", gid=self._client.page.id,
            attachment=json.dumps(media, ensure_ascii=False),
        )  # fmt: skip
        target = Target(Kind.POST, _written_id(answer), author=self._client.page.id)
        return Placed(target, self.reader.topic_url(target.id))

    def _uploaded(self, picture: Picture) -> str:
        """The photo on OK's servers, as its token; it is visible only in a post. OK does not document the answer of the
        upload; two clients of other authors agree on it."""
        try:
            server = self._client.read("photosV2.getUploadUrl", gid=self._client.page.id, count=1)
            taken = self._client.upload(str(server["upload_url"]), picture)
            (photo,) = taken["photos"].values()
            return str(photo["token"])
        except NetworkError as error:
            error.unclear = False  # the post itself has not been asked for
            raise
        except (KeyError, TypeError, ValueError, AttributeError):
            raise NetworkError(_PHOTO_NOT_TAKEN, Fault.PERSON) from None

    def edit(self, own: Target, text: str, pictures: Sequence[Picture]) -> None:
        self._client.way(WAYS, own.kind, Act.EDIT)
        if pictures:
            raise NetworkError(_NO_PHOTO, Fault.PERSON)
        given = {**place_of(own), "comment_id": own.id, "comment": text}
        _succeeded(self._client.do("discussions.editDiscussionComment", Act.EDIT, **given))

    def delete(self, target: Target) -> None:
        self._delete(target)

    def delete_with_author(self, target: Target) -> bool:
        """Delete it and put its author on the black list of the group."""
        return self._delete(target, block_author=True) or self.is_banned(target.author, None)

    def _delete(self, target: Target, **more: Any) -> bool:
        """False: it was gone before."""
        self._client.way(WAYS, target.kind, Act.DELETE)
        given = {**place_of(target), "comment_id": target.id, **more}
        answer = self._client.do("discussions.deleteDiscussionComment", Act.DELETE, **given)
        _succeeded(answer)
        return answer is not None

    def is_banned(self, author: str, until: datetime | None) -> bool:
        """Whether he is on the black list of the group, which knows no ends."""
        if not self._client.has(TOKEN):
            raise CannotLook
        answer = self._client.read("group.getUserGroupsByIds", group_id=self._client.page.id, uids=author)
        return any(str(one.get("status")).upper() == "BLOCKED" for one in objects(answer, "users", "userGroups"))

    def _placed(self, target: Target, answer: Any) -> Placed:
        return self._at(target, _written_id(answer))

    def _at(self, target: Target, name: str) -> Placed:
        own = replace(target, id=name, author=self._client.page.id, thread="")
        return Placed(own, self.reader.comment_url(own))

    def profile(self) -> ToldProfile:
        """Covers and widgets OK does not tell of. NetworkError."""
        groups = objects(self._client.read("group.getInfo", uids=self._client.page.id, fields=FIELDS), "groups")
        if not groups:
            raise NetworkError("Одноклассники не знают такой группы: проверьте её номер.", Fault.PERMANENT)
        group = groups[0]
        return ToldProfile(
            title=str(group.get("name") or ""), url=address_of(group), description=str(group.get("description") or ""),
            avatar=bool(group["photo_id"]) if "photo_id" in group else None,
            links=tuple(filter(None, [str(group.get("homepage_url") or "")])),
        )  # fmt: skip

    def check(self) -> Report:
        """Each key is asked for what it is needed for; whether OK lets it write is seen when it first does."""
        asked = {key: ask for key, ask in ((TOKEN, self._administrator), (BOT, self._bot)) if self._client.has(key)}
        needs = {act: [key for (_, one), way in WAYS.items() if one is act for key in way.keys] for act in Act}
        return report_of(asked, {act: keys for act, keys in needs.items() if keys}, KEY_WORDS, WHERE_TO_GET, _BY_HAND)

    def _administrator(self) -> Opened:
        """The group, its address if it has a name, the owner of the key. Raises NetworkError."""
        page = self._client.page.id
        groups = objects(self._client.read("group.getInfo", uids=page, fields=("uid", "name", "shortname")), "groups")
        if not groups:
            raise NetworkError("Одноклассники не знают такой группы: проверьте её номер.", Fault.PERMANENT)
        person = self._client.read("users.getCurrentUser")
        self._client.read("discussions.getList", category="GROUP", count=1)
        return str(groups[0].get("name") or ""), address_of(groups[0]), _name(person), {}

    def _bot(self) -> Opened:
        """The same for the group with these conversations. Raises NetworkError."""
        answer = self._client.read_messages("me/info")
        found = answer if isinstance(answer, Mapping) else {}
        group = str(found.get("group_id") or "").removeprefix("group:")
        if group not in ("", self._client.page.id):
            raise NetworkError("Это ключ другой группы.", Fault.RIGHTS)
        name = str(found.get("name") or "")
        return name, "", name, {}


def _written_id(answer: Any) -> str:
    """The id of what was written, which comes alone or in an object. NetworkError, unclear, where there is none."""
    inside = answer
    for name in ("comment", "message"):
        if isinstance(inside, Mapping) and isinstance(inside.get(name), Mapping):
            inside = inside[name]
    if isinstance(inside, Mapping):
        inside = next((inside[name] for name in _NAMES if inside.get(name)), None)
    try:
        return reading.number(inside)
    except (TypeError, ValueError):
        raise NetworkError("Одноклассники ответили непонятно.", Fault.TEMPORARY, unclear=True) from None


def _succeeded(answer: Any) -> None:
    """What an act answers: true, an object that says so, or None where its aim was reached before."""
    if isinstance(answer, Mapping):
        answer = answer.get("success", answer.get("result", False))
    if answer not in (None, True) and str(answer).lower() not in ("true", "1", "ok"):
        raise NetworkError("Одноклассники не подтвердили, что это выполнено.", Fault.TEMPORARY, unclear=True)


# --- How a group of OK shows itself (group.getInfo)
FIELDS = ("uid", "name", "description", "shortname", "photo_id", "homepage_url")


def address_of(group: Mapping[str, Any]) -> str:
    """Empty where the address of the group has no name."""
    name = str(group.get("shortname") or "")
    return f"https://ok.ru/{name}" if name else ""


_BY_HAND = (
    Cannot(Act.RESTORE, "Одноклассники не возвращают удалённое."),
    Cannot(Act.BAN, "Одноклассники блокируют через программу только вместе с удалением комментария."),
    Cannot(Act.UNBAN, "Одноклассники снимают блокировку только на сайте."),
)  # what the program does in no group


def _name(person: Any) -> str:
    if not isinstance(person, Mapping):
        return ""
    return str(person.get("name") or f"{person.get('first_name', '')} {person.get('last_name', '')}").strip()
