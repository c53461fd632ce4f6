"""Templates of forms that ask for what a test needs, sent and filled through the pages, and what the files say."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from lxml import html
from openpyxl import Workbook, load_workbook

from osm.base.database import db
from osm.models import FormKind, ReportForm
from tests.cast import Browser
from tests.page_reading import words

from .plain.tables import Days

BELOW = "Уточнено после отправки"
ROWS = ("отдел", "тема", "уточнение")


def template(asked: set[str]) -> bytes:
    """One field a row with its name before it; one row for each kind of rows, its columns in alphabetical order."""
    book = Workbook()
    sheet = book.active
    for word in sorted(word for word in asked if "." not in word):
        sheet.append([word, f"{{{{{word}}}}}"])
    for kind in ROWS:
        columns = sorted(word for word in asked if word.startswith(f"{kind}."))
        if columns:
            sheet.append([kind, *(f"{{{{{word}}}}}" for word in columns)])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def replace_template(browser: Browser, kind: str, asked: set[str]) -> None:
    db.session.rollback()
    row = db.session.scalar(db.select(ReportForm).where(ReportForm.kind == FormKind(kind)))
    data = {"version": row.version if row else 0, "file": (BytesIO(template(asked)), "форма.xlsx")}
    answer = browser.submit(f"/admin/forms/{kind}", data, page="/help")
    assert answer.status_code == 303, words(answer.text)


@dataclass(frozen=True)
class Filled:
    """What a file says: field → value; kind of rows → rows; corrections as (days, old value, new value)."""

    fields: dict[str, Any]
    rows: dict[str, list[list[Any]]]
    corrections: list[tuple[str, str, str]]


def filled(browser: Browser, kind: str, days: Days) -> Filled:
    """The file of these days. Where the template has no place for corrections, they are below under a heading."""
    answer = browser.get(f"/reports/forms/{kind}.xlsx?from={days.first}&to={days.last}")
    assert answer.status_code == 200, answer.text
    found = Filled({}, {word: [] for word in ROWS}, [])
    lines = list(load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True))
    heading = next((place for place, line in enumerate(lines) if line[0] == BELOW), len(lines))
    for word, *values in (line for line in lines[:heading] if line[0]):
        if word == "уточнение":
            was, of_days, _figure, becomes = values[:4]
            found.corrections.append((str(of_days), str(was), str(becomes)))
        elif word in ROWS:
            found.rows[word].append(values)
        else:
            found.fields[word] = values[0]
    for _figure, was, becomes, of_days, *_ in lines[heading + 2 :]:
        found.corrections.append((str(of_days), str(was), str(becomes)))
    return found


def press_sent(browser: Browser, kind: str, days: Days) -> None:
    """«Отправлено», on the page of the form."""
    address = f"/reports/forms/{kind}"
    page = f"{address}?from={days.first}&to={days.last}"
    form = html.fromstring(browser.get(page).text).xpath(f"//form[@action='{address}/sent']")[0]
    given = {field.get("name"): field.get("value") for field in form.iter("input")}
    assert browser.submit(f"{address}/sent", given, page=page).status_code == 303
