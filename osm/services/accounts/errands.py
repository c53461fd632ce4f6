"""One try of one act in a network, with all that it needs: it is run in a thread that asks no database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from osm.connectors.contract import (
    Act,
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

ACTS: dict[OutboxKind, Act] = {
    OutboxKind.DELETE: Act.DELETE,
    OutboxKind.BAN: Act.BAN,
    OutboxKind.UNBAN: Act.UNBAN,
    OutboxKind.PUBLISH: Act.REPLY,
}
"""What a network is asked for."""

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

    def placed_by(self, connector: Connector, target: Target, *, again: bool) -> Placed:
        """It stands under the comment, once. NetworkError."""
        if again and (found := connector.find_reply(target, self.text)):
            return found
        self._check_comment(connector, target)
        pictures = [Picture(name, kind, path.read_bytes()) for name, kind, path in self.photos]
        placed = connector.reply(target, self.text, pictures, self.key)
        try:
            stands = connector.now(placed.target) if placed.at is None else None
        except NetworkError:
            return placed  # when it was written is not worth a second try
        return replace(placed, at=stands.at) if stands else placed

    def _check_comment(self, connector: Connector, target: Target) -> None:
        """Whether the citizen still asks what was answered; where no key can read, nobody knows."""
        try:
            stands = connector.now(target)
        except CannotLook:
            return
        if stands is None:
            raise NetworkError(_IS_GONE, Fault.PERSON)
        if self.asked and " ".join(stands.text.split()) != " ".join(self.asked.split()):
            raise NetworkError(_IS_OTHER, Fault.PERSON)


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

    def run(self, connector: Connector) -> Placed | bool | None:
        """Do it, unless it has happened; where the author was to be banned with it, whether he is. NetworkError."""
        author = self.target.author
        if self.answer is not None:
            return self.answer.placed_by(connector, self.target, again=self.again)
        if self.bans and isinstance(connector, BansByDeleting):
            return connector.delete_with_author(self.target)
        if self.kind is OutboxKind.DELETE:
            connector.delete(self.target)  # gone already is done
        elif self.kind is OutboxKind.UNBAN:
            connector.unban(author)
        elif not (self.again and connector.is_banned(author)):
            connector.ban(author, self.until, self.ground, "")
        return None
