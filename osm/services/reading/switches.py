"""Rules that this office switches off and on again, each with a look at the last texts before (issue of П.17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, select

from osm.extensions import db
from osm.regulation.words import PRESS_CENTRE
from osm.services.dictionary.preview import Preview, freed_by
from osm.services.errors import ServiceError
from osm.services.log.log import record
from osm.services.reading.office_rules import moderator
from osm.store.models import RuleSwitch, User
from osm.store.transaction import transaction
from osm.store.upsert import insert_into


def look(rule: str, *, actor: User) -> Preview:
    """What would not be marked any more in the last texts, were this rule off; nothing is stored.

    An administrator is told the numbers: texts of citizens are the press centre's.
    """
    rules = moderator()
    seen = freed_by(rules.judge, replace(rules, off=rules.off | {rule}).judge)
    return seen if actor.has(*PRESS_CENTRE) else replace(seen, samples=())


def switch_off(rule: str, *, actor: User, now: datetime) -> None:
    """The rule marks nothing here any more. ServiceError where somebody was quicker."""
    with transaction() as session:
        fresh = insert_into(RuleSwitch).values(rule=rule, off_at=now, off_by_id=actor.id).on_conflict_do_nothing()
        if session.scalar(fresh.returning(RuleSwitch.rule)) is None:
            raise ServiceError("Это уже выключено: кто-то сделал это раньше вас.")
        _log("switch_rule_off", rule, actor, now)


def switch_on(rule: str, *, actor: User, now: datetime) -> None:
    """It marks again. ServiceError where it is on already."""
    with transaction() as session:
        gone = delete(RuleSwitch).where(RuleSwitch.rule == rule).returning(RuleSwitch.rule)
        if session.scalar(gone) is None:
            raise ServiceError("Это уже включено: кто-то сделал это раньше вас.")
        _log("switch_rule_on", rule, actor, now)


def is_off(rule: str) -> bool:
    return db.session.scalar(select(RuleSwitch.rule).where(RuleSwitch.rule == rule)) is not None


def _log(action: str, rule: str, actor: User, now: datetime) -> None:
    record(action, at=now, actor=actor, clause="П.17", changes={"rule": (None, rule)}, object_kind="rule")
