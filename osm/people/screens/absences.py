"""Screens of absences: the list, the form, and a preview of the effects before saving."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.base.errors import NotFound, NotYours, must_exist
from osm.base.numbers import whole
from osm.flow.acts.terms import local_day
from osm.log.queries.history import edits_of
from osm.models import Absence, User
from osm.people.acts import absences
from osm.people.queries.absences import absence, absences_between, absences_from, colleagues, offered_people
from osm.people.queries.handovers import count_held, deputies_of
from osm.regulation import errors, executors
from osm.regulation.words import Post, Role
from osm.regulation.working_time import worktime
from osm.shell.access import Screens, me
from osm.shell.filters import day_of
from osm.shell.form_values import Form, Typed, asked_id, number, text
from osm.shell.requests import is_htmx
from osm.shell.run_act import PageActs, typed_form


# --- The effects of an absence
@dataclass(frozen=True, slots=True)
class Effect:
    """A sentence; `is_alarm`: somebody's work would be done by no one."""

    text: str
    is_alarm: bool = False


def possible_effects(person_id: int | None, given: absences.Given, except_id: int | None = None) -> list[Effect]:
    """Raises MissingInput as saving does."""
    rule = absences.checked_absence(person_id, given, actor=me(), now=current_now(), except_id=except_id)
    others = absences.holding(rule.first_day, except_id)
    people = colleagues(executors.named([rule, *others]))
    return [
        *_of_leader(rule, people),
        *_of_executor(rule, people, local_day(current_now())),
        *_of_rights(rule, people),
        *_of_chain(rule, others, people),
    ]


def _of_executor(rule: executors.Absence, people: dict[int, executors.Colleague], today: date) -> list[Effect]:
    if Role.EXECUTOR not in people[rule.person_id].roles:
        return []
    count = count_held(rule.person_id)
    words = f"{count} {worktime.plural(count, 'открытое сообщение', 'открытых сообщения', 'открытых сообщений')}"
    if rule.substitute_id is None:
        kept = f"{words} {worktime.plural(count, 'останется', 'останутся', 'останутся')} без исполнителя. "
        left = "Замещающего нет: направить сюда новые сообщения будет нельзя, куратор увидит это красным."
        return [Effect((kept if count else "") + left, is_alarm=True)]
    name = people[rule.substitute_id].name
    begins = "сегодня" if rule.first_day <= today else f"{rule.first_day:%d.%m}"
    moves = worktime.plural(count, "перейдёт", "перейдут", "перейдут")
    moved = Effect(
        f"{words} {moves} к замещающему: {name}. Куратор подтвердит одним нажатием ({begins}, «Ждёт меня»), "
        "сроки не изменятся; что останется открытым, вернётся."
    )
    given = Effect(f"Новые сообщения в эти дни сразу получает замещающий: {name}.")
    return [moved, given] if count else [given]


def _of_leader(rule: executors.Absence, people: dict[int, executors.Colleague]) -> list[Effect]:
    person = people[rule.person_id]
    if Role.HEAD not in person.roles:
        return []
    is_head = person.post is Post.HEAD
    if rule.acting_id is None:
        kept = " Срочный доклад по-прежнему доводят до него самого." if is_head else ""
        return [Effect(f"Исполняющего обязанности нет.{kept}", is_alarm=is_head)]
    days, name = executors.period_words(rule.first_day, rule.last_day), people[rule.acting_id].name
    if not is_head:
        return [Effect(f"Обязанности исполняет {days}: {name}.")]
    return [Effect(f"И. о. главы {days}: {name}. Срочный доклад доведён до главы, когда его прочтёт и. о.")]


def _of_rights(rule: executors.Absence, people: dict[int, executors.Colleague]) -> list[Effect]:
    roles = executors.passed_on(people[rule.person_id].roles)
    if not roles:
        return []
    words = ", ".join(role.label.lower() for role in Role if role in roles)
    if rule.substitute_id is None:
        return [Effect(f"Замещающего нет: права этой роли ({words}) на эти дни не перейдут никому.", is_alarm=True)]
    return [
        Effect(
            f"{people[rule.substitute_id].name} на эти дни получает права: {words}. «Ждёт меня» и остальные страницы "
            "откроются сами, в журнале будет видно, кто кого замещает."
        )
    ]


