"""Entry for `flask --app app`: the application, ready to work, or one clear line why not."""

import gc

gc.disable()  # as in osm.serve: until all is loaded

import logging
import sys

from flask_migrate import Migrate

from osm import create_app
from osm.base import supervised
from osm.base.database import db
from osm.serve.start import prepare
from osm.settings import SettingsError
from osm.store.schema import MIGRATIONS

supervised.configure(logging.WARNING)
try:
    app = create_app()
    Migrate(app, db, directory=str(MIGRATIONS))  # for `flask db …`, by which a developer writes migrations
    prepare(app)
    gc.freeze()
    gc.enable()
except SettingsError as error:
    if "doctor" in sys.argv:  # what is wrong is what it was asked for
        from osm.cli.doctor import Line, show

        sys.exit(show([Line("settings", False, str(error))], as_json="--json" in sys.argv))
    sys.exit(f"ОСМ не запущена. {error}")
except Exception:  # flask would print what the error says
    logging.getLogger("osm").exception("not started")
    sys.exit("ОСМ не запущена: ошибка программы. Где она, сказано строкой выше.")
