"""Entry for `flask --app app`: the application, ready to work, or one clear line why not."""

from __future__ import annotations

import sys

from osm import create_app
from osm.settings import SettingsError
from osm.start import prepare

try:
    app = create_app()
    prepare(app)
except SettingsError as error:
    sys.exit(f"ОСМ не запущена. {error}")
