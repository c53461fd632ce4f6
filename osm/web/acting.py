"""An act from a form: success leads on, a refusal brings the same form back with everything that was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask import current_app, request
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from osm.regulation.errors import MissingInput
from osm.regulation.words import Action
from osm.services.files.attachments import Upload
from osm.settings import Settings
from osm.store.models import User
from osm.store.queries.log.history import HistoryLine

_FIRST_YEAR = 2000
"""No message of a social network is older; an earlier year is a slip of the keyboard."""
_MOMENTS = ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M")
"""As the browser's own picker sends it, and as people write it where there is none."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A form that was refused: its action, what stood in it, what is wrong where, and what happened meanwhile."""

    action: Action
    values: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)
    since: Sequence[HistoryLine] = ()
    stale: bool = False

    def value(self, action: Action, name: str, default: str = "") -> str:
        """What was typed into this field of this form, else the default."""
        return self.values.get(name, default) if action == self.action else default

    def error(self, action: Action, name: str) -> str:
        return self.errors.get(name, "") if action == self.action else ""


def me() -> User:
    """The person behind the request, as the row itself: services store it."""
    person: User = current_user._get_current_object()
    return person


def text(name: str) -> str:
    """A field of the form; empty when it was not sent."""
    return request.form.get(name, "")


def number(name: str) -> int | None:
    """An id from the form, None when nothing was chosen. A value that is no number was not offered by any form."""
    return _id(text(name))


def asked_id(name: str) -> int | None:
    """An id from the address, None where there is none or where it is the address of nothing."""
    return _id(request.args.get(name, ""))


def _id(typed: str) -> int | None:
    value = typed.strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def seen_version() -> int:
    """The version that the person saw; 0 when the form brought none, which is older than every version."""
    return number("version") or 0


def seen_rows() -> list[tuple[int, int]]:
    """The ticked rows, each as «id:version». What is none of these was sent by no form of ours."""
    pairs = (value.partition(":") for value in request.form.getlist("row"))
    known = ((_id(one), _id(version)) for one, _, version in pairs)
    return [(one, version) for one, version in known if one is not None and version is not None]


def moment(name: str) -> datetime | None:
    """The local time of <input type="datetime-local">, None when empty. Raises MissingInput."""
    value = text(name).strip()
    if not value:
        return None
    settings: Settings = current_app.extensions["osm_settings"]
    for form in _MOMENTS:
        try:
            typed = datetime.strptime(value, form).replace(tzinfo=settings.time_zone)
        except ValueError:
            continue
        if typed.year < _FIRST_YEAR:
            raise MissingInput(name, f"Год {typed.year} не подходит. Проверьте дату.")
        return typed
    raise MissingInput(name, "Время не разобрано. Нужны дата и время, например 25.11.2026 09:40.")


def uploads(name: str) -> list[Upload]:
    """The files of a field; an empty choice is no file."""
    files: list[FileStorage] = request.files.getlist(name)
    return [Upload(file.filename, file.read()) for file in files if file.filename]


def typed_values() -> dict[str, str]:
    """Everything typed, without the token and the version."""
    return {name: value for name, value in request.form.items() if name not in ("csrf_token", "version")}
