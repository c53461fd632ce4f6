"""«Общие ответы»: one answer to many complaints, published for each; the common answer next to its parts (П.14)."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from flask import Flask, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from osm.answers.acts import drafting, templates
from osm.answers.acts.templates import Explained, explained
from osm.answers.forms import add_text, back, has_editor, offers_for, reply_of_form, save_typed, sent
from osm.answers.queries.drafting import earlier_answers
from osm.answers.views import KINDS, answer_view, checklist_of, reason_of_form, term_of
from osm.approvals import acts as approval
from osm.approvals.views import confirm_facts, confirmation, remarks_of_form, ticked_remarks
from osm.base.application import current_now
from osm.base.database import db
from osm.base.errors import NotFound, ServiceError, must_exist
from osm.bursts import queries
from osm.groups.acts import groups, members
from osm.groups.queries import JOINING, group_of, groups_for, last_group_of, late_for
from osm.groups.views.groups import (
    common_answer,
    common_interim,
    group_view,
    joinable_groups,
    may_begin_group,
)
from osm.groups.views.parts import part_lines, rework_after_draft
from osm.inbox.views.rows import choices_for, rows_of
from osm.messages.acts.bulk import Chosen
from osm.messages.forms import happened_since, run_on_message
from osm.models import AnswerGroup, Draft, Message, OverrideReason, Part, User
from osm.people.queries.absences import may_see
from osm.people.views import visible_card
from osm.regulation.words import PRESS_CENTRE, REASONS, Action, Role, Status
from osm.shell.access import Screens, me
from osm.shell.filters import counted, numbered
from osm.shell.form_values import Typed, asked_id, number, seen_rows, seen_version, text
from osm.shell.requests import see_other
from osm.shell.run_act import BULK_REFUSED, run_act


# --- Choosing the messages
def chosen_rows() -> list[Chosen]:
    return [Chosen(*one) for one in seen_rows()]


def choosing(proposed: Sequence[int], chosen: Sequence[Chosen]) -> tuple[list[Message], frozenset[int]]:
    """The rows offered, the chosen first, and the ids ticked; with one proposed message all linked to it are."""
    ids = [one.message_id for one in chosen] or list(proposed)
    wanted = select(Message).where(Message.id.in_(ids)).order_by(Message.id)
    first, linked = list(db.session.scalars(wanted)), late_for(ids)
    is_one = not chosen and len(ids) == 1
    ticked = frozenset(row.id for row in [*first, *linked]) if is_one else frozenset(ids)
    return [*first, *linked], ticked


# --- Routes
blueprint = Screens("groups", __name__, url_prefix="/groups")


@blueprint.get("", Role.CURATOR, Role.EXECUTOR, Role.MODERATOR, Role.HEAD)
def index() -> ResponseReturnValue:
    person = me()
    rows = groups_for(None if person.has(*PRESS_CENTRE, Role.HEAD) else person.id)
    return render_template("groups/index.html", rows=rows)


@blueprint.get("/new", Role.CURATOR)
def new() -> ResponseReturnValue:
    return _new_page(Typed(Action.ROUTE, {}))


@blueprint.post("", Role.CURATOR)
def create() -> ResponseReturnValue:
    notice = "Сообщения объединены: ответ на них один. Исполнитель увидит его в «Ждёт меня»."
    executor_id, name, task = number("executor_id"), text("name"), text("task")
    return run_act(
        partial(members.create_group, chosen_rows(), executor_id=executor_id, name=name, task=task), _new_page,
        lambda group: see_other(url_for("groups.show", group_id=group.id), notice), action=Action.ROUTE,
        refused=BULK_REFUSED,
    )  # fmt: skip


@blueprint.post("/<int:group_id>/submit", Role.CURATOR, Role.EXECUTOR)
def submit(group_id: int) -> ResponseReturnValue:
    def act(group_id: int, version: int, rows: list[Chosen], **who: Any) -> AnswerGroup:
        _save_typed(group_id, **who)
        return groups.submit_group(
            group_id, version, rows, text=text("text"), kind=text("kind"),
            confirmed=text("confirmed") == "1", received_by=text("received_by"),
            interim=templates.explained(text("interim_reason"), text("interim_text")), **who,
        )  # fmt: skip

    return _run(group_id, Action.SUBMIT_DRAFT, act, "Общий ответ отправлен на согласование.")


@blueprint.post("/<int:group_id>/approve", Role.CURATOR)
def approve(group_id: int) -> ResponseReturnValue:
    def act(group_id: int, version: int, rows: list[Chosen], **who: Any) -> AnswerGroup:
        return groups.approve_group(group_id, version, rows, override=reason_of_form(), **who)

    notice = "Согласовано для всех. Осталось опубликовать под каждым сообщением."
    return _run(group_id, Action.APPROVE_DRAFT, act, notice)


@blueprint.post("/<int:group_id>/correct", Role.CURATOR)
def correct(group_id: int) -> ResponseReturnValue:
    def act(group_id: int, version: int, rows: list[Chosen], **who: Any) -> AnswerGroup:
        confirm_facts(_save_typed(group_id, **who).text, text("text"))
        given = reason_of_form()
        return groups.correct_group(group_id, version, rows, text=text("text"), override=given, **who)

    notice = "Исправлено и согласовано для всех. Осталось опубликовать под каждым сообщением."
    return _run(group_id, Action.CORRECT_AND_APPROVE, act, notice)


@blueprint.post("/<int:group_id>/withdraw", Role.CURATOR, Role.EXECUTOR)
def withdraw(group_id: int) -> ResponseReturnValue:
    notice = "Общий ответ отозван: куратор его больше не видит. Текст на месте, можно править."
    return _run(group_id, Action.WITHDRAW_DRAFT, groups.withdraw_group, notice)


@blueprint.post("/<int:group_id>/return", Role.CURATOR)
def return_(group_id: int) -> ResponseReturnValue:
    notice = "Общий ответ возвращён исполнителю."
    return _run(group_id, Action.RETURN_DRAFT, groups.return_group, notice, remarks=remarks_of_form())


@blueprint.post("/<int:group_id>/join", Role.CURATOR)
def join(group_id: int) -> ResponseReturnValue:
    notice = f"Присоединено: {counted(len(chosen_rows()), 'сообщение', 'сообщения', 'сообщений')}."
    return _run(group_id, Action.ADD_EXECUTOR, members.join_group, notice)


@blueprint.post("/<int:group_id>/final", Role.CURATOR, Role.EXECUTOR)
def begin_final(group_id: int) -> ResponseReturnValue:
    notice = "Начат общий окончательный ответ: те же сообщения, исполнитель и сроки."
    return _run(group_id, Action.PREPARE_FINAL, members.begin_common_final, notice)


@blueprint.post("/<int:group_id>/publish", Role.CURATOR)
def publish(group_id: int) -> ResponseReturnValue:
    return _out(group_id, groups.order_group, "Программа размещает один за другим: {}.")


@blueprint.post("/<int:group_id>/publish/stop", Role.CURATOR)
def stop(group_id: int) -> ResponseReturnValue:
    return _out(group_id, groups.stop_group, "Остановлено: {}. Размещённое и отправляемое сейчас осталось.")


@blueprint.post("/<int:group_id>/leave/<int:message_id>", Role.CURATOR)
def leave(group_id: int, message_id: int) -> ResponseReturnValue:
    def act(group_id: int, version: int, _rows: list[Chosen], **who: Any) -> AnswerGroup:
        seen, reason = seen_version(), text("reason")
        return members.leave_group(group_id, version, message_id, message_version=seen, reason=reason, **who)

    return _run(group_id, Action.REMOVE_EXECUTOR, act, "Сообщение выведено: на него ответят отдельно.")


@blueprint.get("/<int:group_id>", Role.CURATOR, Role.EXECUTOR, Role.MODERATOR, Role.HEAD, endpoint="show")
def group_page(group_id: int, typed: Typed | None = None) -> str:
    person = me()
    view = group_view(group_id, person, current_now(), typed if typed and "text" in typed.values else None)
    return render_template(
        "groups/group.html", page=view, view=view.answer, typed=typed, kinds=KINDS, ways=drafting.RECEIVED_BY,
        checklist=view.checklist, of_text=view.of_text, changes=view.changes,
        confirmation=confirmation(view.changes), offers=offers_for(view.answer.card, person) if view.answer else (),
        override_reasons=tuple(OverrideReason.labels().items()), one_executor=members.ONE_EXECUTOR, reasons=REASONS,
        ticked=ticked_remarks(typed, view.of_text),
    )  # fmt: skip


def _new_page(typed: Typed) -> str:
    message_id, burst = asked_id("message"), queries.one(asked_id("burst") or 0)
    of_burst = queries.together(burst.id, JOINING) if burst else []
    rows, ticked = choosing([message_id] if message_id else of_burst, chosen_rows())
    choices = choices_for(me())
    proposed = Counter(row.suggested for row in rows_of(me(), current_now(), of_burst, choices) if row.suggested)
    return render_template(
        "groups/new.html", rows=rows, ticked=ticked, routing=choices, typed=typed, burst=burst,
        executor_id=typed.values.get("executor_id", next(iter(proposed.most_common(1)), [""])[0]),
    )  # fmt: skip


def _run(group_id: int, action: Action, act: Callable[..., Any], notice: str, /, **given: Any) -> ResponseReturnValue:
    """On success show the group that the act returns; on refusal this page again with the typed text and the reason."""
    group_view(group_id, me(), current_now())  # 404 if the person may not see it
    return run_act(
        partial(act, group_id, seen_version("group_version"), chosen_rows(), **given), partial(group_page, group_id),
        lambda group: see_other(url_for("groups.show", group_id=group.id), notice), action=action, refused=BULK_REFUSED,
    )  # fmt: skip


def _out(group_id: int, act: Callable[..., int], notice: str) -> ResponseReturnValue:
    group_view(group_id, me(), current_now())
    here = url_for("groups.show", group_id=group_id)
    return run_act(
        partial(act, group_id, seen_version("group_version")),
        partial(group_page, group_id),
        lambda number: see_other(here, notice.format(counted(number, "ответ", "ответа", "ответов"))),
        refused=(*BULK_REFUSED, ServiceError),
    )


def _save_typed(group_id: int, actor: User, now: datetime) -> AnswerGroup:
    view = group_view(group_id, actor, now)
    if view.answer is not None:
        save_typed(view.answer.card.id, seen_version(), actor=actor, now=now)
    return view.group


def _again(message_id: int, typed: Typed) -> str:
    return group_page(last_group_of(message_id) or 0, typed)


#: Screens of one message that a common answer replaces.
_OF_ONE = frozenset({"drafting.answer", "drafting.for_executor", "approvals.decide"})


def _to_the_group() -> ResponseReturnValue | None:
    """Lead from the screen of a member to the common answer."""
    if request.method != "GET" or request.endpoint not in _OF_ONE:
        return None
    message_id = (request.view_args or {}).get("message_id", 0)
    group_id = group_of(message_id)
    if group_id is None or not may_see(me(), message_id):
        return None
    return see_other(url_for("groups.show", group_id=group_id))


# --- The common answer next to its parts (П.14)
common_blueprint = Screens("common", __name__, url_prefix="/messages")


@common_blueprint.get("/<int:message_id>/common/news", Role.CURATOR)
def news(message_id: int) -> ResponseReturnValue:
    """Polled by the open page: new events, shown once; text being typed is not replaced."""
    card, seen = visible_card(message_id, me()), asked_id("seen") or 0
    if card.version == asked_id("told"):
        return "", 204
    return render_template("parts/_news.html", card=card, seen=seen, happened=happened_since(message_id, seen))


@common_blueprint.post("/<int:message_id>/common", Role.CURATOR, endpoint="approve")
def approve_common(message_id: int) -> ResponseReturnValue:
    if approval.second_person_approves():
        return run_on_message(message_id, Action.SUBMIT_DRAFT, _submit, common_page, sent)
    return run_on_message(message_id, Action.APPROVE_DRAFT, _approve, common_page, _approved)


@common_blueprint.post("/<int:message_id>/common/parts/<int:assignment_id>", Role.CURATOR)
def insert(message_id: int, assignment_id: int) -> ResponseReturnValue:
    """Without scripts: append the part to the typed text and save everything."""
    person = me()
    card, reply_id = visible_card(message_id, person), reply_of_form(message_id)
    if reply_id is None:
        raise ServiceError("Ответ уже опубликован или закрыт. Вставлять информацию некуда.")
    part = must_exist(
        next((worker.sent for worker in card.workers if worker.id == assignment_id and worker.sent), None)
    )
    add_text(reply_id, part.text, actor=person, now=current_now())
    return back(message_id)


@common_blueprint.post("/<int:message_id>/parts/<int:assignment_id>/return", Role.CURATOR)
def return_part(message_id: int, assignment_id: int) -> ResponseReturnValue:
    def act(message_id: int, _version: int, **who: Any) -> Part:
        if all(worker.id != assignment_id for worker in visible_card(message_id, who["actor"]).workers):
            raise NotFound
        return members.return_part(assignment_id, seen_version("part_version"), remarks=text("remarks"), **who)

    def again(message_id: int, typed: Typed) -> str:
        return common_page(message_id, typed, returning=assignment_id)

    return run_on_message(message_id, Action.RETURN_PART, act, again, _returned)


@common_blueprint.get("/<int:message_id>/common", Role.CURATOR, endpoint="show")
def common_page(message_id: int, typed: Typed | None = None, returning: int = 0) -> str:
    """`typed`: a refused form to show again; `returning`: the assignment to which it belonged."""
    person, now = me(), current_now()
    card = visible_card(message_id, person)
    # Each task is shown next to its part, so not above the text again.
    view = replace(answer_view(card, person, now, None if returning else typed), tasks=())
    return render_template(
        "parts/common.html", view=view, typed=typed, returning=returning,
        can_write=card.is_shared and card.status in (Status.IN_WORK, Status.REWORK),
        term=term_of(card, now, Role.CURATOR), lines=part_lines(card, now), rework_until=rework_after_draft(card, now),
        kinds=KINDS, checklist=checklist_of(card, view.editor.text, view.kind),
        override_reasons=tuple(OverrideReason.labels().items()), second_person=approval.second_person_approves(),
        earlier=earlier_answers(message_id) if card.is_linked else [], offers=offers_for(card, person),
    )  # fmt: skip


def _approve(message_id: int, version: int, **who: Any) -> Draft:
    save_typed(message_id, version, **who)
    given = reason_of_form()
    return members.approve_common(
        message_id, version, text=text("text"), kind=text("kind"), interim=_interim(), override=given, **who
    )


def _submit(message_id: int, version: int, **who: Any) -> Draft:
    save_typed(message_id, version, **who)
    return members.submit_common(message_id, version, text=text("text"), kind=text("kind"), interim=_interim(), **who)


def _interim() -> Explained | None:
    return explained(text("interim_reason"), text("interim_text"))


def _approved(draft: Draft) -> Response:
    message, notice = draft.reply.message, "сводный ответ согласован. Разместите его в сети и внесите ссылку."
    return see_other(url_for("publishing.show", message_id=message.id), numbered(message, notice))


def _returned(part: Part) -> Response:
    notice = f"Возвращено с замечаниями: {part.author.name}. На доработку час (п. 12)."
    return see_other(url_for("common.show", message_id=part.assignment.message_id), notice)


def init_app(app: Flask) -> None:
    app.before_request(_to_the_group)
    has_editor(app, "group", "card.show", _again)
    app.add_template_global(common_answer)
    app.add_template_global(common_interim)
    app.add_template_global(lambda card: joinable_groups(card, current_user), "joinable_groups")
    app.add_template_global(lambda card: may_begin_group(card, current_user), "may_begin_group")
    has_editor(app, "common", "common.show", common_page)
