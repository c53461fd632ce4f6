"""What an administrator may decide about the calendar, each as a Decision for preview and deed alike."""

from __future__ import annotations

from osm.regulation import office_calendar as rules_of
from osm.regulation.office_calendar import Act, OfficeCalendar, OwnSchedule, OwnYear
from osm.services.calendar.changes import Decision
from osm.services.errors import NotFound
from osm.store.calendar import load_facts

ACT, ACT_WITHDRAWN = "calendar_act", "calendar_act_withdrawn"
SCHEDULE, SCHEDULE_WITHDRAWN = "calendar_schedule", "calendar_schedule_withdrawn"
YEAR, YEAR_WITHDRAWN = "calendar_year", "calendar_year_withdrawn"
PRESIDENTIAL = "calendar_presidential"


def enter_act(act: Act) -> Decision:
    """A new act (number 0), or another content of the one with this number."""

    def change(calendar: OfficeCalendar) -> OfficeCalendar:
        if act.number and calendar.act(act.number) is None:
            raise NotFound("Акт")
        return rules_of.with_act(calendar, act, calendar.facts(load_facts()))

    return Decision(ACT, change)


def withdraw_act(number: int) -> Decision:
    def change(calendar: OfficeCalendar) -> OfficeCalendar:
        if calendar.act(number) is None:
            raise NotFound("Акт")
        return rules_of.without_act(calendar, number)

    return Decision(ACT_WITHDRAWN, change)


def enter_schedule(own: OwnSchedule) -> Decision:
    """A new schedule (number 0), or another content of the one with this number."""

    def change(calendar: OfficeCalendar) -> OfficeCalendar:
        if own.number and calendar.own_schedule(own.number) is None:
            raise NotFound("Расписание")
        return rules_of.with_schedule(calendar, own)

    return Decision(SCHEDULE, change)


def withdraw_schedule(number: int) -> Decision:
    def change(calendar: OfficeCalendar) -> OfficeCalendar:
        if calendar.own_schedule(number) is None:
            raise NotFound("Расписание")
        return rules_of.without_schedule(calendar, number)

    return Decision(SCHEDULE_WITHDRAWN, change)


def enter_year(own: OwnYear) -> Decision:
    """The decree of a provisional year, or the year after the last known one."""
    return Decision(YEAR, lambda calendar: rules_of.with_year(calendar, own, load_facts()))


def withdraw_year(year: int) -> Decision:
    def change(calendar: OfficeCalendar) -> OfficeCalendar:
        if calendar.own_year(year) is None:
            raise NotFound("Постановление")
        return rules_of.without_year(calendar, year, load_facts())

    return Decision(YEAR_WITHDRAWN, change)


def set_presidential(wanted: bool) -> Decision:
    """Whether the President's non-working days count as days off here."""
    return Decision(PRESIDENTIAL, lambda calendar: rules_of.with_presidential(calendar, wanted))
