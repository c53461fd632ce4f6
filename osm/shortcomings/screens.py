"""П.19: shortcomings with cause, objection and decision, entry from the card; memos with readers and decisions."""

from collections.abc import Callable, Collection
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from flask import Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from osm.base.application import current_now
from osm.base.errors import NotFound, must_exist
from osm.documents.sheet import FIELDS
from osm.files.views import uploads
from osm.flow.acts.clocks import in_force
from osm.flow.queries.clocks import summary
from osm.inbox.queries.news import MEMO, SHORTCOMING
from osm.inbox.views.rows import show_kind
from osm.messages.queries.parts import Card
from osm.models import InstructionKind, Memo, Shortcoming
from osm.people import views as roster
from osm.people.queries.absences import head_on
from osm.people.queries.people import leaders
from osm.people.views import heads, roster_today
from osm.regulation.control import SHORTCOMING_CLAUSES, Cause, Waiver
from osm.regulation.words import PRESS_CENTRE, Role
from osm.shell import requests
from osm.shell.access import Screens, me
from osm.shell.filters import day_of, local
from osm.shell.form_values import Typed, asked_id, moment, number, seen_rows, text
from osm.shell.requests import DOCX, see_other, sent_file
from osm.shell.run_act import EDIT_REFUSED, PageActs, run_act
from osm.shell.turns import costly
from osm.shortcomings.acts import memos as acts_memos
from osm.shortcomings.acts import shortcomings
from osm.shortcomings.queries import memos
from osm.shortcomings.queries import shortcomings as queries_shortcomings
from osm.shortcomings.queries.memos import MemoRow, content_of, departments_in, view
from osm.shortcomings.queries.shortcomings import Duty, Filter, Waits, Wanted, may_enter, waiting
from osm.urgent.acts.instructions import Order
from osm.urgent.queries.instructions import addressees

blueprint = Screens("shortcomings", __name__)
READERS = (Role.CURATOR, Role.EXECUTOR, Role.MODERATOR, Role.HEAD, Role.AUDITOR)
WORKERS = (Role.CURATOR, Role.EXECUTOR, Role.MODERATOR)
DECIDERS = (Role.CURATOR, Role.HEAD)


@blueprint.post("/reports/shortcomings/explain", *WORKERS)
def explain_many() -> ResponseReturnValue:
    words = ("Причина записана", "Не записано")
    return _run_many(shortcomings.explain_many, words, cause=text("cause"), words=text("words"))


@blueprint.post("/reports/shortcomings/confirm", *DECIDERS)
def confirm_many() -> ResponseReturnValue:
    return _run_many(shortcomings.confirm_many, ("Подтверждено", "Не подтверждено"), reason=text("why"))


@blueprint.post("/reports/shortcomings/waive", *DECIDERS)
def waive_many() -> ResponseReturnValue:
    words = ("Снято", "Не снято")
    return _run_many(shortcomings.waive_many, words, waiver=text("waiver"), reason=text("reason"))


@blueprint.get("/reports/outages", *PRESS_CENTRE, Role.HEAD, Role.AUDITOR)
def outages() -> ResponseReturnValue:
    return render_template("control/outages.html", rows=memos.outages(current_now()))


@blueprint.post("/messages/<int:message_id>/shortcoming", *DECIDERS)
def enter(message_id: int) -> ResponseReturnValue:
    def act(**who: Any) -> Any:
        return shortcomings.enter(
            message_id, kind=text("kind"), person_id=number("person_id"), day=day_of(text("day")), words=text("words"),
            **who,
        )  # fmt: skip

    return run_act(
        act,
        partial(entry_page, message_id),
        lambda row: requests.see_other(
            url_for("shortcomings.show", shortcoming_id=row.id), "Внесено. Причину спросим."
        ),
        refused=EDIT_REFUSED,
    )