def _of_chain(
    rule: executors.Absence, others: Sequence[executors.Absence], people: dict[int, executors.Colleague]
) -> list[Effect]:
    """The substitute is absent on some of these days."""
    found = []
    for other in others:
        if other.person_id != rule.substitute_id or not (
            other.first_day <= rule.last_day and rule.first_day <= other.last_day
        ):
            continue
        first, last = max(rule.first_day, other.first_day), min(rule.last_day, other.last_day)
        end = executors.stand_in(rule.person_id, first, [rule, *others], people)
        follows = f"тогда замещает: {people[end].name}" if end and end in people else "замены на эти дни нет"
        words = f"{people[other.person_id].name} в отсутствии {executors.period_words(first, last)}: {follows}."
        found.append(Effect(words, is_alarm=end is None))
    return found


# --- Pages
@dataclass(frozen=True, slots=True)
class Month:
    first: date
    last: date

    @property
    def label(self) -> str:
        return format_date(self.first, "LLLL y", locale="ru").capitalize()

    @property
    def before(self) -> str:
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        return f"{self.last + timedelta(days=1):%Y-%m}"


def list_page() -> str:
    """Current and future absences, and all of one month; an executor sees only those that concern him."""
    today, person = _today(), me()
    concerning = None if person.has(*absences.ENTER_ANYBODYS) else person.id
    coming, month = absences_from(today, concerning), _month(today)
    return render_template(
        "staff/absences/index.html", now=[row for row in coming if row.first_day <= today],
        soon=[row for row in coming if row.first_day > today], month=month,
        of_month=absences_between(month.first, month.last, concerning), today=today, everybody=concerning is None,
        period=executors.period_words,
    )  # fmt: skip


def new_page(form: Form, effects: Sequence[Effect] = ()) -> str:
    """The form of a new absence; a person who may enter only his own is not asked for the name."""
    person = me()
    everybody = person.has(*absences.ENTER_ANYBODYS)
    about = form.value("person_id") if everybody else str(person.id)
    person_id = whole(about)
    if form.typed is None and person_id is not None:
        form = Form({**form.stored, "substitute_id": str(next(iter(_free_deputies(person_id)), ""))})
    return render_template(
        "staff/absences/new.html", form=form, effects=effects, everybody=everybody,
        people_to_choose=_whom_to_enter(person) if everybody else (),
        people=offered_people(roles=executors.FITTING) if everybody else _substitutes(form, person.id),
        leaders=_who_may_act() if everybody or person.owns(Role.HEAD) else (), reasons=executors.AbsenceReason.labels(),
    )  # fmt: skip


def absence_page(absence_id: int, typed: Typed | None = None, effects: Sequence[Effect] = ()) -> str:
    """`typed`: a refused form to show again."""
    row, today = visible(absence_id), _today()
    why_not = "" if row.is_over(today) else absences.why_not(me(), row.person_id)
    stored = {
        "reason": row.reason.value,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
        "substitute_id": str(row.substitute_id or ""),
        "acting_id": str(row.acting_id or ""),
        "act": row.act,
    }
    roles = colleagues({row.person_id})[row.person_id].roles
    form = Form(stored, typed, always="first_day")
    return render_template(
        "staff/absences/absence.html", row=row, form=form, effects=effects, has_begun=row.first_day <= today,
        may_change=not why_not and not row.is_over(today), is_over=row.is_over(today),
        why_not=why_not if me().has(*absences.ENTER_ANYBODYS) else "",
        people=_substitutes(form, row.person_id),
        leaders=_who_may_act(row.acting_id) if Role.HEAD in roles else (), reasons=executors.AbsenceReason.labels(),
        period=executors.period_words, edits=edits_of("absence", row.id),
    )  # fmt: skip


def visible(absence_id: int) -> Absence:
    """The absence, if this person may see it. Raises NotFound."""
    row, person = must_exist(absence(absence_id), "Отсутствие"), me()
    if person.id not in (row.person_id, row.substitute_id, row.acting_id) and not person.has(*absences.ENTER_ANYBODYS):
        raise NotFound("Отсутствие")
    return row


