"""The curator's reason for approving although a criterion is unmet: asked for once, with everything typed kept."""

from __future__ import annotations

from osm.regulation.answer_criteria import Key
from osm.regulation.errors import MissingInput
from osm.services.criteria_exceptions import InSpite, in_spite
from osm.store.models import InSpiteReason
from osm.store.queries.card_parts import ApprovedInSpite, Card
from osm.web.acting import number, text
from osm.web.checklist_view import LABELS, checklist_of

IN_SPITE_LABELS: dict[InSpiteReason, str] = {
    InSpiteReason.IS_THERE: "проверка ошиблась: в ответе это есть",
    InSpiteReason.NOT_DUE: "к этому сообщению не относится",
    InSpiteReason.NOT_KNOWN: "пока неизвестно, и автору так и сказано",
    InSpiteReason.HURRY: "ответить нужно сейчас, остальное — следующим ответом",
    InSpiteReason.OTHER: "другая причина (напишите)",
}


def reason_of_form(card: Card, seen: int, corrected: str | None = None) -> InSpite | None:
    """The reason that the form brings, None where every criterion is met; MissingInput where one is needed.

    A form of an older version, or an emptied text, is left to the service: it says what is wrong with it.
    """
    reply = card.current_reply
    version = reply.versions[0] if reply and reply.versions else None
    if version is None or card.version != seen or version.id != number("draft_id"):
        return None
    if corrected is not None and not corrected.strip():
        return None
    missing = checklist_of(card, version.text if corrected is None else corrected, "").unmet
    if not missing:
        return None
    given = in_spite(text("in_spite"), text("in_spite_text"))
    if given is None:
        labels = ", ".join(row.label for row in missing)
        raise MissingInput("in_spite", f"Не хватает: {labels}. Исправьте ответ или выберите, почему согласуете так.")
    return given


def in_spite_words(kept: ApprovedInSpite) -> str:
    """«срок — пока неизвестно, и автору так и сказано. «…»»."""
    labels = ", ".join(LABELS[Key(key)] for key in kept.criteria)
    said = f"{labels} — {IN_SPITE_LABELS[kept.reason]}"
    return f"{said}: «{kept.text}»" if kept.text else said
