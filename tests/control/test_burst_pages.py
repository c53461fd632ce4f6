"""«Всплески» and `osm bursts`: what they say about a burst, and to which people."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta

import docx
import pytest

from osm.base.database import db
from osm.bursts import queries
from osm.jobs.running import run_due
from osm.messages.acts import routing
from osm.models import Burst, Message, Reminder, UrgentReport
from osm.urgent.acts import urgent
from osm.urgent.views import report_of_burst
from tests.control.test_bursts import THEN, write  # noqa: F401
from tests.inbox.test_proposed import form_of
from tests.page_reading import words
from tests.statements import counted


@pytest.fixture
def burst(write) -> Burst:  # noqa: F811
    """Twelve messages about heating, eight of them of one street."""
    write(8, place="ул. Калининская, 12")
    write(4, THEN + timedelta(minutes=8))
    run_due(THEN + timedelta(minutes=15))
    return db.session.scalars(db.select(Burst).where(Burst.kind == "topic")).one()


def test_the_list_says_of_what_and_how_many(burst, anna, gleb):
    for reader in (anna, gleb):
        page = words(reader.get("/reports/bursts").text)
        assert "Отопление, улица Калининская 12 сообщений за 2 часа обычно ни одного" in page
        assert page.count("за 2 часа обычно") == 1


def test_one_shows_its_messages_places_and_hours(burst, anna):
    text = anna.get(f"/reports/bursts/{burst.id}").text
    page = words(text)
    assert "Отопление, улица Калининская: 12 сообщений за 2 часа" in page
    assert "О чём Отопление Где улица Калининская (8)" in page
    assert "Сообщения и комментарии 12 Первым — самое типичное" in page
    assert text.count('class="inside"') == 1
    assert "style=" not in text.split("<main", 1)[1]
    assert anna.get("/reports/bursts/999").status_code == 404


def test_an_empty_list_says_so(desk, anna):
    assert "Всплесков не было" in anna.get("/reports/bursts").text


def test_the_menu_counts_the_fresh_ones_once_a_minute_of_the_clock(app, burst, anna, clock):
    taken = []
    for minutes in (0, 0, 1, 2):
        clock.set(THEN + timedelta(minutes=20 + minutes))
        with counted(app) as statements:
            anna.get("/help")
        taken.append(sum("burst.known_at >" in statement for statement in statements))
    assert taken == [1, 0, 0, 1]


def test_others_are_refused(burst, boris, efim):
    for stranger in (boris, efim):
        assert stranger.get("/reports/bursts").status_code in (302, 403)
        assert stranger.get(f"/reports/bursts/{burst.id}").status_code in (302, 403)


def test_the_command_has_a_line_a_burst(app, burst):
    lines = app.test_cli_runner().invoke(args=["osm", "bursts", "--json"]).stdout.splitlines()
    topic = next(row for row in map(json.loads, lines) if row["kind"] == "topic")
    assert topic == {
        "kind": "topic", "name": "Отопление", "since": THEN.isoformat(),
        "known_at": (THEN + timedelta(minutes=15)).isoformat(), "count": 12, "usual": 0.0,
        "numbers": [f"В-{n}" for n in range(1, 13)],
    }  # fmt: skip
    said = app.test_cli_runner().invoke(args=["osm", "bursts"]).stdout
    assert "Отопление, улица Калининская: 12 сообщений за 2 часа, обычно ни одного, с 25.11 12:00" in said


def test_what_an_urgent_report_begins_with(app, desk, burst):
    first = db.session.scalars(db.select(Message).order_by(Message.id)).first()
    routing.route_message(
        first.id,
        first.version,
        executor_id=desk.ids["boris"],
        task="",
        actor=desk.anna,
        now=THEN + timedelta(minutes=20),
    )
    with app.test_request_context():
        told = report_of_burst(queries.one(burst.id))
    assert told.what.splitlines()[0] == "Отопление, улица Калининская: 12 сообщений за 2 часа, обычно ни одного."
    assert (told.place, told.since_at, told.how_many, len(told.links.split())) == ("улица Калининская", THEN, 12, 12)
    assert told.workers.startswith(desk.boris.name)
    assert told.workers.endswith("— 1 сообщение")
    assert told.done == "Сообщения сейчас: новое — 11; на отработке — 1."


def test_one_press_fills_it_in_and_the_burst_shows_the_report(burst, desk, anna, gleb):
    path = f"/reports/bursts/{burst.id}/urgent"
    for page in ("/reports/bursts", f"/reports/bursts/{burst.id}"):
        assert f'href="{path}"' in anna.get(page).text
        assert f'href="{path}"' not in gleb.get(page).text
    assert "Отопление, улица Калининская: 12 сообщений за 2 часа" in anna.get(path).text
    wrong = anna.submit(path, {"what": "Нет отопления", "how_many": "много"})
    assert wrong.status_code == 422
    assert "Нет отопления" in wrong.text
    sent = anna.submit(path, {"what": "Нет отопления", "how_many": "12"})
    db.session.rollback()
    row = db.session.scalars(db.select(UrgentReport)).one()
    assert (sent.location, row.burst_id) == (f"/reports/urgent/{row.id}", burst.id)
    assert (row.received_at, row.known_at) == (burst.since, burst.known_at)
    again = anna.submit(path, {"what": "Всё ещё нет", "how_many": "13"})
    assert again.status_code == 409
    assert "Об этом всплеске доклад главе уже отправлен: Анна" in again.text
    assert f'href="/reports/urgent/{row.id}"' in again.text
    assert "Всё ещё нет" in again.text
    for reader, page in ((gleb, "/reports/bursts"), (anna, f"/reports/bursts/{burst.id}")):
        assert "Доклад № 1 ·" in words(reader.get(page).text)
        assert "ещё не доведено до главы" in reader.get(page).text
        assert f'href="{path}"' not in reader.get(page).text
    urgent.read(row.id, 1, actor=desk.maxim, now=THEN + timedelta(hours=1))
    assert "Доложить ещё раз" in anna.get(f"/reports/bursts/{burst.id}").text
    assert "Всплеск Отопление" in words(anna.get(f"/reports/urgent/{row.id}").text)
    document = docx.Document(io.BytesIO(anna.get(f"/reports/urgent/{row.id}/export.docx").data))
    cells = [cell.text for table in document.tables for line in table.rows for cell in line.cells]
    assert "всплеск «Отопление»" in cells
    assert "Опубликовано первое сообщение" in cells
    assert anna.get("/reports/bursts/999/urgent").status_code == 404


def test_the_curator_is_reminded_at_any_hour_and_the_notice_names_it(burst, write, anna, desk, clock):  # noqa: F811
    clock.set(THEN + timedelta(minutes=46))
    run_due(THEN + timedelta(minutes=16))
    found = db.select(Reminder.object_id).where(Reminder.kind == "burst", Reminder.recipient_id == desk.ids["anna"])
    assert db.session.scalars(found).all() == [burst.id]
    assert "Всплеск. Отопление, улица Калининская: 12 сообщений за 2 часа" in words(anna.get("/reminders").text)
    write(24, THEN + timedelta(minutes=17), place="ул. Калининская, 12")
    run_due(THEN + timedelta(minutes=45))
    run_due(THEN + timedelta(minutes=46))
    said = "Всплеск. Стало вдвое больше. Отопление, улица Калининская: 36 сообщений за 2 часа"
    assert said in words(anna.get("/reminders").text)


def test_it_waits_for_the_curator_until_reported_or_needing_no_report(burst, write, anna, vera):  # noqa: F811
    row = "всплеск п. 20 Отопление, улица Калининская: 12 сообщений за 2 часа"
    assert row in words(anna.get("/").text)
    assert row not in words(vera.get("/").text)
    assert vera.submit(f"/reports/bursts/{burst.id}/settle", {"version": "1"}).status_code == 403
    page = anna.get(f"/reports/bursts/{burst.id}").text
    assert "Доклад не нужен</button>" in page
    assert anna.submit(f"/reports/bursts/{burst.id}/settle", {"version": "1"}).status_code == 303
    assert row not in words(anna.get("/").text)
    assert "Доклад не нужен</button>" not in anna.get(f"/reports/bursts/{burst.id}").text
    write(24, THEN + timedelta(minutes=17), place="ул. Калининская, 12")
    run_due(THEN + timedelta(minutes=45))
    again = "удвоился п. 20 Отопление, улица Калининская: 36 сообщений за 2 часа"
    assert again in words(anna.get("/").text)
    anna.submit(f"/reports/bursts/{burst.id}/settle", {"version": "1"})  # seen before it doubled
    assert again in words(anna.get("/").text)
    anna.submit(f"/reports/bursts/{burst.id}/urgent", {"what": "Нет отопления", "how_many": "36"})
    assert again not in words(anna.get("/").text)


def test_all_of_it_is_routed_by_one_confirmation(burst, write, desk, anna):  # noqa: F811
    write(3, THEN + timedelta(minutes=14), topic="", text="Опять то же самое", place="ул. Калининская, 12")
    run_due(THEN + timedelta(minutes=20))
    page = anna.get(f"/reports/bursts/{burst.id}").text
    assert f'href="/inbox/proposed?burst={burst.id}"' in page
    form = anna.get(f"/inbox/proposed?burst={burst.id}").text
    assert "Направить всплеск 15" in words(form)
    assert "Предложения нет 3" in words(form)
    assert re.search(rf'<option value="{desk.ids["boris"]}"[^>]* selected', form)
    filled = form_of(form) | {"rest_executor_id": str(desk.ids["boris"])}
    sent = anna.submit(f"/inbox/proposed?burst={burst.id}", filled)
    assert sent.location == f"/reports/bursts/{burst.id}"
    page = words(anna.get(sent.location).text)
    assert "Направлено: 15 сообщений." in page
    assert "Сообщения сейчас на отработке — 15" in page
    assert "Направить новые" not in page
    assert "Новых сообщений нет" in anna.get(f"/inbox/proposed?burst={burst.id}").text
    run_due(THEN + timedelta(minutes=21))
    assert "15 сообщений" in words(anna.get(sent.location).text)  # each is read once more, and stays


def test_all_of_it_gets_one_answer(burst, desk, anna):
    form = anna.get(f"/groups/new?burst={burst.id}").text
    assert form.count('name="row"') == form.count(" checked>") == 12
    assert 'value="Отопление, улица Калининская"' in form
    rows = [f"{m.id}:{m.version}" for m in db.session.scalars(db.select(Message))]
    made = anna.submit("/groups", {"row": rows, "executor_id": str(desk.ids["boris"]), "name": "Отопление"})
    page = anna.get(f"/reports/bursts/{burst.id}").text
    assert f'href="{made.location}">Общий ответ № 1</a> на 12 сообщений' in page
    assert "Один ответ на все" not in page
    assert anna.get("/groups/new?burst=999").status_code == 200


def test_the_first_of_its_messages_is_a_typical_one(write, anna):  # noqa: F811
    write(1, text="Здравствуйте, пишу впервые, батареи, а ещё крыша течёт и лифт сломан в подъезде")
    write(9, THEN + timedelta(minutes=1), text="Батареи холодные, нет отопления")
    write(2, THEN + timedelta(minutes=11), text="Ужас")
    run_due(THEN + timedelta(minutes=15))
    texts = anna.get("/reports/bursts/1").text.split('<ol class="burst-texts">')[1]
    assert words(texts.split("</li>")[0]).endswith("Батареи холодные, нет отопления")
