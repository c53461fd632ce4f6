"""Tokens that no certified provider would make: a server on loopback that lies in one thing at a time."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.directory.acts import entering
from osm.directory.acts.people import follow
from osm.directory.acts.provider import CACHE
from osm.models import Source, User, WebSession
from osm.reminders.acts.mailing import troubles

pytestmark = pytest.mark.sqlite

KEY, OTHER = (RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}) for kid in ("one", "two"))
EVENT = {"http://schemas.openid.net/event/backchannel-logout": {}}
SECRET = "secret-of-tests-32-characters-long"


class Liar:
    """`claims`, `header`, `key` and `told` change what the next tokens and answers say."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.key: Any = KEY
        self.told: dict[str, Any] = {}
        self.refusal, self.is_broken = "", False
        self.keys, self.asked_for_keys, self.nonce, self.verifier = [KEY], 0, "", ""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"

    def signed(self, **claims: Any) -> str:
        now = int(time.time())
        about = {"iss": self.issuer, "aud": "osm", "sub": "1", "iat": now, "exp": now + 60, **claims, **self.claims}
        about = {name: value for name, value in about.items() if value is not None}
        if self.header["alg"] == "none":
            parts = (json.dumps(part).encode() for part in (self.header, about))
            return ".".join([*map(_coded, parts), ""])
        return jwt.encode(self.header, about, self.key, algorithms=[self.header["alg"]])

    def answer(self, path: str, form: dict[str, list[str]]) -> Any:
        if path == "/.well-known/openid-configuration":
            names = ("authorization", "token", "userinfo", "end_session")
            return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks"} | {
                f"{name}_endpoint": f"{self.issuer}/{name}" for name in names
            }
        if path == "/jwks":
            self.asked_for_keys += 1
            return {"keys": [key.as_dict(private=False) for key in self.keys]}
        if path == "/userinfo":
            return {"sub": "1", "preferred_username": "petrov", "name": "Пётр", "groups": ["press"], **self.told}
        if self.refusal:
            return {"error": "invalid_grant", "error_description": self.refusal}
        self.verifier = form.get("code_verifier", [self.verifier])[0]
        tokens = {"access_token": "x", "token_type": "Bearer", "refresh_token": "r"}
        return {**tokens, "id_token": self.signed(nonce=self.nonce, sid="s")}

    def _handler(self) -> Any:
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = json.dumps(liar.answer(self.path, parse_qs(self.rfile.read(length).decode()))).encode()
                is_broken = liar.is_broken and self.path == "/token"
                self.send_response(502 if is_broken else 400 if b"invalid_grant" in body else 200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


def _coded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


@pytest.fixture
def liar(app, cast, use_directory) -> Iterator[Liar]:
    found = Liar()
    threading.Thread(target=found.server.serve_forever, daemon=True).start()
    use_directory(
        OSM_OIDC_ISSUER=found.issuer, OSM_OIDC_CLIENT_ID="osm", OSM_OIDC_CLIENT_SECRET=SECRET,
        OSM_OIDC_ROLES="press=curator", OSM_BASE_URL="http://127.0.0.1",
    )  # fmt: skip
    yield found
    found.server.shutdown()
    found.server.server_close()


def come(client, liar: Liar, **changed: str):
    """Through the whole log-in."""
    asked = parse_qs(urlsplit(client.get("/login/oidc").location).query)
    liar.nonce = asked["nonce"][0]
    return client.get("/login/oidc/back", query_string={"code": "c", "state": asked["state"][0], **changed})


def people(app) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(User.login).where(User.login == "petrov")))


def test_a_code_that_was_not_used_is_told_to_nobody(client, liar, caplog):
    """The page is shown under the address with the code, and asks for its style sheets."""
    caplog.set_level("DEBUG")
    liar.is_broken = True
    answer = come(client, liar, code="the-code")
    assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert "кодом 502" in answer.text
    assert "the-code" not in answer.text + caplog.text


def test_the_truth_is_believed(app, client, liar):
    assert come(client, liar).status_code == 303
    assert people(app) == ["petrov"]
    assert len(liar.verifier) >= 43


