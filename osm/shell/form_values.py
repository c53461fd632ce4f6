"""What a form sends, and the version of the row that its person saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import request

from osm.base.application import local_zone
from osm.base.numbers import whole
from osm.regulation.errors import MissingInput, StaleVersion, refuse

# --- What a form sends: values, ids, moments, files, versions; and the values of a form that is shown again
_FIRST_YEAR = 2000  # no message of a social network is older; an earlier year is a typing mistake
_MOMENTS = ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M")
"""As the browser's own picker sends it, and as people write it where there is none."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A form that is shown again: which one, its values, its errors by field, and what others did since."""

    action: str  # an Action, or the name by which the screen knows the form
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    """Field → what is wrong with it; under an empty name what concerns the whole."""
    since: Sequence[Any] = ()  # what others did since the form was opened, where it was refused because of that
    why: Exception | None = None  # the refusal itself
    several: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """All values of each field: some have more than one."""
    ticked: frozenset[int] = frozenset()  # the rows that were ticked
    seen: int = 0  # the version that the person saw

    @property
    def stale(self) -> bool:
        return isinstance(self.why, StaleVersion)

    @property
    def words(self) -> str:
        return " ".join(self.errors.values())

    def of(self, action: str) -> Mapping[str, str]:
        """What was typed into this form; nothing if it is not the one that comes back."""
        return self.values if action == self.action else {}

    def error(self, action: str, name: str) -> str:
        return self.errors.get(name, "") if action == self.action else ""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of an edit form: what the row holds, and where the form comes back what was typed."""

    stored: Mapping[str, str]
    typed: Typed | None = None
    chosen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What is stored of fields with several values: roles."""
    always: str = ""  # a field that the form always sends: without it only a button outside the form was pressed

    @property
    def is_typed(self) -> bool:
        return self.typed is not None and (not self.always or self.always in self.typed.values)

    @property
    def errors(self) -> Mapping[str, str]:
        return self.typed.errors if self.typed else {}

    @property
    def refused(self) -> str:
        return self.error("")

    @property
    def happened(self) -> Sequence[Any]:
        """What others did since; it is shown together with the typed text."""
        return self.typed.since if self.typed else ()

    def version(self, now: int) -> int:
        """The version that the form is sent with: that of the row `now`, unless it is looked at or mended."""
        return self.typed.seen if self.typed and isinstance(self.typed.why, MissingInput | None) else now

    def value(self, name: str) -> str:
        return self.typed.values.get(name, "") if self.typed and self.is_typed else self.stored.get(name, "")

    def all(self, name: str) -> Sequence[str]:
        """What is chosen of a field with several values."""
        return (self.typed.several if self.typed and self.is_typed else self.chosen).get(name, ())

    def error(self, name: str) -> str:
        return self.errors.get(name, "")

    def now_stored(self, name: str, words: Sequence[tuple[int, str]] = ()) -> str:
        """A hint where somebody else has stored another value than the field shows. `words`: the choices of a list, id
        and label."""
        now = self.stored.get(name, "")
        if not self.happened or now == self.value(name):
            return ""
        labels = {str(key): label for key, label in words}
        return f"Сейчас записано: {labels.get(now, now) or 'ничего'}."


def text(name: str) -> str:
    """A field of the form; empty when it was not sent."""
    return request.form.get(name, "")


def last_given(name: str) -> str:
    """Of a field and the buttons that are named like it: what was pressed, else what was typed."""
    return next((value for value in reversed(request.form.getlist(name)) if value.strip()), "")


def is_set(name: str) -> bool:
    """Whether a tick, or a field that only a repeated form has, was sent."""
    return bool(text(name))


def number(name: str) -> int | None:
    """An id from the form, None when there is no choice. Our forms send only numbers."""
    return _id(text(name))


def asked_id(name: str) -> int | None:
    """An id from the address, None where there is none, or where no row can have it."""
    return _id(request.args.get(name, ""))


def _id(typed: str) -> int | None:
    return whole(typed.strip())


def seen_version(name: str = "version") -> int:
    """The version that the person saw; 0 when the form brought none, which is older than every version."""
    return number(name) or 0


def seen_rows() -> list[tuple[int, int]]:
    """The ticked rows, each as «id:version». Other values are not from our forms and are left out."""
    return [known for value in request.form.getlist("row") if (known := _pair(value))]


def pair(name: str) -> tuple[int, int] | None:
    """One such row from its field; None where it was left out."""
    return _pair(text(name))


def _pair(value: str) -> tuple[int, int] | None:
    one, _, version = value.partition(":")
    known = _id(one), _id(version)
    return (known[0], known[1]) if known[0] is not None and known[1] is not None else None


def moment(name: str) -> datetime | None:
    """The local time of <input type="datetime-local">, None when empty. Raises MissingInput."""
    value = text(name).strip()
    if not value:
        return None
    for form in _MOMENTS:
        try:
            typed = datetime.strptime(value, form).replace(tzinfo=local_zone())
        except ValueError:
            continue
        refuse(name, typed.year < _FIRST_YEAR, f"Год {typed.year} не подходит. Проверьте дату.")
        return typed
    raise MissingInput(name, "Время не разобрано. Нужны дата и время, например 25.11.2026 09:40.")


def typed_values() -> dict[str, str]:
    """Everything typed, without the token and the version."""
    return {name: value for name, value in request.form.items() if name not in ("csrf_token", "version")}
