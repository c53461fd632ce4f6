"""Updates of a bot as events of its page: which message of the group is a comment, of whom, under which post."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from osm.connectors import looking
from osm.connectors.contract import Person, Target, Thing, Written
from osm.connectors.ways import Kind
from osm.regulation.blacklist import ThingKind

Raw = Mapping[str, Any]
BROKEN = (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError)
"""What reading something that does not look as documented ends in: it is left out, never guessed."""
_NAME = re.compile(r"[A-Za-z]\w{2,40}", re.ASCII)
_THINGS = {
    "photo": ThingKind.PHOTO,
    "video": ThingKind.VIDEO,
    "video_note": ThingKind.VIDEO,
    "animation": ThingKind.GIF,
    "audio": ThingKind.AUDIO,
    "voice": ThingKind.VOICE,
    "sticker": ThingKind.STICKER,
    "document": ThingKind.FILE,
    "poll": ThingKind.POLL,
    "location": ThingKind.PLACE,
    "contact": ThingKind.CONTACT,
}
"""Fields of a message → what hangs on it."""
MOST_REMEMBERED = 300  # posts and albums remembered to understand later messages


class Reader:
    """What one page hears. `memory` travels in the cursor: the group, where its threads belong, albums that came.
    `group`: None where the channel has none. `is_out`: the bot has lost its place there, as Telegram told it last."""

    def __init__(self, channel: int, memory: Raw) -> None:
        self.channel, self.group = channel, memory.get("group")
        self.posts: dict[str, list[str]] = dict(memory.get("posts") or {})
        """Thread → the path of the post in t.me, its first words."""
        self.albums: dict[str, str] = dict(memory.get("albums") or {})
        """Album → the id of the comment that it is."""
        self.is_out = bool(memory.get("is_out"))

    @property
    def memory(self) -> dict[str, Any]:
        """To be given to the next reader."""
        newest = {name: dict([*kept.items()][-MOST_REMEMBERED:]) for name, kept in self._remembered.items()}
        return {"group": self.group, "is_out": self.is_out, **newest}

    @property
    def _remembered(self) -> dict[str, dict[str, Any]]:
        return {"posts": self.posts, "albums": self.albums}

    def events(self, updates: Iterable[Raw]) -> tuple[Written, ...]:
        """In their order. Telegram never tells that something was deleted."""
        found: dict[str, Written] = {}
        for number, update in enumerate(updates):
            with suppress(*BROKEN):
                if member := update.get("my_chat_member"):
                    self._place(member)
                elif (one := self._message(raw := update.get("message") or update["edited_message"])) is not None:
                    album = raw.get("media_group_id")
                    if album is None:
                        found[f"{number}"] = one
                    elif "message" in update:
                        self._joined(str(album), one, found)
                    elif one.text and str(album) in self.albums:
                        found[f"{number}"] = _named(one, self.albums[str(album)])
        return tuple(found.values())

    def _joined(self, album: str, one: Written, found: dict[str, Written]) -> None:
        """Photos that came together are one comment; one that came too late is a comment of its own."""
        if before := found.get(album):
            rest = one.target.id.rpartition("/")[2]
            hung = {"things": before.things + one.things, "pictures": before.pictures + one.pictures}
            one = _named(before, f"{before.target.id},{rest}", text=before.text or one.text, **hung)
        if before or album not in self.albums:
            found[album], self.albums[album] = one, one.target.id
        else:
            found[one.target.id] = one

    def _place(self, member: Raw) -> None:
        if member["chat"]["id"] == self.group:
            self.is_out = member["new_chat_member"]["status"] != "administrator"

    def _message(self, raw: Raw) -> Written | None:
        """A comment; None for the copy of a post, which says where its thread belongs, and for talk under no post."""
        if self._is_copy(raw):
            self.group = raw["chat"]["id"]
            self._remember(raw)
        elif raw["chat"]["id"] == self.group and (thread := raw.get("message_thread_id")) is not None:
            above = raw.get("reply_to_message") or {}
            if self._is_copy(above):
                self._remember(above)
            return self._comment(raw, thread, {} if self._is_copy(above) else above)
        return None

    def _is_copy(self, raw: Raw) -> bool:
        return bool(raw.get("is_automatic_forward")) and raw["sender_chat"]["id"] == self.channel

    def _remember(self, copy: Raw) -> None:
        """The copy of a post has another number than the post: that of its thread. Of a post that the channel has
        forwarded itself it tells the place where that comes from."""
        origin = copy.get("forward_origin") or {}
        is_ours = (origin.get("chat") or {}).get("id") == self.channel
        path = post_path(origin["chat"], origin["message_id"]) if is_ours else ""
        self.posts[str(copy["message_id"])] = [path, looking.titled(copy.get("text") or copy.get("caption"))]

    def _comment(self, raw: Raw, thread: int, above: Raw) -> Written:
        """`above`: the comment that it answers."""
        author, number = person(raw.get("sender_chat") or raw["from"]), int(raw["message_id"])
        path, title = self.posts.get(str(thread), ["", ""])
        group = short(raw["chat"]["id"])
        target = Target(Kind.COMMENT, f"{group}/{number}", path, short(self.channel), author.id)
        answers = f"{group}/{above['message_id']}" if above else ""
        return Written(
            target, text=str(raw.get("text") or raw.get("caption") or ""), author=author,
            at=datetime.fromtimestamp(raw["date"], UTC), url=comment_url(target, thread),
            place_url=f"https://t.me/{path}" if path else "", place_title=title,
            answers=self.albums.get(str(above.get("media_group_id")), answers), things=things(raw),
            pictures=_pictures(raw),
            is_own=author.id in (str(self.channel), str(self.group)),
        )  # fmt: skip


def things(raw: Raw) -> tuple[Thing, ...]:
    """What hangs on a message. An animation comes as a file too."""
    hung = [(kind, raw[name]) for name, kind in _THINGS.items() if name in raw]
    if "animation" in raw:
        hung = hung[:1]
    return tuple(Thing(kind, *_about(one)) for kind, one in hung)


def _pictures(raw: Raw) -> tuple[str, ...]:
    """The photo in its largest size, by its name for this bot: an address would hold the token."""
    sizes = raw.get("photo") or ()
    return (str(max(sizes, key=lambda one: one["width"] * one["height"])["file_id"]),) if sizes else ()


def _about(one: Any) -> tuple[str, str, int | None]:
    """Its name, no address, its seconds."""
    if not isinstance(one, Mapping):
        return "", "", None
    seconds = one.get("duration")
    return str(one.get("file_name") or ""), "", seconds if type(seconds) is int else None


def person(raw: Raw) -> Person:
    """A human or a channel, which has a sign. Without a name his address is ours to tell him by: it opens nothing."""
    number, called = int(raw["id"]), str(raw.get("username") or "")
    name = raw.get("title") or " ".join(str(raw.get(part) or "") for part in ("first_name", "last_name"))
    return Person(str(number), str(name).strip(), f"https://t.me/{called if _NAME.fullmatch(called) else abs(number)}")


def short(chat: int) -> str:
    """The number of a channel or group as links have it."""
    return str(chat).removeprefix("-100")


def post_path(channel: Raw, number: int) -> str:
    """Of a post in t.me: by the name of the channel where it has one."""
    called = str(channel.get("username") or "")
    name = called if _NAME.fullmatch(called) else f"c/{short(channel['id'])}"
    return f"{name}/{int(number)}"


def comment_url(target: Target, thread: int | None = None) -> str:
    """Where a browser opens it: under its post, else in the group, which only members see."""
    group, _, numbers = target.id.partition("/")
    first = numbers.partition(",")[0]
    if target.place:
        return f"https://t.me/{target.place}?comment={first}"
    return f"https://t.me/c/{group}/{first}" + (f"?thread={thread}" if thread else "")


def _named(one: Written, number: str, **changes: Any) -> Written:
    return replace(one, target=replace(one.target, id=number), **changes)
