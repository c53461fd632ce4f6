"""An integrator with a token, calling the product's own web server; and the system that is told of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest
import requests
from flask import Flask

from osm.base.database import db
from osm.imports.acts.runs import DEFAULT_SOURCE
from osm.integrators.acts import webhooks
from osm.models import Integrator, User
from tests.emulators.serving import Answer, Serving, served

TEXT = "Во дворе дома 12 по Калининской третий день нет света."


@dataclass
class Api:
    """What the other system has: the address and its token."""

    base: str
    token: str

    def post(self, body: Any, key: str = "", **more: Any) -> requests.Response:
        headers = {"Idempotency-Key": key or uuid4().hex, **self.headers, **more.pop("headers", {})}
        given = {"data": body} if isinstance(body, bytes) else {"json": body}
        return requests.post(f"{self.base}/api/v1/messages", headers=headers, timeout=60, **given, **more)

    def send(self, content: bytes, name: str = "выгрузка.xlsx", **headers: str) -> requests.Response:
        headers = {**self.headers, "Content-Type": "application/octet-stream", **headers}
        given = {"data": content, "params": {"filename": name}, "headers": headers}
        return requests.post(f"{self.base}/api/v1/imports", timeout=60, **given)

    def get(self, number: str) -> requests.Response:
        return requests.get(f"{self.base}/api/v1/messages/{number}", headers=self.headers, timeout=60)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}


def message(number: str = "РИ-1", **more: Any) -> dict[str, Any]:
    return {
        "number": number, "text": TEXT, "url": f"https://vk.com/wall-1_{abs(hash(number)) % 10**6}", "author": "Житель",
        "received_at": "2026-11-25T09:00:00+10:00", **more,
    }  # fmt: skip


@pytest.fixture
def add(app: Flask, cast: dict[str, int], now: Any) -> Callable[..., tuple[int, str]]:
    """`add(rights="read")`: an integrator and its token."""

    def added(name: str = "Регион", *, source: str = "Регион", rights: str = "both", **more: Any) -> tuple[int, str]:
        with app.app_context():
            who = {"actor": db.session.get_one(User, cast["dina"]), "now": now}
            given = {"sees_all": False, "per_minute": 600, **more}
            row = webhooks.create(name=name, source=source, rights=rights, **given, **who)
            return row.id, webhooks.issue_token(row.id, row.version, **who)

    return added


@pytest.fixture
def api(add: Callable[..., tuple[int, str]], live_url: str) -> Api:
    return Api(live_url, add()[1])


@pytest.fixture
def exports(add: Callable[..., tuple[int, str]], live_url: str) -> Api:
    """A computer of the office that hands over exports of «Инцидент Менеджмент»."""
    return Api(live_url, add("Компьютер", source=DEFAULT_SOURCE, rights="loads")[1])


@pytest.fixture
def receiver(app: Flask) -> Iterator[Serving]:
    """The system that is told; it takes everything."""
    kept = app.extensions["osm"].settings
    app.extensions["osm"].settings = replace(kept, webhook_hosts=("127.0.0.1",))
    with served(Serving(lambda _asked: Answer({}))) as found:
        yield found
    app.extensions["osm"].settings = kept


def switch_on(integrator_id: int, receiver: Serving, actor: User, now: Any) -> str:
    """The webhook of this integrator; returns its secret."""
    version = db.session.get_one(Integrator, integrator_id, populate_existing=True).version
    return webhooks.switch_webhook_on(integrator_id, version, url=f"{receiver.base}/events", actor=actor, now=now)
