"""/help: each screen in half a page with the clause it rests on; every screen links to its own page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from osm.documents.markdown_html import html_of
from osm.documents.markdown_text import bare_text
from osm.services.help.search import Text, search
from osm.store.models import HelpKind
from osm.store.queries.help.memos import memos as written
from osm.web.access import signed_in
from osm.web.help.memos import WRITERS
from osm.web.nav import may_open

blueprint = Blueprint("help", __name__, url_prefix="/help")

KIND_HEADINGS = {HelpKind.MEMO: "Памятки", HelpKind.QUESTION: "Вопросы и ответы"}
KIND_WORDS = {HelpKind.MEMO: "памятка", HelpKind.QUESTION: "вопрос и ответ"}

TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True)
class Topic:
    """A text, and the screens that it explains: the beginnings of their addresses; `sample` is one of them."""

    code: str
    sample: str
    rules: tuple[str, ...]

    @property
    def title(self) -> str:
        return _title(self.code)


#: In the order of the menu. Of several that fit an address, the longest beginning explains it.
TOPICS = (
    Topic("inbox", "/", ("/", "/inbox", "/facts")),
    Topic("proposed", "/inbox/proposed", ("/inbox/proposed",)),
    Topic("register", "/messages", ("/messages",)),
    Topic("card", "/messages/1", ("/messages/<int:message_id>",)),
    Topic("entry", "/messages/new", ("/messages/new",)),
    Topic("answer", "/messages/1/answer", ("/messages/<int:message_id>/answer",)),
    Topic("for_executor", "/messages/1/for-executor", ("/messages/<int:message_id>/for-executor",)),
    Topic("executors", "/messages/1/executors", ("/messages/<int:message_id>/executors",)),
    Topic("part", "/messages/1/part", ("/messages/<int:message_id>/part",)),
    Topic(
        "common",
        "/messages/1/common",
        ("/messages/<int:message_id>/common", "/messages/<int:message_id>/parts"),
    ),
    Topic("approvals", "/approvals", ("/approvals",)),
    Topic("groups", "/groups", ("/groups",)),
    Topic("publishing", "/messages/1/publish", ("/messages/<int:message_id>/publish",)),
    Topic("promises", "/promises", ("/promises",)),
    Topic("urgent", "/reports/urgent", ("/reports/urgent", "/messages/<int:message_id>/urgent")),
    Topic("instructions", "/instructions", ("/instructions",)),
    Topic("emergency", "/emergencies", ("/emergencies",)),
    Topic("bursts", "/reports/bursts", ("/reports/bursts",)),
    Topic(
        "control_journals",
        "/reports/urgent/journal",
        (
            "/reports/shortcomings/journal",
            "/reports/memos/journal",
            "/reports/urgent/journal",
            "/instructions/journal",
        ),
    ),
    Topic("shift", "/shift", ("/shift", "/duty")),
    Topic("im", "/im", ("/im",)),
    Topic("moderation", "/moderation", ("/moderation",)),
    Topic("moderation_copies", "/moderation/1/copies", ("/moderation/<int:comment_id>/copies",)),
    Topic("moderation_log", "/moderation/decided", ("/moderation/decided",)),
    Topic("complaints", "/complaints", ("/complaints",)),
    Topic("outbox", "/moderation/outbox", ("/moderation/outbox",)),
    Topic("plan", "/plan", ("/plan",)),
    Topic("plan_news", "/plan/news", ("/plan/news", "/plan/tasks")),
    Topic("moderation_import", "/moderation/import", ("/moderation/import",)),
    Topic("reports", "/reports", ("/reports", "/admin/forms", "/help/figures")),
    Topic("journal", "/journal", ("/journal", "/messages/<int:message_id>/print")),
    Topic("accounts", "/accounts", ("/accounts",)),
    Topic("blacklist", "/blacklist", ("/blacklist",)),
    Topic(
        "shortcomings",
        "/reports/shortcomings",
        ("/reports/shortcomings", "/reports/outages", "/messages/<int:message_id>/shortcoming"),
    ),
    Topic("memos", "/reports/memos", ("/reports/memos",)),
    Topic("imports", "/imports", ("/imports",)),
    Topic("administration", "/admin", ("/admin",)),
    Topic("users", "/admin/users", ("/admin/users", "/admin/logins")),
    Topic("departments", "/admin/departments", ("/admin/departments",)),
    Topic("pages", "/admin/pages", ("/admin/pages",)),
    Topic("guarding", "/admin/security", ("/admin/security", "/admin/pages/<int:account_id>/security")),
    Topic("office", "/admin/office", ("/admin/office",)),
    Topic("absences", "/admin/absences", ("/admin/absences",)),
    Topic("topics", "/admin/topics", ("/admin/topics",)),
    Topic("templates", "/admin/templates", ("/admin/templates",)),
    Topic("dictionary", "/admin/dictionary", ("/admin/dictionary",)),
    Topic("calendar", "/admin/calendar", ("/admin/calendar",)),
    Topic("sources", "/admin/sources", ("/admin/sources",)),
    Topic("regulation", "/admin/regulation", ("/admin/regulation",)),
    Topic("log", "/admin/log", ("/admin/log",)),
    Topic("backups", "/admin/backups", ("/admin/backups",)),
    Topic("reminders", "/reminders", ("/reminders",)),
    Topic("help_pages", "/help/pages/new", ("/help/pages",)),
    Topic("account", "/password", ("/password", "/sessions", "/keys")),
)


@blueprint.get("")
@signed_in
def index() -> ResponseReturnValue:
    mine = [topic for topic in TOPICS if may_open(topic.sample, current_user)]
    others = [topic for topic in TOPICS if topic not in mine]
    pages = written(with_archived=current_user.has(*WRITERS))
    asked = request.args.get("q", "").strip()[:200]
    return render_template(
        "help/index.html",
        mine=mine,
        others=others,
        kinds=[(words, [one for one in pages if one.kind is kind]) for kind, words in KIND_HEADINGS.items()],
        may_write=current_user.has(*WRITERS),
        asked=asked,
        hits=search(_texts(mine + others), asked) if asked else None,
    )


@blueprint.get("/<code>")
@signed_in
def show(code: str) -> ResponseReturnValue:
    if not any(topic.code == code for topic in TOPICS):
        abort(404)
    title, body = read(code)
    return render_template("help/topic.html", title=title, body=body)


def topic_of(rule: str) -> Topic | None:
    """The topic that explains the screen with this rule of the URL map."""
    fitting = [
        (len(start), topic)
        for topic in TOPICS
        for start in topic.rules
        if rule == start or (start != "/" and rule.startswith(f"{start}/"))
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


@cache
def _title(code: str) -> str:
    with (TEXTS / f"{code}.md").open(encoding="utf-8") as text:
        return text.readline().removeprefix("# ").strip()


@cache
def read(code: str) -> tuple[str, Markup]:
    """Title and text of a topic."""
    rest = _body(code)
    return _title(code), Markup(html_of(rest, written=False))  # noqa: S704  cleaned, in case of a mistake of ours


def _texts(topics: Sequence[Topic]) -> Iterator[Text]:
    """All that the help says: what the press centre wrote first."""
    for one in written():
        address, what = url_for("help_pages.show", page_id=one.id), KIND_WORDS[one.kind]
        yield Text(address, one.title, bare_text(one.text), what)
    for topic in topics:
        yield Text(url_for("help.show", code=topic.code), topic.title, bare_text(_body(topic.code)))


@cache
def _body(code: str) -> str:
    return (TEXTS / f"{code}.md").read_text(encoding="utf-8").partition("\n")[2]


def _here() -> Topic | None:
    return topic_of(request.url_rule.rule) if request.url_rule else None


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.context_processor(lambda: {"help_topic": _here})
