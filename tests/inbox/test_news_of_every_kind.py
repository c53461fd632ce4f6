"""The poll of the open list with a row of every kind, and after a log of any length."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.connectors.base import IncomingMessage
from osm.imports.acts.files import to_payload
from osm.inbox.queries.inbox import waiting_places
from osm.inbox.queries.news import KINDS
from osm.log.acts.record import record
from osm.log.queries.history import MOST
from osm.models import (
    Account,
    Arrival,
    Burst,
    BurstMark,
    CameBy,
    Comment,
    Complaint,
    Connection,
    ConnectionState,
    Danger,
    Department,
    DutyTurn,
    EditionKind,
    Emergency,
    HeldRow,
    ImportRun,
    ImportSource,
    Memo,
    Message,
    MessageEdition,
    NeighbourBody,
    NeighbourQuestion,
    OwnComment,
    PageTask,
    PortalMessage,
    Promise,
    Publication,
    Reply,
    Shortcoming,
    ThreadOffer,
    ToldFacts,
    UrgentReport,
)
from osm.people.views import asker_of
from osm.regulation.blacklist import CommentState
from osm.regulation.control import ShortcomingKind, Side
from osm.regulation.words import Status
from osm.talk import acts as talk_acts
from osm.urgent.acts import instructions, shifts, urgent
from osm.urgent.acts.instructions import Order
from osm.urgent.acts.urgent import ReportForm
from tests.cast import browser_of
from tests.desk import NOW
from tests.inbox.test_news import poll_of
from tests.page_reading import words
from tests.statements import counted, database_steps


def one_of_every_kind(desk):
    """All that can wait for a curator except messages, each from another person."""
    message = desk.in_status(Status.APPROVED)
    talk_acts.write_note(message.id, text="Взгляните", to_id=desk.ids["anna"], actor=desk.vera, now=NOW)
    order = Order("Позвонить в котельную", desk.ids["anna"], NOW + timedelta(hours=5))
    instructions.give(order, actor=desk.gleb, now=NOW)
    report = urgent.send(ReportForm("Прорыв трубы", place="Калининская, 12"), actor=desk.vera, now=NOW)
    shifts.give(note="", actor=desk.vera, now=NOW)
    with transaction() as session:
        session.get_one(UrgentReport, report.id).call_told_at = NOW
        memo = Memo(first_day=date(2026, 10, 1), last_day=date(2026, 10, 31), prepared_at=NOW)
        page = Account(network="vk", external_id="club1", created_at=NOW - timedelta(days=60))
        url = "https://vk.com/wall-1_2"
        own = OwnComment(
            network="vk", external_id="1", thread_key="1", url=url, text="Готово", written_at=NOW, heard_at=NOW
        )
        session.add_all([page, own, memo])
        session.flush()
        stopped = Connection(account_id=page.id, state=ConnectionState.STOPPED, switched_on_at=NOW, checked_at=NOW)
        session.add(stopped)
        task = PageTask(account_id=page.id, name="Ирина Сотова", key_name="access_token", opened_at=NOW)
        offer = ThreadOffer(message_id=message.id, own_id=own.id, heard_at=NOW)
        late = Shortcoming(
            kind=ShortcomingKind.BAD_ANSWER, message_id=message.id, clause="П.19", occurred_at=NOW, noted_at=NOW,
            words="Не тот адрес", side=Side.CURATOR, person_id=desk.ids["anna"],
        )  # fmt: skip
        # A department without users would not see an instruction, so the curator is asked.
        empty = Department(name="Архив", short_name="Архив")
        source = ImportSource(name="ИМ", mapping={})
        begun = NOW - timedelta(hours=2)
        burst = Burst(
            kind="topic", key="1", name="Отопление", since=begun, until=NOW, known_at=NOW, window=120, told=12,
            usual_hundredths=0, known_count=12,
        )  # fmt: skip
        session.add_all([task, offer, late, empty, source, burst])
        session.flush()
        run = ImportRun(source_id=source.id, filename="1.xlsx", sha256="0" * 64, created_at=NOW)
        session.add(run)
        session.flush()
        came = Arrival(
            way=CameBy.FOLDER, sha256="0" * 64, run_id=run.id, arrived_at=NOW, waits_since=NOW, reason="Столбцы другие."
        )
        facts = ToldFacts(
            message_id=message.id, department_id=empty.id, facts="Затоплен подвал", asked="Проверить", told_at=NOW,
            told_by_id=desk.ids["vera"],
        )  # fmt: skip
        edition = MessageEdition(
            message_id=message.id, made_at=NOW, kind=EditionKind.CHANGE, version=message.version,
            told={"text": ["Прорвало", "Трубу прорвало"]},
        )  # fmt: skip
        held = HeldRow(
            run_id=run.id, row_no=2, message_id=message.id, other_key="1", held_at=NOW, received_at=NOW,
            payload=to_payload(IncomingMessage(2, "number:1", "1", "Трубу прорвало", network="vk")),
        )  # fmt: skip
        mark = BurstMark(
            kind="topic", key="1", name="Отопление", message_id=message.id, at=begun, known_at=NOW, judged_at=NOW,
            burst_id=burst.id,
        )  # fmt: skip
        wire = Danger(message_id=message.id, found=[{"sign": "wire", "words": ["провод"]}], noted_at=NOW)
        turn = DutyTurn(
            person_id=desk.ids["anna"], begins_at=NOW, ends_at=NOW + timedelta(hours=9), loads_exports=True,
            entered_at=NOW, entered_by_id=desk.ids["anna"],
        )  # fmt: skip
        comment = Comment(
            network="vk", external_id="1", text="Сволочи", text_digest="0" * 64, stored_at=NOW, decided_at=NOW,
            state=CommentState.DELETED, ground="insult", evidence_sha256="0" * 64, decided_by_id=desk.ids["vera"],
        )  # fmt: skip
        session.add(comment)
        session.flush()
        complaint = Complaint(
            comment_id=comment.id, message_id=message.id, decider_id=desk.ids["vera"], decided_at=NOW, entered_at=NOW,
            entered_by_id=desk.ids["vera"], evidence={"text": comment.text},
        )  # fmt: skip
        notice = Publication(title="Дамба", day=NOW.date(), author_id=desk.ids["vera"], created_at=NOW)
        session.add(notice)
        session.flush()
        flood = Emergency(
            name="Дамба", notice_id=notice.id, answer="Ждите", prepared_at=NOW, prepared_by_id=desk.ids["vera"],
            begun_at=NOW, begun_by_id=desk.ids["vera"],
        )  # fmt: skip
        reply = session.scalars(db.select(Reply)).first()
        promise = Promise(
            message_id=message.id, reply_id=reply.id, due_on=NOW.date() - timedelta(days=1), created_at=NOW,
            created_by_id=desk.ids["vera"],
        )  # fmt: skip
        portal = PortalMessage(number="88001", text="Нет света", received_at=NOW)
        outside = NeighbourQuestion(
            message_id=message.id, body=NeighbourBody(name="Водоканал"), way="letter", text="Когда?", asked_at=NOW,
            asked_by_id=desk.ids["boris"], ends_at=NOW, mark="0" * 20,
        )  # fmt: skip
        session.add_all([promise, facts, edition, held, mark, wire, turn, complaint, flood, came, portal, outside])
        session.flush()
        record(
            "source_changed", at=NOW, actor=None, message=message, object_kind="message_edition", object_id=edition.id
        )
        rows = {"burst": burst, "told_facts": facts, "held_row": held, "page_guard": page, "account": page,
                "page_task": task, "duty_turn": turn, "import_run": run,
                "thread_offer": offer, "shortcoming": late, "memo": memo,
                "complaint": complaint, "emergency": flood, "promise": promise, "portal_message": portal,
                "neighbour_question": outside}  # fmt: skip
        for kind, row in rows.items():
            record("found", at=NOW, actor=None, object_kind=kind, object_id=row.id)
        record("danger_noted", at=NOW, actor=None, message=message, object_kind="danger", object_id=message.id)


def test_every_kind_of_row_is_counted_as_new_at_once(app, desk, anna):
    poll = poll_of(anna.get("/").text)
    one_of_every_kind(desk)
    with app.test_request_context():
        kinds = {place.duty for place in waiting_places(asker_of(desk.anna, NOW)) if place.duty < 0}
    assert kinds == set(KINDS)
    answer = anna.htmx(poll, method="GET")
    assert answer.status_code == 200
    assert f"новых {len(KINDS) + 1}" in words(answer.text)  # and the approved answer
    assert anna.get("/").status_code == 200


@pytest.mark.parametrize("login", ["anna", "vera", "boris"])
@pytest.mark.parametrize("poll", ["/inbox/news?seen=other", "/nav/badges"])
def test_no_poll_of_anybody_stumbles_over_any_of_them(app, desk, login, poll):
    one_of_every_kind(desk)
    assert browser_of(app, desk.ids, login).htmx(poll, method="GET").status_code == 200


def happen(desk, acts):
    """So many acts of other people on messages outside this list."""
    message = db.session.get(Message, desk.first_in(Status.ANSWERED))
    with transaction():
        for _ in range(acts):
            record("reopen", at=NOW, actor=desk.vera, message=message)


def test_after_a_long_log_the_line_mentions_changes_without_a_number(desk, anna):
    desk.in_status(Status.ANSWERED)
    poll = poll_of(anna.get("/").text)
    desk.in_status(Status.NEW)
    happen(desk, MOST)
    answer = words(anna.htmx(poll, method="GET").text)
    assert "список изменился" in answer
    assert "новых" not in answer


@pytest.mark.sqlite
@pytest.mark.parametrize("look", ["/inbox/news?seen=other", "/inbox/news?seen=other&looked={0}&checked={0}"])
def test_the_poll_costs_the_same_however_long_the_log_is(app, desk, anna, look):
    desk.in_status(Status.ANSWERED)
    desk.in_status(Status.NEW)
    costs = []
    for acts in (100, 3000):
        happen(desk, acts)
        last = re.search(r"looked=(\d+)", anna.get("/").text)[1]
        happen(desk, 10)
        poll = look.format(last)
        anna.htmx(poll, method="GET")
        with counted(app) as statements, database_steps(app) as steps:
            assert anna.htmx(poll, method="GET").status_code == 200
        costs.append((len(statements), steps()))
    (few, short), (many, long) = costs
    assert many <= few
    assert long <= short + 20, costs  # measured in hundreds of steps: thousands of rows would be six hundred
