"""Reading a page of OK: it reports nothing, so its discussions and conversations are read again and again."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from osm.connectors.contract import Act, Kind, Page, Person, Target, Thing, WaitTurn, Written, allowed
from osm.connectors.hearing import Looking, Place, by_time, milliseconds, titled
from osm.connectors.ok import client
from osm.connectors.transport import TOO_DEEP, CannotLook, NetworkError, Raw, Transport, objects, readable
from osm.regulation.blacklist import ThingKind

# --- Comments and messages of OK as events of the contract. Numbers stay text: some are beyond 2^53
_SITE = "https://ok.ru"
_MOSCOW = timezone(timedelta(hours=3))  # the clock of dates that come without milliseconds
_ID = re.compile(r"(?!.*\.\.)[\w:.=+/-]{1,200}")
_LISTS = ("comments", "commentss")
"""`commentss` is no slip of ours: discussions.getDiscussionComments calls its list so."""
_PICTURES = ("pic_max", "pic1024x768", "pic640x480", "url")


class Reader:
    def __init__(self, page_id: str) -> None:
        self.page = page_id

    def comments(self, answer: Any, kind: Kind, place: str, title: str = "") -> list[Written]:
        """The comments of an answer, oldest first."""
        raws = objects(answer, *_LISTS)
        return by_time(one for raw in raws if (one := readable(self.comment, raw, kind, place, title)))

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
        return by_time(one for raw in objects(answer, "messages") if (one := readable(self.message, raw)))

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

    def topic(self, raw: Raw) -> Written:
        """A post of the group from mediatopic.getByIds."""
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
    found = []
    for one in objects(attachments):
        if str(one.get("type")).upper() not in ("PHOTO", "IMAGE"):
            continue
        photo = next((one[name] for name in ("payload", "photo") if isinstance(one.get(name), Mapping)), one)
        url = next((photo[name] for name in _PICTURES if isinstance(photo.get(name), str)), None)
        if url:
            found.append(str(url))
    return tuple(found)


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


# --- What happens, read from the cursor on
FIELDS = tuple(
    f"comment.{name}"
    for name in (
        "ID", "TEXT", "TYPE", "DATE", "AUTHOR_ID", "AUTHOR_NAME", "AUTHOR_REF", "REPLY_TO_ID", "REPLY_TO_NAME",
        "REPLY_TO_COMMENT_ID",
    )
)  # fmt: skip
_CONVERSATIONS = ("GROUP_CHAT", "DIALOG")  # of two; in a CHAT are several people, and the page does not answer there
_LOST = {"106", "141", "300", "700", "702"}  # errors that say that it is there no longer


class Reading(Looking[client.Client]):
    """The reading half of a page's connector."""

    keys = (client.TOKEN, client.BOT)
    most_pages = client.PAGES_OF_COMMENTS

    def __init__(self, page: Page, wait_turn: WaitTurn, transport: Transport | None = None) -> None:
        self._client = client.Client(page, wait_turn, transport)
        self.reader = Reader(page.id)

    def now(self, target: Target) -> Written | None:
        """Its present state. CannotLook also where it is too deep to be found."""
        self._check_looks_up(target)
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
        topics = (readable(self.reader.topic, raw) for raw in objects(answer, "media_topics"))
        return sorted((one for one in topics if one and one.at >= since), key=lambda one: one.at, reverse=True)

    def own(self, target: Target) -> Iterator[Written]:
        """What the page itself has written around it, back to the comment itself. CannotLook."""
        self._check_looks_up(target)
        for page, is_last in self._pages(target):
            yield from (one for one in page if one.is_own)
            if is_last or any(one.target.id == target.id for one in page):
                return
        raise CannotLook(TOO_DEEP)

    def _check_looks_up(self, target: Target) -> None:
        if allowed(client.WAYS, self._client.page.keys, target.kind, Act.LOOK_UP) is None:
            raise CannotLook

    def _places(self) -> list[Place]:
        """Where something has happened lately."""
        found: list[Place] = []
        if self._client.has(client.TOKEN):
            answer = self._client.read("discussions.getList", category="GROUP", count=client.TOPICS)
            found += [one for raw in objects(answer, "discussions") if (one := readable(self._discussion, raw))]
        if self._client.has(client.BOT):
            chats = self._client.read_messages("me/chats", count=client.CHATS)
            found += [one for raw in objects(chats, "chats") if (one := readable(_conversation, raw))]
        return found

    def _discussion(self, raw: Raw) -> Place | None:
        """One of the list; None for those of other groups that the same administrator has."""
        kind = client.KINDS.get(str(raw["object_type"]))
        groups = [one for one in objects(raw.get("ref_objects")) if str(one.get("type")).upper() == "GROUP"]
        if kind is None or (groups and all(str(one.get("id")) != self._client.page.id for one in groups)):
            return None
        stir = [int(raw.get(name) or 0) for name in ("total_comments_count", "new_comments_count")]
        return Place(kind, number(raw["object_id"]), client.TOKEN, stir, titled(raw.get("title")))

    def _pages_of(self, place: Place, pages: int) -> Iterator[tuple[list[Written], bool]]:
        return self._pages(place.as_target, place.title, pages)

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


def _conversation(raw: Raw) -> Place | None:
    if str(raw.get("type") or "DIALOG") not in _CONVERSATIONS:
        return None
    return Place(Kind.COMMUNITY_MESSAGE, number(raw["chat_id"]), client.BOT, [int(number(raw["lastEventTime"]))])