@blueprint.get("/reports/shortcomings", *READERS, endpoint="index")
def list_page(typed: Typed | None = None) -> str:
    """The list by the filters of the address; `typed`: an act on many that was refused."""
    person = me()
    default = Filter.OPEN if person.has(*DECIDERS) else Filter.MINE
    wanted = Wanted(
        next((one for one in Filter if one == request.args.get("show")), default),
        asked_id("department"),
        _midnight("from"),
        _midnight("to", days=1),
    )
    rows, total = queries_shortcomings.listed(person, wanted)
    return render_template(
        "control/shortcomings/index.html", rows=rows, total=total, wanted=wanted, typed=typed, waivers=Waiver.labels(),
        filters=Filter.labels() if person.has(*DECIDERS) else {}, departments=queries_shortcomings.departments_of(),
        asked=_asked(), may_decide=wanted.show is Filter.DECIDE and rows, causes=Cause.labels(),
        may_explain=wanted.show is Filter.MINE and person.has(*WORKERS) and any(row.is_open for row in rows),
    )  # fmt: skip


@blueprint.get("/reports/shortcomings/<int:shortcoming_id>", *READERS, endpoint="show")
def shortcoming_page(shortcoming_id: int, typed: Typed | None = None) -> str:
    """One of them; `typed`: a form of it that was refused."""
    person = me()
    row = must_exist(queries_shortcomings.one(shortcoming_id, person), "Недостаток")
    occasion = memos.occasion_of(row, current_now()) if row.is_open else None
    return render_template(
        "control/shortcomings/shortcoming.html", row=row, typed=typed, chain=queries_shortcomings.chain(row),
        causes=Cause.labels(), occasion=occasion, back=_way_back(row), waivers=Waiver.labels(),
        is_mine=row.is_open and row.person_id == person.id,
        may_decide=row.is_open and queries_shortcomings.is_decided_by(row.id, person),
    )  # fmt: skip


@blueprint.get("/messages/<int:message_id>/shortcoming", *DECIDERS, endpoint="new")
def entry_page(message_id: int, typed: Typed | None = None) -> str:
    if not may_enter(me()):
        raise NotFound("Недостаток")
    return render_template(
        "control/shortcomings/new.html",
        card=roster.visible_card(message_id, me()),
        typed=typed,
        kinds=[(code, code.label) for code in SHORTCOMING_CLAUSES],
        people=queries_shortcomings.responsible_people(),
    )


def _run_many(
    service: Callable[..., shortcomings.Counts], notice: tuple[str, str], /, **given: Any
) -> ResponseReturnValue:
    """Run it on the ticked rows of the list, or on those with the occasion that the page of one shows (`shown`)."""
    shown, only = number("shown"), number("only")
    rows = [row for row in seen_rows() if only in (None, row[0])]

    def done(counts: shortcomings.Counts) -> ResponseReturnValue:
        count, left = counts
        words = f"{notice[0]}: {count}."
        words += f" {notice[1]}: {left}, их изменили, решили, или на возражение не отвечено." if left else ""
        there = _next(shown) if shown else url_for("shortcomings.index", **_asked())
        return requests.see_other(there, words, "warning" if left else "success")

    again = partial(shortcoming_page, shown) if shown else list_page
    action = (request.endpoint or "").removeprefix("shortcomings.").removesuffix("_many")
    return run_act(partial(service, rows, **given), again, done, action=action, refused=EDIT_REFUSED)


def _asked(came: str = "") -> dict[str, Any]:
    """Filters in the address; `came`: what else its `from` is."""
    found = {name: request.args[name] for name in ("show", "department", "from", "to") if request.args.get(name)}
    return found | ({"from": came} if came else {})


def _midnight(name: str, days: int = 0) -> datetime | None:
    """The beginning of the day in the address, plus `days`."""
    day = day_of(request.args.get(name, ""))
    return datetime.combine(day + timedelta(days), time(), in_force().calendar.tz) if day else None


def _next(shortcoming_id: int) -> str:
    """Back to «Ждёт меня», if the person came from there."""
    came = text("from")
    return "/" if came == "inbox" else url_for("shortcomings.show", shortcoming_id=shortcoming_id, **_asked(came))


