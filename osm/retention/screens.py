"""«Сроки хранения»: terms, legal holds, the first run and the acts of all runs."""

from collections.abc import Callable
from functools import partial

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.base.database import db
from osm.base.errors import NotFound, must_exist
from osm.log.acts.record import Reading, record_reading
from osm.models import PurgeRun, SubjectRequest
from osm.regulation.words import Role
from osm.retention import queries
from osm.retention.acts import office, purge
from osm.retention.rules import SUBJECT_LABELS, TERMS, Asked, HoldGround, Kept
from osm.retention.views import EXTRACT, act_file, answer_file, extract_rows
from osm.shell.access import Screens, me
from osm.shell.form_values import Form, Typed, is_set, number, text
from osm.shell.requests import DOCX, see_other, sent_file, table_file
from osm.shell.run_act import EDIT_REFUSED, PageActs, press, run_act
from osm.shell.turns import costly

blueprint = Screens("retention", __name__, url_prefix="/admin/keeping")

SUBJECTS = tuple((one, SUBJECT_LABELS[one]) for one in ("message", "portal_message", "comment", "blacklist_proposal"))
GROUNDS = tuple((ground.value, ground.label) for ground in HoldGround)


@blueprint.get("", Role.ADMIN)
def index() -> ResponseReturnValue:
    return _page()


@blueprint.post("/terms", Role.ADMIN)
def change() -> ResponseReturnValue:
    return run_act(
        partial(office.change_terms, {kept: number(kept) for kept in Kept}),
        _page,
        lambda changed: see_other(url_for("retention.index"), "Сохранено." if changed else "Ничего не изменилось."),
        action="terms",
        refused=EDIT_REFUSED,
    )


@blueprint.post("/holds/<int:hold_id>/lift", Role.ADMIN)
def lift(hold_id: int) -> ResponseReturnValue:
    return press(partial(office.lift_hold, hold_id), url_for("retention.index"), lambda _: "Запрет снят.")


@blueprint.post("/run", Role.ADMIN)
def run() -> ResponseReturnValue:
    begun = "Уничтожение начато, его ведёт фоновая программа. Когда она закончит, здесь появится акт."
    return press(purge.order, url_for("retention.index"), lambda _: begun)


@blueprint.get("/runs/<int:run_id>/act.docx", Role.ADMIN)
def act(run_id: int) -> ResponseReturnValue:
    return sent_file(act_file(_ended(run_id)), f"act-{run_id}.docx", DOCX)


@blueprint.get("/runs/<int:run_id>/log.xlsx", Role.ADMIN)
@costly
def extract(run_id: int) -> ResponseReturnValue:
    return table_file(f"log-{run_id}", EXTRACT, extract_rows(_ended(run_id)), sheet="Выгрузка")


# --- Requests of people
@blueprint.get("/requests", Role.ADMIN)
def requests_index() -> ResponseReturnValue:
    return _requests_page()


@blueprint.get("/requests/<int:request_id>", Role.ADMIN)
def request_show(request_id: int) -> ResponseReturnValue:
    _note_reading(request_id)
    return _request_page(request_id)


@blueprint.post("/requests/<int:request_id>/answer", Role.ADMIN)
def answer_request(request_id: int) -> ResponseReturnValue:
    return _close(request_id, partial(office.answer_request, request_id, identity=text("identity")))


@blueprint.post("/requests/<int:request_id>/refuse", Role.ADMIN)
def refuse_request(request_id: int) -> ResponseReturnValue:
    return _close(request_id, partial(office.refuse_request, request_id, reason=text("reason")))


@blueprint.get("/requests/<int:request_id>/answer.docx", Role.ADMIN)
def request_answer(request_id: int) -> ResponseReturnValue:
    _note_reading(request_id)
    row = db.session.get_one(SubjectRequest, request_id)
    if row.closed_at is None:
        raise NotFound("Ответ")
    return sent_file(answer_file(row), f"answer-{request_id}.docx", DOCX)


def _note_reading(request_id: int) -> None:
    must_exist(db.session.get(SubjectRequest, request_id), "Запись")
    record_reading(Reading.SUBJECT_REQUEST, actor=me(), now=current_now(), details={"request": request_id})


def _close(request_id: int, act: Callable[..., SubjectRequest]) -> ResponseReturnValue:
    return run_act(
        act,
        partial(_request_page, request_id),
        lambda _: see_other(url_for("retention.request_show", request_id=request_id), "Готово, ответ можно скачать."),
        refused=EDIT_REFUSED,
    )


def _requests_page(typed: Typed | None = None) -> str:
    asked = tuple((one.value, one.label) for one in Asked)
    return render_template(
        "retention/requests.html", rows=queries.requests(), asked=asked, form=Form({"asks": "access"}, typed),
    )  # fmt: skip


def _request_page(request_id: int, typed: Typed | None = None) -> str:
    row = must_exist(db.session.get(SubjectRequest, request_id), "Запись")
    return render_template(
        "retention/request.html", row=row, held=queries.held_of(row), form=Form({}, typed),
        run=queries.run_of(request_id),
    )  # fmt: skip


def _ended(run_id: int) -> PurgeRun:
    row = db.session.get(PurgeRun, run_id)
    if row is None or row.ended_at is None:
        raise NotFound("Акт")
    return row


def _page(typed: Typed | None = None) -> str:
    days = {kept.value: str(number) for kept, number in queries.terms().items()}
    due = queries.due_counts(current_now())
    return render_template(
        "retention/index.html", terms=[(kept.value, term, due.get(kept, 0)) for kept, term in TERMS.items()],
        form=Form(days, typed if typed and typed.action == "terms" else None),
        hold_form=Form({"subject": "message"}, typed if typed and typed.action == "hold" else None),
        total=sum(due.values()), is_agreed=queries.is_agreed(), is_working=queries.open_run() is not None,
        holds=queries.holds_with_names(), runs=queries.runs(), subjects=SUBJECTS, grounds=GROUNDS,
        subject_labels=SUBJECT_LABELS,
    )  # fmt: skip


LISTS = PageActs(blueprint=blueprint, page=_page)
LISTS.post(
    "/holds", office.set_hold, "Запрещено уничтожать, пока вы не снимете запрет.", Role.ADMIN, endpoint="hold",
    subject=text, number=text, with_author=is_set, ground=text, document=text,
)  # fmt: skip
REQUESTS = PageActs(
    blueprint=blueprint, page=_requests_page, there=lambda row: url_for("retention.request_show", request_id=row.id)
)
REQUESTS.post(
    "/requests", office.enter_request, "Записано.", Role.ADMIN, endpoint="enter_request", asks=text, name=text,
    profile=text,
)  # fmt: skip
