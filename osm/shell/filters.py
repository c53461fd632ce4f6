"""How templates show instants, spans, numbers and codes: local time, Russian words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import Protocol

from babel.dates import format_date
from flask import Flask, g, request, url_for
from markupsafe import Markup, escape

from osm.base.application import current_now, local_zone
from osm.base.types import Span
from osm.networks.addresses import is_web, profile_words
from osm.networks.catalogue import NETWORKS, note_on
from osm.regulation import parameters
from osm.regulation.errors import CalendarOutOfRange, MissingInput, refuse
from osm.regulation.urgency import urgency
from osm.regulation.words import (
    DeadlineState,
    Role,
    Status,
    clause_words,
)
from osm.regulation.working_time import worktime
from osm.regulation.working_time.worktime import duration, plural
from osm.version import VERSION


class Numbered(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def number(self) -> str: ...


def local(instant: datetime) -> datetime:
    return instant.astimezone(local_zone())


def moment(instant: datetime | None) -> str:
    """«25.11 09:05», with the year if not this one: for texts that are copied, and read on another day."""
    if instant is None:
        return ""
    there = local(instant)
    this_year = there.year == local(current_now()).year
    return there.strftime("%d.%m %H:%M" if this_year else "%d.%m.%Y %H:%M")


def day_and_time(instant: datetime, after: str = "") -> str:
    """«сегодня в 14:05», «вчера в 9:10», otherwise as `moment`; after a preposition «до 14:05 сегодня»."""
    return worktime.day_and_time(local(instant), local(current_now()), after)


def in_full(instant: datetime, after: str = "") -> str:
    """«25.11.2026 09:05»: on paper and in files."""
    return f"{after} {local(instant):%d.%m.%Y %H:%M}".lstrip()


def clock_time(instant: datetime | None) -> str:
    return local(instant).strftime("%H:%M") if instant else ""


def long_day(instant: datetime | None) -> str:
    """«среда, 25 ноября»."""
    return format_date(local(instant), "EEEE, d MMMM", locale="ru") if instant else ""


def input_moment(instant: datetime | None) -> str:
    """The value of <input type="datetime-local">, local time, to the minute."""
    return local(instant).strftime("%Y-%m-%dT%H:%M") if instant else ""


def time_tag(instant: datetime | None, after: str = "") -> Markup:
    """`day_and_time` inside <time>, with the full date and the zone as its tooltip; empty for no instant."""
    if instant is None:
        return Markup()
    there = local(instant)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        there.isoformat(timespec="minutes"), there.strftime("%d.%m.%Y %H:%M (UTC%z)"), day_and_time(instant, after)
    )


def day_tag(day: date | None) -> Markup:
    """«25.11.2026» inside <time>: a day, or the local day of an instant; empty for none."""
    if day is None:
        return Markup()
    there = local(day).date() if isinstance(day, datetime) else day
    return Markup('<time datetime="{}">{}</time>').format(there.isoformat(), f"{there:%d.%m.%Y}")


def counted(number: int, one: str, few: str, many: str) -> str:
    """«1 сообщение», «3 сообщения», «11 сообщений»."""
    return f"{number} {plural(number, one, few, many)}"


def badge_number(number: int) -> str:
    """A number in a badge: «999+» above 999."""
    return str(number) if number < 1000 else "999+"


def badge(number: int) -> Markup:
    """The same for a screen: «999+» says its exact number. A count that ended at 1000 says no more."""
    if number < 1000:
        return Markup(str(number))  # noqa: S704  digits
    shown = f"{number:,}".replace(",", " ") if number > 1000 else "1000 или больше"
    return Markup(
        '<span title="{0}"><span aria-hidden="true">999+</span><span class="visually-hidden">{0}</span></span>'
    ).format(shown)


def brief_name(name: str) -> str:
    """«Анна Л.» for «Анна Лебедева»: who is logged in, where there is little room."""
    first, *others = name.split()
    return " ".join([first, *(f"{other[0]}." for other in others[:1])])


def excerpt(text: str, longest: int = 220) -> str:
    """The beginning of a text on one line, cut between words."""
    bare = " ".join(text.split())
    return bare if len(bare) <= longest else bare[:longest].rsplit(" ", 1)[0] + "…"


def network_label(network: str) -> str:
    """«ВКонтакте» for «vk»; an unknown code as it is."""
    known = NETWORKS.get(network)
    return known.label if known else network


def network_note(network: str, day: date | None = None) -> str:
    """How the network is restricted in Russia, today or on that day; empty where it is not."""
    return note_on(network, day or local(current_now()).date())


def numbered(message: Numbered, notice: str) -> Markup:
    """«№ 12: notice», the number as a link to the card: how the next page begins after an act."""
    return Markup('<a href="{}">№ {}</a>: {}').format(
        url_for("card.show", message_id=message.id), message.number, notice
    )


def phone_link(words: str) -> Markup:
    """A telephone as a link to call it; text after a comma follows the link."""
    number, comma, rest = words.partition(",")
    dialled = re.sub(r"[^\d+]", "", number)
    if not dialled:
        return escape(words)
    return Markup('<a href="tel:{}">{}</a>{}').format(dialled, number.strip(), comma + rest)


_PHONE = re.compile(r"\+?\d[\d() -]{5,}\d")


def with_phones(words: str) -> Markup:
    return Markup(_PHONE.sub(lambda found: phone_link(found[0]), str(escape(words))))  # noqa: S704  escaped before


def icon(name: str, label: str = "") -> Markup:
    """An icon of the sprite; decoration unless `label` says in words what it means."""
    if "osm_icons" not in g:
        g.osm_sprite, g.osm_icons = url_for("static", filename="vendor/tabler-icons/sprite.svg"), {}
    drawn: dict[tuple[str, str], Markup] = g.osm_icons  # a list shows the same few on every row
    if (name, label) not in drawn:
        address = f"{g.osm_sprite}#{name}"
        spoken = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
        picture = Markup('<svg class="icon icon-{}" {}><use href="{}"></use></svg>')
        drawn[name, label] = picture.format(escape(name), spoken, address)
    return drawn[name, label]


FILTERS = {one.__name__: one for one in (
    local, moment, day_and_time, clock_time, long_day, input_moment, phone_link, with_phones, time_tag, day_tag,
    duration, counted, badge, badge_number, brief_name, excerpt, is_web, profile_words, network_label, network_note,
    clause_words,
)}  # fmt: skip


def styles(*names: str) -> Markup:
    sheet = Markup('<link rel="stylesheet" href="{}">')
    return Markup("\n").join(sheet.format(url_for("static", filename=f"css/{name}.css")) for name in names)


def scripts(*names: str) -> Markup:
    script = Markup('<script src="{}" defer></script>')
    return Markup("\n").join(script.format(url_for("static", filename=f"js/{name}.js")) for name in names)


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(
        osm_version=VERSION, icon=icon, Status=Status, Role=Role, styles=styles,
        scripts=scripts,
    )  # fmt: skip


# --- Days and hours in addresses and forms
NO_DAY = "Дата не разобрана. Нужна, например, 25.11.2026."
TURNED = "Конец периода раньше начала."

_FORMS = ("%Y-%m-%d", "%d.%m.%Y")


def days_of(arguments: Mapping[str, str]) -> tuple[date, date] | None:
    """`from` and `to` of an address, both included; None where they are no period."""
    first, last = (day_of(arguments.get(name, "")) for name in ("from", "to"))
    return (first, last) if first and last and first <= last else None


def typed_days(arguments: Mapping[str, str], today: date) -> tuple[date, date, Mapping[str, str], Mapping[str, str]]:
    """First and last day of a period, by default this month until today; the typed values, and what is wrong."""
    typed = {name: arguments.get(name, "").strip()[:20] for name in ("from", "to")}
    days = {name: day_of(value) for name, value in typed.items()}
    errors = {name: NO_DAY for name in typed if typed[name] and not days[name]}
    last = days["to"] or max(today, days["from"] or today)
    first = days["from"] or last.replace(day=1)
    if not errors and last < first:
        errors["to"] = TURNED
    return first, last, typed, errors


def day_of(value: str) -> date | None:
    """A day as the browser's picker sends it or as people write it; None for anything else, and for far years."""
    for form in _FORMS:
        try:
            found = datetime.strptime(value, form).date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
        return found if 2000 <= found.year < 2200 else None
    return None


