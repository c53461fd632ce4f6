"""The backups: when the last one was made, whether it could be restored, and what to do if not."""

from flask import render_template
from flask.typing import ResponseReturnValue

from osm.base.application import current_now, current_settings
from osm.keeping.acts import nightly
from osm.regulation.words import Role
from osm.shell.access import Screens

blueprint = Screens("backups", __name__, url_prefix="/admin/backups")


@blueprint.get("", Role.ADMIN)
def index() -> ResponseReturnValue:
    settings = current_settings()
    return render_template(
        "keeping/backups.html", state=nightly.state(current_now()), folder=settings.backup_dir,
        kept=settings.backup_copies, is_encrypted=bool(settings.backup_recipients),
    )  # fmt: skip
