"""Comments and messages of OK as events of the contract. Numbers stay text: some are beyond 2^53."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from osm.connectors.contract import Person, Target, Thing, Written
from osm.connectors.ways import Kind
from osm.regulation.blacklist import ThingKind

_SITE = "https://ok.ru"
_MOSCOW = timezone(timedelta(hours=3))  # the clock of dates that come without milliseconds
_ID = re.compile(r"(?!.*\.\.)[\w:.=+/-]{1,200}")
_LISTS = ("comments", "commentss")
"""`commentss` is no slip of ours: discussions.getDiscussionComments calls its list so."""
_PICTURES = ("pic_max", "pic1024x768", "pic640x480", "url")

Raw = Mapping[str, Any]
BROKEN = (KeyError, TypeError, ValueError, OverflowError, OSError)
"""What reading something that does not look as documented ends in: it is left out, never guessed."""


class Reader:
    def __init__(self, page_id: str) -> None:
        self.page = page_id

    def comments(self, answer: Any, kind: Kind, place: str, title: str = "") -> list[Written]:
        """The comments of an answer, oldest first."""
        found = [one for raw in objects(answer, *_LISTS) if (one := self._try(self.comment, raw, kind, place, title))]
        return sorted(found, key=lambda one: (one.at, one.target.id))

    def comment(self, raw: Raw, kind: Kind, place: str, title: str = "") -> Written | None:
        """A comment in a discussion; None where it was deleted."""
        if raw.get("removed") or raw.get("status") in ("REMOVED", "DELETED"):
            return None
        author = self._author(raw)
        answers = number(raw["reply_to_comment_id"]) if raw.get("reply_to_comment_id") else ""
        target = Target(kind, number(raw["id"]), place, author=author.id)
        place_url = self.place_url(kind, place)
        return Written(
            target, text=str(raw.get("text") or ""), author=author, at=_instant(raw), url=self.comment_url(target),
            place_url=place_url, place_title=title, answers=answers, pictures=pictures(raw.get("attachments")),
            things=things(raw.get("attachments")), is_own=author.url == self.group_url,
        )  # fmt: skip

    def messages(self, answer: Any) -> list[Written]:
        """The messages of an answer, oldest first."""
        found = [one for raw in objects(answer, "messages") if (one := self._try(self.message, raw))]
        return sorted(found, key=lambda one: (one.at, one.target.id))

    def message(self, raw: Raw) -> Written:
        """A message in a conversation of the group with one person."""
        inside, sender = raw["message"], raw["sender"]
        sort, author = split(sender.get("user_id") or sender.get("chat_id") or sender["group_id"])
        chat = number(raw["recipient"]["chat_id"])
        person = Person(author, " ".join(str(sender.get("name") or "").split()), self.profile_url(sort, author))
        target = Target(Kind.COMMUNITY_MESSAGE, number(inside.get("mid") or inside["seq"]), chat, author=author)
        return Written(
            target, text=str(inside.get("text") or ""), author=person, at=_milliseconds(raw["timestamp"]),
            url=self.comment_url(target), place_url=self.comment_url(target),
            pictures=pictures(inside.get("attachments")), things=things(inside.get("attachments")),
            is_own=author == self.page,
        )  # fmt: skip

    def topic(self, raw: Raw) -> Written | None:
        """A post of the group from mediatopic.getByIds."""
        return self._try(self._topic, raw)

    def _topic(self, raw: Raw) -> Written:
        target = Target(Kind.POST, number(raw["id"]), author=self.page)
        text = "\n".join(str(one.get("text") or "") for one in objects(raw.get("media")) if one.get("type") == "text")
        at = datetime.fromtimestamp(int(raw["created_ms"]) / 1000, UTC)
        url = self.topic_url(target.id)
        holds = {str(one.get("type")).replace("movie", "video") for one in objects(raw.get("media"))}
        person = Person(self.page, url=self.group_url)
        return Written(target, text, person, at, url, url, is_own=True, holds=frozenset(holds))

    def topic_url(self, topic: str) -> str:
        """Where a browser opens a post of the group."""
        return f"{self.group_url}/topic/{topic}"

    def _author(self, raw: Raw) -> Person:
        """Who wrote it: `author_ref` says whether that is a person or a group, `author_id` is the number alone."""
        sort, author = split(raw.get("author_ref") or raw["author_id"])
        if author == self.page:
            sort = "group"
        return Person(author, " ".join(str(raw.get("author_name") or "").split()), self.profile_url(sort, author))

    @property
    def group_url(self) -> str:
        return f"{_SITE}/group/{self.page}"

    def profile_url(self, sort: str, author: str) -> str:
        return f"{_SITE}/{'group' if sort == 'group' else 'profile'}/{author}"

    def place_url(self, kind: Kind, place: str) -> str:
        if kind is Kind.COMMENT:
            return self.topic_url(place)
        return f"{_SITE}/video/{place}" if kind is Kind.VIDEO_COMMENT else f"{self.group_url}/album/photo/{place}"

    def comment_url(self, target: Target) -> str:
        """The address for a browser: OK opens the post above it; the rest distinguishes it from others."""
        if target.kind is Kind.COMMUNITY_MESSAGE:
            return f"{self.group_url}/messages/{quote(target.place)}"
        return f"{self.place_url(target.kind, target.place)}?comment={quote(target.id, safe='')}"

    def _try(self, read: Any, *given: Any) -> Written | None:
        try:
            found: Written | None = read(*given)
        except (*BROKEN, AttributeError):
            return None
        return found


def objects(answer: Any, *names: str) -> list[Raw]:
    """The objects of a list that is named so, or is the answer itself."""
    if isinstance(answer, Mapping):
        answer = next((answer[name] for name in names if isinstance(answer.get(name), list)), None)
    return [one for one in answer if isinstance(one, Mapping)] if isinstance(answer, list) else []


def number(value: Any) -> str:
    """A number or a name as text, without a loss. TypeError, ValueError for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError("no number")
    text = str(value)
    if not _ID.fullmatch(text):
        raise ValueError("no number")
    return text


