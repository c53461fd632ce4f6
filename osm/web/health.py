"""/healthz: the process lives; /readyz: the database, its migrations and the worker's lanes are in order."""

from __future__ import annotations

from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from osm.clock import current_now
from osm.extensions import db
from osm.jobs.beats import late_lanes
from osm.services.keeping import nightly
from osm.store.schema import newest_revision, stored_revision
from osm.web.access import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    told: dict[str, object] = {}
    checks = {"database": False, "migrations": False, "worker": False}
    try:
        checks["migrations"] = stored_revision(db.session.connection()) == newest_revision()
        checks["database"] = True
        late = late_lanes(current_now())
        checks["worker"] = not late
        told = _backup() | ({"late": late} if late else {})
    except SQLAlchemyError:
        db.session.rollback()
    ready = all(checks.values())
    return jsonify(status="ok" if ready else "not ready", **checks, **told), 200 if ready else 503


def _backup() -> dict[str, object]:
    """What a watching program can raise an alarm about; people can work without it, so it makes nothing «not ready»."""
    if current_app.extensions["osm_settings"].backup_dir is None:
        return {}
    state = nightly.state(current_now())
    return {
        "backup_at": state.made_at.isoformat() if state.made_at else None,
        "backup_overdue": state.overdue,
        "backup_tried_at": state.tried_at.isoformat() if state.tried_at else None,
        "backup_trial_failed": bool(state.trial_failure),
    }


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
