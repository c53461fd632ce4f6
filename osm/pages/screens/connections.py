"""«Страницы»: a page is connected, checked, given other keys, switched off; keys are never shown."""

from collections.abc import Iterator
from functools import partial

from flask import Flask, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now, current_settings
from osm.base.errors import must_exist
from osm.connectors.contract import Act, Report
from osm.connectors.hearing import Callback
from osm.connectors.registry import CONNECTED, has, looks_up, traits_of
from osm.inbox.queries.news import PAGE_KEY
from osm.inbox.views.rows import show_kind
from osm.listening.acts import called
from osm.log.queries.history import edits_of
from osm.models import Answering, Hearing, Moderating, Publishing
from osm.outbox import queries
from osm.outbox.acts import keys as acts_keys
from osm.outbox.queries import pages
from osm.pages.acts import connecting
from osm.regulation.words import Role
from osm.shell.access import Screens, me
from osm.shell.form_values import Form, Typed, text
from osm.shell.requests import see_other
from osm.shell.run_act import EDIT_REFUSED, PageActs, run_act

# --- «Страницы»
pages_blueprint = Screens("pages", __name__, url_prefix="/admin/pages")

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


@pages_blueprint.get("", Role.ADMIN, Role.CURATOR)
def pages_index() -> ResponseReturnValue:
    return render_template("connections/index.html", pages=queries.pages(), networks=CONNECTED, acts=ACT_WORDS)


@pages_blueprint.get("/new", Role.ADMIN)
def new() -> ResponseReturnValue:
    known = {name: request.args.get(name, "") for name in ("id", "title")}
    return _new_page(Form({**known, "publish": Publishing.ASK, "moderate": Moderating.AUTO}))


@pages_blueprint.post("", Role.ADMIN)
def connect() -> ResponseReturnValue:
    network = text("network")
    act = partial(
        connecting.connect_page, network, text("id"), _keys(network), title=text("title"), publish=text("publish"),
        moderate=text("moderate"), has_read=text("has_read") == "1", ground=text("ground"),
    )  # fmt: skip
    return run_act(
        act,
        lambda typed: _new_page(Form({}, typed)),
        lambda done: _told(done.account_id, done.report, "Страница подключена."),
        refused=EDIT_REFUSED,
    )


@pages_blueprint.post("/<int:account_id>/check", Role.ADMIN)
def check(account_id: int) -> ResponseReturnValue:
    act = lambda actor, now: connecting.check_page(account_id, actor=actor, now=now)  # noqa: E731
    done = partial(_told, account_id, notice="Проверено: ключи работают.")
    return run_act(act, partial(show, account_id), done, refused=EDIT_REFUSED)


def _switched(_: object) -> str:
    on = text("on") == "1"
    return "Включено: страница снова читается." if on else "Выключено: программа страницу не читает и ничего не делает."


def _told(account_id: int, report: Report, notice: str) -> Response:
    """The page with what its network says of the keys: in red where it refuses one."""
    here, row = url_for("pages.show", account_id=account_id), queries.page(account_id)
    if refused := acts_keys.refused_keys(row.account.network if row else "", report):
        return see_other(here, f"Соцсеть не принимает: {', '.join(refused)}. Что делать, написано ниже.", "danger")
    return see_other(here, notice if report.can else f"{notice} Этих ключей мало: программа ничего не может.")


def _keys(network: str) -> dict[str, str]:
    """Only those that were typed: a field that was left empty keeps the key."""
    known = CONNECTED.get(network)
    return {name: request.form.get(f"key-{name}", "") for name in (known.keys if known else ())}


def _traits(code: str) -> Iterator[str]:
    """What whoever connects a page has to know of its network."""
    traits = traits_of(code)
    yield "Об удалённых комментариях программа узнаёт." if traits.tells_gone else "Об удалениях соцсеть не сообщает."
    if traits.ends_bans:
        yield "Срок блокировки соцсеть отсчитывает сама."
    else:
        yield "Срок блокировки соцсеть не отсчитывает: когда он истечёт, программа напомнит."
    if looks_up(code):
        yield "Если связь прервётся, программа сама проверит, размещён ли ответ."
    else:
        yield "Если связь прервётся, проверить, размещён ли ответ, должен человек."
    if traits.one_page_a_key:
        yield "Один ключ — одна страница: другой программе и другой странице он не годится."
    if traits.needs_address:
        yield "Программа должна быть видна из интернета."
    else:
        yield "Адрес в интернете программе не нужен."


