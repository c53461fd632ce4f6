"""The order of «Ждёт меня»: danger to life first, then what can still be done in time, then what is late."""

from datetime import datetime, timedelta
from enum import IntEnum

from osm.flow.queries.duties import DUTIES, HURRY, TO_ROUTE, DayBorders
from osm.inbox.queries.news import DANGER, FIRST, HIDDEN

EVENING = timedelta(hours=16)  # from this local hour the next working morning belongs to the list (design §7)


class Rank(IntEnum):
    """The place of a row. Rows after UNDATED are not on the list: each rank of them has a page of its own."""

    DANGER = 0
    HIGH = 1  # high importance and not routed
    FIRST = 2  # a shift or an export that waits, an emergency, a burst, work of an absent person
    IN_TIME = 3
    LATE = 4
    UNDATED = 5  # waits now, without a term
    OTHERS = 6  # the work of another person, which is late or of which he is reminded
    MORNING = 7
    LATER = 8
    HIDDEN = 9  # shown elsewhere: in the bar above each page


OTHER_PAGES = {"others": Rank.OTHERS, "morning": Rank.MORNING, "later": Rank.LATER}
"""Key in the address → the rank that its page shows."""


def end_of_list(borders: DayBorders, now: datetime) -> datetime:
    """The last term that is on the list now."""
    is_evening = borders.is_over or now >= borders.opens + EVENING
    return borders.morning if is_evening else borders.today


def rank_of(duty: int, due: datetime | None, presses: bool, runs: bool, borders: DayBorders, now: datetime) -> Rank:
    """Of one row; computed for every row of every open list. `presses`: of high importance and not routed, or reminded
    of its final answer (П.13)."""
    if duty < 0:
        if duty in HIDDEN:
            return Rank.HIDDEN
        if duty == DANGER or duty in FIRST:
            return Rank.DANGER if duty == DANGER else Rank.FIRST
        if due is None:
            return Rank.UNDATED
    elif DUTIES[duty].verb == HURRY:
        return Rank.OTHERS
    elif presses and runs and DUTIES[duty].status in TO_ROUTE:
        return Rank.HIGH
    if due is None:
        # A running clock with an unknown deadline is at the top, because the calendar must be entered.
        return Rank.IN_TIME if runs else Rank.LATER
    if due < now:
        return Rank.LATE
    if presses or due <= end_of_list(borders, now):
        return Rank.IN_TIME
    return Rank.MORNING if due <= borders.morning else Rank.LATER


_ON_WEEKDAY = ("В понедельник", "Во вторник", "В среду", "В четверг", "В пятницу", "В субботу", "В воскресенье")


def morning_label(borders: DayBorders) -> str:
    """«Завтра с утра»; before days off the next working day by its name."""
    days = (borders.morning.date() - borders.opens.date()).days
    if days == 1:
        return "Завтра с утра"
    date = f" {borders.morning:%d.%m}" if days >= len(_ON_WEEKDAY) else ""
    return f"{_ON_WEEKDAY[borders.morning.weekday()]}{date} с утра"
