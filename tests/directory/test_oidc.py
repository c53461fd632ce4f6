"""Log-in by OpenID Connect: a certified provider, the product's own server, real HTTP between both."""

from __future__ import annotations

import re
import socket
import time
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import requests
from sqlalchemy import select

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.transaction import WHOLE
from osm.directory.acts import entering
from osm.directory.acts.provider import opened
from osm.models import Event, Source, User, WebSession
from osm.reminders.acts.mailing import troubles

from .oidc import Person
from .slapd import free_port

pytestmark = [pytest.mark.oidc, pytest.mark.sqlite]


@pytest.fixture
def person(oidc) -> Person:
    return Person(oidc.base)


def rows(app) -> dict[str, User]:
    with app.app_context():
        return {user.login: user for user in db.session.scalars(select(User).where(User.source == Source.OIDC))}


def ask(app, now) -> int:
    with app.app_context():
        return entering.run(now, WHOLE, current_settings().directory)


def test_a_person_enters_and_is_known(app, person):
    answer = person.log_in("7001")
    assert (answer.status_code, urlsplit(answer.url).path) == (200, "/password")
    row = rows(app)["petrov"]
    assert (row.name, row.email, sorted(row.own_roles)) == ("Пётр Петров", "petrov@adm.example", ["curator"])
    assert row.department.name == "Пресс-центр"
    with app.app_context():
        assert db.session.scalars(select(Event.changes).where(Event.action == "log_in")).one()["way"] == [None, "oidc"]
        kept = db.session.scalars(select(WebSession)).one()
        assert set(opened(kept.provider_tokens)) == {"refresh", "id"}
        assert "eyJ" not in kept.provider_tokens  # encrypted


def test_the_request_has_state_nonce_and_pkce(person):
    person.log_in("7001")
    asked = next(url for url in person.met if "/auth?" in url)
    given = parse_qs(urlsplit(asked).query)
    assert given["code_challenge_method"] == ["S256"]
    assert all(len(given[name][0]) > 30 for name in ("state", "nonce", "code_challenge"))
    assert given["response_type"] == ["code"]


def test_who_is_in_no_group_reads_why(app, person):
    answer = person.log_in("7003")
    assert answer.status_code == 403
    assert "Вам ещё не дали прав" in answer.text
    assert rows(app) == {}


def test_a_local_account_of_the_same_login_is_not_taken_over(app, person, cast):
    answer = person.log_in("7004")
    assert answer.status_code == 403
    assert "попросите администратора связать" in answer.text
    assert rows(app) == {}


def test_the_administrator_links_it(app, oidc, dina, cast):
    assert dina.submit(f"/admin/users/{cast['anna']}/link", {"version": "1", "source": "oidc"}).status_code == 303
    assert Person(oidc.base).log_in("7004").status_code == 200
    assert rows(app)["anna"].id == cast["anna"]


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_no_way_leads_to_another_site(person, target):
    answer = person.log_in("7001", target)
    assert answer.url.startswith(person.base)
    assert not any("evil" in urlsplit(url).netloc for url in person.met)


def back_of(person: Person, sub: str = "7001") -> str:
    """The address with the code, which the browser has not opened yet."""
    person.sub = sub
    get, person.web.request = person.web.request, None

    def stop(method, url, **more):
        if urlsplit(url).path == "/login/oidc/back":
            raise StopIteration(url)
        return get(method, url, **more)

    person.web.request = stop
    try:
        person.open("/login/oidc?next=/password")
    except (StopIteration, RuntimeError) as found:
        return str(found.args[0])
    finally:
        person.web.request = get
    raise AssertionError


def refused(answer: requests.Response) -> bool:
    return answer.status_code == 400 and "Начните вход ещё раз" in answer.text


def test_a_code_of_another_browser_is_refused(app, person, oidc):
    theirs = back_of(Person(oidc.base))
    assert refused(person.open(theirs))  # nothing was begun here
    mine = back_of(person)
    assert refused(person.open(theirs))  # another state
    assert refused(person.open(mine))  # a state is good once
    assert rows(app) == {}


@pytest.mark.parametrize(
    "change", [("state=", "state=x"), ("code=", "code=x"), ("iss=", "iss=http://127.0.0.1/"), ("iss=", "no=")]
)
def test_a_changed_answer_is_refused(app, person, change):
    assert refused(person.open(back_of(person).replace(*change)))
    assert rows(app) == {}


def test_a_refusal_of_the_provider_is_said(person):
    there = back_of(person).partition("?")
    state = parse_qs(there[2])["state"][0]
    assert refused(person.open(f"{there[0]}?error=access_denied&state={state}"))


def test_another_issuer_is_no_provider(person, oidc, use_directory):
    use_directory(**oidc.environ(OSM_OIDC_ISSUER=oidc.issuer.replace("127.0.0.1", "localhost")))
    answer = person.log_in("7001")
    assert answer.status_code == 503
    assert "называет себя иначе" in answer.text


def test_a_wrong_secret_is_said(person, oidc, use_directory):
    use_directory(**oidc.environ(OSM_OIDC_CLIENT_SECRET="another"))
    answer = person.log_in("7001")
    assert answer.status_code == 503
    assert "OSM_OIDC_CLIENT_SECRET" in answer.text


