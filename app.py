"""Entry for `flask --app app`: the application, or one clear line when its settings are wrong."""

from __future__ import annotations

import sys

from osm import create_app
from osm.settings import SettingsError

try:
    app = create_app()
except SettingsError as error:
    sys.exit(f"ОСМ не запущена. {error}")
