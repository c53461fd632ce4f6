"""What stands in the document of an urgent report, in words (П.20)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

from osm.documents.urgent_report import UrgentDocument, write_urgent_document
from osm.regulation.durations import duration
from osm.services.clocks.clocks import in_force
from osm.services.staff.heads import head_at
from osm.store.models import InstructionKind
from osm.store.queries.control.instructions import InstructionRow
from osm.store.queries.control.urgent import ReportRow
from osm.store.queries.staff.heads import HeadOfDay
from osm.store.queries.staff.leaders import office


def urgent_document(row: ReportRow, *, now: datetime, zone: tzinfo) -> bytes:
    """The DOCX of one report as it stands at `now`."""

    def there(instant: datetime | None) -> str:
        return f"{instant.astimezone(zone):%d.%m.%Y %H:%M}" if instant else ""

    details, head = office(), head_at(row.sent_at)
    return write_urgent_document(
        UrgentDocument(
            number=row.id,
            letterhead=details.letterhead.splitlines() or [details.name],
            addressee=_addressee(head) if head else "",
            ground=_ground(row),
            facts=(
                ("Что случилось", row.what),
                ("Где", row.place),
                ("С какого времени", there(row.since_at)),
                ("Сообщений", str(row.how_many)),
                ("Ссылки", "\n".join(row.links)),
                ("Кто занимается", row.workers),
                ("Что сделано", row.done),
                (
                    "О чём доклад",
                    f"всплеск «{row.burst}»" if row.burst_id else f"сообщение № {row.number}" if row.number else "",
                ),
                ("Опубликовано первое сообщение" if row.burst_id else "Получено", there(row.received_at)),
                ("Стало известно", there(row.known_at)),
                ("Доложено", f"{there(row.sent_at)}, {row.sent_by}"),
                ("Доведено до главы", _reached(row, there(row.reached_at))),
                ("Прочитано другими руководителями", "\n".join(f"{there(one.at)}, {one.who}" for one in row.readings)),
            ),
            instructions=[_instruction(one, there) for one in row.instructions],
            sender=row.sent_by,
            sent_at=there(row.sent_at),
            made_at=now,
        )
    )


def _addressee(head: HeadOfDay) -> str:
    return f"{head.title if head.act else head.position or head.title}\n{head.name}"


def _ground(row: ReportRow) -> str:
    """«Незамедлительно» only of a report that was made in the minutes which the act's parameters allow (П.20)."""
    if row.known_at is None:
        return "Пункт 20 Положения."
    parameters, passed = in_force().parameters, row.sent_at - row.known_at
    soon = " незамедлительно," if passed <= timedelta(minutes=parameters.urgent_at_once) else ""
    return (
        f"Пункт 20 Положения: доложено{soon} через {duration(row.minutes_to_send or 0)} после того, как стало известно."
    )


def _reached(row: ReportRow, at: str) -> str:
    if row.is_unread:
        return "ещё нет"
    unsaid = "" if row.is_brought else "кто глава, тогда не было указано; "
    after = f"через {duration(row.minutes_to_reach or 0)} после доклада"
    if not row.by_phone:
        return f"{unsaid}прочитано {at}: {row.reached_who} ({after})"
    said = f"указание: {row.words}" if row.words else "указаний не было"
    return f"{unsaid}доложено по телефону {at}: {row.reached_who}; {said} (звонок: {row.noted_by}; {after})"


def _instruction(row: InstructionRow, told: Callable[[datetime | None], str]) -> list[tuple[str, str]]:
    return [
        ("Мера" if row.kind is InstructionKind.MEASURE else "Что сделать", row.text),
        ("Кому", row.to),
        ("К какому времени", told(row.due_at)),
        ("Поручение от", f"{row.given_by}, {told(row.given_at)}"),
        ("Доклад", f"{row.report} ({row.reported_by}, {told(row.reported_at)})" if row.report else "ещё нет"),
    ]
