"""An edit form: what stands in it, and how it comes back when it was refused, with everything that was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from flask import flash, request
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.errors import MissingInput, StaleVersion
from osm.services.errors import NotFound, ServiceError
from osm.store.queries.log.edits import Edit, edits_of, since
from osm.web.acting import me, seen_version
from osm.web.htmx import see_other

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form. `stored`: what the row holds now, shown beside what was typed when `stale`."""

    stored: Mapping[str, str]
    typed: Mapping[str, str] | None = None
    chosen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Fields with several values: roles, deputies."""
    errors: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    """Why the whole was not saved."""
    happened: Sequence[Edit] = ()
    """What others did meanwhile."""
    seen: int | None = None
    """The version under which a form with a mistake was filled in: mended, it is still of that version."""

    def version(self, now: int) -> int:
        """The version that the form is sent with: that of the row `now`, unless a mistake is being mended."""
        return now if self.seen is None else self.seen

    def whole(self, name: str, **chosen: Sequence[str]) -> Form:
        """Itself; with what is stored where only a button beside the form was sent and not its field `name`."""
        return self if self.typed is None or name in self.typed else replace(self, typed=None, chosen=chosen)

    def value(self, name: str) -> str:
        return self.stored.get(name, "") if self.typed is None else self.typed.get(name, "")

    def has(self, name: str, value: str) -> bool:
        """Whether this one of several is chosen."""
        return value in self.chosen.get(name, ())

    def error(self, name: str) -> str:
        return self.errors.get(name, "")

    def now_stored(self, name: str, words: Sequence[tuple[int, str]] = ()) -> str:
        """A hint where somebody else has stored something other than what stands in the field.

        `words`: the choices of a list, id and label.
        """
        now = self.stored.get(name, "")
        if not self.happened or now == self.value(name):
            return ""
        labels = {str(key): label for key, label in words}
        return f"Сейчас записано: {labels.get(now, now) or 'ничего'}."


Refusal = MissingInput | StaleVersion | ServiceError


def who() -> dict[str, Any]:
    """Who acts, and when: what every service of administration asks for."""
    return {"actor": me(), "now": current_now()}


def saved(said: str, page: str) -> ResponseReturnValue:
    """After an edit: the page of the object, which says that it is done."""
    flash(said, "success")
    return see_other(page)


def attempt(
    act: Callable[[], Done],
    done: Callable[[Done], ResponseReturnValue],
    again: Callable[[Refusal, int], ResponseReturnValue],
) -> ResponseReturnValue:
    """Do what the form asks for; refused, it is shown `again` with the reason and the status of the answer."""
    try:
        return done(act())
    except MissingInput as error:
        return again(error, 422)
    except NotFound:
        raise
    except (StaleVersion, ServiceError) as error:
        return again(error, 409)


def refused_form(
    error: Refusal, stored: Mapping[str, str], many: Sequence[str] = (), of: tuple[str, int] | None = None
) -> Form:
    """The form as it was sent. `many`: its fields with several values; `of`: kind and id of the object in the log."""
    typed = {name: value for name, value in request.form.items() if name not in ("csrf_token", "version")}
    chosen = {name: request.form.getlist(name) for name in many}
    if isinstance(error, MissingInput):
        return Form(stored, typed, chosen, {error.field: str(error)}, seen=seen_version())
    happened = since(edits_of(*of), error.seen) if of and isinstance(error, StaleVersion) else ()
    return Form(stored, typed, chosen, refused=str(error), happened=happened)
