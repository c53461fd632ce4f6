"""How a test asks about a text: as the service does, without a database."""

from __future__ import annotations

from osm.answers.acts.templates import Checked, check
from osm.regulation.words import ReplyKind


def judged(text: str, kind: str = "final", repeat: bool = False, attachments: int = 0, network: str = "vk") -> Checked:
    return check(text, network=network, kind=ReplyKind(kind), is_repeat=repeat, attachments=attachments)


def met(key: str, text: str, **how) -> bool | None:
    return next(one.met for one in judged(text, **how).criteria if one.key == key)


def evidence(key: str, text: str, **how) -> list[str]:
    return [span.fragment for one in judged(text, **how).criteria if one.key == key for span in one.evidence]
