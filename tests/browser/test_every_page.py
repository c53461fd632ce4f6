"""Every page in a real browser with the demonstration: axe finds nothing, light and dark, and none scrolls sideways.

The pages come from the table of routes, so a new page is tested too. Each role logs in once, in one browser. By day
all rules of axe look at the dark telephone, those of colours at the light desk; at night all at both, and at a card in
every status. No page but a list has two filled buttons, none a tall one or one in small print.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from osm import create_app
from osm.answers.acts.templates import create_template
from osm.base.application import FixedClock
from osm.base.database import db
from osm.base.durable import this_installation
from osm.base.transaction import transaction
from osm.calendar.acts import decide, decided_now, enter_act, enter_schedule
from osm.complaints.acts import About, enter
from osm.demo.office import password_of, seed
from osm.demo.story import write_export
from osm.emergency import acts
from osm.flow.acts.clocks import in_force
from osm.groups.acts import members
from osm.integrators.acts import webhooks
from osm.jobs.running import run_due
from osm.login.acts.attempts import LIMIT_ADDRESS, LIMIT_LOGIN
from osm.messages.acts import routing
from osm.messages.acts.executors import PartOrder, executor_today
from osm.messages.acts.routing import tell_facts
from osm.models import (
    AnswerGroup,
    AnswerTemplate,
    Assignment,
    Author,
    BlacklistProposal,
    Burst,
    BurstMark,
    Comment,
    CopyText,
    Department,
    ImportRow,
    ImportRun,
    ImportSource,
    Integrator,
    LoginAttempt,
    Message,
    NeighbourBody,
    NetworkOutage,
    OutboxAction,
    PortalMessage,
    Promise,
    RowOutcome,
    Topic,
    User,
    UserRole,
)
from osm.neighbours.acts import asking
from osm.regulation.blacklist import CommentState, OutboxKind
from osm.regulation.words import Role, Status
from osm.regulation.working_time.office_calendar import Act, OwnSchedule
from osm.regulation.working_time.production_calendar import DEFAULT_SCHEDULE, Layer, Schedule
from osm.retention.acts import office as retention
from osm.serve.start import prepare
from osm.settings import ROOT, load_settings
from osm.shell.access import PUBLIC
from osm.urgent.acts.instructions import Order, give

from ..cast import audit
from ..conftest import MORNING
from ..databases import let_go
from ..in_browser import log_in
from ..prepared import copy_of
from ..serving import serving
from ..web.routes import ROUTES, Route
from ..web.test_help import NO_PAGES

pytestmark = pytest.mark.browser

AXE = ROOT / "tests" / "vendor" / "axe-core" / "axe.min.js"
LOOK = """async (only) => {
    const options = only.length ? {runOnly: {type: 'rule', values: only}} : {};
    const found = await axe.run(document, {...options, resultTypes: ['violations']});
    const where = one => one.nodes.map(node => node.target.join(' ')).slice(0, 3).join(', ');
    return found.violations.map(one => one.id + ': ' + where(one));
}"""
BUTTONS = """() => {
    const seen = [...document.querySelectorAll('main .btn')].filter(one => one.checkVisibility());
    const odd = seen.filter(one =>
        one.getBoundingClientRect().height > 44.5 || parseFloat(getComputedStyle(one).fontSize) < 13);
    const filled = seen.filter(one => one.matches('.btn-primary'));
    return [...odd, ...(filled.length > 1 ? filled : [])].map(one => one.textContent.trim());
}"""
"""On a desk: higher than 44 pixels, smaller than 13 in print, or one of several filled ones."""
LISTS = ("/", "/moderation")
"""Here each row has its own filled button."""
REFUSED_ROW = 900
BY_THEME = ["color-contrast", "link-in-text-block"]
"""The rules whose answer can be another in another theme."""
LOOKS = ((1280, "light", []), (390, "dark", []))
"""Width, theme, which rules (none named: all)."""
BY_DAY = ((1280, "light", BY_THEME), (390, "dark", []))
MORE_LOOKS = ((1280, "dark", BY_THEME), (390, "light", BY_THEME))
"""At the first page alone: what shows at one width only is the frame of all pages and the heads of tables."""

PEOPLE = {
    Role.CURATOR: "anna",
    Role.EXECUTOR: "boris",
    Role.MODERATOR: "vera",
    Role.HEAD: "gleb",
    Role.ADMIN: "dina",
}

#: Rule → statuses of the messages for which the page shows something; the card is tested in several.
STATUSES = {
    "/messages/<int:message_id>": (
        Status.NEW,
        Status.IN_WORK,
        Status.REWORK,
        Status.AWAITING_AUTHOR,
        Status.AWAITING_FINAL,
        Status.EXCLUDED,
        Status.ANSWERED,
    ),
    "/messages/<int:message_id>/answer": (Status.IN_WORK, Status.REWORK, Status.ON_APPROVAL),
    "/messages/<int:message_id>/for-executor": (Status.IN_WORK,),
    "/messages/<int:message_id>/executors": (Status.NEW, Status.IN_WORK),
    "/messages/<int:message_id>/publish": (Status.APPROVED, Status.ANSWERED),
    "/messages/<int:message_id>/print": (Status.ANSWERED,),
    "/approvals/<int:message_id>": (Status.ON_APPROVAL,),
}

#: Screens of a message with several executors (П.14).
OF_SEVERAL = {
    "/messages/<int:message_id>/part",
    "/messages/<int:message_id>/common",
    "/messages/<int:message_id>/parts/<int:assignment_id>",
}


#: Pages with a name instead of a number in the address.
NAMED = {
    "/help/<code>": "/help/inbox",
    "/inbox/<int:message_id>/dismiss": "/inbox/1/dismiss?version=1",
    "/admin/rules/off": "/admin/rules/off?rule=own.insult.medium",
    "/reports/forms/<kind>": "/reports/forms/weekly",
}


@dataclass(frozen=True)
class Office:
    """The demonstration, served; and which numbers to put into an address."""

    app: Flask
    url: str

    def paths(self, rule: str, login: str) -> list[str]:
        """Addresses of a rule where this person sees something."""
        if rule in OF_SEVERAL:
            row = db.session.scalars(select(Assignment).where(Assignment.part_state.is_not(None))).first()
            assert row is not None
            numbers = {"message_id": row.message_id, "assignment_id": row.id}
            return [re.sub(r"<(?:int:)?(\w+)>", lambda name: str(numbers[name[1]]), rule)]
        if rule in STATUSES:
            found = [self._message(status, login) for status in STATUSES[rule]]
            return [re.sub(r"<[^>]+>", str(number), rule) for number in found if number]
        if rule == "/neighbours/new":
            return [f"{rule}?message={self._message(Status.IN_WORK, 'boris')}"]
        if rule in NAMED:
            return [NAMED[rule]]
        return [re.sub(r"<(?:int:)?(\w+)>", lambda name: str(self._number(name[1])), rule)]

    def _message(self, status: Status, login: str) -> int | None:
        """The one with the most versions, since a page of a version also shows the one before."""
        query = select(Message).where(Message.status == status).order_by(Message.id)
        found = [
            message
            for message in db.session.scalars(query).unique()
            if login != "boris" or any(row.executor.login == login for row in message.assignments)
        ]
        return max(found, key=lambda message: sum(len(reply.drafts) for reply in message.replies)).id if found else None

    def _number(self, name: str) -> int:
        tables: dict[str, Any] = {
            "user_id": User, "department_id": Department, "topic_id": Topic, "run_id": ImportRun,
            "source_id": ImportSource, "template_id": AnswerTemplate, "proposal_id": BlacklistProposal,
            "group_id": AnswerGroup, "promise_id": Promise, "integrator_id": Integrator,
        }  # fmt: skip
        if name == "comment_id":
            return int(db.session.scalar(select(CopyText.comment_id).where(CopyText.group_id.isnot(None)).limit(1)))
        if name in tables:
            return int(db.session.scalar(select(tables[name].id).order_by(tables[name].id).limit(1)))
        if name == "act_number":
            return decided_now()[1].acts[0].number
        if name == "schedule_number":
            return decided_now()[1].schedules[0].number
        return {"year": 2028, "row_no": REFUSED_ROW}.get(name, 1)


def fill(folder: Path) -> None:
    app = create_app(load_settings({"OSM_DATA_DIR": str(folder)}), FixedClock(MORNING))
    prepare(app)
    with app.app_context():
        seed(MORNING)
        _add_what_the_demonstration_lacks()
        write_export(folder / "export.xlsx", MORNING, in_force().calendar)
    done = app.test_cli_runner().invoke(args=["osm", "import", str(folder / "export.xlsx"), "--times", "local"])
    assert done.exit_code == 0, done.output
    with app.app_context():
        run_due(MORNING)
        _refuse_a_row()
    let_go(app)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = copy_of(tmp_path_factory, "every-page", fill)
    app = create_app(load_settings({"OSM_DATA_DIR": str(folder)}), FixedClock(MORNING))
    with app.app_context(), serving(app) as url:
        yield Office(app, url)
    let_go(app)


def _add_what_the_demonstration_lacks() -> None:
    """A local act, a schedule of the office, a template: their pages would be empty without."""
    anna, gleb, dina = (db.session.scalars(select(User).filter_by(login=who)).one() for who in ("anna", "gleb", "dina"))
    text = "Здравствуйте, {имя}! {отдел} {мера} до {срок}."
    create_template(name="Ямы", kind="final", topic_id=None, text=text, actor=anna, now=MORNING)
    _send_to_several(anna)
    _tell_facts(anna)
    _complain(anna)
    answer = "Здравствуйте! Ждите сообщений."
    acts.prepare("Прорыв дамбы", text="Эвакуация с Речной", answer=answer, actor=anna, now=MORNING)
    give(Order("Найти генератор", anna.id, MORNING + timedelta(hours=2)), actor=gleb, now=MORNING)
    _integrate(dina)
    _portal()
    _ask_outside()
    _besiege()
    _burst()
    act = Act(0, (date(2026, 12, 31),), (), Layer.LOCAL, "Распоряжение № 1", date(2026, 11, 2))
    decide(enter_act(act), decided_now()[0], actor=dina, now=MORNING)
    author = db.session.scalars(select(Author.name).where(Author.name != "").order_by(Author.id)).first() or ""
    retention.enter_request("access", author, "", actor=dina, now=MORNING)
    audit(dina.id, MORNING)
    schedule = OwnSchedule(0, Schedule(DEFAULT_SCHEDULE.week, date(2027, 1, 1)), "Распоряжение № 2", date(2026, 11, 2))
    decide(enter_schedule(schedule), decided_now()[0], actor=dina, now=MORNING)


def _tell_facts(anna: User) -> None:
    """The facts of an excluded message wait for a department (П.17)."""
    message = db.session.scalars(select(Message).where(Message.status == Status.EXCLUDED)).first()
    boris = db.session.scalars(select(User).filter_by(login="boris")).one()
    assert message is not None
    told = {"department_id": boris.department_id, "facts": "Затоплен подвал", "asked": "Откачайте воду"}
    tell_facts(message.id, message.version, **told, actor=anna, now=MORNING)


def _portal() -> None:
    """A message of ПОС with the executor's department, and a rated one."""
    office = db.session.scalars(select(User.department_id).filter_by(login="boris")).one()
    given = {"received_at": MORNING, "due_at": MORNING + timedelta(days=2), "assigned_at": MORNING}
    with transaction() as session:
        session.add(PortalMessage(number="88001", text="Не горит фонарь", department_id=office, **given))
        session.flush()
        rated = {"rating": "5", "satisfied": True, "closed_at": MORNING}
        session.add(PortalMessage(number="88002", text="Яма", department_id=office, **given, **rated))


