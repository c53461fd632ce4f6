"""A PDF of A4 pages from headings, texts, facts and pictures; any length of text goes on over the pages."""

import io
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Image, KeepTogether, PageBreak, Paragraph, SimpleDocTemplate, Spacer

from osm.documents.sheet import plain

_FONTS = Path(__file__).parent / "fonts"
_FACES = {"DejaVu": "DejaVuSans", "DejaVu-Bold": "DejaVuSans-Bold"}
_NO_GLYPH = "□"
_WIDTH = A4[0] - 4 * cm
_TALLEST = 12 * cm
_making = Lock()  # one is made at a time: the fonts keep what they count for a document

_TEXT = ParagraphStyle("text", fontName="DejaVu", fontSize=9.5, leading=13, spaceAfter=4)
_QUOTE = ParagraphStyle("quote", _TEXT, leftIndent=10, borderPadding=(2, 4, 4, 6), backColor="#f2f4f7", spaceBefore=4)
_FACT = ParagraphStyle(
    "fact", _TEXT, leftIndent=4.6 * cm, bulletFontName="DejaVu-Bold", bulletFontSize=8.5, spaceAfter=2
)
_SMALL = ParagraphStyle("small", _TEXT, fontSize=8, leading=10.5, textColor="#444444")
_HEADINGS = (
    ParagraphStyle("title", _TEXT, fontName="DejaVu-Bold", fontSize=16, leading=21, spaceAfter=8, keepWithNext=1),
    ParagraphStyle(
        "section", _TEXT, fontName="DejaVu-Bold", fontSize=12, leading=16, spaceBefore=12, spaceAfter=5, keepWithNext=1
    ),
    ParagraphStyle("part", _TEXT, fontName="DejaVu-Bold", fontSize=10, leading=14, spaceBefore=7, keepWithNext=1),
)


class Pdf:
    """A document that grows from above; `made` ends it."""

    def __init__(self, title: str, footer: str) -> None:
        _glyphs()  # before the first paragraph measures its words
        self._title, self._footer = title, footer
        self._flow: list[Flowable] = []

    def heading(self, words: str, level: int = 1) -> None:
        self._flow.append(Paragraph(_markup(words), _HEADINGS[level]))

    def text(self, words: str) -> None:
        self._flow.append(Paragraph(_markup(words), _TEXT))

    def small(self, words: str) -> None:
        self._flow.append(Paragraph(_markup(words), _SMALL))

    def quote(self, words: str) -> None:
        """Somebody's words, each of their lines."""
        for part in _parts(words):
            self._flow.append(Paragraph(_markup(part), _QUOTE))

    def facts(self, rows: Iterable[tuple[str, str]]) -> None:
        """Label and value; those without a value are left out."""
        self._flow += [Paragraph(_markup(value), _FACT, bulletText=f"{label}:") for label, value in rows if value]

    def picture(self, jpeg: bytes, caption: str) -> None:
        image = Image(io.BytesIO(jpeg))
        scale = min(_WIDTH / image.imageWidth, _TALLEST / image.imageHeight, 1)
        image.drawWidth, image.drawHeight = image.imageWidth * scale, image.imageHeight * scale
        image.hAlign = "LEFT"
        self._flow.append(KeepTogether([Spacer(1, 4), image, Paragraph(_markup(caption), _SMALL)]))

    def new_page(self) -> None:
        self._flow.append(PageBreak())

    def made(self) -> bytes:
        """The file. Nothing can be added any more."""
        file = io.BytesIO()
        document = SimpleDocTemplate(
            file, pagesize=A4, title=self._title, author="ОСМ", leftMargin=2 * cm, rightMargin=2 * cm,
            topMargin=1.8 * cm, bottomMargin=2 * cm, pageCompression=1,
        )  # fmt: skip
        with _making:
            document.build([*self._flow, _LastPage()], onFirstPage=self._number, onLaterPages=self._number)
        return file.getvalue()

    def _number(self, canvas: Any, _document: Any) -> None:
        canvas.setFont("DejaVu", 8)
        canvas.drawString(2 * cm, 1.2 * cm, self._footer)
        canvas.drawRightString(A4[0] - 2 * cm, 1.2 * cm, f"Страница {canvas.getPageNumber()}")


class _LastPage(Flowable):  # type: ignore[misc]
    """Says how many pages there are, so that a missing one is noticed."""

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        return width, 22

    def draw(self) -> None:
        self.canv.setFont("DejaVu", 9)
        self.canv.drawString(0, 4, f"Это последняя страница. Всего страниц: {self.canv.getPageNumber()}.")


def _parts(words: str, longest: int = 3000) -> list[str]:
    """A long text in parts: one paragraph of a whole book takes long to break into lines."""
    found = [""]
    for line in words.split("\n"):
        pieces = [line[start : start + longest] for start in range(0, len(line), longest)] or [""]
        for piece in pieces:
            if found[-1] and len(found[-1]) + len(piece) > longest:
                found.append(piece)
            else:
                found[-1] = f"{found[-1]}\n{piece}" if found[-1] else piece
    return found


def _markup(words: str) -> str:
    """As the library reads it: nothing that somebody wrote is a tag, and every sign is in the font."""
    shown = "".join(map(_shown, plain(words).replace("\r\n", "\n").replace("\t", "    ")))
    return escape(shown).replace("\n", "<br/>")


def _shown(character: str) -> str:
    if character == "\n" or ord(character) in _glyphs():
        return character
    return "" if unicodedata.category(character) in ("Cf", "Mn", "Cc") else _NO_GLYPH


@cache
def _glyphs() -> frozenset[int]:
    """The signs of the fonts; registers both."""
    fonts = [TTFont(name, _FONTS / f"{file}.ttf") for name, file in _FACES.items()]
    for font in fonts:
        pdfmetrics.registerFont(font)
    # Beyond 16 bits the library writes a table of signs from which no reader can copy.
    return frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts)) & frozenset(range(0x10000))
