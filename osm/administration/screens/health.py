"""/healthz: the process lives; /readyz: the database, its migrations, the worker's lanes and the disk are in order."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from osm.base.application import current_now, current_settings
from osm.base.database import db
from osm.base.durable import DISK
from osm.base.transaction import give_up
from osm.jobs.lanes import late_lanes
from osm.keeping.acts import nightly
from osm.log.queries.page import fault_at
from osm.shell.access import public
from osm.store.schema import newest_revision, stored_revision

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    facts: dict[str, object] = {}
    checks = {"database": False, "migrations": False, "worker": False, "disk": DISK.get().takes_something()}
    try:
        checks["migrations"] = stored_revision(db.session.connection()) == newest_revision()
        checks["database"] = True
        late = late_lanes(current_now())
        checks["worker"] = not late
        facts = _backup() | _log() | ({"late": late} if late else {})
    except SQLAlchemyError:
        give_up()
    ready = all(checks.values())
    return jsonify(status="ok" if ready else "not ready", **checks, **facts), 200 if ready else 503


def _backup() -> dict[str, object]:
    """What a watching program can raise an alarm about; people can work without it, so it makes nothing «not ready»."""
    if current_settings().backup_dir is None:
        return {}
    state = nightly.state(current_now())
    return {
        "backup_at": state.made_at.isoformat() if state.made_at else None,
        "backup_overdue": state.overdue,
        "backup_tried_at": state.tried_at.isoformat() if state.tried_at else None,
        "backup_trial_failed": bool(state.trial_failure),
    }


def _log() -> dict[str, object]:
    """When the log was last found to be changed outside the program; work is not stopped by it."""
    at = fault_at()
    return {"log_fault_at": at.isoformat()} if at else {}
