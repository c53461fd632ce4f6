"""«Скопировать для чата»: what is asked, by when, of what — as plain text for a messenger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from osm.regulation.clocks import ClockKind
from osm.regulation.words import Importance, Status
from osm.store.queries.messages.card_parts import Card, Worker

LONGEST_TEXT = 1500
"""Characters of the message; a chat shows no more on one screen."""

#: What is asked of whom, by status; elsewhere nothing is asked.
ASKED: dict[Status, str] = {
    Status.NEW: "Скажите, ваша ли это тема и кто ответит.",
    Status.SELECTED: "Скажите, ваша ли это тема и кто ответит.",
    Status.IN_WORK: "Подготовьте проект ответа.",
    Status.REWORK: "Доработайте проект ответа по замечаниям.",
    Status.ON_APPROVAL: "Проект ответа на согласовании.",
    Status.APPROVED: "Ответ согласован, его нужно опубликовать.",
    Status.AWAITING_FINAL: "Подготовьте окончательный ответ.",
}

PARTS_ASKED = "Пришлите информацию в своей части, сводный ответ напишет куратор."
"""What is asked of several executors (П.14)."""

#: The clocks that are told, in this order.
_TERMS: tuple[tuple[ClockKind, str], ...] = (
    (ClockKind.REWORK, "доработать до"),
    (ClockKind.DRAFT, "проект до"),
    (ClockKind.ANSWER, "ответ в соцсети до"),
    (ClockKind.FINAL, "окончательный ответ до"),
)


def chat_text(card: Card, *, network: str, address: str, told: Callable[[datetime], str], now: datetime) -> str:
    """The text. `network`: its name, `address`: of the card in full, `told`: an instant in local words."""
    high = " · ПОВЫШЕННАЯ ВАЖНОСТЬ" if card.importance is Importance.HIGH else ""
    parts = card.is_shared and card.status is Status.IN_WORK
    task = "" if parts else next((worker.task for worker in card.active if worker.task), "")
    remarks = next((v.remarks for v in card.current_reply.versions if v.remarks), "") if card.current_reply else ""
    blocks = (
        [
            f"№ {card.number} · {network}{high}",
            PARTS_ASKED if parts else ASKED.get(card.status, ""),
            *(_part(worker, told, now) for worker in card.missing_parts if parts),
            f"Задание: {task}" if task else "",
            f"Замечания: {remarks}" if remarks and card.status is Status.REWORK else "",
            _terms(card, told, now),
            f"Адрес: {card.place}" if card.place else "",
        ],
        [_cut(card.text.strip())],
        [f"Сообщение: {card.url}" if card.url else "", f"Карточка: {address}"],
    )
    return "\n\n".join("\n".join(filter(None, block)) for block in blocks)


def _part(worker: Worker, told: Callable[[datetime], str], now: datetime) -> str:
    """«Борис Ежов (ЖКХ): кто починит фонарь; до 12:06»: what one of several is asked for (П.14)."""
    due = next((clock.due_at for clock in worker.clocks if clock.runs and clock.due_at), None)
    term = f"до {told(due)}{' (срок прошёл)' if due < now else ''}" if due else "после коллег"
    return f"{worker.named}: {'; '.join(filter(None, (worker.task, term)))}"


def _terms(card: Card, told: Callable[[datetime], str], now: datetime) -> str:
    due = {clock.kind: clock.due_at for clock in card.clocks if clock.runs and clock.due_at}
    terms = [
        f"{words} {told(due[kind])}{' (срок прошёл)' if due[kind] < now else ''}"
        for kind, words in _TERMS
        if kind in due
    ]
    return f"Срок: {', '.join(terms)}" if terms else ""


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT].rsplit(" ", 1)[0] + "…"
