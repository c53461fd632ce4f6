"""The ready texts of the invented office."""

from __future__ import annotations

from datetime import datetime

from osm.answers.acts.templates import create_template
from osm.demo.story import read_texts
from osm.store.models import User


def create_templates(author: User, now: datetime) -> None:
    """All of them, written by the curator when the office opened."""
    for raw in read_texts("answer_templates")["template"]:
        create_template(name=raw["name"], kind=raw["kind"], topic_id=None, text=raw["text"], actor=author, now=now)
