"""Files that people attach: checked by content, stored once under their hash; previews, screenshots, photos of refused
forms."""

import hashlib
import io
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from itsdangerous import BadSignature
from sqlalchemy import select

from osm.base.application import current_settings
from osm.base.database import add_row, db
from osm.base.durable import is_older, signer, write_whole
from osm.base.errors import NotFound, NotYours, ServiceError
from osm.base.transaction import BesideReading, transaction
from osm.files import queries
from osm.files.acts.pictures import Refused, drawn_small, look_at
from osm.flow.acts.act import current_reply, load_message
from osm.flow.acts.moving import active_assignments
from osm.log.acts.record import record
from osm.models import Attachment, BlacklistEvidence, Closure, Comment, Evidence, Message, Purpose, Reply, User
from osm.regulation.errors import MissingInput, refuse
from osm.regulation.words import Role, Status

# --- Attachments
MAX_BYTES = 15 * 1024 * 1024  # One file. A telephone's photo takes 3–8 MB.
MAX_PER_OWNER = 10  # files of one message, reply or piece of evidence; VK takes ten

_CONTENT_TYPES = {
    "JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif",
    "HEIF": "image/heic",
}  # fmt: skip
_SUFFIXES = {
    "image/jpeg": (".jpg", ".jpeg"), "image/png": (".png",), "image/webp": (".webp",), "image/gif": (".gif",),
    "image/heic": (".heic", ".heif"),
}  # fmt: skip
"""Allowed endings of a file name; the first is added to a name with another."""
_LONGEST_NAME = 180
_APPROVERS = (Role.CURATOR,)
_ATTACHMENTS_TOO_MANY = f"Можно приложить не больше {MAX_PER_OWNER} файлов. Ни один не добавлен."


@dataclass(frozen=True)
class Upload:
    filename: str
    content: bytes


@dataclass(frozen=True)
class Checked:
    """A checked picture; it is stored under `sha256`."""

    filename: str
    content: bytes
    content_type: str
    sha256: str


def attach_reply_photos(message_id: int, uploads: Sequence[Upload], *, actor: User, now: datetime) -> list[Attachment]:
    """Add photos to the reply in preparation, by its executor or the press centre."""
    files = checked(uploads)
    with transaction():
        message = load_message(message_id)
        reply = _editable_reply(message, actor)
        return store(files, message=message, reply=reply, purpose=Purpose.REPLY, actor=actor, now=now)


def remove_reply_photo(attachment_id: int, *, actor: User, now: datetime) -> Attachment:
    """Remove a photo from the reply in preparation. The file stays until it is purged."""
    with transaction() as session:
        attachment = session.get(Attachment, attachment_id)
        if attachment is None or attachment.reply is None:
            raise NotFound("Фото")
        message = load_message(attachment.message_id)
        if _editable_reply(message, actor).id != attachment.reply_id:
            raise NotYours("Ответ с этим фото уже отправлен. Фото осталось на месте.")
        record("remove_photo", at=now, actor=actor, message=message, about=attachment)
        session.delete(attachment)
        return attachment


def store(
    files: Sequence[Checked], *, message: Message, purpose: Purpose, actor: User, now: datetime,
    reply: Reply | None = None, evidence: Evidence | None = None,
) -> list[Attachment]:  # fmt: skip
    """Store the files in the caller's transaction. Raises MissingInput if there are too many."""
    present = sum(
        row.purpose == purpose and row.reply_id == (reply.id if reply else None) for row in message.attachments
    )
    refuse("files", present + len(files) > MAX_PER_OWNER, _ATTACHMENTS_TOO_MANY)
    keep(files)
    rows = []
    for file in files:
        row = Attachment(
            message=message, reply=reply, evidence=evidence, purpose=purpose, filename=file.filename,
            content_type=file.content_type, size=len(file.content), sha256=file.sha256, uploaded_by=actor,
            uploaded_at=now,
        )  # fmt: skip
        add_row(row)
        record("attach", at=now, actor=actor, message=message, about=row)
        rows.append(row)
    return rows


def keep(files: Sequence[Checked]) -> None:
    for file in files:
        # Write the content durably before the row that names it; equal content is written once.
        path = stored_path(file.sha256)
        if not path.exists():
            write_whole(path, file.content)


