"""Ready texts of answers: written by the press centre, put into answers, counted in use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from moderation import Finding
from moderation.morph import readings
from osm.check.acts.dictionary import library_with
from osm.extensions import db
from osm.flow.acts.act import required
from osm.flow.acts.edits import locked, one_line
from osm.log.acts.record import Change, record
from osm.regulation.errors import MissingInput
from osm.regulation.interim import INTERIM_GROUND_LABELS, InterimGround, InterimReason, interim_grounds
from osm.regulation.words import ReplyKind
from osm.services.errors import NotFound, ServiceError
from osm.store.models import AnswerTemplate, Draft, InterimExplanation, Message, Reply, TemplateUse, Topic, User
from osm.store.transaction import transaction
from osm.wording import text as wording_text
from osm.wording.criteria import Answer, Criterion, Rudeness, check_answer
from osm.wording.criteria.term_words import Expression, find_terms
from osm.wording.style import StyleFinding, check_style
from osm.wording.text import AnswerText, Span

# --- Checks the text of an answer
_RUDE = frozenset({"profanity", "insult", "threat"})
MAX_CHECKED = 20_000
"""Characters; as many as an answer may have."""


class WrongQuestion(ServiceError):
    """What was asked for is no answer that could be checked; `str` of it says why."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in one text; spans are places in this very text."""

    criteria: tuple[Criterion, ...]
    style: tuple[StyleFinding, ...]


