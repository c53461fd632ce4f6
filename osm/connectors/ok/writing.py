"""Acting in OK as the page: answers, corrections, deletions. Each call is tried once."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from osm.connectors import looking, page
from osm.connectors.contract import Picture, Placed, Target
from osm.connectors.faults import CannotLook, Fault, NetworkError
from osm.connectors.ok import events, reading
from osm.connectors.ok.client import LONGEST_COMMENT, TOKEN, TYPES, WAYS, place_of
from osm.connectors.ways import Act, Kind, allowed

_NO_PHOTO = "К ответу в Одноклассниках программа не прикладывает фото: разместите его на сайте и вставьте ссылку."
_PHOTO_NOT_TAKEN = "Одноклассники не приняли фото: разместите запись с фото на сайте."
_TOO_LONG = f"Одноклассники принимают ответ не длиннее {LONGEST_COMMENT} знаков: сократите его."
_NAMES = ("comment_id", "commentId", "message_id", "mid", "id")
"""Where the id of what was written may stand in an answer."""


class Writing(reading.Reading, page.ByHand):
    """Reading, and the acting half of a page's connector."""

    by_hand = "Одноклассники не дают делать это через программу: выполните на сайте."

    def reply(self, target: Target, text: str, pictures: Sequence[Picture], key: str) -> Placed:
        """Answer under it. OK knows no keys of answers: a second try looks first."""
        self._check(target.kind, Act.REPLY)
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
        same = (one for one in self.own(target) if one.answers == answers and looking.same_words(one.text, text))
        return looking.first_free((replace(self._at(target, one.target.id), at=one.at) for one in same), known)

    def post(self, text: str, pictures: Sequence[Picture], key: str) -> Placed:
        """A topic of the group. OK has no keys of posts: look before a second try."""
        self._check(Kind.POST, Act.POST)
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
        self._check(own.kind, Act.EDIT)
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
        self._check(target.kind, Act.DELETE)
        given = {**place_of(target), "comment_id": target.id, **more}
        answer = self._client.do("discussions.deleteDiscussionComment", Act.DELETE, **given)
        _succeeded(answer)
        return answer is not None

    def is_banned(self, author: str, until: datetime | None) -> bool:
        """Whether he is on the black list of the group, which knows no ends."""
        if not self._client.has(TOKEN):
            raise CannotLook
        answer = self._client.read("group.getUserGroupsByIds", group_id=self._client.page.id, uids=author)
        return any(str(one.get("status")).upper() == "BLOCKED" for one in events.objects(answer, "users", "userGroups"))

    def _check(self, kind: Kind, act: Act) -> None:
        if allowed(WAYS, self._client.page.keys, kind, act) is None:
            raise NetworkError("Для этого у страницы нет ключа: выполните на сайте.", Fault.PERMANENT)

    def _placed(self, target: Target, answer: Any) -> Placed:
        return self._at(target, _written_id(answer))

    def _at(self, target: Target, name: str) -> Placed:
        own = replace(target, id=name, author=self._client.page.id, thread="")
        return Placed(own, self.reader.comment_url(own))


def _written_id(answer: Any) -> str:
    """The id of what was written, which comes alone or in an object. NetworkError, unclear, where there is none."""
    inside = answer
    for name in ("comment", "message"):
        if isinstance(inside, Mapping) and isinstance(inside.get(name), Mapping):
            inside = inside[name]
    if isinstance(inside, Mapping):
        inside = next((inside[name] for name in _NAMES if inside.get(name)), None)
    try:
        return events.number(inside)
    except (TypeError, ValueError):
        raise NetworkError("Одноклассники ответили непонятно.", Fault.TEMPORARY, unclear=True) from None


def _succeeded(answer: Any) -> None:
    """What an act answers: true, an object that says so, or None where its aim was reached before."""
    if isinstance(answer, Mapping):
        answer = answer.get("success", answer.get("result", False))
    if answer not in (None, True) and str(answer).lower() not in ("true", "1", "ok"):
        raise NetworkError("Одноклассники не подтвердили, что это выполнено.", Fault.TEMPORARY, unclear=True)
