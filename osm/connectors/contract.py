"""What the rest of the program asks of every network, and what a connector answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

from osm.regulation import blacklist, own_pages


# --- What can be asked of a network, of which kinds of writing, and by which method and key
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
    BAN = "ban"
    UNBAN = "unban"
    POST = "post"  # to publish a post
    LOOK_UP = "look_up"
    """Whether something stands there, and as what: asked before an answer goes out and after an unclear end."""


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


# --- Who manages a page: what only some networks tell
@dataclass(frozen=True, slots=True)
class Managing:
    """Somebody who manages the page, as its network names him."""

    person: Person
    right: own_pages.Right


@runtime_checkable
class NamesAdministrators(Protocol):
    """A connector for a network that names who manages the page."""

    def administrators(self) -> Sequence[Managing]:
        """All of them. CannotLook where no key may ask."""


# --- The contract of every network: what a connector can do for a page and what it hands over
@dataclass(frozen=True, slots=True)
class Page:
    """A page with its keys. `id` as the network names it, without a sign; `base`: scheme, host and port of its API."""

    id: str
    base: str
    keys: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Target:
    """Something in the network: the object of an act, and the place for an answer."""

    kind: Kind
    id: str
    place: str = ""  # the post, the topic, the photo or the conversation above it
    owner: str = ""  # the owner of the wall, with the network's own sign; empty: the page
    author: str = ""  # who wrote it, as the network names him
    thread: str = ""  # the comment at the top of its thread, where it is not that itself

    @property
    def name(self) -> str:
        """By what it is known again in its network."""
        return self.named(self.id)

    def named(self, number: str) -> str:
        """The same of another one in the same place."""
        if self.kind is Kind.COMMENT:
            return f"{self.owner or self.place}_{number}"
        return f"{self.kind}:{self.owner}_{self.place}_{number}"


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote something: a profile or a community."""

    id: str
    name: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Thing:
    """An attachment, as far as the network describes it. `seconds`: the length of a sound or a video."""

    kind: blacklist.ThingKind
    title: str = ""
    url: str = ""
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """Something was written, changed or came back. Instants are aware, in UTC, by the network's clock."""

    target: Target
    text: str
    author: Person
    at: datetime
    url: str
    place_url: str = ""
    place_title: str = ""  # the first words of the post, where they came along
    answers: str = ""  # the id of the comment that it answers directly
    pictures: tuple[str, ...] = ()  # addresses; ask `is_ours_to_fetch` before one is opened. Names with `OpensPictures`
    things: tuple[Thing, ...] = ()  # attachments other than pictures that can be fetched
    is_own: bool = False  # the page wrote it itself
    holds: frozenset[str] = frozenset()  # of a post: «photo», «video», «poll» where such a thing hangs on it


@dataclass(frozen=True, slots=True)
class Gone:
    """It is gone. `by`: who deleted it according to the network; empty where it does not say."""

    target: Target
    by: str = ""


@dataclass(frozen=True, slots=True)
class Barred:
    """Somebody was banned in the network, or freed (`until` and `reason` then say nothing). `reason`: a code of ours
    (`osm.regulation.blacklist.CommentGround`), empty where the network gives none we know. `by_end`: its term
    has ended, no person lifted it."""

    author: Person
    lifted: bool = False
    until: datetime | None = None
    reason: str = ""
    by: str = ""
    by_name: str = ""
    by_end: bool = False


@dataclass(frozen=True, slots=True)
class Liked:
    """Somebody likes it, or no longer."""

    target: Target
    author: Person
    is_over: bool = False


Event = Written | Gone | Barred | Liked


@dataclass(frozen=True, slots=True)
class Batch:
    """What was received. `cursor` is stored with the events in one transaction and given back next time. `has_gap`: the
    network has forgotten some of what happened: `catch_up` is due."""

    events: tuple[Event, ...]
    cursor: Mapping[str, Any]
    has_gap: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """Our answer as it is in the network."""

    target: Target
    url: str
    at: datetime | None = None  # by the network's clock; None where it says none


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo that goes out with an answer."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cannot:
    """What the keys of a page do not allow, and why, in words."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the keys of a page can do, asked of the network itself."""

    title: str
    can: tuple[Act, ...]
    cannot: tuple[Cannot, ...] = ()
    whose: Mapping[str, str] = field(default_factory=dict)  # key → its owner
    expires: Mapping[str, datetime] = field(default_factory=dict)
    url: str = ""  # of the page, where its number does not give it


