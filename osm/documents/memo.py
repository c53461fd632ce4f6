"""The memo of shortcomings as DOCX (П.19): its fields, and the template that comes with the program."""

import io
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt

#: Name → what it says. In a template names of rows follow their list with a dot: {{ row.person }}.
FIELDS: dict[str, str] = {
    "office": "название администрации",
    "letterhead": "строки шапки документов (список)",
    "number": "номер записки, «проект» до отправки",
    "date": "дата отправки",
    "first_day": "первый день периода",
    "last_day": "последний день периода",
    "readers": "кому направлена (список: post — должность, name — имя)",
    "post": "должность читателя",
    "name": "имя читателя или название отдела",
    "total": "сколько недостатков, всего или в отделе",
    "departments": "отделы (список: name, total, clauses, rows)",
    "clauses": "пункты отдела (список: clause — пункт, count — сколько)",
    "rows": "недостатки, все или отдела (список)",
    "clause": "пункт постановления",
    "count": "сколько",
    "when": "когда был срок или что случилось",
    "what": "что нарушено",
    "words": "что именно не так, для внесённого вручную",
    "person": "ответственный",
    "department": "отдел",
    "cause": "причина, названная сотрудником",
    "objection": "его возражение",
    "reason": "почему возражение не принято, пояснение",
    "consequence": "следствие более раннего нарушения (для проверки if)",
    "decided_by": "кто решил",
    "waived_total": "сколько снято",
    "waived": "снятое по причинам (список: why — почему, count); в строках снятого — почему словами",
    "waived_rows": "снятое построчно (список)",
    "why": "почему снято",
    "repeated": "сотрудники с повторными недостатками (список: person, here, year)",
    "here": "сколько у сотрудника в этой записке",
    "year": "сколько у сотрудника за год",
    "undecided": "сколько ещё не решено",
    "proposals": "предложения, по абзацам (список)",
    "sent_by": "кто отправил",
}

UNDECIDED = "Приложение. Нарушения того, кто готовил или отправил записку: решения по ним ещё нет"

_ROW = {
    "id": 1, "number": "9000001", "what": "Нарушен срок: проект на согласование", "words": "", "clause": "п. 10",
    "when": "17.03.2026 13:48", "person": "Имя Фамилия", "department_id": 1, "department": "Отдел", "cause": "Причина",
    "objection": "Возражение", "reason": "Пояснение", "decided_by": "Имя Фамилия", "confirmed": True, "why": "Другое",
    "waived": "Другое", "consequence": False,
}  # fmt: skip
SAMPLE: dict[str, Any] = {
    "office": "Администрация", "letterhead": ["АДМИНИСТРАЦИЯ"], "number": "1-2026", "date": "01.04.2026",
    "first_day": "01.03.2026", "last_day": "31.03.2026", "readers": [{"post": "Глава", "name": "Имя Фамилия"}],
    "total": 1, "rows": [_ROW], "waived_total": 1, "waived": [{"why": "Другое", "count": 1}], "waived_rows": [_ROW],
    "departments": [{"name": "Отдел", "total": 1, "clauses": [{"clause": "п. 10", "count": 1}], "rows": [_ROW]}],
    "repeated": [{"person": "Имя Фамилия", "here": 1, "year": 2, "departments": [1]}], "undecided": 1,
    "proposals": ["Предложение"], "sent_by": "Имя Фамилия",
}  # fmt: skip
"""With which a template is tried."""


_WHY = (
    "{% if row.cause %}{{ row.cause }}{% elif row.consequence %}следствие предыдущего{% else %}не названа{% endif %}"
    "{% if row.objection %}. Возражение: {{ row.objection }}{% endif %}"
    "{% if row.reason %}. Решение: {{ row.reason }}{% endif %}"
)
"""The last cell of a row."""


@cache
def own_template() -> bytes:
    """The template that comes with the program: the office takes it, changes it in Word and puts its own."""
    document = docx.Document()
    section = document.sections[0]
    section.left_margin, section.right_margin = Cm(3), Cm(1.5)
    section.top_margin = section.bottom_margin = Cm(2)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(12)
    normal.paragraph_format.space_after = Pt(4)

    def line(text: str, *, bold: bool = False, middle: bool = False) -> None:
        paragraph = document.add_paragraph()
        paragraph.add_run(text).bold = bold
        if middle:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER

    line("{%p for line in letterhead %}")
    line("{{ line }}", bold=True, middle=True)
    line("{%p endfor %}")
    line("{%p for reader in readers %}")
    line("{{ reader.post }}: {{ reader.name }}")
    line("{%p endfor %}")
    line("СЛУЖЕБНАЯ ЗАПИСКА № {{ number }} от {{ date }}", bold=True, middle=True)
    line("О недостатках в работе с сообщениями из открытых источников с {{ first_day }} по {{ last_day }}", middle=True)
    line("В соответствии с пунктом 19 Положения докладываю. Подтверждено недостатков: {{ total }}.")
    line("{%p for block in departments %}")
    line("{{ block.name }}: {{ block.total }}", bold=True)
    shown = "{{ one.clause }} — {{ one.count }}{% if not loop.last %}; {% endif %}"
    line(f"{{% for one in block.clauses %}}{shown}{{% endfor %}}")
    _table(
        document,
        ("Когда", "Сообщение", "Что нарушено", "Ответственный", "Причина и возражение"),
        "row in block.rows",
        (
            "{{ row.when }}",
            "№ {{ row.number }}",
            "{{ row.what }}, {{ row.clause }}{% if row.words %}: {{ row.words }}{% endif %}",
            "{{ row.person }}",
            _WHY,
        ),
    )
    line("{%p endfor %}")
    line("{%p if waived_total %}")
    line("Снято: {{ waived_total }}", bold=True)
    line("{%p for one in waived %}")
    line("{{ one.why }} — {{ one.count }}")
    line("{%p endfor %}")
    line("{%p endif %}")
    line("{%p if repeated %}")
    line("Повторные недостатки за год", bold=True)
    line("{%p for one in repeated %}")
    line("{{ one.person }}: в этой записке {{ one.here }}, за год {{ one.year }}")
    line("{%p endfor %}")
    line("{%p endif %}")
    line("{%p if undecided %}")
    line("Ещё не решено: {{ undecided }}, войдёт в следующую записку.")
    line("{%p endif %}")
    line("{%p if proposals %}")
    line("Предложения", bold=True)
    line("{%p for line in proposals %}")
    line("{{ line }}")
    line("{%p endfor %}")
    line("{%p endif %}")
    line("{{ sent_by }}")
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def annex_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The lines of the annex about the memo's own authors; empty: no annex."""
    lines = (f"{row['when']}, № {row['number']}: {row['what']}, {row['clause']} — {row['person']}" for row in rows)
    return [UNDECIDED, *lines] if rows else []


def _table(document: Any, heads: tuple[str, ...], loop: str, cells: tuple[str, ...]) -> None:
    """A table of which one row is repeated: docxtpl takes the rows of `for` and `endfor` away."""
    table = document.add_table(rows=4, cols=len(heads))
    table.style = "Table Grid"
    table.cell(1, 0).text, table.cell(3, 0).text = f"{{%tr for {loop} %}}", "{%tr endfor %}"
    for column, (head, cell) in enumerate(zip(heads, cells, strict=True)):
        run = table.cell(0, column).paragraphs[0].add_run(head)
        run.bold, run.font.size = True, Pt(10)
        table.cell(2, column).paragraphs[0].add_run(cell).font.size = Pt(10)
    document.add_paragraph()
