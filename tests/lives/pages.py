"""A page as a person sees it: its links, its forms, what each of its buttons sends."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"input", "br", "img", "hr", "meta", "link", "use", "path", "source", "wbr", "col"})


@dataclass
class Control:
    """A field: `options` of a list, `value` as the page has it; None for an unticked box."""

    name: str
    kind: str
    value: str | None
    given: dict[str, str | None] = field(default_factory=dict)
    options: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Button:
    """A button: its words, the address that the form then goes to, what it adds to the fields."""

    words: str
    action: str
    sends: tuple[tuple[str, str], ...] = ()


@dataclass
class Form:
    """A form that is sent by POST."""

    action: str
    controls: list[Control] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)

    def hidden(self) -> list[tuple[str, str]]:
        return [(one.name, one.value or "") for one in self.controls if one.kind == "hidden"]


class Page(HTMLParser):
    """`links`: addresses; `forms`: those of POST; `rows`: numbers of what waits; `poll`: what the page asks for news;
    `words`: its text.
    """

    def __init__(self, html: str, address: str) -> None:
        super().__init__()
        self.address = address
        self.links: list[str] = []
        self.rows: list[str] = []
        self.poll = ""
        self.text: list[str] = []
        self._forms: list[Form] = []
        self._of_id: dict[str, Form] = {}
        self._elsewhere: list[tuple[str, Control | Button]] = []
        self._form: Form | None = None
        self._control: Control | None = None
        self._button: dict[str, str | None] | None = None
        self._said: list[str] = []
        self._deaf = 0
        self.token = (re.findall(r'name="csrf-token" content="([^"]+)"', html) or [""])[0]
        self.feed(html)
        for number, one in self._elsewhere:
            if number in self._of_id:
                self._put(self._of_id[number], one)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())

    @property
    def forms(self) -> list[Form]:
        """Forms with a button, which people can send."""
        return [one for one in self._forms if one.buttons]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._deaf or tag in ("template", "script", "style"):
            self._deaf += tag not in VOID
            return
        if tag == "a" and (given.get("href") or "").startswith("/"):
            self.links.append(given["href"].partition("#")[0])  # type: ignore[union-attr]
        if tag == "li" and "inbox-row" in (given.get("class") or ""):
            self.rows.append(given.get("id") or "")
        if "/inbox/news" in (given.get("hx-get") or ""):
            self.poll = given["hx-get"] or ""
        if tag == "form":
            self._form = Form((given.get("action") or self.address).partition("#")[0])
            if (given.get("method") or "").lower() == "post":
                self._forms.append(self._form)
                self._of_id[given.get("id") or ""] = self._form
        elif tag == "button":
            self._button, self._said = given, []
        elif tag in ("input", "textarea", "select") and given.get("name") and "disabled" not in given:
            self._field(tag, given)
        elif tag == "option" and self._control is not None:
            value = given.get("value")
            self._control.options.append(value or "")
            if "selected" in given or len(self._control.options) == 1:
                self._control.value = value or ""

    def _field(self, tag: str, given: dict[str, str | None]) -> None:
        kind = (given.get("type") or "text") if tag == "input" else tag
        value = given.get("value") or ("on" if kind in ("checkbox", "radio") else "")
        control = Control(given["name"] or "", kind, value, given)
        if kind in ("checkbox", "radio"):
            control.options = [value]
            control.value = value if "checked" in given else None
        self._control = control if tag in ("select", "textarea") else None
        self._belongs(given, control)

    def _belongs(self, given: dict[str, str | None], one: Control | Button) -> None:
        if given.get("form"):
            self._elsewhere.append((given["form"] or "", one))
        elif self._form is not None:
            self._put(self._form, one)

    @staticmethod
    def _put(form: Form, one: Control | Button) -> None:
        if isinstance(one, Control):
            form.controls.append(one)
        else:
            form.buttons.append(Button(one.words, one.action or form.action, one.sends))

    def handle_endtag(self, tag: str) -> None:
        if self._deaf:
            self._deaf -= tag not in VOID
        elif tag == "form":
            self._form = None
        elif tag in ("select", "textarea"):
            if self._control is not None and tag == "textarea":
                self._control.value = (self._control.value or "").removeprefix("\n")
            self._control = None
        elif tag == "button" and self._button is not None:
            given, self._button = self._button, None
            if given.get("type", "submit") == "submit" and not {"hidden", "disabled"} & given.keys():
                sends = ((given["name"] or "", given.get("value") or ""),) if given.get("name") else ()
                self._belongs(
                    given, Button(" ".join("".join(self._said).split()), given.get("formaction") or "", sends)
                )

    def handle_data(self, data: str) -> None:
        if self._deaf:
            return
        self.text.append(data)
        self._said.append(data)
        if self._control is not None and self._control.kind == "textarea":
            self._control.value = (self._control.value or "") + data
