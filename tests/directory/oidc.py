"""A real provider of OpenID Connect on loopback: the certified `oidc-provider` of npm, and people in its browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from .slapd import free_port

FOLDER = Path(__file__).parent / "provider"
NODE = shutil.which("node") or ""
#: Whether the provider can run: `npm ci` has been called in its folder.
PROVIDER = NODE if (FOLDER / "node_modules" / "oidc-provider").is_dir() else ""

OFFICE: dict[str, dict[str, Any]] = {
    "7001": {
        "name": "Пётр Петров", "preferred_username": "Petrov", "email": "petrov@adm.example", "email_verified": True,
        "groups": ["/press", "other"], "department": "Пресс-центр",
    },
    "7002": {"name": "Сидорова Анна", "preferred_username": "sidorova", "groups": ["departments"]},
    "7003": {"name": "Никита Безгруппный", "preferred_username": "nobody", "groups": []},
    "7004": {"name": "Другая Анна", "preferred_username": "anna", "groups": ["press"]},
}  # fmt: skip


@dataclass
class Running:
    process: subprocess.Popen[str]
    issuer: str
    base: str
    people: dict[str, dict[str, Any]] = field(default_factory=dict)

    def environ(self, **more: str) -> dict[str, str]:
        return {
            "OSM_OIDC_ISSUER": self.issuer, "OSM_OIDC_CLIENT_ID": "osm", "OSM_OIDC_CLIENT_SECRET": "secret-of-tests",
            "OSM_OIDC_ROLES": "press=curator; departments=executor", "OSM_BASE_URL": self.base, **more,
        }  # fmt: skip

    def take(self, people: dict[str, dict[str, Any]]) -> None:
        self.people = people
        assert self.process.stdin
        self.process.stdin.write(json.dumps(people) + "\n")
        self.process.stdin.flush()
        self.wait_for("taken")

    def wait_for(self, word: str) -> None:
        """It also writes what it thinks of its own settings."""
        assert self.process.stdout
        while (line := self.process.stdout.readline().strip()) != word:
            assert self.process.poll() is None, line

    def change(self, sub: str, **claims: Any) -> None:
        self.take({**self.people, sub: {**self.people[sub], **claims}})

    def remove(self, sub: str) -> None:
        self.take({key: value for key, value in self.people.items() if key != sub})


@contextmanager
def provider(base: str) -> Iterator[Running]:
    port = free_port()
    call = [NODE, str(FOLDER / "provider.mjs"), str(port), base]
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        running = Running(process, f"http://127.0.0.1:{port}", base)
        running.wait_for("ready")
        running.take(OFFICE)
        yield running
        process.terminate()


class Person:
    """Her browser: one jar of cookies for the program and the provider, which lie on other ports of one host."""

    def __init__(self, base: str) -> None:
        self.base, self.web, self.met = base, requests.Session(), []
        self.web.trust_env = False

    def open(self, url: str, **form: str) -> requests.Response:
        """Follow redirects by hand, to see them."""
        method = "POST" if form else "GET"
        url = urljoin(self.base, url)
        for _ in range(20):
            answer = self.web.request(method, url, data=form or None, allow_redirects=False)
            self.met.append(url)
            if answer.status_code not in (302, 303):
                return answer
            url, method, form = urljoin(url, answer.headers["Location"]), "GET", {}
            if urlsplit(url).path.startswith("/person/"):
                url += f"?as={self.sub}"
        raise AssertionError(f"too many redirects: {self.met}")

    def log_in(self, sub: str, target: str = "/password") -> requests.Response:
        self.sub = sub
        return self.open(f"/login/oidc?next={target}")

    def is_in(self) -> bool:
        return self.web.get(f"{self.base}/sessions", allow_redirects=False).status_code == 200

    def press(self, url: str, **form: str) -> requests.Response:
        page = self.web.get(f"{self.base}/password").text
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert found
        return self.web.post(self.base + url, {"csrf_token": found[1], **form}, allow_redirects=False)