def day_given(name: str) -> date | None:
    """The day of <input type="date"> in the form of this request, None when empty. Raises MissingInput."""
    typed = request.form.get(name, "").strip()
    found = day_of(typed)
    refuse(name, typed and found is None, NO_DAY)
    return found


def hour_of(typed: str) -> time | None:
    """Of <input type="time">. Raises MissingInput."""
    if not typed.strip():
        return None
    try:
        return datetime.strptime(typed.strip()[:5], "%H:%M").time()  # noqa: DTZ007  (an hour of a local day)
    except ValueError:
        raise MissingInput("time", "Время не разобрано. Нужно, например, 09:40.") from None


# --- The line under the menu: which day it is and how long there is working time
def working_time_words(calendar: worktime.WorkCalendar, now: datetime) -> str:
    """«рабочее время до 18:00 (обед 13:00–13:48)», «обед до 13:48», «Нерабочее время, отсчёт с пн 09:00»."""
    there = calendar.local(now)
    try:
        hours = calendar.day(there.date()).hours
        opening = calendar.next_working(now)
    except CalendarOutOfRange:
        return "на этот день нет производственного календаря, сроки неизвестны"
    moment = there.time()
    if hours and hours[0][0] <= moment < hours[-1][1]:
        later = [f"{end:%H:%M}–{start:%H:%M}" for (_, end), (start, _) in pairwise(hours) if moment < end]
        if not calendar.is_working(now):
            return f"обед до {opening:%H:%M}, рабочее время до {hours[-1][1]:%H:%M}"
        lunch = f" (обед {', '.join(later)})" if later else ""
        return f"рабочее время до {hours[-1][1]:%H:%M}{lunch}"
    if opening.date() == there.date():
        return f"Нерабочее время, отсчёт с {opening:%H:%M}"
    far = (opening.date() - there.date()).days > 6
    day = f"{opening:%d.%m}" if far else worktime.WEEKDAYS[opening.weekday()]
    return f"Нерабочее время, отсчёт с {day} {opening:%H:%M}"