def _new_page(form: Form) -> str:
    """The form of one network: which one is chosen by the address, or was when it was sent."""
    asked = form.value("network") or request.args.get("network", "")
    code = asked if asked in CONNECTED else next(iter(CONNECTED))
    return render_template(
        "connections/new.html", form=form, code=code, network=CONNECTED[code], networks=CONNECTED, traits=_traits(code),
        longest_ground=connecting.LONGEST_GROUND, publishing=PUBLISHING, moderating=MODERATING,
    )  # fmt: skip


@pages_blueprint.get("/<int:account_id>", Role.ADMIN, Role.CURATOR)
def show(account_id: int, typed: Typed | None = None, secret: str = "") -> str:
    row = must_exist(queries.page(account_id), "Страница")
    account, connection = row.account, row.connection
    return render_template(
        "connections/page.html",
        page=row,
        form=Form(
            {
                "publish": connection.publish,
                "moderate": connection.moderate,
                "answers": connection.answers,
                "elsewhere": "1" if connection.elsewhere else "",
            },
            typed,
            always="publish",
        ),
        hearing_form=Form({"by": connection.hearing, "confirmation": connection.confirmation}, typed, always="by"),
        hearing_ways=_hearing_ways(account.network),
        callback=_callback_of(account.network),
        asks_confirmation=has(account.network, "confirmation"),
        address=_address(account.network),
        secret=secret,
        events_waiting=queries.events_waiting(account_id),
        network=CONNECTED.get(account.network),
        acts=ACT_WORDS,
        publishing=PUBLISHING,
        moderating=MODERATING,
        answering=ANSWERING,
        by_hand=queries.waiting_for_person(account_id),
        edits=edits_of("account", account_id),
        may_change=me().has(Role.ADMIN),
        now=current_now(),
    )


@pages_blueprint.post("/<int:account_id>/keys", Role.ADMIN)
def keys(account_id: int) -> ResponseReturnValue:
    act = partial(connecting.replace_keys, keys=_keys(text("network")))
    return PAGE.run(account_id, act, lambda done: _told(account_id, done.report, "Ключ заменён и проверен."))


def _told_once(secret: str) -> str | Response:
    """The page with a new secret: it is shown only here."""
    if not secret:
        return "Сохранено."
    answer: Response = make_response(show(**(request.view_args or {}), secret=secret))
    answer.headers["Cache-Control"] = "no-store"
    return answer


PAGE = PageActs(blueprint=pages_blueprint, rule="/<int:account_id>", page=show, kind="account")
PAGE.post(
    "/ways", connecting.arrange, "Сохранено.", Role.ADMIN,
    publish=text, moderate=text, answers=text, elsewhere=lambda name: text(name) == "1",
)  # fmt: skip
PAGE.post("/switch", connecting.switch, _switched, Role.ADMIN, on=lambda name: text(name) == "1")
PAGE.post("/hearing", called.arrange_hearing, _told_once, Role.ADMIN, by=text, confirmation=text)
PAGE.post("/hearing/secret", called.renew_secret, _told_once, Role.ADMIN, endpoint="renew_secret")
PAGE.post("/disconnect", connecting.disconnect, "Ключи удалены, страница осталась в реестре.", Role.ADMIN)
PAGE.post(
    "/speakers/remove", acts_keys.take_out, "Убран: его комментарии снова идут в очередь.", Role.ADMIN,
    endpoint="take_out", who=text,
)  # fmt: skip


def _callback_of(network: str) -> Callback | None:
    return CONNECTED[network].callback if network in CONNECTED else None


def _hearing_ways(network: str) -> tuple[tuple[Hearing, str], ...]:
    """The ways that this network has; none where it knows one only."""
    calls = _callback_of(network)
    return ((Hearing.ASK, calls.else_words), (Hearing.CALLBACK, calls.words)) if calls else ()


def _address(network: str) -> str:
    """What is typed into the network's settings."""
    root = current_settings().site.url or request.url_root.rstrip("/")
    return f"{root}/callback/{network}"


def _keys_at(row: queries.PageRow) -> str:
    """Where keys of this page are made; empty for a network that the program does not speak to."""
    account = row.account
    return CONNECTED[account.network].keys_at.format(account.external_id) if account.network in CONNECTED else ""


def init_app(app: Flask) -> None:
    app.add_template_filter(_keys_at, "keys_at")
    show_kind(app, PAGE_KEY, "connections/_waiting.html", lambda _ids: pages(), "account.id")
