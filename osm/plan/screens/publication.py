"""One publication of the plan: its text, its versions, its day and hour, its pages (Пр.1.2.4, 2.3, 2.5)."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from flask import Flask, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.answers.acts.templates import words_of
from osm.answers.forms import ELSEWHERE, both_texts, seen_at
from osm.answers.views import Editor, Wording, in_text
from osm.base.application import current_now
from osm.base.errors import TextChangedElsewhere, must_exist
from osm.base.numbers import all_whole, whole
from osm.log.queries.history import edits_of
from osm.models import PlanText, Publication, User
from osm.networks.catalogue import longest_post
from osm.plan.acts import outgoing, planning
from osm.plan.acts import texts as acts_texts
from osm.plan.queries import card as queries_card
from osm.plan.queries import week
from osm.plan.rules import FIELDS, NAMES, Format, PlanAct, PublicationState, acts_from
from osm.plan.screens.week import READERS
from osm.plan.views import first_act
from osm.regulation.words import PRESS_CENTRE, Role
from osm.shell.access import Screens, me
from osm.shell.filters import clock_time, day_of, hour_of, local
from osm.shell.form_values import Form, Typed, is_set, moment, number, text
from osm.shell.requests import is_htmx, see_other
from osm.shell.run_act import EDIT_REFUSED, PageActs, run_act
from osm.shell.turns import saves_itself
from osm.wording.style import check_style as wording_check_style

# --- Saving of what is typed
typing_blueprint = Screens("typing_of_plan", __name__, url_prefix="/plan")

_NOT_TYPED = frozenset({"csrf_token", "saved_at", "over", "then"})
_OF_FORM = frozenset({"version", "base"})  # form fields that are not part of the text


@dataclass(frozen=True, slots=True)
class Kept:
    """Unsaved text when the editor is opened again. `typed`: as if the form had come back."""

    typed: Typed | None
    saved_at: str
    saved: datetime | None
    base: str  # Version of the saved text that was edited. If it is the same now, no comparison is needed.


@dataclass(frozen=True, slots=True)
class View:
    """Values of the fragment shown when two windows of a person disagree."""

    editor: Editor


@typing_blueprint.post("/<int:publication_id>/typed", *PRESS_CENTRE)
@saves_itself
def save_typed(publication_id: int) -> ResponseReturnValue:
    here = url_for("publications_of_plan.show", publication_id=publication_id)

    def done(row: PlanText) -> ResponseReturnValue:
        if is_htmx():
            return render_template("answers/_saved.html", row=row)
        return see_other(here, f"Сохранено {clock_time(row.saved_at)}, пока только для вас.")

    return run_act(
        partial(acts_texts.keep, publication_id, _sent(), seen_at=seen_at()), partial(_beside, publication_id), done,
        refused=ELSEWHERE, fragment=partial(_beside, publication_id),
    )  # fmt: skip


@typing_blueprint.post("/<int:publication_id>/typed/forget", *PRESS_CENTRE)
def forget(publication_id: int) -> ResponseReturnValue:
    here = url_for("publications_of_plan.show", publication_id=publication_id)
    acts_texts.forget(publication_id, actor=me())
    return see_other(here, "Показано то, что сохранено.")


def kept_of(publication_id: int, person: User, stored: acts_texts.Fields, version: int, free: Collection[str]) -> Kept:
    """`stored`: fields as saved; `version`: current version of the publication; `free`: pages that may be ticked."""
    row, base = queries_card.typed_by(person.id, publication_id), _digest(stored)
    if row is None:
        return Kept(None, "", None, base)
    fields = acts_texts.fields_of(row)
    notice = {name: values for name, values in fields.items() if name not in _OF_FORM}
    compared = {**stored, "pages": [page for page in stored["pages"] if page in free]}
    # A form without ticks sends no `pages`.
    if all(_same(compared.get(name, ()), values) for name, values in {"pages": [], **notice}.items()):
        return Kept(None, row.saved_at.isoformat(), None, base)
    began = next(iter(fields.get("version", ())), "")
    seen = version if fields.get("base") == [base] else whole(began) or 0
    typed = Typed("save", {name: values[-1] for name, values in notice.items() if values}, several=notice, seen=seen)
    return Kept(typed, row.saved_at.isoformat(), row.saved_at, base)


def _sent() -> dict[str, list[str]]:
    found = request.form.to_dict(flat=False)
    return {name: values for name, values in found.items() if name not in _NOT_TYPED}


def _same(stored: Sequence[str], values: Sequence[str]) -> bool:
    def plainly(texts: Sequence[str]) -> list[str]:
        return sorted(filter(None, (" ".join(text.split()) for text in texts)))

    return plainly(stored) == plainly(values)


def _digest(stored: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()[:16]


def _beside(publication_id: int, typed: Typed) -> Response:
    """Show the other window's text next to the editor, which is left as it is."""
    row = queries_card.typed_by(me().id, publication_id)
    other = typed.why.saved if isinstance(typed.why, TextChangedElsewhere) else ""
    text = json.loads(other).get("text", [""])[-1] if other else ""
    at = row.saved_at.isoformat() if row else ""
    view, here = (
        View(Editor("", at, None, text, at)),
        url_for("publications_of_plan.show", publication_id=publication_id),
    )
    return both_texts(
        view, typed.words, here, save=url_for("typing_of_plan.save_typed", publication_id=publication_id),
        include="closest form", params_over="not saved_at",
    )  # fmt: skip


