"""Ask a provider of OpenID Connect (Keycloak, Blitz) who a person is: the code flow with PKCE, refresh, log-out."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.claims import JWTClaims
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from osm.base import durable
from osm.base.application import Memory
from osm.base.errors import ServiceError
from osm.directory.acts.people import Found, ProviderAway
from osm.models import Source
from osm.settings.directory import OidcSettings

TIMEOUT = (5, 5)  # seconds for the connection, and for each part of the answer
KEPT_SECONDS = 3600.0  # how long its description and its keys are kept
AGAIN_SECONDS = 20.0  # after it did not answer, or named an unknown key: so long it is not asked for them again
LEEWAY_SECONDS = 60
SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""With the provider's own key: never `none`, never a secret that we know too."""
BACK = "/login/oidc/back"

_LOGGED_OUT = "http://schemas.openid.net/event/backchannel-logout"
_YOUNG = timedelta(minutes=5)
_PURPOSE = b"osm tokens of sessions v1"
CACHE: Memory[dict[str, tuple[float, Any]]] = Memory(lambda _: {})
_GONE = re.compile(r"\buser (is )?(disabled|not found)|\bunknown user|\baccount (is )?disabled", re.IGNORECASE)
"""What Keycloak says of a person who was switched off; others say only that the token has ended."""


class NotProven(ServiceError):
    """The answer does not match our request, or the provider has not signed it."""

    words = "Вход не завершён: ответ провайдера не сошёлся с запросом. Начните вход ещё раз."


class Ended(Exception):
    """The provider gives no new tokens for this session. `is_gone`: it says that the person is switched off."""

    def __init__(self, is_gone: bool) -> None:
        self.is_gone = is_gone
        super().__init__()


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """Sessions to end: one, or all of a person."""

    external_id: str | None
    sid: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    found: Found
    sid: str | None
    tokens: str  # encrypted, for the row of the session


