"""The edition of the rules: a short fingerprint of code, lists and dictionaries, to compare verdicts."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_FOLDER = Path(__file__).parent
_DECIDING = ("pymorphy3", "pymorphy3-dicts-ru", "better-profanity")  # packages that verdicts depend on
_DIGITS = 12


@lru_cache(maxsize=1)
def rules_version() -> str:
    """Twelve hexadecimal digits, equal on all machines with the same code, word lists and dictionaries."""
    digest = hashlib.sha256()
    for package in _DECIDING:
        digest.update(f"{package} {_version(package)}\n".encode())
    files = [
        *_FOLDER.glob("*.py"),
        *_FOLDER.glob("rules/*.py"),
        *_FOLDER.glob("lexicon/*"),
        *_FOLDER.glob("learned/*.tsv"),
    ]
    for name, path in sorted((path.relative_to(_FOLDER).as_posix(), path) for path in files if path.is_file()):
        digest.update(f"{name}\n{path.read_text(encoding='utf-8')}\n".encode())
    return digest.hexdigest()[:_DIGITS]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "нет"