LIES = {
    "another key": {"key": OTHER},
    "no key": {"key": OTHER, "header": {"alg": "RS256", "kid": "three"}},
    "no signature": {"header": {"alg": "none", "kid": "one"}},
    "our own secret": {"header": {"alg": "HS256", "kid": "one"}, "key": OctKey.import_key(SECRET)},
    "for another program": {"claims": {"aud": "other"}},
    "for several, issued to another": {"claims": {"aud": ["osm", "other"], "azp": "other"}},
    "by another": {"claims": {"iss": "http://127.0.0.1"}},
    "too old": {"claims": {"iat": 1000, "exp": 2000}},
    "without an end": {"claims": {"exp": None}},
    "of another log-in": {"claims": {"nonce": "other"}},
    "of no log-in": {"claims": {"nonce": None}},
    "of nobody": {"claims": {"sub": None}},
    "another person at the second question": {"told": {"sub": "2"}},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_refused(app, client, liar, lie):
    vars(liar).update(LIES[lie])
    answer = come(client, liar)
    assert answer.status_code == 400, lie
    assert "Начните вход ещё раз" in answer.text
    assert people(app) == []


def test_a_new_key_is_asked_for_but_not_each_time_somebody_names_one(app, client, liar):
    assert come(client, liar).status_code == 303
    liar.keys, liar.key, liar.header = [OTHER], OTHER, {"alg": "RS256", "kid": "two"}
    for _ in range(3):
        come(app.test_client(), liar)
    assert liar.asked_for_keys == 1  # asked a moment ago
    CACHE.get(app)["keys"] = (time.monotonic() - 30, CACHE.get(app)["keys"][1])
    assert come(app.test_client(), liar).status_code == 303
    assert liar.asked_for_keys == 2


@pytest.mark.parametrize("name", ["Пётр " * 100, "<script>alert(1)</script>", "", "\x00\n\t", 5, None, ["a"]])
def test_any_name_is_only_a_name(app, client, liar, name):
    liar.told = {"name": name}
    assert come(client, liar).status_code == 303
    assert "<script>alert(1)" not in client.get("/password").text


@pytest.mark.parametrize("login", ["*)(uid=*", "очень длинный логин " * 20, "", 7, "ИВАНОВ", "a@b.example"])
def test_any_login_is_only_a_label(app, client, liar, login):
    liar.told = {"preferred_username": login}
    assert come(client, liar).status_code == 303


@pytest.mark.parametrize("groups", [None, "press", {"press": 1}, 5, [["press"]], [None]])
def test_groups_of_any_shape(client, liar, groups):
    liar.told = {"groups": groups}
    assert come(client, liar).status_code == (303 if groups == "press" else 403)


def test_an_unchecked_mail_address_is_not_taken(app, client, liar):
    liar.told = {"email": "dina@adm.example", "email_verified": False}
    come(client, liar)
    with app.app_context():
        assert db.session.scalar(select(User.email).where(User.login == "petrov")) == ""


# --- The refresh
def ask(app, now) -> None:
    with app.app_context():
        entering.run(now, WHOLE, current_settings().directory)


@pytest.mark.parametrize(
    ("words", "is_blocked"),
    [
        ("User disabled", True),  # Keycloak
        ("Session not active", False),
        ("Client disabled", False),
        ("Token is not active", False),
    ],
)
def test_a_person_is_blocked_only_if_the_provider_says_so(app, client, liar, now, words, is_blocked):
    come(client, liar)
    liar.refusal = words
    ask(app, now)
    assert client.get("/sessions").status_code == 302
    with app.app_context():
        assert db.session.scalar(select(User.is_active).where(User.login == "petrov")) is not is_blocked


@pytest.mark.parametrize("lie", ["another key", "by another", "another person at the second question"])
def test_a_lie_at_the_refresh_ends_and_changes_nothing(app, client, liar, now, lie):
    come(client, liar)
    vars(liar).update(LIES[lie])
    ask(app, now)
    assert client.get("/sessions").status_code == 200
    with app.app_context():
        assert [one.name for one in troubles()] == [entering.PROVIDER]


def test_another_person_at_the_refresh_is_not_taken_for_him(app, client, liar, now):
    come(client, liar)
    liar.told, liar.claims = {"sub": "2", "groups": []}, {"sub": "2"}
    ask(app, now)
    with app.app_context():
        assert db.session.scalar(select(User.is_active).where(User.login == "petrov"))


def test_the_provider_says_nothing_about_who_is_local_again(app, client, liar, now):
    come(client, liar)
    with app.app_context(), transaction() as session:
        user = session.scalars(select(User).where(User.login == "petrov")).one()
        user.source, user.external_id = Source.LOCAL, None
    liar.refusal = "User disabled"
    ask(app, now)
    assert client.get("/sessions").status_code == 200
    with app.app_context():
        user = db.session.scalars(select(User).where(User.login == "petrov")).one()
        assert not follow(user.id, None, now, Source.OIDC)  # linked while the provider was asked
        assert user.is_active


# --- Log-out by the provider
def told(client, liar: Liar, **claims: Any) -> int:
    about = {"jti": "1", "events": EVENT, "sid": "s", **claims}
    return client.post("/login/oidc/logout", data={"logout_token": liar.signed(**about)}).status_code


@pytest.mark.parametrize("claims", [{}, {"sid": None}, {"sub": None}])
def test_a_log_out_ends_the_session(app, client, liar, claims):
    come(client, liar)
    assert told(app.test_client(), liar, **claims) == 200
    assert client.get("/sessions").status_code == 302


@pytest.mark.parametrize("claims", [{"sub": "2"}, {"sid": "other"}, {"sub": "2", "sid": None}])
def test_a_log_out_of_another_ends_nothing(app, client, liar, claims):
    come(client, liar)
    assert told(app.test_client(), liar, **claims) == 200
    assert client.get("/sessions").status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"events": None},
        {"events": {"other": {}}},
        {"events": {next(iter(EVENT)): None}},
        {"nonce": "n"},
        {"sid": None, "sub": None},
        {"jti": None},
        {"iat": -3600},
        {"iat": 3600},
        {"iat": None},
        {"aud": "other"},
        {"iss": "http://127.0.0.1"},
        {"exp": 2000},
    ],
    ids=str,
)
def test_what_is_no_log_out_ends_nothing(app, client, liar, claims):
    """`iat`: seconds from now."""
    come(client, liar)
    if claims.get("iat"):
        claims = {"iat": int(time.time()) + claims["iat"]}
    assert told(app.test_client(), liar, **claims) == 400
    assert client.get("/sessions").status_code == 200


@pytest.mark.parametrize("lie", ["another key", "no key", "no signature", "our own secret"])
def test_a_log_out_by_another_ends_nothing(app, client, liar, lie):
    come(client, liar)
    vars(liar).update(LIES[lie])
    assert told(app.test_client(), liar) == 400
    with app.app_context():
        assert db.session.scalar(select(WebSession.id_hash)) is not None
