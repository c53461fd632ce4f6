"""«Регламент»: the terms of the Postanovlenie with their clauses, and the office's choices where it leaves one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue

from osm.base.application import current_now, current_settings, local_zone
from osm.flow.acts.terms import in_force
from osm.flow.queries.clocks import summary
from osm.log.queries.history import edits_of
from osm.models import OfficeSettings
from osm.networks.catalogue import NETWORKS
from osm.people.acts.office import KIND, edit_settings
from osm.people.queries.handovers import SETTINGS_ID, office_settings
from osm.regulation import words
from osm.regulation.deadlines import length
from osm.regulation.parameters import Parameters, Unit
from osm.regulation.words import Importance, Role
from osm.regulation.working_time import worktime
from osm.shell.access import Screens
from osm.shell.filters import day_given, working_time_words
from osm.shell.form_values import Form, Typed, number, text
from osm.shell.run_act import PageActs

blueprint = Screens("regulation", __name__, url_prefix="/admin/regulation")

UNITS: dict[Unit, str] = {
    Unit.WORKING: "",  # the length says it
    Unit.CLOCK: "подряд, с ночами и выходными",
    Unit.WORKING_DAYS: "рабочие дни, день события не считается",
}


READINGS: tuple[tuple[str, str], ...] = (
    ("П.7, 11, 12", "«Час» и «30 минут» без слова «рабочий» считаются рабочим временем: ночью никто не дежурит."),
    ("П.7", ("Час на направление идёт от поступления в «Инцидент Менеджмент», а не от загрузки файла. "
            "Для сообщений, внесённых вручную, это внутренний срок.")),
    ("П.7–9", ("Отсчёт различается: поступление, отбор, выявление важности. "
              "Сообщение, поступившее с повышенной важностью, считается выявленным при поступлении.")),
    ("П.8, 9", "Когда автор ответил на запрос, сроки ответа и проекта начинаются заново с этого момента."),
    ("П.13", "День промежуточного ответа не считается, срок истекает в конце третьего рабочего дня."),
    ("П.7–14", "Событие в нерабочее время начинает отсчёт со следующей рабочей минуты."),
)  # fmt: skip
"""How an ambiguous text is read here."""

MARKED = {
    True: ("На сообщение с отмеченным нарушением можно ответить, указав причину («Верно, но отвечаем»): человек мог "
           "сорваться из-за беды. Причина записана в историю."),
    False: ("Сообщение, которое проверка предлагает исключить, не отбирают и не направляют, пока человек не исключил "
            "его или не ответил «Отметка ошибочна». «Верно, но отвечаем» не предлагается. Об исключённом можно "
            "доложить главе (п. 20) и передать сведения отделу без ответа автору: это не обработка."),
}  # fmt: skip
"""Whether this office answers correctly marked messages → how it reads П.17."""


@dataclass(frozen=True, slots=True)
class TermLine:
    """`importance` is empty if the term is the same for all messages."""

    clause: str
    label: str
    importance: str
    length: str
    unit: str
    anchor: str
    reminded: str  # how long before the term people are reminded, in working time; empty: not at all


@blueprint.get("", Role.ADMIN)
def index() -> ResponseReturnValue:
    return _page(SETTINGS_ID)


@blueprint.post("", Role.ADMIN)
def save() -> ResponseReturnValue:
    page = PageActs(blueprint=blueprint, page=partial(_page, SETTINGS_ID), kind=KIND)
    return page.run(SETTINGS_ID, _edit, "Сохранено.")


def _edit(_row_id: int, version: int, **who: Any) -> OfficeSettings:
    return edit_settings(
        version, publishing_networks=request.form.getlist("publishing_networks"),
        answer_marked=text("answer_marked") == "1", act_number=text("act_number"), act_on=day_given("act_on"),
        zone=local_zone(), load_minutes=(number("load_minutes") or 0) if text("load_minutes") else None,
        **who,
    )  # fmt: skip


def _page(_row_id: int, typed: Typed | None = None) -> str:
    parameters, set_ = in_force().parameters, office_settings()
    before = current_settings().reminders.before
    return render_template(
        "clocks/regulation.html",
        parameters=parameters,
        terms=list(term_lines(parameters, before)),
        readings=(*READINGS, ("П.17", MARKED[set_.answer_marked])),
        settings=set_,
        form=Form(
            {"answer_marked": "1" if set_.answer_marked else "0", "load_minutes": str(set_.load_minutes)},
            typed,
            {"publishing_networks": set_.publishing_networks},
        ),
        networks=[(code, network.label) for code, network in NETWORKS.items() if network.hosts],
        edits=edits_of(KIND, SETTINGS_ID),
    )


def term_lines(parameters: Parameters, before: Mapping[words.ClockKind, int]) -> Iterator[TermLine]:
    """The terms in the order of the work; one line for both importances if they do not differ."""
    for kind in words.ClockKind:
        terms = {importance: parameters.term(kind, importance) for importance in Importance}
        same = len(set(terms.values())) == 1
        for importance, term in list(terms.items())[: 1 if same else None]:
            yield TermLine(
                clause=term.clause, label=kind.label,
                importance="" if same else importance.label.lower(), length=length(term),
                unit=UNITS[term.unit], anchor=term.anchor.label,
                reminded=worktime.duration(before[kind]) if before[kind] else "",
            )  # fmt: skip


def init_app(app: Flask) -> None:
    app.jinja_env.filters["summary"] = summary
    app.add_template_global(lambda: working_time_words(in_force().calendar, current_now()), "working_time")