def split(reference: Any) -> tuple[str, str]:
    """Sort and number of `user:570000000001`; a number alone is a person's."""
    sort, _, alone = number(reference).rpartition(":")
    return sort or "user", alone


def pictures(attachments: Any) -> tuple[str, ...]:
    """The largest size of each photo that hangs on it."""
    return tuple(_pictures(attachments if isinstance(attachments, list) else ()))


def _pictures(attachments: Any) -> Iterator[str]:
    for one in attachments:
        if not isinstance(one, Mapping) or str(one.get("type")).upper() not in ("PHOTO", "IMAGE"):
            continue
        photo = next((one[name] for name in ("payload", "photo") if isinstance(one.get(name), Mapping)), one)
        url = next((photo[name] for name in _PICTURES if isinstance(photo.get(name), str)), None)
        if url:
            yield url


_KINDS = {
    "VIDEO": ThingKind.VIDEO,
    "MOVIE": ThingKind.VIDEO,
    "AUDIO": ThingKind.VOICE,
    "AUDIO_RECORDING": ThingKind.VOICE,
    "MUSIC": ThingKind.AUDIO,
    "TRACK": ThingKind.AUDIO,
    "GIF": ThingKind.GIF,
    "STICKER": ThingKind.STICKER,
    "SHARE": ThingKind.LINK,
    "LINK": ThingKind.LINK,
    "FILE": ThingKind.FILE,
    "POLL": ThingKind.POLL,
    "TOPIC": ThingKind.POST,
    "CONTACT": ThingKind.CONTACT,
    "LOCATION": ThingKind.PLACE,
    "PRESENT": ThingKind.GIFT,
}
"""What a message or a comment calls its attachment; OK documents some of them, the others are attachments too."""


def things(attachments: Any) -> tuple[Thing, ...]:
    """Its attachments, without the pictures that `pictures` gives."""
    found = objects(attachments)
    return tuple(_thing(one) for one in found if not pictures([one]))


def _thing(raw: Raw) -> Thing:
    sort = str(raw.get("type")).upper()
    inside = next((raw[name] for name in ("payload", sort.lower()) if isinstance(raw.get(name), Mapping)), raw)
    title, url = (
        next((str(inside[name]) for name in names if isinstance(inside.get(name), str)), "")
        for names in (("title", "name", "filename"), ("url", "src", "link"))
    )
    seconds = inside.get("duration")
    kind = ThingKind.PHOTO if sort in ("PHOTO", "IMAGE") else _KINDS.get(sort, ThingKind.OTHER)
    return Thing(kind, title, url, seconds if type(seconds) is int and seconds > 0 else None)


def _instant(raw: Raw) -> datetime:
    if raw.get("date_ms") is not None:
        return _milliseconds(raw["date_ms"])
    return datetime.strptime(str(raw["date"]), "%Y-%m-%d %H:%M:%S").replace(tzinfo=_MOSCOW).astimezone(UTC)


def _milliseconds(value: Any) -> datetime:
    whole = int(number(value))
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=whole)
