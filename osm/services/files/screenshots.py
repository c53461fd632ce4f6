"""Screenshots as evidence (П.17, Пр.2.6): a person attaches how it looked, to an exclusion or to a comment, later too.

Those of an exclusion are files of its message. A comment is no message: its own stand in the log, which nobody can
change and which the seals cover (docs/decisions/020).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.services.acts import load_message
from osm.services.errors import NotFound, ServiceError
from osm.services.files import attachments
from osm.services.files.attachments import MAX_PER_OWNER, Checked, Upload
from osm.services.log.log import record
from osm.store.models import BlacklistEvidence, Closure, Comment, Purpose, User
from osm.store.queries.files import screenshots as queries
from osm.store.transaction import transaction

_NONE = "Выберите снимок экрана, вставьте его из буфера или перетащите сюда. Ничего не добавлено."
_TOO_MANY = f"К одному комментарию можно приложить не больше {MAX_PER_OWNER} снимков. Ни один не добавлен."
_NOT_EXCLUDED = "Сообщение сейчас не исключено по пункту 17: прикладывать снимок не к чему. Ничего не добавлено."


def attach_to_message(message_id: int, uploads: Sequence[Upload], *, actor: User, now: datetime) -> int:
    """To the evidence of the exclusion that stands on this message; how many are new, an equal file is no second one.

    Raises NotFound, ServiceError where it is not excluded, MissingInput where a file is not fit.
    """
    files = _checked(uploads)
    with transaction():
        message = load_message(message_id)
        closure = next((one for one in message.closures if one.restored_at is None and one.evidence), None)
        if closure is None or closure.evidence is None:
            raise ServiceError(_NOT_EXCLUDED)
        fresh = _fresh(files, {shot.sha256 for shot in closure.evidence.screenshots})
        attachments.store(
            fresh, message=message, evidence=closure.evidence, purpose=Purpose.EVIDENCE, actor=actor, now=now
        )
        return len(fresh)


def attach_to_comment(comment_id: int, uploads: Sequence[Upload], *, actor: User | None, now: datetime) -> int:
    """To a comment, before it is decided on or after; how many are new. The version of the comment stays.

    Raises NotFound, MissingInput.
    """
    files = _checked(uploads)
    with transaction():
        row = db.session.scalar(select(Comment).where(Comment.id == comment_id).with_for_update(of=Comment))
        if row is None:
            raise NotFound("Комментарий")
        present = queries.of_comments([row.id]).get(row.id, ())
        fresh = _fresh(files, {shot.sha256 for shot in present})
        if len(present) + len(fresh) > MAX_PER_OWNER:
            raise MissingInput("files", _TOO_MANY)
        attachments.keep(fresh)
        for file in fresh:
            _note(row, file, actor, now)
        return len(fresh)


def attach_to_proof(evidence_id: int, uploads: Sequence[Upload], *, actor: User, now: datetime) -> int:
    """To one text of a proposal for the black list: to the exclusion or the comment that it was taken from."""
    proof = db.session.get(BlacklistEvidence, evidence_id)  # where it was taken from never changes
    closure = db.session.get(Closure, proof.closure_id) if proof and proof.closure_id else None
    if closure is not None:
        return attach_to_message(closure.message_id, uploads, actor=actor, now=now)
    if proof is None or proof.comment_id is None:
        raise NotFound("Текст")
    return attach_to_comment(proof.comment_id, uploads, actor=actor, now=now)


def _checked(uploads: Sequence[Upload]) -> list[Checked]:
    """Each content once. Raises MissingInput."""
    given = {attachments.sha256_of(one.content): one for one in uploads if one.content or one.filename}
    if not given:
        raise MissingInput("files", _NONE)
    return attachments.checked(list(given.values()))


def _fresh(files: Sequence[Checked], present: Collection[str]) -> list[Checked]:
    """Without what is there already."""
    return [file for file in files if file.sha256 not in present]


def _note(row: Comment, file: Checked, actor: User | None, now: datetime) -> None:
    changes = {"sha256": (None, file.sha256), "content_type": (None, file.content_type)}
    record(
        queries.ATTACHED, at=now, actor=actor, clause="Пр.2.6", changes=changes, note=file.filename,
        object_kind=queries.COMMENT, object_id=row.id,
    )  # fmt: skip
