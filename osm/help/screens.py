"""/help: each screen in half a page with its clause, linked from the screen; and the memos of the press centre."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from flask import Flask, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from osm.base.database import db
from osm.base.errors import NotFound, must_exist
from osm.base.numbers import all_whole
from osm.documents.in_child import bare_text, written_html
from osm.documents.markdown_process import html_of
from osm.help import acts, queries
from osm.help.queries import memos as written
from osm.log.queries.history import edits_of
from osm.models import HelpKind, HelpPage
from osm.regulation.words import PRESS_CENTRE
from osm.shell import requests
from osm.shell.access import Screens, signed_in
from osm.shell.form_values import Form, Typed, is_set, text
from osm.shell.frame import nav
from osm.shell.run_act import EDIT_REFUSED, PageActs, run_act, typed_form
from osm.topics.queries import topics

# --- /help/pages
memos_blueprint = Screens("help_pages", __name__, url_prefix="/help/pages")

WRITERS = PRESS_CENTRE  # the press centre (П.4)
KINDS = ((HelpKind.MEMO, "памятка"), (HelpKind.QUESTION, "вопрос и ответ"))


@memos_blueprint.get("/new", *WRITERS)
def new() -> ResponseReturnValue:
    return _form_page(None, Form({"kind": HelpKind.MEMO}))


@memos_blueprint.post("", *WRITERS)
def write() -> ResponseReturnValue:
    if is_set("preview"):
        return _preview("write", lambda typed: _form_page(None, Form({}, typed)))
    return run_act(
        partial(acts.write, **_given()),
        lambda typed: _form_page(None, Form({}, typed)),
        lambda page: requests.see_other(
            url_for("help_pages.memos_show", page_id=page.id), "Страница помощи добавлена."
        ),
        refused=EDIT_REFUSED,
    )


@memos_blueprint.get("/<int:page_id>")
@signed_in
def memos_show(page_id: int) -> ResponseReturnValue:
    return _shown(_known(page_id))


@memos_blueprint.get("/<int:page_id>/print")
@signed_in
def print_page(page_id: int) -> ResponseReturnValue:
    return render_template("help/print.html", page=_known(page_id))


@memos_blueprint.get("/<int:page_id>/editions/<int:number>")
@signed_in
def edition(page_id: int, number: int) -> ResponseReturnValue:
    page = _known(page_id)
    found = must_exist(
        next((one for one in queries.editions(page_id) if one.number == number), None), "Страница помощи"
    )
    return render_template("help/edition.html", page=page, edition=found)


def _preview(action: str, form_page: Callable[[Typed], str]) -> ResponseReturnValue:
    """The form again, with its text as a page if it has no error."""
    act = lambda **_: acts.preview(text("text"))  # noqa: E731
    return run_act(act, form_page, lambda _: form_page(typed_form(action)), action=action)


def _known(page_id: int) -> HelpPage:
    """Raises NotFound, also if it is archived and the person may not write."""
    page = db.session.get(HelpPage, page_id)
    if page is None or (page.archived_at is not None and not current_user.has(*WRITERS)):
        raise NotFound("Страница помощи")
    return page


def _shown(page: HelpPage) -> str:
    return render_template(
        "help/memo.html", page=page, editions=queries.editions(page.id), may_write=current_user.has(*WRITERS)
    )


@memos_blueprint.get("/<int:page_id>/edit", *WRITERS)
def edit(page_id: int, typed: Typed | None = None) -> str:
    page = _known(page_id)
    stored = {"kind": page.kind, "title": page.title, "text": page.text}
    chosen = {"topic": [str(one.id) for one in page.topics]}
    return _form_page(page, Form(stored, typed, chosen, always="title"))


PAGE = PageActs(
    blueprint=memos_blueprint, rule="/<int:page_id>", page=edit, kind="help_page",
    there=lambda page_id: url_for("help_pages.memos_show", page_id=page_id),
)  # fmt: skip
PAGE.post("/archive", acts.archive, "Страница убрана: её видит только пресс-центр.", *WRITERS)
PAGE.post("/restore", acts.restore, "Страница снова видна всем.", *WRITERS)


@memos_blueprint.post("/<int:page_id>", *WRITERS)
def save(page_id: int) -> ResponseReturnValue:
    if is_set("preview"):
        return _preview("save", partial(edit, page_id))
    return PAGE.run(page_id, partial(acts.edit, **_given()), "Сохранено, прежний текст остался в редакциях.")


def _form_page(page: HelpPage | None, form: Form) -> str:
    linked = {one.id for one in page.topics} if page else set()
    offered = [(one.id, one.name) for one in topics() if one.archived_at is None or one.id in linked]
    is_shown = form.is_typed and not form.errors and form.value("text").strip()
    return render_template(
        "help/form.html", page=page, form=form, kinds=KINDS, topics=offered,
        preview=written_html(form.value("text")) if is_shown else "",
        edits=edits_of("help_page", page.id) if page else (),
    )  # fmt: skip


def _given() -> dict[str, Any]:
    chosen = all_whole(request.form.getlist("topic"))
    return {"kind": text("kind"), "title": text("title"), "text": text("text"), "topic_ids": chosen}


# --- /help
help_blueprint = Screens("help", __name__, url_prefix="/help")

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


#: In the order of the menu. If several fit an address, the longest beginning counts.
TOPICS = (
    Topic("inbox", "/", ("/", "/inbox/<int:message_id>/dismiss", "/inbox", "/facts")),
    Topic("proposed", "/inbox/proposed", ("/inbox/proposed",)),
    Topic("register", "/messages", ("/messages",)),
    Topic("card", "/messages/1", ("/messages/<int:message_id>",)),
    Topic("entry", "/messages/new", ("/messages/new",)),
    Topic("answer", "/messages/1/answer", ("/messages/<int:message_id>/answer",)),
    Topic("for_executor", "/messages/1/for-executor", ("/messages/<int:message_id>/for-executor",)),
    Topic("executors", "/messages/1/executors", ("/messages/<int:message_id>/executors",)),
    Topic("part", "/messages/1/part", ("/messages/<int:message_id>/part",)),
    Topic("common", "/messages/1/common", ("/messages/<int:message_id>/common", "/messages/<int:message_id>/parts")),
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
        ("/reports/shortcomings/journal", "/reports/memos/journal", "/reports/urgent/journal", "/instructions/journal"),
    ),
    Topic("shift", "/shift", ("/shift", "/duty")),
    Topic("im", "/im", ("/im",)),
    Topic("moderation", "/moderation", ("/moderation",)),
    Topic("moderation_copies", "/moderation/1/copies", ("/moderation/<int:comment_id>/copies",)),
    Topic("moderation_log", "/moderation/decided", ("/moderation/decided",)),
    Topic("complaints", "/complaints", ("/complaints",)),
    Topic("neighbours", "/neighbours/new", ("/neighbours",)),
    Topic("portal", "/portal", ("/portal", "/reports/portal")),
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
    Topic("users", "/admin/users", ("/admin/users", "/admin/logins", "/admin/directory")),
    Topic("auditors", "/admin/auditors", ("/admin/auditors",)),
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
    Topic("integrators", "/admin/integrators", ("/admin/integrators", "/help/developers")),
    Topic("regulation", "/admin/regulation", ("/admin/regulation",)),
    Topic("log", "/admin/log", ("/admin/log",)),
    Topic("backups", "/admin/backups", ("/admin/backups",)),
    Topic("retention", "/admin/keeping", ("/admin/keeping",)),
    Topic("reminders", "/reminders", ("/reminders", "/admin/mail")),
    Topic("help_pages", "/help/pages/new", ("/help/pages",)),
    Topic("account", "/password", ("/password", "/second-factor", "/sessions", "/keys")),
)


@help_blueprint.get("")
@signed_in
def index() -> ResponseReturnValue:
    mine = [topic for topic in TOPICS if nav.may_open(topic.sample, current_user)]
    others = [topic for topic in TOPICS if topic not in mine]
    pages = written(with_archived=current_user.has(*WRITERS))
    asked = request.args.get("q", "").strip()[:200]
    return render_template(
        "help/index.html", mine=mine, others=others,
        kinds=[(words, [one for one in pages if one.kind is kind]) for kind, words in KIND_HEADINGS.items()],
        may_write=current_user.has(*WRITERS), asked=asked,
        hits=acts.search(_texts(mine + others), asked) if asked else None,
    )  # fmt: skip


@help_blueprint.get("/<code>")
@signed_in
def help_show(code: str) -> ResponseReturnValue:
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


def _texts(topics: Sequence[Topic]) -> Iterator[acts.Text]:
    """All texts of the help, those of the press centre first."""
    for one in written():
        address, what = url_for("help_pages.memos_show", page_id=one.id), KIND_WORDS[one.kind]
        yield acts.Text(address, one.title, bare_text(one.text), what)
    for topic in topics:
        yield acts.Text(url_for("help.help_show", code=topic.code), topic.title, bare_text(_body(topic.code)))


@cache
def _body(code: str) -> str:
    return (TEXTS / f"{code}.md").read_text(encoding="utf-8").partition("\n")[2]


def _here() -> Topic | None:
    return topic_of(request.url_rule.rule) if request.url_rule else None


def init_app(app: Flask) -> None:
    app.jinja_env.filters["written_html"] = written_html
    app.add_template_global(queries.memos_for, "help_for_topic")
    app.context_processor(lambda: {"help_topic": _here})
