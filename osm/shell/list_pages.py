"""The pages of a list that the office keeps: its form is declared once, its rows are put away and never deleted."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from osm.base.errors import must_exist
from osm.log.queries.edits import edits_of
from osm.regulation.words import Role
from osm.shell.access import Screens
from osm.shell.form_values import Form, Typed, text
from osm.shell.htmx import see_other
from osm.shell.run_act import EDIT_REFUSED, PageActs, run_act


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
    stored: Callable[[Any, str], Mapping[str, str]] = _stored  # what the inputs of this field hold of a row
    template: str = ""  # a field that needs more than the usual macros
    shown: Mapping[str, Any] = field(default_factory=dict)  # what else the macro is given


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
    row: Callable[[int], Any]  # the row of this id, or None
    fields: Sequence[Field]
    create: Callable[..., Any]
    edit: Callable[..., Any]
    archive: Step
    restore: Step
    added: str
    template: str  # extends `admin/row.html`
    values: Callable[[Any], Mapping[str, Any]] = lambda _row: {}
    """What else the template shows of a row, or of a new one (None)."""
    proposed: Mapping[str, str] = field(default_factory=dict)  # what the form of a new row begins with
    show: str = "show"  # the endpoint of a row

    def address(self, row_id: int) -> dict[str, Any]:
        return {f"{self.kind}_id": row_id}

    def add_to(self, blueprint: Screens) -> None:
        """Add the routes; the list itself is a view of its subject, `index`."""
        roles, one = tuple(self.roles), f"/<int:{self.kind}_id>"
        blueprint.get("/new", *roles, endpoint="new")(lambda: self._rendered(None, Form(self.proposed)))
        blueprint.post("", *roles, endpoint="create")(lambda: self._create())
        blueprint.get(one, *roles, endpoint=self.show)(lambda **address: self.page(*address.values()))
        acts = PageActs(blueprint=blueprint, rule=one, page=self.page, kind=self.kind, there=self._there)
        acts.post("", self.edit, "Сохранено.", *roles, endpoint="save", **{one.name: one.read for one in self.fields})
        acts.post("/archive", self.archive.service, self.archive.said, *roles)
        acts.post("/restore", self.restore.service, self.restore.said, *roles)

    def _create(self) -> ResponseReturnValue:
        return run_act(
            partial(self.create, **{asked.name: asked.read(asked.name) for asked in self.fields}),
            lambda typed: self._rendered(None, Form({}, typed)),
            lambda row: see_other(self._there(row.id), self.added),
            refused=EDIT_REFUSED,
        )

    def _there(self, row_id: int) -> str:
        return url_for(f".{self.show}", **self.address(row_id))

    def page(self, row_id: int, typed: Typed | None = None) -> str:
        """`typed`: a refused form to show again. Raises NotFound."""
        row = must_exist(self.row(row_id), self.what)
        stored = {name: value for asked in self.fields for name, value in asked.stored(row, asked.name).items()}
        return self._rendered(row, Form(stored, typed, always="name"))

    def _rendered(self, row: Any, form: Form) -> str:
        return render_template(
            self.template, kept=self, row=row, form=form,
            options={asked.name: asked.options(row) for asked in self.fields if asked.options},
            edits=edits_of(self.kind, row.id) if row else (), **self.values(row),
        )  # fmt: skip
