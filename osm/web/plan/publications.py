"""One publication of the plan: its text, its versions, its day and hour, its pages (Пр.1.2.4, 2.3, 2.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.networks.catalogue import longest_post
from osm.numbers import all_whole
from osm.regulation.plan.formats import FIELDS, NAMES
from osm.regulation.plan.steps import acts_from
from osm.regulation.plan.words import FORMAT_LABELS, STATE_LABELS, Format, PlanAct, PublicationState
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.errors import NotFound
from osm.services.plan import placing, planning, writing
from osm.services.plan.writing import Written
from osm.store.models import Publication
from osm.store.queries.log.edits import edits_of
from osm.store.queries.plan import card as queries
from osm.store.queries.plan import grid
from osm.store.queries.plan.card import PublicationCard
from osm.web.access import allow, me
from osm.web.days import day_of, hour_of
from osm.web.filters import local
from osm.web.form_values import Form, Typed, is_set, moment, number, text
from osm.web.htmx import see_other
from osm.web.plan.plan import READERS
from osm.web.plan.typing import kept_of
from osm.web.run_act import EDIT_REFUSED, run_act, run_edit

_SCHEDULED = {"now": "Выйдет через минуту. Пока не вышло, можно «Снять с времени»."}
blueprint = Blueprint("publications_of_plan", __name__, url_prefix="/plan")

LATE_WORDS = {0: "не выпускать, ждать меня", 15: "15 минут", 60: "час", 180: "3 часа", 1440: "сутки"}
_SAID = {
    PublicationState.DRAFT: "Сохранено: черновик.",
    PublicationState.SUBMITTED: "Отправлено на согласование.",
    PublicationState.APPROVED: "Согласовано.",
}


@blueprint.get("/<int:publication_id>")
@allow(*READERS)
def show(publication_id: int) -> ResponseReturnValue:
    return card_page(publication_id)


@blueprint.post("/<int:publication_id>/text")
@allow(*PRESS_CENTRE)
def save(publication_id: int) -> ResponseReturnValue:
    then = next((act for act in (PlanAct.SUBMIT, PlanAct.APPROVE) if act == text("then")), None)
    return _run(publication_id, writing.save, _saved, written=_written(), then=then)


@blueprint.post("/<int:publication_id>/take-back")
@allow(*PRESS_CENTRE)
def take_back(publication_id: int) -> ResponseReturnValue:
    return _run(publication_id, writing.take_back, "Отозвано: черновик снова можно править.")


@blueprint.post("/<int:publication_id>/approve")
@allow(Role.CURATOR)
def approve(publication_id: int) -> ResponseReturnValue:
    return _run(publication_id, writing.approve, "Согласовано.")


@blueprint.post("/<int:publication_id>/return")
@allow(Role.CURATOR)
def give_back(publication_id: int) -> ResponseReturnValue:
    return _run(publication_id, writing.give_back, "Возвращено с замечаниями.", remarks=text("remarks"))


@blueprint.post("/<int:publication_id>/move")
@allow(*PRESS_CENTRE)
def move(publication_id: int) -> ResponseReturnValue:
    """From the grid, by a key, a button or the mouse: only the day changes."""
    return _run(publication_id, planning.move, _moved, day=day_of(text("day")))


@blueprint.post("/<int:publication_id>/time")
@allow(*PRESS_CENTRE)
def set_time(publication_id: int) -> ResponseReturnValue:
    def act(publication_id: int, version: int, **who: Any) -> Publication:
        return planning.set_time(
            publication_id, version, day_of(text("day")), hour_of(text("time")), late_minutes=number("late_minutes"),
            schedule=is_set("schedule"), at_once=text("schedule") == "now", **who,
        )  # fmt: skip

    said = _SCHEDULED.get(text("schedule"), "Запланировано.") if is_set("schedule") else "Перенесено."
    return _run(publication_id, act, said)


@blueprint.post("/<int:publication_id>/unschedule")
@allow(*PRESS_CENTRE)
def unschedule(publication_id: int) -> ResponseReturnValue:
    return _run(publication_id, planning.unschedule, "Снято с времени: публикация согласована и ждёт.")


@blueprint.post("/<int:publication_id>/place")
@allow(*PRESS_CENTRE)
def place(publication_id: int) -> ResponseReturnValue:
    def act(publication_id: int, version: int, **who: Any) -> Publication:
        return placing.note_placed(
            publication_id, version, placement_id=number("placement_id"), url=text("url"),
            placed_at=moment("placed_at"), without_link=is_set("without_link"), **who,
        )  # fmt: skip

    return _run(publication_id, act, "Отмечено: размещено.")


@blueprint.post("/<int:publication_id>/try-again")
@allow(*PRESS_CENTRE)
def try_again(publication_id: int) -> ResponseReturnValue:
    return _run(publication_id, planning.try_again, "Программа попробует ещё раз.")


@blueprint.post("/<int:publication_id>/leave-out")
@allow(*PRESS_CENTRE)
def leave_out(publication_id: int) -> ResponseReturnValue:
    said = "На этой странице публикации не будет."
    return _run(publication_id, placing.leave_out, said, placement_id=number("placement_id"))


@blueprint.post("/<int:publication_id>/cancel")
@allow(*PRESS_CENTRE)
def cancel(publication_id: int) -> ResponseReturnValue:
    return _run(publication_id, planning.cancel, "Отменено. Публикацию можно вернуть в план.", reason=text("reason"))


@blueprint.post("/<int:publication_id>/restore")
@allow(*PRESS_CENTRE)
def restore(publication_id: int) -> ResponseReturnValue:
    return _run(publication_id, planning.restore, "Возвращено в план черновиком.")


@blueprint.post("/<int:publication_id>/copy")
@allow(*PRESS_CENTRE)
def copy(publication_id: int) -> ResponseReturnValue:
    return run_act(
        partial(writing.copy, publication_id, day_of(text("day"))),
        partial(card_page, publication_id),
        lambda row: see_other(url_for("publications_of_plan.show", publication_id=row.id), "Скопировано: это копия."),
        action="copy",
        refused=EDIT_REFUSED,
    )


def card_page(publication_id: int, typed: Typed | None = None) -> str:
    """One publication; `typed`: one of its forms was refused."""
    card = _known(publication_id)
    acts, today = acts_from(card.state, me().roles), local(current_now()).date()
    stored, chosen = _stored(card), _chosen(card)
    pages, known = grid.pages(), {**{name: [value] for name, value in stored.items()}, **chosen}
    free = {str(one.id) for one in pages} - {str(one.account_id) for one in card.places if one.stands}
    kept = kept_of(card.id, me(), known, card.version, free)
    form = Form(stored, typed if typed and typed.action == "save" else kept.typed, chosen, always="title")
    return render_template(
        "plan/publication.html", card=card, acts=acts, typed=typed, form=form, unsaved=kept, pages=pages,
        states=STATE_LABELS, formats=FORMAT_LABELS, format_fields=FIELDS, headings=grid.headings(),
        late_words=LATE_WORDS, edits=edits_of("publication", card.id), today=today,
        may_edit=PlanAct.WRITE in acts or PlanAct.CORRECT in acts, is_press=me().has(*PRESS_CENTRE),
        local_time=lambda at: f"{local(at):%H:%M}" if at else "", next_week=max(card.day, today) + timedelta(days=7),
        longest={one.network: longest_post(one.network) for one in pages}, jumps=_jumps(card.day, today),
    )  # fmt: skip


def _jumps(day: date, today: date) -> list[tuple[str, date]]:
    """Days that are one press away, none of them past."""
    steps = (("на день раньше", -1), ("на день позже", 1), ("на неделю позже", 7))
    found = [(words, day + timedelta(days=days)) for words, days in steps]
    return [(words, to) for words, to in found if to >= today]


def _known(publication_id: int) -> PublicationCard:
    card = queries.card(publication_id)
    if card is None:
        raise NotFound("Публикация")
    return card


def _stored(card: PublicationCard) -> dict[str, str]:
    stored = {name: getattr(card, name) for name in ("title", "text", "format", "heading", "ground")}
    stored |= {name: card.fields.get(name, "") for name in NAMES}
    return stored | {f"text_{one.account_id}": one.own_text for one in card.places}


def _chosen(card: PublicationCard) -> dict[str, list[str]]:
    return {"pages": [str(one.account_id) for one in card.places]}


def _written() -> Written:
    pages = all_whole(request.form.getlist("pages"))
    return Written(
        title=text("title"), text=text("text"), form=text("format") or Format.TEXT,
        fields={name: text(name) for name in NAMES}, heading=text("heading"), ground=text("ground"), pages=pages,
        page_texts={page: text(f"text_{page}") for page in pages},
    )  # fmt: skip


def _run(publication_id: int, service: Callable[..., Publication], said: Any, /, **given: Any) -> ResponseReturnValue:
    """Done leads back to the card, or where `said` leads; refused shows the card with what was typed."""
    done = said if callable(said) else lambda _: _to_card(publication_id, said)
    action = (request.endpoint or "").rpartition(".")[2]
    return run_edit("publication", publication_id, service, card_page, done, action, **given)


def _to_card(publication_id: int, said: str) -> ResponseReturnValue:
    return see_other(url_for("publications_of_plan.show", publication_id=publication_id), said)


def _saved(row: Publication) -> ResponseReturnValue:
    return _to_card(row.id, _SAID.get(row.state, "Исправлено."))


def _moved(row: Publication) -> ResponseReturnValue:
    """Back to the grid, with the focus on what was moved."""
    if text("from") != "grid":
        return _to_card(row.id, f"Перенесено на {row.day:%d.%m}.")
    kept: dict[str, Any] = {name: text(name) for name in ("view", "page") if text(name)}
    address = url_for("plan.index", day=row.day.isoformat(), focus=row.id, **kept)
    return see_other(address, f"«{row.title}» — на {row.day:%d.%m}.")


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
