"""The age of the oldest waiting comment, and the office's targets for it: in the queue and in the menu."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.database import db
from osm.check.acts import verdicts
from osm.comments.acts.importing import import_comments
from osm.comments.queries.copies import WAITING, Waiting
from osm.regulation.words import Ground
from tests.conftest import MORNING

from .conftest import CIVIL, RUDE, THREAT, line, the

NOON = MORNING + timedelta(hours=3, minutes=50)

#: minutes that (a civil one, a threat) have waited → words of the menu, whether its target has passed.
WAITED = [
    ((20, None), "20 мин", False),
    ((121, None), "2 ч", True),
    ((100, 20), "1 ч", False),
    ((100, 31), "31 мин", True),  # only the threat's target has passed, so its age is shown
    ((130, 31), "2 ч", True),
]


@pytest.fixture
def waits(app, cast, clock):
    """Comments that came so many minutes ago, now at the end of the morning."""
    now = NOON
    clock.set(now)

    def store(text: str, minutes: int) -> int:
        with app.app_context():
            external_id = f"-1_{minutes}"
            import_comments([line(id=external_id, text=text)], actor=None, now=now - timedelta(minutes=minutes))
            verdicts.read_due_comments(now)
            return the(external_id).id

    return store


@pytest.mark.parametrize(("minutes", "short", "late"), WAITED)
def test_the_age_is_in_the_menu_and_in_the_queue(waits, vera, minutes, short, late):
    civil, threat = minutes
    waits(CIVIL, civil)
    if threat:
        waits(THREAT, threat)
    page = vera.get("/moderation").text
    badge = page.split('id="badge-moderation"')[1].split("</a>")[0]
    assert f" · {short}<" in badge
    assert ('class="count is-late"' in f'id="badge-moderation"{badge}') is late
    assert "Самый старый ждёт <strong>" in page
    assert ("Угроза ждёт <strong>" in page) is bool(threat)
    assert "внутренняя цель 2 ч" in page


def test_an_empty_queue_has_no_age(waits, vera):
    page = vera.get("/moderation").text
    assert "внутренняя цель" not in page


def waiting_comments() -> Waiting:
    return Waiting(*db.session.execute(db.select(*WAITING)).one())


def test_an_edited_comment_waits_since_its_new_text(app, waits):
    waits(CIVIL, 100)
    with app.app_context():
        assert waiting_comments().oldest == NOON - timedelta(minutes=100)
        import_comments([line(id="-1_100", text=RUDE)], actor=None, now=NOON)
        found = waiting_comments()
        assert (found.number, found.oldest, found.threat) == (1, NOON, None)
        the("-1_100").category = Ground.THREAT
        db.session.flush()
        assert waiting_comments().threat == found.oldest
        db.session.rollback()
