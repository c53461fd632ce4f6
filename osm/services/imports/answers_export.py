"""The export of answers for «Инцидент Менеджмент»: one row a published reply, so that nobody types it twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from osm.documents.tables import Cell, Column
from osm.networks.catalogue import NETWORKS
from osm.regulation.words import REPLY_KIND_LABELS
from osm.store.queries.imports.source_entry import EntryRow, answers

SHEET = "Ответы"

COLUMNS = (
    Column("Номер", 14),
    Column("Соцсеть", 14),
    Column("Ссылка на сообщение", 34),
    Column("Текст сообщения", 50),
    Column("Вид ответа", 18),
    Column("Ответ", 60),
    Column("Ссылка на ответ", 34),
    Column("Дата ответа", 17),
    Column("Кто опубликовал", 22),
    Column("Статус в ИМ", 18),
    Column("Срок ИМ", 17),
    Column("Внесено в ИМ", 17),
)


def answer_rows(begin: datetime | None, end: datetime | None, *, entered_too: bool) -> Iterator[tuple[Cell, ...]]:
    """Replies published in [begin, end), oldest first; without `entered_too` only those that wait for their entry."""
    return cells(answers(begin, end, entered_too=entered_too))


def cells(rows: Iterable[EntryRow]) -> Iterator[tuple[Cell, ...]]:
    """In the order of COLUMNS."""
    for row in rows:
        network = NETWORKS.get(row.network)
        yield (
            row.number,
            network.label if network else row.network,
            row.message_url,
            row.question,
            REPLY_KIND_LABELS[row.kind],
            row.text,
            row.published_url,
            row.published_at,
            row.published_by,
            row.source_status,
            row.source_deadline,
            row.entered_at,
        )
