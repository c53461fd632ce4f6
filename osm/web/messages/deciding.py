"""From a posted form to the act: whom it leads where, and how a refusal shows the form again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, current_app, flash, make_response, render_template, url_for
from markupsafe import Markup

from osm.clock import current_now
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Action, Status
from osm.settings import Settings
from osm.store.queries.clocks.duties import TO_ROUTE
from osm.store.queries.inbox.inbox import next_waiting
from osm.store.queries.log.history import message_history, since
from osm.store.queries.messages.card_parts import Card
from osm.web.acting import Typed, me, seen_version, text, typed_values
from osm.web.htmx import is_htmx, see_other
from osm.web.inbox.inbox import row_again
from osm.web.inbox.view import asker_of
from osm.web.messages.card import card_page, step_again
from osm.web.visible import visible_card

#: What is said after the act.
DONE: dict[Action, str] = {
    Action.SELECT: "Отобрано, срок ответа идёт. Осталось назначить исполнителя.",
    Action.ROUTE: "Направлено.",
    Action.REROUTE: "Передано другому исполнителю. Сроки сообщения не изменились.",
    Action.DISMISS: "Отмечено: реагирование не требуется.",
    Action.REDIRECT: "Отмечено: передано по компетенции.",
    Action.EXCLUDE: "Не подлежит ответу (п. 17). Текст сообщения сохранён как подтверждение.",
    Action.MARK_WITHDRAWN: "Отмечено: автор удалил сообщение.",
    Action.MARK_UNANSWERABLE: "Отмечено: ответ разместить невозможно.",
    Action.RESTORE: "Возвращено в работу. Время, пока сообщение было закрыто, в срок не входит.",
    Action.AUTHOR_ANSWERED: "Ответ автора внесён, срок считается заново. Сообщение снова у исполнителя.",
    Action.CLOSE_WITHOUT_ANSWER: "Закрыто: автор не ответил.",
    Action.REOPEN: "Возобновлено, срок считается заново. Сообщение снова у исполнителя.",
    Action.PREPARE_FINAL: "Можно готовить окончательный ответ.",
    Action.RAISE_IMPORTANCE: "Важность повышена, сроки пересчитаны.",
    Action.LOWER_IMPORTANCE: "Важность снижена, сроки пересчитаны.",
}

#: With these the first look at a message is over: the curator goes on to the next one.
_LEADS_ON = frozenset(
    {
        Action.ROUTE,
        Action.DISMISS,
        Action.REDIRECT,
        Action.EXCLUDE,
        Action.MARK_WITHDRAWN,
        Action.MARK_UNANSWERABLE,
    }
)

INBOX = "inbox"
"""Value of the field `back` in a form of the list."""


def carry_out(
    message_id: int,
    action: Action,
    service: Callable[..., Any],
    given: Callable[[], Mapping[str, Any]] = dict,
) -> Response:
    """Call the service with what the form gave, the version seen, the person and the present instant.

    MissingInput and StaleVersion show the form again; every other refusal is answered in `osm.web.errors`.
    """
    person, version = me(), seen_version()
    was = visible_card(message_id, person).status
    try:
        service(message_id, version, **given(), actor=person, now=current_now())
    except MissingInput as error:
        return _refused(message_id, Typed(action, typed_values(), {error.field: str(error)}), 422)
    except StaleVersion as error:
        typed = Typed(action, typed_values(), since=_since(message_id, version), stale=True, errors={"": str(error)})
        return _refused(message_id, typed, 409)
    return _lead_on(visible_card(message_id, me()), action, was)


def _lead_on(card: Card, action: Action, was: Status) -> Response:
    """To the next message that waits, where the first look at this one is over; else back to its card."""
    from_list = text("back") == INBOX
    said = Markup('<a href="{}">№ {}</a>: {}').format(
        url_for("card.show", message_id=card.id), card.number, _words(card, action)
    )
    following = None
    if action in _LEADS_ON and was in TO_ROUTE:
        following = next_waiting(asker_of(me(), current_now()), TO_ROUTE)
        said += Markup(" Дальше: № {}.").format(following[1]) if following else " Больше направлять нечего."
    if from_list and is_htmx():
        return make_response(render_template("inbox/_done.html", said=said, card=card, following=following))
    flash(said, "success")
    if from_list:
        return see_other(url_for("inbox.show", _anchor=f"m-{following[0]}" if following else None))
    if was in TO_ROUTE and action in _LEADS_ON:
        return see_other(url_for("card.show", message_id=following[0]) if following else url_for("inbox.show"))
    return see_other(url_for("card.show", message_id=card.id))


def _words(card: Card, action: Action) -> str:
    if action not in (Action.ROUTE, Action.REROUTE) or not card.active:
        return DONE[action]
    worker = card.active[0]
    to_whom = f"{worker.person.name} ({worker.department})" if worker.department else worker.person.name
    return DONE[action].replace(".", f": {to_whom}.", 1)


def _refused(message_id: int, typed: Typed, status: int) -> Response:
    """The same form with what was typed; for htmx that form or, in the list, its row alone."""
    if text("back") == INBOX and is_htmx():
        return row_again(message_id, typed, status)
    person = me()
    show = step_again if is_htmx() else card_page
    return show(visible_card(message_id, person), person, typed, status)


def _since(message_id: int, version: int) -> list[Any]:
    settings: Settings = current_app.extensions["osm_settings"]
    return since(message_history(message_id, settings.time_zone), version)
