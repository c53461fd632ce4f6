"""Templates of forms that ask for what a test wants, sent and filled through the pages, and what the files say."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from lxml import html
from openpyxl import Workbook, load_workbook

from osm.extensions import db
from osm.store.models import FormKind, ReportForm
from tests.page_reading import words
from tests.people import Browser

from .plain.tables import Days

ROWS = ("отдел", "тема", "уточнение")


def template(asked: set[str]) -> bytes:
    """One field a row with its name before it; one row for each kind of rows, its columns in order of the alphabet."""
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


def filled(browser: Browser, kind: str, days: Days) -> tuple[dict[str, Any], dict[str, list[list[Any]]]]:
    """Field → value, and kind of rows → rows, as the file of these days says."""
    answer = browser.get(f"/reports/forms/{kind}.xlsx?from={days.first}&to={days.last}")
    assert answer.status_code == 200, answer.text
    fields: dict[str, Any] = {}
    rows: dict[str, list[list[Any]]] = {word: [] for word in ROWS}
    for word, *values in load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True):
        if word in rows:
            rows[word].append(values)
        else:
            fields[word] = values[0]
    return fields, rows


def press_sent(browser: Browser, kind: str, days: Days) -> None:
    """«Отправлено», on the page of the form."""
    address = f"/reports/forms/{kind}"
    page = f"{address}?from={days.first}&to={days.last}"
    form = html.fromstring(browser.get(page).text).xpath(f"//form[@action='{address}/sent']")[0]
    given = {field.get("name"): field.get("value") for field in form.iter("input")}
    assert browser.submit(f"{address}/sent", given, page=page).status_code == 303
