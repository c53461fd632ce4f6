"""What a body answers: by its link, by a letter, entered by hand; taken into a draft of the executor (П.18)."""

import hmac
import logging
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from email.errors import MessageError
from pathlib import Path

from imap_tools import MailMessage
from sqlalchemy import ColumnElement, and_, or_, select

from osm.answers.acts.drafting import draft_text, save_text
from osm.answers.queries.drafting import editor_text, part_editor_text
from osm.base.database import add_row, db
from osm.base.errors import AnsweredTogether, NotFound, NotYours, ServiceError, WordsDestroyed, must_exist
from osm.base.transaction import transaction
from osm.files.acts import files
from osm.files.acts.files import Checked, Upload
from osm.files.acts.pictures import drawn_small
from osm.files.acts.scanning import ScannerDown, refuse_infected
from osm.flow.acts.act import current_reply, load_message
from osm.flow.acts.moving import is_shared, lock, plain
from osm.groups.acts.members import part_text, save_part_text
from osm.groups.queries import group_of
from osm.models import Event, MailState, Message, NeighbourBody, NeighbourPhoto, NeighbourQuestion, Purpose, User
from osm.neighbours import rules
from osm.neighbours.acts.asking import code_for, digest_of, end, locked_question, must_work, note
from osm.neighbours.rules import QuestionState
from osm.regulation.errors import MissingInput, refuse
from osm.reminders.acts.letters import russian_address

log = logging.getLogger(__name__)

_SIDE, _QUALITY = 2048, 88
_LONGEST = 200_000  # characters
_WITHOUT_TEXT = "Письмо пришло без текста: посмотрите его в почтовом ящике."


class Shut(NotFound):
    """There is no such link, or it works no more; which of the two, a stranger does not learn."""

    def __init__(self) -> None:
        ServiceError.__init__(self, "Эта ссылка закрыта. Если вопрос ещё ждёт ответа, вам пришлют новую.")


# --- By the link
def enter_code(token: str, code: str, now: datetime) -> tuple[NeighbourQuestion, int]:
    """The question, and how many tries are left, 0 after a right code. Raises Shut."""
    with transaction():
        message, row = _locked(_found(NeighbourQuestion.token_digest == digest_of(token)))
        _must_work_still(row, now)
        if hmac.compare_digest(code_for(row.mark).encode(), "".join(code.split()).encode()):
            if row.state is QuestionState.SENT:
                row.state, row.opened_at = QuestionState.OPENED, now
                note("neighbour_opened", row, message, None, now)
            return row, 0
        row.wrong_codes += 1
        left = rules.MOST_CODES - row.wrong_codes
        if not left:
            end(row, message, QuestionState.CLOSED, "neighbour_ended", "код пять раз ввели неверно", None, now)
    if not left:
        raise Shut
    return row, left


def receive(question_id: int, mark: str, *, text: str, photos: Sequence[Upload], now: datetime) -> NeighbourQuestion:
    """«Отправить»: it uses the link up. Raises Shut, MissingInput."""
    opened(question_id, mark, now)
    words = plain(text).strip()
    refuse("text", len(words) > rules.LONGEST_TEXT, f"Больше {rules.LONGEST_TEXT} знаков. Сократите.")
    refuse("text", not words and not photos, "Напишите ответ или приложите фото.")
    made = redrawn(photos)
    with transaction():
        message, row = _locked(_found(NeighbourQuestion.id == question_id))
        _must_work_still(row, now, QuestionState.OPENED)
        return _answered(row, message, words, made, None, now)


def must_be_open(token: str, now: datetime) -> None:
    """Raises Shut where the link works no more. Changes nothing: previews open links."""
    _must_work_still(_found(NeighbourQuestion.token_digest == digest_of(token)), now)


def opened(question_id: int, mark: str, now: datetime) -> NeighbourQuestion:
    """The question, if its code was entered. Raises Shut."""
    row = _found(and_(NeighbourQuestion.id == question_id, NeighbourQuestion.mark == mark))
    _must_work_still(row, now, QuestionState.OPENED)
    return row


def _found(condition: ColumnElement[bool]) -> NeighbourQuestion:
    row: NeighbourQuestion | None = db.session.scalar(select(NeighbourQuestion).where(condition))
    if row is None:
        raise Shut
    return row


def _must_work_still(row: NeighbourQuestion, now: datetime, *states: QuestionState) -> None:
    message = row.message
    dead = message.status not in rules.ALIVE or message.recalled_at is not None
    if dead or row.state not in (states or rules.OUT) or now >= row.ends_at:
        raise Shut


