"""Campaigns of elections: their list, and whether a publication names a candidate during one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from osm.extensions import db
from osm.plan.rules.candidates import named
from osm.store.models import Campaign, Publication


def listed() -> Sequence[Campaign]:
    """The latest first."""
    return db.session.scalars(select(Campaign).order_by(Campaign.first_day.desc(), Campaign.id)).all()


def question_of(row: Publication) -> str:
    """What a person has to decide before it goes out; empty if it names nobody or somebody has decided."""
    if row.campaign_reason:
        return ""
    texts = "\n".join([row.text, *(one.text or "" for one in row.placements), *row.fields.values()])
    running = select(Campaign).where(Campaign.first_day <= row.day, Campaign.last_day >= row.day)
    for campaign in db.session.scalars(running.order_by(Campaign.id)):
        if name := named(texts, campaign.candidates.splitlines()):
            until = f"«{campaign.title}», по {campaign.last_day:%d.%m.%Y}"
            return f"Назван кандидат: {name} ({until}). Если публикация нужна, назначьте время и напишите почему."
    return ""
