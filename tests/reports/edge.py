"""What people see: `/reports/tables` with the lists behind its numbers, its XLSX file, `osm figures --json`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from lxml import html
from openpyxl import load_workbook

from tests.cast import Browser
from tests.register.reading import numbers

from .plain.tables import Days

PERCENT = re.compile(r"(\d+)\s*%(?::\s*(\d+) из (\d+))?")


@dataclass(frozen=True)
class Shown:
    """A number of the page and the address it links to, if any."""

    table: str
    row: str
    number: int
    address: str

    @property
    def figure(self) -> str:
        """The code of the figure, if the number links to the figure's list; else empty."""
        values = parse_qs(urlsplit(self.address).query).get("figure", [""])
        return values[0].split(".")[0]


class Page:
    """The tables of some days, or another page of the reports, as this person sees it."""

    def __init__(self, browser: Browser, days: Days, path: str = "/reports/tables") -> None:
        answer = browser.get(f"{path}?from={days.first}&to={days.last}")
        assert answer.status_code == 200, answer.text
        self.tree = html.fromstring(answer.text)
        self.shown = [one for table in self.tree.iter("table") for one in numbers_of(table)]

    def percentages(self) -> list[tuple[str, str, str]]:
        """Percent, part and whole; empty where the page says none."""
        texts = self.tree.find(".//main").itertext()
        return [found for text in texts for found in PERCENT.findall(" ".join(text.split()))]

    def rows(self, table: str) -> list[tuple[str, tuple[int, ...]]]:
        """Name and numbers of each row of a table, from the top."""
        found: dict[str, list[int]] = {}
        for one in self.shown:
            if one.table == table:
                found.setdefault(one.row, []).append(one.number)
        return [(name, tuple(row)) for name, row in found.items()]


def numbers_of(table: Any) -> list[Shown]:
    name = table.get("id", "")
    if not name.startswith("by-"):
        name = " ".join(table.find("caption").text_content().split())
    found = []
    for row in table.iter("tr"):
        head = row.find("th")
        for cell in row.iterfind("td[@data-number]"):
            link = cell.find(".//a")
            address = link.get("href") if link is not None else ""
            words = " ".join(head.text_content().split())
            found.append(Shown(name, words, int(cell.get("data-number")), address))
    return found


def listed(browser: Browser, address: str) -> list[str]:
    """The numbers of the messages of a list, of all its pages."""
    found: list[str] = []
    while address:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert "Не удалось понять" not in answer.text, address
        found += numbers(answer.text)
        following = html.fromstring(answer.text).xpath("//a[@rel='next']/@href")
        address = following[0] if following else ""
    return found


def book(browser: Browser, days: Days) -> dict[str, list[tuple[Any, ...]]]:
    """The XLSX file: name of the sheet → rows."""
    answer = browser.get(f"/reports/export.xlsx?from={days.first}&to={days.last}")
    assert answer.status_code == 200
    sheets = load_workbook(BytesIO(answer.data))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in sheets}


def by_command(app: Flask, days: Days) -> dict[str, Any]:
    """`osm figures --json`."""
    arguments = ["osm", "figures", "--from", str(days.first), "--to", str(days.last), "--json"]
    done = app.test_cli_runner().invoke(args=arguments)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found
