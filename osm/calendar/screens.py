"""The calendar of the office: its forms, the preview of a change, and the pages."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.base.errors import must_exist
from osm.base.numbers import whole
from osm.calendar import acts, queries, views
from osm.calendar.acts import Decided, Decision, Preview, decided_now
from osm.flow.acts.act import required
from osm.flow.acts.terms import in_force
from osm.models import User
from osm.people import views as roster
from osm.regulation.errors import MissingInput, WrongParameters, need, one_of, refuse
from osm.regulation.words import Role
from osm.regulation.working_time.office_calendar import Act, OfficeCalendar, OwnSchedule, OwnYear, days_between
from osm.regulation.working_time.production_calendar import (
    DEFAULT_SCHEDULE,
    Hours,
    Layer,
    Schedule,
    hours_words,
    parse_hours,
)
from osm.regulation.working_time.worktime import WEEKDAYS, plural
from osm.shell import requests
from osm.shell.access import Screens, may, me
from osm.shell.form_values import Typed, number, seen_version, text, typed_values
from osm.shell.run_act import run_act, typed_form, who

# --- Forms
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEK_LABELS = ("Понедельник", "Вторник", "Среда", "Четверг", "Пятница", "Суббота", "Воскресенье")
MOVES = 8  # pairs of dates in the form of a decree; no decree so far moved more than five
LONGEST_DOCUMENT = 200
_CALLED = re.compile(r"^постановление\s+правительства(\s+(рф|российской\s+федерации))?\s+", re.IGNORECASE)
"""All screens add it before the date and the number."""
_RUSSIAN = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")


def year_of(values: Mapping[str, str]) -> int | None:
    """The year to show after the form: that of its first date."""
    for name in ("year", "first", "valid_from"):
        if (year := whole(values.get(name, "")[:4])) is not None:
            return year
    return None


# --- Values of a form when it is opened


def act_values(act: Act) -> dict[str, str]:
    return {
        "first": act.days[0].isoformat(),
        "last": act.days[-1].isoformat() if len(act.days) > 1 else "",
        "mode": "hours" if act.hours else "off",
        "hours": hours_words(act.hours),
        "layer": act.layer.value,
        "document": act.document,
        "signed": act.signed.isoformat(),
    }


def schedule_values(own: OwnSchedule | None) -> dict[str, str]:
    """A new schedule begins with the packaged week."""
    schedule = own.schedule if own else DEFAULT_SCHEDULE
    values = {day: hours_words(hours) for day, hours in zip(WEEK, schedule.week, strict=True)}
    if own:
        values |= {"valid_from": schedule.valid_from.isoformat(), "document": own.document}
        values["signed"] = own.signed.isoformat()
    return values


def year_values(decided: OfficeCalendar, year: int) -> dict[str, str]:
    own = decided.own_year(year)
    values = {"year": str(year), "document": own.decree if own else ""}
    for place, (source, target) in enumerate(own.moved if own else ()):
        values |= {f"from-{place}": source.isoformat(), f"to-{place}": target.isoformat()}
    return values


# --- Values from the form


def _act() -> Decision:
    first = _day("first", "Укажите день, на который действует акт.")
    last = _day("last", "") if text("last").strip() else first
    hours: Hours = ()
    if text("mode") == "hours":
        hours = _hours("hours", required("hours", text("hours"), "Укажите часы работы или выберите «Не работаем»."))
    layer = one_of("layer", text("layer"), Layer, "Выберите, чей это акт: местный или региональный.")
    act = Act(number("number") or 0, days_between(first, last), hours, layer, _document(), _signed())
    return acts.enter_act(act)


def _schedule() -> Decision:
    week = tuple(_hours(day, text(day)) for day in WEEK)
    schedule = Schedule(week, _day("valid_from", "Укажите, с какой даты действует расписание."))
    return acts.enter_schedule(OwnSchedule(number("number") or 0, schedule, _document(), _signed()))


def _year() -> Decision:
    moved = []
    for place in range(MOVES):
        source, target = text(f"from-{place}").strip(), text(f"to-{place}").strip()
        if source or target:
            sentence = "Укажите обе даты: откуда и куда перенесён выходной."
            moved.append(
                (_day(f"from-{place}", sentence, f"move-{place}"), _day(f"to-{place}", sentence, f"move-{place}"))
            )
    decree = _CALLED.sub("", _document()) if text("document").strip() else ""
    return acts.enter_year(OwnYear(number("year") or 0, decree, tuple(moved)))


_READERS: dict[str, Callable[[], Decision]] = {
    "act": _act,
    "act-withdraw": lambda: acts.withdraw_act(number("number") or 0),
    "schedule": _schedule,
    "schedule-withdraw": lambda: acts.withdraw_schedule(number("number") or 0),
    "year": _year,
    "year-withdraw": lambda: acts.withdraw_year(number("year") or 0),
    "presidential": lambda: acts.set_presidential(text("presidential") == "1"),
}


def _day(name: str, missing: str, place: str = "") -> date:
    value = text(name).strip()
    refuse(place or name, not value, missing)
    russian = _RUSSIAN.fullmatch(value)
    try:
        return date(*map(int, russian.groups()[::-1])) if russian else date.fromisoformat(value)
    except ValueError:
        raise MissingInput(place or name, "Дата не разобрана, нужна например 25.11.2026.") from None


def _hours(name: str, value: str) -> Hours:
    try:
        return parse_hours(name, value)
    except WrongParameters:
        raise MissingInput(
            name, "Часы не разобраны: нужно как «09:00–13:00, 13:48–18:00», по порядку и без наложений."
        ) from None


def _document() -> str:
    document = required("document", " ".join(text("document").split()), "Укажите документ-основание.")
    if len(document) > LONGEST_DOCUMENT:
        raise MissingInput("document", f"Название документа длиннее {LONGEST_DOCUMENT} знаков. Сократите.")
    return document


def _signed() -> date:
    signed = _day("signed", "Укажите дату документа.")
    if signed > in_force().calendar.local(current_now()).date():
        raise MissingInput("signed", "Дата документа ещё не наступила. Проверьте её.")
    return signed


# --- Preview
DAYS_SHOWN = 40
TITLES: dict[str, str] = {
    "act": "акт на отдельные дни",
    "act-withdraw": "отзыв акта",
    "schedule": "расписание работы",
    "schedule-withdraw": "отзыв расписания",
    "year": "год и постановление",
    "year-withdraw": "отмена внесённого года",
    "presidential": "нерабочие дни по указам Президента",
}


def preview_page(told: Preview, typed: Mapping[str, str]) -> str:
    what = typed.get("what", "")
    return render_template(
        "calendar/preview.html", told=told, title=TITLES.get(what, ""), has_form=what in _FORMS,
        form=[(name, value) for name, value in typed.items() if name not in ("step", "told")],
        days=told.days[:DAYS_SHOWN], day_words=lambda day: views.day_words(day) if day else "календаря нет",
        reads_cards=may(frozenset(roster.READERS), me()),
    )  # fmt: skip


# --- Routes
blueprint = Screens("calendar", __name__, url_prefix="/admin/calendar")

_FORMS = frozenset({"act", "schedule", "year"})
"""Changes with a form; a refusal of any other is shown as an error page."""


@blueprint.get("", Role.ADMIN)
def index() -> ResponseReturnValue:
    page = views.year_page(request.args.get("year", type=int), current_now())
    return render_template("calendar/index.html", page=page, weekdays=WEEKDAYS, actions=queries.CALENDAR_WORDS)


@blueprint.get("/acts/new", Role.ADMIN)
def new_act() -> ResponseReturnValue:
    return _form("act", {"first": request.args.get("day", ""), "mode": "off", "layer": "local"})


@blueprint.get("/acts/<int:act_number>", Role.ADMIN)
def act(act_number: int) -> ResponseReturnValue:
    found = must_exist(decided_now()[1].act(act_number), "Акт")
    return _form("act", {"number": str(act_number), **act_values(found)})


@blueprint.get("/schedules/new", Role.ADMIN)
def new_schedule() -> ResponseReturnValue:
    return _form("schedule", schedule_values(None))


@blueprint.get("/schedules/<int:schedule_number>", Role.ADMIN)
def schedule(schedule_number: int) -> ResponseReturnValue:
    found = must_exist(decided_now()[1].own_schedule(schedule_number), "Расписание")
    return _form("schedule", {"number": str(schedule_number), **schedule_values(found)})


@blueprint.get("/years/<int:year>", Role.ADMIN)
def decree(year: int) -> ResponseReturnValue:
    return _form("year", year_values(decided_now()[1], year))


@blueprint.post("/change", Role.ADMIN)
def change() -> ResponseReturnValue:
    """Preview (`step=look`), decide (`do`), or go back to the form (`edit`)."""
    if text("step") == "edit":
        return _form(text("what"), typed_values(), typed_form(text("what")))

    def act(actor: User, now: datetime) -> Decided | Preview:
        read = need("what", _READERS.get(text("what")), "Непонятно, что изменить. Откройте календарь заново.")
        decision = read()
        if text("step") == "do":
            return acts.decide(decision, seen_version(), actor=actor, now=now)
        return acts.preview(decision, seen_version(), now)

    return run_act(act, _again, _done, action=text("what"), happened=queries.editions_since)


@blueprint.post("/checked", Role.ADMIN)
def checked() -> ResponseReturnValue:
    year = number("year") or 0
    acts.check_year(year, **who())
    return requests.see_other(url_for("calendar.index", year=year), f"Записано: календарь на {year} год сверен.")


def _done(done: Decided | Preview) -> ResponseReturnValue:
    if isinstance(done, Preview):
        return preview_page(done, typed_values())
    said = [f"Сохранено. {_moved(done.moved)}"]
    if done.has_more:
        said.append("Остальные сроки досчитает фоновая программа в ближайшие минуты.")
    elif (told := number("told")) is not None and told != done.moved:
        said.append(f"При просмотре было {told}: тем временем в системе работали.")
    return requests.see_other(url_for("calendar.index", year=year_of(typed_values())), " ".join(said))


def _moved(count: int) -> str:
    if not count:
        return "Идущие сроки не сдвинулись."
    return f"{plural(count, 'Сдвинут', 'Сдвинуто', 'Сдвинуто')} {count} {plural(count, 'срок', 'срока', 'сроков')}."


def _again(typed: Typed) -> ResponseReturnValue:
    """The form with the typed values, the reason of the refusal and what others have decided since."""
    if typed.action not in _FORMS and typed.why:
        raise typed.why
    return _form(typed.action, typed.values, typed)


def _form(what: str, values: Mapping[str, str], typed: Typed | None = None) -> ResponseReturnValue:
    """`typed`: a refused form. It keeps the edition that the person saw, unless others have decided since."""
    year = whole(values.get("year", ""), digits=4)
    if what not in _FORMS or (what == "year" and year is None):
        return requests.see_other(url_for("calendar.index"))
    return render_template(
        f"calendar/{what}.html", what=what, values=values, errors=typed.errors if typed else {},
        notice=typed.words if typed else "", since=typed.since if typed else (),
        edition=typed.seen if typed and not typed.stale else decided_now()[0],
        week=list(zip(WEEK, WEEK_LABELS, strict=True)), moves=MOVES,
        year=views.year_form(year) if what == "year" and year is not None else None, actions=queries.CALENDAR_WORDS,
    )  # fmt: skip
