"""The fields of an export, and which column holds which."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, get_args

from osm.connectors.incident_file.cells import as_line

# --- Fields of a message and the headings of their columns: synonyms, then stems of unlisted ones
Kind = Literal["text", "url", "date", "network", "line"]


@dataclass(frozen=True, slots=True)
class Stems:
    """A heading fits if each of `words` begins one of its words and no word begins with one of `but`."""

    words: tuple[str, ...]
    but: tuple[str, ...] = ()

    def fit(self, heading: str) -> bool:
        parts = heading.split()
        return all(any(part.startswith(stem) for part in parts) for stem in self.words) and not any(
            part.startswith(stem) for stem in self.but for part in parts
        )


@dataclass(frozen=True, slots=True)
class Field:
    """`synonyms` and `stems`: the earlier one wins where two columns would fit."""

    label: str
    kind: Kind
    synonyms: tuple[str, ...]
    stems: tuple[Stems, ...] = ()


NOT_ANSWER = ("ответственн", "ответить")  # begin like «ответ» and are none

FIELDS: dict[str, Field] = {
    "number": Field(
        "Номер", "line",
        ("номер инцидента", "id инцидента", "номер сообщения", "id сообщения", "№ инцидента", "№ сообщения", "номер",
         "id",
         "ид", "идентификатор", "рег №", "регистрационный номер", "номер обращения", "№", "n", "incident id", "number"),
        (Stems(("инцидент",), but=("дат", "врем", "текст", "ссылк", "тем", "стат", "описан", "автор", "url")),
         Stems(("номер",), but=("телефон", "дом", "дел", "автор", "ответ", "пост", "групп", "стран")),
         Stems(("идентификатор",), but=("автор", "пост", "групп")),
         Stems(("№",), but=("телефон", "дом")),
         Stems(("id",), but=("автор", "пост", "групп", "сообществ", "author", "post", "group"))),
    ),
    "text": Field(
        "Текст сообщения", "text",
        ("текст сообщения", "текст", "текст инцидента", "сообщение", "сообщение полностью", "описание",
         "описание проблемы",
         "содержание", "текст обращения", "комментарий", "text", "message"),
        (Stems(("текст",), but=("ответ",)), Stems(("сообщени",), but=("ответ", "дат", "врем", "тем", "автор", "стат",
         "тип")),
         Stems(("содержани",), but=("ответ",)), Stems(("описани",), but=("ответ",)), Stems(("суть",))),
    ),
    "url": Field(
        "Ссылка на сообщение", "url",
        ("ссылка на сообщение", "ссылка", "url", "адрес сообщения", "ссылка на инцидент", "ссылка на комментарий",
         "ссылка на пост", "ссылка на публикацию", "ссылка на источник", "источник ссылка", "источник url",
         "url сообщения", "link", "источник"),
        (Stems(("ссылк",), but=("ответ", "автор", "профил", "аккаунт", "фото", "влож")),
         Stems(("url",), but=("ответ", "автор", "профил", "author", "фото")),
         Stems(("гиперссылк",), but=("ответ", "автор", "профил"))),
    ),
    "network": Field(
        "Соцсеть", "network",
        ("соцсеть", "социальная сеть", "площадка", "тип источника", "сеть", "источник", "название источника", "канал",
         "тип площадки", "network", "source"),
        (Stems(("соцсет",)), Stems(("сет",), but=("автор", "электр", "тепл", "водо")),
         Stems(("площадк",), but=("адрес", "детск")),
         Stems(("источник",), but=("ссылк", "url")), Stems(("канал",), but=("номер",)), Stems(("мессенджер",))),
    ),
    "published_at": Field(
        "Опубликовано", "date",
        ("дата публикации", "дата создания", "опубликовано", "дата и время публикации", "дата и время создания",
         "время публикации", "создано", "дата размещения", "дата сообщения", "дата поста", "дата и время", "дата",
         "date"),
        (Stems(("публикац",), but=("ссылк", "ответ", "url", "id", "тип", "автор")),
         Stems(("опубликован",), but=("ответ",)),
         Stems(("создан",), but=("кем", "автор", "ответ")), Stems(("размещен",), but=("ответ", "ссылк"))),
    ),
    "received_at": Field(
        "Поступило в ИМ", "date",
        ("дата поступления", "дата регистрации", "дата и время поступления", "дата и время регистрации", "поступило",
         "зарегистрировано", "время поступления", "время регистрации", "дата получения", "поступление", "регистрация"),
        (Stems(("поступ",), but=("канал", "способ", "от")), Stems(("регистрац",), but=("номер", "№", "адрес")),
         Stems(("зарегистрирован",), but=("кем",)), Stems(("получен",), but=("ответ", "кем"))),
    ),
    "deadline_at": Field(
        "Срок источника", "date",
        ("срок", "срок ответа", "ответить до", "дедлайн", "срок исполнения", "исполнить до", "срок до",
         "контрольный срок",
         "контрольная дата", "крайний срок", "deadline"),
        (Stems(("срок",)), Stems(("дедлайн",)), Stems(("ответить",)), Stems(("исполнить",)), Stems(("контрольн",
         "дат"))),
    ),
    "author": Field(
        "Автор", "line",
        ("автор", "имя автора", "автор сообщения", "фио автора", "ник автора", "пользователь", "заявитель", "author"),
        (Stems(
            ("автор",), but=("ссылк", "профил", "url", "id", "ответ", "тип", "подписч", "аккаунт", "страниц", "оценк")
         ),
         Stems(("заявител",), but=("оценк",)), Stems(("пользовател",), but=("ссылк", "профил", "url"))),
    ),
    "author_url": Field(
        "Профиль автора", "url",
        ("профиль автора", "ссылка на автора", "ссылка на профиль автора", "ссылка на профиль", "профиль",
         "страница автора", "аккаунт автора", "url автора", "автор ссылка", "автор url", "author url"),
        (Stems(("автор", "ссылк")), Stems(("автор", "url")), Stems(("автор", "профил")), Stems(("автор", "аккаунт")),
         Stems(("автор", "страниц")), Stems(("профил",)), Stems(("пользовател", "ссылк"))),
    ),
    "municipality": Field(
        "Муниципалитет", "line",
        ("муниципальное образование", "муниципалитет", "мо", "территория", "район", "городской округ",
         "населенный пункт",
         "город"),
        (Stems(("муниципал",)), Stems(("территор",)), Stems(("район",)), Stems(("округ",))),
    ),
    "place": Field(
        "Место", "line",
        ("адрес", "место события", "адрес проблемы", "место", "локация", "адрес события", "улица", "местоположение"),
        (Stems(("адрес",), but=("автор", "электрон", "почт", "ссылк", "сайт")), Stems(("место",), but=("работ",)),
         Stems(("локац",)), Stems(("местоположен",)), Stems(("улиц",))),
    ),
    "topic": Field(
        "Тема", "line",
        ("группа тем", "тема", "категория", "тематика", "рубрика", "тема сообщения", "topic"),
        (Stems(("тем",)), Stems(("категор",)), Stems(("рубрик",))),
    ),
    "subtopic": Field(
        "Подтема", "line",
        ("подтема", "подкатегория", "подрубрика", "вопрос", "тема", "subtopic"),
        (Stems(("подтем",)), Stems(("подкатегор",)), Stems(("подрубрик",))),
    ),
    "responsible": Field(
        "Ответственный", "line",
        ("ответственный", "исполнитель", "ведомство", "организация", "ответственное ведомство",
         "ответственный исполнитель",
         "орган власти", "подразделение", "отдел"),
        (Stems(("ответственн",)), Stems(("исполнител",)), Stems(("ведомств",)), Stems(("организац",)),
         Stems(("подразделен",)), Stems(("отдел",))),
    ),
    "curator": Field("Куратор", "line", ("куратор", "куратор направления"), (Stems(("куратор",)),)),
    "status": Field(
        "Статус", "line",
        ("статус", "статус инцидента", "статус сообщения", "состояние", "status"),
        (Stems(("статус",), but=("автор",)), Stems(("состояни",))),
    ),
    "important": Field(
        "Важность", "line",
        ("повышенная важность", "важность", "приоритет", "критичность", "срочность", "уровень важности", "priority"),
        (Stems(("важност",)), Stems(("приоритет",)), Stems(("критич",)), Stems(("срочност",))),
    ),
    "is_repeat": Field(
        "Повторное", "line", ("повторный", "повторное", "повторное сообщение", "повторное обращение", "повтор"),
        (Stems(("повтор",), but=("номер", "№", "дат", "ссылк")),),
    ),
    "answer": Field(
        "Ответ", "line",
        ("ответ", "текст ответа", "ответ ведомства", "ответ автору", "опубликованный ответ"),
        (Stems(("ответ", "текст"), but=NOT_ANSWER),
         Stems(
             ("ответ",), but=("дат", "врем", "ссылк", "url", "срок", "статус", "автор", "кем", "оценк", *NOT_ANSWER)
         )),
    ),
    "answered_at": Field(
        "Дата ответа", "date",
        ("дата ответа", "дата и время ответа", "время ответа", "дата публикации ответа", "ответ дата"),
        (Stems(("ответ", "дат"), but=NOT_ANSWER), Stems(("ответ", "врем"), but=NOT_ANSWER)),
    ),
    "answer_url": Field(
        "Ссылка на ответ", "url",
        ("ссылка на ответ", "ответ ссылка", "url ответа", "адрес ответа"),
        (Stems(("ответ", "ссылк")), Stems(("ответ", "url"))),
    ),
    "rating": Field(
        "Оценка автора", "line",
        ("оценка", "оценка автора", "оценка заявителя", "оценка ответа", "решено", "проблема решена", "вопрос решен",
         "удовлетворенность", "удовлетворен"),
        (Stems(("оценк",), but=("дат", "врем", "тон", "важн")), Stems(("удовлетвор",), but=("дат",)),
         Stems(("решен",), but=("решени", "дат", "срок", "кем", "статус"))),
    ),
    "tone": Field("Тональность", "line", ("тональность", "тон", "окраска"), (Stems(("тональн",)),)),
}  # fmt: skip
"""Attribute of IncomingMessage → its column, in the order in which they choose."""

SYNONYMS = frozenset(synonym for field in FIELDS.values() for synonym in field.synonyms)
LONGEST_HEADING = 80  # characters

COUNTER = re.compile(r"(?:^|\b)(?:п п|пп|порядковый|строки|записи по порядку)\b")
"""A mere count of rows. No number of an incident: tomorrow's file begins with 1 again."""
MAYBE_COUNTER = frozenset(("№", "n"))  # may be such a count: the content decides