# --- Notes on style
style_blueprint = Screens("style_of_plan", __name__, url_prefix="/plan")
MAX_CHECKED = 16_000


@style_blueprint.post("/style", *PRESS_CENTRE)
def check_style() -> ResponseReturnValue:
    if not is_htmx():
        return see_other("/plan")
    typed = text("text").replace("\r\n", "\n")
    found = notes(typed)
    if text("seen") == digest(found, typed):
        return "", 204
    return render_template("plan/_style.html", **style_values(typed))


def notes(typed: str) -> list[Wording]:
    words = words_of(typed[:MAX_CHECKED])
    return [in_text(one, words.source) for one in wording_check_style(words)]


def style_values(typed: str) -> dict[str, object]:
    found = notes(typed)
    safe = sum(bool(one.replacement) for one in found)
    return {"wordings": found, "safe": safe, "style_digest": digest(found, typed), "is_empty": not typed.strip()}


def digest(found: list[Wording], typed: str) -> str:
    """Changes when the fragment would look different."""
    return hashlib.sha256(repr((found, not typed.strip())).encode("utf-8", "replace")).hexdigest()[:16]


# --- The card
_SCHEDULED = {"now": "Выйдет через минуту. Пока не вышло, можно «Снять с времени»."}
publications_blueprint = Screens("publications_of_plan", __name__, url_prefix="/plan")

LATE_WORDS = {0: "не выпускать, ждать меня", 15: "15 минут", 60: "час", 180: "3 часа", 1440: "сутки"}
_SAID = {
    PublicationState.DRAFT: "Сохранено: черновик.",
    PublicationState.SUBMITTED: "Отправлено на согласование.",
    PublicationState.APPROVED: "Согласовано.",
}


@publications_blueprint.post("/<int:publication_id>/copy", *PRESS_CENTRE)
def copy(publication_id: int) -> ResponseReturnValue:
    return run_act(
        partial(outgoing.copy, publication_id, day_of(text("day"))), partial(card_page, publication_id),
        lambda row: see_other(url_for("publications_of_plan.show", publication_id=row.id), "Скопировано: это копия."),
        action="copy", refused=EDIT_REFUSED,
    )  # fmt: skip


@publications_blueprint.get("/<int:publication_id>", *READERS, endpoint="show")
def card_page(publication_id: int, typed: Typed | None = None) -> str:
    card = must_exist(queries_card.card(publication_id), "Публикация")
    row = card.row
    now = current_now()
    acts, today = acts_from(row.state, me().roles), local(now).date()
    stored, chosen = _stored(card), {"pages": [str(one.account_id) for one in card.places]}
    pages, known = card.pages, {**{name: [value] for name, value in stored.items()}, **chosen}
    free = {str(one.id) for one in pages} - {str(one.account_id) for one in card.places if one.is_placed}
    kept = kept_of(row.id, me(), known, row.version, free)
    form = Form(stored, typed if typed and typed.action == "save" else kept.typed, chosen, always="title")
    return render_template(
        "plan/publication.html", card=row, places=card.places, remarks=card.remarks, task_id=card.task_id, acts=acts,
        typed=typed, form=form, unsaved=kept, pages=pages, first=first_act(card, me().roles, now),
        formats=Format.labels(), format_fields=FIELDS, headings=week.headings(),
        late_words=LATE_WORDS, edits=edits_of("publication", row.id), today=today,
        may_edit=PlanAct.WRITE in acts or PlanAct.CORRECT in acts, is_press=me().has(*PRESS_CENTRE),
        local_time=lambda at: f"{local(at):%H:%M}" if at else "", next_week=max(row.day, today) + timedelta(days=7),
        longest={one.network: longest_post(one.network) for one in pages}, jumps=_jumps(row.day, today),
    )  # fmt: skip