def test_without_the_provider_local_accounts_work(app, client, cast, oidc, use_directory):
    use_directory(**oidc.environ(OSM_OIDC_ISSUER=f"http://127.0.0.1:{free_port()}"))
    answer = client.get("/login/oidc")
    assert answer.status_code == 503
    assert "Единый вход сейчас не отвечает" in answer.text
    assert client.log_in("anna", "пароль-anna").status_code == 303


def test_a_provider_that_hangs_is_not_asked_again_at_once(client, cast, oidc, use_directory, monkeypatch):
    monkeypatch.setattr("osm.directory.acts.provider.TIMEOUT", (1, 1))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        use_directory(**oidc.environ(OSM_OIDC_ISSUER=f"http://127.0.0.1:{silent.getsockname()[1]}"))
        assert client.get("/login/oidc").status_code == 503
        begun = time.monotonic()
        assert client.get("/login/oidc").status_code == 503
        assert time.monotonic() - begun < 0.9


# --- Who is gone is out
def test_who_is_removed_is_out_at_the_refresh(app, person, oidc, now):
    person.log_in("7001")
    assert ask(app, now) == 0
    assert ask(app, now) == 0  # the token is another now, and was stored
    assert person.is_in()
    oidc.remove("7001")
    assert ask(app, now) == 1
    assert not person.is_in()
    with app.app_context():
        assert troubles() == []


def test_who_lost_his_groups_is_blocked_at_the_refresh(app, person, oidc, now):
    person.log_in("7001")
    oidc.change("7001", groups=["other"])
    assert ask(app, now) == 1
    assert not person.is_in()
    row = rows(app)["petrov"]
    assert (row.is_active, row.gone_at) == (False, now)
    oidc.change("7001", groups=["press"])
    assert person.log_in("7001").status_code == 200
    assert rows(app)["petrov"].is_active


def test_without_the_provider_nobody_is_out(app, person, oidc, use_directory, now):
    person.log_in("7001")
    use_directory(**oidc.environ(OSM_OIDC_ISSUER=f"http://127.0.0.1:{free_port()}"))
    assert ask(app, now) == 0
    assert person.is_in()
    with app.app_context():
        assert [one.name for one in troubles()] == [entering.PROVIDER]


def test_log_out_ends_both_sessions_and_comes_back(app, person, oidc):
    person.log_in("7001")
    answer = person.press("/logout")
    assert answer.status_code == 200
    there = answer.headers["Refresh"].partition("url=")[2]
    assert there.startswith(oidc.issuer)
    assert not person.is_in()
    page = person.open(there)
    assert "logout" in page.text
    given = parse_qs(urlsplit(there).query)
    assert given["post_logout_redirect_uri"] == [f"{oidc.base}/login"]
    assert given["id_token_hint"][0].startswith("eyJ")


def test_a_log_out_at_the_provider_ends_the_session_here(app, person, oidc, now):
    """The provider calls by itself (back-channel), with its own signature; the clock of the office stands elsewhere."""
    other = Person(oidc.base)
    person.log_in("7001")
    other.log_in("7001")
    with app.app_context():
        stored = db.session.scalars(select(WebSession).order_by(WebSession.created_at)).all()
        ids = {one.provider_sid: opened(one.provider_tokens)["id"] for one in stored}
    assert len(ids) == 2
    page = person.open(f"{oidc.issuer}/session/end?id_token_hint={next(iter(ids.values()))}")
    secret = page.text.partition('name="xsrf" value="')[2].partition('"')[0]
    person.open(f"{oidc.issuer}/session/end/confirm", xsrf=secret, logout="yes")
    for _ in range(50):
        if not (person.is_in() and other.is_in()):
            break
        time.sleep(0.1)
    assert sorted([person.is_in(), other.is_in()]) == [False, True]


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_a_log_out_that_nobody_signed_does_nothing(app, person, oidc, token):
    person.log_in("7001")
    answer = requests.post(f"{oidc.base}/login/oidc/logout", {"logout_token": token})
    assert answer.status_code == 400
    assert person.is_in()


def test_an_id_token_is_no_logout_token(app, person, oidc):
    person.log_in("7001")
    with app.app_context():
        token = opened(db.session.scalars(select(WebSession)).one().provider_tokens)["id"]
    assert requests.post(f"{oidc.base}/login/oidc/logout", {"logout_token": token}).status_code == 400
    assert person.is_in()


def test_the_second_factor_comes_after_it_and_the_session_stays_the_providers(app, person, oidc, clock, now):
    person.log_in("7001")
    telephone = pyotp.TOTP(re.search(r"secret=([A-Z2-7]+)", person.open("/second-factor").text)[1])
    assert person.press("/second-factor", code=telephone.at(clock.now())).status_code == 200
    clock.set(now + timedelta(minutes=1))
    again = Person(oidc.base)
    asked = again.log_in("7001")
    assert urlsplit(asked.url).path == "/login/code"
    assert not again.is_in()
    token = re.search(r'name="csrf-token" content="([^"]+)"', asked.text)[1]
    again.open("/login/code", csrf_token=unescape(token), code=telephone.at(clock.now()))
    assert again.is_in()
    oidc.remove("7001")
    assert ask(app, clock.now()) == 2
    assert not again.is_in()


def test_no_token_is_in_the_log(app, person, oidc, caplog, now):
    caplog.set_level("DEBUG", logger="osm")
    person.log_in("7001")
    ask(app, now)
    person.press("/logout")
    assert "eyJ" not in caplog.text
    assert "secret-of-tests" not in caplog.text