def _locked(row: NeighbourQuestion) -> tuple[Message, NeighbourQuestion]:
    """The message, then the question. Raises Shut."""
    question_id = row.id
    try:
        message = load_message(row.message_id)
    except (NotFound, WordsDestroyed):
        raise Shut from None
    return message, lock(NeighbourQuestion, question_id, "Вопрос")


# --- By letter
def is_answer(letter: MailMessage) -> bool:
    """Whether its headers name a question and come from its body."""
    return _of_letter(letter) is not None


def take_letter(letter: MailMessage, now: datetime) -> bool:
    """Store the answer of a letter that `is_answer`; whether it was. What is no picture stays in the letter."""
    found = _of_letter(letter)
    if found is None:
        return False
    words, given = _read(letter, found.letter)
    photos: list[Checked] = []
    left: list[str] = []
    for upload in given:
        try:
            refuse("files", len(photos) >= rules.MOST_PHOTOS, "лишнее")
            photos += redrawn([upload])
        except ScannerDown:
            raise  # the letter comes once more
        except MissingInput:
            left.append(files.shown_name(upload.filename, "файл"))
    words = words or ("" if photos else _WITHOUT_TEXT)
    if left:
        words = f"{words}\n\nНе принято, осталось в письме: {', '.join(left)[:500]}.".strip()
    with transaction():
        message, row = _locked(found)
        is_wanted = row.state in rules.TAKES_LETTERS and message.status in rules.ALIVE
        if is_wanted and words not in row.answer:  # else it was stored, and the process died before it was moved
            _answered(row, message, words, photos, None, now)
        return is_wanted


def _of_letter(letter: MailMessage) -> NeighbourQuestion | None:
    try:
        mark, sender = rules.mark_in(letter.subject), letter.from_.lower()
    except MessageError:
        return None
    if not mark or _is_automatic(letter):
        return None
    its = (NeighbourQuestion.mark == mark, NeighbourBody.email.in_({sender, russian_address(sender)}))
    still = (NeighbourQuestion.state.in_(rules.TAKES_LETTERS), Message.status.in_(rules.ALIVE))
    query = (
        select(NeighbourQuestion).join(NeighbourBody).join(Message).where(*its, *still, Message.recalled_at.is_(None))
    )
    return db.session.scalar(query)


def _is_automatic(letter: MailMessage) -> bool:
    """«Я в отпуске» is no answer (RFC 3834; the others are of older programs)."""
    said = {name: " ".join(map(str, letter.obj.get_all(name, ()))).lower() for name in ("auto-submitted", "precedence")}
    automatic = said["auto-submitted"].partition(";")[0].strip() not in ("", "no")
    return automatic or said["precedence"] == "auto_reply" or "x-autoreply" in letter.obj


def _read(letter: MailMessage, ours: str) -> tuple[str, list[Upload]]:
    """Its answer and its files; of one that cannot be read nothing, or it would come again with each round."""
    try:
        given = [Upload(one.filename, one.payload) for one in letter.attachments if one.payload]
        words = letter.text[:_LONGEST].strip() or rules.plain(letter.html[:_LONGEST])
        return rules.answer_of(words, ours), given
    except Exception:
        log.exception("a letter cannot be read")
        return "", []


# --- By hand
def enter(
    question_id: int, version: int, *, text: str, photos: Sequence[Upload], actor: User, now: datetime
) -> NeighbourQuestion:
    """Enter an answer that came past the program. Raises MissingInput, NotYours, StaleVersion."""
    words = plain(text).strip()
    refuse("text", not words and not photos, "Вставьте ответ из письма.")
    refuse("text", len(words) > rules.LONGEST_ANSWER, "Слишком длинно. Сократите, текст сохранён.")
    made = redrawn(photos)
    with transaction():
        message, row = locked_question(question_id, version)
        must_work(message, actor)
        closed = row.state not in rules.TAKES_ANSWER or message.status not in rules.ALIVE
        ServiceError.when(closed, "Ответ уже есть, или вопрос закрыт. Ничего не изменено.")
        return _answered(row, message, rules.answer_of(words, row.letter) or words, made, actor, now)


_MORE = "\n\nЕщё письмо:\n"


