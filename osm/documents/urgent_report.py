"""«Срочный доклад» as DOCX: what was reported to the head, when he read it, what he asked for (П.20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt

from osm.documents.sheet import add_table, as_bytes, new_sheet, plain


@dataclass(frozen=True, slots=True)
class UrgentDocument:
    """The whole, in words. Empty values of `facts` are left out; `instructions`: each with its own table.

    `ground`: the clause, and how soon the report was made.
    """

    number: int
    letterhead: Sequence[str]
    addressee: str
    ground: str
    facts: Sequence[tuple[str, str]]
    instructions: Sequence[Sequence[tuple[str, str]]]
    sender: str
    sent_at: str
    made_at: datetime


def write_urgent_document(told: UrgentDocument) -> bytes:
    """The document, with the letterhead of the office on top."""
    title = f"Срочный доклад № {told.number}"
    document = new_sheet(title, made_by=told.sender, made_at=told.made_at)
    for line in told.letterhead:
        head = document.add_paragraph()
        head.alignment, head.paragraph_format.space_after = WD_ALIGN_PARAGRAPH.CENTER, Pt(0)
        head.add_run(plain(line)).bold = True
    if told.addressee:
        to = document.add_paragraph(plain(told.addressee))
        to.alignment, to.paragraph_format.space_before = WD_ALIGN_PARAGRAPH.RIGHT, Pt(18)
    document.add_heading(title, 1)
    document.add_paragraph(plain(told.ground))
    add_table(document, [(label, value) for label, value in told.facts if value])
    if told.instructions:
        document.add_heading("Поручения", 2)
        for rows in told.instructions:
            add_table(document, [(label, value) for label, value in rows if value])
    document.add_paragraph(plain(f"{told.sender}\t\t{told.sent_at}"))
    return as_bytes(document)
