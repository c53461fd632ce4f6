"""The clock of a machine that goes wrong: Python loads this first where PYTHONPATH names the folder."""

import os
import time
from datetime import datetime, timedelta, tzinfo

from osm.base import application

AHEAD = timedelta(minutes=float(os.environ["OSM_TEST_AHEAD"]))
_time = time.time


class _Ahead(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "_Ahead":
        return super().now(tz) + AHEAD


application.datetime = _Ahead
time.time = lambda: _time() + AHEAD.total_seconds()
