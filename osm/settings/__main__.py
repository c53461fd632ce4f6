"""Prints docs/settings.md."""

import sys

from osm.settings.environment import table

sys.stdout.write(table())