def _answered(
    row: NeighbourQuestion, message: Message, text: str, photos: Sequence[Checked], actor: User | None, now: datetime
) -> NeighbourQuestion:
    if row.state is QuestionState.ANSWERED:
        row.answer, row.taken_at = f"{row.answer}{_MORE}{text}"[: 2 * rules.LONGEST_ANSWER], None
    else:
        row.state, row.answer, row.answered_at = QuestionState.ANSWERED, text, now
        row.entered_by_id = actor.id if actor else None
    row.ended_at, row.reason = None, ""
    if row.mail is MailState.WAITING:
        row.mail = MailState.NONE
    files.keep(photos)
    for photo in photos:
        add_row(NeighbourPhoto(question_id=row.id, sha256=photo.sha256, size=len(photo.content)))
    note("neighbour_answered", row, message, actor, now)
    return row


def redrawn(uploads: Sequence[Upload]) -> list[Checked]:
    """The pictures drawn again, without place and camera. Raises MissingInput, NotClean."""
    given = [upload for upload in uploads if upload.filename or upload.content]
    refuse("photos", len(given) > rules.MOST_PHOTOS, f"Можно приложить не больше {rules.MOST_PHOTOS} фото.")
    made = []
    with tempfile.TemporaryDirectory(prefix="osm-scan-") as folder:
        for upload in given:
            path = Path(folder, "photo")
            path.write_bytes(upload.content)
            refuse_infected(path, files.shown_name(upload.filename))
            (checked,) = files.checked([upload])
            drawn = drawn_small(path, _SIDE, _QUALITY)
            if drawn is None:
                raise MissingInput("photos", f"Файл «{checked.filename}» не открылся. Ничего не отправлено.")
            made.append(replace(checked, content=drawn, content_type="image/jpeg", sha256=files.sha256_of(drawn)))
    return made


# --- Into the draft
def take(question_id: int, version: int, *, actor: User, now: datetime) -> NeighbourQuestion:
    """Append the answer to the text that this person is writing, and its photos to the reply. He answers for it (П.18).
    Raises NotYours, ServiceError, AnsweredTogether, StaleVersion."""
    with transaction():
        message, row = locked_question(question_id, version)
        mine, reply = must_work(message, actor), current_reply(message)
        ServiceError.when(row.state is not QuestionState.ANSWERED, "Ответа ещё нет. Ничего не изменено.")
        gone = reply is None or message.status not in rules.ASKED_IN
        ServiceError.when(gone, "Проект сейчас не у исполнителя. Ничего не изменено, сведения можно скопировать.")
        if (group_id := group_of(message.id)) is not None:
            raise AnsweredTogether(group_id)
        assert reply is not None
        NotYours.when(mine is None and not is_shared(message), "Проект готовит исполнитель. Ничего не изменено.")
        if mine is not None and mine.part_state is not None:
            part = part_text(mine.id, actor)
            whole = _joined(part_editor_text(mine.id, actor.id).text, row, actor)
            save_part_text(mine.id, text=whole, seen_at=part.saved_at if part else None, actor=actor, now=now)
        else:
            kept = draft_text(reply.id, actor)
            whole = _joined(editor_text(reply.id, actor.id).text, row, actor)
            save_text(reply.id, text=whole, seen_at=kept.saved_at if kept else None, actor=actor, now=now)
        known = {one.sha256 for one in message.attachments if one.reply_id == reply.id}
        photos = [_stored(photo, place) for place, photo in enumerate(row.photos, 1) if photo.sha256 not in known]
        files.store(photos, message=message, reply=reply, purpose=Purpose.REPLY, actor=actor, now=now)
        row.taken_at = now
        note("neighbour_taken", row, message, actor, now, for_id=mine.for_id if mine else None)
        return row


def _joined(begun: str, row: NeighbourQuestion, person: User) -> str:
    """The text with the letters that came since this person took the answer, which he may have changed in it by now."""
    letters, of_row = row.answer.split(_MORE), (Event.message_id == row.message_id, Event.object_id == row.id)
    taken = and_(Event.action == "neighbour_taken", Event.actor_id == person.id)
    its = (
        select(Event.action).where(*of_row, or_(Event.action == "neighbour_answered", taken)).order_by(Event.id.desc())
    )
    new = [*db.session.scalars(its), "neighbour_taken"].index("neighbour_taken")
    wanted = letters[-new:] if new else [letter for letter in letters if letter not in begun]
    return "\n\n".join([begun.rstrip(), *wanted]).strip()


def _stored(photo: NeighbourPhoto, place: int) -> Checked:
    path = files.stored_path(photo.sha256)
    content = must_exist(path.read_bytes() if path.is_file() else None, "Файл")
    return Checked(f"организация-{place}.jpg", content, "image/jpeg", photo.sha256)