# --- The days of an address as a span of the installation's time zone
def span_asked() -> Span | None:
    """`from` and `to` of this request; None where they are no period."""
    days = days_of(request.args)
    return Span(*days, local_zone()) if days else None


# --- A clock on a screen: the level of its chip, its words, and whether its term was missed
class Running(Protocol):
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def unit(self) -> str: ...
    @property
    def blameless(self) -> bool: ...


class AnyClock(Running, Protocol):
    """A clock of the card, which may have ended."""

    @property
    def runs(self) -> bool: ...
    @property
    def state(self) -> DeadlineState: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def breached_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Chip:
    """What `term_chip` needs. `level`: of Urgency, or met, late, off."""

    level: str
    text: str

    @property
    def is_late(self) -> bool:
        return self.level in ("overdue", "late")


NO_CLOCK = Chip("off", "срока нет")
_BLAMELESS = Chip("today", "срок прошёл до повышения важности, не нарушение")


def running_chip(clock: Running | None, now: datetime, calendar: worktime.WorkCalendar) -> Chip:
    """The chip of a clock that runs: «осталось 18 мин», «просрочено 12 мин», «Нерабочее время, отсчёт с пн 09:00»."""
    if clock is None:
        return NO_CLOCK
    if clock.blameless and clock.due_at and clock.due_at < now:
        return _BLAMELESS
    found = urgency(clock.due_at, now, calendar, parameters.Unit(clock.unit))
    return Chip(found.level, found.text)


def card_chip(clock: AnyClock, now: datetime, calendar: worktime.WorkCalendar) -> Chip:
    """The same for a clock of the card, which may have ended."""
    if clock.runs:
        return running_chip(clock, now, calendar)
    if clock.state is DeadlineState.MET:
        done = day_and_time(clock.ended_at) if clock.ended_at else ""
        return Chip("late", f"сделано {done}, срок нарушен") if clock.breached_at else Chip("met", f"сделано {done}")
    ended = day_and_time(clock.ended_at, "с") if clock.ended_at else ""
    words = "пересчитан" if clock.state is DeadlineState.REPLACED else "больше не требуется"
    if clock.breached_at:
        return Chip("late", f"{words} {ended}, срок был нарушен")
    return Chip("off", f"{words} {ended}".rstrip())
