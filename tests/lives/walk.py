"""A life: random acts on one thing by the people who see it, and the same acts played again from their list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from osm.neighbours.acts import asking
from tests.lives.pages import Button, Form, Page
from tests.lives.records import Records
from tests.lives.town import CITIZENS, MORNING, Town
from tests.lives.typing import a_file, typed

LOCAL = timezone(timedelta(hours=10))
PEOPLE = (
    "anna", "vera", "gleb", "dina", "boris", "lidia", "roman", "olga", "pavel", "nina", "igor", "maxim", "tamara",
)  # fmt: skip
WATCHED = ("anna", "vera", "boris", "roman")
"""Whose «Ждёт меня» is looked at; its poll is asked before the page is."""
NOT_OF_A_LIFE = re.compile(
    r"^/(logout|password|keys|sessions|login|static|help|admin/backups|healthz)|/export|\?.*page="
)
REFUSALS = {400, 401, 409, 413, 415, 422, 429}
"""Answers by which the program may refuse a form that it has shown, with words for people."""
PAUSES = (0, 0, 0, 0, 1, 1, 3, 3, 10, 30, 45, 130, 400, 1440, 4320)
"""Minutes."""

Step = dict[str, Any]


class Fault(AssertionError):
    """A life that went wrong, with the steps that led there."""

    def __init__(self, words: str, steps: Sequence[Step], of: str = "") -> None:
        self.words, self.steps, self.of = words, list(steps), of
        listed = "\n".join(f"    {step!r}," for step in steps)
        super().__init__(f"{of}: {words}\n[\n{listed}\n]")


@dataclass
class Kind:
    """A kind of lives. `table`: of the thing; `begins`: the person who makes one, the page, the form; `screens`: the
    pages that show it, with `{}` for its number; `near`: addresses that belong to its life; `forward`: what is pressed
    more often, since lives would otherwise end where they begin.
    """

    table: str
    screens: tuple[str, ...]
    near: str
    begins: tuple[tuple[str, str, str], ...] = ()
    people: tuple[str, ...] = PEOPLE
    forward: str = "^$"


@dataclass
class Person:
    town: Town
    login: str
    client: Any = None
    seen: tuple[str, frozenset[str]] = ("", frozenset())
    """The poll of the list as it was opened last, and what was on it."""

    def __post_init__(self) -> None:
        self.client = self.town.app.test_client()

    def get(self, address: str) -> tuple[int, Page, TestResponse]:
        """The page at the end of all redirects; if the session has ended, log in by the form."""
        answer = self.client.get(address)
        for _ in range(5):
            if answer.status_code not in (301, 302, 303):
                break
            parts = urlsplit(answer.location)
            address = parts.path + (f"?{parts.query}" if parts.query else "")
            answer = self._log_in(address) if parts.path == "/login" else self.client.get(address)
        html = answer.text if "html" in answer.content_type else ""
        return answer.status_code, Page(html, address), answer

    def _log_in(self, address: str) -> TestResponse:
        token = Page(self.client.get(address).text, address).token
        given = {"csrf_token": token, "login": self.login, "password": f"demo-{self.login}"}
        answer: TestResponse = self.client.post(address, data=given)
        return answer

    def send(self, address: str, data: dict[str, Any]) -> TestResponse:
        answer: TestResponse = self.client.post(address, data=data, content_type="multipart/form-data")
        return answer


@dataclass
class Life:
    """`watch`: who of WATCHED is checked after each step; all of them when steps are played again."""

    town: Town
    kind: Kind
    seed: int
    name: str = ""
    number: int | None = None
    steps: list[Step] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.town.put_back()
        self.dice = Random(f"{self.name} {self.seed}")
        self.people = {login: Person(self.town, login) for login in PEOPLE}
        self.records = Records(self.town)
        self.screens: list[str] = []
        self.refused: set[tuple[str, str]] = set()
        self.shown: list[tuple[str, str]] = []  # the people who saw it with something to press, and the address
        self.open: dict[
            tuple[str, str], Page
        ] = {}  # pages opened for choosing, which are not opened again to press something

    @property
    def now(self) -> datetime:
        return self.town.clock.now().astimezone(LOCAL)

    # --- Living

    def live(self, steps: int) -> None:
        self._begin()
        for _ in range(steps):
            self.town.clock.set(self.now + timedelta(minutes=self.dice.choice(PAUSES)))
            chance = self.dice.random()
            if chance < 0.2:
                self.play({"at": self.now.isoformat(), "do": "round"})
            elif chance < 0.28 and self.name in ("comment", "outbox", "page", "message"):
                self.play({"at": self.now.isoformat(), "do": "citizen", **self._of_a_citizen()})
            elif chance < 0.3 and self.name == "question":
                code, which = self.dice.random() < 0.8, self.dice.randint(0, 99)
                self.play({"at": self.now.isoformat(), "do": "outside", "code": code, "which": which})
            else:
                self._act()
        self.play({"at": self.now.isoformat(), "do": "round"})
        self._say(self.records.at_the_end(MORNING.astimezone(LOCAL).date(), self.now.date()))

    def _begin(self) -> None:
        """Half of the lives begin with an existing thing."""
        known = self.records.ids(self.kind.table)
        if self.kind.begins and self.dice.random() < 0.6:
            for login, page, action in self.kind.begins:
                status, shown, _ = self.people[login].get(page)
                forms = [one for one in shown.forms if one.action.startswith(action)]
                if status == 200 and forms:
                    self.play(self._filled(login, page, forms[0], forms[0].buttons[0]))
            known = [one for one in self.records.ids(self.kind.table) if one not in known] or known
        self.number = self.dice.choice(known) if known else 1
        self.screens = [one.format(self.number) for one in self.kind.screens]

    def _act(self) -> None:
        self.refused.clear()
        people = [*self.kind.people, *4 * self.records.at_work(self.kind.table, self.number)]
        for _ in range(16):
            login, page = self.dice.choice(people), self.dice.choice(self.screens)
            if self.shown and self.dice.random() < 0.6:
                login, page = self.dice.choice(self.shown)
            if (login, page) in self.refused:
                continue
            step = self._choose(login, page)
            if step is None:
                continue
            if self.dice.random() < 0.15:  # another person has opened the same at the same time
                other = self.dice.choice((login, *people))
                second = self._choose(other, page) or self._choose(login, page)
                if second is not None:
                    step = {"at": step["at"], "do": "both", "first": step, "second": second}
            self.play(step)
            return

    def _choose(self, login: str, page: str) -> Step | None:
        status, shown = self._visit(login, page)
        if status != 200:
            self.refused.add((login, page))
            return None
        self._follow(login, page, shown)
        pressed = [
            (form, button)
            for form in shown.forms
            if not NOT_OF_A_LIFE.search(form.action) and (self._is_near(form.action) or page in form.action)
            for button in form.buttons
        ]
        if not pressed:
            return None
        if (login, page) not in self.shown:
            self.shown.append((login, page))
        weights = [self._weight(form, button) for form, button in pressed]
        form, button = self.dice.choices(pressed, weights)[0]
        self.counts[self._what(form, button)] += 1
        self.open[login, page] = shown
        return self._filled(login, page, form, button)

    def _weight(self, form: Form, button: Button) -> float:
        mine = f"/{self.number}" in form.action or f"/{self.number}/" in form.action
        forward = re.search(self.kind.forward, button.action) is not None
        return (8 if mine else 1) * (6 if forward else 1) / (1 + self.counts[self._what(form, button)])

    @staticmethod
    def _what(form: Form, button: Button) -> str:
        return re.sub(r"\d+", "#", button.action) + button.words[:20]

    def _filled(self, login: str, page: str, form: Form, button: Button) -> Step:
        """Every field except hidden ones, which are read from the page when the form is sent."""
        data: list[tuple[str, str]] = []
        radios: dict[str, list[str]] = {}
        for one in form.controls:
            if one.kind == "file":
                if "required" in one.given or self.dice.random() < 0.4:
                    accept, names = one.given.get("accept") or "", self.dice.randint(0, 99)
                    data.append((one.name, f"file {names} {accept}"))
            elif one.kind == "radio":
                radios.setdefault(one.name, []).append(one.options[0])
            elif one.kind != "hidden":
                value = typed(one, self.dice, self.now)
                if value is not None:
                    data.append((one.name, value))
        data += [(name, self.dice.choice(values)) for name, values in radios.items()]
        return {
            "at": self.now.isoformat(), "do": "press", "who": login, "page": page, "form": form.action,
            "button": button.words, "sends": list(button.sends), "typed": data,
        }  # fmt: skip

    def _is_near(self, address: str) -> bool:
        return re.search(self.kind.near, address) is not None

    def _follow(self, login: str, page: str, shown: Page) -> None:
        """Remember the links of the page, and open one of them: each must lead to a page."""
        near = [one for one in dict.fromkeys(shown.links) if self._is_near(one) and not NOT_OF_A_LIFE.search(one)]
        mine = [one for one in near if re.search(rf"/{self.number}(\D|$)", one)]
        for one in (*mine, *self.dice.sample(near, int(bool(near) and self.dice.random() < 0.3))):
            if one not in self.screens and "back=" not in one and len(self.screens) < 40:  # back to where he came from
                self.screens.append(one)
        if near and self.dice.random() < 0.5:
            self._visit(login, self.dice.choice(near), of=page)

    def _visit(self, login: str, address: str, of: str = "") -> tuple[int, Page]:
        """Open a page, or a link `of` a page, which must exist. If something is wrong it becomes a step."""
        status, shown, answer = self.people[login].get(address)
        if status >= (400 if of else 500):
            self.steps.append({"at": self.now.isoformat(), "do": "open", "who": login, "page": address, "of": of})
            self._is_answer(status, answer, f"{login} GET {address}")
            self._say([f"{login}: {of} leads to {address}, which answers {status}"])
        return status, shown

    def _of_a_citizen(self) -> Step:
        what = self.dice.choice(("write", "write", "edit", "delete", "refuse", "lose"))
        text = self.dice.choice(
            ("Когда вода?", "Твари и идиоты!", "Спасибо!", "Яма на Лесной, 4 второй месяц", "Продам дом")
        )
        return {"what": what, "text": text, "which": self.dice.randint(0, 99)}

    # --- Playing

    def play(self, step: Step) -> None:
        """Do the step, and check the rules afterwards. A step without its form on the page is skipped."""
        self.steps.append(step)
        self.town.clock.set(max(self.town.clock.now(), datetime.fromisoformat(step["at"])))
        watched = WATCHED if step.get("again") else (self.dice.choice(WATCHED),)
        for login in watched:
            self._look(self.people[login])
        before = self.records.now()
        getattr(self, f"_{step['do']}")(step)
        self._say(self.records.since(before, step["do"]))
        for login in watched:
            self._watch(self.people[login])

    def _round(self, _step: Step) -> None:
        if said := self.town.round():
            self._say([f"the round of the worker: {said}"])

    def _open(self, step: Step) -> None:
        self._visit(step["who"], step["page"], step["of"])

    def _citizen(self, step: Step) -> None:
        world, which = self.town.vk.world, step["which"]
        theirs = [number for number, one in world.comments.items() if one["from_id"] in CITIZENS]
        if step["what"] == "write" or not theirs:
            post, author = list(world.posts)[which % len(world.posts)], list(CITIZENS)[which % len(CITIZENS)]
            under = theirs[which % len(theirs)] if theirs and which % 2 else None
            world.write(world.comments[under]["post_id"] if under else post, author, step["text"], under=under)
        elif step["what"] == "edit":
            world.change(theirs[which % len(theirs)], step["text"])
        elif step["what"] == "delete":
            number = theirs[which % len(theirs)]
            world.delete(number, world.comments[number]["from_id"])
        else:
            methods = ("wall.deleteComment", "wall.createComment", "groups.ban", "wall.post", "wall.editComment")
            code = (6, 9, 10, 15, 100, 213, 5)[which % 7] if step["what"] == "refuse" else 10
            self.town.vk.refuse[methods[which % len(methods)]].append(code)

    def _outside(self, step: Step) -> None:
        """A body outside opens its one-time link, and answers if the page takes its code."""
        asked = self.records.ask("SELECT mark FROM neighbour_question WHERE token_digest <> ''")
        if not asked:
            return
        mark, client = asked[step["which"] % len(asked)][0], self.town.app.test_client()
        with self.town.app.app_context():
            key, code = asking.token_of(mark), asking.code_for(mark) if step["code"] else "000000"
        what = f"the body with question {mark}"
        for address, data in (
            (f"/public/ask?key={key}", None),
            ("/public/ask", {"key": key, "code": code}),
            ("/public/ask/answer", {"text": "Воду дадут к 18:00", "photos": a_file("image", Random(1))}),
        ):
            answer = client.get(address) if data is None else client.post(address, data=data)
            self._is_answer(answer.status_code, answer, what)
            if not re.search("[а-яё]{3}", answer.text):
                self._say([f"{what}: {address} answers {answer.status_code} without words"])

    def _press(self, step: Step) -> None:
        ready = self._ready(step)
        if ready is not None:
            self._send(step, *ready, fresh=True)

    def _both(self, step: Step) -> None:
        """Two forms, both opened before either is sent."""
        ready = [(one, self._ready(one)) for one in (step["first"], step["second"])]
        for number, (one, form) in enumerate(ready):
            if form is not None:
                self._send(one, *form, fresh=number == 0)

    def _ready(self, step: Step) -> tuple[str, dict[str, Any]] | None:
        shown = self.open.pop((step["who"], step["page"]), None)
        if shown is None:
            _, shown = self._visit(step["who"], step["page"])
        for form in shown.forms:
            for button in form.buttons:
                if (form.action, button.words) == (step["form"], step["button"]):
                    data: dict[str, Any] = {}
                    sends = [tuple(one) for one in step["sends"]]
                    for name, value in (*form.hidden(), *step["typed"], *sends):
                        data.setdefault(name, []).append(self._real(value))
                    return button.action, data
        return None

    @staticmethod
    def _real(value: str) -> Any:
        found = re.fullmatch(r"file (\d+) (.*)", value)
        return a_file(found[2], Random(found[1])) if found else value

    def _send(self, step: Step, address: str, data: dict[str, Any], *, fresh: bool) -> None:
        who = self.people[step["who"]]
        answer = who.send(address, data)
        status, what = answer.status_code, f"{step['who']} pressed «{step['button']}» ({address})"
        self._is_answer(status, answer, what)
        if status in (301, 302, 303):
            target = urlsplit(answer.location)
            to = target.path + (f"?{target.query}" if target.query else "")
            status, _, answer = who.get(to)
            self._is_answer(status, answer, f"{what}, then {to}")
            if status != 200:
                self._say([f"{what}: it leads to {to}, which answers {status}"])
        elif status >= 400:
            said = Page(answer.text, address).words
            if status not in REFUSALS and fresh:
                self._say([f"{what}: the form was shown and is refused with {status}: {said[-300:]}"])
            if not re.search("[а-яё]{3}", said):
                self._say([f"{what}: {status} without words: {answer.text[:300]}"])

    # --- What holds

    def _is_answer(self, status: int, answer: TestResponse, what: str) -> None:
        if status >= 500:
            traces = "\n".join(self.town.errors[-1:])
            self._say([f"{what}: {status} {answer.text[:200] if not traces else ''}\n{traces}"])

    def _look(self, person: Person) -> None:
        """Open the person's list, unless it is open already, and leave it open."""
        if not person.seen[0]:
            self._reload(person)

    def _reload(self, person: Person) -> frozenset[str]:
        status, page, answer = person.get("/")
        self._is_answer(status, answer, f"{person.login} GET /")
        person.seen = page.poll, frozenset(_waiting(page))
        self._say(self.records.missing(person.login, page, lambda address: person.get(address)[1]))
        return person.seen[1]

    def _watch(self, person: Person) -> None:
        """What waits for the person now is on the list, and the list that was left open gets news of it."""
        poll, before = person.seen
        if not poll:
            return  # he could not log in: blocked, or with a password that he has not been given
        answer = person.client.get(poll, headers={"HX-Request": "true"})
        self._is_answer(answer.status_code, answer, f"{person.login} GET {poll}")
        if answer.status_code in (401, 302, 303):
            person.seen = "", frozenset()
            return
        silent = answer.status_code == 204 or "is-new" not in answer.text
        more = self._reload(person) - before
        if silent and more:
            self._say([f"{person.login}: «Ждёт меня» has {sorted(more)} and its poll says nothing ({poll})"])

    def _say(self, faults: Sequence[str]) -> None:
        if faults:
            raise Fault("; ".join(faults[:5]), self.steps, f"{self.name} {self.seed}")


def _waiting(page: Page) -> list[str]:
    return [row for row in page.rows if re.fullmatch(r"\w+-\d+", row)]


def again(town: Town, kind: Kind, fault: Fault) -> Life:
    """Play the steps of a fault from the beginning; raises the fault again."""
    name, _, seed = fault.of.rpartition(" ")
    life = Life(town, kind, int(seed), name)
    for step in fault.steps:
        life.play({**step, "again": True})
    return life


def shortest(town: Town, kind: Kind, fault: Fault) -> Fault:
    """The same fault with fewer steps, if some of them can be left out."""
    number = len(fault.steps) - 2
    while number >= 0:
        fewer = Fault(fault.words, [*fault.steps[:number], *fault.steps[number + 1 :]], fault.of)
        try:
            again(town, kind, fewer)
        except Fault as found:
            if found.words[:40] == fault.words[:40]:
                fault = found
        number = min(number, len(fault.steps) - 1) - 1
    return fault
