"""What the proofs of networks share: acts are ordered, connections cut, workers killed until nothing is left to do."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from osm.answers.acts import ordering
from osm.base.database import db
from osm.base.transaction import transaction
from osm.files.acts.files import stored_path
from osm.models import Comment, OutboxAction, PlanPhoto
from osm.plan.acts import outgoing, planning
from osm.plan.acts.outgoing import Written
from osm.plan.rules import PlanAct
from osm.regulation.blacklist import OutboxKind, OutboxState
from tests.emulators.serving import Asked, Trouble

from .processes import wait_for, workers
from .test_outbox_killed import answered


def order(kind: str, comment: Comment, office, now) -> None:
    """An act about this comment or its author, due now."""
    if kind == "publish":
        message = answered(comment, office)
        ordering.order(message.id, message.version, actor=office.anna, now=now - ordering.UNDO)
        return
    about = {"network": comment.network, "author_id": comment.author_id, "not_before": now, "created_at": now}
    of = {} if kind == "ban" else {"comment_id": comment.id}
    by = {"created_by_id": office.ids["anna"], "idempotency_key": f"{kind}:{comment.id}"}
    with transaction() as session:
        session.add(OutboxAction(kind=OutboxKind(kind), **about, **of, **by))


def schedule(text: str, account: int, office, now) -> None:
    """A post with a photo, due now."""
    row = outgoing.add_idea(text, (now + timedelta(days=1)).date(), actor=office.vera, now=now)
    sha256 = "a" * 64
    stored_path(sha256).parent.mkdir(parents=True, exist_ok=True)
    stored_path(sha256).write_bytes(b"a photo")
    about = {"filename": "каток.jpg", "size": 7, "sha256": sha256, "alt": "Каток", "looked_at": now}
    with transaction() as session:
        session.add(PlanPhoto(publication_id=row.id, uploaded_by_id=office.ids["vera"], uploaded_at=now, **about))
    written = Written(title=text, text=text, pages=(account,))
    row = outgoing.save(row.id, row.version, written, then=PlanAct.APPROVE, actor=office.anna, now=now)
    planning.set_time(row.id, row.version, None, None, schedule=True, at_once=True, actor=office.anna, now=now)


def cuts(chance: random.Random) -> Callable[[Asked], Trouble | None]:
    """A third of the connections, half of them after the network has acted; the same request once at most."""
    ends, cut = {0: Trouble.CUT_BEFORE, 1: Trouble.CUT_AFTER}, set()

    def always(asked: Asked) -> Trouble | None:
        same = asked.verb, asked.path, str(sorted(asked.given.items()))
        end = ends.get(chance.randrange(6)) if same not in cut else None
        if end is not None:
            cut.add(same)
        return end

    return always


def pending() -> int:
    """Acts that the program is still to do."""
    waits = (OutboxAction.state == OutboxState.PENDING, OutboxAction.for_person.is_(False))
    left = db.session.scalar(select(func.count()).where(*waits)) or 0
    db.session.rollback()
    return left


def kill_at_random(
    app: Flask, world, tmp_path: Path, chance: random.Random, *, kills: int, acts: int, **environ: str
) -> str:
    """Two workers on `world`, one of which is killed again and again, until nothing is left; says how that went."""
    began, done = time.monotonic(), 0
    with workers(app, tmp_path, **environ) as start:
        alive = [start(), start()]
        while pending() and done < kills:
            asked = sum(world.effects.values())
            wait_for(lambda seen=asked: sum(world.effects.values()) > seen or not pending(), *alive)
            time.sleep(chance.uniform(0.0, 0.4))
            alive.pop(chance.randrange(2)).kill()
            done += 1
            alive.append(start())
        wait_for(lambda: pending() == 0, *alive, seconds=60 + 5 * acts)
    return f"{acts} acts, {done} kills, {time.monotonic() - began:.0f} s"
