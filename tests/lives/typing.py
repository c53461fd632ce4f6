"""What people type into a field, by its kind and its name: good, bad, nothing at all."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.emulators.vk import KEYS
from tests.lives.pages import Control
from tests.pictures import picture

ANSWERS = (
    "Здравствуйте! Управление ЖКХ засыплет яму на Калининской, 12 до 4 декабря 2026 года.",
    "Здравствуйте, Анна! Управление дорог: яму заделали 24 ноября, фото приложено.",
    "Здравствуйте! Спасибо за вопрос, разберёмся.",
    "яму видели, сделаем когда-нибудь",
    "Здравствуйте! Администрация округа выделила 3 машины, работы закончим 30.11.2026. Телефон 8 (000) 111-11-11.",
)
WORDS = ("Так решено сегодня", "Уточните срок", "Проверено по журналу", "Не наше", "Сделано 24 ноября", "²½ № 7 «ё» 😀")
LINKS = (
    "https://vk.com/wall-990000001_12?reply=34",
    "https://ok.ru/group/990000000002/topic/1",
    "https://vk.com/id100500",
    "http://пример.рф/1",
    "не ссылка",
)
BY_NAME: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"^key-", tuple(KEYS.values())),
    (r"^(text|text_\d|sample|facts)$", ANSWERS),
    (r"url|link|profile$|post$|site", LINKS),
    (r"phone", ("8 (000) 111-11-11", "8-000-222", "")),
    (r"email", ("anna@example.org", "anna@")),
    (r"^id$", ("200000001", "990000001", "12а", "0")),
    (r"inn", ("2507000000", "7707083893", "12")),
    (r"hours|minute|order_no|how_many|number|months|header_row|weekday", ("1", "2", "8:30–17:30", "0", "24", "²")),
    (r"name|title|heading|position|by$", ("Ремонт дорог", "Пётр Иванов", "Каток", "О")),
)
"""The first pattern that is found in the name; WORDS where there is none."""
HEADINGS = "Номер инцидента;Дата публикации;Дата поступления;Соцсеть;Ссылка на сообщение;Автор;Текст сообщения;Статус"
BOTH = "990002;25.11.2026 08:15;25.11.2026 08:30;ВКонтакте"
TABLES = (
    (
        "990001;25.11.2026 08:10;25.11.2026 08:20;ВКонтакте;https://vk.com/wall-1_71;Иван Ким;Нет света;Новый",
        f"{BOTH};https://vk.com/wall-1_72;Мария Ли;Когда почистят снег?;Новый",
        ";;;;;;;",
    ),
    (
        "990001;25.11.2026 08:10;25.11.2026 08:20;ВКонтакте;https://vk.com/wall-1_71;Иван Ким;Света нет;В работе",
        f"{BOTH};https://vk.com/wall-1_99;Другой;Где автобус до вокзала?;Новый",
        "990003;32.11.2026;;Одноклассники;https://ok.ru/group/1/topic/2;;Вы твари, дайте воду;Новый",
    ),
)
"""Rows of an export, and of the next day's: a message has changed, a number belongs to another, a date is wrong."""
COMMENTS = '{"network": "vk", "id": "777", "text": "Сволочи, где вода?", "url": "https://vk.com/wall-1_777"}\n'


def typed(one: Control, dice: Random, now: datetime) -> str | None:
    """The value of the field when the form is sent; None: it is not sent. `now`: local."""
    if one.kind == "checkbox":
        chosen = one.value is not None if dice.random() < 0.6 and "required" not in one.given else True
        return one.options[0] if chosen else None
    if one.kind == "select":
        return dice.choice(one.options) if one.options and dice.random() < 0.7 else one.value
    if one.value and dice.random() < 0.6:
        return one.value
    if "required" not in one.given and dice.random() < 0.35:
        return one.value or ""
    found = _of_kind(one, dice, now)
    return dice.choice(_of_name(one.name)) if found is None else found


def _of_kind(one: Control, dice: Random, now: datetime) -> str | None:
    day = now + timedelta(days=dice.choice((-7, -1, 0, 0, 1, 2, 9, 40)))
    if one.kind == "date":
        return f"{day:%Y-%m-%d}"
    if one.kind == "datetime-local":
        when = now + timedelta(minutes=dice.choice((-3000, -90, -20, -1, 0, 30, 300, 4000)))
        return f"{when:%Y-%m-%dT%H:%M}"
    if one.kind == "time":
        return f"{dice.randint(0, 23):02}:{dice.choice((0, 15, 30)):02}"
    if one.kind == "number":
        low, high = (int(one.given.get(name) or other) for name, other in (("min", 0), ("max", 30)))
        return str(dice.randint(low, max(low, high)))
    return None


def _of_name(name: str) -> tuple[str, ...]:
    return next((words for pattern, words in BY_NAME if re.search(pattern, name)), WORDS)


def a_file(accept: str, dice: Random) -> tuple[Any, str]:
    """A file as the field takes it."""
    if "jsonl" in accept:
        return io.BytesIO(COMMENTS.encode()), "comments.jsonl"
    if "image" in accept or ".jpg" in accept:
        return io.BytesIO(picture()), "яма.png"
    if accept and ".csv" not in accept:
        return io.BytesIO(b"not what was asked for"), "file" + accept.partition(",")[0]
    rows = dice.choice(TABLES)
    return io.BytesIO("\n".join((HEADINGS, *rows)).encode()), f"export-{TABLES.index(rows)}.csv"
