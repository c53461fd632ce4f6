"""«Всплески» (П.20): the list, and one burst with acts for all its messages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import Memory
from osm.base.errors import must_exist
from osm.base.supervised import shared
from osm.bursts import queries
from osm.bursts.acts import bursts
from osm.flow.acts.clocks import in_force
from osm.flow.queries.duties import TO_ROUTE
from osm.groups.queries import JOINING
from osm.inbox.queries.news import BURST
from osm.inbox.views.rows import show_kind
from osm.models import User
from osm.regulation.parameters import BurstRules
from osm.regulation.words import PRESS_CENTRE, Role
from osm.shell import filters
from osm.shell.access import Screens, me
from osm.shell.form_values import Typed, seen_version
from osm.shell.frame import nav
from osm.shell.run_act import EDIT_REFUSED, press, run_act
from osm.urgent.acts import urgent as acts_urgent
from osm.urgent.forms import report_form, told_so, typed_report
from osm.urgent.queries import urgent
from osm.urgent.views import report_of_burst

# --- «Всплески»
bursts_blueprint = Screens("bursts", __name__, url_prefix="/reports/bursts")

READERS = (*PRESS_CENTRE, Role.HEAD)
FRESH = Memory(lambda _: shared())
COUNTED_FOR = timedelta(minutes=1).total_seconds()  # the number in the menu is cached for this long
BAR, GAP, HEIGHT = 14, 3, 96  # sizes of the curve in its own units


@dataclass(frozen=True, slots=True)
class Drawn:
    x: int
    y: int
    height: int
    words: str
    is_inside: bool


@bursts_blueprint.get("", *READERS)
def index() -> ResponseReturnValue:
    rules = in_force().parameters.bursts
    rows = queries.listed()
    return render_template(
        "control/bursts.html", rows=rows, rules=rules_words(rules),
        reports=urgent.of_bursts([row.id for row in rows]), may_report=me().has(*PRESS_CENTRE),
    )  # fmt: skip


@bursts_blueprint.get("/<int:burst_id>", *READERS)
def show(burst_id: int) -> ResponseReturnValue:
    row = _known(burst_id)
    bars, hours = queries.curve(row)
    return render_template(
        "control/burst.html", row=row, texts=bursts.texts_of(row.id), names=queries.names_of(row.id),
        statuses=queries.statuses_of(row.id), groups=queries.groups_of(row.id),
        to_route=queries.together(row.id, TO_ROUTE), to_answer=queries.together(row.id, JOINING),
        bars=drawn(bars), hours=queries.window_words(hours * 60),
        width=len(bars) * (BAR + GAP), height=HEIGHT, bar=BAR, first=bars[0].at, most=max(bar.number for bar in bars),
        reports=urgent.of_bursts([row.id]).get(row.id, []), may_report=me().has(*PRESS_CENTRE),
    )  # fmt: skip


@bursts_blueprint.post("/<int:burst_id>/settle", Role.CURATOR)
def settle(burst_id: int) -> ResponseReturnValue:
    there = url_for("bursts.show", burst_id=burst_id)
    notice = "Доклад не нужен: всплеск больше не ждёт. Удвоится — появится снова."
    return press(partial(bursts.settle, burst_id, seen_version()), there, lambda _: notice)


def drawn(bars: list[queries.Bar]) -> list[Drawn]:
    """Scaled so that the highest bar has the full height."""
    most = max(1, *(bar.number for bar in bars)) if bars else 1
    found = []
    for place, bar in enumerate(bars):
        height = round(HEIGHT * bar.number / most)
        begin = filters.local(bar.at)
        words = f"{begin:%d.%m %H:%M}: {bar.number}"
        found.append(Drawn(place * (BAR + GAP), HEIGHT - height, height, words, bar.is_inside))
    return found


def rules_words(rules: BurstRules) -> str:
    windows = " или ".join(
        f"{rules.least_of(one)} за {queries.window_words(int(one.total_seconds()) // 60)}" for one in rules.windows
    )
    weeks = filters.counted(rules.weeks, "последнюю неделю", "последние недели", "последних недель")
    talkers = filters.counted(rules.comments, "комментатор", "комментатора", "комментаторов")
    return (
        f"Считаем авторов сообщений по времени публикации, {talkers} — за одного. Всплеск — не "
        f"меньше {windows} и намного больше, чем обычно в эти часы и этот день недели за {weeks}."
    )


def _fresh(_user: User, now: datetime) -> int:
    """Cached for a minute for all users, because the menu is on every page; the same in all processes."""
    with FRESH.get().changing("bursts") as numbers:
        at, count = numbers
    if abs(now.timestamp() - at) > COUNTED_FOR:
        count = queries.count_fresh(now)
        with FRESH.get().changing("bursts") as numbers:
            numbers[0], numbers[1] = now.timestamp(), count
    return int(count)


# --- «Доложить главе» (П.20)
burst_report_blueprint = Screens("burst_report", __name__, url_prefix="/reports/bursts/<int:burst_id>/urgent")


@burst_report_blueprint.post("", *PRESS_CENTRE)
def send(burst_id: int) -> ResponseReturnValue:
    def act(**who: Any) -> object:
        return acts_urgent.send(typed_report(), burst_id=burst_id, **who)

    return run_act(act, partial(new, burst_id), told_so, refused=EDIT_REFUSED)


@burst_report_blueprint.get("", *PRESS_CENTRE)
def new(burst_id: int, typed: Typed | None = None) -> str:
    row = _known(burst_id)
    return report_form(
        report_of_burst(row), typed, urgent.of_bursts([row.id]).get(row.id, []),
        send_to=url_for("burst_report.send", burst_id=row.id),
        back=(url_for("bursts.show", burst_id=row.id), row.title), source="всплеску",
    )  # fmt: skip


def _known(burst_id: int) -> queries.BurstRow:
    return must_exist(queries.one(burst_id), "Всплеск")


def init_app(app: Flask) -> None:
    nav.count_at(app, "/reports/bursts", _fresh)
    show_kind(app, BURST, "control/_bursts_waiting.html", lambda ids: queries.some(list(ids)))
