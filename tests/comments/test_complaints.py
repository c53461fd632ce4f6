"""A complaint about a deletion or a ban: evidence is kept, another person reviews it within a working day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from osm.base.database import db
from osm.base.errors import NotYours, ServiceError
from osm.base.transaction import transaction
from osm.blacklist.acts import entries
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice
from osm.complaints import acts, queries
from osm.complaints.acts import About
from osm.inbox.queries.inbox import waiting_places
from osm.inbox.queries.news import COMPLAINT
from osm.messages.acts import routing
from osm.models import BlacklistProposal, Comment, Complaint, Event, Message, User, UserRole
from osm.outbox.acts import orders
from osm.people.views import asker_of
from osm.regulation.blacklist import CommentState, ComplaintOutcome, ListState, OutboxKind, OutboxState
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Role
from tests.conftest import MORNING
from tests.office import at
from tests.page_reading import sections, words

from .conftest import NOW, RUDE, SPAM, the
from .deciding import actions, decide

LATER = NOW + timedelta(hours=3)
WHY = "В тексте нет оскорбления: слово сказано не о человеке."


@pytest.fixture
def deleted(office, add) -> Comment:
    (row,) = add(RUDE)
    return decide(office, row, Choice.DELETE, "insult", "грубо")


@pytest.fixture
def banned(office, add) -> BlacklistProposal:
    """Вера proposed him, Анна decided."""
    (row,) = add(SPAM)
    decide(office, row, Choice.BLACKLIST, "spam")
    proposal = db.session.scalars(db.select(BlacklistProposal)).one()
    return entries.approve(proposal.id, proposal.version, actor=office.anna, now=NOW)


def complain(office, about: About, **given) -> Complaint:
    told = {"text": "Верните мой комментарий, я никого не оскорблял", "author_name": "Пётр С.", **given}
    return acts.enter(about, **told, actor=office.vera, now=NOW)


def review(office, row: Complaint, outcome: ComplaintOutcome, who: str = "anna", **given) -> Complaint:
    told = {"reason": WHY, "unban": False, **given}
    return acts.review(row.id, row.version, outcome=outcome, **told, actor=getattr(office, who), now=LATER)


def again(row: Complaint) -> Complaint:
    db.session.rollback()
    return db.session.get_one(Complaint, row.id, populate_existing=True)


def waits_for(app, office, who: str) -> list[int]:
    with app.test_request_context():
        places = waiting_places(asker_of(getattr(office, who), NOW))
    return [place.id for place in places if place.duty == COMPLAINT]


def test_entered_as_a_message_with_the_old_evidence_and_a_working_day(office, deleted):
    row = complain(office, About(comment_id=deleted.id))
    assert row.message.text.startswith("Верните мой комментарий")
    assert row.message.network == "vk"
    assert (row.decider_id, row.decided_at) == (office.vera.id, NOW)
    assert row.evidence["text"] == RUDE
    assert (row.evidence["ground"], row.evidence["reason"]) == ("insult", "грубо")
    assert row.evidence["sha256"] == deleted.evidence_sha256
    assert [one["category"] for one in row.evidence["findings"]] == ["insult"]
    assert row.due_at == at("26.11 18:00")  # Thursday, as П.13 counts days
    event = db.session.scalars(db.select(Event).where(Event.action == "complaint_entered")).one()
    assert (event.message_id, event.clause, event.object_id) == (row.message_id, "Пр.2.6", row.id)


def test_a_term_goes_over_the_week_end(office, deleted):
    row = acts.enter(About(comment_id=deleted.id), text="Верните", actor=office.vera, now=at("27.11 12:00"))
    assert row.due_at == at("30.11 18:00")


def test_a_message_in_the_register_is_linked(office, deleted):
    with pytest.raises(MissingInput, match="номером"):
        complain(office, About(comment_id=deleted.id), number="12-нет", text="")
    message = office.incident("25.11 09:00", text="За что удалили?")
    row = complain(office, About(comment_id=deleted.id), number=f"№ {message.number}", text="")
    assert row.message_id == message.id


def test_a_destroyed_message_is_no_complaint(office, deleted):
    """Its words are gone: nobody could read what the author complains about."""
    message = office.incident("25.11 09:00", text="За что удалили?")
    with transaction():
        message.purged_at = NOW
    with pytest.raises(MissingInput, match="номером"):
        complain(office, About(comment_id=deleted.id), number=message.number, text="")


def test_there_is_one_open_complaint_about_a_decision(office, deleted):
    first = complain(office, About(comment_id=deleted.id))
    with pytest.raises(ServiceError, match=f"№ {first.id}"):
        complain(office, About(comment_id=deleted.id), text="Ещё раз прошу вернуть")
    review(office, first, ComplaintOutcome.UPHELD)
    complain(office, About(comment_id=deleted.id), text="Решение суда: вернуть")


def test_what_was_not_decided_cannot_be_complained_about(office, add):
    (waiting,) = add(RUDE)
    with pytest.raises(ServiceError, match="не удал"):
        complain(office, About(comment_id=waiting.id))


def test_who_may_review_sees_it_waiting_and_the_decider_does_not(app, office, deleted):
    row = complain(office, About(comment_id=deleted.id))
    assert waits_for(app, office, "anna") == waits_for(app, office, "gleb") == [row.id]
    assert waits_for(app, office, "vera") == waits_for(app, office, "boris") == []


def test_of_her_own_ban_the_curator_is_not_asked_and_cannot_decide(app, office, banned):
    row = complain(office, About(proposal_id=banned.id))
    assert (waits_for(app, office, "anna"), waits_for(app, office, "gleb")) == ([], [row.id])
    with pytest.raises(NotYours, match="другой"):
        review(office, row, ComplaintOutcome.UNBANNED)
    assert again(row).outcome is None
    review(office, again(row), ComplaintOutcome.UNBANNED, who="gleb")
    db.session.rollback()
    assert db.session.get_one(BlacklistProposal, banned.id).state is ListState.LIFTED
    assert waits_for(app, office, "gleb") == []


def deleted_again(office, row: Complaint, who: str) -> None:
    """While the complaint is open the deletion is undone, and this person deletes the comment once more."""
    comment = db.session.get_one(Comment, row.comment_id)
    decide(
        office, comments.undo(comment.id, comment.version, actor=office.vera, now=NOW), Choice.DELETE, "insult", who=who
    )


def test_the_curator_approving_the_ban_after_the_complaint_does_not_review_it(app, office, add, monkeypatch):
    at_once = replace(app.extensions["osm"].settings, ban_spam_at_once=True)
    monkeypatch.setattr(app.extensions["osm"], "settings", at_once)
    (row,) = add(SPAM)
    decide(office, row, Choice.BLACKLIST, "spam")
    ban = db.session.scalars(db.select(BlacklistProposal)).one()
    row = complain(office, About(proposal_id=ban.id))
    assert (row.decider_id, waits_for(app, office, "anna")) == (office.vera.id, [row.id])
    entries.approve(ban.id, ban.version, actor=office.anna, now=NOW)
    assert (waits_for(app, office, "anna"), waits_for(app, office, "gleb")) == ([], [row.id])
    with pytest.raises(NotYours, match="другой"):
        review(office, again(row), ComplaintOutcome.UPHELD)
    review(office, again(row), ComplaintOutcome.UPHELD, who="gleb")


def test_a_curator_who_proposed_the_ban_does_not_review_it(app, office, add):
    (row,) = add(SPAM)
    decide(office, row, Choice.BLACKLIST, "spam", who="anna")
    ban = db.session.scalars(db.select(BlacklistProposal)).one()
    entries.approve(ban.id, ban.version, actor=office.gleb, now=NOW)
    row = complain(office, About(proposal_id=ban.id))
    assert waits_for(app, office, "anna") == []
    with pytest.raises(NotYours, match="другой"):
        review(office, again(row), ComplaintOutcome.UPHELD)


def test_who_approved_the_ban_that_rests_on_the_comment_does_not_review_it(app, office, banned):
    comment = db.session.scalars(db.select(Comment)).one()
    row = complain(office, About(comment_id=comment.id))
    assert (row.decider_id, waits_for(app, office, "anna")) == (office.vera.id, [])
    assert waits_for(app, office, "gleb") == [row.id]
    with pytest.raises(NotYours, match="другой"):
        review(office, row, ComplaintOutcome.UPHELD)
    entries.lift(banned.id, banned.version, reason="Ошибка", actor=office.gleb, now=NOW)
    assert waits_for(app, office, "anna") == [row.id], "the ban has ended: only the deletion is complained about"


def test_the_person_who_deletes_the_comment_once_more_does_not_review_it(app, office, deleted):
    row = complain(office, About(comment_id=deleted.id))
    deleted_again(office, row, "anna")
    assert (waits_for(app, office, "anna"), waits_for(app, office, "gleb")) == ([], [row.id])
    with pytest.raises(NotYours, match="другой"):
        review(office, again(row), ComplaintOutcome.UPHELD)


def test_the_head_reviews_if_there_is_no_other(app, office, add):
    (comment,) = add(RUDE)
    row = complain(office, About(comment_id=decide(office, comment, Choice.DELETE, "insult", who="anna").id))
    deleted_again(office, row, "gleb")
    assert waits_for(app, office, "gleb") == [row.id]
    with transaction() as session:
        session.add(UserRole(user_id=office.vera.id, role=Role.CURATOR))
    assert waits_for(app, office, "gleb") == []
    with pytest.raises(NotYours, match="другой"):
        review(office, again(row), ComplaintOutcome.UPHELD, who="gleb")
    with transaction():
        office.vera.is_active = False
    review(office, again(row), ComplaintOutcome.UPHELD, who="gleb")


def test_a_moderator_and_an_executor_review_nothing(office, banned):
    row = complain(office, About(proposal_id=banned.id))
    for who in ("vera", "boris"):
        with pytest.raises(NotYours):
            review(office, again(row), ComplaintOutcome.UPHELD, who=who)


def test_upheld_leaves_everything_as_it_is_and_wants_a_reason(office, deleted):
    row = complain(office, About(comment_id=deleted.id))
    with pytest.raises(MissingInput):
        review(office, row, ComplaintOutcome.UPHELD, reason=" ")
    done = review(office, again(row), ComplaintOutcome.UPHELD)
    assert (done.outcome, done.reason, done.reviewed_by_id) == (ComplaintOutcome.UPHELD, WHY, office.anna.id)
    assert the(deleted.external_id).state is CommentState.DELETED
    with pytest.raises(ServiceError):
        review(office, again(row), ComplaintOutcome.RESTORED)


def test_a_restored_comment_is_kept_and_its_deletion_does_not_go_out(office, deleted):
    row = complain(office, About(comment_id=deleted.id))
    review(office, row, ComplaintOutcome.RESTORED)
    comment = the(deleted.external_id)
    assert (comment.state, comment.decided_by_id, comment.reason) == (CommentState.KEPT, office.anna.id, WHY)
    assert [(one.kind, one.state) for one in actions()] == [(OutboxKind.DELETE, OutboxState.CANCELLED)]
    assert again(row).evidence["text"] == RUDE


def test_what_the_network_cannot_bring_back_is_admitted_and_not_called_restored(office, deleted):
    row = complain(office, About(comment_id=deleted.id))
    (order,) = actions()
    orders.mark_done_by_hand(order.id, order.version, at=None, actor=office.vera, now=NOW + timedelta(minutes=5))
    with pytest.raises(MissingInput, match="возможны"):
        review(office, row, ComplaintOutcome.RESTORED)
    assert again(row).outcome is None
    review(office, again(row), ComplaintOutcome.ADMITTED)
    assert the(deleted.external_id).state is CommentState.DELETED


def test_restored_together_with_the_ban_that_it_proves(office, banned):
    comment = db.session.scalars(db.select(Comment)).one()
    row = complain(office, About(comment_id=comment.id))
    with pytest.raises(MissingInput, match="блокировк"):
        review(office, row, ComplaintOutcome.RESTORED, who="gleb")
    done = review(office, again(row), ComplaintOutcome.RESTORED, who="gleb", unban=True)
    assert done.unbanned
    db.session.rollback()
    assert db.session.get_one(BlacklistProposal, banned.id).state is ListState.LIFTED
    assert db.session.get_one(Comment, comment.id).state is CommentState.KEPT


def test_an_outcome_of_another_kind_of_decision_is_refused(office, banned):
    row = complain(office, About(proposal_id=banned.id))
    with pytest.raises(MissingInput):
        review(office, row, ComplaintOutcome.RESTORED, who="gleb")


def test_a_review_of_a_stale_page_changes_nothing(office, deleted):
    row = complain(office, About(comment_id=deleted.id))
    with pytest.raises(StaleVersion):
        acts.review(row.id, 7, outcome=ComplaintOutcome.UPHELD, reason=WHY, unban=False, actor=office.anna, now=LATER)


def test_the_list_has_those_that_wait_first_the_next_term_on_top(office, deleted, add):
    first = complain(office, About(comment_id=deleted.id))
    review(office, first, ComplaintOutcome.UPHELD)
    (other,) = add("Сволочи вы все до одного")
    other = decide(office, other, Choice.DELETE, "insult")
    second = complain(office, About(comment_id=other.id), text="И этот верните")
    assert [row.id for row in queries.journal()] == [second.id, first.id]


# --- Screens


@pytest.fixture
def put_deleted(app, cast, put, vera) -> Comment:
    put(RUDE)
    with app.app_context():
        row = the("-1_1").id
    vera.submit(f"/moderation/{row}/decide", {"version": "1", "choice": "delete", "ground": "insult"})
    with app.app_context():
        return the("-1_1")


def entered(browser, **fields):
    return browser.submit("/complaints", {"text": "За что удалили мой вопрос?", "author_name": "Пётр", **fields})


def test_from_the_deleted_comment_to_the_outcome_in_one_view(app, put_deleted, vera, anna, gleb):
    here = f"/complaints/new?comment={put_deleted.id}"
    assert f'href="{here}"' in vera.get("/moderation/decided").text
    assert RUDE in words(vera.get(here).text)
    answer = entered(vera, about=f"comment:{put_deleted.id}")
    assert answer.status_code == 303
    mine = words(vera.get(answer.location).text)
    assert "рассмотрит другой" in mine
    assert f'action="{answer.location}/review"' not in vera.get(answer.location).text
    view = words(anna.get(answer.location).text)
    for told in ("сволочи", "Оскорбительные", "Вера", "п. 2.6 Порядка", "решено удалить", "до 18:00 завтра"):
        assert told in view
    assert ("later", 1) in sections(anna.get("/").text)  # till the evening of the next day
    assert answer.location in anna.get("/?kind=later").text
    assert answer.location not in vera.get("/?kind=later").text
    form = {"version": "1", "outcome": "restored", "reason": WHY}
    assert anna.submit(f"{answer.location}/review", form).status_code == 303
    after = words(gleb.get(answer.location).text)
    assert "Комментарий возвращён" in after
    assert WHY in after
    assert "Комментарий возвращён" in words(gleb.get("/complaints").text)
    with app.app_context():
        message = db.session.scalars(db.select(Message)).one()
    card = anna.get(f"/messages/{message.id}").text
    assert f'href="{answer.location}"' in card
    assert "жалоба рассмотрена" in words(card)


def test_a_message_that_is_a_complaint_offers_the_decisions_on_its_author(app, put_deleted, vera):
    told = {"text": "Почему удалили?", "network": "vk", "author_name": "Пётр С.", "author_url": "https://vk.com/id7"}
    vera.submit("/messages/new", told)
    with app.app_context():
        message = db.session.scalars(db.select(Message)).one()
        number, message_id = message.number, message.id
    assert f'href="/complaints/new?message={message_id}"' in vera.get(f"/messages/{message_id}").text
    page = vera.get(f"/complaints/new?message={message_id}").text
    assert f'value="comment:{put_deleted.id}"' in page
    assert entered(vera, about=f"comment:{put_deleted.id}", number=number, text="").status_code == 303


def test_a_refused_review_keeps_what_was_typed(app, put_deleted, vera, anna):
    location = entered(vera, about=f"comment:{put_deleted.id}").location
    answer = anna.submit(f"{location}/review", {"version": "1", "outcome": "", "reason": "Набрано долго"})
    assert answer.status_code == 422
    assert "Набрано долго" in answer.text


def test_strangers_and_executors_have_no_business_here(put_deleted, vera, boris, efim):
    location = entered(vera, about=f"comment:{put_deleted.id}").location
    for browser in (boris, efim):
        assert browser.get(location).status_code == 403
        assert browser.get("/complaints").status_code == 403


def test_the_card_of_a_complaint_links_to_it_only_for_permitted_people(app, cast, put_deleted, vera, anna, boris):
    location = entered(vera, about=f"comment:{put_deleted.id}").location
    with app.app_context():
        message = db.session.scalars(db.select(Message)).one()
        routing.route_message(
            message.id, message.version, executor_id=cast["boris"], task="",
            actor=db.session.get_one(User, cast["anna"]), now=MORNING,
        )  # fmt: skip
        card = f"/messages/{message.id}"
    assert location in anna.get(card).text
    seen = boris.get(card)
    assert seen.status_code == 200
    assert location not in seen.text
    assert "сволочи" not in seen.text


def test_the_page_offers_no_form_to_who_deleted_the_comment_once_more(app, cast, put_deleted, vera, anna, gleb):
    location = entered(vera, about=f"comment:{put_deleted.id}").location
    assert f'action="{location}/review"' in anna.get(location).text
    form = {"choice": "delete", "ground": "insult"}
    vera.submit(f"/moderation/{put_deleted.id}/undo", {"version": str(put_deleted.version)})
    anna.submit(f"/moderation/{put_deleted.id}/decide", {**form, "version": str(put_deleted.version + 1)})
    assert f'action="{location}/review"' not in anna.get(location).text
    assert "рассмотрит другой" in words(anna.get(location).text)
    assert f'action="{location}/review"' in gleb.get(location).text
    told = {"version": "1", "outcome": "upheld", "reason": WHY}
    assert "рассмотрит другой. Ничего не изменено" in words(anna.submit(f"{location}/review", told).text)


def test_the_ban_leads_to_a_complaint_as_well(app, cast, put, vera, anna):
    put(SPAM)
    with app.app_context():
        row = the("-1_1").id
    vera.submit(f"/moderation/{row}/decide", {"version": "1", "choice": "blacklist", "ground": "spam"})
    with app.app_context():
        proposal = db.session.scalars(db.select(BlacklistProposal)).one().id
    assert f"/complaints/new?ban={proposal}" not in anna.get(f"/blacklist/{proposal}").text
    anna.submit(f"/blacklist/{proposal}/approve", {"version": "1", "term": "week"})
    assert f'href="/complaints/new?ban={proposal}"' in anna.get(f"/blacklist/{proposal}").text
    location = entered(vera, about=f"ban:{proposal}").location
    assert "Займ без отказа" in words(anna.get(location).text)
