"""Readings that could not be logged at once, since somebody else was writing: kept on the disk, entered by the worker.

The page is shown meanwhile: a reader waits for no writer, and no reading is lost.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import current_app

from osm.settings import Settings
from osm.store.durable import replacing


def keep(reading: Mapping[str, Any]) -> None:
    """Write the reading durably; its values are texts, numbers and what JSON knows of both. Raises OSError."""
    _folder().mkdir(exist_ok=True)
    with replacing(_folder() / f"{uuid.uuid4().hex}.json") as file:
        file.write(json.dumps(reading).encode())


def kept() -> list[tuple[Path, dict[str, Any]]]:
    """What was kept, each with its file, which goes once the reading is in the log."""
    return [(path, json.loads(path.read_bytes())) for path in sorted(_folder().glob("*.json"))]


def _folder() -> Path:
    settings: Settings = current_app.extensions["osm_settings"]
    return settings.data_dir / "readings"
