"""`/blacklist`: the curator approves what was proposed, changes the term or rejects it with a reason (П.17, Пр.2.6)."""

from collections.abc import Iterable, Iterator
from typing import Any

from flask import Flask, Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now, local_zone
from osm.base.database import db
from osm.base.errors import NotFound, ServiceError, must_exist
from osm.blacklist import queries
from osm.blacklist.acts import bans, entries
from osm.blacklist.acts.rows import KIND, is_for_police, lacks_picture, police_file
from osm.blacklist.queries import Part, Proof, Row, offence_of, past_of, proof_of_comment, proof_of_message, proofs_of
from osm.documents.tables import Cell, Column
from osm.log.acts.record import Reading, record_reading
from osm.log.queries.history import edits_of
from osm.models import Closure, Comment
from osm.people.views import visible_card
from osm.register.views.page import Period, period_of
from osm.regulation import blacklist, words
from osm.regulation.errors import MissingInput, StaleVersion, need
from osm.regulation.words import PRESS_CENTRE, Role
from osm.retention.acts.office import hold_for_police
from osm.shell.access import Screens, me
from osm.shell.filters import counted, local, network_label, span_asked, time_tag
from osm.shell.form_values import Form, Typed, seen_rows, text
from osm.shell.frame.nav import Asked, count_at
from osm.shell.requests import DOCX, see_other, sent_file, table_file
from osm.shell.run_act import PageActs, who
from osm.shell.turns import costly

# --- Words, columns and choices of the black list's screens
TERMS = tuple(blacklist.BanTerm.labels().items())

COLUMNS = (
    Column("№", 6), Column("Предложено", 17), Column("Кто предложил", 20), Column("Соцсеть", 13), Column("Автор", 22),
    Column("Профиль", 30), Column("Основание", 26), Column("Пункт", 22), Column("Текст", 48), Column("Срок", 12),
    Column("Состояние", 22), Column("Решено", 17), Column("Кто решил", 20), Column("Причина решения", 26),
    Column("Блокировка с", 17), Column("До", 17), Column("Снято", 17), Column("Причина снятия", 26),
)  # fmt: skip


def cells(rows: Iterable[Row]) -> Iterator[tuple[Cell, ...]]:
    """In the order of COLUMNS."""
    for row in rows:
        yield (
            row.id, row.proposed_at, row.proposed_by, network_label(row.network), row.author_name or "имя неизвестно",
            row.author_url, ground_of(row), clause_of(row), row.text, row.term.label,
            row.state.label, row.decided_at, row.decided_by, row.decision_reason, row.applied_at,
            row.expires_at, row.lifted_at, row.lift_reason,
        )  # fmt: skip


def ground_of(row: Row | Proof) -> str:
    return blacklist.list_ground(row.ground, of_messages=row.of_messages, of_comments=row.of_comments)


def clause_of(row: Row | Proof) -> str:
    """«п. 17», «п. 2.6 Порядка»."""
    return words.clause_words(
        blacklist.list_clause(row.ground, of_messages=row.of_messages, of_comments=row.of_comments)
    )


def until_words(row: Row, *, printed: bool = False) -> str:
    """«до 02.12 10:00», printed with the year; «навсегда»; before the ban «неделя»."""
    if row.applied_at is None or row.expires_at is None:
        return str(row.term.label)
    return f"до {local(row.expires_at):%d.%m.%Y %H:%M}" if printed else time_tag(row.expires_at, "до")


def suggested_term(offence: Any) -> blacklist.BanTerm:
    """The term in the table for this author and ground."""
    now = local(current_now())
    return blacklist.proposed_term(
        blacklist.CommentGround(offence.ground), entries.earlier_terms(offence.author_id, now)
    )


# --- `/blacklist`
blacklist_blueprint = Screens("blacklist", __name__, url_prefix="/blacklist")

READERS = (*PRESS_CENTRE, Role.HEAD, Role.AUDITOR)


