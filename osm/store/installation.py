"""Which installation this is: a copy or a restored one sends nothing until a person says so."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from pathlib import Path

from osm.extensions import current_settings

# --- Which installation this is
_FILE = "installation.id"
_MACHINE = Path("/etc/machine-id")


def this_installation() -> str:
    """The mark of this installation: other after a restore, on another machine, and where the folder was copied."""
    file = _file()
    if not file.exists():
        renew()
    machine = ""
    with suppress(OSError):
        machine = _MACHINE.read_text("ascii").strip()
    # The number of the file on its disk: a copied folder has the same words in other files.
    told = f"{machine}\n{file.stat().st_ino}\n{file.read_text('ascii')}"
    return hashlib.sha256(told.encode()).hexdigest()


def renew() -> None:
    """From now on it is another installation: every connection is off until a person switches it on."""
    file = _file()
    made = file.with_name(f".{file.name}-{secrets.token_hex(4)}")
    made.write_text(secrets.token_urlsafe(24), "ascii")
    made.replace(file)


def _file() -> Path:
    settings = current_settings()
    return settings.data_dir / _FILE
