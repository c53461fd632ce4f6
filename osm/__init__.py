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
    from osm.base import supervised, transaction
    from osm.base.application import Application, FixedClock, SystemClock
    from osm.base.database import db, engine_options, follow_clock, prepare
    from osm.blacklist.acts import bans, entries
    from osm.comments.acts import deletions
    from osm.groups.acts import members
    from osm.integrators.acts import webhooks
    from osm.log.acts.record import FOLLOWERS
    from osm.outbox.acts.kinds import REGISTERED
    from osm.plan.acts import posting
    from osm.settings import ROOT, load_settings

    settings = settings or load_settings()
    app = Flask("osm", root_path=str(ROOT), instance_path=str(settings.data_dir))
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url, settings.threads),
    )
    clock = clock or (FixedClock(settings.now) if settings.now else SystemClock())
    app.extensions["osm"] = Application(settings, clock)
    subjects = (deletions, bans, replies, posting, webhooks)
    REGISTERED.set({one.kind: one for subject in subjects for one in subject.KINDS_OF_ACTS}, app)
    FOLLOWERS.set(members.FOLLOWS | entries.FOLLOWS | webhooks.FOLLOWS, app)
    db.init_app(app)
    transaction.init_app(app)
    with app.app_context():
        prepare(db.engine)
        follow_clock(db.engine)
    supervised.init_app(app)
    if with_web:
        from osm import cli
        from osm.shell import frame

        frame.init_app(app)
        app.cli.add_command(cli.osm)
    return app
