"""The press of an emergency in a separate process, which is killed before one of its steps."""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from osm import create_app
from osm.base.database import db
from osm.emergency import acts
from osm.messages.acts.bulk import Chosen
from osm.models import Message, User

STEPS = (
    ("osm.plan.acts.outgoing", "withdraw"),
    ("osm.plan.acts.planning", "set_time"),
    ("osm.groups.acts.members", "create_group"),
    ("osm.groups.acts.groups", "submit_group"),
    ("osm.groups.acts.groups", "approve_group"),
    ("osm.emergency.acts", "_log"),
    ("osm.base.transaction", "_commit"),
)


def begin_and_be_killed(
    environ: dict[str, str], number: int, messages: Sequence[int], curator: int, executor: int, now: datetime, at: int
) -> None:
    """`at`: the step before which the process is killed; after the last one it is not."""
    os.environ.update(environ)
    app = create_app(with_web=False)
    with pytest.MonkeyPatch.context() as patch, app.app_context():
        if at < len(STEPS):
            module, name = STEPS[at]
            patch.setattr(importlib.import_module(module), name, _die)
        chosen = [Chosen(one, db.session.get_one(Message, one).version) for one in messages]
        actor = db.session.get_one(User, curator)
        told: dict[str, Any] = {"executor_id": executor, "received_by": "по телефону", "actor": actor, "now": now}
        acts.begin(number, 1, chosen, confirmed=True, **told)


def _die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
