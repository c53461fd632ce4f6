"""The help is searched by the words of a question in whatever form; titles count for more than texts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from osm.services.reading.search_words import from_first_hit, marked, question_of, words_of

SHOWN = 30
_EXCERPT = 220
_ANSWERS_ALL, _IN_TITLE = 100, 10


@dataclass(frozen=True, slots=True)
class Text:
    """What can be found: where it stands, its title, its text without marks."""

    address: str
    title: str
    text: str
    what: str = ""
    """What it is, in a word or two."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that was found; title and excerpt in pieces, True: a word that was asked for."""

    address: str
    what: str
    title: tuple[tuple[str, bool], ...]
    excerpt: tuple[tuple[str, bool], ...]


def search(texts: Iterable[Text], asked: str) -> list[Hit]:
    """Texts with all the words, those with the most of them in their title first.

    Where none has them all, those that have some.
    """
    question = question_of(asked)
    if not question:
        return []
    scored = [(score, text) for text in texts if (score := _score(text, question))]
    whole = [found for found in scored if found[0] >= _ANSWERS_ALL]
    ranked = sorted(whole or scored, key=lambda found: (-found[0], found[1].title))
    return [_hit(text, question) for _, text in ranked[:SHOWN]]


def _score(text: Text, question: tuple[tuple[str, ...], ...]) -> int:
    title, words = _words(text.title), _words(text.text)
    in_title = sum(not title.isdisjoint(forms) for forms in question)
    anywhere = sum(not (title | words).isdisjoint(forms) for forms in question)
    return anywhere and (_ANSWERS_ALL if anywhere == len(question) else 0) + _IN_TITLE * in_title + anywhere


def _hit(text: Text, question: tuple[tuple[str, ...], ...]) -> Hit:
    excerpt = from_first_hit(text.text, question) or text.text
    cut = excerpt if len(excerpt) <= _EXCERPT else f"{excerpt[:_EXCERPT].rsplit(' ', 1)[0]} …"
    return Hit(text.address, text.what, marked(text.title, question), marked(cut, question))


@lru_cache(maxsize=2_000)
def _words(text: str) -> frozenset[str]:
    return frozenset(words_of(text))
