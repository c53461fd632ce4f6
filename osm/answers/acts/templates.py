"""Check of an answer's text, reasons of interim answers, and answer templates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from moderation.text.morph import readings
from osm.base.database import add_row, db
from osm.base.errors import NotFound, ServiceError, WordsDestroyed, must_exist
from osm.base.transaction import transaction, unless_taken
from osm.check.acts.dictionary import library_with
from osm.flow.acts.act import required
from osm.flow.acts.moving import locked, one_line, plain, settle, write_into
from osm.log.acts.record import Change, record
from osm.models import AnswerTemplate, Draft, InterimExplanation, Message, Reply, TemplateUse, Topic, User
from osm.regulation.errors import MissingInput, one_of, refuse
from osm.regulation.words import InterimGround, InterimReason, ReplyKind, interim_grounds
from osm.wording import text as wording_text
from osm.wording.criteria import Answer, Criterion, Rudeness, check_answer
from osm.wording.criteria.term_words import Expression, find_terms
from osm.wording.style import StyleFinding, check_style
from osm.wording.text import AnswerText, Span

# --- Check of the text
_RUDE = frozenset({"profanity", "insult", "threat"})
MAX_CHECKED = 20_000  # in characters, as many as an answer may have


class WrongQuestion(ServiceError):
    """This text cannot be checked; `str` says why."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Findings of one text; spans are positions in it."""

    criteria: tuple[Criterion, ...]
    style: tuple[StyleFinding, ...]


def check(text: str, *, network: str, kind: ReplyKind, is_repeat: bool = False, attachments: int = 0) -> Checked:
    """Check П.16 (П.15 for a repeat) and the style of Пр.2.5; `network` sets the length. Raises WrongQuestion."""
    if len(text) > MAX_CHECKED:
        raise WrongQuestion(f"Ответ длиннее {MAX_CHECKED} знаков. Сократите его.")
    squeezed, places = _squeezed(text)
    read = wording_text.read(squeezed, readings)
    rudeness = [
        Rudeness(found.start, found.end, found.why)
        for found in library_with(()).judge(squeezed).findings
        # A veiled threat is for a person to judge: «найдём причину, придём во двор» is harmless from the office.
        if found.category in _RUDE and (found.category != "threat" or found.severity == "high")
    ]
    answer = Answer(read, network, kind, is_repeat, attachments, rudeness)
    criteria, style = check_answer(answer), check_style(read)
    if len(squeezed) == len(text):
        return Checked(criteria, style)

    def back(start: int, end: int) -> tuple[int, int, str]:
        first, last = places[start], places[end - 1] + 1 if end > start else places[start]
        return first, last, text[first:last]

    return Checked(
        tuple(replace(one, evidence=tuple(Span(*back(s.start, s.end)) for s in one.evidence)) for one in criteria),
        tuple(
            replace(one, start=place[0], end=place[1], fragment=place[2])
            for one in style
            for place in (back(one.start, one.end),)
        ),
    )


def words_of(text: str) -> AnswerText:
    """Words with their readings. Long runs of blanks are cut, so positions refer to the result's `source`."""
    return wording_text.read(_squeezed(text)[0], readings)


_BLANKS = re.compile(r"\s{3,}")


def _squeezed(text: str) -> tuple[str, list[int]]:
    """Cut long runs of blanks to two line ends, one, or a space; also return the old position of each character. The
    patterns would read ten thousand blanks again and again."""
    kept: list[int] = []
    until = 0
    for run in _BLANKS.finditer(text):
        kept += range(until, run.start())
        line_ends = [i for i in range(*run.span()) if text[i] == "\n"][:2]
        kept += line_ends or [run.start()]
        until = run.end()
    kept += range(until, len(text))
    return "".join([text[i] for i in kept]), [*kept, len(text)]


# --- Reason of a second interim answer, or of an interim answer to a repeat (П.13, П.15)
INTERIM_MAX_TEXT = 1000  # in characters


@dataclass(frozen=True, slots=True)
class Explained:
    """A reason. `text` is required if the code does not explain it."""

    reason: InterimReason
    text: str = ""


def explained(reason: str, text: str) -> Explained | None:
    """The chosen reason, or None. Raises MissingInput (`interim_text`) if the text is required and empty."""
    if reason not in set(InterimReason):
        return None
    text = plain(text).strip()
    refuse("interim_text", len(text) > INTERIM_MAX_TEXT, f"Причина длиннее {INTERIM_MAX_TEXT} знаков. Сократите.")
    if reason == InterimReason.OTHER and not text:
        raise MissingInput("interim_text", "Напишите своими словами, почему ответ снова промежуточный.")
    return Explained(InterimReason(reason), text)


