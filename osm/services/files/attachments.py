"""Files that people attach: checked by their content, stored once under the hash of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.workflow import Role, Status
from osm.services.acts import current_reply, load_message
from osm.services.assignments import active_assignments
from osm.services.errors import NotFound, NotYours
from osm.services.files.pictures import Refused, look_at
from osm.services.log.log import record
from osm.store.durable import write_whole
from osm.store.models import Attachment, Evidence, Message, Purpose, Reply, User
from osm.store.transaction import transaction

MAX_BYTES = 15 * 1024 * 1024
"""One file. A telephone's photo takes 3–8 MB."""
MAX_PER_OWNER = 10
"""Files of one message, reply or piece of evidence: VK takes ten."""

_CONTENT_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "HEIF": "image/heic",
}
_SUFFIXES = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/heic": (".heic", ".heif"),
}
"""What the name of a file may end with; the first is added to any other name."""
_LONGEST_NAME = 180
_APPROVERS = (Role.CURATOR,)
_TOO_MANY = f"Можно приложить не больше {MAX_PER_OWNER} файлов. Ни один не добавлен."


@dataclass(frozen=True)
class Upload:
    """A file as it came from the browser."""

    filename: str
    content: bytes


@dataclass(frozen=True)
class Checked:
    """A file that is a picture; `sha256`: of its content, under which it will lie."""

    filename: str
    content: bytes
    content_type: str
    sha256: str


def attach_reply_photos(message_id: int, uploads: Sequence[Upload], *, actor: User, now: datetime) -> list[Attachment]:
    """Photos for the reply that is being prepared, by who prepares it or by a person of the press centre."""
    files = checked(uploads)
    with transaction():
        message = load_message(message_id)
        reply = _editable_reply(message, actor)
        return store(files, message=message, reply=reply, purpose=Purpose.REPLY, actor=actor, now=now)


def remove_reply_photo(attachment_id: int, *, actor: User, now: datetime) -> Attachment:
    """Take a photo off the reply that is being prepared. The file itself stays until it is purged."""
    with transaction() as session:
        attachment = session.get(Attachment, attachment_id)
        if attachment is None or attachment.reply is None:
            raise NotFound("Фото")
        message = load_message(attachment.message_id)
        if _editable_reply(message, actor).id != attachment.reply_id:
            raise NotYours("Ответ с этим фото уже отправлен. Фото осталось на месте.")
        record("remove_photo", at=now, actor=actor, message=message, object_kind="attachment", object_id=attachment.id)
        session.delete(attachment)
        return attachment


def store(
    files: Sequence[Checked],
    *,
    message: Message,
    purpose: Purpose,
    actor: User,
    now: datetime,
    reply: Reply | None = None,
    evidence: Evidence | None = None,
) -> list[Attachment]:
    """Store the files inside the caller's transaction. Raises MissingInput where they are too many."""
    present = sum(
        row.purpose == purpose and row.reply_id == (reply.id if reply else None) for row in message.attachments
    )
    if present + len(files) > MAX_PER_OWNER:
        raise MissingInput("files", _TOO_MANY)
    keep(files)
    rows = []
    for file in files:
        row = Attachment(
            message=message,
            reply=reply,
            evidence=evidence,
            purpose=purpose,
            filename=file.filename,
            content_type=file.content_type,
            size=len(file.content),
            sha256=file.sha256,
            uploaded_by=actor,
            uploaded_at=now,
        )
        db.session.add(row)
        db.session.flush()
        record("attach", at=now, actor=actor, message=message, object_kind="attachment", object_id=row.id)
        rows.append(row)
    return rows


def keep(files: Sequence[Checked]) -> None:
    """Write them to the disk; rows that name them are the caller's."""
    for file in files:
        _keep(file)


def checked(uploads: Sequence[Upload]) -> list[Checked]:
    """The files as they may be stored; one bad file refuses the whole lot. Raises MissingInput that names it.

    Called before the transaction: to look at a picture takes a moment, for which others could not write.
    """
    uploads = [upload for upload in uploads if upload.filename or upload.content]
    if len(uploads) > MAX_PER_OWNER:
        raise MissingInput("files", _TOO_MANY)
    files = []
    for file in looked_at(uploads):
        if isinstance(file, MissingInput):
            raise file
        files.append(file)
    return files


def looked_at(uploads: Sequence[Upload]) -> list[Checked | MissingInput]:
    """Each file as it may be stored, or why it may not."""
    sizes = [_refused_for_size(upload) for upload in uploads]
    formats = iter(look_at([upload.content for upload, refused in zip(uploads, sizes, strict=True) if not refused]))
    return [refused or _of_format(upload, next(formats)) for upload, refused in zip(uploads, sizes, strict=True)]


def stored_path(sha256: str) -> Path:
    """Where the content with this hash lies."""
    return uploads_dir() / sha256[:2] / sha256


def uploads_dir() -> Path:
    """The folder of all uploads."""
    settings: Any = current_app.extensions["osm_settings"]
    folder: Path = settings.uploads_dir
    return folder


def _refused_for_size(upload: Upload) -> MissingInput | None:
    if not upload.content:
        return _refused(upload, "пуст")
    if len(upload.content) > MAX_BYTES:
        return _refused(upload, f"больше {MAX_BYTES // 1024 // 1024} МБ")
    return None


def _of_format(upload: Upload, found: str | Refused) -> Checked | MissingInput:
    """By the content itself; the name and what the browser says are not believed."""
    if isinstance(found, Refused):
        return _refused(upload, f"— {found}")
    content_type = _CONTENT_TYPES[found]
    name = _named(_shown_name(upload.filename), content_type)
    return Checked(name, upload.content, content_type, sha256_of(upload.content))


def _refused(upload: Upload, why: str) -> MissingInput:
    return MissingInput("files", f"Файл «{_shown_name(upload.filename)}» {why}. Ни один файл не добавлен.")


def _shown_name(filename: str) -> str:
    """The last part of the name, without characters that nobody sees or that turn the text around."""
    name = "".join(character for character in Path(filename.replace("\\", "/")).name if character.isprintable())
    return name.strip() or "фото"


def _named(name: str, content_type: str) -> str:
    """The name with the ending of what the file really is: a picture called «.exe» or «.html» opens as no program."""
    stem, suffix = Path(name).stem, Path(name).suffix
    if suffix.lower() not in _SUFFIXES[content_type]:
        stem, suffix = name, _SUFFIXES[content_type][0]
    return stem[:_LONGEST_NAME] + suffix


def sha256_of(content: bytes) -> str:
    """The hash under which this content lies, as hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _keep(file: Checked) -> None:
    """Write the content durably before the row that names it; equal content is written once."""
    path = stored_path(file.sha256)
    if not path.exists():
        write_whole(path, file.content)


def _editable_reply(message: Message, actor: User) -> Reply:
    reply = current_reply(message)
    if reply is None or message.status not in (Status.IN_WORK, Status.REWORK):
        raise NotYours("Проект уже отправлен, фото можно менять только до согласования. Ничего не изменено.")
    mine = any(row.executor_id == actor.id for row in active_assignments(message))
    if not (mine or actor.has(*_APPROVERS)):
        raise NotYours("Сообщение направлено не вам. Файлы не добавлены.")
    return reply
