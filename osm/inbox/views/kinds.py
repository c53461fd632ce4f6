"""The kinds of rows of «Ждёт меня»: the filters above the list, and who shows the rows that are not messages."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from flask import Flask

from osm.base.application import Memory
from osm.flow.queries.duties import DUTIES, HURRY
from osm.inbox.queries import news

HANDOVER, UNCOVERED = -21, -22
"""Rows that are not read with the others: work of an absent person; a person without a substitute."""
COMMENTS, SOURCE, PLAN, NEWS, TASKS, BLACKLIST = -23, -24, -25, -26, -27, -28  # another list that is not empty


@dataclass(frozen=True, slots=True)
class Kind:
    """A filter. `key`: in the address; `duties`: numbers in DUTIES and kinds of `news`."""

    key: str
    label: str
    duties: frozenset[int]


def _verbs(*verbs: str) -> frozenset[int]:
    return frozenset(number for number, duty in enumerate(DUTIES) if duty.verb in verbs)


_NAMED = {"route": "Направить", "check": "Проверить", "review": "Рассмотреть", "publish": "Опубликовать"}

#: In the order of the page.
KINDS: tuple[Kind, ...] = (
    Kind("danger", "угроза жизни", frozenset({news.DANGER})),
    *(Kind(key, verb.lower(), _verbs(verb)) for key, verb in _NAMED.items()),
    Kind("answer", "подготовить", _verbs(*({duty.verb for duty in DUTIES} - {*_NAMED.values(), HURRY}))),
    Kind("handover", "передать", frozenset({HANDOVER, UNCOVERED})),
    Kind("urgent", "всплески, ЧС, смена, выгрузки", news.FIRST | {news.LOADING}),
    Kind("causes", "недостатки", frozenset({news.SHORTCOMING, news.MEMO})),
    Kind("instructions", "поручения", frozenset({news.INSTRUCTION})),
    Kind("promises", "обещания", frozenset({news.PROMISE})),
    Kind("notes", "вам написали", frozenset({news.NOTE})),
    Kind("network", "из соцсетей", frozenset({news.OFFER})),
    Kind("changes", "изменилось в ИМ", frozenset({news.EDITION, news.HELD_ROW})),
    Kind("complaints", "жалобы", frozenset({news.COMPLAINT})),
    Kind("facts", "помочь", frozenset({news.FACTS})),
    Kind("portal", "ПОС", frozenset({news.PORTAL})),
    Kind("neighbours", "организации", frozenset({news.NEIGHBOUR})),
    Kind("pages", "страницы", frozenset({news.PAGE_CHECK, news.PAGE_TASK, news.PAGE_KEY})),
    Kind("comments", "комментарии", frozenset({COMMENTS})),
    Kind("source", "внести в ИМ", frozenset({SOURCE})),
    Kind("plan", "план", frozenset({PLAN, NEWS, TASKS})),
    Kind("blacklist", "чёрный список", frozenset({BLACKLIST})),
)


@dataclass(frozen=True, slots=True)
class Queue:
    """Another list of the menu, one row here while something waits there."""

    path: str
    verb: str
    words: str
    query: str = ""  # of the link: what its page begins with


QUEUES: dict[int, Queue] = {
    COMMENTS: Queue("/moderation", "Разобрать", "Комментарии на проверке"),
    SOURCE: Queue("/im", "Внести в ИМ", "Ответы не внесены в «Инцидент Менеджмент»", "?copy=1"),
    PLAN: Queue("/plan", "Открыть", "Публикации ждут: согласовать, разместить или повторить"),
    NEWS: Queue("/plan/news", "Открыть", "Новости отделов"),
    TASKS: Queue("/plan/tasks", "Открыть", "Задания края"),
    BLACKLIST: Queue("/blacklist", "Рассмотреть", "Предложения в чёрный список"),
}


Load = Callable[[Collection[int]], Iterable[Any]]


_KINDS: Memory[dict[int, tuple[str, Load, Callable[[Any], Any]]]] = Memory(lambda _: {})


def show_kind(app: Flask, duty: int, template: str, load: Load, key: str = "id") -> None:
    """Show rows of this kind of `news` by this template. Declared by the screens of the subject. `load`: ids → what the
    template gets as `row`, also more than asked for; `key`: the attributes with the id in it, empty where it is the
    id."""
    _KINDS.get(app)[duty] = (template, load, attrgetter(key) if key else int)


def rows_of_kind(duty: int, ids: Collection[int]) -> tuple[str, dict[int, Any]]:
    """The template of a kind, and its rows by id."""
    template, load, key = _KINDS.get()[duty]
    return template, {key(row): row for row in load(ids)}
