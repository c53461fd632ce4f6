"""Entry for `flask --app app`: the application on a database in its newest form, or one clear line why not."""

from __future__ import annotations

import sys

from osm import create_app
from osm.settings import SettingsError
from osm.store.schema import set_up

try:
    app = create_app()
    set_up(app)
except SettingsError as error:
    sys.exit(f"ОСМ не запущена. {error}")
