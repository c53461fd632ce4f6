"""Why comments cannot be decided on: said of each, and none of them is then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from osm.services.errors import ServiceError


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing can be decided on this comment."""

    comment_id: int
    words: str


class CommentsRefused(ServiceError):
    """Some of the comments cannot be decided on, so none was."""

    def __init__(self, refusals: Sequence[Refusal], of: int) -> None:
        self.refusals = tuple(refusals)
        said = "; ".join(dict.fromkeys(one.words for one in refusals))
        super().__init__(f"{said}. Ничего не изменено." if of == 1 else f"Ничего не сделано: {said}.")
