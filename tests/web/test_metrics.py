"""/metrics: who may read it, and what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from osm.base.database import db
from osm.base.durable import DISK, Disk, folders_of
from osm.base.transaction import WorkerBeat, transaction
from osm.flow.acts import act
from osm.jobs.lanes import LANES, beat
from osm.keeping.acts import nightly
from osm.models import Author, OutboxAction
from osm.regulation.blacklist import OutboxKind
from osm.regulation.words import Status
from osm.reminders.acts.mailing import SERVER, TROUBLES, note_trouble
from osm.serve.processes import proxy_options
from osm.settings import SettingsError
from tests.office import at
from tests.serving import serving

TOKEN = "tests-Jm4sXq8RvY2kNc6WbTz1HdLfPo7EaGu9"


@pytest.fixture
def settings(app):
    """`settings(name=…)`: those of the application, for this test."""
    before = app.extensions["osm"].settings

    def change(**given):
        app.extensions["osm"].settings = replace(app.extensions["osm"].settings, **given)

    yield change
    app.extensions["osm"].settings = before


def scrape(client) -> dict[tuple[str, ...], float]:
    """Name and values of labels → value."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def status(url: str, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        return urlopen(Request(f"{url}/metrics", headers=named)).status
    except HTTPError as error:
        return error.code


@pytest.mark.sqlite
@pytest.mark.parametrize("trusted", ["", "127.0.0.1", "*"])
def test_from_the_server_itself_but_not_through_a_proxy_on_it(app, make_settings, trusted):
    with serving(app, **proxy_options(make_settings(OSM_TRUSTED_PROXY=trusted))) as url:
        assert status(url) == 200
        assert status(url, X_Forwarded_For="10.1.2.3") == 403
        assert status(url, X_Forwarded_For="127.0.0.1") == 403
        for header in ("X_Forwarded_Proto", "X_Real_IP", "Forwarded", "Via"):
            assert status(url, **{header: "1.1 proxy" if header == "Via" else "for=127.0.0.1"}) in (400, 403), header


@pytest.mark.sqlite
def test_through_a_proxy_with_the_token_only(app, make_settings, settings):
    proxied = {"X_Forwarded_For": "10.1.2.3"}
    with serving(app, **proxy_options(make_settings(OSM_TRUSTED_PROXY="127.0.0.1"))) as url:
        assert status(url, Authorization="Bearer ", **proxied) == 403
        settings(metrics_token=TOKEN)
        assert status(url, Authorization=f"Bearer {TOKEN}", **proxied) == 200
        for wrong in (f"Bearer {TOKEN}x", TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer \xe9"):
            assert status(url, Authorization=wrong, **proxied) == 403, wrong
        assert status(url, **proxied) == 403
        assert status(url) == 200


def test_another_machine_is_refused_and_the_database_not_asked(app, client):
    asked = []
    with app.app_context():
        engine = db.engine
    listened = (engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    event.listen(*listened)
    for address in ("10.1.2.3", "2001:db8::1", ""):
        assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": address}).status_code == 403
    event.remove(*listened)
    assert asked == []


def test_a_token_that_can_be_guessed_is_refused(make_settings):
    assert make_settings(OSM_METRICS_TOKEN=TOKEN).metrics_token == TOKEN
    assert TOKEN not in repr(make_settings(OSM_METRICS_TOKEN=TOKEN))
    for token in ("short", "т" * 40, "a b " * 10):
        with pytest.raises(SettingsError, match="OSM_METRICS_TOKEN"):
            make_settings(OSM_METRICS_TOKEN=token)


def test_lanes_and_troubles(app, client, clock, monkeypatch):
    disk = Disk(folders_of(app.extensions["osm"].settings))  # remembers no refusal of another test
    monkeypatch.setitem(app.extensions["osm"].remembers, DISK, disk)
    with app.app_context():
        beat(LANES[0], clock.now())
        note_trouble(SERVER, clock.now())
    clock.set(clock.now() + timedelta(seconds=50))
    said = scrape(client)
    assert said["osm_lane_silent_seconds", LANES[0].name] == 50
    assert said["osm_lane_silent_seconds", LANES[1].name] == float("inf")
    assert said["osm_trouble_seconds", SERVER] == 50
    assert said["osm_database_up",] == said["osm_disk_writable",] == 1
    assert said["osm_disk_free_bytes",] > 0
    TROUBLES.forget(app)


def test_terms_and_breaches(desk, clock, client):
    desk.in_status(Status.IN_WORK, high=True)
    said = scrape(client)
    assert said["osm_terms_open", "draft"] == 1
    assert said["osm_terms_overdue", "draft"] == 0
    assert said["osm_term_oldest_overdue_seconds", "draft"] < 0
    clock.set(at("25.11 18:00"))
    act.record_breaches(clock.now())
    said = scrape(client)
    assert said["osm_terms_overdue", "draft"] == said["osm_breaches_last_day", "draft"] == 1
    assert said["osm_term_oldest_overdue_seconds", "draft"] > 0


def test_backups(app, client, clock, settings, tmp_path):
    assert not any(name.startswith("osm_backup") for name, *_ in scrape(client))
    settings(backup_dir=tmp_path)
    assert scrape(client)["osm_backup_age_seconds",] == float("inf")
    with app.app_context(), transaction() as session:
        session.add(WorkerBeat(name=nightly.GOOD, at=clock.now() - timedelta(hours=3), detail="{}"))
        session.add(WorkerBeat(name=nightly.TRIAL_FAILED, at=clock.now(), detail="{}"))
    said = scrape(client)
    assert said["osm_backup_age_seconds",] == 3 * 3600
    assert (said["osm_backup_failed",], said["osm_backup_trial_failed",]) == (0, 1)


def test_an_act_without_a_connected_page_waits_for_a_person(app, client, clock):
    with app.app_context(), transaction() as session:
        author = Author(network="vk", name="Автор", profile_url="https://vk.com/id1")
        session.add_all([author, ban := OutboxAction(kind=OutboxKind.BAN, network="vk", author=author)])
        ban.not_before = ban.created_at = clock.now()
        ban.idempotency_key = "ban 1"
    clock.set(clock.now() + timedelta(hours=2))
    said = scrape(client)
    assert (said["osm_queue", "outbox"], said["osm_queue", "outbox_for_person"]) == (0, 1)
    assert said["osm_queue_oldest_seconds", "outbox_for_person"] == 7200
    assert ("osm_queue_oldest_seconds", "outbox") not in said


def test_queues_and_requests(client):
    client.get("/no-such-page")
    before = scrape(client)
    assert before["osm_queue", "outbox"] == before["osm_queue", "readings"] == 0
    client.get("/no-such-page")
    after = scrape(client)
    asked = "osm_request_seconds_count"
    assert after[asked, "4xx"] == before[asked, "4xx"] + 1
    assert after[asked, "2xx"] == before[asked, "2xx"] + 1


def test_without_the_database_it_says_so(app, client, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def away(*_args, **_more):
        raise OperationalError("select", {}, Exception())

    monkeypatch.setattr(db.session, "execute", away)
    said = scrape(client)
    assert said["osm_database_up",] == 0
    assert not any(name.startswith("osm_terms") for name, *_ in said)
