"""«Управление» → «Страницы»: a page is connected, checked, given other keys, switched off; keys are never shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.connectors.calls import Callback
from osm.connectors.contract import Report
from osm.connectors.registry import CONNECTED, gives_confirmation
from osm.connectors.ways import Act
from osm.regulation.words import Role
from osm.services.accounts import administrators, connecting
from osm.services.accounts.called import arranging
from osm.services.accounts.installation import this_installation
from osm.services.errors import NotFound
from osm.store.models import Answering, Hearing, Moderating, Publishing
from osm.store.queries.accounts import pages as queries
from osm.store.queries.log.edits import edits_of
from osm.web.access import allow, me
from osm.web.form_values import Form, Typed, text
from osm.web.htmx import see_other
from osm.web.run_act import EDIT_REFUSED, run_act, run_edit

blueprint = Blueprint("pages", __name__, url_prefix="/admin/pages")

ACT_WORDS = {
    Act.READ: "читаем",
    Act.REPLY: "отвечаем",
    Act.EDIT: "исправляем ответ",
    Act.DELETE: "удаляем",
    Act.RESTORE: "восстанавливаем",
    Act.BAN: "блокируем",
    Act.UNBAN: "снимаем блокировку",
    Act.POST: "публикуем записи",
    Act.LOOK_UP: "проверяем, выполнено ли",
}
PUBLISHING = (
    (Publishing.AUTO, "сразу после согласования"),
    (Publishing.ASK, "по кнопке"),
    (Publishing.HAND, "руками"),
)
ANSWERING = ((Answering.ASK, "предложить куратору"), (Answering.AUTO, "внести сразу"))
MODERATING = ((Moderating.AUTO, "программа сама, после «Отменить»"), (Moderating.HAND, "руками"))


@blueprint.get("")
@allow(Role.ADMIN, Role.CURATOR)
def index() -> ResponseReturnValue:
    return render_template(
        "accounts/index.html", pages=queries.pages(this_installation()), networks=CONNECTED, acts=ACT_WORDS
    )


@blueprint.get("/new")
@allow(Role.ADMIN)
def new() -> ResponseReturnValue:
    known = {name: request.args.get(name, "") for name in ("id", "title")}
    return _new_page(Form({**known, "publish": Publishing.ASK, "moderate": Moderating.AUTO}))


@blueprint.post("")
@allow(Role.ADMIN)
def connect() -> ResponseReturnValue:
    network = text("network")
    act = partial(
        connecting.connect_page,
        network,
        text("id"),
        _keys(network),
        title=text("title"),
        publish=text("publish"),
        moderate=text("moderate"),
        has_read=text("has_read") == "1",
    )
    return run_act(
        act,
        lambda typed: _new_page(Form({}, typed)),
        lambda done: _told(done.account_id, done.report, "Страница подключена."),
        refused=EDIT_REFUSED,
    )


@blueprint.get("/<int:account_id>")
@allow(Role.ADMIN, Role.CURATOR)
def show(account_id: int) -> ResponseReturnValue:
    return _page(account_id)


@blueprint.post("/<int:account_id>/check")
@allow(Role.ADMIN)
def check(account_id: int) -> ResponseReturnValue:
    act = lambda actor, now: connecting.check_page(account_id, actor=actor, now=now)  # noqa: E731
    done = partial(_told, account_id, said="Проверено: ключи работают.")
    return run_act(act, partial(_page, account_id), done, refused=EDIT_REFUSED)


@blueprint.post("/<int:account_id>/keys")
@allow(Role.ADMIN)
def keys(account_id: int) -> ResponseReturnValue:
    done = lambda done: _told(account_id, done.report, "Ключ заменён и проверен.")  # noqa: E731
    return run_edit("account", account_id, connecting.replace_keys, _page, done, keys=_keys(text("network")))


@blueprint.post("/<int:account_id>/ways")
@allow(Role.ADMIN)
def ways(account_id: int) -> ResponseReturnValue:
    given: dict[str, Any] = {name: text(name) for name in ("publish", "moderate", "answers")}
    given["elsewhere"] = text("elsewhere") == "1"
    return _act(account_id, connecting.arrange, "Сохранено.", **given)


@blueprint.post("/<int:account_id>/hearing")
@allow(Role.ADMIN)
def hearing(account_id: int) -> ResponseReturnValue:
    given = {"by": text("by"), "confirmation": text("confirmation")}
    return run_edit("account", account_id, arranging.arrange_hearing, _page, partial(_told_once, account_id), **given)


@blueprint.post("/<int:account_id>/hearing/secret")
@allow(Role.ADMIN)
def renew_secret(account_id: int) -> ResponseReturnValue:
    return run_edit("account", account_id, arranging.renew_secret, _page, partial(_told_once, account_id))


def _told_once(account_id: int, secret: str) -> ResponseReturnValue:
    """The page with a secret that was just made: it is told here and never again."""
    if not secret:
        return see_other(url_for("pages.show", account_id=account_id), "Сохранено.")
    answer: Response = make_response(_page(account_id, secret=secret))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/<int:account_id>/switch")
@allow(Role.ADMIN)
def switch(account_id: int) -> ResponseReturnValue:
    on = text("on") == "1"
    said = "Включено: страница снова читается." if on else "Выключено: программа страницу не читает и ничего не делает."
    return _act(account_id, connecting.switch, said, on=on)


@blueprint.post("/<int:account_id>/disconnect")
@allow(Role.ADMIN)
def disconnect(account_id: int) -> ResponseReturnValue:
    return _act(account_id, connecting.disconnect, "Ключи удалены, страница осталась в реестре.")


@blueprint.post("/<int:account_id>/speakers/remove")
@allow(Role.ADMIN)
def take_out(account_id: int) -> ResponseReturnValue:
    return _act(account_id, administrators.take_out, "Убран: его комментарии снова идут в очередь.", who=text("who"))


def _told(account_id: int, report: Report, said: str) -> ResponseReturnValue:
    """The page with what its network says of the keys: in red where it refuses one."""
    here, row = url_for("pages.show", account_id=account_id), queries.page(account_id, this_installation())
    if refused := connecting.refused_keys(row.network if row else "", report):
        return see_other(here, f"Соцсеть не принимает: {', '.join(refused)}. Что делать, написано ниже.", "danger")
    return see_other(here, said if report.can else f"{said} Этих ключей мало: программа ничего не может.")


def _act(account_id: int, service: Callable[..., Any], said: str, /, **given: Any) -> ResponseReturnValue:
    here = url_for("pages.show", account_id=account_id)
    return run_edit("account", account_id, service, _page, lambda _: see_other(here, said), **given)


def _keys(network: str) -> dict[str, str]:
    """Only those that were typed: a field that was left empty keeps the key."""
    known = CONNECTED.get(network)
    return {name: request.form.get(f"key-{name}", "") for name in (known.keys if known else ())}


def _new_page(form: Form) -> str:
    """The form of one network: which one is chosen by the address, or was when it was sent."""
    asked = form.value("network") or request.args.get("network", "")
    code = asked if asked in CONNECTED else next(iter(CONNECTED))
    return render_template(
        "accounts/new.html",
        form=form,
        code=code,
        network=CONNECTED[code],
        networks=CONNECTED,
        publishing=PUBLISHING,
        moderating=MODERATING,
    )


def _page(account_id: int, typed: Typed | None = None, secret: str = "") -> str:
    row = queries.page(account_id, this_installation())
    if row is None:
        raise NotFound("Страница")
    return render_template(
        "accounts/page.html",
        page=row,
        form=Form(
            {
                "publish": row.publish,
                "moderate": row.moderate,
                "answers": row.answers,
                "elsewhere": "1" if row.elsewhere else "",
            },
            typed,
            always="publish",
        ),
        hearing_form=Form({"by": row.hearing, "confirmation": row.confirmation}, typed, always="by"),
        hearing_ways=_hearing_ways(row.network),
        callback=_callback_of(row.network),
        asks_confirmation=gives_confirmation(row.network),
        address=_address(row.network),
        secret=secret,
        events_waiting=queries.events_waiting(account_id),
        network=CONNECTED.get(row.network),
        acts=ACT_WORDS,
        publishing=PUBLISHING,
        moderating=MODERATING,
        answering=ANSWERING,
        by_hand=queries.waiting_for_person(account_id),
        edits=edits_of("account", account_id),
        may_change=me().has(Role.ADMIN),
        now=current_now(),
    )


def _callback_of(network: str) -> Callback | None:
    return CONNECTED[network].callback if network in CONNECTED else None


def _hearing_ways(network: str) -> tuple[tuple[Hearing, str], ...]:
    """The ways that this network has; none where it knows one only."""
    calls = _callback_of(network)
    return ((Hearing.ASK, calls.else_words), (Hearing.CALLBACK, calls.words)) if calls else ()


def _address(network: str) -> str:
    """What is typed into the network's settings."""
    root = current_app.extensions["osm_settings"].site.url or request.url_root.rstrip("/")
    return f"{root}/callback/{network}"


def _keys_at(row: queries.PageRow) -> str:
    """Where keys of this page are made; empty for a network that the program does not speak to."""
    return CONNECTED[row.network].keys_at.format(row.external_id) if row.network in CONNECTED else ""


def init_app(app: Flask) -> None:
    app.add_template_filter(_keys_at, "keys_at")
    app.register_blueprint(blueprint)
