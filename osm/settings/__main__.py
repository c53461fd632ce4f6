"""Prints docs/settings.md."""

import sys

from osm.settings.declared import table

sys.stdout.write(table())
