"""The curator's reason for approving although a criterion is unmet, in words and as a form brings it."""

from __future__ import annotations

from osm.services.approvals.criteria_exceptions import InSpite, in_spite
from osm.store.models import InSpiteReason
from osm.store.queries.messages.card_parts import ApprovedInSpite
from osm.web.form_values import text
from osm.wording.criteria import LABELS, Key

IN_SPITE_LABELS: dict[InSpiteReason, str] = {
    InSpiteReason.IS_THERE: "проверка ошиблась: в ответе это есть",
    InSpiteReason.NOT_DUE: "к этому сообщению не относится",
    InSpiteReason.NOT_KNOWN: "пока неизвестно, и автору так и сказано",
    InSpiteReason.HURRY: "ответить нужно сейчас, остальное — следующим ответом",
    InSpiteReason.OTHER: "другая причина (напишите)",
}


def reason_of_form() -> InSpite | None:
    """The reason that the form brings; the service demands one where it is needed."""
    return in_spite(text("in_spite"), text("in_spite_text"))


def in_spite_words(kept: ApprovedInSpite) -> str:
    """«срок — пока неизвестно, и автору так и сказано. «…»»."""
    labels = ", ".join(LABELS[Key(key)] for key in kept.criteria)
    said = f"{labels} — {IN_SPITE_LABELS[kept.reason]}"
    return f"{said}: «{kept.text}»" if kept.text else said
