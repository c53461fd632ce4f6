"""Which clocks a row opens: by its status in the source, its importance, and «история»."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.models import Message
from osm.regulation.words import Importance, Status
from osm.reports.queries.counting import Scope
from osm.reports.queries.figures import open_at
from tests.connectors.files import incident

from .desk import NOON, at, export, load, message, running

pytestmark = pytest.mark.usefixtures("office")

HIGH = {"route": "02.11 11:40", "draft": "02.11 11:40", "answer": "02.11 14:28"}

#: Status in the source, importance, history → our status and the clocks that run (received Monday 02.11 at 10:40).
CASES = [
    ("Новый", "Обычная", False, Status.NEW, {"route": "02.11 11:40"}),
    ("В работе", "Обычная", False, Status.NEW, {"route": "02.11 11:40"}),
    ("", "", False, Status.NEW, {"route": "02.11 11:40"}),
    ("Новый", "Повышенная", False, Status.NEW, HIGH),
    ("Ответ дан", "Обычная", False, Status.ANSWERED, {}),
    ("Ответ дан", "Повышенная", False, Status.ANSWERED, {}),
    ("Закрыт", "Обычная", False, Status.ANSWERED, {}),
    ("Решено", "Обычная", False, Status.ANSWERED, {}),
    ("Новый", "Обычная", True, Status.DISMISSED, {}),
    ("Новый", "Повышенная", True, Status.DISMISSED, {}),
    ("Ответ дан", "Обычная", True, Status.ANSWERED, {}),
]


@pytest.mark.parametrize(("status", "important", "history", "ours", "clocks"), CASES)
def test_clocks_of_a_row(status, important, history, ours, clocks):
    load(export(incident(501, Статус=status, Важность=important)), history=history)
    stored = message(501)
    assert (stored.status, running(stored)) == (ours, clocks)
    assert stored.importance is (Importance.HIGH if important == "Повышенная" else Importance.NORMAL)
    assert (stored.closed_at is not None) == (ours is not Status.NEW)


def test_history_says_on_the_card_why_no_step_is_due():
    load(export(incident(501)), history=True)
    (closure,) = message(501).closures
    assert (closure.status, closure.closed_at) == (Status.DISMISSED, NOON)
    assert "история" in closure.reason


def test_history_was_never_open_here():
    load(export(incident(501), incident(502, Статус="Ответ дан")), history=True)
    assert [message(number).closed_at for number in (501, 502)] == [at("02.11 10:40")] * 2
    assert db.session.scalars(open_at(at("02.11 11:00"), Scope(), Message.id)).all() == []


def test_the_answer_of_the_source_dates_the_end():
    from tests.connectors.files import HEADER

    row = [*incident(501, Статус="Ответ дан"), "02.11.2026 11:15", "Здравствуйте! Починили."]
    load(export(row, header=[*HEADER, "Дата ответа", "Ответ"]))
    assert message(501).closed_at == at("02.11 11:15")
    assert message(501).source_raw["answer"] == "Здравствуйте! Починили."


def test_the_anchor_is_the_receipt_else_publication_else_loading():
    load(
        export(
            incident(501),
            incident(502, **{"Дата поступления": ""}),
            incident(503, **{"Дата поступления": "", "Дата публикации": ""}),
        )
    )
    assert [message(number).received_at for number in (501, 502, 503)] == [at("02.11 10:40"), at("02.11 10:15"), NOON]


def test_beyond_the_known_calendar_a_row_is_stored_without_a_term():
    row = incident(501, **{"Дата поступления": "02.11.2011 10:40", "Дата публикации": "02.11.2011 10:15"})
    assert load(export(row)).counts == {"created": 1}
    (deadline,) = message(501).deadlines
    assert deadline.due_at is None
    assert deadline.explanation
