"""When a publication stands on all its pages, whoever has placed it: a person or the program (Пр.1.2.4)."""

from __future__ import annotations

from osm.regulation.plan.words import PublicationState
from osm.services.plan.steps import PlanStep, zone


def settle(step: PlanStep) -> None:
    """Published as soon as it stands on all its pages; until then nothing changes. Its day is then the real one."""
    row = step.row
    instants = [one.placed_at for one in row.placements]
    standing = [at for at in instants if at is not None]
    if len(standing) < len(instants):
        row.state = step.before
    elif row.state is PublicationState.PUBLISHED:
        row.published_at, row.at = max(standing), min(standing)
        row.day = row.at.astimezone(zone()).date()
