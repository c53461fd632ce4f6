"""One act, one word: a button with the word of an act does that act, and an act has no second word."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from osm.messages.views.steps import STEPS
from osm.plan.rules import PlanAct
from osm.regulation.words import Action
from osm.settings import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

ACTS: dict[str, str] = {
    "Согласовать": r"approve|save",
    "Утвердить": r"blacklist\.approve",
    "Направить": r"route",
    "Исключить": r"exclude",
    "Опубликовать": r"publish|set_time|release",
    "Запланировать": r"set_time",
    "Удалить": r"decide|discard",
    "Доложить": r"danger\.decide|report",
    "Вернуть на доработку": r"give_back|return",
    "Скачать": r"file",
}
"""The word that a button begins with → the views that such a form may go to. What saves and approves is one press."""
PRESSED = ("Согласовать", "Утвердить", "Исключить", "Удалить", "Снять", "Вернуть на доработку")
"""A link opens something: it never has the word of what is only pressed. A review is opened by «Рассмотреть»."""
SECOND = {
    "Исправить и согласовать": "Поправить и согласовать",
    "Согласовать с правками": "Поправить и согласовать",
    "На согласование": "Отправить на согласование",
    "Вернуть исполнителю": "Вернуть на доработку",
    "Вернуть с замечаниями": "Вернуть на доработку",
    "Выпустить": "Опубликовать",
    "Отправить главе": "Доложить главе",
    "Перенаправить": "Передать другому",
    "Выгрузить": "Скачать",
    "Документ (DOCX)": "Скачать DOCX",
    "Создать": "Добавить",
}
"""A word that somebody used → the word of that act."""


def bare(text: str) -> str:
    text = re.sub(r"\{\{\s*icon\(.*?\}\}|\{#.*?#\}|\{%.*?%\}|<[^>]+>", " ", text, flags=re.DOTALL)
    return " ".join(text.split())


def buttons(page: str) -> Iterator[tuple[str, str]]:
    """The words of each button of a form, and the view that it goes to; "" if the template does not say."""
    for form in re.findall(r"<form\b.*?</form>", page, re.DOTALL):
        here = re.search(r"\baction=\"\{\{ url_for\(\s*['\"]([\w.]+)", form)
        for head, text in re.findall(r"<button\b((?:\{\{.*?\}\}|\{%.*?%\}|[^>])*)>(.*?)</button>", form, re.DOTALL):
            there = re.search(r"formaction=\"\{\{ url_for\(\s*['\"]([\w.]+)", head) or here
            if " form=" not in head:
                yield bare(text), there[1] if there else ""


@pytest.mark.parametrize("word", ACTS)
def test_a_word_does_its_act(word: str) -> None:
    found = {(text, view) for path in TEMPLATES for text, view in buttons(path.read_text()) if text.startswith(word)}
    assert found or word in ("Опубликовать", "Скачать"), "the table has a word that no button has"
    assert {one for one in found if one[1] and not re.search(ACTS[word], one[1])} == set()


def test_a_link_that_opens_has_no_word_of_a_press() -> None:
    for path in TEMPLATES:
        for text in re.findall(r"<a class=\"btn\b(?:\{\{.*?\}\}|[^>])*>(.*?)</a>", path.read_text(), re.DOTALL):
            assert not bare(text).startswith(PRESSED), (path.name, bare(text))


def test_no_act_has_a_second_word() -> None:
    labels = [*Action.labels().values(), *PlanAct.labels().values(), *(step.button for step in STEPS.values())]
    for path in TEMPLATES:
        shown = re.findall(
            r"<(button|summary|a)\b(?:\{\{.*?\}\}|\{%.*?%\}|[^>])*>(.*?)</\1>", path.read_text(), re.DOTALL
        )
        labels += [bare(text) for tag, text in shown]
    wrong = {text: word for text in labels for second, word in SECOND.items() if text.startswith(second)}
    assert wrong == {}