class Provider:
    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._client = OAuth2Session(
            settings.client_id, settings.client_secret, scope=settings.scope,
            redirect_uri=settings.base_url + BACK, code_challenge_method="S256", default_timeout=TIMEOUT,
        )  # fmt: skip
        self._client.verify = settings.ca or True

    # --- Log in
    def begin(self) -> tuple[str, dict[str, str]]:
        """Where the browser goes, and what it has to bring back: state, nonce, verifier."""
        kept = {name: generate_token(48) for name in ("state", "nonce", "verifier")}
        there, _ = self._client.create_authorization_url(
            self._endpoint("authorization_endpoint"),
            state=kept["state"], nonce=kept["nonce"], code_verifier=kept["verifier"],
        )  # fmt: skip
        return there, kept

    def finish(self, came: Mapping[str, str], kept: Mapping[str, str]) -> Answer:
        """The person, from what the browser brought back. Raises NotProven, ProviderAway."""
        with _faults():
            about = self.description()
        named = came.get("iss")
        if not kept or came.get("state") != kept.get("state") or not came.get("code"):
            raise NotProven
        if named != self._settings.issuer and (named or about.get("authorization_response_iss_parameter_supported")):
            raise NotProven
        with _faults():
            token = self._client.fetch_token(
                about["token_endpoint"], grant_type="authorization_code", code=came["code"],
                code_verifier=kept["verifier"],
            )  # fmt: skip
        return self._answer(token, kept["nonce"])

    def refreshed(self, stored: str, keep: Callable[[str], None]) -> Found | None:
        """What it says of the person now. None: there is nothing to ask with. Raises Ended, NotProven, ProviderAway.
        `keep` gets the new tokens before anything else can fail: many providers take the old ones once."""
        kept = opened(stored)
        if not kept.get("refresh"):
            return None
        with _faults():
            try:
                token = self._client.refresh_token(self._endpoint("token_endpoint"), refresh_token=kept["refresh"])
            except OAuthError as error:
                if error.error != "invalid_grant":
                    raise
                raise Ended(bool(_GONE.search(error.description or ""))) from error
        keep(_sealed(token, kept))
        return self._answer(token, None).found

    def _answer(self, token: Mapping[str, Any], nonce: str | None) -> Answer:
        claims: dict[str, Any] = {}
        if nonce is not None or "id_token" in token:
            claims = self._identity(str(token.get("id_token", "")), nonce)
        with _faults():
            asked = self._client.get(self._endpoint("userinfo_endpoint"))
            asked.raise_for_status()
            told = asked.json()
        if not isinstance(told, dict) or not told.get("sub") or told["sub"] != claims.get("sub", told["sub"]):
            raise NotProven
        return Answer(self._found({**claims, **told}), _text(claims, "sid") or None, _sealed(token, {}))

    def _found(self, claims: Mapping[str, Any]) -> Found:
        login = _text(claims, "preferred_username") or _text(claims, "email") or _text(claims, "sub")
        roles = {role for group in self._groups(claims) for role in self._settings.roles.get(group, ())}
        return Found(
            source=Source.OIDC, external_id=self._external_id(str(claims["sub"])), login=login.lower()[:60],
            name=_text(claims, "name") or login,
            email=_text(claims, "email") if claims.get("email_verified") is not False else "",
            department=_text(claims, "department"), roles=tuple(sorted(roles)),
        )  # fmt: skip

    def _groups(self, claims: Mapping[str, Any]) -> Iterator[str]:
        found: Any = claims
        for name in self._settings.groups.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        for group in [found] if isinstance(found, str) else found if isinstance(found, list) else ():
            yield from {str(group), str(group).removeprefix("/")}  # Keycloak writes paths

    def _external_id(self, sub: str) -> str:
        """Another provider may call another person so."""
        return hashlib.sha256(f"{self._settings.issuer}\n{sub}".encode()).hexdigest()

    # --- Log out
    def log_out_address(self, stored: str) -> str:
        """Where the browser logs out at the provider; empty: it knows no such place."""
        with _faults():
            there = self.description().get("end_session_endpoint")
        back = {"post_logout_redirect_uri": f"{self._settings.base_url}/login", "client_id": self._settings.client_id}
        hint = opened(stored).get("id")
        return add_params_to_uri(there, {**back, **({"id_token_hint": hint} if hint else {})}) if there else ""

    def logged_out(self, token: str, computer_now: datetime) -> LoggedOut:
        """Sessions named in a call from the provider (Back-Channel Logout 1.0, 2.6). Raises NotProven, ProviderAway."""
        claims = self._claims(token)
        events, issued = claims.get("events"), claims.get("iat")
        is_event = isinstance(events, Mapping) and isinstance(events.get(_LOGGED_OUT), Mapping)
        is_young = isinstance(issued, int | float) and abs(computer_now.timestamp() - issued) < _YOUNG.total_seconds()
        sub, sid = _text(claims, "sub"), _text(claims, "sid")
        if not is_event or not is_young or "nonce" in claims or not claims.get("jti") or not (sub or sid):
            raise NotProven
        return LoggedOut(self._external_id(sub) if sub else None, sid or None)

    # --- Signatures
    def _identity(self, token: str, nonce: str | None) -> dict[str, Any]:
        return self._claims(token, CodeIDToken, {"nonce": nonce, "client_id": self._settings.client_id})

    def _claims(self, token: str, kind: Any = None, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The claims of a token that the provider has signed for us."""
        wanted = {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
        }
        try:
            read = self._decoded(token)
            (kind or JWTClaims)(read.claims, read.header, wanted, params or {}).validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise NotProven from error
        return dict(read.claims)

    def _decoded(self, token: str) -> Any:
        registry = JWSRegistry(algorithms=SIGNED_BY, strict_check_header=False)
        try:
            return jwt.decode(token, KeySet.import_key_set(self._keys()), registry=registry)
        except InvalidKeyIdError:  # it has a new key
            return jwt.decode(token, KeySet.import_key_set(self._keys(again=True)), registry=registry)

    # --- Its description and keys
    def description(self) -> dict[str, Any]:
        def ask() -> dict[str, Any]:
            found = self._json(self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if found.get("issuer") != self._settings.issuer:
                raise ProviderAway("провайдер называет себя иначе, чем OSM_OIDC_ISSUER")
            return found

        found: dict[str, Any] = _kept("description", ask)
        return found

    def _keys(self, *, again: bool = False) -> Any:
        return _kept("keys", lambda: self._json(self._endpoint("jwks_uri")), again=again)

    def _endpoint(self, name: str) -> str:
        with _faults():
            there = self.description().get(name)
        if not isinstance(there, str):
            raise ProviderAway(f"у провайдера нет {name}")
        return there

    def _json(self, url: str) -> dict[str, Any]:
        with _faults():
            asked = requests.get(url, timeout=TIMEOUT, verify=self._settings.ca or True, allow_redirects=False)
            asked.raise_for_status()
            found = asked.json()
        if not isinstance(found, dict):
            raise ProviderAway("провайдер ответил непонятно")
        return found

    def keys(self) -> int:
        """How many keys it has."""
        return len(self._keys().get("keys", ()))


def _sealed(token: Mapping[str, Any], before: Mapping[str, str]) -> str:
    """The tokens of an answer as they are stored; what it does not bring stays as it was."""
    names = {"refresh": "refresh_token", "id": "id_token"}
    tokens = {name: token.get(there) or before.get(name, "") for name, there in names.items()}
    return durable.sealed(_PURPOSE, json.dumps(tokens))


def opened(stored: str) -> dict[str, str]:
    """The tokens; none where OSM_ENCRYPTION_KEY is another than when they were stored."""
    found: dict[str, str] = json.loads(durable.unsealed(_PURPOSE, stored) or "{}")
    return found


def _kept(name: str, ask: Any, *, again: bool = False) -> Any:
    """What was asked within the last hour; a failure is kept too, for AGAIN_SECONDS."""
    kept = CACHE.get()
    at, found = kept.get(name, (float("-inf"), None))
    age = time.monotonic() - at
    if age < AGAIN_SECONDS and isinstance(found, ProviderAway):
        raise ProviderAway(found.why)
    if found is None or isinstance(found, ProviderAway) or age > (AGAIN_SECONDS if again else KEPT_SECONDS):
        try:
            found = ask()
        except ProviderAway as error:
            kept[name] = time.monotonic(), error
            raise
        kept[name] = time.monotonic(), found
    return found


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except requests.Timeout as error:
        raise ProviderAway("нет ответа") from error
    except requests.exceptions.SSLError as error:
        raise ProviderAway("сертификат провайдера не подтверждён, проверьте OSM_CA_BUNDLE") from error
    except requests.HTTPError as error:
        raise ProviderAway(f"провайдер ответил кодом {error.response.status_code}") from error
    except OAuthError as error:
        if error.error == "invalid_client":
            raise ProviderAway("провайдер не узнаёт программу, проверьте OSM_OIDC_CLIENT_SECRET") from error
        raise NotProven from error
    except (requests.RequestException, ValueError, KeyError) as error:
        raise ProviderAway("провайдер не отвечает") from error


def _text(claims: Mapping[str, Any], name: str) -> str:
    found = claims.get(name)
    return " ".join(found.replace("\0", "").split()) if isinstance(found, str) else ""
