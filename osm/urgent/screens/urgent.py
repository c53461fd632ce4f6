"""Urgent reports (П.20), signs of danger to life, and the sections of a leader's page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Flask, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from osm.base.application import current_now, current_settings
from osm.base.errors import must_exist
from osm.base.types import Span
from osm.inbox.queries import news, overview
from osm.inbox.views.rows import show_kind
from osm.log.acts.record import Reading, record_reading
from osm.messages.queries.parts import Card
from osm.models import Danger, ReachedAs, User
from osm.people.queries.absences import head_on
from osm.people.queries.handovers import DepartmentContacts, contacts
from osm.people.views import heads, roster_today, visible_card
from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE, Role
from osm.reports.queries.counting import EVERYTHING, Scope
from osm.reports.queries.definitions import DEFINITIONS, LATE_NOW
from osm.reports.queries.figures import Listed, late_departments
from osm.shell import errors, requests, turns
from osm.shell.access import Screens, me
from osm.shell.filters import input_moment, local
from osm.shell.form_values import Typed, moment, number, seen_version, text
from osm.shell.run_act import EDIT_REFUSED, PageActs, press, run_act
from osm.urgent.acts import shifts, urgent
from osm.urgent.acts.instructions import Order, urgent_document
from osm.urgent.forms import report_form, told_so, typed_report
from osm.urgent.queries import instructions
from osm.urgent.queries import urgent as queries_urgent
from osm.urgent.views import instructions_waiting, own_departments, proposed_term, report_of_message, urgent_bar

# --- Urgent reports (П.20)
urgent_blueprint = Screens("urgent", __name__)

READ: dict[ReachedAs | None, str] = {
    None: "Отмечено ваше прочтение. До главы доклад ещё не доведён.",
    ReachedAs.HEAD: "Отмечено: доведено до главы.",
    ReachedAs.ACTING: "Отмечено: доведено до главы, вы исполняете его обязанности.",
}
READERS = (*PRESS_CENTRE, Role.HEAD)


@urgent_blueprint.post("/messages/<int:message_id>/urgent", *PRESS_CENTRE)
def send(message_id: int) -> ResponseReturnValue:
    visible_card(message_id, me())

    def act(**who: Any) -> object:
        return urgent.send(typed_report(), message_id=message_id, **who)

    return run_act(act, partial(new, message_id), told_so, refused=EDIT_REFUSED)


@urgent_blueprint.get("/reports/urgent", *READERS)
def index() -> ResponseReturnValue:
    return render_template("control/urgent/index.html", rows=queries_urgent.listed())


@urgent_blueprint.get("/reports/urgent/<int:report_id>/export.docx", *READERS)
@turns.costly
def export(report_id: int) -> ResponseReturnValue:
    row, now = _row(report_id), current_now()
    settings = current_settings()
    record_reading(Reading.URGENT_REPORT, actor=me(), now=now, message_id=row.message_id)
    made = urgent_document(row, now=now, zone=settings.time_zone)
    return requests.sent_file(made, f"Срочный доклад {row.id}.docx", requests.DOCX)


@urgent_blueprint.get("/reports/urgent/<int:report_id>", *READERS, endpoint="show")
def report_page(report_id: int, typed: Typed | None = None) -> str:
    """`typed`: a form that was refused."""
    row, person, now = _row(report_id), me(), current_now()
    press, phones = queries_urgent.duty()
    head, who_works = head_on(roster_today()), queries_urgent.who_works(row)
    is_read = any(one.user_id == person.id for one in row.readings) and not heads(person)
    may_read = row.is_unread and urgent.may_read(person) and not is_read
    return render_template(
        "control/urgent/report.html", row=row, typed=typed, may_read=may_read, is_head=heads(person),
        may_instruct=person.has(Role.HEAD), may_phone=row.is_unread and person.has(*PRESS_CENTRE), head=head,
        leaders=[(head.id, head.name)] if head else queries_urgent.leaders_without_post(), press=press,
        duty_phones=phones, officer=shifts.duty_officer(now),
        addressees=sorted(instructions.addressees(), key=lambda one: one[0] != who_works),
        proposed={"due_at": input_moment(proposed_term(now)), "called_at": input_moment(now)},
    )  # fmt: skip


@urgent_blueprint.get("/messages/<int:message_id>/urgent", *PRESS_CENTRE)
def new(message_id: int, typed: Typed | None = None) -> str:
    card = visible_card(message_id, me())
    return report_form(
        report_of_message(card), typed, queries_urgent.of_message(message_id),
        send_to=url_for("urgent.send", message_id=message_id),
        back=(url_for("card.show", message_id=card.id), f"№ {card.number}"), source="сообщению",
    )  # fmt: skip


def _row(report_id: int) -> queries_urgent.ReportRow:
    return must_exist(queries_urgent.one(report_id), "Срочный доклад")


def _order() -> Order:
    return Order(text("text"), number("to_id"), moment("due_at"))


REPORT = PageActs(blueprint=urgent_blueprint, rule="/reports/urgent/<int:report_id>", page=report_page)
REPORT.post("/read", urgent.read, lambda row: requests.see_other(errors.came_from(), READ[row.reached_as]), Role.HEAD)
REPORT.post(
    "/phone", urgent.note_call, "Записано: доложено по телефону.", *PRESS_CENTRE, called_at=moment, leader_id=number,
    words=lambda _: text("text"), order=lambda _: _order() if text("text").strip() else None,
)  # fmt: skip
REPORT.post("/instruct", urgent.instruct, "Поручение дано.", Role.HEAD, order=lambda _: _order())


# --- Signs of danger to life (П.9, П.20)
danger_blueprint = Screens("danger", __name__)


@danger_blueprint.post("/messages/<int:message_id>/danger", *PRESS_CENTRE)
def decide(message_id: int) -> ResponseReturnValue:
    card, version = visible_card(message_id, me()), seen_version()
    there = "/" if text("back") == "inbox" else url_for("card.show", message_id=card.id)
    match text("reply"):
        case "seen":
            return press(partial(urgent.see, card.id, version), there, lambda _: "Принято: вы занимаетесь.")
        case "report":
            act = partial(urgent.report, card.id, version, form=report_of_message(card))
            return press(act, there, lambda row: f"Важность повышенная, главе отправлен доклад № {row.id}.")
        case "none":
            return press(partial(urgent.dismiss, card.id, version), there, lambda _: "Отмечено: угрозы нет.")
        case _:
            raise MissingInput("reply", "Выберите: «Доложить главе», «Принято» или «Угрозы нет».")


def danger_of(card: Card) -> Danger | None:
    """For the card; queried only if its log has such an event."""
    if not current_user.has(*PRESS_CENTRE, Role.HEAD) or not any(one.action == "danger_noted" for one in card.log):
        return None
    return queries_urgent.danger_of(card.id)


# --- Sections of a leader's page
LATELY = timedelta(days=1)  # a read report is shown for this long, with what followed


@dataclass(frozen=True, slots=True)
class HeadSection:
    """A section. `rows`: its rows, hidden if empty."""

    key: str
    title: str
    template: str
    rows: Callable[[User, datetime], Sequence[Any]]


def _reports(_person: User, now: datetime) -> list[queries_urgent.ReportRow]:
    """Reports of the last day, without those shown in the bar on every page."""
    waiting = {row.id for row in urgent_bar().reports}
    return [row for row in queries_urgent.lately(now - LATELY) if row.id not in waiting]


def _instructions(person: User, now: datetime) -> list[instructions.InstructionRow]:
    """Late ones of others; his own are on the list."""
    known = {row.id for row in instructions_waiting()}
    return [row for row in instructions.late(person, now) if row.id not in known]


@dataclass(frozen=True, slots=True)
class LatePlace:
    """Number of late messages and the list of them. `contacts` is None without a department."""

    name: str
    contacts: DepartmentContacts | None
    late: int
    address: str
    is_press: bool = False


def _departments(person: User, now: datetime) -> list[LatePlace]:
    """The departments with the numbers of the reports, and the press centre."""
    mine = own_departments(person)
    found = late_departments(now, EVERYTHING if mine is None else Scope(department_ids=mine))
    known = {one.id: one for one in contacts(row.id for row in found)}
    today = Span(local(now).date(), local(now).date(), current_settings().time_zone)
    places = []
    for row in found:
        figure = Listed(DEFINITIONS[LATE_NOW], today, Scope(department_ids=frozenset({row.id})))
        places.append(LatePlace(row.name, known.get(row.id), row.number, url_for("register.show", figure=str(figure))))
    if mine is None and (late := overview.count_late_at_press(now)):
        address = url_for("register.show", status="at-press", term="overdue")
        places.append(LatePlace("Пресс-центр", None, late, address, is_press=True))
    return places


# In the order of the page.
SECTIONS: tuple[HeadSection, ...] = (
    HeadSection("urgent", "Срочные доклады за сутки", "control/head/_reports.html", _reports),
    HeadSection("instructions", "Поручения опаздывают", "control/head/_instructions.html", _instructions),
    HeadSection("departments", "У кого просроченное", "control/head/_departments.html", _departments),
)


def head_sections() -> list[tuple[HeadSection, Sequence[Any]]]:
    """The sections with rows for the current user."""
    person, now = me(), current_now()
    read = [(section, section.rows(person, now)) for section in SECTIONS]
    return [(section, rows) for section, rows in read if rows]


def init_app(app: Flask) -> None:
    show_kind(app, news.DANGER, "control/danger/_waiting.html", lambda _ids: queries_urgent.waiting(), "message_id")
    app.add_template_global(danger_of)
    app.jinja_env.filters["danger_words"] = queries_urgent.words_of
    app.add_template_global(head_sections)
    app.add_template_global(overview.curators, "curators_to_call")
