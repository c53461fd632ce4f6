"""What a form says of an official page, checked field by field before anything is stored (Пр.1.2.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from osm.networks.catalogue import NETWORKS
from osm.networks.pages import page_of
from osm.regulation.errors import MissingInput
from osm.regulation.official.register import FIELD_LABELS, PageState
from osm.services.edits import one_line
from osm.services.staff.office import checked_inn

LENGTHS = {"body": 300, "title": 200, "unit": 200, "phone": 200, "act": 300, "act_number": 50}
_ASKED = {
    "body": "Напишите, чья это страница.",
    "title": "Напишите, как страница называется.",
}
_MAIL = re.compile(r"[^@\s<>\"']+@[\w-]+(\.[\w-]+)+")
_FIRST_DAY = date(2006, 1, 1)
"""No Russian network is older."""


@dataclass(frozen=True, slots=True)
class Given:
    """The fields as they were typed; days as 2026-11-25, or as people write them."""

    url: str
    title: str
    body: str
    body_inn: str = ""
    state: str = PageState.ACTIVE
    state_on: date | None = None
    opened_on: date | None = None
    unit: str = ""
    email: str = ""
    phone: str = ""
    act: str = ""
    act_number: str = ""
    act_on: date | None = None
    verified: bool = False
    verified_on: date | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is: its network and the name by which the network knows it."""

    network: str
    name: str
    url: str


def checked(given: Given, today: date) -> tuple[Place, dict[str, Any]]:
    """Where the page is, and the columns of its edition. MissingInput names the field that cannot be used."""
    place = place_of(given.url)
    columns: dict[str, Any] = {
        field: one_line(field, FIELD_LABELS[field], getattr(given, field), longest, missing=_ASKED.get(field, ""))
        for field, longest in LENGTHS.items()
    }
    columns |= {
        "url": place.url,
        "body_inn": checked_inn(given.body_inn, "body_inn"),
        "email": _mail(given.email),
        "state": _state(given.state),
        "verified": given.verified,
        "verified_on": given.verified_on if given.verified else None,
        "state_on": given.state_on or given.opened_on,
        "opened_on": given.opened_on,
        "act_on": given.act_on,
    }
    for field in ("opened_on", "state_on", "act_on", "verified_on"):
        _check_day(field, columns[field], today)
    if columns["opened_on"] and columns["state_on"] and columns["state_on"] < columns["opened_on"]:
        raise MissingInput("state_on", "Это раньше, чем страницу начали вести.")
    if (columns["act_number"] or columns["act_on"]) and not columns["act"]:
        raise MissingInput("act", "Напишите, что это за документ, например «Постановление администрации».")
    return place, columns


def place_of(url: str) -> Place:
    """MissingInput where it is not the address of a page in a network that we know."""
    known = ", ".join(network.label for network in NETWORKS.values() if network.hosts)
    try:
        return Place(*page_of(" ".join(url.split())))
    except ValueError:
        words = f"Нужен адрес страницы целиком, не записи на ней, например https://vk.com/priozerny. Соцсети: {known}."
        raise MissingInput("url", words) from None


def _state(typed: str) -> PageState:
    try:
        return PageState(typed)
    except ValueError:
        raise MissingInput("state", "Выберите состояние.") from None


def _mail(typed: str) -> str:
    mail = one_line("email", FIELD_LABELS["email"], typed, 200)
    if mail and not _MAIL.fullmatch(mail):
        raise MissingInput("email", "Это не адрес почты. Нужен, например, press@priozerny.example.")
    return mail


def _check_day(field: str, day: date | None, today: date) -> None:
    if day is not None and not _FIRST_DAY <= day <= today:
        raise MissingInput(field, "Этот день ещё не наступил." if day > today else "Соцсетей тогда ещё не было.")
