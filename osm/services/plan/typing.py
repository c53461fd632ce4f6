"""What is being typed in the editor of the plan: kept as the text of an answer is, with all fields of the form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete

from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE
from osm.services.answers.drafting import instant_of_saving, plain
from osm.services.errors import NotFound, NotYours
from osm.store.models import PlanText, Publication, User
from osm.store.queries.plan.typed import typed_by
from osm.store.transaction import transaction

LONGEST = 200_000
"""Characters of all fields together; more is a pasted file."""
Fields = Mapping[str, Sequence[str]]


def keep(publication_id: int, fields: Fields, *, seen_at: datetime | None, actor: User, now: datetime) -> PlanText:
    """`seen_at`: when what stands on this screen was last saved, None if it never was.

    Raises TextChangedElsewhere where another window saved something else since; nothing is written over.
    """
    if actor.roles.isdisjoint(PRESS_CENTRE):
        raise NotYours("План ведёт пресс-центр. Ничего не записано.")
    plainly = {name: [plain(value) for value in values] for name, values in sorted(fields.items())}
    text = json.dumps(plainly, ensure_ascii=False)
    if len(text) > LONGEST:
        raise MissingInput("text", "Столько текста не сохранить. Сократите: он остаётся на экране.")
    with transaction() as session:
        # Two windows of one person take turns: both would add the first row otherwise.
        if session.get(Publication, publication_id, with_for_update={"key_share": True, "of": Publication}) is None:
            raise NotFound("Публикация")
        row = typed_by(actor.id, publication_id)
        if row is None:
            row = PlanText(publication_id=publication_id, user_id=actor.id)
            session.add(row)
        else:
            now = instant_of_saving(row, text, seen_at, now)
        row.text, row.saved_at = text, now
        return row


def forget(publication_id: int, *, actor: User) -> None:
    """It has been saved, or is not wanted."""
    with transaction() as session:
        mine = (PlanText.publication_id == publication_id, PlanText.user_id == actor.id)
        session.execute(delete(PlanText).where(*mine))


def fields_of(row: PlanText) -> dict[str, list[str]]:
    """What was typed, as the form brought it."""
    found: dict[str, list[str]] = json.loads(row.text)
    return found
