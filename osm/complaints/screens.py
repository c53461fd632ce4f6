"""Complaints about a deletion or a ban: the list, one with its evidence, decision and log; entered and reviewed."""

from collections.abc import Sequence
from datetime import datetime

from flask import Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now, local_zone
from osm.base.database import db
from osm.base.errors import must_exist
from osm.base.numbers import whole
from osm.blacklist.queries import proofs_of
from osm.check.queries import Checked, Found
from osm.comments.queries.comments import CommentRow
from osm.complaints import acts, queries
from osm.files import queries as files_queries
from osm.flow.acts.clocks import in_force
from osm.inbox.queries.news import COMPLAINT
from osm.inbox.views.rows import show_kind
from osm.log.queries import objects, page
from osm.messages.queries.parts import Card
from osm.models import BlacklistProposal, Comment, Complaint, Decision, Message
from osm.people import views as roster
from osm.regulation.blacklist import IN_FORCE, REVIEWERS, CommentState
from osm.regulation.parameters import Unit
from osm.regulation.urgency import urgency
from osm.regulation.words import PRESS_CENTRE, Ground, Role
from osm.shell import filters
from osm.shell.access import Screens, me
from osm.shell.filters import Chip
from osm.shell.form_values import Form, Typed, asked_id, is_set, text
from osm.shell.run_act import PageActs

blueprint = Screens("complaints", __name__, url_prefix="/complaints")

READERS = (*PRESS_CENTRE, Role.HEAD, Role.AUDITOR)


@blueprint.get("", *READERS)
def index() -> ResponseReturnValue:
    return render_template("comments/complaints/index.html", rows=queries.journal())


@blueprint.get("/new", *PRESS_CENTRE)
def new(typed: Typed | None = None) -> str:
    """Opened from a deleted comment, a ban, or the message with the complaint."""
    about = typed.values.get("about", "") if typed else ""
    chosen, message_id = _about(about), asked_id("message")
    comment = db.session.get(Comment, asked_id("comment") or chosen.comment_id or 0)
    ban = db.session.get(BlacklistProposal, asked_id("ban") or chosen.proposal_id or 0)
    message = None
    if message_id:
        roster.visible_card(message_id, me())
        message = db.session.get(Message, message_id)
    deleted, bans = ([comment] if comment else []), ([ban] if ban else [])
    if message is not None:
        deleted, bans = queries.decisions_on(message.author_id)
    return render_template(
        "comments/complaints/new.html", deleted=deleted, bans=bans, message=message, about=about,
        form=Form({"number": message.number if message else ""}, typed), asked=request.query_string.decode(),
    )  # fmt: skip


@blueprint.get("/<int:complaint_id>", *READERS)
def show(complaint_id: int, typed: Typed | None = None) -> str:
    row = must_exist(queries.complaint(complaint_id), "Жалоба")
    person, ban = me(), row.proposal or queries.ban_of_comment(row.comment_id)
    zone = local_zone()
    shots = files_queries.of_comments([row.comment_id]) if row.comment_id else {}
    return render_template(
        "comments/complaints/complaint.html", row=row, ban=ban, checked=_checked(row), form=Form({}, typed),
        proofs=proofs_of(row.proposal_id) if row.proposal_id else [], shots_kept=shots.get(row.comment_id or 0, ()),
        log=page.log_of(queries.objects_of(row, ban), objects.in_full(zone)), outcomes=acts.outcomes_of(row),
        is_mine=row.decider_id == person.id or person.has(*REVIEWERS), may_review=queries.may_review(row.id, person),
        must_unban=ban is not None and ban.state in IN_FORCE,
    )  # fmt: skip


PageActs(blueprint=blueprint, rule="/<int:complaint_id>", page=show, kind=acts.KIND).post(
    "/review", acts.review, "Рассмотрено. Ответьте заявителю на карточке сообщения.", Role.CURATOR, Role.HEAD,
    outcome=text, reason=text, unban=is_set,
)  # fmt: skip


def _checked(row: Complaint) -> Checked | None:
    if not row.evidence:
        return None
    told = row.evidence["text"]
    findings = tuple(
        Found(fragment=told[one["start"] : one["end"]], **{**one, "category": Ground(one["category"])})
        for one in row.evidence["findings"]
    )
    return Checked(Decision.REVIEW, findings, None, 1)


def _about(typed: str) -> acts.About:
    """«comment:12», «ban:3»; anything else gives an empty About."""
    kind, _, number = typed.partition(":")
    return acts.About(comment_id=whole(number)) if kind == "comment" else acts.About(proposal_id=whole(number))


PageActs(
    blueprint=blueprint, page=new, there=lambda row: url_for("complaints.show", complaint_id=row.id)
).post(
    "", acts.enter, "Жалоба внесена.", *PRESS_CENTRE, endpoint="enter", about=lambda _: _about(text("about")),
    number=text, text=text, author_name=text, author_url=text,
)  # fmt: skip


def complaint_chip(row: Complaint) -> Chip:
    """The office's own term of the review."""
    if row.reviewed_at is not None:
        late = row.due_at is not None and row.reviewed_at > row.due_at
        done = f"рассмотрено {filters.day_and_time(row.reviewed_at)}"
        return Chip("late", f"{done}, позже срока") if late else Chip("met", done)
    told = urgency(row.due_at, current_now(), in_force().calendar, Unit.WORKING_DAYS)
    return Chip(told.level, told.text)


def complaints_of_card(card: Card) -> list[Complaint]:
    """The complaints in this message, for people who may open them; loaded only if there is one."""
    return queries.of_message(card.id) if complaint_in(card) and me().has(*READERS) else []


def complaint_in(card: Card) -> bool:
    return any(one.action == "complaint_entered" for one in card.log)


def complaints_on(rows: Sequence[CommentRow]) -> dict[int, Complaint]:
    """Comment → the latest complaint about its deletion."""
    deleted = [row.id for row in rows if row.comment.state is CommentState.DELETED]
    found = queries.about(comments=deleted) if deleted else []
    return {row.comment_id: row for row in reversed(found) if row.comment_id}


def init_app(app: Flask) -> None:
    show_kind(app, COMPLAINT, "comments/complaints/_waiting.html", lambda _ids: queries.waiting(me().id, me().roles))
    app.jinja_env.filters["complaint_chip"] = complaint_chip
    app.jinja_env.filters["evidence_time"] = lambda told: datetime.fromisoformat(told) if told else None
    app.jinja_env.globals.update(
        complaints_of_card=complaints_of_card, complaints_about=queries.about, complaints_on=complaints_on,
        complaint_in=complaint_in,
    )  # fmt: skip
