"""The same over HTTP on loopback: the loser's page has his typed text and what the other one did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import unescape
from http.cookiejar import CookieJar
from re import search
from threading import Barrier
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

import pytest

from osm.models import Message
from osm.regulation.words import Status
from tests.serving import serving

ROUNDS = 5


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_args, **_kwargs):
        return None


class Visitor:
    """A person with a browser, over real HTTP."""

    def __init__(self, site: str, login: str, password: str) -> None:
        self.site, self.login = site, login
        self.cookies = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self.cookies), _NoRedirect())
        assert self.post("/login", {"login": login, "password": password})[0] == 303

    def token(self, page: str) -> str:
        text = self._opener.open(self.site + page).read().decode()
        return unescape(search(r'name="csrf-token" content="([^"]+)"', text)[1])

    def post(self, path: str, form: dict[str, object], token: str = "") -> tuple[int, str]:
        token = token or self.token("/login" if path == "/login" else "/password")
        body = urlencode({"csrf_token": token, **form}, doseq=True).encode()
        try:
            with self._opener.open(Request(self.site + path, body)) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()


@dataclass(frozen=True)
class Side:
    """One side of a race: the person, the address, the form; `{n}` is the message, `{d}` its last draft."""

    login: str
    path: str
    form: dict[str, str]
    typed: str
    did: str
    """How the history tells it to the other side."""


def _typed(who: str) -> str:
    return f"Набрано, {who}: Яму на Калининской засыпали"


def _send(who: str) -> Side:
    form = {"text": _typed(who), "kind": "final", "confirmed": "1", "screen": "answer"}
    return Side(who, "/messages/{n}/answer", form, _typed(who), "проект отправлен на согласование")


def _return(who: str) -> Side:
    form = {"draft_id": "{d}", "remarks": _typed(who)}
    return Side(who, "/approvals/{n}/return", form, _typed(who), "возвращено на доработку")


def _correct(who: str) -> Side:
    text = "Здравствуйте! Выбоину засыпали."
    form = {"draft_id": "{d}", "text": text, "screen": "approval", "in_spite": "not_due"}
    return Side(who, "/approvals/{n}/correct", form, text, "исправлено и согласовано")


def _approve(who: str) -> Side:
    return Side(who, "/approvals/{n}/approve", {"draft_id": "{d}", "in_spite": "not_due"}, "", "согласовано")


def _withdraw() -> Side:
    return Side("boris", "/messages/{n}/withdraw-draft", {}, "", "проект отозван")


def _publish(who: str) -> Side:
    link = f"https://vk.com/wall-1_1?reply={who}"
    return Side(who, "/messages/{n}/publish", {"url": link}, link, "ответ опубликован")


def _revoke(who: str) -> Side:
    return Side(who, "/approvals/{n}/revoke", {"reason": _typed(who)}, _typed(who), "согласование отозвано")


def _for_executor(who: str) -> Side:
    form = {
        "text": _typed(who),
        "kind": "final",
        "executor_id": "{b}",
        "received_by": "в чате",
        "screen": "for-executor",
    }
    return Side(who, "/messages/{n}/for-executor", form, _typed(who), "проект отправлен на согласование")


PAIRS: tuple[tuple[Status, Side, Side], ...] = (
    (Status.IN_WORK, _send("boris"), _for_executor("anna")),
    (Status.ON_APPROVAL, _approve("anna"), _return("galina")),
    (Status.ON_APPROVAL, _return("anna"), _return("galina")),
    (Status.ON_APPROVAL, _correct("anna"), _return("galina")),
    (Status.ON_APPROVAL, _return("anna"), _withdraw()),
    (Status.APPROVED, _publish("anna"), _publish("galina")),
    (Status.APPROVED, _publish("anna"), _revoke("galina")),
)


@pytest.fixture
def visit(app, two_curators) -> Iterator[Callable[[str], Visitor]]:
    known: dict[str, Visitor] = {}
    with serving(app) as site:

        def visitor(login: str) -> Visitor:
            password = f"пароль-{'anna' if login == 'galina' else login}"
            if login not in known:
                known[login] = Visitor(site, login, password)
            return known[login]

        yield visitor


def filled(side: Side, desk, message: Message) -> dict[str, str]:
    drafts = message.replies[-1].drafts
    places = {"d": drafts[-1].id if drafts else 0, "b": desk.ids["boris"]}
    return {"version": str(message.version), **{name: value.format(**places) for name, value in side.form.items()}}


@pytest.mark.parametrize(("status", "one", "other"), PAIRS, ids=lambda value: getattr(value, "path", str(value)))
def test_the_loser_reads_what_happened_and_has_his_text(two_curators, visit, status, one, other):
    desk = two_curators
    visitors = [visit(side.login) for side in (one, other)]
    tokens = [visitor.token("/password") for visitor in visitors]
    for _ in range(ROUNDS):
        message = desk.in_status(status)
        number, version = message.id, message.version
        forms = [filled(side, desk, message) for side in (one, other)]
        desk.again(message)
        start = Barrier(2)

        def act(place: int, number=number, forms=forms, start=start) -> tuple[int, str]:
            start.wait(10)
            return visitors[place].post((one, other)[place].path.format(n=number), forms[place], tokens[place])

        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(act, (0, 1)))
        assert sorted(answer[0] for answer in answers) == [303, 409], [answer[0] for answer in answers]
        loser = 0 if answers[0][0] == 409 else 1
        page = unescape(answers[loser][1])
        assert (one, other)[loser].typed in page
        assert (one, other)[1 - loser].did in page
        assert desk.again(message).version == version + 1
