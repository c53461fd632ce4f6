"""Instagram calls our webhook: signed with the application's secret, looked up by the worker, nothing twice."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
import requests
from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import WHOLE
from osm.listening.acts import called, hearing
from osm.models import Author, Comment, Connection, ConnectionState, ReceivedEvent
from osm.pages.acts.connecting import connect_page
from tests.emulators.calling import InstagramCalls, post, signature
from tests.emulators.instagram import KEYS, PAGE

SECRET = "APPSECRET"


def rows(model):
    db.session.rollback()
    query = select(model).order_by(model.id).execution_options(populate_existing=True)
    return db.session.scalars(query).unique().all()


def work(now):
    db.session.rollback()
    return called.work_off(now, WHOLE)


@pytest.fixture
def page(instagram, office, now):
    """A connected page that has the secret of its application and was looked at once."""
    keys = {**KEYS, "app_secret": SECRET}
    number = connect_page("instagram", PAGE, keys, has_read=True, actor=office.anna, now=now).account_id
    hearing.run(now, WHOLE)
    return number


@pytest.fixture
def calls(instagram, page, live_url, office, now):
    version = rows(Connection)[0].version
    called.arrange_hearing(page, version, by="callback", actor=office.anna, now=now)
    hearing.run(now, WHOLE)
    return InstagramCalls(instagram, f"{live_url}/callback/instagram", SECRET)


def test_the_vector_of_the_documentation():
    body = b'{"object":"instagram","entry":[]}'
    assert signature(SECRET, body) == "sha256=d9f304408d0f2be161c4b8ff7cb25df81b08d345f84ad960a284cdd8cae79547"


def test_the_address_is_shown_verified_and_needs_the_secret_of_the_application(instagram, live_url, office, dina, now):
    given = {"has_read": True, "actor": office.anna, "now": now}
    number = connect_page("instagram", PAGE, KEYS, **given).account_id
    here = f"/admin/pages/{number}"
    refused = dina.submit(f"{here}/hearing", {"version": 1, "by": "callback"})
    assert refused.status_code == 422
    assert "Сначала сохраните секрет приложения" in refused.text
    dina.submit(f"{here}/keys", {"network": "instagram", "version": 1, "key-app_secret": SECRET})
    told = dina.submit(f"{here}/hearing", {"version": 2, "by": "callback"}).text
    token = re.search(r'id="callback-secret">([0-9a-f]{40})<', told)[1]
    assert "/callback/instagram<" in told
    assert "<dt>Проверочный маркер (Verify Token)</dt>" in told
    assert "её события не принимаются" not in told, "what proves them is the secret of the application"
    assert "трока подтверждения" not in told
    assert SECRET not in told
    calls = InstagramCalls(instagram, f"{live_url}/callback/instagram", SECRET)
    assert calls.verify(token) == (200, "1158201444")
    assert [calls.verify(wrong)[0] for wrong in ("", "x" * 40, "маркер")] == [403] * 3
    assert requests.get(calls.url, timeout=10).status_code == 400
    asked = {"hub.verify_token": token, "hub.challenge": "<script>"}
    assert requests.get(calls.url, params=asked, timeout=10).status_code == 400


@pytest.mark.parametrize("changes", [True, False], ids=["changes", "in the entry"])
def test_a_comment_travels_from_the_call_to_the_queue(instagram, calls, now, changes):
    media = instagram.post("График вывоза мусора")
    top = instagram.write(media, "100500", "anna", "Когда вывезут?")
    under = instagram.write(media, "100500", "anna", "Ау!", top)
    assert calls.tell(top, under, changes=changes) == 200
    assert rows(Comment) == []
    assert work(now + timedelta(seconds=1)) == 2
    one, two = rows(Comment)
    assert (one.text, one.author.name, one.post_title) == ("Когда вывезут?", "anna", "График вывоза мусора")
    assert (two.text, two.parent_external_id) == ("Ау!", one.external_id)
    assert rows(Connection)[0].told_at == now
    assert (calls.tell(top, changes=changes), work(now), len(rows(ReceivedEvent))) == (200, 0, 2)


def test_an_author_named_without_his_number_is_no_other(instagram, calls, now, monkeypatch):
    """Instagram leaves `from` out at times; then a name is all that it tells."""
    media = instagram.post("График вывоза мусора")
    whole = instagram._shown
    for turn in range(3):
        said = {"from": {}} if turn == 1 else {}
        monkeypatch.setattr(instagram, "_shown", lambda *about, said=said: whole(*about) | said)
        calls.tell(instagram.write(media, "100500", "anna", f"Когда вывезут {turn}?"))
        work(now + timedelta(seconds=turn + 1))
    assert len(rows(Comment)) == 3
    assert [one.number for one in rows(Author)] == ["100500"]


def test_an_unsigned_call_leaves_nothing(instagram, calls):
    number = instagram.write(instagram.post("Пост"), "100500", "anna", "Привет")
    entry = calls._entry(number, True)
    body = json.dumps({"object": "instagram", "entry": [entry]}).encode()
    signed = signature(SECRET, body)
    foreign = json.dumps({"object": "instagram", "entry": [{**entry, "id": "1"}]}).encode()
    for sent, proof in (
        (body, ""), (body, "sha256="), (body, signature("other", body)), (body, signed[7:]), (body + b" ", signed),
        (foreign, signature(SECRET, foreign)), (b'{"entry":[]}', signature(SECRET, b'{"entry":[]}')),
    ):  # fmt: skip
        assert post(calls.url, sent, X_Hub_Signature_256=proof)[0] == 403
    for broken in (b"", b"[]", b"{}", b'{"entry":{}}', json.dumps({"entry": [{}] * 1001}).encode()):
        assert post(calls.url, broken, X_Hub_Signature_256=signature(SECRET, broken))[0] == 400
    odd = json.dumps({"entry": [1, {"changes": 1}, {"id": PAGE, "changes": [1, {}, {"field": "comments"}]}]}).encode()
    assert rows(ReceivedEvent) == []
    assert post(calls.url, odd, X_Hub_Signature_256=signature(SECRET, odd))[0] == 200
    both = json.dumps({"object": "instagram", "entry": [{**entry, "id": "1"}, entry]}).encode()
    assert post(calls.url, both, X_Hub_Signature_256=signature(SECRET, both)) == (200, "ok")
    assert len(rows(ReceivedEvent)) == 3


def test_what_is_not_reported_is_still_looked_at_but_seldom(instagram, calls, now):
    media = instagram.post("Пост")
    number = instagram.write(media, "100500", "anna", "Сотрут")
    calls.tell(number)
    work(now)
    hearing.run(now + timedelta(minutes=11), WHOLE)
    asked = len(instagram.serving.asked)
    instagram.delete(number)
    lost = instagram.write(media, "100500", "anna", "Не дошло")
    assert hearing.run(now + timedelta(minutes=20), WHOLE) == 0
    assert len(instagram.serving.asked) == asked
    assert hearing.run(now + timedelta(minutes=22), WHOLE) == 1
    assert [(one.text, one.gone_at is not None) for one in rows(Comment)] == [("Сотрут", True), ("Не дошло", False)]
    assert (calls.tell(lost), work(now)) == (200, 0)


def test_what_cannot_be_looked_up_now_is_looked_up_later(instagram, calls, now, monkeypatch):
    monkeypatch.setattr("osm.connectors.transport.LONGEST_PAUSE", 0)
    media = instagram.post("Пост")
    number = instagram.write(media, "100500", "anna", "Привет")
    gone = instagram.write(media, "100500", "anna", "Стёрто сразу")
    calls.tell(number, gone)
    instagram.delete(gone)
    instagram.refuse.extend([(2, 0)] * 10)
    assert work(now) == 0
    assert rows(Connection)[0].state is ConnectionState.FAILING
    instagram.refuse.clear()
    assert work(now) == 1
    assert [one.text for one in rows(Comment)] == ["Привет"]
    assert [row.body for row in rows(ReceivedEvent)] == ["", ""]
