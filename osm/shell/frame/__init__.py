"""The screens, a package a subject. SCREENS lists the modules in the order they see a request."""

from collections.abc import MutableMapping
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, current_app
from flask.templating import Environment
from werkzeug.routing import IntegerConverter, Map

from osm.base.application import Memory, application
from osm.shell import access, requests

#: Largest request, bytes: a form with several photos from a telephone, or an export of a whole year.
LARGEST_REQUEST = 64 * 1024 * 1024

#: What every screen needs.
BASE = (
    "osm.shell.errors",
    "osm.shell.turns",
    "osm.shell.access",
    "osm.shell.filters",
    "osm.login.screens.entrance",
    "osm.people.views",
)
#: The screens. A new one adds its line.
SCREENS = (
    "osm.people.screens.users",
    "osm.people.screens.office",
    "osm.login.screens.second_factor",
    "osm.directory.screens",
    "osm.reminders.screens",
    "osm.shell.frame.nav",
    "osm.administration.screens.metrics",
    "osm.inbox.screens",
    "osm.talk.screens",
    "osm.messages.views.card",
    "osm.messages.screens",
    "osm.files.screens",
    "osm.messages.forms",
    "osm.answers.screens.drafting",
    "osm.answers.screens.publishing",
    "osm.groups.screens.parts",
    "osm.groups.screens.groups",
    "osm.approvals.screens",
    "osm.threads.screens",
    "osm.imports.screens.sources",
    "osm.comments.views",
    "osm.comments.screens.queue",
    "osm.comments.screens.copies",
    "osm.outbox.screens",
    "osm.complaints.screens",
    "osm.portal.screens",
    "osm.neighbours.screens",
    "osm.register.screens",
    "osm.dossier.screens",
    "osm.blacklist.screens",
    "osm.imports.screens.imports",
    "osm.shortcomings.screens",
    "osm.urgent.views",
    "osm.urgent.screens",
    "osm.bursts.screens",
    "osm.emergency.screens",
    "osm.plan.screens.week",
    "osm.plan.screens.publication",
    "osm.plan.screens.lists",
    "osm.register.views.page",
    "osm.reports.screens.reports",
    "osm.reports.screens.journals",
    "osm.calendar.screens",
    "osm.flow.screens",
    "osm.administration.screens.start",
    "osm.administration.screens.first_steps",
    "osm.pages.screens.connections",
    "osm.listening.screens",
    "osm.guarding.screens",
    "osm.pages.screens.register",
    "osm.people.screens.absences",
    "osm.topics.screens",
    "osm.check.screens",
    "osm.log.screens",
    "osm.integrators.screens",
    "osm.keeping.screens",
    "osm.retention.screens",
    "osm.help.screens",
)


_STAMPS: Memory[dict[object, str]] = Memory(lambda _: {})


class RowId(IntegerConverter):
    """The number of a row in an address; a larger one fits into no column, so there is no such page."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**31 - 1)


class Templates(Environment):
    """Each template has its globals in one dict. Of Jinja's chain of two an import asks for each of a hundred names."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


def init_app(app: Flask) -> None:
    """Add everything that answers over HTTP. RuntimeError when a view does not say who may call it."""
    settings = application(app).settings
    app.config.from_mapping(
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_NAME="osm_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        SEND_FILE_MAX_AGE_DEFAULT=365 * 24 * 3600,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the browser's session: a form may stay open for a day
        WTF_CSRF_SSL_STRICT=False,  # a proxy in front may hide the scheme; the token is what counts
    )
    requests.init_app(app)
    app.jinja_environment = Templates
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.url_map.converters["int"] = RowId
    app.before_request(access.guard)
    for name in BASE:
        _add(app, name)
    access.csrf.init_app(app)
    for name in SCREENS:
        _add(app, name)
    macros = vars(app.jinja_env.get_template("_macros.html").module)
    app.jinja_env.globals.update({name: macro for name, macro in macros.items() if not name.startswith("_")})
    access.public(app.view_functions["static"])
    app.url_defaults(_stamp_of_static)
    access.require_declarations(app)


def _add(app: Flask, name: str) -> None:
    """The blueprints of a module, and what its `init_app` adds besides."""
    module = import_module(name)
    for one in vars(module).values():
        if isinstance(one, Blueprint) and one.import_name == name:
            app.register_blueprint(one)
    if hasattr(module, "init_app"):
        module.init_app(app)


def _stamp_of_static(endpoint: str, values: dict[str, object]) -> None:
    """A static address changes with its file, so that browsers may keep it for a year."""
    if endpoint != "static" or "v" in values:
        return
    stamps = _STAMPS.get()
    name = values["filename"]
    if name not in stamps or current_app.debug:
        file = Path(current_app.static_folder or "") / str(name)
        stamps[name] = f"{file.stat().st_mtime_ns // 1_000_000:x}" if file.is_file() else "0"
    values["v"] = stamps[name]
