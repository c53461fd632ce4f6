"""What VK says happened, as our events; what is attached to it; the Callback API."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from osm.connectors.contract import Barred, Event, Gone, Kind, Liked, Person, Target, Thing, Written
from osm.connectors.hearing import Call, Callback, Delivered
from osm.connectors.transport import Raw, objects, readable
from osm.connectors.vk.client import LOOK_EVERY
from osm.regulation.blacklist import ThingKind

# --- Attachments of something written in VK, without its photos (wall_comment_attachment, messages_message_attachment)
_SITE = "https://vk.com"
_GIF = 3  # `type` of a document


def things(raw: Raw) -> tuple[Thing, ...]:
    """All of them in order, unknown kinds too."""
    found = [_thing(one) for one in objects(raw.get("attachments"))]
    if isinstance(raw.get("geo"), Mapping):
        found.append(Thing(ThingKind.PLACE))
    if raw.get("fwd_messages"):
        found.append(Thing(ThingKind.FORWARDED))
    return tuple(one for one in found if one is not None)


def _thing(raw: Raw) -> Thing | None:
    sort = str(raw.get("type"))
    inside = raw.get(sort)
    of = inside if isinstance(inside, Mapping) else {}
    if sort == "photo":
        return None if of.get("sizes") else Thing(ThingKind.PHOTO)
    read = _KINDS.get(sort)
    return read(of) if read else Thing(ThingKind.OTHER)


def _video(raw: Raw) -> Thing:
    return Thing(ThingKind.VIDEO, _text(raw, "title"), _of_owner("video", raw), _seconds(raw))


def _voice(raw: Raw) -> Thing:
    return Thing(ThingKind.VOICE, url=_text(raw, "link_mp3", "link_ogg"), seconds=_seconds(raw))


def _audio(raw: Raw) -> Thing:
    title = " — ".join(filter(None, (_text(raw, "artist"), _text(raw, "title"))))
    return Thing(ThingKind.AUDIO, title, seconds=_seconds(raw))


def _document(raw: Raw) -> Thing:
    is_gif = raw.get("type") == _GIF or _text(raw, "ext").lower() == "gif"
    return Thing(ThingKind.GIF if is_gif else ThingKind.FILE, _text(raw, "title"), _text(raw, "url"))


def _sticker(raw: Raw) -> Thing:
    shown = objects(raw.get("images"))
    return Thing(ThingKind.STICKER, url=_text(shown[-1], "url") if shown else "")


def _named(kind: ThingKind, *names: str) -> Callable[[Raw], Thing]:
    return lambda raw: Thing(kind, _text(raw, *names), _text(raw, "url", "view_url"))


def _post(raw: Raw) -> Thing:
    return Thing(ThingKind.POST, url=_of_owner("wall", raw) or _of_owner("wall", raw, owner="to_id"))


_KINDS: dict[str, Callable[[Raw], Thing]] = {
    "video": _video,
    "audio": _audio,
    "audio_message": _voice,
    "doc": _document,
    "sticker": _sticker,
    "link": _named(ThingKind.LINK, "title", "caption"),
    "article": _named(ThingKind.LINK, "title"),
    "page": _named(ThingKind.LINK, "title"),
    "note": _named(ThingKind.LINK, "title"),
    "graffiti": _named(ThingKind.DRAWING),
    "poll": _named(ThingKind.POLL, "question"),
    "wall": _post,
    "wall_reply": _post,
    "market": _named(ThingKind.GOODS, "title"),
    "gift": _named(ThingKind.GIFT),
}


def _of_owner(place: str, raw: Raw, owner: str = "owner_id") -> str:
    numbers = (raw.get(owner), raw.get("id"))
    is_known = all(isinstance(one, int) and not isinstance(one, bool) for one in numbers)
    return f"{_SITE}/{place}{numbers[0]}_{numbers[1]}" if is_known else ""


def _text(raw: Raw, *names: str) -> str:
    return next((str(raw[name]) for name in names if isinstance(raw.get(name), str) and raw[name]), "")


def _seconds(raw: Raw) -> int | None:
    value = raw.get("duration")
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


# --- Objects of Bots Long Poll and Callback API as events of the contract
_CHATS = 2_000_000_000  # conversations of several people have numbers from here on; the page does not answer them


class Reader:
    """Objects of VK for one page. What does not look as the schema says is left out, never guessed."""

    def __init__(self, page_id: str) -> None:
        self._page = f"-{page_id}"

    def event(self, update: Raw) -> Event | None:
        """One update; None for a kind that is not used here."""
        read = _EVENTS.get(str(update.get("type")))
        thing = update.get("object")
        if read is None or not isinstance(thing, Mapping):
            return None
        return readable(read, self, thing)

    def comment(self, raw: Raw, kind: Kind = Kind.COMMENT, place: str = "", owner: str = "") -> Written | None:
        """A comment under a post, a photo, a video or in a discussion; None where it was deleted."""
        if raw.get("deleted"):
            return None
        place_field, owner_fields = _PLACES[kind]
        place = place or _number(raw, place_field)
        owner = owner or next((_number(raw, name) for name in owner_fields if name in raw), self._page)
        parents = raw.get("parents_stack")
        thread = str(int(parents[0])) if isinstance(parents, list) and parents else ""
        target = Target(kind, _number(raw, "id"), place, owner, _number(raw, "from_id"), thread)
        answers = str(int(raw["reply_to_comment"])) if raw.get("reply_to_comment") else thread
        return self._written(target, raw, comment_url(target), place_url(target), answers=answers)

    def message(self, raw: Raw) -> Written | None:
        """A message to the community in a conversation of two."""
        peer = int(raw["peer_id"])
        if peer >= _CHATS:
            return None
        own = raw.get("out") == 1 or _number(raw, "from_id") == self._page
        number = _number(raw, "id") if own else _number(raw, "conversation_message_id")
        target = Target(Kind.COMMUNITY_MESSAGE, number, str(peer), self._page, _number(raw, "from_id"))
        return self._written(target, raw, comment_url(target), comment_url(target))

    def post(self, raw: Raw) -> Written | None:
        """A post of the page itself; None for one of somebody else upon its wall."""
        target = Target(Kind.POST, _number(raw, "id"), "", self._page, _number(raw, "from_id"))
        if target.author != self._page or raw.get("post_type", "post") != "post" or raw.get("is_deleted"):
            return None
        found = self._written(target, raw, comment_url(target), comment_url(target))
        return replace(found, holds=frozenset(str(one.get("type")) for one in objects(raw.get("attachments"))))

    def suggested(self, raw: Raw) -> Written | None:
        """A post that somebody suggests; None for every other post."""
        if raw.get("post_type") != "suggest":
            return None
        target = Target(Kind.SUGGESTED_POST, _number(raw, "id"), "", _number(raw, "owner_id"), _number(raw, "from_id"))
        return self._written(target, raw, comment_url(target), comment_url(target))

    def _written(self, target: Target, raw: Raw, url: str, of: str, answers: str = "") -> Written:
        return Written(
            target, text=str(raw.get("text") or ""), author=_person(target.author), at=_instant(raw["date"]), url=url,
            place_url=of, answers=answers, pictures=pictures(raw.get("attachments")), things=things(raw),
            is_own=target.author == self._page,
        )  # fmt: skip

    def gone(self, raw: Raw, kind: Kind) -> Gone:
        place_field, owner_fields = _PLACES[kind]
        owner = next((_number(raw, name) for name in ("owner_id", *owner_fields) if name in raw), self._page)
        by = raw.get("deleter_id") or raw.get("user_id") or ""
        return Gone(Target(kind, _number(raw, "id"), _number(raw, place_field), owner), str(by))

    def barred(self, raw: Raw) -> Barred:
        end = int(raw["unblock_date"])
        until, reason = _instant(end) if end else None, _GROUNDS.get(int(raw.get("reason") or 0), "")
        return Barred(_person(_number(raw, "user_id")), until=until, reason=reason, by=_number(raw, "admin_id"))

    def unbarred(self, raw: Raw) -> Barred:
        by_end = bool(int(raw.get("by_end_date") or 0))
        return Barred(_person(_number(raw, "user_id")), lifted=True, by=_number(raw, "admin_id"), by_end=by_end)

    def liked(self, raw: Raw, is_over: bool) -> Liked | None:
        """Of a comment under a post."""
        if raw["object_type"] != "comment":
            return None
        target = Target(
            Kind.COMMENT, _number(raw, "object_id"), _number(raw, "post_id"), _number(raw, "object_owner_id")
        )
        return Liked(target, _person(_number(raw, "liker_id")), is_over)


_GROUNDS = {1: "spam", 2: "insult", 3: "profanity"}
"""What VK calls the reason of a ban, as codes of ours; of the others (0 something else, 4 off the topic) none."""
_PLACES: dict[Kind, tuple[str, tuple[str, ...]]] = {
    Kind.COMMENT: ("post_id", ("post_owner_id", "owner_id")),
    Kind.DISCUSSION: ("topic_id", ("topic_owner_id",)),
    Kind.PHOTO_COMMENT: ("photo_id", ("photo_owner_id", "owner_id")),
    Kind.VIDEO_COMMENT: ("video_id", ("video_owner_id", "owner_id")),
}
"""Kind → the field of what it stands under, and those that may say whose that is."""


def _comments(kind: Kind) -> Callable[[Reader, Raw], Event | None]:
    return lambda reader, raw: reader.comment(raw, kind)


def _deleted(kind: Kind) -> Callable[[Reader, Raw], Event | None]:
    return lambda reader, raw: reader.gone(raw, kind)


_EVENTS: dict[str, Callable[[Reader, Raw], Event | None]] = {
    **{
        f"{name}_{change}": _comments(kind)
        for name, kind in (
            ("wall_reply", Kind.COMMENT),
            ("board_post", Kind.DISCUSSION),
            ("photo_comment", Kind.PHOTO_COMMENT),
            ("video_comment", Kind.VIDEO_COMMENT),
        )
        for change in ("new", "edit", "restore")
    },
    "wall_reply_delete": _deleted(Kind.COMMENT),
    "board_post_delete": _deleted(Kind.DISCUSSION),
    "photo_comment_delete": _deleted(Kind.PHOTO_COMMENT),
    "video_comment_delete": _deleted(Kind.VIDEO_COMMENT),
    "wall_post_new": Reader.suggested,
    "message_new": lambda reader, raw: reader.message(raw.get("message", raw)),
    "message_reply": Reader.message,
    "message_edit": Reader.message,
    "user_block": Reader.barred,
    "user_unblock": Reader.unbarred,
    "like_add": lambda reader, raw: reader.liked(raw, False),
    "like_remove": lambda reader, raw: reader.liked(raw, True),
}


def pictures(attachments: Any) -> tuple[str, ...]:
    """The largest size of each photo that hangs on it."""
    found = []
    for one in objects(attachments):
        sizes = objects(one.get("photo"), "sizes") if one.get("type") == "photo" else []
        known = [size for size in sizes if isinstance(size.get("url"), str)]
        if known:
            found.append(str(max(known, key=lambda size: int(size.get("width") or 0))["url"]))
    return tuple(found)


def comment_url(target: Target) -> str:
    match target.kind:
        case Kind.COMMENT:
            thread = f"&thread={target.thread}" if target.thread else ""
            return f"{place_url(target)}?reply={target.id}{thread}"
        case Kind.COMMUNITY_MESSAGE:
            return f"{_SITE}/gim{target.owner.lstrip('-')}?sel={target.place}"
        case Kind.SUGGESTED_POST | Kind.POST:
            return f"{_SITE}/wall{target.owner}_{target.id}"
        case Kind.DISCUSSION:
            return f"{place_url(target)}?post={target.id}"
        case _:
            return f"{place_url(target)}?reply={target.id}"


def place_url(target: Target) -> str:
    names = {Kind.COMMENT: "wall", Kind.DISCUSSION: "topic", Kind.PHOTO_COMMENT: "photo", Kind.VIDEO_COMMENT: "video"}
    return f"{_SITE}/{names.get(target.kind, 'wall')}{target.owner}_{target.place}"


def profile_url(author: str) -> str:
    return f"{_SITE}/club{author[1:]}" if author.startswith("-") else f"{_SITE}/id{author}"


def named(events: Iterable[Event | None], people: Mapping[str, str]) -> tuple[Event, ...]:
    """The events with the names of their people, as far as they are known."""
    return tuple(_called(one, people) for one in events if one is not None)


def _called(one: Event, people: Mapping[str, str]) -> Event:
    if isinstance(one, Gone | Liked):
        return one
    author = replace(one.author, name=people.get(one.author.id, ""))
    if isinstance(one, Barred):
        return replace(one, author=author, by_name=people.get(one.by, ""))
    return replace(one, author=author)


def names_of(answer: Any) -> dict[str, str]:
    """People and communities of an answer, by the number with its sign."""
    if not isinstance(answer, Mapping):
        return {}
    people = {
        str(one.get("id")): f"{one.get('first_name') or ''} {one.get('last_name') or ''}".strip()
        for one in objects(answer.get("profiles"))
    }
    return people | {f"-{one.get('id')}": str(one.get("name") or "") for one in objects(answer.get("groups"))}


def _person(author: str) -> Person:
    return Person(author, url=profile_url(author))


def _number(raw: Raw, name: str) -> str:
    """A number as text, with its sign. KeyError, TypeError, ValueError."""
    value = raw[name]
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(name)
    return str(int(value))


def _instant(seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


# --- The Callback API
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)


def read(raw: bytes, _signature: str) -> Call:
    """One event a call. ValueError."""
    try:
        told = json.loads(raw)
        if not isinstance(told, dict):
            raise ValueError("no object")
        secret = str(told.pop("secret", ""))
        body = json.dumps(told)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    event_id = told.get("event_id")
    if not isinstance(event_id, str) or not _ID.fullmatch(event_id):
        event_id = hashlib.sha256(raw).hexdigest()
    event = Delivered(str(told.get("group_id", "")), event_id, body)
    return Call(raw, secret, (event,), asks_confirmation=told.get("type") == "confirmation")


def is_genuine(call: Call, secret: str, _keys: Mapping[str, str]) -> bool:
    """VK asks for the confirmation before it knows the secret, so that may come without."""
    if call.asks_confirmation and not call.proof:
        return True
    return bool(secret) and hmac.compare_digest(call.proof.encode("utf-8", "replace"), secret.encode())


CALLBACK = Callback(
    words="Callback API",
    else_words="Long Poll (по умолчанию)",
    read=read,
    is_genuine=is_genuine,
    which="Long Poll: программа спрашивает сама, подходит всем. Callback API: события присылает ВКонтакте; программа "
    "должна быть видна из интернета.",
    look_every=LOOK_EVERY,
    listens=False,
    how="Управление сообществом → Работа с API → Callback API: адрес, секретный ключ, версия API 5.199. Подтвердите "
    "адрес и на вкладке «Типы событий» отметьте комментарии, сообщения, записи, обсуждения, отметки «Нравится» и "
    "чёрный список.",
)
