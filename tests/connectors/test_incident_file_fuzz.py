"""Properties: no row is ever lost, no bytes raise anything but a FileRefused, canonical addresses are stable."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osm.connectors.base import RowWarning
from osm.connectors.incident_file import FileRefused, Mapping, find_mapping, main_table, parse_rows, read_file
from osm.connectors.incident_file.cells import wall_clock
from osm.connectors.incident_file.reading import Limits, Refusal, formats
from osm.networks.addresses import canonical_url
from osm.networks.catalogue import network_of_word
from tests.connectors import files
from tests.connectors.hard_files import rezipped

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
few = settings(max_examples=15, deadline=None)

WORDS = st.sampled_from(
    [
        "", " ", "—", "нет", "Итого", "Всего доброго", "Новый", "Ответ дан", "Да", "ВК", "ок",
        "https://vk.com/wall-77_5?reply=9",
        "https://t.me/a/1", "http:/", "https://[", "//", "02.11.2026 10:15", "31.02.2026", "46269", "1", "2",
        "7,41E+11",
        "№", "Номер", "Текст", "Яма у школы", "=1+1", "\u200b", "\ufeff", "🌸", "a" * 17_000,
    ]
)  # fmt: skip
CELL = st.one_of(WORDS, st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
ROW = st.lists(CELL, min_size=len(files.HEADER), max_size=len(files.HEADER) + 1)
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def whole_way(data: bytes, assign: dict[str, int] | None = None) -> tuple[list[int], Counter[int], int]:
    """Rows of the table, how often each was returned, and where the header is."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        with read_file(path) as book:
            table = main_table(book)
            mapping = find_mapping(table)
            for name, column in (assign or {}).items():
                mapping = mapping.assign(name, column)
            assert Mapping.from_json(mapping.to_json()) == mapping
            results = list(parse_rows(table, mapping, now=NOW))
            came_out = Counter(result.row for result in results if not isinstance(result, RowWarning))
            assert [result.row for result in results] == sorted(result.row for result in results), (
                "in the order of the sheet"
            )
            return [row.number for row in table.rows()], came_out, mapping.header_row


@pytest.mark.usefixtures("reader_inside")
@quick
@given(rows=st.lists(ROW, max_size=12), columns=st.lists(st.integers(0, 8), max_size=3))
def test_every_row_comes_out_exactly_once(rows, columns):
    data = files.csv_text([files.HEADER, files.incident(), *rows]).encode()
    assign = dict(zip(("place", "deadline_at", "author_url"), columns, strict=False))
    try:
        numbers, came_out, header = whole_way(data, assign)
    except FileRefused as refused:
        if refused.code != "mapping_incomplete":  # a person removed the text or the number
            raise
    else:
        assert came_out == Counter(number for number in numbers if number > header)


@pytest.mark.usefixtures("reader_inside")
@quick
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_any_text_is_a_table_or_a_named_refusal(text):
    try:
        numbers, came_out, header = whole_way(text.encode())
    except FileRefused:
        return
    assert came_out == Counter(number for number in numbers if number > header)


@settings(max_examples=300, deadline=None)
@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.sampled_from([formats.OLE, formats.ZIP, b"\xff\xfe", b"RIFF"]).map(lambda start: start + bytes(90)),
    )
)
def test_any_bytes_are_a_format_and_a_text_or_a_refusal(data):
    with suppress(Refusal):
        kind = formats.detect(data, Limits())
        assert kind in ("csv", "xls")
        if kind == "csv":
            list(formats.records(formats.decode(data), 1_000_000))


GOOD = [
    files.xlsx([files.HEADER, files.incident()]),
    files.xls([files.HEADER, files.incident()]),
    files.ods([files.HEADER, files.incident()]),
]


@few
@given(
    good=st.sampled_from(GOOD),
    place=st.floats(0, 1, exclude_max=True),
    junk=st.binary(min_size=1, max_size=60),
    cut=st.booleans(),
)
def test_a_damaged_file_is_read_or_refused_by_name(good, place, junk, cut):
    """In the real child process: the reader may crash there."""
    start = int(place * len(good))
    data = good[:start] + junk + (b"" if cut else good[start + len(junk) :])
    try:
        numbers, came_out, header = whole_way(data)
    except FileRefused:
        return
    assert came_out == Counter(number for number in numbers if number > header)


ZIPPED = [good for good in GOOD if good.startswith(formats.ZIP)]


@few
@given(
    good=st.sampled_from(ZIPPED),
    which=st.integers(0, 30),
    place=st.floats(0, 1, exclude_max=True),
    junk=st.one_of(
        st.binary(max_size=20),
        st.sampled_from(
            [b"<", b"</row>", b'"', b"&#0;", b"&#x110000;", b"-1", b"99999999999", b"1E400", b"XFD1048576"]
        ),
    ),
    over=st.integers(0, 40),
)
def test_a_workbook_with_damaged_parts_is_read_or_refused_by_name(good, which, place, junk, over):
    """The damage is inside the parts, with correct checksums of the zip: the reader meets it, not the unpacker."""
    names = zipfile.ZipFile(io.BytesIO(good)).namelist()
    part = names[which % len(names)]

    def damage(name: str, content: bytes) -> bytes:
        start = int(place * len(content))
        return content[:start] + junk + content[start + over :] if name == part else content

    with suppress(FileRefused):
        numbers, came_out, header = whole_way(rezipped(good, damage))
        assert came_out == Counter(number for number in numbers if number > header)


@pytest.mark.usefixtures("reader_inside")
@quick
@given(
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1251", "utf-16"]),
    separator=st.sampled_from(";,\t"),
    place=st.floats(0, 1, exclude_max=True),
    junk=st.binary(min_size=1, max_size=20),
    over=st.integers(0, 40),
)
def test_a_damaged_csv_is_read_or_refused_by_name(encoding, separator, place, junk, over):
    good = files.csv_text([files.HEADER, files.incident(), files.incident(502)], separator).encode(encoding)
    start = int(place * len(good))
    with suppress(FileRefused):
        numbers, came_out, header = whole_way(good[:start] + junk + good[start + over :])
        assert came_out == Counter(number for number in numbers if number > header)


@settings(max_examples=300, deadline=None)
@given(
    text=st.one_of(
        st.text(max_size=60),
        st.from_regex(r"https?://(m\.)?(vk\.(com|ru)|ok\.ru|t\.me|пример\.рф)/\S{0,30}", fullmatch=True),
    )
)
def test_the_canonical_form_of_an_address_is_its_own(text):
    try:
        canonical = canonical_url(text)
    except ValueError:
        return
    assert canonical_url(canonical) == canonical


@settings(max_examples=300, deadline=None)
@given(cell=st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.booleans(), st.datetimes(), st.dates()))
def test_any_cell_is_a_date_or_a_value_error(cell):
    with suppress(ValueError):
        assert 2000 <= wall_clock(cell).year <= 2099


@given(word=st.text(max_size=40))
def test_any_word_is_a_network_or_none(word):
    network_of_word(word)
