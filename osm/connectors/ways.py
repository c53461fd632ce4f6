"""What can be asked of a network, of which kinds of writing, and by which method and key: tables of this are data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What people write on a page. A network has different methods for each kind."""

    COMMENT = "comment"
    COMMUNITY_MESSAGE = "community_message"
    SUGGESTED_POST = "suggested_post"
    DISCUSSION = "discussion"
    PHOTO_COMMENT = "photo_comment"
    VIDEO_COMMENT = "video_comment"
    POST = "post"  # what the page itself publishes (Пр.2.3)


class Act(StrEnum):
    """What can be asked of a network about a thing there, or about its author."""

    READ = "read"
    REPLY = "reply"
    EDIT = "edit"
    DELETE = "delete"
    RESTORE = "restore"
    HIDE = "hide"  # only its author and the page still see it
    SHOW = "show"  # everybody sees it again
    BAN = "ban"
    UNBAN = "unban"
    POST = "post"  # to publish a post
    LOOK_UP = "look_up"
    """Whether something stands there, and as what: asked before an answer goes out and after an unclear end."""


FEW_KNOW = frozenset({Act.HIDE, Act.SHOW})  # acts that few networks have: the others do not list them as missing


@dataclass(frozen=True, slots=True)
class Way:
    """How an act upon a kind is done: by this method, with one of these keys, the first that the page has."""

    method: str
    keys: tuple[str, ...]


Ways = Mapping[tuple[Kind, Act], Way]  # an act that is not in the table is done by hand


def allowed(ways: Ways, keys: Mapping[str, str], kind: Kind, act: Act) -> Way | None:
    """How this page does it; None: by hand."""
    way = ways.get((kind, act))
    return way if way and any(keys.get(name) for name in way.keys) else None


def key_for(way: Way, keys: Mapping[str, str]) -> str:
    """The name of the key that serves: the first of the way's that the page has; the first where it has none."""
    return next((name for name in way.keys if keys.get(name)), way.keys[0])