@blacklist_blueprint.get("", *READERS)
def index() -> ResponseReturnValue:
    asked = request.args.get("part", "")
    part = Part(asked) if asked in set(Part) else Part.PENDING
    record_reading(Reading.BLACKLIST, actor=me(), now=current_now())
    span = span_asked()
    rows = queries.banned_between(span.begin, span.end) if span else queries.rows(part)
    return render_template(
        "blacklist/index.html", parts=Part.labels(), part="" if span else part, rows=rows, counts=queries.counts(),
        span=span,
    )  # fmt: skip


@blacklist_blueprint.post("/approve", Role.CURATOR)
def approve_many() -> ResponseReturnValue:
    """Each ticked proposal with its own term: after mass spam there are dozens alike."""
    try:
        done = entries.approve_several(seen_rows(), **who())
    except (MissingInput, ServiceError) as error:
        flash(f"Ничего не утверждено. {error}", "danger")
    except StaleVersion:
        flash("Ничего не утверждено: одно из предложений изменилось, пока страница была открыта.", "danger")
    else:
        flash(f"Утверждено и внесено в чёрный список: {counted(len(done), 'автор', 'автора', 'авторов')}.", "success")
    return see_other(url_for("blacklist.index"))


@blacklist_blueprint.post("/of-message/<int:message_id>", *PRESS_CENTRE)
def propose(message_id: int) -> ResponseReturnValue:
    """Propose the author of an excluded message from its card; a second press changes nothing here."""
    visible_card(message_id, me())
    offence = offence_of(message_id)
    given: dict[str, Any] = {"term": text("term"), "note": text("note"), "at_once": bool(text("at_once"))}
    offence = need("", offence, "Сообщение сейчас не исключено по пункту 17, или его автор неизвестен.")
    proposal = entries.propose(db.session.get_one(Closure, offence.closure_id), **given, **who())
    notice = "Автор предложен в чёрный список. Решает куратор."
    return see_other(url_for("blacklist.show", proposal_id=proposal.id), notice)


@blacklist_blueprint.get("/<int:proposal_id>", *READERS)
def show(proposal_id: int, typed: Typed | None = None) -> str:
    row = must_exist(queries.row(proposal_id), "Запись")
    record_reading(Reading.BLACKLIST, actor=me(), now=current_now())
    proofs = proofs_of(proposal_id)
    return render_template(
        "blacklist/entry.html", row=row, proofs=proofs,
        police=not me().roles.isdisjoint(PRESS_CENTRE) and is_for_police(proofs), unpictured=lacks_picture(proofs),
        may_attach=not me().roles.isdisjoint(PRESS_CENTRE), past=past_of(row.author_id, proposal_id),
        edits=edits_of(KIND, proposal_id), acting=typed.action if typed else "", form=Form({"term": row.term}, typed),
        empty=Form({"term": row.term}),
    )  # fmt: skip


def _back(proposal_id: int) -> str:
    """The page the form came from: the list or the entry."""
    return url_for("blacklist.index") if text("back") == "list" else url_for("blacklist.show", proposal_id=proposal_id)


ENTRY = PageActs(blueprint=blacklist_blueprint, rule="/<int:proposal_id>", page=show, kind=KIND, there=_back)
ENTRY.post(
    "/approve", entries.approve, "Утверждено: автор внесён в чёрный список.", Role.CURATOR, term=text, reason=text
)
ENTRY.post("/reject", entries.reject, "Предложение отклонено.", Role.CURATOR, reason=text)
ENTRY.post("/term", entries.change_term, "Срок изменён.", Role.CURATOR, endpoint="change_term", term=text, reason=text)
ENTRY.post("/lift", entries.lift, "Автор снят с чёрного списка.", Role.CURATOR, reason=text)
ENTRY.post("/applied", entries.mark_applied, "Отмечено: блокировка в сети поставлена, срок пошёл.", *PRESS_CENTRE)


# --- Print and files
files_blueprint = Screens("blacklist_files", __name__, url_prefix="/blacklist")

LARGEST_PAGE = 2_000


@files_blueprint.get("/journal", *READERS)
@costly
def journal() -> ResponseReturnValue:
    period = _period()
    record_reading(Reading.BLACKLIST, actor=me(), now=current_now())
    return _files_page(period)


