"""Ready texts of answers: written by the press centre, put into answers, counted in use."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.words import ReplyKind
from osm.services.acts import required
from osm.services.answers.template_fields import FIELDS, as_template, braced, unknown
from osm.services.edits import locked, one_line
from osm.services.errors import NotFound
from osm.services.log.log import Change, record
from osm.store.models import AnswerTemplate, Draft, Message, Reply, TemplateUse, Topic, User
from osm.store.transaction import transaction

MAX_NAME = 120
MAX_TEXT = 4000
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
        text = as_template(draft.text, known_fields(message))[:MAX_TEXT]
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
    if len(text) > MAX_TEXT:
        raise MissingInput("text", f"Текст длиннее {MAX_TEXT} знаков. Сократите его.")
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
