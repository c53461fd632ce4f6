"""The fixed cast, and browsers for them that log in and post through the real forms."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from argon2 import PasswordHasher
from flask import Flask, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from osm.base.transaction import transaction
from osm.flow.acts.terms import local_day
from osm.login.acts import passwords
from osm.login.acts.sessions import SESSION_LENGTH, hash_token
from osm.login.screens.entrance import LOGIN
from osm.login.views import SESSIONS_COOKIE
from osm.models import Department, User, UserRole, WebSession
from osm.people.acts.office import give_access
from osm.regulation.words import Role

PRODUCT_HASHER, PRODUCT_NOBODY = passwords.hasher, passwords.NOBODY

#: Cheap parameters: the hash itself holds them, so the product's own check works and is quick.
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the cast."""

    login: str
    name: str
    roles: tuple[Role, ...]
    department: str | None = None

    @property
    def password(self) -> str:
        return f"пароль-{self.login}"


CAST = (
    Part("anna", "Анна Ларина", (Role.CURATOR,), "Пресс-центр"),
    Part("boris", "Борис Ежов", (Role.EXECUTOR,), "ЖКХ"),
    Part("vera", "Вера Носова", (Role.MODERATOR,), "Пресс-центр"),
    Part("gleb", "Глеб Титов", (Role.HEAD,)),
    Part("dina", "Дина Орлова", (Role.ADMIN,)),
    Part("efim", "Ефим Чужой", ()),
)
_HASHES = {part.login: QUICK_HASHER.hash(part.password) for part in CAST}


def hire(now: datetime) -> dict[str, int]:
    """Store the cast with its departments; login → id."""
    with transaction() as session:
        departments = {
            name: Department(name=name, short_name=name)
            for name in dict.fromkeys(part.department for part in CAST)
            if name
        }
        people = [
            User(
                login=part.login,
                name=part.name,
                password_hash=_HASHES[part.login],
                is_active=True,
                created_at=now,
                department=departments.get(part.department or ""),
                role_rows=[UserRole(role=role) for role in part.roles],
            )
            for part in CAST
        ]
        session.add_all(people)
        session.flush()
        return {user.login: user.id for user in people}


def audit(admin_id: int, now: datetime, days: int = 10) -> int:
    """Give an auditor access; her id."""
    with transaction() as session:
        user = give_access(
            "zoya", name="Зоя Проверкина", position="Прокуратура", email="", last_day=local_day(now) + timedelta(days),
            ordered_by="прокурор города", document="№ 7 от 20.11.2026", password="длинный-пароль-zoya",
            actor=session.get_one(User, admin_id), now=now,
        )  # fmt: skip
        user.must_change_password = False
        return user.id


class Browser(FlaskClient):
    """A person's browser: keeps cookies, takes the CSRF token from a page as the forms do."""

    login = ""
    user_id: int | None = None
    _known: tuple[str, str] = ("", "")

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        # A new context: the request would otherwise share the application context that the test holds open, and with it
        # the database session and the person of the request before.
        answer: TestResponse = Context().run(super().open, *args, **kwargs)
        return answer

    def token(self, page: str = "") -> str:
        """The CSRF token of a page. It is the same on every page while the cookie of forms is the same: without a page
        it is read once.
        """
        cookie, known = self._known
        if not page and cookie and cookie == self._form_cookie():
            return known
        known = self._read(page or "/login") if page or not self.login else Context().run(self._made)
        self._known = self._form_cookie(), known
        return known

    def _read(self, page: str) -> str:
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get(page, follow_redirects=True).text)
        assert found, f"no CSRF token on {page}"
        return unescape(found[1])

    def _made(self) -> str:
        """The token that the next page would have, without rendering the page."""
        with self.session_transaction() as forms, self.application.test_request_context():
            session.update(forms)
            token = str(generate_csrf())
            forms.update(session)
        return token

    def _form_cookie(self) -> str:
        cookie = self.get_cookie("osm_form")
        return cookie.value if cookie else ""

    def submit(self, url: str, data: Mapping[str, Any] | None = None, *, page: str = "", **kwargs: Any) -> TestResponse:
        """Post a form as a browser without scripts does, with the token of `page`."""
        return self.post(url, data={"csrf_token": self.token(page), **(data or {})}, **kwargs)

    def htmx(
        self, url: str, data: Mapping[str, Any] | None = None, *, method: str = "POST", **kwargs: Any
    ) -> TestResponse:
        """The same by htmx: its headers, and the token in a header."""
        headers = {"HX-Request": "true", **kwargs.pop("headers", {})}
        if method != "GET":
            headers["X-CSRFToken"] = self.token()
        return self.open(url, method=method, data=data, headers=headers, **kwargs)

    def log_in(self, login: str, password: str, **more: str) -> TestResponse:
        """Fill in the log-in form and send it."""
        return self.submit("/login", {"login": login, "password": password, **more}, page="/login")


def browser_of(app: Flask, ids: dict[str, int], login: str) -> Browser:
    """A browser in which this person is logged in: the session is stored as after a log-in, without the form."""
    browser, secret = app.test_client(), secrets.token_urlsafe(32)
    assert isinstance(browser, Browser)
    Context().run(_store_session, app, ids[login], hash_token(secret))
    browser.set_cookie(SESSIONS_COOKIE, secret)
    with browser.session_transaction() as forms:
        forms[LOGIN] = hash_token(secret)
    browser.login, browser.user_id = login, ids[login]
    return browser


def _store_session(app: Flask, user_id: int, id_hash: str) -> None:
    now = app.extensions["osm"].clock.now()
    with app.app_context(), transaction() as rows:
        until = now + SESSION_LENGTH
        rows.add(WebSession(id_hash=id_hash, user_id=user_id, address="127.0.0.1", created_at=now, expires_at=until))
