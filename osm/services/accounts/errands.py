"""One try of one act in a network, with all that it needs: it is run in a thread that asks no database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from osm.connectors.contract import (
    BansByDeleting,
    CannotLook,
    Connector,
    Fault,
    NetworkError,
    Picture,
    Placed,
    Target,
)
from osm.regulation.words import OutboxKind

Result = Placed | bool | None
"""Where something stands now; whether an author was banned along with a deletion; or nothing to tell."""

_IS_GONE = "Комментария в соцсети больше нет. Посмотрите, нужен ли ещё ответ."
_IS_OTHER = "Комментарий изменён после согласования ответа. Сверьте и решите: «Повторить» или вручную."


@dataclass(frozen=True, slots=True)
class Answer:
    """An approved version. `asked`: the comment as it was when it was approved."""

    text: str
    photos: tuple[tuple[str, str, Path], ...]
    """Name, type, where it is stored."""
    key: str
    asked: str

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
    if errand.again and (found := connector.find_reply(target, answer.text)):
        return found
    _check_comment(answer, connector, target)
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


def _check_comment(answer: Answer, connector: Connector, target: Target) -> None:
    """Whether the citizen still asks what was answered; where no key can read, nobody knows."""
    try:
        stands = connector.now(target)
    except CannotLook:
        return
    if stands is None:
        raise NetworkError(_IS_GONE, Fault.PERSON)
    if answer.asked and " ".join(stands.text.split()) != " ".join(answer.asked.split()):
        raise NetworkError(_IS_OTHER, Fault.PERSON)
