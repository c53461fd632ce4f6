"""The pages of a list that the office keeps: its form is declared once, its rows are put away and never deleted."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.base.errors import must_exist
from osm.log.queries.edits import edits_of
from osm.regulation.words import Role
from osm.shell.access import allow
from osm.shell.form_values import Form, Typed, text
from osm.shell.htmx import see_other
from osm.shell.run_act import EDIT_REFUSED, run_act, run_edit


def _stored(row: Any, name: str) -> Mapping[str, str]:
    return {name: str(getattr(row, name) or "")}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form: what the services call it, how it is read, and how `admin/row.html` shows it."""

    name: str
    label: str
    hint: str = ""
    read: Callable[[str], Any] = text
    options: Callable[[Any], Sequence[tuple[Any, str]]] | None = None
    """What there is to choose, for a row; the row is None if it is a new one."""
    stored: Callable[[Any, str], Mapping[str, str]] = _stored
    """What the inputs of this field hold of a row."""
    template: str = ""
    """A field that needs more than the usual macros."""
    shown: Mapping[str, Any] = field(default_factory=dict)
    """What else the macro is given."""


@dataclass(frozen=True, slots=True)
class Step:
    """A button below the form: its service, what is asked before, and what is said after."""

    service: Callable[..., Any]
    question: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPages:
    """`kind`: what the log and the addresses call a row; `what`, `new`, `title`, `is_archived`: words for people."""

    kind: str
    what: str
    new: str
    title: str
    is_archived: str
    roles: Collection[Role]
    row: Callable[[int], Any]
    """The row of this id, or None."""
    fields: Sequence[Field]
    create: Callable[..., Any]
    edit: Callable[..., Any]
    archive: Step
    restore: Step
    added: str
    template: str
    """Extends `admin/row.html`."""
    values: Callable[[Any], Mapping[str, Any]] = lambda _row: {}
    """What else the template shows of a row, or of a new one (None)."""
    proposed: Mapping[str, str] = field(default_factory=dict)
    """What the form of a new row begins with."""
    show: str = "show"
    """The endpoint of a row."""

    def address(self, row_id: int) -> dict[str, Any]:
        return {f"{self.kind}_id": row_id}

    def add_to(self, blueprint: Blueprint) -> None:
        """Add the routes; the list itself is a view of its subject, `index`."""
        allowed, one = allow(*self.roles), f"/<int:{self.kind}_id>"

        # The views are lambdas: a method cannot carry the mark of its roles.
        def of_row(view: Callable[[int], ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
            return allowed(lambda **address: view(*address.values()))

        blueprint.get("/new", endpoint="new")(allowed(lambda: self._rendered(None, Form(self.proposed))))
        blueprint.post("", endpoint="create")(allowed(lambda: self._create()))
        blueprint.get(one, endpoint=self.show)(of_row(self.page))
        blueprint.post(one, endpoint="save")(of_row(self._save))
        blueprint.post(f"{one}/archive", endpoint="archive")(of_row(partial(self._press, self.archive)))
        blueprint.post(f"{one}/restore", endpoint="restore")(of_row(partial(self._press, self.restore)))

    def _create(self) -> ResponseReturnValue:
        return run_act(
            partial(self.create, **self._given()),
            lambda typed: self._rendered(None, Form({}, typed)),
            lambda row: self._there(row.id, self.added),
            refused=EDIT_REFUSED,
        )

    def _save(self, row_id: int) -> ResponseReturnValue:
        return self._run(row_id, self.edit, "Сохранено.", **self._given())

    def _press(self, step: Step, row_id: int) -> ResponseReturnValue:
        return self._run(row_id, step.service, step.said)

    def _run(self, row_id: int, service: Callable[..., Any], said: str, /, **given: Any) -> ResponseReturnValue:
        return run_edit(self.kind, row_id, service, self.page, lambda _: self._there(row_id, said), **given)

    def _there(self, row_id: int, said: str) -> ResponseReturnValue:
        return see_other(url_for(f".{self.show}", **self.address(row_id)), said)

    def _given(self) -> dict[str, Any]:
        return {asked.name: asked.read(asked.name) for asked in self.fields}

    def page(self, row_id: int, typed: Typed | None = None) -> str:
        """`typed`: a refused form to show again. Raises NotFound."""
        row = must_exist(self.row(row_id), self.what)
        stored = {name: value for asked in self.fields for name, value in asked.stored(row, asked.name).items()}
        return self._rendered(row, Form(stored, typed, always="name"))

    def _rendered(self, row: Any, form: Form) -> str:
        return render_template(
            self.template,
            kept=self,
            row=row,
            form=form,
            options={asked.name: asked.options(row) for asked in self.fields if asked.options},
            edits=edits_of(self.kind, row.id) if row else (),
            **self.values(row),
        )
