"""The register of official pages (Пр.1.2.1, 1.3): states of a page, and what the office writes down of each."""

from __future__ import annotations

from enum import StrEnum


class PageState(StrEnum):
    """A page is never deleted from the register: it is closed."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


PAGE_STATE_LABELS: dict[PageState, str] = {
    PageState.ACTIVE: "действует",
    PageState.SUSPENDED: "приостановлен",
    PageState.CLOSED: "закрыт",
}

FIELD_LABELS: dict[str, str] = {
    "body": "Орган или организация",
    "body_inn": "ИНН",
    "title": "Название страницы",
    "url": "Адрес страницы",
    "state": "Состояние",
    "state_on": "В этом состоянии с",
    "opened_on": "Ведётся с",
    "unit": "Ответственное подразделение",
    "email": "Почта",
    "phone": "Телефон",
    "act": "Основание",
    "act_number": "Номер документа",
    "act_on": "Дата документа",
    "verified": "Отметка Госуслуг",
    "verified_on": "Отметка Госуслуг с",
}
"""Everything that the register says of a page besides its network. All of it may be shown to anybody (Пр.1.3)."""

WANTED: dict[str, str] = {
    "opened_on": "с какого дня ведётся",
    "unit": "кто отвечает",
    "phone": "телефон",
    "email": "почта",
    "act": "основание",
}
"""What a whole entry has; it may be entered without."""

ASKED: dict[str, tuple[str, ...]] = {"unit": ("unit",), "contact": ("phone", "email"), "act": ("act",)}
"""What strangers look for: an entry without is shown on the site only after it was asked about."""
ASKED_WORDS: dict[str, str] = {"unit": "кто отвечает", "contact": "телефон или почта", "act": "основание"}