@files_blueprint.get("/export.xlsx", *READERS)
@costly
def export() -> ResponseReturnValue:
    period = _period()
    if period.errors:
        return _files_page(period)
    details = {"rows": queries.count_between(period.begin, period.end), "from": period.begin, "to": period.end}
    record_reading(Reading.BLACKLIST_EXPORT, actor=me(), now=current_now(), details=details)
    name = f"Чёрный список {period.first:%Y-%m-%d} {period.last:%Y-%m-%d}"
    rows = cells(queries.rows_between(period.begin, period.end))
    above = [f"Журнал чёрного списка {period.words}"]
    return table_file(name, COLUMNS, rows, sheet="Чёрный список", above=above, head="Журнал чёрного списка")


@files_blueprint.get("/<int:proposal_id>/export.docx", *PRESS_CENTRE)
@costly
def police(proposal_id: int) -> ResponseReturnValue:
    row, proofs = queries.row(proposal_id), proofs_of(proposal_id)
    if row is None or not is_for_police(proofs):
        raise NotFound("Пакет")
    details = {"proposal_id": proposal_id, "rows": len(proofs)}
    record_reading(Reading.POLICE_FILE, actor=me(), now=current_now(), details=details)
    named = [(KIND, proposal_id), *(("message", one.message_id) for one in proofs if one.message_id)]
    named += [("comment", one.comment_id) for one in proofs if one.comment_id]
    return _police(row, proofs, named, row.network, str(proposal_id))


@files_blueprint.get("/of-message/<int:message_id>/export.docx", *PRESS_CENTRE)
@costly
def police_of_message(message_id: int) -> ResponseReturnValue:
    """An excluded threat can go to the police even if its author is not proposed."""
    card = visible_card(message_id, me())
    proof = proof_of_message(message_id)
    if proof is None or not is_for_police([proof]):
        raise NotFound("Пакет")
    record_reading(Reading.POLICE_FILE, actor=me(), now=current_now(), message_id=message_id)
    return _police(None, [proof], [("message", message_id)], card.network, card.number)


@files_blueprint.get("/of-comment/<int:comment_id>/export.docx", *PRESS_CENTRE)
@costly
def police_of_comment(comment_id: int) -> ResponseReturnValue:
    """A threat in a deleted comment, even if its author is not proposed."""
    comment, proof = db.session.get(Comment, comment_id), proof_of_comment(comment_id)
    if comment is None or proof is None or not is_for_police([proof]):
        raise NotFound("Пакет")
    record_reading(Reading.POLICE_FILE, actor=me(), now=current_now(), details={"comment_id": comment_id})
    return _police(None, [proof], [("comment", comment_id)], comment.network, f"комментарий {comment_id}")


def _police(
    row: queries.Row | None, proofs: list[Proof], named: list[tuple[str, int]], network: str, name: str
) -> Response:
    """The file; what is `named` in it is kept until a person lifts the hold."""
    hold_for_police(named, **who())
    made = police_file(row, proofs, network=network_label(network), actor=me(), now=current_now(), zone=local_zone())
    return sent_file(made, f"Пакет для полиции {name}.docx", DOCX)


def _period() -> Period:
    return period_of(request.args, current_now(), local_zone())


def _files_page(period: Period) -> Response:
    count = 0 if period.errors else queries.count_between(period.begin, period.end)
    fits = count <= LARGEST_PAGE
    page = render_template(
        "print/blacklist.html", period=period, count=count, fits=fits,
        rows=queries.rows_between(period.begin, period.end) if count and fits else (),
    )  # fmt: skip
    return make_response(page, 422 if period.errors else 200)


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(list_ground_label=ground_of, list_clause=clause_of, until_words=until_words)
    app.jinja_env.globals.update(
        blacklist_offence=offence_of, blacklist_terms=TERMS, blacklist_suggested=suggested_term,
        blacklist_at_once=bans.may_ban_at_once, term_note=blacklist.term_note, ban_note=blacklist.ban_note,
    )  # fmt: skip
    count_at(app, "/blacklist", lambda user, _now: Asked((queries.NUMBER_WAITING,)) if user.has(Role.CURATOR) else 0)