ONE = PageActs(
    blueprint=blueprint, rule="/reports/shortcomings/<int:shortcoming_id>", page=shortcoming_page, there=_next,
    known=lambda shortcoming_id: must_exist(queries_shortcomings.one(shortcoming_id, me()), "Недостаток"),
)  # fmt: skip
ONE.post("/explain", shortcomings.explain, "Причина записана.", *WORKERS, cause=text, words=text)
ONE.post(
    "/object", shortcomings.object_to, "Возражение записано: его прочтёт тот, кто решает.", *WORKERS,
    endpoint="object_to", objection=text,
)  # fmt: skip
ONE.post("/confirm", shortcomings.confirm, "Недостаток подтверждён.", *DECIDERS, reason=text)
ONE.post("/waive", shortcomings.waive, "Снято.", *DECIDERS, waiver=text, reason=text)


def _way_back(row: Shortcoming) -> tuple[str, str]:
    """Address and words: where the person came from, else the list with its filters."""
    came = request.values.get("from", "")
    if came == "inbox":
        return "/", "Ждёт меня"
    if came == "card":
        return url_for("card.show", message_id=row.message_id), f"Карточка № {row.message.number}"
    if came == "memo" and row.memo:
        return url_for("memos.show", memo_id=row.memo_id), f"Записка № {row.memo.number}"
    return url_for("shortcomings.index", **_asked()), "Недостатки"


def shortcomings_of(card: Card) -> list[Shortcoming]:
    return queries_shortcomings.of_message(card.id, current_user) if "shortcoming" in card.rows_in else []


def _waiting(kind: int, _ids: Collection[int]) -> list[Waits]:
    of_messages = {Duty.EXPLAIN, Duty.DECIDE}
    return [row for row in waiting(me()) if (row.duty in of_messages) == (kind == SHORTCOMING)]


def init_app(app: Flask) -> None:
    for kind in (SHORTCOMING, MEMO):
        show_kind(app, kind, "control/shortcomings/_waiting.html", partial(_waiting, kind), "object_id")
    app.add_template_global(shortcomings_of)
    app.add_template_filter(summary)
    app.add_template_global(lambda: may_enter(current_user), "may_enter_shortcoming")


register = Screens("memos", __name__, url_prefix="/reports/memos")
MEMO_READERS = (Role.CURATOR, Role.HEAD)
_DAY = "%d.%m.%Y"


@register.get("/<int:memo_id>/export.docx", *MEMO_READERS)
@costly
def download(memo_id: int) -> ResponseReturnValue:
    memo = _row(memo_id).memo
    return sent_file(acts_memos.document(_values(memo)), f"Служебная записка {memo.number or 'проект'}.docx", DOCX)


@register.post("/<int:memo_id>/seen", Role.HEAD)
def seen(memo_id: int) -> ResponseReturnValue:
    acts_memos.mark_seen(memo_id, actor=me(), now=current_now())
    return see_other(url_for("memos.show", memo_id=memo_id), "Отмечено: вы ознакомились.")


@register.post("/<int:memo_id>/decide", *MEMO_READERS)
def decide(memo_id: int) -> ResponseReturnValue:
    def act(**who: Any) -> Any:
        kind = InstructionKind.MEASURE if text("kind") == InstructionKind.MEASURE else InstructionKind.TASK
        order = Order(text("text"), number("to_id"), moment("due_at"), kind)
        return acts_memos.decide(memo_id, order, said_by_id=number("said_by_id"), **who)

    _row(memo_id)
    done = lambda _: see_other(url_for("memos.show", memo_id=memo_id), "Решение записано и стоит на контроле.")  # noqa: E731
    return run_act(act, partial(memo_page, memo_id), done, action="decide", refused=EDIT_REFUSED)


@register.get("/template/export.docx", Role.CURATOR)
@costly
def template_file() -> ResponseReturnValue:
    return sent_file(acts_memos.template(), "Шаблон служебной записки.docx", DOCX)


