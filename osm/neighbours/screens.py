"""«Организации»: the kept list, questions with their acts, and the page behind a one-time link.

The page is for people without log-in; opening it changes nothing.
"""

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature
from werkzeug.exceptions import RequestEntityTooLarge

from osm.base.application import Memory, current_now, current_settings
from osm.base.durable import signer
from osm.base.errors import must_exist
from osm.base.supervised import shared
from osm.files.views import Stored, add_stored, uploads
from osm.flow.acts.clocks import in_force
from osm.groups.queries import group_of
from osm.inbox.queries.news import NEIGHBOUR
from osm.inbox.views.rows import show_kind
from osm.messages.queries.parts import Card
from osm.models import MailState, NeighbourQuestion
from osm.neighbours import queries, rules
from osm.neighbours.acts import answering, asking
from osm.neighbours.acts.answering import Shut
from osm.neighbours.acts.asking import letter_of
from osm.people.views import STAFF, visible_card
from osm.regulation.errors import MissingInput
from osm.regulation.parameters import Unit
from osm.regulation.urgency import urgency
from osm.regulation.words import Role
from osm.shell import access
from osm.shell.access import Screens, me, public
from osm.shell.filters import Chip
from osm.shell.form_values import Form, Typed, asked_id, is_set, number, text
from osm.shell.requests import SENDERS
from osm.shell.run_act import Field, ListPages, PageActs, Step
from osm.shell.turns import SHARE, Limit, network_of

bodies_blueprint = Screens("neighbour_bodies", __name__, url_prefix="/neighbours/bodies")
blueprint = Screens("neighbours", __name__, url_prefix="/neighbours")

WORKERS = (Role.CURATOR, Role.EXECUTOR)

BODIES = ListPages(
    kind="body", what="Организация", new="Новая организация", title="Организации", is_archived="убрана из списка",
    roles=(Role.CURATOR,), row=queries.body, template="admin/row.html",
    fields=(
        Field("name", "Название", shown={"required": True, "autocomplete": "off"}),
        Field("email", "Почта", "На неё уходят вопросы; ответ письмом принимается только с неё.",
              shown={"type": "email", "autocomplete": "off"}),
        Field("phone", "Телефон", "По нему называют код ссылки.", shown={"autocomplete": "off"}),
    ),
    create=asking.create_body, edit=asking.edit_body, added="Организация добавлена.",
    archive=Step(asking.archive_body, "Её больше нельзя будет спросить.", "Организация убрана из списка."),
    restore=Step(asking.restore_body, "Её снова можно будет спросить.", "Организацию снова можно спросить."),
)  # fmt: skip

MAIL_WORDS = {
    MailState.NONE: "письмо отправьте сами: текст ниже", MailState.WAITING: "письмо ждёт отправки",
    MailState.SENDING: "письмо отправляется", MailState.SENT: "письмо ушло",
    MailState.UNCLEAR: "неизвестно, ушло ли письмо: позвоните или отправьте сами",
    MailState.FAILED: "почтовый сервер письмо не принял: отправьте сами",
}  # fmt: skip


@bodies_blueprint.get("", Role.CURATOR)
def index() -> ResponseReturnValue:
    return render_template("neighbours/bodies.html", kept=BODIES, rows=queries.bodies())


BODIES.add_to(bodies_blueprint)


@blueprint.get("", Role.CURATOR, endpoint="index")
def questions() -> ResponseReturnValue:
    return render_template("neighbours/index.html", rows=queries.listed())


@blueprint.get("/new", *WORKERS)
def new(typed: Typed | None = None) -> str:
    card = visible_card(int(typed.values.get("message_id") or 0) if typed else asked_id("message") or 0, me())
    offered = [(row.id, row.name) for row in queries.bodies() if row.archived_at is None]
    return render_template(
        "neighbours/new.html", card=card, form=Form({"way": rules.QuestionWay.LETTER}, typed), bodies=offered,
        has_links=bool(_links("")), ways=[(way.value, way.label) for way in rules.QuestionWay],
    )  # fmt: skip


