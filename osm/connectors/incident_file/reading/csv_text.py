"""CSV: which encoding, which separator, and its records; a record may span several lines."""

import codecs
import csv
import io
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator

import charset_normalizer

from osm.connectors.incident_file.fields import LONGEST_HEADING, SYNONYMS
from osm.connectors.incident_file.reading import Refusal
from osm.networks.catalogue import plain

SEPARATORS = ";,\t|"
BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ONE_BYTE = ["cp1251", "cp866", "koi8_r"]
"""What Russian programs write; mac_cyrillic shares its small letters with cp1251 and would only confuse."""

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
EXPECTED = re.compile(r"[\x09\x0a\x0d\x20-\x7e\u0400-\u04ff«»—–№…]")
SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
END = "\ue000end of file\ue000"
SAMPLE = 65_536


def decode(data: bytes) -> str:
    """The text of a file. Raises Refusal for what is no text."""
    text = _decode(data)
    if "\0" in text:
        raise Refusal("nul_bytes")
    sample = text[:SAMPLE]
    if len(CONTROL.findall(sample)) * 20 > len(sample):
        raise Refusal("not_a_table", what="двоичный файл")
    return text


def _decode(data: bytes) -> str:
    for bom, encoding in BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace")
    if b"\0" in data[:SAMPLE]:
        return _utf16_without_bom(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _damaged_utf8(data) or _one_byte(data)


def _utf16_without_bom(data: bytes) -> str:
    for encoding in ("utf-16-le", "utf-16-be"):
        sample = data[:SAMPLE].decode(encoding, errors="replace")
        if len(EXPECTED.findall(sample)) > 0.8 * len(sample):
            return data.decode(encoding, errors="replace")
    raise Refusal("nul_bytes")


def _damaged_utf8(data: bytes) -> str | None:
    """UTF-8 with a few broken letters, as a cut or a patched file has; None where it is something else."""
    text = data.decode("utf-8", errors="replace")
    letters = sum(1 for letter in text if letter > "\x7f")
    return text if text.count("\ufffd") * 20 < letters else None


def _one_byte(data: bytes) -> str:
    best = charset_normalizer.from_bytes(data[:SAMPLE], cp_isolation=ONE_BYTE).best()
    encoding = best.encoding if best and best.encoding in ONE_BYTE else "cp1251"
    return data.decode(encoding, errors="replace")


def separator(text: str) -> str:
    """`sep=…` in the first line decides; else the separator under which a record holds most headings that we know.
    Where there is none, it is the one that cuts the records most evenly."""
    named = SEPARATOR_LINE.match(text)
    if named:
        return named[1]
    return max(SEPARATORS, key=lambda candidate: _fitness(text[:SAMPLE], candidate))


def _fitness(sample: str, candidate: str) -> tuple[int, float]:
    """Most known headings in a record; records of one width, where the width itself counts little. The commas of «г.
    Лесозаводск, ул. Мира, д. 5» are even too."""
    headings = 0
    widths: Counter[int] = Counter()
    try:
        for record in csv.reader(io.StringIO(sample, newline=""), delimiter=candidate):
            widths[len(record)] += 1
            headings = max(headings, sum(plain(cell) in SYNONYMS for cell in record if len(cell) <= LONGEST_HEADING))
    except csv.Error:
        return headings, 0
    evenness = (count * (1 + math.log2(width - 1) / 8) for width, count in widths.items() if width > 1)
    return headings, max(evenness, default=0)


def records(text: str, cell_characters: int) -> Iterator[tuple[int, list[str]]]:
    """Number of the record, from 1, and its cells. Raises Refusal where a quotation mark is opened and never closed."""
    csv.field_size_limit(cell_characters)
    lines = itertools.chain(io.StringIO(text, newline=""), [END])
    reader = csv.reader(lines, delimiter=separator(text))
    number = 0
    while True:
        number += 1
        try:
            record = next(reader)
        except csv.Error as error:  # a cell longer than the limit: the rest of the file ran into it
            raise Refusal("unclosed_quote", row=number) from error
        if record == [END]:
            return
        if record and record[-1].endswith(END):
            raise Refusal("unclosed_quote", row=number)
        yield number, record
