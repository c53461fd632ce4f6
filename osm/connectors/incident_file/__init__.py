"""Exports of «Инцидент Менеджмент»: XLSX, XLS, ODS and CSV to messages.

    with read_file(path) as book:
        table = main_table(book)
        mapping = find_mapping(table, saved)
        for result in parse_rows(table, mapping, times="local", tz="Asia/Vladivostok", now=now):
            …

Every failure of a file is a FileRefused with a sentence for people; a fault of one row is a Rejected, and the
other rows go in.
"""

from osm.connectors.incident_file.book import Book, FileRefused, Row, Table, read_file
from osm.connectors.incident_file.fields import FIELDS, HOW, Choice, Mapping
from osm.connectors.incident_file.finding import closest, find_mapping, known_header, main_table
from osm.connectors.incident_file.reading import Limits
from osm.connectors.incident_file.rows import MAX_TEXT, parse_rows, read_cells

__all__ = [
    "FIELDS", "HOW", "MAX_TEXT", "Book", "Choice", "FileRefused", "Limits", "Mapping", "Row", "Table", "closest",
    "find_mapping", "known_header", "main_table", "parse_rows", "read_cells", "read_file",
]  # fmt: skip
