"""What goes into «Пакет для полиции»: the evidence of a proposal with its screenshots, as one document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from sqlalchemy import select

from osm.blacklist.queries import Proof, Row
from osm.documents.police_file import PoliceFile, Screenshot, Threat, write_police_file
from osm.extensions import db
from osm.files.acts.files import preview, stored_path
from osm.files.acts.pictures import drawn_small
from osm.log.acts.record import Change, record
from osm.regulation.blacklist import BAN_TERM_LABELS, LIST_STATE_LABELS, BanTerm, ListState, list_clause, list_ground
from osm.regulation.comment_words import CommentGround
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import clause_words
from osm.services.errors import NotFound, ServiceError
from osm.store.models import BlacklistProposal, Message, User

# --- What all acts upon a proposal for the black list share
KIND = "blacklist_proposal"
"""Of the rows of the log."""


def locked(proposal_id: int) -> BlacklistProposal | None:
    """The row as it is now, locked until the end of the transaction."""
    wanted = select(BlacklistProposal).where(BlacklistProposal.id == proposal_id)
    return db.session.scalar(wanted.with_for_update(of=BlacklistProposal).execution_options(populate_existing=True))


def load(proposal_id: int, version: int, *states: ListState) -> BlacklistProposal:
    """The same under the version seen and in one of these states. NotFound, StaleVersion, ServiceError."""
    proposal = locked(proposal_id)
    if proposal is None:
        raise NotFound("Запись")
    if proposal.version != version:
        raise StaleVersion(version, proposal.version)
    if proposal.state not in states:
        raise ServiceError("По этой записи так уже не решить. Ничего не изменено: ниже видно, что с ней стало.")
    return proposal


def ban_term(code: str) -> BanTerm:
    """The term that a form has sent. MissingInput."""
    if code not in set(BanTerm):
        raise MissingInput("term", "Выберите срок из списка.")
    return BanTerm(code)


def settle(
    action: str,
    proposal: BlacklistProposal,
    changes: Mapping[str, Change],
    *,
    actor: User | None,
    now: datetime,
    note: str = "",
) -> None:
    """The end of an act: the version rises, and the act stands in the log."""
    proposal.version += 1
    told = {
        **changes,
        "list_state": (None, proposal.state),
        "version": (proposal.version - 1, proposal.version),
    }
    log(action, proposal, told, actor=actor, now=now, note=note)


def log(
    action: str,
    proposal: BlacklistProposal,
    changes: Mapping[str, Change],
    *,
    actor: User | None,
    now: datetime,
    note: str = "",
    message: Message | None = None,
) -> None:
    """One line of the log about the proposal; `message`: it stands in the history of this message too."""
    db.session.flush()
    record(
        action,
        at=now,
        actor=actor,
        message=message,
        clause=list_clause(
            proposal.ground,
            of_messages=any(one.closure_id for one in proposal.evidence),
            of_comments=any(not one.closure_id for one in proposal.evidence),
        ),
        changes=changes,
        note=note.strip(),
        object_kind=KIND,
        object_id=proposal.id,
    )


# --- What goes into «Пакет для полиции»
_EXCLUDED = "Сообщение исключено: ответа не требует (п. 17)"
_DELETED = "Комментарий удалён как нарушающий правила соцсети (п. 2.6 Порядка, п. 17)"
_SIDE = 1600
"""Points of the longer side: small enough to be sent by mail, large enough to be read."""
_QUALITY = 85


def is_for_police(proofs: Sequence[Proof]) -> bool:
    """Whether a threat is among what the author wrote."""
    return any(proof.ground is CommentGround.THREAT for proof in proofs)


def lacks_picture(proofs: Sequence[Proof]) -> bool:
    """Whether a threat among them is shown by no screenshot: of a text that is deleted nobody can take one any more."""
    return any(proof.ground is CommentGround.THREAT and not proof.screenshots for proof in proofs)


def police_file(
    row: Row | None, proofs: Sequence[Proof], *, network: str, actor: User, now: datetime, zone: tzinfo
) -> bytes:
    """The document with every one of these texts; `row`: the proposal, where there is one. Instants in local time."""

    def there(instant: datetime | None) -> datetime | None:
        return instant.astimezone(zone) if instant else None

    threats = [
        Threat(
            ground=_ground(proof),
            text=proof.text,
            url=proof.url,
            author_name=proof.author_name,
            author_url=proof.author_url,
            published_at=there(proof.published_at),
            taken_at=proof.taken_at.astimezone(zone),
            sha256=proof.sha256,
            number=proof.message_number,
            screenshots=[Screenshot(one.filename, one.sha256, _drawn(one.sha256)) for one in proof.screenshots],
        )
        for proof in proofs
    ]
    made = PoliceFile(
        author_name=proofs[0].author_name,
        author_url=proofs[0].author_url,
        network=network,
        threats=threats,
        decisions=_decisions(row, zone) if row else (("Решено", _DELETED if proofs[0].comment_id else _EXCLUDED),),
        made_at=now.astimezone(zone),
        made_by=actor.name,
    )
    return write_police_file(made)


def _ground(proof: Proof) -> str:
    of = {"of_messages": proof.of_messages, "of_comments": proof.of_comments}
    return f"{list_ground(proof.ground, **of)} ({clause_words(list_clause(proof.ground, **of))})"


def _decisions(row: Row, zone: tzinfo) -> list[tuple[str, str]]:
    def told(instant: datetime, *words: str) -> str:
        return ", ".join(filter(None, (f"{instant.astimezone(zone):%d.%m.%Y %H:%M}", *words)))

    lines = [
        ("Предложено", told(row.proposed_at, row.proposed_by, row.note)),
        ("Состояние", LIST_STATE_LABELS[row.state]),
        ("Срок", BAN_TERM_LABELS[row.term]),
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
    """The picture as JPEG of a readable size; None where the file is gone or broken."""
    shown = preview(sha256)
    if shown is None:
        return None
    shown.close()
    return drawn_small(stored_path(sha256), _SIDE, _QUALITY)
