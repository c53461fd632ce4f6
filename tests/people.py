"""The fixed cast, and browsers for them that log in and post through the real forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from osm.regulation.words import Role
from osm.services.staff import users
from osm.store.models import Department, User, UserRole
from osm.store.transaction import transaction

PRODUCT_HASHER = users.hasher

#: Cheap parameters: they are kept in the hash itself, so checking is the product's own code and quick.
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


class Browser(FlaskClient):
    """A person's browser: keeps cookies, takes the CSRF token from a page as the forms do."""

    login = ""
    user_id: int | None = None
    _known: tuple[str, str] = ("", "")

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        # A context of its own: an application context that the test holds open would be shared with the request,
        # and with it the database session and the person of the request before.
        answer: TestResponse = Context().run(super().open, *args, **kwargs)
        return answer

    def token(self, page: str = "") -> str:
        """The token that stands on a page. Every page has the same one as long as the cookie of forms is the same:
        without a page it is read once.
        """
        cookie, known = self._known
        if not page and cookie and cookie == self._form_cookie():
            return known
        page = page or ("/password" if self.login else "/login")
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get(page, follow_redirects=True).text)
        assert found, f"no CSRF token on {page}"
        self._known = self._form_cookie(), unescape(found[1])
        return self._known[1]

    def _form_cookie(self) -> str:
        cookie = self.get_cookie("osm_form")
        return cookie.value if cookie else ""

    def submit(self, url: str, data: Mapping[str, Any] | None = None, *, page: str = "", **kwargs: Any) -> TestResponse:
        """Post a form as a browser without scripts does, with the token of `page`."""
        return self.post(url, data={"csrf_token": self.token(page), **(data or {})}, **kwargs)

    def htmx(
        self, url: str, data: Mapping[str, Any] | None = None, *, method: str = "POST", **kwargs: Any
    ) -> TestResponse:
        """The same by htmx: its headers, the token in a header."""
        headers = {"HX-Request": "true", **kwargs.pop("headers", {})}
        if method != "GET":
            headers["X-CSRFToken"] = self.token()
        return self.open(url, method=method, data=data, headers=headers, **kwargs)

    def log_in(self, login: str, password: str, **more: str) -> TestResponse:
        """Fill in the log-in form and send it."""
        return self.submit("/login", {"login": login, "password": password, **more}, page="/login")


def browser_of(app: Flask, ids: dict[str, int], login: str) -> Browser:
    """A browser in which this one of the cast has logged in."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    password = next(part.password for part in CAST if part.login == login)
    answer = browser.log_in(login, password)
    assert answer.status_code == 303, answer.text
    browser.login, browser.user_id = login, ids[login]
    return browser
