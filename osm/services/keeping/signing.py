"""The signature of a backup: it says which installation has made it, and that its manifest was not changed since."""

from __future__ import annotations

import hmac
import io
import json
from enum import Enum
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from osm.services.log.sealing import current_key
from osm.settings import Settings
from osm.store.archive import Archive
from osm.store.manifest import BadArchive, damaged

PURPOSE = b"osm: backups"


class Origin(Enum):
    """Whose an archive is; the value is what to tell the person."""

    OURS = ""
    UNSIGNED = "У копии нет подписи: она сделана прежней версией программы или кем-то другим."
    FOREIGN = (
        "Копия подписана другим ключом: её сделала другая установка, или OSM_ENCRYPTION_KEY с тех пор сменили. "
        "Если прежний ключ сохранился, задайте его."
    )


def sign(manifest: bytes) -> str:
    """HMAC-SHA256 of the manifest, hexadecimal; its key is derived from OSM_ENCRYPTION_KEY by HKDF (RFC 5869)."""
    settings: Settings = current_app.extensions["osm_settings"]
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(settings.encryption_key.encode())
    return hmac.new(derived, manifest, sha256).hexdigest()


def origin_of(archive: Archive) -> Origin:
    """Raises BadArchive for one that says it is ours and is not as we have signed it."""
    if not archive.signature:
        return Origin.UNSIGNED
    if hmac.compare_digest(archive.signature.encode(), sign(archive.signed).encode()):
        return Origin.OURS
    if archive.manifest.key_id == current_key().id:
        raise BadArchive("Резервная копия изменена после записи: её подпись не сходится.")
    return Origin.FOREIGN


def check_seals(archive: Archive) -> None:
    """Whether the program can read the seals that came along: one of them it reads each second. Raises BadArchive.

    A line that a power cut has torn apart is no fault.
    """
    name = "seals.jsonl"
    if all(file.name != name for file in archive.manifest.files):
        return
    lines = io.BytesIO()
    archive.extract(name, lines)
    for line in lines.getvalue().splitlines():
        try:
            seal = json.loads(line)
        except ValueError:
            continue
        except RecursionError as error:
            raise damaged(name) from error
        numbers = [seal.get(key) for key in ("number", "first_id", "last_id")] if isinstance(seal, dict) else []
        if any(type(number) is int and not 0 <= number < 2**63 for number in numbers):
            raise damaged(name)