def grounds_of(message: Message) -> tuple[InterimGround, ...]:
    published = {reply.kind for reply in message.replies if reply.published_at is not None}
    return interim_grounds(published, is_repeat=message.is_repeat)


def explain(
    message: Message, reply: Reply, given: Explained | None, *, actor: User, now: datetime
) -> dict[str, Change]:
    """Save the reason if one is needed, else delete it; return the changes. Raises MissingInput (`interim_reason`)."""
    grounds = grounds_of(message) if reply.kind is ReplyKind.INTERIM else ()
    kept = db.session.get(InterimExplanation, reply.id)
    if not grounds:
        if kept is not None:
            db.session.delete(kept)
        return {}
    if given is None:
        why = ", ".join(ground.label for ground in grounds)
        raise MissingInput("interim_reason", f"Выберите, почему ответ промежуточный: {why}. Остальное сохранено.")
    before = kept.reason if kept else None
    row = kept or InterimExplanation(reply_id=reply.id)
    row.grounds, row.reason, row.text = ",".join(grounds), given.reason, given.text
    row.given_at, row.given_by_id = now, actor.id
    add_row(row)
    return {"interim_reason": (before, row.reason), "interim_grounds": (None, row.grounds)}


def check_kept(reply: Reply) -> None:
    """The reason must be there: the message may have become a repeat since. Raises MissingInput (`draft_id`)."""
    grounds = grounds_of(reply.message) if reply.kind is ReplyKind.INTERIM else ()
    if grounds and db.session.get(InterimExplanation, reply.id) is None:
        why = ", ".join(ground.label for ground in grounds)
        words = f"Не указано, почему ответ промежуточный: {why}. Верните проект, причину выберет тот, кто его готовит."
        raise MissingInput("draft_id", words)


# --- Fields of templates
FIELDS: tuple[str, ...] = ("имя", "адрес", "отдел", "срок", "мера")
"""Author's name, place, department, term, measure; written in braces in a template."""

_FIELD = re.compile(r"\{\s*(" + "|".join(FIELDS) + r")\s*\}", re.IGNORECASE)
_ANY = re.compile(r"\{([^{}\n]{0,40})\}")
_BEFORE_A_TERM = re.compile(r"(?:не\s+позднее|до|ко?|со?|после)\s+", re.IGNORECASE)
_YEAR = re.compile(r"^\s+(?:год[ау]?\b|г\.(?=\s+[а-яё(])|г(?=\.))")


def unfilled(text: str) -> tuple[str, ...]:
    """Fields left in the text, without repeats, in order."""
    return tuple(dict.fromkeys(match[1].lower() for match in _FIELD.finditer(text)))


