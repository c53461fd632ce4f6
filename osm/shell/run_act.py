"""An act from a form: done leads on; refused, the form comes back with what was typed, why, and what happened."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from flask import make_response, request
from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.base.errors import BulkRefused, NotFound, ServiceError, TextChangedElsewhere, TooMany
from osm.log.queries.edits import edits_of, since
from osm.regulation.errors import MissingInput, RegulationError, StaleVersion
from osm.shell import errors
from osm.shell.access import me
from osm.shell.form_values import Typed, seen_rows, seen_version, typed_values
from osm.shell.htmx import is_htmx, see_other

Done = TypeVar("Done")
Again = Callable[[Typed], ResponseReturnValue]

#: Refusals after which the form is shown again. All others are answered by `osm.shell.errors`.
REFUSED: tuple[type[Exception], ...] = (MissingInput, StaleVersion, TextChangedElsewhere)
#: In administration every refusal of a service is shown above the form.
EDIT_REFUSED = (*REFUSED, ServiceError)
#: Of several messages one may refuse them all.
BULK_REFUSED = (*REFUSED, BulkRefused, TooMany)


def run_act(
    act: Callable[..., Done],
    again: Again,
    done: Callable[[Done], ResponseReturnValue],
    *,
    action: str = "",
    refused: tuple[type[Exception], ...] = REFUSED,
    happened: Callable[[int], Sequence[Any]] | None = None,
    fragment: Again | None = None,
) -> ResponseReturnValue:
    """Do what the form asks for, as the person of the request, now: 422 for a mistake, 409 for any other refusal.

    `again`: the screen with the form, `fragment`: the same for htmx. Where there is none, and for a script, the page
    keeps its form and `osm.shell.errors` answers. `happened`: what others did since a version was seen.
    """
    try:
        result = act(**who())
    except NotFound:
        raise
    except refused as error:
        if errors.wants_json() or (is_htmx() and fragment is None):
            raise
        status = 422 if isinstance(error, MissingInput | TooMany) else 409
        show = fragment if fragment and is_htmx() else again
        return make_response(show(typed_form(action, error, happened)), status)
    return done(result)


def press(act: Callable[..., Done], there: str, notice: Callable[[Done], str]) -> ResponseReturnValue:
    """An act of one button, without a form to fill: back to `there`, which says what was done or why it was refused."""
    try:
        done = act(**who())
    except (RegulationError, ServiceError) as error:
        return see_other(there, f"Не выполнено: {error}", "danger")
    return see_other(there, notice(done))


def run_edit(
    kind: str,
    row_id: int,
    service: Callable[..., Done],
    again: Callable[[int, Typed], ResponseReturnValue],
    done: Callable[[Done], ResponseReturnValue],
    action: str = "",
    /,
    **given: Any,
) -> ResponseReturnValue:
    """An act upon one row of administration. `kind`: what the log calls such a row; `given`: for the service."""
    return run_act(
        partial(service, row_id, seen_version(), **given),
        partial(again, row_id),
        done,
        action=action,
        refused=EDIT_REFUSED,
        happened=lambda seen: since(edits_of(kind, row_id), seen),
    )


def run_row(
    page: Callable[[int, Typed], ResponseReturnValue],
    row_id: int,
    service: Callable[..., object],
    there: str,
    notice: str,
    /,
    **given: Any,
) -> ResponseReturnValue:
    """An act from the page of one row: done leads `there`, refused shows the page. The endpoint names the form."""
    return run_act(
        partial(service, row_id, seen_version(), **given),
        partial(page, row_id),
        lambda _: see_other(there, notice),
        action=(request.endpoint or "").rpartition(".")[2],
        refused=EDIT_REFUSED,
    )


def typed_form(
    action: str, error: Exception | None = None, happened: Callable[[int], Sequence[Any]] | None = None
) -> Typed:
    """The form of this request as it was sent; `error`: why it was refused."""
    seen, place = seen_version(), "text" if isinstance(error, TextChangedElsewhere) else ""
    if isinstance(error, MissingInput):
        place = error.field
    return Typed(
        action,
        typed_values(),
        {place: str(error)} if error else {},
        happened(seen) if happened and isinstance(error, StaleVersion) else (),
        error,
        request.form.to_dict(flat=False),
        frozenset(row for row, _ in seen_rows()),
        seen,
    )


def who() -> dict[str, Any]:
    """Who acts, and when: what every service asks for."""
    return {"actor": me(), "now": current_now()}