def _jumps(day: date, today: date) -> list[tuple[str, date]]:
    steps = (("на день раньше", -1), ("на день позже", 1), ("на неделю позже", 7))
    found = [(words, day + timedelta(days=days)) for words, days in steps]
    return [(words, to) for words, to in found if to >= today]


def _stored(card: queries_card.PublicationCard) -> dict[str, str]:
    stored = {name: getattr(card.row, name) for name in ("title", "text", "format", "heading", "ground")}
    stored |= {name: card.row.fields.get(name, "") for name in NAMES}
    return stored | {f"text_{one.account_id}": one.row.text or "" for one in card.places}


def _written() -> outgoing.Written:
    pages = all_whole(request.form.getlist("pages"))
    return outgoing.Written(
        title=text("title"), text=text("text"), form=text("format") or Format.TEXT,
        fields={name: text(name) for name in NAMES}, heading=text("heading"), ground=text("ground"), pages=pages,
        page_texts={page: text(f"text_{page}") for page in pages},
    )  # fmt: skip


def _day(name: str) -> date | None:
    return day_of(text(name))


def _timed(_: Publication) -> str:
    return _SCHEDULED.get(text("schedule"), "Запланировано.") if is_set("schedule") else "Перенесено."


def _saved(row: Publication) -> str:
    return _SAID.get(row.state, "Исправлено.")


def _moved(row: Publication) -> str | Response:
    """Back to the grid with the focus on this publication, if it was moved there."""
    if text("from") != "grid":
        return f"Перенесено на {row.day:%d.%m}."
    kept: dict[str, Any] = {name: text(name) for name in ("view", "page") if text(name)}
    address = url_for("plan.plan_index", day=row.day.isoformat(), focus=row.id, **kept)
    return see_other(address, f"«{row.title}» — на {row.day:%d.%m}.")


CARD = PageActs(blueprint=publications_blueprint, rule="/<int:publication_id>", page=card_page, kind="publication")
CARD.post(
    "/text", outgoing.save, _saved, *PRESS_CENTRE, endpoint="save", written=lambda _: _written(),
    then=lambda name: next((act for act in (PlanAct.SUBMIT, PlanAct.APPROVE) if act == text(name)), None),
)  # fmt: skip
CARD.post("/take-back", outgoing.take_back, "Отозвано: черновик снова можно править.", *PRESS_CENTRE)
CARD.post("/approve", outgoing.approve, "Согласовано.", Role.CURATOR)
CARD.post("/return", outgoing.give_back, "Возвращено с замечаниями.", Role.CURATOR, endpoint="give_back", remarks=text)
CARD.post("/move", planning.move, _moved, *PRESS_CENTRE, day=_day)
CARD.post(
    "/time", planning.set_time, _timed, *PRESS_CENTRE, endpoint="set_time", day=_day,
    at=lambda _: hour_of(text("time")), late_minutes=number, schedule=is_set, campaign_reason=text,
    at_once=lambda _: text("schedule") == "now",
)  # fmt: skip
CARD.post("/unschedule", planning.unschedule, "Снято с времени: публикация согласована и ждёт.", *PRESS_CENTRE)
CARD.post(
    "/place", outgoing.note_placed, "Отмечено: размещено.", *PRESS_CENTRE,
    placement_id=number, url=text, placed_at=moment, without_link=is_set,
)  # fmt: skip
CARD.post("/try-again", planning.try_again, "Программа попробует ещё раз.", *PRESS_CENTRE)
CARD.post("/leave-out", outgoing.leave_out, "На этой странице публикации не будет.", *PRESS_CENTRE, placement_id=number)
CARD.post("/cancel", planning.cancel, "Отменено. Публикацию можно вернуть в план.", *PRESS_CENTRE, reason=text)
CARD.post("/restore", planning.restore, "Возвращено в план черновиком.", *PRESS_CENTRE)


def init_app(app: Flask) -> None:
    app.jinja_env.globals["style_of"] = style_values
