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
    post("/handover/<int:holder_id>/<int:owner_id>", CURATOR),
    post("/handover/<int:holder_id>/<int:owner_id>/keep", CURATOR),
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
    post("/messages/<int:message_id>/answer/take/<int:user_id>", EXECUTOR, CURATOR),
    post("/messages/<int:message_id>/parts/<int:assignment_id>/take/<int:user_id>", EXECUTOR),
    post("/messages/<int:message_id>/answer/photos/<int:attachment_id>/remove", EXECUTOR, CURATOR),
    post("/messages/<int:message_id>/withdraw-draft", EXECUTOR, CURATOR),
    get("/messages/<int:message_id>/for-executor", CURATOR),
    post("/messages/<int:message_id>/for-executor", CURATOR),
    # Several executors (П.14)
    get("/messages/<int:message_id>/executors", CURATOR),
    post("/messages/<int:message_id>/executors", CURATOR),
    post("/messages/<int:message_id>/executors/rows", CURATOR),
    post("/messages/<int:message_id>/executors/times", CURATOR),
    post("/messages/<int:message_id>/executors/add", CURATOR),
    post("/messages/<int:message_id>/executors/arrange", CURATOR),
    post("/messages/<int:message_id>/executors/<int:assignment_id>/remove", CURATOR),
    get("/messages/<int:message_id>/part", EXECUTOR),
    post("/messages/<int:message_id>/part", EXECUTOR),
    get("/messages/<int:message_id>/parts/<int:assignment_id>", CURATOR),
    post("/messages/<int:message_id>/parts/<int:assignment_id>", CURATOR),
    post("/messages/<int:message_id>/parts/<int:assignment_id>/text", EXECUTOR, CURATOR),
    post("/messages/<int:message_id>/parts/<int:assignment_id>/return", CURATOR),
    get("/messages/<int:message_id>/common", CURATOR),
    post("/messages/<int:message_id>/common", CURATOR),
    get("/messages/<int:message_id>/common/news", CURATOR),
    post("/messages/<int:message_id>/common/parts/<int:assignment_id>", CURATOR),
    # Approval and publication
    get("/approvals", CURATOR),
    get("/approvals/<int:message_id>", CURATOR),
    post("/approvals/<int:message_id>/approve", CURATOR),
    post("/approvals/<int:message_id>/correct", CURATOR),
    post("/approvals/<int:message_id>/return", CURATOR),
    post("/approvals/<int:message_id>/revoke", CURATOR),
    get("/messages/<int:message_id>/publish", CURATOR, EXECUTOR),
    post("/messages/<int:message_id>/publish", CURATOR, EXECUTOR),
    # What final answers promised
    get("/promises", CURATOR, EXECUTOR, HEAD),
    get("/promises/<int:promise_id>", CURATOR, EXECUTOR, HEAD),
    post("/promises/<int:promise_id>/report", CURATOR, EXECUTOR),
    post("/promises/<int:promise_id>/done", CURATOR),
    post("/promises/<int:promise_id>/move", CURATOR),
    post("/promises/<int:promise_id>/not-kept", CURATOR),
    post("/promises/<int:promise_id>/drop", CURATOR),
    # One answer to many complaints
    get("/groups", CURATOR, EXECUTOR, MODERATOR, HEAD),
    post("/groups", CURATOR),
    get("/groups/new", CURATOR),
    get("/groups/<int:group_id>", CURATOR, EXECUTOR, MODERATOR, HEAD),
    post("/groups/<int:group_id>/submit", CURATOR, EXECUTOR),
    post("/groups/<int:group_id>/approve", CURATOR),
    post("/groups/<int:group_id>/return", CURATOR),
    post("/groups/<int:group_id>/correct", CURATOR),
    post("/groups/<int:group_id>/withdraw", CURATOR, EXECUTOR),
    post("/groups/<int:group_id>/join", CURATOR),
    post("/groups/<int:group_id>/final", CURATOR, EXECUTOR),
    post("/groups/<int:group_id>/leave/<int:message_id>", CURATOR),
    # What is still to be entered in «Инцидент Менеджмент»
    get("/im", CURATOR, MODERATOR),
    get("/im/answers.xlsx", CURATOR, MODERATOR),
    post("/im/<int:reply_id>/enter", CURATOR, MODERATOR),
    post("/im/<int:reply_id>/undo", CURATOR, MODERATOR),
    post("/messages/<int:message_id>/source-seen", CURATOR, MODERATOR),
    # Comments of the office's pages, and what is to be done in the networks
    get("/moderation", CURATOR, MODERATOR),
    get("/moderation/more", CURATOR, MODERATOR),
    get("/moderation/posts", CURATOR, MODERATOR),
    post("/moderation/<int:comment_id>/decide", CURATOR, MODERATOR),
    post("/moderation/<int:comment_id>/undo", CURATOR, MODERATOR),
    post("/moderation/bulk", CURATOR, MODERATOR),
    post("/moderation/bulk/undo", CURATOR, MODERATOR),
    post("/moderation/hold", CURATOR, MODERATOR),
    post("/moderation/release", CURATOR, MODERATOR),
    get("/moderation/token", CURATOR, MODERATOR),
    post("/moderation/keys", CURATOR, MODERATOR),
    get("/moderation/<int:comment_id>/copies", CURATOR, MODERATOR),
    post("/moderation/<int:comment_id>/copies/decide", CURATOR, MODERATOR),
    post("/moderation/<int:comment_id>/copies/undo", CURATOR, MODERATOR),
    post("/moderation/<int:comment_id>/screenshots", CURATOR, MODERATOR),
    get("/files/of-comment/<int:shot_id>", CURATOR, MODERATOR, HEAD),
    get("/files/of-comment/<int:shot_id>/small", CURATOR, MODERATOR, HEAD),
    post("/messages/<int:message_id>/screenshots", CURATOR, MODERATOR),
    post("/blacklist/proofs/<int:proof_id>/screenshots", CURATOR, MODERATOR),
    get("/moderation/decided", CURATOR, MODERATOR),
    get("/moderation/import", CURATOR, MODERATOR),
    post("/moderation/import", CURATOR, MODERATOR),
    get("/moderation/outbox", CURATOR, MODERATOR),
    post("/moderation/outbox/<int:action_id>/done", CURATOR, MODERATOR),
    post("/moderation/outbox/done", CURATOR, MODERATOR),
    post("/moderation/outbox/<int:action_id>/reopen", CURATOR, MODERATOR),
    # On paper
    get("/messages/<int:message_id>/print", CURATOR, EXECUTOR, MODERATOR, HEAD),
    get("/journal", CURATOR, MODERATOR, HEAD),
    get("/journal.xlsx", CURATOR, MODERATOR, HEAD),
    # The black list
    get("/blacklist", CURATOR, MODERATOR, HEAD),
    get("/blacklist/journal", CURATOR, MODERATOR, HEAD),
    get("/blacklist/export.xlsx", CURATOR, MODERATOR, HEAD),
    get("/blacklist/<int:proposal_id>", CURATOR, MODERATOR, HEAD),
    get("/blacklist/<int:proposal_id>/export.docx", CURATOR, MODERATOR),
    get("/blacklist/of-comment/<int:comment_id>/export.docx", CURATOR, MODERATOR),
    get("/blacklist/of-message/<int:message_id>/export.docx", CURATOR, MODERATOR),
    post("/blacklist/approve", CURATOR),
    post("/blacklist/<int:proposal_id>/approve", CURATOR),
    post("/blacklist/<int:proposal_id>/reject", CURATOR),
    post("/blacklist/<int:proposal_id>/term", CURATOR),
    post("/blacklist/<int:proposal_id>/lift", CURATOR),
    post("/blacklist/<int:proposal_id>/applied", CURATOR, MODERATOR),
    post("/blacklist/of-message/<int:message_id>", CURATOR, MODERATOR),
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
    post("/imports/<int:run_id>/recall", CURATOR, ADMIN),
    get("/imports/<int:run_id>/rows/<int:row_no>", CURATOR, ADMIN),
    post("/imports/<int:run_id>/rows/<int:row_no>", CURATOR, ADMIN),
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
    # The office's own words: the press centre's
    get("/admin/dictionary", CURATOR, MODERATOR),
    get("/admin/dictionary/new", CURATOR, MODERATOR),
    post("/admin/dictionary", CURATOR, MODERATOR),
    post("/admin/dictionary/try", CURATOR, MODERATOR),
    post("/admin/dictionary/<int:entry_id>/remove", CURATOR, MODERATOR),
    get("/admin/dictionary/history", CURATOR, MODERATOR),
    post("/admin/dictionary/history/<int:change_id>/undo", CURATOR, MODERATOR),
    get("/admin/dictionary/rules", CURATOR, MODERATOR),
    get("/admin/dictionary/changes", CURATOR, MODERATOR),
    get("/admin/dictionary/export", CURATOR, MODERATOR),
    post("/admin/dictionary/import", CURATOR, MODERATOR),
    post("/admin/dictionary/import/save", CURATOR, MODERATOR),
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
    get("/admin/absences", CURATOR, ADMIN, EXECUTOR, MODERATOR),
    post("/admin/absences", CURATOR, ADMIN, EXECUTOR, MODERATOR),
    get("/admin/absences/new", CURATOR, ADMIN, EXECUTOR, MODERATOR),
    post("/admin/absences/effects", CURATOR, ADMIN, EXECUTOR, MODERATOR),
    get("/admin/absences/<int:absence_id>", CURATOR, ADMIN, EXECUTOR, MODERATOR),
    post("/admin/absences/<int:absence_id>", CURATOR, ADMIN, EXECUTOR, MODERATOR),
    post("/admin/absences/<int:absence_id>/end", CURATOR, ADMIN, EXECUTOR, MODERATOR),
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