def _whom_to_enter(person: User) -> list[tuple[int, str]]:
    """The people for which a curator, or a substitute for him, may enter an absence."""
    if person.owns(*absences.ENTER_ANYBODYS):
        return offered_people(roles=executors.ABSENT)
    return offered_people([person.id], roles=executors.FITTING, without={*executors.PASSED_ON, Role.HEAD})


def _substitutes(form: Form, person_id: int) -> list[tuple[int, str]] | None:
    """People who can work for this person, and the one that the form names; None: nobody works for him."""
    held = [role for role in colleagues({person_id})[person_id].roles if role in executors.FITTING]
    roles = frozenset[Role]().union(*(executors.FITTING[role] for role in held))
    people = offered_people([whole(form.value("substitute_id"))], roles=roles)
    return [one for one in people if one[0] != person_id] if held else None


def _who_may_act(also: int | None = None) -> list[tuple[int, str]]:
    return offered_people([also], roles={Role.HEAD})


def _free_deputies(person_id: int) -> list[int]:
    away = {row.person_id for row in absences_from(_today()) if row.is_now(_today())}
    return [deputy for deputy in deputies_of(person_id) if deputy not in away]


def _today() -> date:
    return local_day(current_now())


def _month(today: date) -> Month:
    asked = request.args.get("month", "")
    try:
        first = date.fromisoformat(f"{asked}-01") if len(asked) == len("2026-11") else today.replace(day=1)
    except ValueError:
        first = today.replace(day=1)
    if not 2000 <= first.year < 2200:
        first = today.replace(day=1)
    return Month(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


# --- Routes
blueprint = Screens("absences", __name__, url_prefix="/admin/absences")

WORKING = (Role.CURATOR, Role.ADMIN, Role.EXECUTOR, Role.MODERATOR, Role.HEAD)


@blueprint.get("", *WORKING)
def index() -> ResponseReturnValue:
    return list_page()


@blueprint.get("/new", *WORKING)
def new() -> ResponseReturnValue:
    return new_page(Form({"person_id": str(asked_id("person") or "")}))


@blueprint.post("/effects", *WORKING)
def effects() -> ResponseReturnValue:
    """Preview the effects of the absence in the form; nothing here is saved."""
    absence_id = number("absence_id")
    row = visible(absence_id) if absence_id else None
    found, typed = [], typed_form("effects")
    try:
        found = possible_effects(row.person_id if row else _person_id(), _given(), except_id=absence_id)
    except (errors.MissingInput, NotYours) as error:
        typed = typed_form("effects", error)
    if is_htmx():
        return render_template("staff/absences/_effects.html", effects=found, refusal=typed.words)
    page = absence_page(row.id, typed, found) if row else new_page(Form({}, typed), found)
    return page, 422 if typed.why else 200


@blueprint.get("/<int:absence_id>", *WORKING)
def show(absence_id: int) -> ResponseReturnValue:
    return absence_page(absence_id)


def _person_id() -> int | None:
    """A person who may enter only his own absence is not asked for the name."""
    return number("person_id") if me().has(*absences.ENTER_ANYBODYS) else me().id


def _given() -> absences.Given:
    return absences.Given(
        text("reason"), day_of(text("first_day")), day_of(text("last_day")), number("substitute_id"),
        number("acting_id"), text("act"),
    )  # fmt: skip


PageActs(
    blueprint=blueprint, page=lambda typed: new_page(Form({}, typed)),
    there=lambda row: url_for("absences.show", absence_id=row.id),
).post(
    "", absences.enter_absence, "Отсутствие внесено.", *WORKING, endpoint="create", person_id=lambda _: _person_id(),
    given=lambda _: _given(),
)  # fmt: skip


ROW = PageActs(blueprint=blueprint, rule="/<int:absence_id>", page=absence_page, kind="absence", known=visible)
ROW.post("", absences.edit_absence, "Сохранено.", *WORKING, endpoint="save", given=lambda _: _given())
ROW.post("/end", absences.end_absence, "Отсутствие завершено: сотрудник снова на месте.", *WORKING)
