"""Values for the bar on every page, for «Ждёт меня», cards and the form of an urgent report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, g
from flask_login import current_user

from osm.base.application import current_now
from osm.bursts import queries
from osm.bursts.acts.bursts import texts_of
from osm.comments.queries.copies import copies_of_message
from osm.inbox.queries import inbox, news
from osm.inbox.views.rows import show_kind
from osm.messages.queries.card import history_of
from osm.messages.queries.parts import Card, links_of
from osm.models import BurstKind, InstructionState, LinkState, User
from osm.people.queries.people import supervised_by
from osm.people.views import executes_only, heads, substituted_ids
from osm.regulation.words import Action, Post, Role, Status
from osm.shell.filters import Chip, counted, excerpt, in_full, moment
from osm.shell.frame.nav import Asked, count_at, may_be_some
from osm.urgent.acts.instructions import MOST_LINKS, ReportForm
from osm.urgent.queries import instructions, urgent
from osm.urgent.queries.instructions import InstructionRow
from osm.urgent.queries.urgent import TELEPHONE, ReportRow, sources_of

# --- Bar, «Ждёт меня», card
SOON = timedelta(hours=1)
DUE_AFTER = timedelta(hours=2)  # proposed term of an instruction


@dataclass(frozen=True, slots=True)
class Bar:
    """Reports that the head does not know of: for leaders to read, for the press centre to call."""

    reports: tuple[ReportRow, ...] = ()
    calls: bool = False  # this person has to call

    @property
    def first(self) -> ReportRow | None:
        """The one on the line: of those that somebody has to call about, if there are any."""
        return min(self.reports, key=lambda row: not row.is_to_call, default=None)

    @property
    def signature(self) -> str:
        """Changes when the bar changes; empty if there is no bar."""
        return "-".join(f"{row.id}.{row.version}{'c' if row.is_to_call else ''}" for row in self.reports)


def urgent_bar() -> Bar:
    """The bar of the current user, read once for each request; one query if there is no report."""
    if "osm_urgent_bar" not in g:
        g.osm_urgent_bar = _bar(current_user)
    found: Bar = g.osm_urgent_bar
    return found


def _bar(person: User) -> Bar:
    if not person.is_authenticated or person.must_change_password or not person.has(Role.HEAD, *TELEPHONE):
        return Bar()
    # «Ждёт меня» has already read whether there are any.
    places: list[inbox.Place] | None = g.get("osm_places")
    if places is not None and not any(place.duty == news.REPORT for place in places):
        return Bar()
    if not may_be_some("/reports/urgent"):
        return Bar()
    return Bar(tuple(urgent.unread(person, heads(person))), person.has(*TELEPHONE))


def _reports_wait(person: User, _now: datetime) -> Asked:
    if not person.has(Role.HEAD, *TELEPHONE):
        return Asked()
    return Asked((urgent.number_unread(person.roles),), {"asker": person.id, "heads": heads(person)})


def instructions_waiting() -> list[InstructionRow]:
    """Instructions in «Ждёт меня» of the current user."""
    places: list[inbox.Place] | None = g.get("osm_places")
    if places is not None and not any(place.duty == news.INSTRUCTION for place in places):
        return []
    if "osm_instructions" not in g:
        g.osm_instructions = instructions.instructions_waiting(
            current_user, substituted_ids(current_user), current_now()
        )
    found: list[InstructionRow] = g.osm_instructions
    return found


@dataclass(frozen=True, slots=True)
class OfCard:
    reports: list[ReportRow]
    instructions: list[InstructionRow]


def control_of(card: Card) -> OfCard:
    """Queried only if the log of the card has such events. An executor sees his instruction in «Ждёт меня» instead."""
    if executes_only(current_user):
        return OfCard([], [])
    acts = {entry.action for entry in card.log}
    reports = urgent.of_message(card.id) if "urgent_sent" in acts else []
    reported = {row.id for report in reports for row in report.instructions}
    given = instructions.instructions_of_message(card.id) if acts & {"instruction_given", "instruction_noted"} else []
    return OfCard(reports, [row for row in given if row.id not in reported])


def instruction_chip(row: InstructionRow) -> Chip:
    """The term by the clock, not by working hours."""
    now = current_now()
    if row.state is not InstructionState.OPEN:
        return Chip("met" if row.state is InstructionState.ACCEPTED else "off", row.state.label)
    if row.due_at < now:
        return Chip("overdue", f"опоздало, срок {moment(row.due_at)}")
    return Chip("soon" if row.due_at - now <= SOON else "today", f"к {moment(row.due_at)}")


def proposed_term(now: datetime) -> datetime:
    """In two hours, rounded to five minutes."""
    later = now + DUE_AFTER
    return later.replace(minute=later.minute // 5 * 5, second=0, microsecond=0)


def init_app(app: Flask) -> None:
    app.jinja_env.filters["instruction_chip"] = instruction_chip
    app.add_template_global(urgent_bar)
    count_at(app, "/reports/urgent", _reports_wait)
    show_kind(app, news.INSTRUCTION, "control/_row.html", lambda _ids: instructions_waiting())
    app.add_template_global(control_of)


# --- Prefilled urgent report
LONGEST_TEXT = 300
LONGEST_QUOTE, LONGEST_PLACE = 160, 300
LAST_ACTS = 4


def report_of_message(card: Card) -> ReportForm:
    """From a message: what, where, since when, how many, links, executors, what was done."""
    linked = [link.other.id for link in links_of(card.id, [LinkState.CONFIRMED])]
    copies = [copy.id for copy in copies_of_message(card.id)]
    together = list(dict.fromkeys([card.id, *linked, *copies]))
    sources = sources_of(together)
    return ReportForm(
        what=excerpt(card.text, LONGEST_TEXT), place=card.place,
        since_at=min((source.since for source in sources), default=card.published_at or card.received_at),
        how_many=len(together),
        links="\n".join(list(dict.fromkeys(source.url for source in sources if source.url))[:MOST_LINKS]),
        workers=_workers(card), done=_done(card),
    )  # fmt: skip


def report_of_burst(row: queries.BurstRow) -> ReportForm:
    """From a burst: number against the usual, typical text, places, executors."""
    texts = texts_of(row.id)
    places = ", ".join(name for name, _ in queries.names_of(row.id)[BurstKind.PLACE])
    links = [text.url for text in texts if text.url][:MOST_LINKS]
    return ReportForm(
        what=_what_of_burst(row, texts), place=places[:LONGEST_PLACE], since_at=row.since, how_many=max(1, row.count),
        links="\n".join(links), workers=_workers_of_burst(row.id), done=_done_of_burst(row.id),
    )  # fmt: skip


def _what_of_burst(row: queries.BurstRow, texts: Sequence[Any]) -> str:
    quoted = [f"Пишут: «{excerpt(texts[0].text, LONGEST_QUOTE)}»"] if texts else []
    return "\n".join([f"{row.title}, {row.against}.", *quoted])


def _workers_of_burst(burst_id: int) -> str:
    lines = [
        f"{f'{name} ({department})' if department else name}{f', {phone}' if phone else ''} — "
        f"{counted(number, 'сообщение', 'сообщения', 'сообщений')}"
        for name, department, phone, number in queries.workers_of(burst_id)
    ]
    return "\n".join(lines) or "Исполнитель ещё не назначен."


def _done_of_burst(burst_id: int) -> str:
    found = queries.statuses_of(burst_id)
    where = "; ".join(f"{status.label.lower()} — {found[status]}" for status in Status if found.get(status))
    return f"Сообщения сейчас: {where}." if where else ""


def _workers(card: Card) -> str:
    lines = [", ".join(filter(None, (worker.named, worker.person.phone))) for worker in card.active]
    return "\n".join(lines) or "Исполнитель ещё не назначен."


def _done(card: Card) -> str:
    history = history_of(card, in_full)
    acts = [f"{moment(line.at)} {line.words}" for line in history if line.action in set(Action)]
    return "\n".join([*acts[-LAST_ACTS:], f"Сейчас: {card.status.label.lower()}."])


def own_departments(person: User) -> frozenset[int] | None:
    """Departments supervised by a deputy; None: all, also while he is acting head."""
    if person.post is not Post.DEPUTY_HEAD or heads(person):
        return None
    if "osm_own_departments" not in g:
        g.osm_own_departments = supervised_by(person.id)
    found: frozenset[int] = g.osm_own_departments
    return found
