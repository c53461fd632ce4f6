"""What stands in the document of an urgent report, in words (П.20)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo

from osm.documents.urgent_report import UrgentDocument, write_urgent_document
from osm.regulation.durations import duration
from osm.regulation.words import POST_LABELS, Post
from osm.store.models import InstructionKind
from osm.store.queries.control.instructions import InstructionRow
from osm.store.queries.control.urgent import ReportRow
from osm.store.queries.staff.leaders import leaders, office


def urgent_document(row: ReportRow, *, now: datetime, zone: tzinfo) -> bytes:
    """The DOCX of one report as it stands at `now`."""

    def there(instant: datetime | None) -> str:
        return f"{instant.astimezone(zone):%d.%m.%Y %H:%M}" if instant else ""

    details = office()
    head = next((one for one in leaders() if one.post is Post.HEAD), None)
    return write_urgent_document(
        UrgentDocument(
            number=row.id,
            letterhead=details.letterhead.splitlines() or [details.name],
            addressee=f"{head.position or POST_LABELS[Post.HEAD]}\n{head.name}" if head else "",
            facts=(
                ("Что случилось", row.what),
                ("Где", row.place),
                ("С какого времени", there(row.since_at)),
                ("Сообщений", str(row.how_many)),
                ("Ссылки", "\n".join(row.links)),
                ("Кто занимается", row.workers),
                ("Что сделано", row.done),
                ("Сообщение", _received(row, there(row.received_at))),
                ("Доложено", _sent(row, there(row.sent_at))),
                ("Глава узнал", _reached(row, there(row.reached_at))),
            ),
            instructions=[_instruction(one, there) for one in row.instructions],
            sender=row.sent_by,
            sent_at=there(row.sent_at),
            made_at=now,
        )
    )


def _received(row: ReportRow, at: str) -> str:
    if row.burst_id:
        return f"всплеск «{row.burst}», замечен {at}"
    return ", ".join(filter(None, (f"№ {row.number}" if row.number else "", f"получено {at}" if at else "")))


def _sent(row: ReportRow, at: str) -> str:
    after, since = row.minutes_to_send, "того, как всплеск замечен" if row.burst_id else "получения"
    return f"{at}, {row.sent_by}" + (f" (через {duration(after)} после {since})" if after is not None else "")


def _reached(row: ReportRow, at: str) -> str:
    if row.is_unread:
        return "ещё нет"
    after = f"через {duration(row.minutes_to_reach or 0)} после доклада"
    if not row.by_phone:
        return f"{at}, прочитал: {row.reached_by} ({after})"
    said = f", указание: {row.words}" if row.words else ", указаний не было"
    return f"Доложено по телефону {at}{said} ({row.reached_by}; звонок: {row.noted_by}; {after})"


def _instruction(row: InstructionRow, told: Callable[[datetime | None], str]) -> list[tuple[str, str]]:
    return [
        ("Мера" if row.kind is InstructionKind.MEASURE else "Что сделать", row.text),
        ("Кому", row.to),
        ("К какому времени", told(row.due_at)),
        ("Дал", f"{row.given_by}, {told(row.given_at)}"),
        ("Доклад", f"{row.report} ({row.reported_by}, {told(row.reported_at)})" if row.report else "ещё нет"),
    ]
