"""«Общие ответы»: one answer to many complaints, written and approved once, published one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Flask, Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from osm.clock import current_now
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Action, Role
from osm.services.answers.drafting import RECEIVED_BY
from osm.services.answers.interim import explained
from osm.services.errors import TextChangedElsewhere
from osm.services.groups import answers, members
from osm.services.groups.finals import ONE_EXECUTOR, begin_common_final
from osm.services.messages.bulk import BulkRefused, TooMany
from osm.store.models import AnswerGroup
from osm.store.queries.groups.groups import group_of, groups_for
from osm.store.queries.staff.visibility import may_see
from osm.web.access import allow
from osm.web.acting import Typed, asked_id, me, number, text, typed_values
from osm.web.answers.drafting_view import KINDS
from osm.web.answers.in_spite import IN_SPITE_LABELS, reason_of_form
from osm.web.answers.inserting import offers_for
from osm.web.answers.keeping import has_editor, keep_typed
from osm.web.approvals.view import confirm_facts, confirmation
from osm.web.filters import counted
from osm.web.groups.new import choosing, chosen_rows
from osm.web.groups.view import (
    STATE_LABELS,
    common_answer,
    common_interim,
    group_view,
    joinable_groups,
    may_begin_group,
)
from osm.web.htmx import see_other
from osm.web.inbox.view import choices_for

blueprint = Blueprint("groups", __name__, url_prefix="/groups")


@blueprint.get("")
@allow(Role.CURATOR, Role.EXECUTOR, Role.MODERATOR, Role.HEAD)
def index() -> ResponseReturnValue:
    person = me()
    rows = groups_for(None if person.has(Role.CURATOR, Role.MODERATOR, Role.HEAD) else person.id)
    return render_template("groups/index.html", rows=rows, labels=STATE_LABELS)


@blueprint.get("/new")
@allow(Role.CURATOR)
def new() -> ResponseReturnValue:
    return _new_page(Typed(Action.ROUTE, {}))


@blueprint.post("")
@allow(Role.CURATOR)
def create() -> ResponseReturnValue:
    try:
        group = members.create_group(
            chosen_rows(),
            executor_id=number("group_executor_id"),
            name=text("name"),
            task=text("group_task"),
            actor=me(),
            now=current_now(),
        )
    except (MissingInput, TooMany, BulkRefused) as error:
        errors = {getattr(error, "field", ""): str(error)}
        status = 422 if isinstance(error, MissingInput | TooMany) else 409
        return _new_page(Typed(Action.ROUTE, typed_values(), errors), status, getattr(error, "refusals", ()))
    flash("Сообщения объединены: ответ на них один. Исполнитель увидит его в «Ждёт меня».", "success")
    return see_other(url_for("groups.show", group_id=group.id))


@blueprint.get("/<int:group_id>")
@allow(Role.CURATOR, Role.EXECUTOR, Role.MODERATOR, Role.HEAD)
def show(group_id: int) -> ResponseReturnValue:
    return group_page(group_id)


@blueprint.post("/<int:group_id>/submit")
@allow(Role.CURATOR, Role.EXECUTOR)
def submit(group_id: int) -> ResponseReturnValue:
    def act(version: int, **who: Any) -> AnswerGroup:
        answer = group_view(group_id, who["actor"], who["now"]).answer
        if answer is not None:
            keep_typed(answer.card.id, number("version") or 0, **who)
        return answers.submit_group(
            group_id, version, chosen_rows(), text=text("text"), kind=text("kind"),
            confirmed=text("confirmed") == "1", received_by=text("received_by"),
            interim=explained(text("interim_reason"), text("interim_text")), **who,
        )  # fmt: skip

    return _carry_out(group_id, act, "Общий ответ отправлен на согласование.")


@blueprint.post("/<int:group_id>/approve")
@allow(Role.CURATOR)
def approve(group_id: int) -> ResponseReturnValue:
    def act(version: int, **who: Any) -> AnswerGroup:
        return answers.approve_group(group_id, version, chosen_rows(), in_spite=reason_of_form(), **who)

    said = "Согласовано для всех. Осталось опубликовать под каждым сообщением."
    return _carry_out(group_id, act, said, Action.APPROVE_DRAFT)


@blueprint.post("/<int:group_id>/correct")
@allow(Role.CURATOR)
def correct(group_id: int) -> ResponseReturnValue:
    def act(version: int, **who: Any) -> AnswerGroup:
        view = group_view(group_id, who["actor"], who["now"])
        if view.answer is not None:
            keep_typed(view.answer.card.id, number("version") or 0, **who)
        confirm_facts(view.group.text, text("text"))
        given = reason_of_form()
        return answers.correct_group(group_id, version, chosen_rows(), text=text("text"), in_spite=given, **who)

    said = "Исправлено и согласовано для всех. Осталось опубликовать под каждым сообщением."
    return _carry_out(group_id, act, said, Action.CORRECT_AND_APPROVE)


@blueprint.post("/<int:group_id>/withdraw")
@allow(Role.CURATOR, Role.EXECUTOR)
def withdraw(group_id: int) -> ResponseReturnValue:
    def act(version: int, **who: Any) -> AnswerGroup:
        return answers.withdraw_group(group_id, version, chosen_rows(), **who)

    said = "Общий ответ отозван: куратор его больше не видит. Текст на месте, можно править."
    return _carry_out(group_id, act, said, Action.WITHDRAW_DRAFT)


@blueprint.post("/<int:group_id>/return")
@allow(Role.CURATOR)
def return_(group_id: int) -> ResponseReturnValue:
    return _carry_out(
        group_id,
        lambda version, **who: answers.return_group(group_id, version, chosen_rows(), remarks=text("remarks"), **who),
        "Общий ответ возвращён исполнителю.",
        Action.RETURN_DRAFT,
    )


@blueprint.post("/<int:group_id>/join")
@allow(Role.CURATOR)
def join(group_id: int) -> ResponseReturnValue:
    rows = chosen_rows()
    return _carry_out(
        group_id,
        lambda version, **who: members.join_group(group_id, version, rows, **who),
        f"Присоединено: {counted(len(rows), 'сообщение', 'сообщения', 'сообщений')}.",
        Action.ADD_EXECUTOR,
    )


@blueprint.post("/<int:group_id>/final")
@allow(Role.CURATOR, Role.EXECUTOR)
def begin_final(group_id: int) -> ResponseReturnValue:
    rows, begun = chosen_rows(), []
    said = "Начат общий окончательный ответ: те же сообщения, исполнитель и сроки."
    return _carry_out(
        group_id,
        lambda version, **who: begun.append(begin_common_final(group_id, version, rows, **who)),
        said,
        Action.PREPARE_FINAL,
        begun,
    )


@blueprint.post("/<int:group_id>/leave/<int:message_id>")
@allow(Role.CURATOR)
def leave(group_id: int, message_id: int) -> ResponseReturnValue:
    return _carry_out(
        group_id,
        lambda version, **who: members.leave_group(
            group_id, version, message_id, message_version=number("version") or 0, reason=text("reason"), **who
        ),
        "Сообщение выведено: на него ответят отдельно.",
        Action.REMOVE_EXECUTOR,
    )


def group_page(group_id: int, typed: Typed | None = None, status: int = 200, refusals: Any = ()) -> Response:
    """The screen; `typed`: one of its forms was refused, `refusals`: because of these messages."""
    person = me()
    view = group_view(group_id, person, current_now(), typed if typed and "text" in typed.values else None)
    page = render_template(
        "groups/group.html",
        page=view,
        view=view.answer,
        typed=typed,
        refusals=refusals,
        kinds=KINDS,
        ways=RECEIVED_BY,
        labels=STATE_LABELS,
        checklist=view.checklist,
        of_text=view.of_text,
        changes=view.changes,
        confirmation=confirmation(view.changes),
        offers=offers_for(view.answer.card, person) if view.answer else (),
        in_spite_reasons=tuple(IN_SPITE_LABELS.items()),
        one_executor=ONE_EXECUTOR,
    )
    return make_response(page, status)


def _new_page(typed: Typed, status: int = 200, refusals: Any = ()) -> Response:
    rows, ticked = choosing(asked_id("message"), chosen_rows())
    values = {"rows": rows, "ticked": ticked, "routing": choices_for(me()), "typed": typed, "refusals": refusals}
    return make_response(render_template("groups/new.html", **values), status)


def _carry_out(
    group_id: int,
    act: Callable[..., Any],
    said: str,
    action: Action = Action.SUBMIT_DRAFT,
    begun: Sequence[AnswerGroup] = (),
) -> ResponseReturnValue:
    """Done leads back to the page, or to what was `begun`; refused shows it again with what was typed and why."""
    group_view(group_id, me(), current_now())  # whoever may not see it may not know of it
    try:
        act(number("group_version") or 0, actor=me(), now=current_now())
    except (MissingInput, StaleVersion, BulkRefused, TooMany, TextChangedElsewhere) as error:
        place = error.field if isinstance(error, MissingInput) else "group"
        typed = Typed(action, typed_values(), {place: str(error)}, stale=isinstance(error, StaleVersion))
        status = 422 if isinstance(error, MissingInput | TooMany) else 409
        return group_page(group_id, typed, status, getattr(error, "refusals", ()))
    flash(said, "success")
    return see_other(url_for("groups.show", group_id=begun[0].id if begun else group_id))


def _again(message_id: int, typed: Typed, status: int) -> Response:
    """The page on which the editor of this message stands."""
    return group_page(group_of(message_id) or 0, typed, status)


#: Screens of one message whose work is done for all of them together.
_OF_ONE = frozenset({"drafting.answer", "drafting.for_executor", "approvals.decide"})


def _to_the_group() -> ResponseReturnValue | None:
    """Whoever opens the screen of one member comes to the common answer."""
    if request.method != "GET" or request.endpoint not in _OF_ONE:
        return None
    message_id = (request.view_args or {}).get("message_id", 0)
    group_id = group_of(message_id)
    if group_id is None or not may_see(me(), message_id):
        return None
    return see_other(url_for("groups.show", group_id=group_id))


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.before_request(_to_the_group)
    has_editor(app, "group", "card.show", _again)
    app.add_template_global(common_answer)
    app.add_template_global(common_interim)
    app.add_template_global(lambda card: joinable_groups(card, current_user), "joinable_groups")
    app.add_template_global(lambda card: may_begin_group(card, current_user), "may_begin_group")
