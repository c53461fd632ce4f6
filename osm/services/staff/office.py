"""What the administration says of itself; memos, reports and the register of accounts take it from here."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

from osm.regulation.errors import MissingInput
from osm.services.edits import lines, locked, one_line, settle
from osm.store.models import Office, User
from osm.store.queries.staff.leaders import OFFICE_ID
from osm.store.transaction import transaction
from osm.store.upsert import insert_into

MOST_LINES = 20
LONGEST_LINE = 120

_WEIGHTS = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


def edit_office(
    version: int,
    *,
    name: str,
    inn: str,
    letterhead: str,
    site: str,
    responsible: str,
    phones: str,
    duty_phones: str,
    actor: User | None,
    now: datetime,
) -> Office:
    """Change the details. MissingInput names the field that cannot be used; StaleVersion."""
    given = {
        "name": one_line("name", "Название", name, 300),
        "inn": checked_inn(inn, "inn"),
        "letterhead": _lines("letterhead", "Шапка документов", letterhead),
        "site": _checked_site(site),
        "responsible": one_line("responsible", "Ответственное лицо", responsible, 200),
        "phones": _lines("phones", "Телефоны", phones),
        "duty_phones": _lines("duty_phones", "Дежурные телефоны", duty_phones),
    }
    with transaction() as session:
        session.execute(insert_into(Office).values(id=OFFICE_ID).on_conflict_do_nothing())
        office = locked(Office, OFFICE_ID, version, "Сведения об администрации")
        edited = [field for field, value in given.items() if value != getattr(office, field)]
        for field, value in given.items():
            setattr(office, field, value)
        settle("edit_office", "office", office, {"fields": ([], edited)}, actor=actor, now=now)
        return office


def _lines(field: str, label: str, value: str) -> str:
    return "\n".join(lines(field, label, value, longest=LONGEST_LINE, most=MOST_LINES))


def checked_inn(typed: str, field: str) -> str:
    """Ten or twelve figures whose check figures are right (order of the tax service ММВ-7-6/435@). MissingInput."""
    inn = re.sub(r"\s", "", typed)
    if inn and not (re.fullmatch(r"[0-9]{10}|[0-9]{12}", inn) and _with_check_figures(inn) == inn):
        raise MissingInput(field, "Такого ИНН не бывает: в нём 10 или 12 цифр, последние проверяют остальные.")
    return inn


def _with_check_figures(inn: str) -> str:
    """The number with its last figure (of ten) or its last two (of twelve) as they follow from the others."""
    checked = inn[:9] if len(inn) == 10 else inn[:10]
    while len(checked) < len(inn):
        weights = _WEIGHTS[-len(checked) :]
        checked += str(sum(weight * int(figure) for weight, figure in zip(weights, checked, strict=True)) % 11 % 10)
    return checked


def _checked_site(typed: str) -> str:
    site = one_line("site", "Адрес сайта", typed, 200)
    if not site:
        return ""
    parts = urlsplit(site if "//" in site else f"https://{site}")
    if parts.scheme not in ("http", "https") or "." not in (parts.hostname or "") or " " in site:
        raise MissingInput("site", "Это не адрес сайта. Напишите его как в браузере: https://…")
    return parts.geturl()
