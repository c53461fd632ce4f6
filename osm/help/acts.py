"""Memos and questions of the press centre: written, edited with all editions kept, archived, restored (Пр.1.2.2); the
search in the help.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from markupsafe import Markup
from sqlalchemy import select

from osm.base.database import add_row, db
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.check.acts.index import from_first_hit, marked, question_of, words_of
from osm.documents import in_child
from osm.flow.acts.act import required
from osm.flow.acts.moving import locked, one_line, settle, write_into
from osm.log.acts.record import record
from osm.models import HelpEdition, HelpKind, HelpPage, Topic, User
from osm.regulation.errors import MissingInput, one_of, refuse

# --- Memos and questions
LONGEST_TITLE, LONGEST_TEXT = 200, 30_000

_KINDS = "Выберите: памятка или вопрос."


def write(*, kind: str, title: str, text: str, topic_ids: Collection[int], actor: User, now: datetime) -> HelpPage:
    """Raises MissingInput, which names the field."""
    title, text, of = _title(title), _text(text), one_of("kind", kind, HelpKind, _KINDS)
    with transaction():
        page = HelpPage(kind=of, title=title, text=text, written_at=now, written_by=actor)
        page.topics = _topics(topic_ids, ())
        add_row(page)
        _keep(page)
        record("write_help", at=now, actor=actor, about=page)
        return page


def edit(
    page_id: int, version: int, *, kind: str, title: str, text: str, topic_ids: Collection[int], actor: User,
    now: datetime,
) -> HelpPage:  # fmt: skip
    """The previous text stays as an edition. Raises MissingInput, StaleVersion."""
    title, text, of = _title(title), _text(text), one_of("kind", kind, HelpKind, _KINDS)
    with transaction():
        page = locked(HelpPage, page_id, version, "Страница помощи")
        given = {"kind": of, "title": title, "text": text}
        topics = _topics(topic_ids, page.topics)
        edited = write_into(page, given)
        if {one.id for one in topics} != {one.id for one in page.topics}:
            edited.append("topics")
        page.topics = topics
        if {"title", "text"}.intersection(edited):
            page.written_at, page.written_by = now, actor
            db.session.flush()
            _keep(page)
        settle("edit_help", page, {"fields": ([], edited)}, actor=actor, now=now)
        return page


def preview(text: str) -> Markup:
    """The text as HTML, not stored. Raises MissingInput as saving does."""
    return in_child.read_html(_text(text))


def archive(page_id: int, version: int, *, actor: User, now: datetime) -> HelpPage:
    """Show it only to the press centre. Raises StaleVersion."""
    return _put(page_id, version, "archive_help", now, actor, now)


def restore(page_id: int, version: int, *, actor: User, now: datetime) -> HelpPage:
    """Show it to all again. Raises StaleVersion."""
    return _put(page_id, version, "restore_help", None, actor, now)


def _put(page_id: int, version: int, action: str, archived_at: datetime | None, actor: User, now: datetime) -> HelpPage:
    with transaction():
        page = locked(HelpPage, page_id, version, "Страница помощи")
        ServiceError.when((page.archived_at is None) == (archived_at is None), "Это уже сделано. Ничего не изменено.")
        page.archived_at = archived_at
        settle(action, page, {}, actor=actor, now=now)
        return page


def _keep(page: HelpPage) -> None:
    """Store the present text as the next edition."""
    last = db.session.scalar(
        select(HelpEdition.number).where(HelpEdition.page_id == page.id).order_by(HelpEdition.number.desc()).limit(1)
    )
    about = {"title": page.title, "text": page.text, "at": page.written_at, "by": page.written_by}
    db.session.add(HelpEdition(page_id=page.id, number=(last or 0) + 1, **about))


def _title(title: str) -> str:
    return one_line("title", "Название", title, LONGEST_TITLE, missing="Назовите страницу.")


def _text(text: str) -> str:
    """The text to store. Raises MissingInput if it is empty, too long, or its Markdown cannot be read."""
    said = required("text", text, "Напишите текст.")
    refuse("text", len(said) > LONGEST_TEXT, f"Текст длиннее {LONGEST_TEXT} знаков. Разделите его на две страницы.")
    try:
        in_child.read_html(said)
    except in_child.ContentRefused as refused:
        raise MissingInput("text", str(refused)) from refused
    return said


def _topics(topic_ids: Collection[int], chosen: Collection[Topic]) -> list[Topic]:
    """The topics; an archived one is allowed only if it was chosen before. Raises MissingInput."""
    found = list(db.session.scalars(select(Topic).where(Topic.id.in_(topic_ids)).order_by(Topic.name)))
    kept = {one.id for one in chosen}
    if len(found) != len(set(topic_ids)) or any(one.archived_at and one.id not in kept for one in found):
        raise MissingInput("topic", "Такой темы больше нет. Снимите отметку.")
    return found


# --- The search, by words in any form
SHOWN = 30
_EXCERPT = 220
_ANSWERS_ALL, _IN_TITLE = 100, 10


@dataclass(frozen=True, slots=True)
class Text:
    """A text to search: address, title, and the text without Markdown."""

    address: str
    title: str
    text: str
    what: str = ""  # what it is, in a word or two


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that was found; title and excerpt in pieces, True: a word of the question."""

    address: str
    what: str
    title: tuple[tuple[str, bool], ...]
    excerpt: tuple[tuple[str, bool], ...]


def search(texts: Iterable[Text], asked: str) -> list[Hit]:
    """Texts with all the words, most matches in the title first. If no text has all, those with some."""
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
