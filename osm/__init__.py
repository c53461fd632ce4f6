"""ОСМ, the intranet for citizens' messages from open sources; create_app wires its parts together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from osm.base.application import Clock
    from osm.settings import Settings


def create_app(settings: Settings | None = None, clock: Clock | None = None, *, with_web: bool = True) -> Flask:
    """Build the application. `settings` come from the environment by default, `clock` from OSM_NOW or the computer.

    Without web it has neither screens nor commands: the worker needs none.

    Raises SettingsError. The database is not touched: `osm.store.schema.set_up` brings it to the newest form.
    """
    from flask import Flask

    from osm.answers.acts import replies
    from osm.base import logs, transaction
    from osm.base.application import FixedClock, SystemClock
    from osm.base.database import db, engine_options, prepare
    from osm.blacklist.acts import banning
    from osm.calendar.queries import load_calendar, load_parameters
    from osm.comments.acts import deletions
    from osm.flow.acts.clocks import InForce
    from osm.integrators.acts import telling
    from osm.plan.acts import posting
    from osm.settings import ROOT, load_settings

    settings = settings or load_settings()
    app = Flask("osm", root_path=str(ROOT), instance_path=str(settings.data_dir))
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url, settings.threads),
    )
    app.extensions["osm_settings"] = settings
    app.extensions["osm_clock"] = clock or (FixedClock(settings.now) if settings.now else SystemClock())
    app.extensions["osm_in_force"] = InForce(load_parameters(), load_calendar(tz=settings.time_zone.key))
    subjects = (deletions, banning, replies, posting, telling)
    registered = (one for subject in subjects for one in subject.KINDS_OF_ACTS)
    app.extensions["osm_kinds_of_acts"] = {one.kind: one for one in registered}
    app.extensions["osm_followers"] = telling.FOLLOWS
    db.init_app(app)
    transaction.init_app(app)
    with app.app_context():
        prepare(db.engine)
    logs.init_app(app)
    if with_web:
        from osm import cli
        from osm.shell import frame as web

        web.init_app(app)
        app.cli.add_command(cli.osm)
    return app
