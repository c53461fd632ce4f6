"""What goes into «Пакет для полиции»: the evidence of a proposal with its screenshots, as one document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from osm.documents.police_file import PoliceFile, Screenshot, Threat, write_police_file
from osm.regulation.blacklist import BAN_TERM_LABELS, LIST_STATE_LABELS, list_clause, list_ground
from osm.regulation.clause_words import clause_words
from osm.regulation.comment_words import CommentGround
from osm.services.files.attachments import stored_path
from osm.services.files.pictures import drawn_small
from osm.services.files.previews import preview
from osm.store.models import User
from osm.store.queries.blacklist.blacklist import Row
from osm.store.queries.blacklist.history import Proof

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
