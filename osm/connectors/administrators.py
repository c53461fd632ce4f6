"""Who manages a page: what only some networks tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from osm.connectors.contract import Person
from osm.regulation.guarding.checks import Right


@dataclass(frozen=True, slots=True)
class Managing:
    """Somebody who manages the page, as its network names him."""

    person: Person
    right: Right


@runtime_checkable
class NamesAdministrators(Protocol):
    """A connector whose network names who manages the page."""

    def administrators(self) -> Sequence[Managing]:
        """All of them. CannotLook where no key may ask."""