def _ask_outside() -> None:
    """A question of the executor to a body outside waits for the curator."""
    boris = db.session.scalars(select(User).filter_by(login="boris")).one()
    body = db.session.scalars(select(NeighbourBody).order_by(NeighbourBody.id)).first()
    given = {"body_id": body.id, "way": "letter", "text": "Когда дадут воду?", "with_citizen": True, "public_url": ""}
    for message in db.session.scalars(select(Message).where(Message.status == Status.IN_WORK)).unique().all():
        if any(row.executor_id == boris.id and row.ended_at is None for row in message.assignments):
            asking.ask(message.id, **given, actor=boris, now=MORNING)
            return


def _integrate(dina: User) -> None:
    """A system with a key, a webhook, and an event that was not heard."""
    given = {"rights": "both", "sees_all": True, "per_minute": 60, "actor": dina, "now": MORNING}
    row = webhooks.create(name="Региональная система", source="Региональная система", **given)
    webhooks.issue_token(row.id, row.version, actor=dina, now=MORNING)
    told = {"id": "1", "event": "answer.sent", "number": "7411001", "occurred_at": MORNING.isoformat()}
    with transaction() as session:
        row = session.get_one(Integrator, row.id)
        row.webhook_url, row.installation = "https://im.example.ru/events", this_installation()
        session.add(
            OutboxAction(
                kind=OutboxKind.WEBHOOK, network="webhook", integrator_id=row.id, told=told, not_before=MORNING,
                created_at=MORNING, idempotency_key="webhook:1", for_person=True, attempts=12,
                error="Получатель не ответил вовремя или оборвал связь.",
            )
        )  # fmt: skip


