"""From a number that is a setting near copies count as a mailing: a person is asked to look, nothing happens by itself.

The check of a comment asks here whether it is one of a mailing; what becomes one is checked anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import current_app
from sqlalchemy import Select, select

from osm.extensions import db
from osm.regulation.comment_words import CommentState
from osm.regulation.words import Ground
from osm.services.reading import copy_index, due
from osm.settings import Settings
from osm.store.models import MAILING_RULE, Comment, CopyGroup, CopyText, Decision, ReadingKind

RULE = MAILING_RULE
"""The name under which its findings are answered and counted, beside the rules of the library."""


def from_number() -> int:
    """How many near copies are a mailing (OSM_COPIES_MAILING)."""
    settings: Settings = current_app.extensions["osm_settings"]
    return settings.copies_mailing


def among(comment_ids: Collection[int]) -> set[int]:
    """Those of these comments that belong to a mailing. In the write transaction that stores their check.

    Groups do not change until its end: a comment is told of its mailing by its check or is checked anew.
    """
    copy_index.alone()
    members = select(CopyText.comment_id).join(CopyGroup, CopyGroup.id == CopyText.group_id)
    found = db.session.scalars(
        members.where(CopyText.comment_id.in_(comment_ids), CopyGroup.size >= from_number())
    ).all()
    return {comment_id for comment_id in found if comment_id is not None}


def raised(verdict: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The verdict with the mailing as one more reason to look; what the rules exclude stays excluded."""
    finding = {
        "category": Ground.SPAM.value,
        "rule": RULE,
        "severity": "medium",
        "start": 0,
        "end": len(text),
        "lemma": "",
        "why": f"Почти таких же текстов за две недели — {from_number()} или больше: похоже на рассылку.",
    }
    decision = Decision.REVIEW.value if verdict["verdict"] == Decision.PASS else verdict["verdict"]
    return {**verdict, "verdict": decision, "findings": [*verdict["findings"], finding]}


def check_anew(grown: Mapping[int, tuple[int, int]], joined: Collection[int], fresh: Collection[int]) -> None:
    """Waiting comments that have become part of a mailing are owed their check; in the transaction that grouped them.

    `grown`: group → its size before and now; `joined`: groups that others were joined to; `fresh`: comments just read.
    """
    least = from_number()
    mailings = [group_id for group_id, (_, size) in grown.items() if size >= least]
    new = [group_id for group_id in mailings if grown[group_id][0] < least or group_id in joined]
    members = select(CopyText.comment_id)
    if new:
        _owe_check(members.where(CopyText.group_id.in_(new)))
    if mailings and fresh:
        _owe_check(members.where(CopyText.comment_id.in_(fresh), CopyText.group_id.in_(mailings)))


def _owe_check(comment_ids: Select[int | None]) -> None:
    waiting = select(Comment.id).where(Comment.id.in_(comment_ids), Comment.state == CommentState.WAITING)
    due.owe_comments(db.session.scalars(waiting).all(), [ReadingKind.VERDICT])