@blueprint.get("/<int:question_id>", *STAFF)
def show(question_id: int, typed: Typed | None = None) -> str:
    row, person = must_exist(queries.question(question_id), "Вопрос"), me()
    card = visible_card(row.message_id, person)
    links, works = _links(""), _works_on(card)
    return render_template(
        "neighbours/question.html", row=row, card=card, works=works, rules=rules, is_asker=row.asked_by_id == person.id,
        form=Form({"text": row.text}, typed), letter=letter_of(row, links), mail=MAIL_WORDS[row.mail],
        ending=_ending(row), subject=rules.subject_of(row.id, row.mark),
        link=asking.link_to(row, links) if row.token_digest else "", code=asking.code_for(row.mark),
        may_take=_may_take(card),
        may_enter=works and row.state in rules.TAKES_ANSWER and card.status in rules.ALIVE,
    )  # fmt: skip


def _photo(photo_id: int) -> Stored:
    row = must_exist(queries.photo(photo_id), "Файл")
    _known(row.question_id)
    return row.sha256, "image/jpeg", f"организация-{row.id}.jpg"


add_stored(blueprint, "/photos/<int:photo_id>", *STAFF, found=_photo, what="Файл", whole="photo")


def _known(question_id: int) -> None:
    visible_card(must_exist(queries.question(question_id), "Вопрос").message_id, me())


def _links(_name: str) -> str:
    return current_settings().site.links


def _ending(row: NeighbourQuestion) -> str:
    """The rest of the letter, as it would leave now."""
    until = rules.ends_at(current_now(), queries.draft_due(row.message_id))
    return rules.letter_text(row.way, "", f"{in_force().calendar.local(until):%d.%m %H:%M}").strip()


def _works_on(card: Card) -> bool:
    return me().has(Role.CURATOR) or _is_executor(card)


def _is_executor(card: Card) -> bool:
    return any(worker.person.id == me().id for worker in card.active)


def _may_take(card: Card) -> bool:
    prepares = _is_executor(card) or (card.is_shared and me().has(Role.CURATOR))
    return prepares and card.status in rules.ASKED_IN and group_of(card.id) is None


PageActs(blueprint=blueprint, page=new, there=lambda row: url_for("neighbours.show", question_id=row.id)).post(
    "", asking.ask, "Вопрос записан. Он уйдёт, когда куратор его проверит.", *WORKERS, endpoint="ask",
    message_id=lambda name: number(name) or 0, body_id=number, way=text, text=text, with_citizen=is_set,
    public_url=_links,
)  # fmt: skip

ACTS = PageActs(blueprint=blueprint, rule="/<int:question_id>", page=show, kind=asking.KIND, known=_known)
_PHOTOS = partial(uploads, "photos")
ACTS.post(
    "/send", asking.send, "Готово. Что с вопросом, видно здесь.", Role.CURATOR, text=text, seen=is_set,
    public_url=_links, has_mail=lambda _: current_settings().mail is not None,
)  # fmt: skip
ACTS.post("/give-back", asking.give_back, "Вопрос не уйдёт, исполнитель увидит почему.", Role.CURATOR, reason=text)
ACTS.post("/withdraw", asking.withdraw, "Вопрос отозван.", *WORKERS)
ACTS.post("/enter", answering.enter, "Ответ внесён.", *WORKERS, text=text, photos=lambda _: _PHOTOS())
ACTS.post(
    "/take", answering.take, "Сведения в конце вашего проекта: проверьте их, за ответ отвечаете вы (п. 18).", *WORKERS
)


def questions_of_card(card: Card) -> Sequence[NeighbourQuestion]:
    """Loaded only if the log of the card has one."""
    asked = any(one.action == "neighbour_asked" for one in card.log)
    return queries.of_message(card.id) if asked else ()


def state_words(row: NeighbourQuestion) -> str:
    late = row.answered_at is not None and row.answered_at > row.ends_at
    return f"{row.state.label}, позже срока" if late else row.state.label


