"""The plan in one's own calendar by a secret address: made, renewed, switched off (Пр.1.2.4)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime

from osm.extensions import db
from osm.numbers import whole
from osm.regulation.errors import StaleVersion
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.errors import NotYours
from osm.services.log.log import record
from osm.store.models import PlanFeed, User
from osm.store.transaction import transaction

READERS = frozenset({*PRESS_CENTRE, Role.HEAD})


def renew(version: int, *, actor: User, now: datetime) -> str:
    """A new key for one's own address; the former one is worth nothing from now on. Told once, kept as a hash.

    `version`: of the address that the person saw, 0 for none. Raises StaleVersion, NotYours.
    """
    secret = secrets.token_urlsafe(32)
    _set(version, _hash(secret), actor, now)
    return f"{actor.id}.{secret}"


def switch_off(version: int, *, actor: User, now: datetime) -> None:
    """No calendar reads by it any more. Raises StaleVersion, NotYours."""
    _set(version, None, actor, now)


def reader(key: str) -> User | None:
    """Whose key this is, as long as he may read the plan; None for any other. Compared in constant time."""
    number, _, secret = key.partition(".")
    user_id = whole(number)
    if user_id is None:
        return None
    row, user = db.session.get(PlanFeed, user_id), db.session.get(User, user_id)
    known = (row.secret_hash if row else None) or ""
    if not hmac.compare_digest(_hash(secret), known) or user is None or not user.is_active:
        return None
    return None if READERS.isdisjoint(user.own_roles) else user


def _set(version: int, secret_hash: str | None, actor: User, now: datetime) -> None:
    if READERS.isdisjoint(actor.own_roles):  # of a substitute the roles end with the absence, the address would not
        raise NotYours("Адрес получают пресс-центр и руководитель, но не замещающие. Ничего не изменено.")
    with transaction() as session:
        # The person's own row is held: of two tabs one makes the address, the other is told.
        session.get(User, actor.id, populate_existing=True, with_for_update={"of": User, "key_share": True})
        row = session.get(PlanFeed, actor.id, populate_existing=True)
        current = row.version if row else 0
        if current != version:
            raise StaleVersion(version, current)
        if row is None:
            session.add(PlanFeed(user_id=actor.id, secret_hash=secret_hash, made_at=now))
        else:
            row.version, row.secret_hash, row.made_at = version + 1, secret_hash, now
        record(
            "plan_feed_made" if secret_hash else "plan_feed_off", at=now, actor=actor, object_kind="user",
            object_id=actor.id,
        )  # fmt: skip


def _hash(secret: str) -> str:
    """The secret is random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
