"""What a file is, by its content, for its name says nothing; CSV: which encoding, which separator, and its records."""

import codecs
import csv
import io
import itertools
import math
import re
import zipfile
from collections import Counter
from collections.abc import Iterator

import charset_normalizer

from osm.base.child_process import MIB
from osm.connectors.incident_file.fields import LONGEST_HEADING, SYNONYMS
from osm.connectors.incident_file.reading import Limits, Refusal
from osm.networks.catalogue import plain

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
ZIP = b"PK\x03\x04"

STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "картинка (PNG)"),
    (b"\xff\xd8\xff", "картинка (JPEG)"),
    (b"GIF8", "картинка (GIF)"),
    (b"II*\x00", "картинка (TIFF)"),
    (b"MM\x00*", "картинка (TIFF)"),
    (b"%PDF-", "документ PDF"),
    (b"{\\rtf", "документ RTF"),
    (b"Rar!\x1a\x07", "архив RAR"),
    (b"7z\xbc\xaf\x27\x1c", "архив 7-Zip"),
    (b"\x1f\x8b\x08", "архив GZIP"),
    (b"SQLite format 3\x00", "база данных SQLite"),
    (b"MZ\x90\x00", "программа"),
    (b"\x7fELF", "программа"),
)
"""First bytes → what such a file is called; foreign formats only."""

MARKUP: tuple[tuple[bytes, str], ...] = (
    (b"<!doctype html", "веб-страница (HTML)"),
    (b"<html", "веб-страница (HTML)"),
    (b"<head", "веб-страница (HTML)"),
    (b"<meta", "веб-страница (HTML)"),
    (b"<table", "веб-страница (HTML)"),
    (b"<?xml", "файл XML"),
)

ZIP_PARTS: tuple[tuple[str, str], ...] = (
    ("xl/workbook.xml", "xlsx"),
    ("xl/workbook.bin", "xlsb"),
    ("word/document.xml", "документ Word"),
    ("ppt/presentation.xml", "презентация PowerPoint"),
)
"""A part that tells the format: ours by its code, a foreign one by its name."""


def detect(data: bytes, limits: Limits) -> str:
    """`xlsx`, `xlsb`, `xls`, `ods` or `csv` (any text). Raises Refusal for what is empty, foreign, locked, broken or a
    bomb."""
    if not data:
        raise Refusal("empty_file")
    if data.startswith(OLE):
        return _ole(data)
    if data.startswith(ZIP):
        return _zip(data, limits)
    foreign = _foreign(data)
    if foreign:
        raise Refusal("not_a_table", what=foreign)
    return "csv"


def _foreign(data: bytes) -> str | None:
    for start, name in STARTS:
        if data.startswith(start):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "картинка (WebP)"
    if data[:2] == b"BM" and data[6:10] == bytes(4):
        return "картинка (BMP)"
    if data[4:8] == b"ftyp":
        return "картинка или видео с телефона"
    head = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return next((name for start, name in MARKUP if head.startswith(start)), None)


def _ole(data: bytes) -> str:
    """A compound file: its directory has the names of its streams as UTF-16."""

    def has(stream: str) -> bool:
        return (stream + "\0").encode("utf-16-le") in data

    if has("EncryptedPackage"):
        raise Refusal("encrypted")
    if has("Workbook") or has("Book"):
        return "xls"
    raise Refusal("not_a_table", what="документ Word" if has("WordDocument") else "файл другой программы")


def _zip(data: bytes, limits: Limits) -> str:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
    except MemoryError:
        raise
    except Exception as error:  # zipfile raises half a dozen kinds on broken directories
        raise Refusal("damaged") from error
    unpacked = sum(part.file_size for part in parts)
    if unpacked > limits.unpacked_bytes or len(parts) > limits.archive_parts:
        raise Refusal("unpacks_too_big", megabytes=limits.unpacked_bytes // MIB)
    if unpacked > max(limits.repetitive_bytes, limits.repetitions * len(data)):
        raise Refusal("archive_bomb", megabytes=unpacked // MIB)
    names = {part.filename.lower() for part in parts}
    if "content.xml" in names:
        return _opendocument(archive)
    kind = next((kind for part, kind in ZIP_PARTS if part in names), "архив ZIP")
    if kind not in ("xlsx", "xlsb"):
        raise Refusal("not_a_table", what=kind)
    return kind


def _opendocument(archive: zipfile.ZipFile) -> str:
    try:
        kind = _start_of(archive, "mimetype")
        manifest = _start_of(archive, "META-INF/manifest.xml")
    except MemoryError:
        raise
    except Exception as error:
        raise Refusal("damaged") from error
    if kind and b"spreadsheet" not in kind:
        raise Refusal("not_a_table", what="документ OpenDocument без таблицы")
    if b"encryption-data" in manifest:
        raise Refusal("encrypted")
    return "ods"


def _start_of(archive: zipfile.ZipFile, name: str) -> bytes:
    if name not in archive.namelist():
        return b""
    with archive.open(name) as part:
        return part.read(1024 * 1024)


# --- CSV
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
