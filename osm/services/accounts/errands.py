"""One try of one act in a network, with all that it needs: it is run in a thread that asks no database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from osm.connectors.contract import BansByDeleting, Connector, Picture, Placed, Posts, Target
from osm.connectors.faults import CannotLook, Fault, NetworkError
from osm.regulation.comment_words import OutboxKind

Result = Placed | bool | None
"""Where something stands now; whether an author was banned along with a deletion; or nothing to tell."""

WITHOUT_WORDS = "[без текста"
"""The text of a comment that is a picture alone."""
_IS_GONE = "Комментария в соцсети больше нет. Посмотрите, нужен ли ещё ответ."
_NO_POSTS = "В эту соцсеть программа записей не публикует: разместите руками."
_TOO_LATE = "Соцсеть не отвечала дольше, чем можно опоздать: публикации там нет. Разместите или назначьте новое время."
_MAY_STAND = (
    "Связь прервалась, и неизвестно, вышла ли запись: эта соцсеть показывает новое не сразу. Посмотрите на странице: "
    "есть — вставьте ссылку, нет — нажмите «Повторить программой»."
)
_IS_OTHER = "Комментарий изменён после согласования ответа. Сверьте и решите: отправить всё равно или снять с отправки."


class IsOther(NetworkError):
    """The comment asks something else by now: a person decides. `stands`: what it says there."""

    def __init__(self, stands: str) -> None:
        super().__init__(_IS_OTHER, Fault.PERSON)
        self.stands = stands


@dataclass(frozen=True, slots=True)
class Answer:
    """An approved version. `asked`: the comment as it was when it was approved."""

    text: str
    photos: tuple[tuple[str, str, Path], ...]
    """Name, type, where it is stored."""
    key: str
    asked: str
    seen: str | None = None
    """What the comment said when a person pressed «Отправить всё равно»; no other words are meant by that."""

    def pictures(self) -> list[Picture]:
        """The photos as they go out."""
        return [Picture(name, kind, path.read_bytes()) for name, kind, path in self.photos]


@dataclass(frozen=True, slots=True)
class Post:
    """An approved publication. `known`: addresses of others of this page, which may say the same; `since`: no earlier
    one is meant."""

    text: str
    photos: tuple[tuple[str, str, Path], ...]
    key: str
    since: datetime
    known: frozenset[str]
    is_late: bool
    """Its author does not want it to go out any more; whether it did is looked at all the same."""
    in_spite: bool = False
    """A person has looked on the page and says: once more."""

    def pictures(self) -> list[Picture]:
        """The photos as they go out."""
        return [Picture(name, kind, path.read_bytes()) for name, kind, path in self.photos]


@dataclass(frozen=True, slots=True)
class Errand:
    """`again`: an earlier try may have done it. `bans`: orders to ban the author that the deletion carries out too."""

    action_id: int
    connection_id: int
    attempt: int
    kind: OutboxKind
    target: Target
    until: datetime | None
    ground: str
    again: bool
    answer: Answer | None = None
    bans: tuple[int, ...] = ()
    post: Post | None = None
    is_by_link: bool = False
    """Only its address is known: it was never heard, and its text came by another way."""
    is_foreign: bool = False
    """It stands in the community of others, where this page may be refused."""


def delete(errand: Errand, connector: Connector) -> Result:
    """Gone already is done; where the author was to be banned with it, whether he is."""
    if errand.bans and isinstance(connector, BansByDeleting):
        return connector.delete_with_author(errand.target)
    connector.delete(errand.target)
    return None


def restore(errand: Errand, connector: Connector) -> Result:
    """Standing already is done."""
    connector.restore(errand.target)
    return None


def ban(errand: Errand, connector: Connector) -> Result:
    """A second try looks first: a ban laid twice would begin anew."""
    author = errand.target.author
    if not (errand.again and connector.is_banned(author)):
        connector.ban(author, errand.until, errand.ground, "")
    return None


def unban(errand: Errand, connector: Connector) -> Result:
    """Banned no longer is done."""
    connector.unban(errand.target.author)
    return None


def reply(errand: Errand, connector: Connector) -> Result:
    """The answer stands under the comment, once. NetworkError."""
    answer, target = errand.answer, errand.target
    if answer is None:
        raise ValueError("an answer goes out without its text")
    if errand.is_by_link:
        target = _seen(errand, answer, connector)  # its thread is not known before it has been looked at
    if errand.again and (found := connector.find_reply(target, answer.text)):
        return found
    if not errand.is_by_link:
        target = _seen(errand, answer, connector)
    placed = connector.reply(target, answer.text, answer.pictures(), answer.key)
    try:
        stands = connector.now(placed.target) if placed.at is None else None
    except NetworkError:
        return placed  # when it was written is not worth a second try
    return replace(placed, at=stands.at) if stands else placed


def edit(errand: Errand, connector: Connector) -> Result:
    """Our answer says this from now on; said twice it is the same."""
    answer = errand.answer
    if answer is None:
        raise ValueError("a correction goes out without its text")
    connector.edit(errand.target, answer.text, answer.pictures())
    return None


def post(errand: Errand, connector: Connector) -> Result:
    """The publication stands on the page, once: a second try looks first. NetworkError."""
    post = errand.post
    if post is None:
        raise ValueError("a publication goes out without its text")
    if not isinstance(connector, Posts):
        raise NetworkError(_NO_POSTS, Fault.PERSON)
    if errand.again and (found := _published(post, connector)):
        return found
    if post.is_late:
        raise NetworkError(_TOO_LATE, Fault.PERSON)
    return connector.post(post.text, post.pictures(), post.key)


def _published(post: Post, connector: Posts) -> Placed | None:
    """Our post of this text, the newest that is not known as another one. NetworkError: it may stand there unseen."""
    said = " ".join(post.text.split())
    if not said:
        if post.in_spite:
            return None
        raise CannotLook
    for one in connector.posts(post.since):
        if " ".join(one.text.split()) == said and one.url not in post.known:
            return Placed(one.target, one.url, one.at)
    if not connector.tells_all_posts and not post.in_spite:
        raise NetworkError(_MAY_STAND, Fault.PERSON)
    return None


def _seen(errand: Errand, answer: Answer, connector: Connector) -> Target:
    """The comment as it stands there. It asks a person where the citizen asks something else by now, or nothing.

    Where no key can read nobody knows: then it goes out as it is.
    """
    try:
        stands = connector.now(errand.target)
    except CannotLook:
        return errand.target
    if stands is None:
        raise NetworkError(_IS_GONE, Fault.PERSON)
    is_same = _is_same(_plain(stands.text), _plain(answer.asked), is_cut=errand.is_by_link)
    is_seen = answer.seen is not None and _plain(stands.text) == _plain(answer.seen)
    if answer.asked and not is_same and not is_seen:
        raise IsOther(stands.text)
    return stands.target if errand.is_by_link else errand.target


def _is_same(told: str, asked: str, *, is_cut: bool) -> bool:
    """`is_cut`: what came by a link was copied by hand or cut; it is enough that one is a part of the other."""
    if is_cut and told and (told in asked or asked in told):
        return True
    return told == asked or (not told and asked.startswith(WITHOUT_WORDS))


def _plain(text: str) -> str:
    return " ".join(text.split())
