"""What acts on a proposal share, and «Пакет для полиции»: the evidence with its screenshots as one document."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import select

from osm.base.database import db
from osm.base.errors import ServiceError, must_exist
from osm.blacklist.queries import Proof, Row
from osm.documents.sheet import add_picture, add_table, as_bytes, new_sheet, plain
from osm.files.acts import files, pictures
from osm.log.acts.record import Change, record
from osm.models import BlacklistProposal, Message, User
from osm.regulation import blacklist, errors
from osm.regulation.words import clause_words

# --- Rows
KIND = "blacklist_proposal"  # in the log


def locked(proposal_id: int) -> BlacklistProposal | None:
    """The current row, locked until the end of the transaction."""
    wanted = select(BlacklistProposal).where(BlacklistProposal.id == proposal_id)
    return db.session.scalar(wanted.with_for_update(of=BlacklistProposal).execution_options(populate_existing=True))


def load(proposal_id: int, version: int, *states: blacklist.ListState) -> BlacklistProposal:
    """The row, if it has this version and one of these states. Raises NotFound, StaleVersion, ServiceError."""
    proposal = must_exist(locked(proposal_id), "Запись")
    errors.StaleVersion.unless_seen(version, proposal.version)
    if proposal.state not in states:
        raise ServiceError("По этой записи так уже не решить. Ничего не изменено: ниже видно, что с ней стало.")
    return proposal


def ban_term(code: str) -> blacklist.BanTerm:
    """The term from a form. Raises MissingInput."""
    return errors.one_of("term", code, blacklist.BanTerm, "Выберите срок из списка.")


def settle(
    action: str, proposal: BlacklistProposal, changes: Mapping[str, Change], *, actor: User | None, now: datetime,
    note: str = "",
) -> None:  # fmt: skip
    """End an act: raise the version and log it."""
    proposal.version += 1
    told = {
        **changes,
        "list_state": (None, proposal.state),
        "version": (proposal.version - 1, proposal.version),
    }
    log(action, proposal, told, actor=actor, now=now, note=note)


def log(
    action: str, proposal: BlacklistProposal, changes: Mapping[str, Change], *, actor: User | None, now: datetime,
    note: str = "", message: Message | None = None,
) -> None:  # fmt: skip
    """Log an act on the proposal; `message`: also in the history of this message."""
    db.session.flush()
    closures = [one.closure_id for one in proposal.evidence]
    clause = blacklist.list_clause(proposal.ground, of_messages=any(closures), of_comments=not all(closures))
    record(
        action, at=now, actor=actor, message=message, clause=clause, changes=changes, note=note.strip(), about=proposal
    )


# --- «Пакет для полиции»
_EXCLUDED = "Сообщение исключено: ответа не требует (п. 17)"
_DELETED = "Комментарий удалён как нарушающий правила соцсети (п. 2.6 Порядка, п. 17)"
_DIGESTS = (
    "SHA-256 текста посчитан по тексту, адресу, имени и профилю автора, времени публикации и времени сохранения: "
    "при любом их изменении он станет другим. SHA-256 снимка посчитан по файлу, который хранится в системе; "
    "здесь снимок уменьшен."
)
_SIDE = 1600  # pixels of the longer side: small enough for mail, large enough to read
_QUALITY = 85


def is_for_police(proofs: Sequence[Proof]) -> bool:
    """Whether one of the texts is a threat."""
    return any(proof.ground is blacklist.CommentGround.THREAT for proof in proofs)


def lacks_picture(proofs: Sequence[Proof]) -> bool:
    """Whether a threat has no screenshot; of a deleted text none can be made any more."""
    return any(proof.ground is blacklist.CommentGround.THREAT and not proof.screenshots for proof in proofs)


def police_file(
    row: Row | None, proofs: Sequence[Proof], *, network: str, actor: User, now: datetime, zone: tzinfo
) -> bytes:
    """The document with all these texts, letter by letter; `row`: the proposal, if there is one. Times are local."""
    document = new_sheet("Сведения об угрозах", made_by=actor.name, made_at=now)
    document.add_heading("Сведения об угрозах в социальной сети", 1)
    document.add_paragraph(
        f"Собрано {_moment(now, zone)}, {plain(actor.name)}. Тексты приведены дословно, с ошибками авторов."
    )
    author = (("Автор", proofs[0].author_name or "имя неизвестно"), ("Профиль", proofs[0].author_url or "неизвестен"))
    add_table(document, (*author, ("Социальная сеть", network)))
    for number, proof in enumerate(proofs, 1):
        _add_proof(document, number, proof, zone)
    document.add_heading("Что решено", 2)
    alone = ("Решено", _DELETED if proofs[0].comment_id else _EXCLUDED)
    add_table(document, _decisions(row, zone) if row else [alone])
    document.add_paragraph(_DIGESTS)
    return as_bytes(document)


def _add_proof(document: Any, number: int, proof: Proof, zone: tzinfo) -> None:
    document.add_heading(f"{number}. {_ground(proof)}", 2)
    for line in proof.text.splitlines() or [""]:
        document.add_paragraph(plain(line), style="Intense Quote")
    rows = (
        ("Ссылка", proof.url or "нет"),
        ("Автор тогда", ", ".join(filter(None, (proof.author_name, proof.author_url))) or "имя неизвестно"),
        ("Опубликовано", _moment(proof.published_at, zone) if proof.published_at else "неизвестно"),
        ("Сохранено", _moment(proof.taken_at, zone)),
        ("Сообщение", f"№ {proof.message_number}" if proof.message_number else ""),
        ("SHA-256", proof.sha256),
        ("Снимок экрана", "" if proof.screenshots else "не приложен"),
    )
    add_table(document, rows)
    for shot in proof.screenshots:
        document.add_paragraph(f"Снимок экрана: {plain(shot.filename)}\nSHA-256 {shot.sha256}")
        if drawn := _drawn(shot.sha256):
            add_picture(document, drawn)
        else:
            document.add_paragraph("Снимок не открывается: приложите файл из системы.")


def _moment(instant: datetime, zone: tzinfo) -> str:
    """«25.11.2026 09:37:00 (UTC+10:00)»: its reader may have another time zone."""
    local = instant.astimezone(zone)
    return f"{local:%d.%m.%Y %H:%M:%S} (UTC{local.isoformat()[-6:]})"


def _ground(proof: Proof) -> str:
    of = {"of_messages": proof.of_messages, "of_comments": proof.of_comments}
    return f"{blacklist.list_ground(proof.ground, **of)} ({clause_words(blacklist.list_clause(proof.ground, **of))})"


def _decisions(row: Row, zone: tzinfo) -> list[tuple[str, str]]:
    def told(instant: datetime, *words: str) -> str:
        return ", ".join(filter(None, (f"{instant.astimezone(zone):%d.%m.%Y %H:%M}", *words)))

    lines = [
        ("Предложено", told(row.proposed_at, row.proposed_by, row.note)),
        ("Состояние", row.state.label),
        ("Срок", row.term.label),
    ]
    if row.decided_at:
        lines.append(("Решено", told(row.decided_at, row.decided_by, row.decision_reason)))
    if row.applied_at:
        lines.append(("Блокировка с", told(row.applied_at)))
    if row.expires_at:
        lines.append(("Блокировка до", told(row.expires_at)))
    if row.lifted_at:
        lines.append(("Снято", told(row.lifted_at, row.lifted_by, row.lift_reason)))
    return lines


def _drawn(sha256: str) -> bytes | None:
    """The picture as a JPEG of readable size; None if the file is missing or broken."""
    shown = files.preview(sha256)
    if shown is None:
        return None
    shown.close()
    return pictures.drawn_small(files.stored_path(sha256), _SIDE, _QUALITY)
