"""Versions of a publication: made on submission, approved or returned with remarks, as those of answers are."""

from __future__ import annotations

import secrets
from datetime import datetime

from osm.regulation.errors import MissingInput
from osm.regulation.plan.formats import check_whole
from osm.regulation.plan.words import Format, PublicationState
from osm.services.plan.steps import PlanStep
from osm.store.models import Publication, PublicationVersion, User, VersionDecision

TEXTLESS = frozenset({Format.VIDEO, Format.CARD, Format.LIVE})
"""These may go out without a word of text."""


def submit(step: PlanStep) -> None:
    """The text becomes a version that waits for the curator. Raises MissingInput."""
    _make(step)


def approve(step: PlanStep) -> None:
    """The version that waits, or what the curator has just written. Raises MissingInput.

    What becomes approved is checked now: a version of before may have lost its photos or its questions since.
    """
    waits = step.row.versions[-1] if step.before is PublicationState.SUBMITTED else None
    if waits is not None and _is_of(waits, step.row):
        version = waits
        _check(step.row)
    else:
        version = _make(step)
    _log_text(step, version)
    _decide(version, VersionDecision.APPROVED, step)
    step.row.approver, step.row.approved_at = step.actor, step.now


def give_back(step: PlanStep, remarks: str) -> None:
    """Raises MissingInput: a return without remarks helps nobody."""
    if not remarks.strip():
        raise MissingInput("remarks", "Напишите, что исправить.")
    version = step.row.versions[-1]
    version.remarks = step.note = remarks.strip()
    _decide(version, VersionDecision.RETURNED, step)
    step.changes["to_id"] = (None, version.made_by_id)


def correct(step: PlanStep) -> None:
    """After the text of a submitted or approved publication was changed: see `osm.regulation.plan.steps`."""
    if step.row.state is not step.before:
        forget_approval(step.row)
    elif step.row.approved_at is not None:
        approve(step)
    else:
        _make(step)


def forget_approval(row: Publication) -> None:
    """It has to be approved anew."""
    row.approver, row.approved_at = None, None


def _check(row: Publication) -> None:
    """What may be submitted and approved: a text for every page, and what its format cannot do without."""
    texts = [row.text_of(placement) for placement in row.placements] or [row.text]
    if row.format not in TEXTLESS and not all(texts):
        raise MissingInput("text", "Текста ещё нет. Напишите, что выйдет.")
    check_whole(row.format, row.fields, has_photos=bool(row.photos))


def _make(step: PlanStep) -> PublicationVersion:
    row = step.row
    _check(row)
    author: User | None = step.actor
    assert author is not None  # only people submit and approve
    version = PublicationVersion(
        number=len(row.versions) + 1, title=row.title, text=row.text, page_texts=_own_texts(row), made_at=step.now,
        made_by_id=author.id, salt=secrets.token_hex(16),
    )  # fmt: skip
    row.versions.append(version)
    _log_text(step, version)
    return version


def _log_text(step: PlanStep, version: PublicationVersion) -> None:
    """The log keeps the digest of what was submitted or approved; an older version has no salt and no digest."""
    if version.salt:
        step.changes["text_number"], step.changes["text_digest"] = (None, version.number), (None, version.digest)


def _own_texts(row: Publication) -> dict[str, str]:
    return {str(one.account_id): one.text for one in row.placements if one.text is not None}


def _is_of(version: PublicationVersion, row: Publication) -> bool:
    return version.text == row.text and version.page_texts == _own_texts(row)


def _decide(version: PublicationVersion, decision: VersionDecision, step: PlanStep) -> None:
    at: datetime = step.now
    version.decision, version.decided_at, version.decided_by = decision, at, step.actor
