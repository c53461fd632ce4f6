"""Words, columns and choices of the black list's screens."""

from collections.abc import Iterable, Iterator
from typing import Any

from flask import Flask

from osm.base.application import current_now
from osm.blacklist.acts import bans, entries
from osm.blacklist.queries import Part, Proof, Row, offence_of
from osm.documents.tables import Cell, Column, Page
from osm.regulation import blacklist, words
from osm.shell.filters import local, network_label, time_tag

PARTS: dict[Part, str] = {
    Part.PENDING: "Ждут решения",
    Part.LISTED: "В списке",
    Part.CLOSED: "Отклонено, снято, истекло",
}
TERMS = tuple(blacklist.BAN_TERM_LABELS.items())

PAGE = Page(head="Журнал чёрного списка")
COLUMNS = (
    Column("№", 6),
    Column("Предложено", 17),
    Column("Кто предложил", 20),
    Column("Соцсеть", 13),
    Column("Автор", 22),
    Column("Профиль", 30),
    Column("Основание", 26),
    Column("Пункт", 22),
    Column("Текст", 48),
    Column("Срок", 12),
    Column("Состояние", 22),
    Column("Решено", 17),
    Column("Кто решил", 20),
    Column("Причина решения", 26),
    Column("Блокировка с", 17),
    Column("До", 17),
    Column("Снято", 17),
    Column("Причина снятия", 26),
)


def cells(rows: Iterable[Row]) -> Iterator[tuple[Cell, ...]]:
    """In the order of COLUMNS."""
    for row in rows:
        yield (
            row.id,
            row.proposed_at,
            row.proposed_by,
            network_label(row.network),
            row.author_name or "имя неизвестно",
            row.author_url,
            ground_of(row),
            clause_of(row),
            row.text,
            blacklist.BAN_TERM_LABELS[row.term],
            blacklist.LIST_STATE_LABELS[row.state],
            row.decided_at,
            row.decided_by,
            row.decision_reason,
            row.applied_at,
            row.expires_at,
            row.lifted_at,
            row.lift_reason,
        )


def ground_of(row: Row | Proof) -> str:
    return blacklist.list_ground(row.ground, of_messages=row.of_messages, of_comments=row.of_comments)


def clause_of(row: Row | Proof) -> str:
    """«п. 17», «п. 2.6 Порядка»."""
    return words.clause_words(
        blacklist.list_clause(row.ground, of_messages=row.of_messages, of_comments=row.of_comments)
    )


def until_words(row: Row, *, printed: bool = False) -> str:
    """«до 02.12 10:00», printed with the year; «навсегда»; before the ban «неделя»."""
    if row.applied_at is None or row.expires_at is None:
        return blacklist.BAN_TERM_LABELS[row.term]
    return f"до {local(row.expires_at):%d.%m.%Y %H:%M}" if printed else time_tag(row.expires_at, "до")


def suggested_term(offence: Any) -> blacklist.BanTerm:
    """The term in the table for this author and ground."""
    now = local(current_now())
    return blacklist.proposed_term(
        blacklist.CommentGround(offence.ground), entries.earlier_terms(offence.author_id, now)
    )


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        ban_term_label=blacklist.BAN_TERM_LABELS.__getitem__, list_state_label=blacklist.LIST_STATE_LABELS.__getitem__,
        list_ground_label=ground_of, list_clause=clause_of, until_words=until_words,
    )  # fmt: skip
    app.jinja_env.globals.update(
        blacklist_offence=offence_of, blacklist_terms=TERMS, blacklist_suggested=suggested_term,
        blacklist_at_once=bans.may_ban_at_once, term_note=blacklist.term_note, ban_note=blacklist.ban_note,
    )  # fmt: skip