@dataclass(frozen=True, slots=True)
class PerHour:
    """Requests that a network allows: in no hour more than both together."""

    at_once: int
    more: int  # in an hour, evenly


@dataclass(frozen=True, slots=True)
class Traits:
    """What a network is like with any keys."""

    tells_gone: bool = True  # it is known from the network that a comment is gone
    ends_bans: bool = False  # it takes the term of a ban and ends it
    one_page_a_key: bool = False
    """What it tells comes in one queue for each key: two pages would take it from each other."""
    needs_address: bool = False  # it reports events only by calling us
    elsewhere: frozenset[Kind] = frozenset()  # kinds of comments under which a page answers in communities of others


WaitTurn = Callable[[str, float], None]
"""Waits until this key may ask again, `per_second` times in a second over all threads and processes."""


class Connector(Protocol):
    """One page of one network. Every call may raise NetworkError, and nothing else of the network's."""

    ways: ClassVar[Ways]
    traits: ClassVar[Traits]

    def check(self) -> Report:
        """Ask the network what each key can do."""

    def listen(self, cursor: Mapping[str, Any], wait: int) -> Batch:
        """What happened since `cursor` (empty: from now on); waits for up to `wait` seconds where the network can."""

    def catch_up(self, since: datetime) -> Sequence[Written]:
        """Comments under the recent posts written since then, oldest first: after a gap."""

    def now(self, target: Target) -> Written | None:
        """Its present state; None: it is gone. CannotLook where no key may read."""

    def reply(self, target: Target, text: str, pictures: Sequence[Picture], key: str) -> Placed:
        """Answer as the page. `key`: the same for every try of one answer; few networks know such keys."""

    def find_reply(self, target: Target, text: str, known: Collection[str]) -> Placed | None:
        """Our answer of this text to exactly this comment, whenever it was written: asked after an unclear end.

        `known`: what other acts have placed, by `Target.name` or `finding.name_of_link`: it is never this one. No clock
        is asked: one that is wrong by minutes would let the answer appear twice. CannotLook, also where it may be
        deeper than can be read.
        """

    def edit(self, own: Target, text: str, pictures: Sequence[Picture]) -> None:
        """Another text for what the page has written."""

    def delete(self, target: Target) -> None:
        """It is to be gone; gone already is done."""

    def restore(self, target: Target) -> None:
        """Restore it; success where it is there already."""

    def ban(self, author: str, until: datetime | None, reason: str, words: str) -> None:
        """`until` None: for ever. `reason`: a code of ours (`osm.regulation.blacklist.CommentGround`)."""

    def is_banned(self, author: str, until: datetime | None) -> bool:
        """Whether he is banned to this end (None: for ever). Asked before a ban is tried a second time. CannotLook."""

    def unban(self, author: str) -> None:
        """Banned no longer is done."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """Keys instead of those that were about to end."""

    keys: Mapping[str, str] = field(repr=False)
    ends: datetime


@runtime_checkable
class RenewsKeys(Protocol):
    """A connector for a network that exchanges a valid key for a new one."""

    def renew(self) -> Renewed:
        """Ask for them, and use them from then on. NetworkError."""

    def check(self) -> Report:
        """As of every connector."""


@runtime_checkable
class BansByDeleting(Protocol):
    """A connector for a network that bans only together with a deletion."""

    def delete_with_author(self, target: Target) -> bool:
        """Delete it and ban its author for ever. False: it was gone before, and he is not banned."""


@runtime_checkable
class Posts(Protocol):
    """A connector for a network where a program may publish. Used only where the keys `can` do it."""

    tells_all_posts: bool  # a post that `posts` does not name is not there; else it may turn up later

    def post(self, text: str, pictures: Sequence[Picture], key: str) -> Placed:
        """Publish as the page. `key`: the same for every try of one post."""

    def posts(self, since: datetime) -> Sequence[Written]:
        """All that the page has published since then, newest first: asked before a second try. CannotLook."""


@runtime_checkable
class OpensPictures(Protocol):
    """A connector for a network whose pictures have no addresses that could be kept."""

    def open_picture(self, name: str) -> bytes:
        """The picture. NetworkError: PERMANENT where no other try will have it."""


@runtime_checkable
class TellsProfile(Protocol):
    """A connector for a network that says how a page looks (Пр.2.4)."""

    def profile(self) -> own_pages.ToldProfile:
        """Its present look. Raises NetworkError."""