def check(text: str, *, network: str, kind: ReplyKind, is_repeat: bool = False, attachments: int = 0) -> Checked:
    """Criteria of П.16 (П.15 for a repeat) and the style of Пр.2.5. Raises WrongQuestion.

    `network` decides the limits of length; one without limits of its own has the usual ones.
    """
    if len(text) > MAX_CHECKED:
        raise WrongQuestion(f"Ответ длиннее {MAX_CHECKED} знаков. Сократите его.")
    squeezed, places = _squeezed(text)
    read = wording_text.read(squeezed, readings)
    rudeness = [
        Rudeness(found.start, found.end, found.why)
        for found in library_with(()).judge(squeezed).findings
        if found.category in _RUDE and not _is_veiled(found)
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
    """The words with their readings; long runs of blanks are cut, so places are those of its own `source`."""
    return wording_text.read(_squeezed(text)[0], readings)


_BLANKS = re.compile(r"\s{3,}")


def _is_veiled(found: Finding) -> bool:
    """A threat that a person has to look at: «найдём причину, придём во двор» is harmless when the office says it."""
    return found.category == "threat" and found.severity != "high"


def _squeezed(text: str) -> tuple[str, list[int]]:
    """The text with long runs of blanks cut to two line ends, one, or a space; and where each character stood.

    Patterns look for what begins a line or follows blanks: ten thousand of them would be read again and again.
    """
    kept: list[int] = []
    until = 0
    for run in _BLANKS.finditer(text):
        kept += range(until, run.start())
        line_ends = [i for i in range(*run.span()) if text[i] == "\n"][:2]
        kept += line_ends or [run.start()]
        until = run.end()
    kept += range(until, len(text))
    return "".join([text[i] for i in kept]), [*kept, len(text)]


# --- The reason of an interim answer that is not the first one, or that answers a repeated message (П.13, П.15)
INTERIM_MAX_TEXT = 1000
"""Characters of the person's own words."""


@dataclass(frozen=True, slots=True)
class Explained:
    """The reason. Its own words are needed where the code says nothing."""

    reason: InterimReason
    text: str = ""


def explained(reason: str, text: str) -> Explained | None:
    """The reason as it was chosen, None where none was. MissingInput (`interim_text`) where words are missing."""
    if reason not in set(InterimReason):
        return None
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if len(text) > INTERIM_MAX_TEXT:
        raise MissingInput("interim_text", f"Причина длиннее {INTERIM_MAX_TEXT} знаков. Сократите.")
    if reason == InterimReason.OTHER and not text:
        raise MissingInput("interim_text", "Напишите своими словами, почему ответ снова промежуточный.")
    return Explained(InterimReason(reason), text)


def grounds_of(message: Message) -> tuple[InterimGround, ...]:
    """On which grounds an interim answer to this message would need a reason."""
    published = {reply.kind for reply in message.replies if reply.published_at is not None}
    return interim_grounds(published, is_repeat=message.is_repeat)


def explain(
    message: Message, reply: Reply, given: Explained | None, *, actor: User, now: datetime
) -> dict[str, Change]:
    """Keep the reason with the reply where one is needed, take it away where none is; what goes to the log.

    Raises MissingInput (`interim_reason`).
    """
    grounds = grounds_of(message) if reply.kind is ReplyKind.INTERIM else ()
    kept = db.session.get(InterimExplanation, reply.id)
    if not grounds:
        if kept is not None:
            db.session.delete(kept)
        return {}
    if given is None:
        why = ", ".join(INTERIM_GROUND_LABELS[ground] for ground in grounds)
        raise MissingInput("interim_reason", f"Выберите, почему ответ промежуточный: {why}. Остальное сохранено.")
    before = kept.reason if kept else None
    row = kept or InterimExplanation(reply_id=reply.id)
    row.grounds, row.reason, row.text = ",".join(grounds), given.reason, given.text
    row.given_at, row.given_by_id = now, actor.id
    db.session.add(row)
    db.session.flush()
    return {"interim_reason": (before, row.reason), "interim_grounds": (None, row.grounds)}


def check_kept(reply: Reply) -> None:
    """Where an interim answer needs a reason there is one: since it was submitted the message may have become a repeat.

    Raises MissingInput (`draft_id`).
    """
    grounds = grounds_of(reply.message) if reply.kind is ReplyKind.INTERIM else ()
    if grounds and db.session.get(InterimExplanation, reply.id) is None:
        why = ", ".join(INTERIM_GROUND_LABELS[ground] for ground in grounds)
        words = f"Не указано, почему ответ промежуточный: {why}. Верните проект, причину выберет тот, кто его готовит."
        raise MissingInput("draft_id", words)


# --- The fields of ready texts
FIELDS: tuple[str, ...] = ("имя", "адрес", "отдел", "срок", "мера")
"""Name of the author, place, department, term, measure: each in braces in the text of a template."""

_FIELD = re.compile(r"\{\s*(" + "|".join(FIELDS) + r")\s*\}", re.IGNORECASE)
_ANY = re.compile(r"\{([^{}\n]{0,40})\}")
_BEFORE_A_TERM = re.compile(r"(?:не\s+позднее|до|ко?|со?|после)\s+", re.IGNORECASE)
_YEAR = re.compile(r"^\s+(?:год[ау]?\b|г\.(?=\s+[а-яё(])|г(?=\.))")


def unfilled(text: str) -> tuple[str, ...]:
    """The fields that still stand in a text, each once, by place."""
    return tuple(dict.fromkeys(match[1].lower() for match in _FIELD.finditer(text)))


def unknown(text: str) -> tuple[str, ...]:
    """What stands in braces and is no field: a slip in a template."""
    return tuple(dict.fromkeys(match[0] for match in _ANY.finditer(text) if not _FIELD.fullmatch(match[0])))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with the fields whose value is known; the others stay to be filled by the person."""
    return _FIELD.sub(lambda match: values.get(match[1].lower()) or match[0], text)


def braced(fields: tuple[str, ...]) -> str:
    """«{срок}, {мера}»."""
    return ", ".join(f"{{{field}}}" for field in fields)


def as_template(text: str, known: Mapping[str, str]) -> str:
    """An answer made into a template: what was true of one message becomes its fields again, as whole words.

    So do the days: whoever inserts the template would promise them once more.
    """
    for field, value in known.items():
        if value:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", lambda _, name=field: f"{{{name}}}", text)  # type: ignore[misc]
    for start, end, kind in reversed(list(find_terms(text))):
        if kind is not Expression.LENGTH:
            before = _BEFORE_A_TERM.match(text, start, end)
            text = f"{text[: before.end() if before else start]}{{срок}}{_YEAR.sub('', text[end:], count=1)}"
    return text


# --- Ready texts of answers
MAX_NAME = 120
TEMPLATES_MAX_TEXT = 4000
"""Characters; a longer text is no ready answer."""


def create_template(
    *, name: str, kind: str, topic_id: int | None, text: str, actor: User, now: datetime
) -> AnswerTemplate:
    """A new ready text. MissingInput names the field that cannot be used."""
    name, text = _name(name), _text(text)
    try:
        with transaction() as session:
            _check_new_name(name)
            template = AnswerTemplate(
                name=name,
                kind=_kind(kind),
                topic_id=_topic_id(topic_id),
                text=text,
                created_at=now,
                created_by_id=actor.id,
            )
            session.add(template)
            session.flush()
            _log("create_template", template, {}, actor, now)
            return template
    except IntegrityError:
        raise _taken(name) from None  # somebody was quicker by an instant


def edit_template(
    template_id: int,
    version: int,
    *,
    name: str,
    kind: str,
    topic_id: int | None,
    text: str,
    actor: User,
    now: datetime,
) -> AnswerTemplate:
    """Another name, kind, topic or text; answers made of it stay as they are. MissingInput, StaleVersion."""
    name, text = _name(name), _text(text)
    try:
        with transaction():
            template = locked(AnswerTemplate, template_id, version, "Шаблон")
            if template.archived_at is None:
                _check_new_name(name, template_id)
            given = {"name": name, "kind": _kind(kind), "topic_id": topic_id, "text": text}
            if topic_id != template.topic_id:
                _topic_id(topic_id)
            edited = [field for field, value in given.items() if value != getattr(template, field)]
            for field in edited:
                setattr(template, field, given[field])
            _raise_version("edit_template", template, {"fields": ([], edited)}, actor, now)
            return template
    except IntegrityError:
        raise _taken(name) from None


def archive_template(template_id: int, version: int, *, actor: User, now: datetime) -> AnswerTemplate:
    """The text is offered no longer; its uses stay counted."""
    with transaction():
        template = locked(AnswerTemplate, template_id, version, "Шаблон")
        template.archived_at = now
        _raise_version("archive_template", template, {}, actor, now)
        return template


def restore_template(template_id: int, version: int, *, actor: User, now: datetime) -> AnswerTemplate:
    """The text is offered again. MissingInput where another one has its name meanwhile."""
    with transaction():
        template = locked(AnswerTemplate, template_id, version, "Шаблон")
        _check_new_name(template.name, template_id)
        template.archived_at = None
        _raise_version("restore_template", template, {}, actor, now)
        return template


def use_template(template_id: int, reply_id: int, *, actor: User, now: datetime) -> AnswerTemplate:
    """Count that this text went into this reply, once however often it is pressed. NotFound."""
    with transaction() as session:
        template = session.get(AnswerTemplate, template_id)
        if template is None or template.archived_at is not None:
            raise NotFound("Шаблон")
        # Two windows take turns at the reply: both would add the row otherwise.
        if session.get(Reply, reply_id, with_for_update={"key_share": True}) is None:
            raise NotFound("Ответ")
        wanted = select(TemplateUse.id).where(TemplateUse.template_id == template_id, TemplateUse.reply_id == reply_id)
        if session.scalar(wanted) is None:
            session.add(TemplateUse(template_id=template_id, reply_id=reply_id, user_id=actor.id, used_at=now))
        return template


def template_of_answer(draft_id: int, *, actor: User, now: datetime) -> AnswerTemplate:
    """A good answer kept as a template with one press: the author's name, the place, the days become fields again."""
    with transaction() as session:
        draft = session.get(Draft, draft_id)
        if draft is None:
            raise NotFound("Ответ")
        message = draft.reply.message
        name = _free_name(f"{message.topic.name if message.topic else 'Ответ'}, по № {message.number}")
        text = as_template(draft.text, known_fields(message))[:TEMPLATES_MAX_TEXT]
        return create_template(
            name=name, kind=draft.reply.kind, topic_id=message.topic_id, text=text, actor=actor, now=now
        )


def known_fields(message: Message) -> dict[str, str]:
    """What the message itself says of the fields."""
    return {"имя": first_name(message.author.name if message.author else ""), "адрес": message.place}


def first_name(author: str) -> str:
    """«Мария» of «Мария П.»; empty where the name is no person's as it is written."""
    word = author.split()[0] if author.split() else ""
    return word if word.isalpha() and word.istitle() and len(word) > 1 else ""


def _free_name(name: str) -> str:
    taken = set(db.session.scalars(select(AnswerTemplate.name).where(AnswerTemplate.archived_at.is_(None))))
    names = [name[: MAX_NAME - 6], *(f"{name[: MAX_NAME - 6]} ({number})" for number in range(2, 1000))]
    return next(free for free in names if free not in taken)


def _name(name: str) -> str:
    return one_line("name", "Название", name, MAX_NAME, missing="Напишите название: по нему шаблон находят.")


def _text(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\0", "")
    text = required("text", text, "Напишите текст шаблона.")
    if len(text) > TEMPLATES_MAX_TEXT:
        raise MissingInput("text", f"Текст длиннее {TEMPLATES_MAX_TEXT} знаков. Сократите его.")
    if wrong := unknown(text):
        raise MissingInput("text", f"Таких полей нет: {', '.join(wrong)}. Есть {braced(FIELDS)}.")
    return text


def _kind(kind: str) -> ReplyKind:
    if kind not in set(ReplyKind):
        raise MissingInput("kind", "Выберите, что это: ответ, промежуточный ответ или запрос.")
    return ReplyKind(kind)


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


def _raise_version(action: str, row: AnswerTemplate, changes: dict[str, Change], actor: User, now: datetime) -> None:
    row.version += 1
    _log(action, row, {"version": (row.version - 1, row.version), **changes}, actor, now)


def _log(action: str, row: AnswerTemplate, changes: dict[str, Change], actor: User, now: datetime) -> None:
    record(action, at=now, actor=actor, object_kind="template", object_id=row.id, changes=changes)
