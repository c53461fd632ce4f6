"""Urgent reports (П.20), signs of danger, a leader's page; «Поручения», «Сведения отделу», «Смена», «Дежурства»."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from osm.base.application import current_now, current_settings, local_zone
from osm.base.errors import must_exist
from osm.base.types import Span
from osm.flow.acts.clocks import in_force
from osm.inbox.queries import news, overview
from osm.inbox.queries.news import FACTS, LOADING, SHIFT
from osm.inbox.views.rows import show_kind
from osm.log.acts.record import Reading, record_reading
from osm.messages.acts import routing
from osm.messages.queries.parts import Card
from osm.models import Danger, InstructionState, ReachedAs, Shift, User
from osm.people.queries.absences import head_on
from osm.people.queries.handovers import DepartmentContacts, contacts
from osm.people.queries.people import office
from osm.people.views import heads, roster_today, substituted_ids, visible_card
from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE, Role
from osm.reports.queries.counting import EVERYTHING, Scope
from osm.reports.queries.definitions import DEFINITIONS, LATE_NOW
from osm.reports.queries.figures import Listed, late_departments
from osm.shell import errors, filters, requests, turns
from osm.shell.access import Screens, me
from osm.shell.filters import day_given, input_moment, local
from osm.shell.form_values import Form, Typed, moment, number, seen_version, text
from osm.shell.run_act import EDIT_REFUSED, PageActs, press, run_act
from osm.shortcomings.queries import memos
from osm.urgent.acts import instructions, shifts, urgent
from osm.urgent.acts.instructions import Order, urgent_document
from osm.urgent.acts.shifts import Given, duty_officer
from osm.urgent.forms import report_form, told_so, typed_report
from osm.urgent.queries import instructions as queries_instructions
from osm.urgent.queries import shifts as queries_shifts
from osm.urgent.queries import urgent as queries_urgent
from osm.urgent.queries.instructions import FactsRow, InstructionRow
from osm.urgent.queries.shifts import COMMENTS, open_now, parts_of
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


@urgent_blueprint.get("/reports/urgent", *READERS, endpoint="index")
def reports() -> ResponseReturnValue:
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
        addressees=sorted(queries_instructions.addressees(), key=lambda one: one[0] != who_works),
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
    key: str
    title: str
    template: str
    rows: Callable[[User, datetime], Sequence[Any]]


def _reports(_person: User, now: datetime) -> list[queries_urgent.ReportRow]:
    """Reports of the last day, without those shown in the bar on every page."""
    waiting = {row.id for row in urgent_bar().reports}
    return [row for row in queries_urgent.lately(now - LATELY) if row.id not in waiting]


def _instructions(person: User, now: datetime) -> list[InstructionRow]:
    """Late ones of others; his own are on the list."""
    known = {row.id for row in instructions_waiting()}
    return [row for row in queries_instructions.late(person, now) if row.id not in known]


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
    today = Span(local(now).date(), local(now).date(), local_zone())
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
    person, now = me(), current_now()
    read = [(section, section.rows(person, now)) for section in SECTIONS]
    return [(section, rows) for section, rows in read if rows]


# --- «Поручения»
instructions_blueprint = Screens("instructions", __name__, url_prefix="/instructions")


@instructions_blueprint.get("", *Role, endpoint="index")
def instructions_page() -> ResponseReturnValue:
    live = request.args.get("show") != "all"
    rows = queries_instructions.listed(me(), substituted_ids(me()), live=live)
    return render_template("control/instructions/index.html", rows=rows, live=live)


@instructions_blueprint.get("/<int:instruction_id>", *Role, endpoint="show")
def instruction_page(instruction_id: int, typed: Typed | None = None) -> str:
    row, person = _known(instruction_id), me()
    mine = row.to_id in {person.id, *substituted_ids(person)}
    decides = person.has(Role.HEAD) and instructions.may_decide(person, row.given_by_id)
    source = queries_urgent.one(row.urgent_report_id) if row.urgent_report_id else None
    return render_template(
        "control/instructions/instruction.html", row=row, typed=typed, source=source,
        memo=memos.one(row.memo_id, person, heads=heads(person)) if row.memo_id else None,
        may_open=person.has(*PRESS_CENTRE, Role.HEAD),
        may_report=mine and row.state is InstructionState.OPEN,
        may_accept=decides and row.state is InstructionState.REPORTED, may_drop=decides and row.is_live,
        history=queries_instructions.history_of(instruction_id),
    )  # fmt: skip


def _known(instruction_id: int) -> InstructionRow:
    return must_exist(queries_instructions.instruction(instruction_id, me(), substituted_ids(me())), "Поручение")


ORDER = PageActs(blueprint=instructions_blueprint, rule="/<int:instruction_id>", page=instruction_page, known=_known)
ORDER.post(
    "/report", instructions.report, "Доложено: решает тот, кто дал поручение.", *Role,
    report=text, roster=lambda _: roster_today(),
)  # fmt: skip
ORDER.post("/accept", instructions.accept, "Принято, контроль снят.", Role.HEAD)
ORDER.post("/give-back", instructions.give_back, "Возвращено.", Role.HEAD, remarks=text)
ORDER.post("/drop", instructions.drop, "Поручение снято.", Role.HEAD, reason=text)


# --- «Сведения отделу»
facts_blueprint = Screens("facts", __name__, url_prefix="/facts")

FACTS_READERS = (*PRESS_CENTRE, Role.EXECUTOR, Role.HEAD)


@facts_blueprint.get("/<int:facts_id>", *FACTS_READERS, endpoint="show")
def facts_page(facts_id: int, typed: Typed | None = None) -> str:
    row, person = _facts_known(facts_id), me()
    waits = row.id in {one.id for one in _facts_waiting()}
    mine = person.has(Role.EXECUTOR) and waits and not row.is_unseen
    return render_template(
        "control/facts/facts.html", row=row, typed=typed, may_note=mine,
        may_open=person.has(*PRESS_CENTRE, Role.HEAD), may_withdraw=row.is_open and person.has(*PRESS_CENTRE),
    )  # fmt: skip


def _facts_waiting(_ids: Collection[int] = ()) -> list[FactsRow]:
    return queries_instructions.facts_waiting(me(), substituted_ids(me()))


def facts_of(card: Card) -> list[FactsRow]:
    """Facts of a card that this person may open; no query if the message was never excluded."""
    if not any(one.ground for one in card.closures):
        return []
    return queries_instructions.facts_of_message(card.id, me(), substituted_ids(me()))


def _facts_known(facts_id: int) -> FactsRow:
    return must_exist(queries_instructions.department_facts(facts_id, me(), substituted_ids(me())), "Сведения")


TOLD = PageActs(blueprint=facts_blueprint, rule="/<int:facts_id>", page=facts_page, known=_facts_known)
TOLD.post(
    "/done", routing.note_done, "Отмечено: пресс-центр видит, что сделано.", Role.EXECUTOR,
    outcome=lambda _: text("done"), absent=lambda _: substituted_ids(me()),
)  # fmt: skip
TOLD.post("/withdraw", routing.withdraw, "Отозвано: отдел об этом больше не просят.", *PRESS_CENTRE, reason=text)


# --- «Смена»
shifts_blueprint = Screens("shifts", __name__, url_prefix="/shift")

# Section → link to a thing in it.
ADDRESSES: dict[str, str] = {
    "urgent": "/reports/urgent/", "bursts": "/reports/bursts/", "instructions": "/instructions/",
    "press": "/messages/", "late": "/messages/", "promises": "/promises/",
}  # fmt: skip


@shifts_blueprint.get("", *READERS, endpoint="index")
def shift_page(typed: Typed | None = None) -> str:
    """What is open now, the waiting handover, and earlier ones."""
    now, person = current_now(), me()
    content = open_now(now, in_force().calendar.tz)
    return render_template(
        "control/shift/index.html", parts=parts_of(content, person), comments=content[COMMENTS], typed=typed,
        waiting=queries_shifts.waiting(), rows=queries_shifts.listed(), officer=duty_officer(now), addresses=ADDRESSES,
        may_give=person.has(*PRESS_CENTRE), may_see_promises=may_see_promises(person),
    )  # fmt: skip


PageActs(
    blueprint=shifts_blueprint, page=shift_page, there=lambda row: url_for("shifts.show", shift_id=row.id)
).post(
    "", shifts.give, "Смена сдана. Её видит весь пресс-центр, пока кто-нибудь не примет.", *PRESS_CENTRE,
    endpoint="give", note=text,
)  # fmt: skip


@shifts_blueprint.get("/<int:shift_id>", *READERS, endpoint="show")
def given_page(shift_id: int, typed: Typed | None = None) -> str:
    row, person = _shifts_known(shift_id), me()
    press = person.has(*PRESS_CENTRE)
    return render_template(
        "control/shift/shift.html", row=row, typed=typed, parts=parts_of(row.content, person),
        comments=row.content.get(COMMENTS, 0), addresses=ADDRESSES, may_see_promises=may_see_promises(person),
        may_take=row.waits and press and row.given_by_id != person.id,
        may_withdraw=row.waits and row.given_by_id == person.id,
    )  # fmt: skip


def may_see_promises(person: User) -> bool:
    return person.has(Role.CURATOR, Role.HEAD)


def _shifts_known(shift_id: int) -> Shift:
    return must_exist(queries_shifts.one(shift_id), "Сдача смены")


SHIFT_ACTS = PageActs(blueprint=shifts_blueprint, rule="/<int:shift_id>", page=given_page, known=_shifts_known)
SHIFT_ACTS.post("/take", shifts.take, "Смена принята.", *PRESS_CENTRE)
SHIFT_ACTS.post("/withdraw", shifts.withdraw, "Сдача отменена: смена ваша.", *PRESS_CENTRE, endpoint="withdraw_shift")


# --- «График дежурств»
duty_blueprint = Screens("duty", __name__, url_prefix="/duty")


@duty_blueprint.post("/<int:turn_id>/remove", Role.CURATOR)
def remove(turn_id: int) -> ResponseReturnValue:
    done = lambda _: requests.see_other(url_for("duty.index"), "Убрано из графика.")  # noqa: E731
    return run_act(partial(shifts.remove_turn, turn_id), duty_page, done, action="remove", refused=EDIT_REFUSED)


def _given() -> Given:
    """The form. Raises MissingInput for an invalid day."""
    days = day_given("first_day"), day_given("last_day")
    return Given(number("person_id"), *days, text("begins"), text("ends"), text("phone"), bool(text("loads_exports")))


@duty_blueprint.get("", *READERS, endpoint="index")
def duty_page(typed: Typed | None = None) -> str:
    now, person = current_now(), me()
    proposed = {"first_day": f"{filters.local(now):%Y-%m-%d}", "begins": "18:00", "ends": "09:00"}
    return render_template(
        "control/shift/duty.html", rows=queries_shifts.coming(now), passed=queries_shifts.passed(now), now=now,
        form=Form(proposed, typed, always="begins"), people=queries_shifts.people(), may_keep=person.has(Role.CURATOR),
        officer=shifts.duty_officer(now), duty_phones=office().duty_phones.splitlines(),
    )  # fmt: skip


DUTY = PageActs(blueprint=duty_blueprint, page=duty_page)
DUTY.post("", shifts.enter_turns, "Внесено в график.", Role.CURATOR, endpoint="enter", given=lambda _: _given())


def init_app(app: Flask) -> None:
    show_kind(app, FACTS, "control/facts/_waiting.html", _facts_waiting)
    app.add_template_global(facts_of)
    app.add_template_global(queries_instructions.departments_that_help, "department_choices")
    show_kind(app, LOADING, "control/shift/_loading.html", lambda ids: ids, key="")
    show_kind(app, SHIFT, "control/shift/_waiting.html", lambda _ids: filter(None, [queries_shifts.waiting()]))
    app.add_template_global(lambda: shifts.loading_ahead(me(), current_now()), "loading_ahead")
    show_kind(app, news.DANGER, "control/danger/_waiting.html", lambda _ids: queries_urgent.waiting(), "message_id")
    app.add_template_global(danger_of)
    app.jinja_env.filters["danger_words"] = queries_urgent.words_of
    app.add_template_global(head_sections)
    app.add_template_global(overview.curators, "curators_to_call")