def checked(uploads: Sequence[Upload]) -> list[Checked]:
    """The files ready to store; one bad file refuses all. Raises MissingInput, which names it. Call it before the
    transaction, because checking a picture takes a moment in which others could not write."""
    uploads = [upload for upload in uploads if upload.filename or upload.content]
    refuse("files", len(uploads) > MAX_PER_OWNER, _ATTACHMENTS_TOO_MANY)
    files = []
    for file in looked_at(uploads):
        if isinstance(file, MissingInput):
            raise file
        files.append(file)
    return files


def looked_at(uploads: Sequence[Upload]) -> list[Checked | MissingInput]:
    """Each file ready to store, or why it is refused."""
    sizes = [_refused_for_size(upload) for upload in uploads]
    formats = iter(look_at([upload.content for upload, refused in zip(uploads, sizes, strict=True) if not refused]))
    return [refused or _of_format(upload, next(formats)) for upload, refused in zip(uploads, sizes, strict=True)]


def stored_path(sha256: str) -> Path:
    return uploads_dir() / sha256[:2] / sha256


def uploads_dir() -> Path:
    return current_settings().uploads_dir


def _refused_for_size(upload: Upload) -> MissingInput | None:
    if not upload.content:
        return _refused(upload, "пуст")
    if len(upload.content) > MAX_BYTES:
        return _refused(upload, f"больше {MAX_BYTES // 1024 // 1024} МБ")
    return None


def _of_format(upload: Upload, found: str | Refused) -> Checked | MissingInput:
    """The type by the content, not by the name or the browser's word."""
    if isinstance(found, Refused):
        return _refused(upload, f"— {found}")
    content_type = _CONTENT_TYPES[found]
    name = _named(shown_name(upload.filename), content_type)
    return Checked(name, upload.content, content_type, sha256_of(upload.content))


def _refused(upload: Upload, why: str) -> MissingInput:
    return MissingInput("files", f"Файл «{shown_name(upload.filename)}» {why}. Ни один файл не добавлен.")


def shown_name(filename: str, nameless: str = "фото") -> str:
    """The last part of the name, without invisible characters and those that reverse the text."""
    name = "".join(character for character in Path(filename.replace("\\", "/")).name if character.isprintable())
    return name.strip() or nameless


def _named(name: str, content_type: str) -> str:
    """The name with the ending of its real type: a picture called «.exe» or «.html» must not open as a program."""
    stem, suffix = Path(name).stem, Path(name).suffix
    if suffix.lower() not in _SUFFIXES[content_type]:
        stem, suffix = name, _SUFFIXES[content_type][0]
    return stem[:_LONGEST_NAME] + suffix


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _editable_reply(message: Message, actor: User) -> Reply:
    reply = current_reply(message)
    if reply is None or message.status not in (Status.IN_WORK, Status.REWORK):
        raise NotYours("Проект уже отправлен, фото можно менять только до согласования. Ничего не изменено.")
    mine = any(row.executor_id == actor.id for row in active_assignments(message))
    NotYours.when(not (mine or actor.has(*_APPROVERS)), "Сообщение направлено не вам. Файлы не добавлены.")
    return reply


# --- Photos of a refused form
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    filename: str
    ticket: str


def set_aside(uploads: Iterable[Upload], user_id: int) -> tuple[Waiting, ...]:
    """Keep the photos; other files are left out, because the form has reported them."""
    given = list(uploads)
    waiting = []
    for upload, file in zip(given, looked_at(given), strict=True):
        if isinstance(file, Checked):
            write_whole(_folder() / file.sha256, file.content)
            waiting.append(
                Waiting(upload.filename, signer("waiting-photo").dumps([user_id, file.sha256, upload.filename]))
            )
    return tuple(waiting)


def recall(tickets: Sequence[str], user_id: int) -> list[Upload]:
    """The photos of these tickets, without expired ones and those of other people."""
    found = (_recalled(ticket, user_id) for ticket in dict.fromkeys(tickets))
    return [upload for upload in found if upload]


def remove_old(now: datetime) -> int:
    old = [path for path in _folder().glob("*") if is_older(path, KEPT_FOR, now)]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _recalled(ticket: str, user_id: int) -> Upload | None:
    try:
        owner, digest, filename = signer("waiting-photo").loads(ticket)
        return Upload(filename, (_folder() / digest).read_bytes()) if owner == user_id else None
    except (BadSignature, ValueError, OSError):
        return None


def _folder() -> Path:
    return uploads_dir() / "waiting"


