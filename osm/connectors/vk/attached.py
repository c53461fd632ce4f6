"""Attachments of something written in VK, without its photos (wall_comment_attachment, messages_message_attachment)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from osm.connectors.contract import Thing
from osm.regulation.comment_words import ThingKind

_SITE = "https://vk.com"
_GIF = 3
"""`type` of a document."""

Raw = Mapping[str, Any]


def things(raw: Raw) -> tuple[Thing, ...]:
    """All of them in order, unknown kinds too."""
    attached = raw.get("attachments")
    found = [_thing(one) for one in attached if isinstance(one, Mapping)] if isinstance(attached, list) else []
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
    images = raw.get("images")
    shown = [one for one in images if isinstance(one, Mapping)] if isinstance(images, list) else []
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
