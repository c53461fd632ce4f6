"""Words of the card, as filters of its templates."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask

from osm.regulation.interim import INTERIM_GROUND_LABELS, INTERIM_REASON_LABELS, InterimGround, InterimReason
from osm.regulation.parts import PART_STATE_LABELS, PartState
from osm.regulation.words import ACTION_LABELS, GROUND_LABELS, Action, Ground
from osm.store.models import DraftState
from osm.store.queries.messages.card_parts import InterimWhy

DRAFT_STATES: dict[DraftState, str] = {
    DraftState.SUBMITTED: "на согласовании",
    DraftState.WITHDRAWN: "отозвана",
    DraftState.RETURNED: "возвращена на доработку",
    DraftState.APPROVED: "согласована",
    DraftState.CORRECTED: "исправлена куратором",
    DraftState.REVOKED: "согласование снято",
}


GROUND_SHORT: dict[Ground, str] = {
    Ground.THREAT: "угроза",
    Ground.PROFANITY: "мат",
    Ground.INSULT: "оскорбление",
    Ground.SPAM: "спам",
    Ground.AD: "реклама",
}
"""A ground in one word, as it stands on a row."""


def action_label(action: Action) -> str:
    return ACTION_LABELS[action]


def draft_state_label(state: DraftState) -> str:
    return DRAFT_STATES[state]


def part_state_label(state: PartState) -> str:
    return PART_STATE_LABELS[state]


def ground_label(ground: Ground) -> str:
    return GROUND_LABELS[ground]


def ground_short(ground: Ground) -> str:
    return GROUND_SHORT[ground]


def interim_grounds_words(grounds: Sequence[InterimGround]) -> str:
    """«промежуточный ответ уже был (п. 13), сообщение повторное (п. 15)»."""
    return ", ".join(INTERIM_GROUND_LABELS[ground] for ground in grounds)


def interim_words(why: InterimWhy) -> str:
    """«ждём другую организацию: «экспертиза до четверга»»; a reason of one's own stands by itself."""
    if why.reason is InterimReason.OTHER:
        return why.text
    return f"{INTERIM_REASON_LABELS[why.reason]}: «{why.text}»" if why.text else INTERIM_REASON_LABELS[why.reason]


def init_app(app: Flask) -> None:
    filters = (
        action_label,
        draft_state_label,
        part_state_label,
        ground_label,
        ground_short,
        interim_grounds_words,
        interim_words,
    )
    app.add_template_global(lambda: tuple(INTERIM_REASON_LABELS.items()), "interim_reasons")
    app.jinja_env.filters.update({function.__name__: function for function in filters})