def _complain(anna: User) -> None:
    """About a comment that Вера has deleted: it waits for other people."""
    comment = db.session.scalars(select(Comment).where(Comment.state == CommentState.DELETED)).first()
    assert comment is not None
    enter(About(comment_id=comment.id), text="Верните мой комментарий", actor=anna, now=MORNING)


def _burst() -> None:
    """Many people have written about heating within two hours; at the same time VK does not answer."""
    told = {"window": 120, "told": 12, "usual_hundredths": 130, "known_count": 12, "known_at": MORNING}
    begun = MORNING - timedelta(hours=2)
    with transaction() as session:
        burst = Burst(kind="topic", key="1", name="Отопление", since=begun, until=MORNING, **told)
        session.add(burst)
        session.flush()
        some = session.scalars(select(Message.id).where(Message.status == Status.NEW)).all()
        session.add_all(
            BurstMark(kind="topic", key="1", name="Отопление", message_id=one, at=begun, known_at=MORNING,
                      judged_at=MORNING, burst_id=burst.id)
            for one in some
        )  # fmt: skip
        session.add(NetworkOutage(network="vk", began_at=begun))


def _besiege() -> None:
    """Strangers try the login of a user who has no browser here, and one address tries many logins."""
    login = db.session.scalars(select(User.login).where(User.login.not_in([*PEOPLE.values(), "efim"]))).first()
    with transaction() as session:
        session.add_all(LoginAttempt(login=login, address=f"2001:db8::{n:x}", at=MORNING) for n in range(LIMIT_LOGIN))
        session.add_all(LoginAttempt(login=f"u{n}", address="203.0.113.7", at=MORNING) for n in range(LIMIT_ADDRESS))