def unknown(text: str) -> tuple[str, ...]:
    """Texts in braces that are not fields, probably a typo."""
    return tuple(dict.fromkeys(match[0] for match in _ANY.finditer(text) if not _FIELD.fullmatch(match[0])))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Fill in the fields with known values; the others stay for the person."""
    return _FIELD.sub(lambda match: values.get(match[1].lower()) or match[0], text)


def braced(fields: tuple[str, ...]) -> str:
    """«{срок}, {мера}»."""
    return ", ".join(f"{{{field}}}" for field in fields)


def as_template(text: str, known: Mapping[str, str]) -> str:
    """Make a template from an answer: known values become fields again, as whole words. Dates become «{срок}»,
    otherwise a new answer would promise them again."""
    for field, value in known.items():
        if value:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", lambda _, name=field: f"{{{name}}}", text)  # type: ignore[misc]
    for start, end, kind in reversed(list(find_terms(text))):
        if kind is not Expression.LENGTH:
            before = _BEFORE_A_TERM.match(text, start, end)
            text = f"{text[: before.end() if before else start]}{{срок}}{_YEAR.sub('', text[end:], count=1)}"
    return text


# --- Answer templates
MAX_NAME = 120
TEMPLATES_MAX_TEXT = 4000  # in characters


def create_template(
    *, name: str, kind: str, topic_id: int | None, text: str, actor: User, now: datetime
) -> AnswerTemplate:
    """Raises MissingInput with the field that is wrong."""
    name, text = _name(name), _text(text)
    with unless_taken(_taken(name)), transaction():
        _check_new_name(name)
        template = AnswerTemplate(
            name=name, kind=reply_kind(kind), topic_id=_topic_id(topic_id), text=text, created_at=now,
            created_by_id=actor.id,
        )  # fmt: skip
        add_row(template)
        record("create_template", at=now, actor=actor, about=template)
        return template


def edit_template(
    template_id: int, version: int, *, name: str, kind: str, topic_id: int | None, text: str, actor: User, now: datetime
) -> AnswerTemplate:
    """Change the template; answers made from it do not change. Raises MissingInput, StaleVersion."""
    name, text = _name(name), _text(text)
    with unless_taken(_taken(name)), transaction():
        template = locked(AnswerTemplate, template_id, version, "Шаблон")
        if template.archived_at is None:
            _check_new_name(name, template_id)
        given = {"name": name, "kind": reply_kind(kind), "topic_id": topic_id, "text": text}
        if topic_id != template.topic_id:
            _topic_id(topic_id)
        settle("edit_template", template, {"fields": ([], write_into(template, given))}, actor=actor, now=now)
        return template


def archive_template(template_id: int, version: int, *, actor: User, now: datetime) -> AnswerTemplate:
    with transaction():
        template = locked(AnswerTemplate, template_id, version, "Шаблон")
        template.archived_at = now
        settle("archive_template", template, {}, actor=actor, now=now)
        return template


def restore_template(template_id: int, version: int, *, actor: User, now: datetime) -> AnswerTemplate:
    """Offer the template again. Raises MissingInput if another one has the name now."""
    with transaction():
        template = locked(AnswerTemplate, template_id, version, "Шаблон")
        _check_new_name(template.name, template_id)
        template.archived_at = None
        settle("restore_template", template, {}, actor=actor, now=now)
        return template


def use_template(template_id: int, reply_id: int, *, actor: User, now: datetime) -> AnswerTemplate:
    """Count the use of the template in this reply, once. Raises NotFound."""
    with transaction() as session:
        template = session.get(AnswerTemplate, template_id)
        if template is None or template.archived_at is not None:
            raise NotFound("Шаблон")
        # Lock the reply: two windows would both add the row.
        must_exist(session.get(Reply, reply_id, with_for_update={"key_share": True}), "Ответ")
        wanted = select(TemplateUse.id).where(TemplateUse.template_id == template_id, TemplateUse.reply_id == reply_id)
        if session.scalar(wanted) is None:
            session.add(TemplateUse(template_id=template_id, reply_id=reply_id, user_id=actor.id, used_at=now))
        return template


def template_of_answer(draft_id: int, *, actor: User, now: datetime) -> AnswerTemplate:
    """Make a template from an approved answer: name, place and dates become fields. NotFound, WordsDestroyed."""
    with transaction() as session:
        draft = must_exist(session.get(Draft, draft_id), "Ответ")
        message = draft.reply.message
        if message.purged_at is not None:
            raise WordsDestroyed
        name = _free_name(f"{message.topic.name if message.topic else 'Ответ'}, по № {message.number}")
        text = as_template(draft.text, known_fields(message))[:TEMPLATES_MAX_TEXT]
        return create_template(
            name=name, kind=draft.reply.kind, topic_id=message.topic_id, text=text, actor=actor, now=now
        )


def known_fields(message: Message) -> dict[str, str]:
    return {"имя": first_name(message.author.name if message.author else ""), "адрес": message.place}


def first_name(author: str) -> str:
    """«Мария» for «Мария П.»; empty if it does not look like a person's name."""
    word = author.split()[0] if author.split() else ""
    return word if word.isalpha() and word.istitle() and len(word) > 1 else ""


def _free_name(name: str) -> str:
    taken = set(db.session.scalars(select(AnswerTemplate.name).where(AnswerTemplate.archived_at.is_(None))))
    names = [name[: MAX_NAME - 6], *(f"{name[: MAX_NAME - 6]} ({number})" for number in range(2, 1000))]
    return next(free for free in names if free not in taken)


def _name(name: str) -> str:
    return one_line("name", "Название", name, MAX_NAME, missing="Напишите название: по нему шаблон находят.")


def _text(text: str) -> str:
    text = required("text", text, "Напишите текст шаблона.")
    refuse("text", len(text) > TEMPLATES_MAX_TEXT, f"Текст длиннее {TEMPLATES_MAX_TEXT} знаков. Сократите его.")
    if wrong := unknown(text):
        raise MissingInput("text", f"Таких полей нет: {', '.join(wrong)}. Есть {braced(FIELDS)}.")
    return text


def reply_kind(kind: str) -> ReplyKind:
    return one_of("kind", kind, ReplyKind, "Выберите, что это: ответ, промежуточный ответ или запрос.")


def _topic_id(topic_id: int | None) -> int | None:
    if topic_id is not None and db.session.get(Topic, topic_id) is None:
        raise MissingInput("topic_id", "Такой темы больше нет. Выберите другую.")
    return topic_id


def _check_new_name(name: str, template_id: int | None = None) -> None:
    wanted = select(AnswerTemplate.id).where(AnswerTemplate.name == name, AnswerTemplate.archived_at.is_(None))
    if db.session.scalar(wanted) not in (None, template_id):
        raise _taken(name)


def _taken(name: str) -> MissingInput:
    return MissingInput("name", f"Шаблон «{name}» уже есть. Назовите этот иначе.")
