"""What was decided together, a group of copies or ticked rows, is taken back as one: all of it, or nothing.

It is taken by `comments.decide`, which does the same for any comments that a person has chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from osm.regulation.errors import MissingInput, StaleVersion
from osm.services.comments import comments, outbox
from osm.services.comments.comments import Chosen, CommentsRefused, Refusal
from osm.services.errors import NotFound
from osm.store.models import Comment, User
from osm.store.transaction import transaction

_CHANGED = "одно из решений уже отменено или изменено"
_GONE = "удаление в соцсети уже выполнено"


def undo_all(chosen: Sequence[Chosen], *, actor: User, now: datetime) -> list[Comment]:
    """These comments wait again and nothing goes out; each has its own row in the log.

    Raises MissingInput where none is chosen, CommentsRefused where one of them cannot be taken back: then none is.
    """
    versions = {one.comment_id: one.version for one in chosen}
    if not versions:
        raise MissingInput("row", "Не выбрано ни одного решения.")
    if len(versions) > comments.MOST:
        raise MissingInput("row", f"За один раз можно отменить не больше {comments.MOST} решений.")
    done: list[Comment] = []
    with transaction():
        for comment_id, version in sorted(versions.items()):
            try:
                done.append(comments.undo(comment_id, version, actor=actor, now=now))
            except (StaleVersion, NotFound):
                raise CommentsRefused([Refusal(comment_id, _CHANGED)], len(versions)) from None
            except outbox.GoneOut:
                raise CommentsRefused([Refusal(comment_id, _GONE)], len(versions)) from None
    return done