# --- Small pictures
SIDE = 640  # pixels of the longer side
_QUALITY = 82


def preview(sha256: str) -> IO[bytes] | None:
    """The small picture of the stored file, drawn at the first call; None if it cannot be drawn. A failure is stored as
    an empty file, or it would be repeated at every view."""
    source, target = stored_path(sha256), _path(sha256)
    if not source.is_file():
        return None  # a purged file must not survive as its small picture
    if target.exists():
        return target.open("rb") if target.stat().st_size else None
    drawn = drawn_small(source, SIDE, _QUALITY)
    with BesideReading("preview"):
        write_whole(target, drawn or b"")
    return io.BytesIO(drawn) if drawn else None


def is_drawn(sha256: str) -> bool:
    """Whether `preview` answers at once."""
    return _path(sha256).exists() or not stored_path(sha256).is_file()


def _path(sha256: str) -> Path:
    return uploads_dir() / "small" / sha256[:2] / f"{sha256}.jpg"


# --- Screenshots as evidence (П.17, Пр.2.6)
_NONE = "Выберите снимок экрана, вставьте его из буфера или перетащите сюда. Ничего не добавлено."
_SCREENSHOTS_TOO_MANY = f"К одному комментарию можно приложить не больше {MAX_PER_OWNER} снимков. Ни один не добавлен."
_NOT_EXCLUDED = "Сообщение сейчас не исключено по пункту 17: прикладывать снимок не к чему. Ничего не добавлено."


def attach_to_message(message_id: int, uploads: Sequence[Upload], *, actor: User, now: datetime) -> int:
    """Add files to the evidence of the exclusion in force on this message; returns how many are new, not counting equal
    files. Raises NotFound, ServiceError if it is not excluded, MissingInput if a file is refused."""
    files = _checked(uploads)
    with transaction():
        message = load_message(message_id)
        closure = next((one for one in message.closures if one.restored_at is None and one.evidence), None)
        if closure is None or closure.evidence is None:
            raise ServiceError(_NOT_EXCLUDED)
        fresh = _fresh(files, {shot.sha256 for shot in closure.evidence.screenshots})
        store(fresh, message=message, evidence=closure.evidence, purpose=Purpose.EVIDENCE, actor=actor, now=now)
        return len(fresh)


def attach_to_comment(comment_id: int, uploads: Sequence[Upload], *, actor: User | None, now: datetime) -> int:
    """Add files to a comment, decided or not; returns how many are new. Its version does not change. Raises NotFound,
    MissingInput."""
    files = _checked(uploads)
    with transaction():
        row = db.session.scalar(select(Comment).where(Comment.id == comment_id).with_for_update(of=Comment))
        if row is None:
            raise NotFound("Комментарий")
        present = queries.of_comments([row.id]).get(row.id, ())
        fresh = _fresh(files, {shot.sha256 for shot in present})
        refuse("files", len(present) + len(fresh) > MAX_PER_OWNER, _SCREENSHOTS_TOO_MANY)
        keep(fresh)
        for file in fresh:
            _note(row, file, actor, now)
        return len(fresh)


def attach_to_proof(evidence_id: int, uploads: Sequence[Upload], *, actor: User, now: datetime) -> int:
    """Add files to one text of a proposal for the black list, that is to its exclusion or comment."""
    proof = db.session.get(BlacklistEvidence, evidence_id)  # its origin never changes
    closure = db.session.get(Closure, proof.closure_id) if proof and proof.closure_id else None
    if closure is not None:
        return attach_to_message(closure.message_id, uploads, actor=actor, now=now)
    if proof is None or proof.comment_id is None:
        raise NotFound("Текст")
    return attach_to_comment(proof.comment_id, uploads, actor=actor, now=now)


def _checked(uploads: Sequence[Upload]) -> list[Checked]:
    """Each content once. Raises MissingInput."""
    given = {sha256_of(one.content): one for one in uploads if one.content or one.filename}
    refuse("files", not given, _NONE)
    return checked(list(given.values()))


def _fresh(files: Sequence[Checked], present: Collection[str]) -> list[Checked]:
    return [file for file in files if file.sha256 not in present]


def _note(row: Comment, file: Checked, actor: User | None, now: datetime) -> None:
    changes = {"sha256": (None, file.sha256), "content_type": (None, file.content_type)}
    record(queries.ATTACHED, at=now, actor=actor, clause="Пр.2.6", changes=changes, note=file.filename, about=row)
