"""«Служебные записки» (П.19): the register, one memo on screen and as DOCX, its readers and decisions, its template."""

from functools import partial
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.base.errors import must_exist
from osm.documents.memo import FIELDS
from osm.files.views import uploads
from osm.flow.acts.clocks import in_force
from osm.models import InstructionKind, Memo
from osm.people.queries.absences import head_on
from osm.people.queries.people import leaders
from osm.people.views import heads, roster_today
from osm.regulation.words import POST_LABELS, Role
from osm.shell.access import Screens, me
from osm.shell.filters import day_of, local
from osm.shell.form_values import Typed, moment, number, text
from osm.shell.requests import DOCX, see_other, sent_file
from osm.shell.run_act import EDIT_REFUSED, PageActs, run_act
from osm.shell.turns import costly
from osm.shortcomings.acts import memos
from osm.shortcomings.queries import memos as queries_memos
from osm.shortcomings.queries.memos import MemoRow, content_of, departments_in, view
from osm.urgent.acts.instructions import Order
from osm.urgent.queries.instructions import addressees

blueprint = Screens("memos", __name__, url_prefix="/reports/memos")
READERS = (Role.CURATOR, Role.HEAD)
_DAY = "%d.%m.%Y"


@blueprint.get("/<int:memo_id>/export.docx", *READERS)
@costly
def download(memo_id: int) -> ResponseReturnValue:
    memo = _row(memo_id).memo
    return sent_file(memos.document(_values(memo)), f"Служебная записка {memo.number or 'проект'}.docx", DOCX)


@blueprint.post("/<int:memo_id>/seen", Role.HEAD)
def seen(memo_id: int) -> ResponseReturnValue:
    memos.mark_seen(memo_id, actor=me(), now=current_now())
    return see_other(url_for("memos.show", memo_id=memo_id), "Отмечено: вы ознакомились.")


@blueprint.post("/<int:memo_id>/decide", *READERS)
def decide(memo_id: int) -> ResponseReturnValue:
    def act(**who: Any) -> Any:
        kind = InstructionKind.MEASURE if text("kind") == InstructionKind.MEASURE else InstructionKind.TASK
        order = Order(text("text"), number("to_id"), moment("due_at"), kind)
        return memos.decide(memo_id, order, said_by_id=number("said_by_id"), **who)

    _row(memo_id)
    done = lambda _: see_other(url_for("memos.show", memo_id=memo_id), "Решение записано и стоит на контроле.")  # noqa: E731
    return run_act(act, partial(memo_page, memo_id), done, action="decide", refused=EDIT_REFUSED)


@blueprint.get("/template/export.docx", Role.CURATOR)
@costly
def template_file() -> ResponseReturnValue:
    return sent_file(memos.template(), "Шаблон служебной записки.docx", DOCX)


@blueprint.post("/template", Role.CURATOR)
@costly
def put_template() -> ResponseReturnValue:
    act = partial(memos.put_template, next(iter(uploads("template")), None))
    done = lambda _: see_other(url_for("memos.template"), "Шаблон проверен и принят: записки теперь по нему.")  # noqa: E731
    return run_act(act, template_page, done, action="template", refused=EDIT_REFUSED)


@blueprint.post("/template/remove", Role.CURATOR)
def remove_template() -> ResponseReturnValue:
    memos.remove_template(actor=me(), now=current_now())
    return see_other(url_for("memos.template"), "Снова шаблон программы.")


@blueprint.get("", *READERS, endpoint="index")
def register_page(typed: Typed | None = None) -> str:
    rows = queries_memos.listed(me(), heads=heads(me()))
    return render_template("control/memos/index.html", rows=rows, typed=typed, prepares=_prepares())


MEMOS = PageActs(blueprint=blueprint, page=register_page, there=lambda memo: url_for("memos.show", memo_id=memo.id))
MEMOS.post(
    "", memos.prepare, "Черновик готов. Проверьте и отправьте.", *READERS, endpoint="prepare",
    first_day=lambda name: day_of(text(name)), last_day=lambda name: day_of(text(name)),
)  # fmt: skip


@blueprint.get("/<int:memo_id>", *READERS, endpoint="show")
def memo_page(memo_id: int, typed: Typed | None = None) -> str:
    """One memo as this person may read it; `typed`: a form of it that was refused."""
    row, person = _row(memo_id), me()
    reader = row.memo.reader(person.id)
    is_decided_here = row.memo.is_sent and (reader is not None or person.has(Role.CURATOR))
    return render_template(
        "control/memos/memo.html", row=row.memo, decisions=row.decisions, memo=_seen_by(row.memo), reader=reader,
        typed=typed, will_read=_will_read(row.memo), people=addressees() if is_decided_here else [],
        leaders=[] if reader else [(one.user_id, one.user.name) for one in row.memo.readers],
    )  # fmt: skip


@blueprint.get("/template", Role.CURATOR, endpoint="template")
def template_page(typed: Typed | None = None) -> str:
    stored = memos.stored_template()
    return render_template("control/memos/template.html", stored=stored, fields=FIELDS, typed=typed)


def _row(memo_id: int) -> MemoRow:
    return must_exist(queries_memos.one(memo_id, me(), heads=heads(me())), "Служебная записка")


MEMO_ACTS = PageActs(blueprint=blueprint, rule="/<int:memo_id>", page=memo_page)
MEMO_ACTS.post("/proposals", memos.save_proposals, "Сохранено.", *READERS, endpoint="save", proposals=text)
MEMO_ACTS.post("/send", memos.send, "Записка отправлена, она стоит в «Ждёт меня» у руководителей.", *READERS)
MEMO_ACTS.post("/discard", memos.discard, lambda _: see_other(url_for("memos.index"), "Черновик удалён."), *READERS)


def _content(memo: Memo) -> dict[str, Any]:
    """The contents as sent; of a draft, as this person would send them now."""
    by = {memo.prepared_by_id, me().id}
    return memo.content or content_of(memo.last_day, in_force().calendar.tz, memos.moment_words, by)


def _seen_by(memo: Memo) -> dict[str, Any]:
    """All of it for those who prepare memos; for a reader the part that concerns him."""
    reader = memo.reader(me().id)
    everything = reader is None or _prepares()
    return view(_content(memo), None if everything else reader.departments)  # type: ignore[union-attr]


def _prepares() -> bool:
    return queries_memos.prepares(me(), heads=heads(me()))


def _will_read(memo: Memo) -> list[str]:
    """The future readers of a draft, by post and name."""
    if memo.is_sent:
        return []
    head = head_on(roster_today())
    people = memos.readers_of(departments_in(_content(memo)), leaders(), head.id if head else None)
    return [f"{POST_LABELS[leader.post]}: {leader.name}" for leader, _ in people]


def _values(memo: Memo) -> dict[str, Any]:
    return {
        **_seen_by(memo),
        "number": memo.number or "проект",
        "date": f"{local(memo.sent_at or current_now()):{_DAY}}",
        "first_day": f"{memo.first_day:{_DAY}}",
        "last_day": f"{memo.last_day:{_DAY}}",
        "readers": [{"post": POST_LABELS[one.post], "name": one.user.name} for one in memo.readers],
        "proposals": memo.proposals.splitlines(),
        "sent_by": memo.sent_by.name if memo.sent_by else me().name,
    }
