"""The form of a source in which a person enters an answer: which fields it asks for, in which order. Pure."""

from osm.regulation.errors import MissingInput
from osm.regulation.words import Labelled


class Asked(Labelled):
    """What a form can ask of an answer, in the usual order."""

    NUMBER = "number", "Номер"
    KIND = "kind", "Вид ответа"
    TEXT = "text", "Текст ответа"
    LINK = "link", "Ссылка на ответ"
    TIME = "time", "Время ответа"
    BY = "by", "Кто ответил"


MOST_LETTERS = 1000
_KNOWN = ", ".join(f"«{one.label}»" for one in Asked)


def form_of(lines: str) -> list[tuple[str, Asked]]:
    """Fields with their labels, a line each: «Текст ответа», or under another name «Результат = Текст ответа». No line:
    all, in the usual order. Raises MissingInput."""
    if len(lines) > MOST_LETTERS:
        raise MissingInput("form", f"Длиннее {MOST_LETTERS} знаков. Сократите.")
    return [_field(line) for line in lines.splitlines() if line.strip()] or [(one.label, one) for one in Asked]


def _field(line: str) -> tuple[str, Asked]:
    named, _, asked = (part.strip() for part in line.rpartition("="))
    found = next((one for one in Asked if one.label.casefold() == asked.casefold()), None)
    if found is None:
        words = (
            f"Строка «{line.strip()}» не понята. Поля: {_KNOWN}; под своим названием: «Результат = {Asked.TEXT.label}»."
        )
        raise MissingInput("form", words)
    return named or found.label, found
