"""«Поручения», «Сведения отделу», «Смена», «График дежурств»."""

from collections.abc import Collection
from functools import partial

from flask import Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.base.errors import must_exist
from osm.flow.acts.clocks import in_force
from osm.inbox.queries.news import FACTS, LOADING, SHIFT
from osm.inbox.views.rows import show_kind
from osm.messages.acts import routing
from osm.messages.queries.parts import Card
from osm.models import InstructionState, Shift, User
from osm.people.queries.people import office
from osm.people.views import heads, roster_today, substituted_ids
from osm.regulation.words import PRESS_CENTRE, Role
from osm.shell import filters, requests
from osm.shell.access import Screens, me
from osm.shell.filters import day_given
from osm.shell.form_values import Form, Typed, number, text
from osm.shell.run_act import EDIT_REFUSED, PageActs, run_act
from osm.shortcomings.queries import memos
from osm.urgent.acts import instructions, shifts
from osm.urgent.acts.shifts import Given, duty_officer
from osm.urgent.queries import instructions as queries_instructions
from osm.urgent.queries import shifts as queries_shifts
from osm.urgent.queries import urgent
from osm.urgent.queries.instructions import FactsRow, InstructionRow
from osm.urgent.queries.shifts import COMMENTS, open_now, parts_of

# --- «Поручения»
instructions_blueprint = Screens("instructions", __name__, url_prefix="/instructions")


@instructions_blueprint.get("", *Role)
def index() -> ResponseReturnValue:
    live = request.args.get("show") != "all"
    rows = queries_instructions.listed(me(), substituted_ids(me()), live=live)
    return render_template("control/instructions/index.html", rows=rows, live=live)


@instructions_blueprint.get("/<int:instruction_id>", *Role, endpoint="show")
def instruction_page(instruction_id: int, typed: Typed | None = None) -> str:
    """`typed`: a form that was refused."""
    row, person = _known(instruction_id), me()
    mine = row.to_id in {person.id, *substituted_ids(person)}
    decides = person.has(Role.HEAD) and instructions.may_decide(person, row.given_by_id)
    source = urgent.one(row.urgent_report_id) if row.urgent_report_id else None
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
    """`typed`: a form that was refused."""
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
    """Facts of a card; no query if the message was never excluded."""
    return queries_instructions.facts_of_message(card.id) if any(one.ground for one in card.closures) else []


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
SHIFTS_READERS = (*PRESS_CENTRE, Role.HEAD)

# Section → link to a thing in it.
ADDRESSES: dict[str, str] = {
    "urgent": "/reports/urgent/", "bursts": "/reports/bursts/", "instructions": "/instructions/",
    "press": "/messages/", "late": "/messages/", "promises": "/promises/",
}  # fmt: skip


@shifts_blueprint.get("", *SHIFTS_READERS, endpoint="index")
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


@shifts_blueprint.get("/<int:shift_id>", *SHIFTS_READERS, endpoint="show")
def given_page(shift_id: int, typed: Typed | None = None) -> str:
    """A handover; each thing is shown in its state of now."""
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
DUTY_READERS = (*PRESS_CENTRE, Role.HEAD)


@duty_blueprint.post("/<int:turn_id>/remove", Role.CURATOR)
def remove(turn_id: int) -> ResponseReturnValue:
    done = lambda _: requests.see_other(url_for("duty.index"), "Убрано из графика.")  # noqa: E731
    return run_act(partial(shifts.remove_turn, turn_id), duty_page, done, action="remove", refused=EDIT_REFUSED)


def _given() -> Given:
    """The form. Raises MissingInput for an invalid day."""
    days = day_given("first_day"), day_given("last_day")
    return Given(number("person_id"), *days, text("begins"), text("ends"), text("phone"), bool(text("loads_exports")))


@duty_blueprint.get("", *DUTY_READERS, endpoint="index")
def duty_page(typed: Typed | None = None) -> str:
    """`typed`: the form was refused."""
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
