"""The templates that the product brings along, until the office puts its own in their place."""

from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

_LINE = Side(style="thin", color="FF78879A")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HEAD = PatternFill("solid", fgColor="FFE9EDF2")

_FIGURES = (
    ("Поступило сообщений", "{{поступило}}"),
    ("из них повторных", "{{повторных}}"),
    ("Дано ответов", "{{отвечено}}"),
    ("Дано промежуточных ответов", "{{промежуточных}}"),
    ("Не подлежат ответу (п. 17)", "{{исключено}}"),
    ("Ответ в срок, обычная важность (п. 8)", "{{в_срок_8}}"),
    ("Ответ с нарушением срока (п. 8)", "{{нарушено_8}}"),
    ("Ответ в срок, повышенная важность (п. 9)", "{{в_срок_9}}"),
    ("Ответ с нарушением срока (п. 9)", "{{нарушено_9}}"),
    ("Рабочее время ответа, медиана, мин", "{{медиана_ответа_мин}}"),
    ("Открыто на время составления", "{{открыто}}"),
    ("Ответ просрочен на время составления", "{{просрочено}}"),
)
_DEPARTMENTS = ("Отдел", "Поступило", "Отвечено", "Возвращено", "В срок", "Нарушено")
_TOPICS = ("Тема", "Поступило", "Отвечено")


def daily() -> bytes:
    """The figures of a day."""
    book, sheet = _begun("Ежедневная форма", "{{с}}")
    _figures(sheet)
    return _saved(book)


def weekly() -> bytes:
    """The figures of a week, departments and topics."""
    book, sheet = _begun("Еженедельная форма", "с {{с}} по {{по}}")
    _figures(sheet)
    for head, name in ((_DEPARTMENTS, "отдел"), (_TOPICS, "тема")):
        sheet.append([])
        sheet.append(list(head))
        for cell in sheet[sheet.max_row]:
            cell.font, cell.fill, cell.border = Font(bold=True), _HEAD, _BOX
        sheet.append(
            [f"{{{{{name}.название}}}}", *(f"{{{{{name}.{title.lower().replace(' ', '_')}}}}}" for title in head[1:])]
        )
        for cell in sheet[sheet.max_row]:
            cell.border = _BOX
    return _saved(book)


def _begun(title: str, days: str) -> tuple[Workbook, Worksheet]:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Форма"
    sheet.append([f"{title} о работе с сообщениями граждан в социальных сетях, {days}"])
    sheet.append(["Составлено {{составлено}}"])
    sheet.append([])
    sheet["A1"].font = Font(bold=True, size=13)
    sheet.column_dimensions["A"].width = 52
    for column in "BCDEF":
        sheet.column_dimensions[column].width = 13
    sheet.page_setup.paperSize, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 9, 1, 0
    return book, sheet


def _figures(sheet: Worksheet) -> None:
    for line in _FIGURES:
        sheet.append(list(line))
        name, value = sheet[sheet.max_row][:2]
        name.border = value.border = _BOX
        value.alignment = Alignment(horizontal="right")


def _saved(book: Workbook) -> bytes:
    file = BytesIO()
    book.save(file)
    return file.getvalue()