def _refuse_a_row() -> None:
    """A row of the export that was refused and can be corrected."""
    with transaction() as session:
        run = session.scalars(select(ImportRun).order_by(ImportRun.id)).first()
        assert run is not None
        cells = ["74999", *("" for _ in run.mapping["headings"][1:])]
        session.add(
            ImportRow(
                run_id=run.id, row_no=REFUSED_ROW, outcome=RowOutcome.REJECTED, reason="Нет текста сообщения.",
                payload={"cells": cells},
            )
        )  # fmt: skip


def _send_to_several(anna: User) -> None:
    """A message with three executors: one has sent, one is asked, one waits (П.14)."""
    message = db.session.scalars(
        select(Message).where(Message.status == Status.NEW).order_by(Message.id.desc())
    ).first()
    assert message is not None
    found = db.session.scalars(select(User).join(UserRole).where(UserRole.role == Role.EXECUTOR).order_by(User.id))
    here = [person for person in found.unique() if executor_today(person.id, MORNING, "")[0] is person]
    boris = next(person for person in here if person.login == "boris")
    others = [person for person in here if person is not boris][:2]
    orders = [PartOrder(boris.id, 1, "Что сделано?")]
    orders += [PartOrder(person.id, n, "Когда?") for n, person in enumerate(others, 1)]
    routing.route_to_several(message.id, message.version, orders=orders, actor=anna, now=MORNING)
    row = next(row for row in message.assignments if row.executor_id == boris.id)
    text = "Яму засыпали 24 ноября."
    members.submit_part(row.id, row.version, text=text, confirmed=True, actor=boris, now=MORNING)


