"""How a person wants the letters of his reminders, and which go at once."""

from __future__ import annotations

from enum import StrEnum

from osm.regulation.control.reminder_row import Haste


class MailMode(StrEnum):
    """How a person wants his letters."""

    AT_ONCE = "at_once"
    DIGEST = "digest"
    NONE = "none"


MAIL_MODE_LABELS: dict[MailMode, str] = {
    MailMode.AT_ONCE: "Новые направления и срочное — сразу, остальное — сводкой",
    MailMode.DIGEST: "Всё сводкой, сразу — только срочное",
    MailMode.NONE: "Не присылать писем",
}


def goes_at_once(haste: Haste, mode: MailMode, *, high: bool = False) -> bool:
    """Whether it has a letter of its own; `high`: the message is of high importance (П.9)."""
    if mode is MailMode.DIGEST:
        return haste is Haste.URGENT
    return high or haste is not Haste.DIGEST