def chip(row: NeighbourQuestion) -> Chip:
    """Until when the answer is needed."""
    told = urgency(row.ends_at, current_now(), in_force().calendar, Unit.WORKING_DAYS)
    return Chip(told.level, told.text)


def _may_ask(card: Card) -> bool:
    return card.status in rules.ASKED_IN and not card.row.purged_at and _works_on(card)


# --- The page behind a one-time link
link_blueprint = Blueprint("neighbour_link", __name__, url_prefix="/public/ask")

COOKIE = "osm_ask"  # which question the code was entered for: who has none may send no photos
_LIMIT = Memory(lambda of: Limit(of.settings.site.per_second * SHARE, shared(), "site_addresses"))


@link_blueprint.get("")
@public
def ask() -> Response:
    key = request.args.get("key", "")
    answering.must_be_open(key, current_now())
    return _page("code", key=key)


@link_blueprint.post("")
@public
def enter() -> Response:
    key = text("key")
    row, left = answering.enter_code(key, text("code"), current_now())
    if left:
        return _page("code", key=key, error=f"Код не подошёл. Осталось попыток: {left}.", status=422)
    response = _page("form", row=row)
    response.set_cookie(COOKIE, _signer().dumps([row.id, row.mark]), **_flags())
    return response


@link_blueprint.post("/answer")
@public
def send() -> Response:
    question_id, mark = _shown()
    try:
        answering.receive(question_id, mark, text=text("text"), photos=uploads("photos"), now=current_now())
    except MissingInput as refused:
        row = answering.opened(question_id, mark, current_now())
        return _page("form", row=row, error=str(refused), typed=text("text"), status=422)
    response = _page("thanks")
    response.delete_cookie(COOKIE, **_flags())
    return response


def _page(step: str, *, status: int = 200, **values: Any) -> Response:
    return make_response(render_template("neighbours/outside.html", step=step, **values), status)


def _signer() -> Any:
    return signer("neighbour-link")


def _flags() -> dict[str, Any]:
    return {"httponly": True, "samesite": "Strict", "secure": current_settings().https, "path": "/public/ask"}


def _shown() -> tuple[int, str]:
    """The question that this browser has opened. Raises Shut."""
    try:
        question_id, mark = _signer().loads(request.cookies.get(COOKIE, ""))
    except (BadSignature, ValueError):
        raise Shut from None
    return question_id, mark


def _has_opened() -> bool:
    """Whether these headers come from a form with its code entered: its photos are read."""
    if COOKIE not in request.cookies:
        return False
    try:
        return answering.opened(*_shown(), current_now()) is not None
    except Shut:
        return False


@link_blueprint.before_request
def _limit() -> Response | None:
    if _LIMIT.get().allows(network_of(request.remote_addr or ""), time.monotonic()):
        return None
    return _page("shut", words="Слишком много запросов. Попробуйте через минуту.", status=429)


@link_blueprint.errorhandler(Shut)
def _shut(error: Shut) -> Response:
    return _page("shut", words=str(error), status=404)


@link_blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> Response:
    words = (
        "Фото слишком большие, или страница открыта давно. Ничего не отправлено: откройте ссылку ещё раз, код тот же."
    )
    return _page("shut", words=words, status=413)


@link_blueprint.after_request
def _keep_to_itself(response: Response) -> Response:
    """Also a page of an error: its address has the key."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def init_app(app: Flask) -> None:
    show_kind(app, NEIGHBOUR, "neighbours/_waiting.html", lambda ids: queries.waiting(list(ids)))
    shown: dict[str, Any] = {"questions_of_card": questions_of_card, "may_ask_outside": _may_ask}
    app.jinja_env.globals.update(shown)
    app.jinja_env.filters["question_state"] = state_words
    app.jinja_env.filters["question_chip"] = chip
    access.csrf.exempt(link_blueprint)  # no log-in: the key, the code and the cookie of this path are what counts
    SENDERS.add(_has_opened)