def readers(route: Route) -> list[str | None]:
    """Who looks at the page: the first role that may; for the first page, which differs for everybody, all."""
    if route.access is PUBLIC:
        return [None]
    if route.rule == "/":
        return [*PEOPLE.values(), "efim"]
    return [login for role, login in PEOPLE.items() if not route.access or role in route.access][:1]


PIECE = 15
PAGES = [
    route
    for route in ROUTES
    # An invitation opens by the link of its letter alone.
    if "GET" in route.methods and not NO_PAGES.search(route.rule) and route.rule != "/invitation"
]


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function("width => innerWidth === width", arg=width)


def faults(page: Page, path: str, looks: Sequence[tuple[int, Literal["light", "dark"], list[str]]]) -> list[str]:
    """What is wrong with the open page, on a desk and on telephones, in both themes, with all details open."""
    found = []
    page.evaluate("document.querySelectorAll('main details').forEach(shutter => { shutter.open = true })")
    for width, theme, only in (*LOOKS, *MORE_LOOKS) if path == "/" else looks:
        resize(page, width)
        page.emulate_media(color_scheme=theme)
        page.wait_for_function("theme => document.documentElement.dataset.bsTheme === theme", arg=theme)
        found += [f"{path} {width} {theme}: {fault}" for fault in page.evaluate(LOOK, only)]
    for width in (390, 320):
        resize(page, width)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{path}: {wide} wide at {width}")
    return found


#: The person and the page to begin with; long lists are split, so that workers can share them.
WALKS = [
    (login, start)
    for login in (None, *PEOPLE.values(), "efim")
    for start in range(0, sum(login in readers(route) for route in PAGES), PIECE)
]


@pytest.mark.parametrize(("login", "start"), WALKS)
def test_axe_finds_no_fault_and_no_page_scrolls_sideways(
    browser: Browser, office: Office, often: Callable[[Any, Any], Any], login: str | None, start: int
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="ru-RU", reduced_motion="reduce")
    context.add_init_script(path=AXE)
    page = context.new_page()
    if login:
        log_in(page, office.url, login, password=password_of(login))
    found: list[str] = []
    for route in [route for route in PAGES if login in readers(route)][start : start + PIECE]:
        paths = office.paths(route.rule, login or "")
        assert paths, f"nothing to see at {route.rule}"
        for path in paths[:: often(3, 1)]:
            answer = page.goto(f"{office.url}{path}")
            if answer is None or answer.status != 200:
                found.append(f"{path}: {answer and answer.status}")
                continue
            resize(page, 1280)
            if route.rule not in LISTS and (odd := page.evaluate(BUTTONS)):
                found.append(f"{path}: buttons {odd}")
            found += faults(page, path, often(BY_DAY, LOOKS))
    context.close()
    assert found == [], "\n" + "\n".join(found)
