"""The table of routes: who may call what. Written by hand, compared with the application in test_access."""

from __future__ import annotations

import re
from dataclasses import dataclass

from osm.regulation.words import Role
from osm.web.access import PUBLIC, SIGNED_IN

CURATOR, EXECUTOR, MODERATOR, HEAD, ADMIN = Role.CURATOR, Role.EXECUTOR, Role.MODERATOR, Role.HEAD, Role.ADMIN


@dataclass(frozen=True)
class Route:
    """One rule of the URL map with the methods that share a declaration."""

    rule: str
    methods: frozenset[str]
    access: frozenset[Role] | None


def get(rule: str, *roles: Role, access: frozenset[Role] | None = SIGNED_IN) -> Route:
    return Route(rule, frozenset({"GET"}), frozenset(roles) or access)


def post(rule: str, *roles: Role, access: frozenset[Role] | None = SIGNED_IN) -> Route:
    return Route(rule, frozenset({"POST"}), frozenset(roles) or access)


ROUTES: tuple[Route, ...] = (
    # Anybody
    get("/static/<path:filename>", access=PUBLIC),
    get("/healthz", access=PUBLIC),
    get("/readyz", access=PUBLIC),
    get("/login", access=PUBLIC),
    post("/login", access=PUBLIC),
    # Whoever is logged in
    post("/logout"),
    get("/password"),
    post("/password"),
    get("/nav/badges"),
    get("/help"),
    get("/help/<code>"),
    # «Ждёт меня»
    get("/"),
    get("/inbox/news", CURATOR, EXECUTOR, MODERATOR),
    # The register
    get("/messages", CURATOR, EXECUTOR, MODERATOR, HEAD),
    get("/messages/export.xlsx", CURATOR, EXECUTOR, MODERATOR, HEAD),
    get("/messages/filters", CURATOR, EXECUTOR, MODERATOR, HEAD),
    post("/messages/filters", CURATOR, EXECUTOR, MODERATOR, HEAD),
    post("/messages/filters/<int:filter_id>/remove", CURATOR, EXECUTOR, MODERATOR, HEAD),
    post("/messages/bulk/route", CURATOR),
    post("/messages/bulk/dismiss", CURATOR),
    post("/messages/bulk/exclude", CURATOR, MODERATOR),
    # The card and the files on it
    get("/messages/<int:message_id>", CURATOR, EXECUTOR, MODERATOR, HEAD),
    get("/files/<int:attachment_id>", CURATOR, EXECUTOR, MODERATOR, HEAD),
    get("/files/<int:attachment_id>/small", CURATOR, EXECUTOR, MODERATOR, HEAD),
    # The curator's acts
    post("/messages/<int:message_id>/findings", CURATOR, MODERATOR),
    post("/messages/<int:message_id>/links/<int:other_id>", CURATOR),
    post("/messages/<int:message_id>/select", CURATOR),
    post("/messages/<int:message_id>/route", CURATOR),
    post("/messages/<int:message_id>/reroute", CURATOR),
    post("/messages/<int:message_id>/dismiss", CURATOR),
    post("/messages/<int:message_id>/redirect", CURATOR),
    post("/messages/<int:message_id>/exclude", CURATOR, MODERATOR),
    post("/messages/<int:message_id>/withdrawn", CURATOR),
    post("/messages/<int:message_id>/unanswerable", CURATOR),
    post("/messages/<int:message_id>/restore", CURATOR),
    post("/messages/<int:message_id>/author-answered", CURATOR),
    post("/messages/<int:message_id>/close-without-answer", CURATOR),
    post("/messages/<int:message_id>/reopen", CURATOR),
    post("/messages/<int:message_id>/prepare-final", CURATOR, EXECUTOR),
    post("/messages/<int:message_id>/raise-importance", CURATOR),
    post("/messages/<int:message_id>/lower-importance", CURATOR),
    # The executor's screen, and what is kept while one types
    get("/messages/<int:message_id>/answer", EXECUTOR),
    post("/messages/<int:message_id>/answer", EXECUTOR),
    post("/messages/<int:message_id>/answer/text", EXECUTOR, CURATOR),
    post("/messages/<int:message_id>/answer/check", EXECUTOR, CURATOR),
    post("/messages/<int:message_id>/answer/templates/<int:template_id>", EXECUTOR, CURATOR),
    post("/messages/<int:message_id>/answer/photos", EXECUTOR, CURATOR),
    post("/messages/<int:message_id>/answer/photos/<int:attachment_id>/remove", EXECUTOR, CURATOR),
    post("/messages/<int:message_id>/withdraw-draft", EXECUTOR, CURATOR),
    get("/messages/<int:message_id>/for-executor", CURATOR),
    post("/messages/<int:message_id>/for-executor", CURATOR),
    # Approval and publication
    get("/approvals", CURATOR),
    get("/approvals/<int:message_id>", CURATOR),
    post("/approvals/<int:message_id>/approve", CURATOR),
    post("/approvals/<int:message_id>/correct", CURATOR),
    post("/approvals/<int:message_id>/return", CURATOR),
    post("/approvals/<int:message_id>/revoke", CURATOR),
    get("/messages/<int:message_id>/publish", CURATOR, EXECUTOR),
    post("/messages/<int:message_id>/publish", CURATOR, EXECUTOR),
    # What is still to be entered in «Инцидент Менеджмент»
    get("/im", CURATOR, MODERATOR),
    get("/im/answers.xlsx", CURATOR, MODERATOR),
    post("/im/<int:reply_id>/enter", CURATOR, MODERATOR),
    post("/im/<int:reply_id>/undo", CURATOR, MODERATOR),
    post("/messages/<int:message_id>/source-seen", CURATOR, MODERATOR),
    # On paper
    get("/messages/<int:message_id>/print", CURATOR, EXECUTOR, MODERATOR, HEAD),
    get("/journal", CURATOR, MODERATOR, HEAD),
    get("/journal.xlsx", CURATOR, MODERATOR, HEAD),
    # A message by hand; imports
    get("/messages/new", CURATOR, MODERATOR),
    post("/messages/new", CURATOR, MODERATOR),
    get("/messages/new/link", CURATOR, MODERATOR),
    post("/messages/new/topic", CURATOR, MODERATOR),
    get("/imports", CURATOR, ADMIN),
    post("/imports", CURATOR, ADMIN),
    get("/imports/<int:run_id>", CURATOR, ADMIN),
    get("/imports/<int:run_id>/progress", CURATOR, ADMIN),
    post("/imports/<int:run_id>/sheet", CURATOR, ADMIN),
    post("/imports/<int:run_id>/start", CURATOR, ADMIN),
    post("/imports/<int:run_id>/publish", CURATOR, ADMIN),
    post("/imports/<int:run_id>/discard", CURATOR, ADMIN),
    # Administration: calendar
    get("/admin/calendar", ADMIN),
    get("/admin/calendar/acts/new", ADMIN),
    get("/admin/calendar/acts/<int:act_number>", ADMIN),
    get("/admin/calendar/schedules/new", ADMIN),
    get("/admin/calendar/schedules/<int:schedule_number>", ADMIN),
    get("/admin/calendar/years/<int:year>", ADMIN),
    post("/admin/calendar/change", ADMIN),
    get("/admin/sources", ADMIN),
    get("/admin/sources/<int:source_id>", ADMIN),
    post("/admin/sources/<int:source_id>", ADMIN),
    post("/admin/sources/<int:source_id>/forget", ADMIN),
    get("/admin/regulation", ADMIN),
    # Ready texts of answers: the press centre's
    get("/admin/templates", CURATOR, MODERATOR),
    get("/admin/templates/new", CURATOR, MODERATOR),
    post("/admin/templates", CURATOR, MODERATOR),
    get("/admin/templates/<int:template_id>", CURATOR, MODERATOR),
    post("/admin/templates/<int:template_id>", CURATOR, MODERATOR),
    post("/admin/templates/<int:template_id>/archive", CURATOR, MODERATOR),
    post("/admin/templates/<int:template_id>/restore", CURATOR, MODERATOR),
    post("/admin/templates/of-answer/<int:draft_id>", CURATOR, MODERATOR),
    # Administration: people
    get("/admin/users", ADMIN),
    post("/admin/users", ADMIN),
    get("/admin/users/new", ADMIN),
    get("/admin/users/<int:user_id>", ADMIN),
    post("/admin/users/<int:user_id>", ADMIN),
    post("/admin/users/<int:user_id>/block", ADMIN),
    post("/admin/users/<int:user_id>/unblock", ADMIN),
    post("/admin/users/<int:user_id>/reset-password", ADMIN),
    post("/admin/users/<int:user_id>/end-sessions", ADMIN),
    get("/admin/departments", ADMIN),
    post("/admin/departments", ADMIN),
    get("/admin/departments/new", ADMIN),
    get("/admin/departments/<int:department_id>", ADMIN),
    post("/admin/departments/<int:department_id>", ADMIN),
    post("/admin/departments/<int:department_id>/archive", ADMIN),
    post("/admin/departments/<int:department_id>/restore", ADMIN),
    get("/admin/topics", ADMIN),
    post("/admin/topics", ADMIN),
    post("/admin/topics/try", ADMIN),
    post("/admin/topics/starter", ADMIN),
    get("/admin/topics/new", ADMIN),
    get("/admin/topics/<int:topic_id>", ADMIN),
    post("/admin/topics/<int:topic_id>", ADMIN),
    post("/admin/topics/<int:topic_id>/archive", ADMIN),
    post("/admin/topics/<int:topic_id>/restore", ADMIN),
    # Administration: the log
    get("/admin/log", ADMIN),
    get("/admin/log/export", ADMIN),
    post("/admin/log/verify", ADMIN),
)


def address(rule: str) -> str:
    """An address under the rule: numbers for converters of numbers, words for others."""
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: "1" if found[1] == "int" else "x", rule)