# --- Which column holds what: found by headings and content, corrected by a person, kept as JSON for the next file
FoundBy = Literal["synonym", "stem", "content", "person", "saved"]

HOW: dict[FoundBy, str] = {
    "synonym": "по названию столбца",
    "stem": "по похожему названию",
    "content": "по содержимому столбца",
    "person": "указано вами",
    "saved": "как в прошлый раз",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Where a field is taken from. `column` counts from 0; None: a person decided that the field has no column."""

    column: int | None
    heading: str
    found_by: FoundBy


@dataclass(frozen=True)
class Mapping:
    """Field → choice. A field without a choice was not found."""

    sheet: str
    header_row: int  # number of the row with the headings, as in Row.number
    headings: tuple[str, ...]
    choices: MappingType[str, Choice] = field(default_factory=dict)

    def column(self, name: str) -> int | None:
        choice = self.choices.get(name)
        return choice.column if choice else None

    @cached_property
    def fields(self) -> dict[str, int]:
        """Field → column, only where there is one."""
        return {name: choice.column for name, choice in self.choices.items() if choice.column is not None}

    @property
    def missing(self) -> tuple[str, ...]:
        """What a message cannot do without and has no column; empty when the file can be imported."""
        found = self.fields
        lacks = [] if "text" in found else [FIELDS["text"].label.lower()]
        if not {"number", "url"} & found.keys():
            lacks.append("номер или ссылка")
        return tuple(lacks)

    def has_headings_of(self, other: Mapping) -> bool:
        """The same headings, in any order. Columns without a heading do not count."""
        return given_names(self.headings) == given_names(other.headings)

    def is_like(self, other: Mapping) -> bool:
        """The same headings, and each field of the other mapping has the column with the same heading here."""
        return self.has_headings_of(other) and all(
            name in self.choices and self.choices[name].heading == choice.heading
            for name, choice in other.choices.items()
        )

    def assign(self, name: str, column: int | None) -> Mapping:
        """The mapping after a person gave `name` this column (None: no column at all). Another field that had the
        column loses it. Raises KeyError for an unknown field, IndexError for a column that the table has not."""
        if name not in FIELDS:
            raise KeyError(name)
        heading = "" if column is None else self.headings[column]
        choices = {
            other: Choice(None, "", "person") if choice.column == column and column is not None else choice
            for other, choice in self.choices.items()
        }
        choices[name] = Choice(column, heading, "person")
        return replace(self, choices=choices)

    def to_json(self) -> dict[str, Any]:
        return {
            "sheet": self.sheet,
            "header_row": self.header_row,
            "headings": list(self.headings),
            "fields": {
                name: {"column": choice.column, "heading": choice.heading, "found_by": choice.found_by}
                for name, choice in self.choices.items()
            },
        }

    @classmethod
    def from_json(cls, value: MappingType[str, Any]) -> Mapping:
        """Fields that this version does not know are left out. Raises ValueError for what is no mapping."""
        try:
            headings = tuple(str(heading) for heading in value["headings"])
            choices = {
                name: _choice(choice, len(headings)) for name, choice in value["fields"].items() if name in FIELDS
            }
            return cls(str(value["sheet"]), int(value["header_row"]), headings, choices)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("это не разметка столбцов") from error


def _choice(value: MappingType[str, Any], columns: int) -> Choice:
    column, found_by = value["column"], value["found_by"]
    if found_by not in get_args(FoundBy) or not (column is None or (isinstance(column, int) and 0 <= column < columns)):
        raise ValueError("это не разметка столбцов")
    return Choice(column, str(value["heading"]), found_by)


def given_names(headings: Sequence[str]) -> frozenset[str]:
    """Headings that the file has itself, without the names of columns that have none."""
    return frozenset(name for column, name in enumerate(headings) if name != _unnamed(column))


def heading_names(cells: tuple[Any, ...], width: int) -> tuple[str, ...]:
    """Headings as one line each, all different: a column without one is «Столбец 3», a second «Тема» is «Тема (2)»."""
    names: list[str] = []
    for column in range(width):
        name = as_line(cells[column]) if column < len(cells) else ""
        name = name or _unnamed(column)
        count = 2
        unique = name
        while unique in names:
            unique, count = f"{name} ({count})", count + 1
        names.append(unique)
    return tuple(names)


def _unnamed(column: int) -> str:
    return f"Столбец {column + 1}"
