"""What a file is, by its content: the name of a file says nothing."""

import io
import zipfile

from osm.base.child_process import MIB
from osm.connectors.incident_file.reading import Limits, Refusal

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
