"""An act from a form: done leads on; refused, the form comes back with what was typed, why, and what happened."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from osm.base.application import current_now
from osm.base.errors import BulkRefused, NotFound, ServiceError, TextChangedElsewhere, TooMany, must_exist
from osm.log.queries.history import edits_of, edits_since
from osm.regulation.errors import MissingInput, RegulationError, StaleVersion
from osm.regulation.words import Role
from osm.shell import errors
from osm.shell.access import Screens, me
from osm.shell.form_values import Form, Typed, seen_rows, seen_version, text, typed_values
from osm.shell.lost_form import is_lost_on
from osm.shell.requests import is_htmx, see_other

Done = TypeVar("Done")
Again = Callable[[Typed], ResponseReturnValue]

#: Refusals after which the form is shown again. All others are answered by `osm.shell.errors`.
REFUSED: tuple[type[Exception], ...] = (MissingInput, StaleVersion, TextChangedElsewhere)
#: In administration every refusal of a service is shown above the form.
EDIT_REFUSED = (*REFUSED, ServiceError)
#: Of several messages one may refuse them all.
BULK_REFUSED = (*REFUSED, BulkRefused, TooMany)


def run_act(
    act: Callable[..., Done], again: Again, done: Callable[[Done], ResponseReturnValue], *, action: str = "",
    refused: tuple[type[Exception], ...] = REFUSED, happened: Callable[[int], Sequence[Any]] | None = None,
    fragment: Again | None = None,
) -> ResponseReturnValue:  # fmt: skip
    """Do what the form asks for, as the person of the request, now: 422 for a mistake, 409 for any other refusal.
    `again`: the screen with the form, `fragment`: the same for htmx. Where there is none, for a script, and where the
    screen has this form no more, `osm.shell.errors` answers with what was typed. `happened`: what others did since a
    version was seen."""
    try:
        result = act(**who())
    except NotFound:
        raise
    except refused as error:
        if errors.wants_json() or (is_htmx() and fragment is None):
            raise
        status = 422 if isinstance(error, MissingInput | TooMany) else 409
        show = fragment if fragment and is_htmx() else again
        response = make_response(show(typed_form(action, error, happened)), status)
        if show is again and status == 409 and is_lost_on(response.get_data(as_text=True)):
            raise
        return response
    return done(result)


def press(act: Callable[..., Done], there: str, notice: Callable[[Done], str]) -> ResponseReturnValue:
    """An act of one button, without a form to fill: back to `there`, which says what was done or why it was refused."""
    try:
        done = act(**who())
    except (RegulationError, ServiceError) as error:
        return see_other(there, f"Не выполнено: {error}", "danger")
    return see_other(there, notice(done))


@dataclass(frozen=True, slots=True, kw_only=True)
class PageActs:
    """The acts of a page, a line each: `ROW.post("/drop", acts.drop, "Снято.", Role.CURATOR, reason=text)`.

    `rule` has the id where it is the page of one row. The service gets the id of a row with the version that was seen.
    Done, an act leads back to the row, or to the list; refused, the page is shown with its form, which the endpoint
    names, together with the ids below the page."""

    blueprint: Screens
    page: Callable[..., ResponseReturnValue]  # takes the id, if it is of one row, and what was typed
    rule: str = ""
    kind: str = ""  # the kind of such a row in the log: a form that came too late then shows what others did
    known: Callable[[int], object] = lambda _: None  # Raises NotFound if this person may not know of the row
    there: Callable[[Any], str] | None = None
    """Where an act leads, unless to `show` or `index`: of the id, on a list of what the service returned."""

    def post(
        self, path: str, service: Callable[..., Any], said: str | Callable[[Any], str | Response], /, *roles: Role,
        endpoint: str = "", **fields: Callable[[str], Any],
    ) -> None:  # fmt: skip
        """`fields`: what else the service is given → how the field of this name is read from the form. The address of
        a part of the row goes to the service as well. `said`: the notice, or what makes it or the answer of the result.
        """
        endpoint = endpoint or path.rpartition("/")[2].replace("-", "_")

        def view(**address: Any) -> ResponseReturnValue:
            ids = list(address.values())
            part = dict(list(address.items())[1:])

            def act(*row: int, **who: Any) -> Any:
                return service(*row, **part, **{name: read(name) for name, read in fields.items()}, **who)

            return self.run(ids[0] if ids else None, act, said, "-".join([endpoint, *map(str, ids[self._is_row :])]))

        self.blueprint.post(self.rule + path, *roles, endpoint=endpoint)(view)

    def run(
        self, row_id: int | None, act: Callable[..., Any], said: str | Callable[[Any], str | Response], action: str = ""
    ) -> ResponseReturnValue:
        """Do one of them from a view of its own; `act` takes id and version, if there is a row, actor and now."""
        if row_id is not None:
            self.known(row_id)
            act = partial(act, row_id, seen_version())
        return run_act(
            act, partial(self.page, row_id) if self._is_row else self.page, partial(self._done, row_id, said),
            action=action, refused=EDIT_REFUSED,
            happened=(lambda seen: edits_since(self.kind, row_id, seen)) if self.kind and row_id else None,
        )  # fmt: skip

    @property
    def _is_row(self) -> bool:
        return "<int:" in self.rule

    def _done(self, row_id: int | None, said: str | Callable[[Any], str | Response], result: Any) -> Response:
        words = said(result) if callable(said) else said
        if isinstance(words, Response):
            return words
        if self.there:
            return see_other(self.there(row_id if self._is_row else result), words)
        row: dict[str, Any] = {self.rule.partition("<int:")[2].partition(">")[0]: row_id} if self._is_row else {}
        return see_other(url_for(".show" if row else ".index", **row), words)


def typed_form(
    action: str, error: Exception | None = None, happened: Callable[[int], Sequence[Any]] | None = None
) -> Typed:
    """The form of this request as it was sent; `error`: why it was refused."""
    seen, place = seen_version(), "text" if isinstance(error, TextChangedElsewhere) else ""
    errors = error.errors if isinstance(error, MissingInput) else {place: str(error)} if error else {}
    return Typed(
        action, typed_values(), errors,
        happened(seen) if happened and isinstance(error, StaleVersion) else (), error, request.form.to_dict(flat=False),
        frozenset(row for row, _ in seen_rows()), seen,
    )  # fmt: skip


def who() -> dict[str, Any]:
    """Who acts, and when: what every service asks for."""
    return {"actor": me(), "now": current_now()}


# --- The pages of a list that the office keeps: its rows are put away and never deleted
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
