"""The screens, a package a subject. SCREENS lists the modules with `init_app(app)` in the order they see a request."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from flask import Flask, current_app
from werkzeug.routing import IntegerConverter, Map

from osm.settings import Settings
from osm.web import access, requests
from osm.web.extensions import csrf

#: Largest request, bytes: a form with several photos from a telephone, or an export of a whole year.
LARGEST_REQUEST = 64 * 1024 * 1024

#: What every screen needs.
BASE = ("errors", "lock_waits", "turns", "security", "filters", "staff.sessions", "roster", "just_done")
#: The screens. A new one adds its line.
SCREENS = (
    "staff.auth",
    "staff.own_sessions",
    "staff.own_keys",
    "reminders.reminders",
    "nav",
    "health",
    "inbox.inbox",
    "inbox.slips",
    "inbox.proposed",
    "staff.handover",
    "talk.talk",
    "messages.card_words",
    "messages.card",
    "messages.trail",
    "messages.curating",
    "messages.linking",
    "messages.findings",
    "files.files",
    "stale",
    "answers.autosave",
    "answers.checking",
    "answers.inserting",
    "answers.drafting",
    "parts.parts",
    "parts.common_draft",
    "parts.executors",
    "approvals.approvals",
    "answers.publishing",
    "threads.offers",
    "imports.source_entry",
    "comments.view",
    "comments.queue",
    "comments.waiting",
    "comments.bulk",
    "comments.log",
    "comments.copy_groups",
    "comments.outbox",
    "comments.complaints",
    "register.journal",
    "blacklist.blacklist",
    "blacklist.files",
    "comments.screenshots",
    "imports.imports",
    "imports.mending",
    "imports.editions",
    "imports.held_rows",
    "groups.groups",
    "answers.promises",
    "control.shortcomings",
    "control.memos",
    "control.view",
    "control.head_page",
    "control.urgent",
    "control.danger",
    "control.instructions",
    "control.facts",
    "control.bursts",
    "emergency.emergency",
    "plan.plan",
    "plan.publications",
    "plan.typing",
    "plan.photos",
    "plan.style",
    "plan.news",
    "plan.tasks",
    "plan.feed",
    "plan.headings",
    "plan.near",
    "plan.memorable",
    "plan.month",
    "control.burst_report",
    "control.duty",
    "control.shifts",
    "register.register",
    "register.trail",
    "reports.reports",
    "reports.week",
    "reports.forms",
    "reports.journals",
    "messages.entry",
    "calendar.calendar",
    "imports.sources",
    "imports.source_form",
    "clocks.regulation",
    "administration.start",
    "staff.users",
    "staff.throttled",
    "staff.departments",
    "accounts.pages",
    "accounts.callback",
    "accounts.publications",
    "guarding.pages",
    "official.register",
    "official.profile",
    "official.site",
    "accounts.stops",
    "guarding.tasks",
    "staff.office",
    "staff.absences",
    "topics.topics",
    "answers.templates",
    "dictionary.dictionary",
    "dictionary.files",
    "dictionary.rules",
    "log.log",
    "keeping.backups",
    "help",
    "help.memos",
)


class RowId(IntegerConverter):
    """The number of a row in an address; a larger one fits into no column, so there is no such page."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**31 - 1)


def init_app(app: Flask) -> None:
    """Add everything that answers over HTTP. RuntimeError when a view does not say who may call it."""
    settings: Settings = app.extensions["osm_settings"]
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
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.url_map.converters["int"] = RowId
    app.before_request(access.guard)
    for name in BASE:
        import_module(f"{__name__}.{name}").init_app(app)
    csrf.init_app(app)
    for name in SCREENS:
        import_module(f"{__name__}.{name}").init_app(app)
    access.public(app.view_functions["static"])
    app.url_defaults(_stamp_of_static)
    access.require_declarations(app)


def _stamp_of_static(endpoint: str, values: dict[str, object]) -> None:
    """A static address changes with its file, so that browsers may keep it for a year."""
    if endpoint != "static" or "v" in values:
        return
    stamps: dict[object, str] = current_app.extensions.setdefault("osm_static_stamps", {})
    name = values["filename"]
    if name not in stamps or current_app.debug:
        file = Path(current_app.static_folder or "") / str(name)
        stamps[name] = f"{file.stat().st_mtime_ns // 1_000_000:x}" if file.is_file() else "0"
    values["v"] = stamps[name]
