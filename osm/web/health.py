"""/healthz: the process lives; /readyz: the database, its migrations and the worker are in order."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from osm.clock import current_now
from osm.extensions import db
from osm.jobs import WORKER
from osm.services.keeping import nightly
from osm.store.models import WorkerBeat
from osm.store.schema import newest_revision, stored_revision
from osm.web.access import public

blueprint = Blueprint("health", __name__)

#: A worker that has been silent for longer is taken for dead.
LONGEST_SILENCE = timedelta(minutes=2)


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
        beats = db.session.query(WorkerBeat.at).where(WorkerBeat.name == WORKER).all()
        checks["worker"] = any(current_now() - at <= LONGEST_SILENCE for (at,) in beats)
        told = _backup()
    except SQLAlchemyError:
        db.session.rollback()
    ready = all(checks.values())
    return jsonify(status="ok" if ready else "not ready", **checks, **told), 200 if ready else 503


def _backup() -> dict[str, object]:
    """What a watching program can raise an alarm about; people can work without it, so it makes nothing «not ready»."""
    if current_app.extensions["osm_settings"].backup_dir is None:
        return {}
    at, overdue = nightly.last_good(current_now())
    return {"backup_at": at.isoformat() if at else None, "backup_overdue": overdue}


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
