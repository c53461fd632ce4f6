"""«Журнал»: whether the log fits its seals, the result of the last check, what the worker has noticed."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.log.acts import audit, sealing
from osm.log.queries import page as queries_page
from tests.databases import changes_allowed
from tests.log.test_pages import logged, one

pytestmark = pytest.mark.usefixtures("desk")


@pytest.mark.parametrize(
    ("logged_now", "words"), [(0, "Ещё без печати: 1 запись."), (1, "2 записи"), (2, "больше 2 записей")]
)
def test_what_waits_for_a_seal_is_counted_up_to_a_bound(dina, clock, monkeypatch, logged_now, words):
    monkeypatch.setattr(queries_page, "COUNTED", 3)
    dina.get("/admin/log")  # the first look of the day is logged
    audit.seal_events(clock.now())
    logged(logged_now + 1, clock.now())
    assert words in " ".join(dina.get("/admin/log").text.split())


def test_the_state_of_the_seals_and_the_last_check(dina, clock):
    (app_events,) = [logged(3, clock.now(), "act")]
    page = unescape(dina.get("/admin/log").text)
    assert "Печатей ещё нет" in page
    assert "ещё не сверяли" in page
    audit.seal_events(clock.now())
    assert "Последняя печать № 1" in dina.get("/admin/log").text
    assert dina.submit("/admin/log/verify").status_code == 303
    page = unescape(dina.get("/admin/log").text)
    assert "Журнал цел: проверка" in page
    assert "(Дина Орлова)" in page

    db.session.rollback()
    with transaction() as session, changes_allowed(session.connection()):
        session.connection().exec_driver_sql(f"DELETE FROM event WHERE id = {app_events[1]}")
    clock.set(clock.now() + timedelta(minutes=1))
    dina.submit("/admin/log/verify")
    page = unescape(dina.get("/admin/log").text)
    assert "Журнал изменён в обход программы" in page
    assert "не хватает записей: 1." in page


def test_seals_of_another_key_differ_from_a_changed_log(dina, clock, monkeypatch):
    logged(3, clock.now(), "act")
    audit.seal_events(clock.now())
    monkeypatch.setattr("osm.log.acts.audit.current_key", lambda: sealing.seal_key("another"))
    page = unescape(dina.submit("/admin/log/verify", follow_redirects=True).text)
    assert "проверен не весь" in page
    assert "не смогла сверить участков журнала: 1." in page
    page = unescape(dina.get("/admin/log").text)
    assert "Задайте на сервере прежний" in page
    assert "Сохраните копию базы" not in page


def test_what_the_worker_has_noticed_stays_on_the_page_and_in_readyz(dina, clock):
    logged(3, clock.now(), "act")
    audit.seal_events(clock.now())
    assert "log_fault_at" not in dina.get("/readyz").json
    audit.seal_file().path.unlink()
    logged(3, clock.now(), "act")
    audit.seal_events(clock.now())
    audit.seal_file().path.unlink()
    audit.seal_events(clock.now())
    page = unescape(dina.get("/admin/log").text)
    assert "Фоновый процесс заметил нарушения" in page
    assert "файла печатей нет, в базе № 2: они расходятся." in page
    assert dina.get("/readyz").json["log_fault_at"] == clock.now().isoformat()
    dina.submit("/admin/log/verify")
    assert "нашла нарушений: 1." in unescape(dina.get("/admin/log").text)
    row = one(dina, "action=log_fault", "печати журнала исчезли или подменены")
    assert "найдено: файла печатей нет, в базе № 2: они расходятся" in row


def test_what_was_sealed_late_is_shown_and_is_no_fault(dina, clock):
    dina.get("/admin/log")
    audit.seal_events(clock.now())
    logged(3, clock.now(), "act")
    clock.set(clock.now() + timedelta(minutes=30))
    dina.submit("/admin/log/verify")
    page = unescape(dina.get("/admin/log").text)
    assert "Журнал проверен не весь" in page
    assert "Проверьте, работает ли на сервере фоновый процесс." in page
    assert dina.get("/readyz").json["log_fault_at"] == clock.now().isoformat()
    audit.seal_events(clock.now())
    clock.set(clock.now() + timedelta(minutes=1))
    dina.submit("/admin/log/verify")
    page = unescape(dina.get("/admin/log").text)
    assert "Журнал цел: проверка" in page
    assert "не было запечатано с 25.11.2026 11:00 до 25.11.2026 11:30." in page
    assert "log_fault_at" not in dina.get("/readyz").json
    assert "запечатаны с опозданием" in one(dina, "action=log_sealed_late", "с опозданием")
