"""What the connectors of all networks share: the client of one page, and what only people do in a network."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from osm.connectors.contract import Page, Picture, Target, WaitTurn
from osm.connectors.faults import Fault, NetworkError
from osm.connectors.transport import Transport
from osm.connectors.ways import Act


class PageClient:
    def __init__(self, page: Page, wait_turn: WaitTurn, transport: Transport | None = None) -> None:
        self.page = page
        self._wait_turn = wait_turn
        self._transport = transport or Transport()

    def has(self, key: str) -> bool:
        return bool(self.page.keys.get(key))

    @staticmethod
    def once(act: Act, call: Callable[[], Any]) -> Any:
        """One act, tried once. None where its aim was reached before: deleted already, not banned any more."""
        try:
            return call()
        except NetworkError as error:
            if act in error.done:
                return None
            raise


class ByHand:
    """Acts that a network does not let a program do; `by_hand` says so. A connector has its own where it can."""

    by_hand: str

    def edit(self, own: Target, text: str, pictures: Sequence[Picture]) -> None:
        raise NetworkError(self.by_hand, Fault.PERSON)

    def restore(self, target: Target) -> None:
        raise NetworkError(self.by_hand, Fault.PERSON)

    def ban(self, author: str, until: datetime | None, reason: str, words: str) -> None:
        raise NetworkError(self.by_hand, Fault.PERSON)

    def unban(self, author: str) -> None:
        raise NetworkError(self.by_hand, Fault.PERSON)
