"""Administration without a programmer: one module per subject, each with `init_app(app)`."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

#: The modules here; a new one adds its line, and its address stands in ADMIN_PAGES of osm/web/nav.py.
SUBJECTS = (
    "calendar",
    "sources",
    "regulation",
    "users",
    "departments",
    "absences",
    "topics",
    "templates",
    "dictionary",
    "dictionary_files",
    "log",
)


def init_app(app: Flask) -> None:
    for name in SUBJECTS:
        import_module(f"{__name__}.{name}").init_app(app)
