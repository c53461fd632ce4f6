"""/admin/integrators: the list, keys and secrets shown once, webhooks and their deliveries; /help/developers."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.base.numbers import whole
from osm.integrators import queries, views
from osm.integrators.acts import access, telling
from osm.integrators.rules.words import Rights, Told
from osm.models import Integrator, OutboxAction
from osm.outbox.acts import orders
from osm.regulation.blacklist import OutboxState
from osm.regulation.words import Role
from osm.shell.access import Screens, signed_in
from osm.shell.form_values import seen_version, text
from osm.shell.run_act import Field, ListPages, PageActs, Step, press

blueprint = Screens("integrators", __name__, url_prefix="/admin/integrators")
developers = Screens("developers", __name__, url_prefix="/help")

SEES = (("0", "только своего источника"), ("1", "всех источников"))
EVENT_LABELS = {one.value: one.label for one in Told}


def _source(row: Integrator, name: str) -> dict[str, str]:
    return {name: row.source.name}


def _sees(row: Integrator, name: str) -> dict[str, str]:
    return {name: str(int(row.sees_all))}


def _shown(row: Integrator | None) -> dict[str, Any]:
    if row is None:
        return {}
    now = current_now()
    return {
        "is_told": queries.is_told(row),
        "deliveries": queries.deliveries(row.id),
        "outcome": partial(_outcome, now=now),
        "event_labels": EVENT_LABELS,
        "url": text("url") or row.webhook_url,
    }


def _outcome(action: OutboxAction, now: Any) -> tuple[str, str]:
    """Level and words."""
    if action.state is OutboxState.DONE:
        return "met", "доставлено"
    if action.state is OutboxState.CANCELLED:
        return "off", "отменено"
    if action.for_person or action.state is OutboxState.FAILED:
        return "overdue", "ждёт вас"
    return ("soon", "отправляется") if orders.is_being_sent(action, now) else ("later", "ждёт отправки")


PAGES = ListPages(
    kind="integrator", what="Интегратор", new="Новый интегратор", title="Интеграторы", is_archived="доступ прекращён",
    roles=(Role.ADMIN,), row=queries.integrator, template="integrators/integrator.html",
    fields=(
        Field("name", "Название", shown={"required": True, "autocomplete": "off"}),
        Field(
            "source", "Источник",
            "Под этим именем его сообщения видны в загрузках. Если такого источника ещё нет, он появится.",
            stored=_source, shown={"required": True, "autocomplete": "off"},
        ),
        Field("rights", "Что разрешено", options=lambda _row: [(one.value, one.label) for one in Rights]),
        Field(
            "sees_all", "Какие сообщения читает и о каких узнаёт", read=lambda name: text(name) == "1",
            options=lambda _row: SEES, stored=_sees,
        ),
        Field("per_minute", "Запросов в минуту", read=lambda name: whole(text(name)), shown={"required": True}),
    ),
    proposed={"rights": Rights.BOTH.value, "sees_all": "0", "per_minute": "60"},
    create=access.create, edit=access.edit, added="Интегратор добавлен. Теперь выдайте ему ключ.", values=_shown,
    archive=Step(
        access.archive, "Его ключ перестанет действовать, события ему не пойдут. Переданные сообщения останутся.",
        "Доступ прекращён.",
    ),
    restore=Step(access.restore, "Он вернётся без ключа и с выключенным вебхуком.", "Возвращён. Выдайте новый ключ."),
)  # fmt: skip


@blueprint.get("", Role.ADMIN)
def index() -> str:
    return render_template(
        "integrators/index.html", kept=PAGES, rows=queries.integrators(), is_told=queries.is_told,
        rights={one: one.label for one in Rights},
    )  # fmt: skip


PAGES.add_to(blueprint)


def _once(what: str) -> Callable[[str], Response]:
    """A key or a secret is shown only in this answer, which browsers must not store."""

    def shown(word: str) -> Response:
        page = render_template("integrators/once.html", word=word, what=what, back=request.path.rpartition("/")[0])
        return make_response(page, {"Cache-Control": "no-store"})

    return shown


ROW = PageActs(blueprint=blueprint, rule="/<int:integrator_id>", page=PAGES.page, kind="integrator")
ROW.post("/token", access.issue_token, _once("Ключ"), Role.ADMIN, endpoint="issue_token")
ROW.post("/token/end", access.end_token, "Ключ больше не действует.", Role.ADMIN, endpoint="end_token")
ROW.post("/webhook", access.switch_webhook_on, _once("Секрет вебхука"), Role.ADMIN, endpoint="switch_on", url=text)
ROW.post("/webhook/off", access.switch_webhook_off, "Вебхук выключен.", Role.ADMIN, endpoint="switch_off")
ROW.post("/test", telling.test, "Проверка отправляется: исход появится в списке ниже, обновите страницу.", Role.ADMIN)

ROW.post("/again", telling.tell_again, "Программа сообщит обо всём ещё раз.", Role.ADMIN, endpoint="tell_again")


@blueprint.post("/<int:integrator_id>/deliveries/<int:action_id>/again", Role.ADMIN)
def again(integrator_id: int, action_id: int) -> ResponseReturnValue:
    act = partial(orders.try_again, action_id, seen_version(), integrator_id=integrator_id)
    return press(act, url_for(".show", integrator_id=integrator_id), lambda _: "Программа сообщит ещё раз.")


# --- For the developers of the other system
@developers.get("/developers")
@signed_in
def show() -> str:
    description = views.document()
    return render_template(
        "integrators/developers.html", info=description["info"], operations=[*views.operations()],
        schemas=[*views.schemas()],
    )  # fmt: skip
