"""Keys of pages are kept encrypted (Fernet) with a key derived from OSM_ENCRYPTION_KEY; nobody is shown one again."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from osm.settings import Settings

_PURPOSE = b"osm keys of pages v1"


def sealed(keys: Mapping[str, str]) -> str:
    """The keys as they are stored."""
    return _cipher().encrypt(json.dumps(dict(keys), sort_keys=True).encode()).decode()


def opened(stored: str) -> dict[str, str]:
    """The keys as they are used; none where OSM_ENCRYPTION_KEY is another than when they were stored."""
    try:
        found: dict[str, str] = json.loads(_cipher().decrypt(stored.encode()))
    except (InvalidToken, ValueError):
        return {}
    return found


def _cipher() -> Fernet:
    settings: Settings = current_app.extensions["osm_settings"]
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(settings.encryption_key.encode())
    return Fernet(urlsafe_b64encode(derived))