@register.post("/template", Role.CURATOR)
@costly
def put_template() -> ResponseReturnValue:
    act = partial(acts_memos.put_template, next(iter(uploads("template")), None))
    done = lambda _: see_other(url_for("memos.template"), "Шаблон проверен и принят: записки теперь по нему.")  # noqa: E731
    return run_act(act, template_page, done, action="template", refused=EDIT_REFUSED)


@register.post("/template/remove", Role.CURATOR)
def remove_template() -> ResponseReturnValue:
    acts_memos.remove_template(actor=me(), now=current_now())
    return see_other(url_for("memos.template"), "Снова шаблон программы.")


@register.get("", *MEMO_READERS, endpoint="index")
def register_page(typed: Typed | None = None) -> str:
    rows = memos.listed(me(), heads=heads(me()))
    return render_template("control/memos/index.html", rows=rows, typed=typed, prepares=_prepares())


MEMOS = PageActs(blueprint=register, page=register_page, there=lambda memo: url_for("memos.show", memo_id=memo.id))
MEMOS.post(
    "", acts_memos.prepare, "Черновик готов. Проверьте и отправьте.", *MEMO_READERS, endpoint="prepare",
    first_day=lambda name: day_of(text(name)), last_day=lambda name: day_of(text(name)),
)  # fmt: skip


@register.get("/<int:memo_id>", *MEMO_READERS, endpoint="show")
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


@register.get("/template", Role.CURATOR, endpoint="template")
def template_page(typed: Typed | None = None) -> str:
    stored = acts_memos.stored_template()
    return render_template("control/memos/template.html", stored=stored, fields=FIELDS, typed=typed)


def _row(memo_id: int) -> MemoRow:
    return must_exist(memos.one(memo_id, me(), heads=heads(me())), "Служебная записка")


MEMO_ACTS = PageActs(blueprint=register, rule="/<int:memo_id>", page=memo_page)
MEMO_ACTS.post("/proposals", acts_memos.save_proposals, "Сохранено.", *MEMO_READERS, endpoint="save", proposals=text)
MEMO_ACTS.post("/send", acts_memos.send, "Записка отправлена, она стоит в «Ждёт меня» у руководителей.", *MEMO_READERS)
MEMO_ACTS.post(
    "/discard", acts_memos.discard, lambda _: see_other(url_for("memos.index"), "Черновик удалён."), *MEMO_READERS
)


def _content(memo: Memo) -> dict[str, Any]:
    """The contents as sent; of a draft, as this person would send them now."""
    by = {memo.prepared_by_id, me().id}
    return memo.content or content_of(memo.last_day, in_force().calendar.tz, acts_memos.moment_words, by)


def _seen_by(memo: Memo) -> dict[str, Any]:
    """All of it for those who prepare memos; for a reader the part that concerns him."""
    reader = memo.reader(me().id)
    everything = reader is None or _prepares()
    return view(_content(memo), None if everything else reader.departments)  # type: ignore[union-attr]


def _prepares() -> bool:
    return memos.prepares(me(), heads=heads(me()))


def _will_read(memo: Memo) -> list[str]:
    """The future readers of a draft, by post and name."""
    if memo.is_sent:
        return []
    head = head_on(roster_today())
    people = acts_memos.readers_of(departments_in(_content(memo)), leaders(), head.id if head else None)
    return [f"{leader.post.label}: {leader.name}" for leader, _ in people]


def _values(memo: Memo) -> dict[str, Any]:
    return {
        **_seen_by(memo),
        "number": memo.number or "проект",
        "date": f"{local(memo.sent_at or current_now()):{_DAY}}",
        "first_day": f"{memo.first_day:{_DAY}}",
        "last_day": f"{memo.last_day:{_DAY}}",
        "readers": [{"post": one.post.label, "name": one.user.name} for one in memo.readers],
        "proposals": memo.proposals.splitlines(),
        "sent_by": memo.sent_by.name if memo.sent_by else me().name,
    }
