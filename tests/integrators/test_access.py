"""Who may call: tokens, rights, limits shared by all processes; every refusal is JSON, and the token is in no log."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from sqlalchemy import select

from osm import create_app
from osm.base.application import FixedClock
from osm.base.database import db
from osm.base.transaction import transaction
from osm.integrators import screens
from osm.integrators.acts import taking, webhooks
from osm.models import Integrator, Message, User
from osm.regulation.words import Status
from tests.cast import browser_of
from tests.databases import let_go
from tests.integrators.conftest import TEXT, Api, message


def test_state_terms_and_answers_are_read_without_texts_and_names(app, desk, api, add):
    answered = desk.in_status(Status.ANSWERED, text=TEXT)
    whole = Api(api.base, add("Край", source="Край", sees_all=True)[1])
    answer = whole.get(answered.number)
    found = answer.json()
    assert (answer.status_code, found["status"], found["status_label"]) == (200, "answered", "Ответ дан")
    assert found["answers"][0]["url"].startswith("https://vk.com/")
    assert {one["kind"] for one in found["terms"]} >= {"route", "answer"}
    assert found["received_at"] == "2026-11-25T10:05:00+10:00"
    assert TEXT not in answer.text
    assert "Ежов" not in answer.text
    assert api.get(answered.number).status_code == 404, "of another source"


def test_rights_are_those_that_were_given(api, add):
    api.post(message())
    reads = Api(api.base, add("Читатель", rights="read")[1])
    writes = Api(api.base, add("Писатель", rights="write")[1])
    assert (reads.get("РИ-1").status_code, reads.post(message("РИ-2")).status_code) == (200, 403)
    assert (writes.get("РИ-1").status_code, writes.post(message("РИ-3")).status_code) == (403, 201)


@pytest.mark.parametrize("end", [webhooks.end_token, webhooks.archive, webhooks.issue_token])
def test_a_token_that_was_ended_or_replaced_is_unknown(app, add, live_url, cast, now, end):
    number, token = add()
    client = Api(live_url, token)
    assert client.post(message()).status_code == 201
    with app.app_context():
        version = db.session.get_one(Integrator, number).version
        end(number, version, actor=db.session.get_one(User, cast["dina"]), now=now)
    answer = client.post(message("РИ-2"))
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_only_a_hash_is_stored_and_the_last_use_is_known(app, api, now):
    api.get("1")
    with app.app_context():
        row = db.session.scalars(select(Integrator)).one()
        assert api.token not in str(vars(row))
        assert row.used_at == now


def test_requests_of_a_minute_are_counted_for_all_processes(app, api, clock, now):
    with app.app_context(), transaction() as session:
        session.scalars(select(Integrator)).one().per_minute = 3
    other = create_app(app.extensions["osm"].settings, FixedClock(now))
    try:
        with other.test_client() as client:
            codes = [client.get("/api/v1/messages/1", headers=api.headers).status_code for _ in range(2)]
            codes += [api.get("1").status_code for _ in range(2)]
            codes.append(client.get("/api/v1/messages/1", headers=api.headers).status_code)
        assert codes == [404, 404, 404, 429, 429]
    finally:
        let_go(other)
    refused = api.get("1")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    clock.set(now + timedelta(minutes=1))
    assert api.get("1").status_code == 404


def test_a_stranger_is_slowed_but_not_the_integrator_beside_him(app, api, monkeypatch):
    monkeypatch.setitem(app.extensions["osm"].remembers, screens.STRANGERS, screens.turns.Limit(1))
    stranger = Api(api.base, "osm_no")
    assert {stranger.get("1").status_code for _ in range(8)} == {401, 429}
    assert api.get("1").status_code == 404


def refusals(api):
    url = f"{api.base}/api/v1/messages"
    yield 400, api.post(b"{")
    yield 400, api.post(b"[" * 100_000)
    yield 400, api.post(message(), headers={"Idempotency-Key": "с пробелом".encode().decode("latin-1")})
    yield 401, requests.post(url, json=message(), timeout=60)
    yield 401, requests.get(f"{url}/1", headers={"Accept": "text/html"}, timeout=60)
    yield 404, api.get("нет-такого")
    yield 404, api.get("a%00b")
    yield 404, api.get("%2F1")
    yield 404, requests.get(f"{api.base}/api/v1/nothing", headers={"Accept": "text/html"}, timeout=60)
    yield 405, requests.put(url, timeout=60)
    yield 413, api.post(b" " * (screens.LARGEST + 1))
    yield 413, api.post(b" " * (2 * 1024 * 1024))
    yield 415, api.post(b"text=1", headers={"Content-Type": "application/x-www-form-urlencoded"})
    yield 422, api.post({})


def test_every_refusal_is_json_without_cookies(api):
    for status, answer in refusals(api):
        assert answer.status_code == status, answer.text
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json().keys() >= {"error", "kind"}
        assert "Set-Cookie" not in answer.headers
        assert re.search("[А-я]", answer.json()["error"])


def test_failures_are_json_too(app, api, monkeypatch):
    def broken(*_given):
        raise RuntimeError(TEXT)

    monkeypatch.setattr(taking, "take", broken)
    answer = api.post(message())
    assert (answer.status_code, answer.json()["kind"]) == (500, "InternalServerError")
    assert TEXT not in answer.text

    def busy(*_given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(taking, "take", busy)
    answer = api.post(message())
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/json")


def test_a_session_gives_no_access_and_none_is_begun(app, cast, api):
    dina = browser_of(app, cast, "dina")
    assert dina.get("/api/v1/messages/1").status_code == 401
    answer = api.post(message())
    assert (answer.status_code, answer.headers.get("Set-Cookie")) == (201, None)


def test_the_token_and_the_text_are_in_no_log(app, api, caplog):
    caplog.set_level(logging.DEBUG)
    api.post(message())
    api.post(message(text="", number=5))
    api.get("РИ-1")
    Api(api.base, f"{api.token}x").get("РИ-1")
    told = " ".join(json.dumps(vars(one), default=str, ensure_ascii=False) for one in caplog.records)
    assert "/api/v1/messages" in told
    assert api.token not in told
    assert TEXT not in told


def test_the_number_in_the_address_may_have_any_letters(app, api):
    api.post(message("A/1 №7"))
    with app.app_context():
        assert db.session.scalars(select(Message.number)).one() == "A/1 №7"
    assert api.get("A%2F1%20%E2%84%967").json()["number"] == "A/1 №7"


def test_an_ended_integrator_needs_settings_of_hosts_for_its_webhook(app, add, cast, now):
    number, _token = add()
    with app.app_context():
        actor = db.session.get_one(User, cast["dina"])
        app_settings = app.extensions["osm"].settings
        assert app_settings.webhook_hosts == ()
        for url in (
            "https://im.example.ru/x",
            "http://im.example.ru/x",
            "https://u:p@im.example.ru",
            "ftp://x",
            "https://[",
        ):
            with pytest.raises(webhooks.MissingInput) as refused:
                webhooks.switch_webhook_on(number, 2, url=url, actor=actor, now=now)
            assert refused.value.field == "url"
        app.extensions["osm"].settings = replace(app_settings, webhook_hosts=("im.example.ru",))
        try:
            assert webhooks.switch_webhook_on(number, 2, url="https://im.example.ru/x", actor=actor, now=now)
        finally:
            app.extensions["osm"].settings = app_settings
