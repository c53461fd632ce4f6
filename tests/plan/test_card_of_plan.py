"""What the card of a publication offers: the office's own pages, each by its name, and one act at a time."""

from __future__ import annotations

import re
from datetime import date, time

import pytest

from osm.base.transaction import transaction
from osm.models import Account, AccountEdition, Office, Publication, Publishing
from osm.plan.acts import news, planning
from osm.plan.queries.week import own_pages, pages
from osm.plan.rules import PublicationState
from osm.regulation.own_pages import PageState
from tests.cast import browser_of
from tests.desk import NOW, RECEIVED
from tests.office import at
from tests.page_reading import filled

THURSDAY = date(2026, 11, 26)
OFFICE = "Администрация Приозёрного округа"


@pytest.fixture
def others(plan):
    """The register has the office's two pages, and one of the culture department with the same title in VK."""
    with transaction() as session:
        session.merge(Office(id=1, name=OFFICE, letterhead="", site="", responsible="", phones="", duty_phones=""))
        theirs = Account(network="vk", external_id="200000009", title="Город ВК", url="", created_at=RECEIVED)
        session.add(theirs)
        session.flush()
        for page, body in ((plan.vk, OFFICE), (plan.ok, OFFICE.upper()), (theirs.id, "Управление культуры")):
            session.add(
                AccountEdition(
                    account_id=page, number=1, since=RECEIVED, body=body, title="Город", url="https://vk.com/x",
                    state=PageState.ACTIVE,
                )
            )  # fmt: skip
        return theirs.id


def in_state(plan, state: str) -> str:
    row = plan.approved()
    if state in ("scheduled", "now"):
        planning.set_time(
            row.id,
            row.version,
            THURSDAY,
            time(12),
            schedule=True,
            at_once=state == "now",
            actor=plan.desk.anna,
            now=NOW,
        )
    if state == "failed":
        with transaction() as session:
            session.get_one(Publication, row.id).state = PublicationState.FAILED
    return f"/plan/{row.id}"


def test_pages_of_other_bodies_are_not_ticked(plan, others, anna):
    assert {page.id for page in own_pages()} == {plan.vk, plan.ok}
    idea = plan.idea()
    assert {one.account_id for one in idea.placements} == {plan.vk, plan.ok}
    page = anna.get(f"/plan/{idea.id}").text
    ticked = set(re.findall(r'name="pages" value="(\d+)" checked', page))
    assert ticked == {str(plan.vk), str(plan.ok)}
    assert "Страницы других ведомств: 1" in page
    offered = news.offer("Заменили лампы", "", "", [], actor=plan.desk.boris, now=NOW)
    taken = news.take(offered.id, offered.version, actor=plan.desk.anna, now=NOW)
    assert {one.account_id for one in taken.publication.placements} == {plan.vk, plan.ok}
    tasks = anna.get("/plan/tasks").text
    assert set(re.findall(r'name="pages" value="(\d+)" checked', tasks)) == {str(plan.vk), str(plan.ok)}


def test_a_page_chosen_of_another_body_is_kept(plan, others, anna):
    row = plan.approved(pages=(plan.vk, others))
    page = anna.get(f"/plan/{row.id}").text
    assert set(re.findall(r'name="pages" value="(\d+)" checked', page)) == {str(plan.vk), str(others)}
    assert "Страницы других ведомств" not in page


def test_a_register_without_the_offices_name_has_only_own_pages(plan, others):
    with transaction() as session:
        session.get_one(Office, 1).name = "Другая администрация"
    assert [page.id for page in own_pages()] == [page.id for page in pages()]


def test_no_two_pages_have_one_label(plan, others, anna):
    labels = {page.id: page.label for page in pages()}
    assert labels[plan.vk] == f"ВКонтакте: Город ВК ({OFFICE})"
    assert labels[others] == "ВКонтакте: Город ВК (Управление культуры)"
    assert labels[plan.ok] == "Одноклассники: Город ОК"
    plan.approved(pages=(plan.vk, others, plan.ok))
    row = re.search(r'<span class="plan-pages">.*', anna.get(f"/plan?day={THURSDAY}").text)[0]
    assert all(f"<span>{name}</span>" in row for name in ("ВКонтакте", labels[others], "Одноклассники"))


@pytest.mark.parametrize(
    ("state", "shown", "rarer"),
    [
        ("approved", "Запланировать", ["Перенести"]),
        ("failed", "Запланировать", ["Перенести"]),
        ("scheduled", "Перенести", ["Снять с времени"]),
        ("now", "Снять с времени", ["Перенести"]),
    ],
)
def test_one_act_at_a_time(plan, anna, state, shown, rarer):
    page = anna.get(in_state(plan, state)).text
    when = page[page.index('id="time-title"') :].split("</section>")[0]
    open_part, _, menu = when.partition('class="menu-panel"')
    acts = ("Запланировать", "Перенести", "Снять с времени")
    assert [act for act in acts if f"{act}</button>" in open_part] == [shown]
    assert [act for act in acts if f"{act}</button>" in menu] == rarer


@pytest.mark.parametrize(
    ("state", "button"),
    [
        ("idea", "Согласовать"),
        ("approved", "Запланировать"),
        ("failed", "Запланировать"),
        ("scheduled", ""),
        ("now", "Снять с времени"),
    ],
)
def test_a_card_has_one_filled_button_at_most(plan, anna, vera, state, button):
    here = f"/plan/{plan.idea().id}" if state == "idea" else in_state(plan, state)
    assert filled(anna.get(here).text) == [button] * bool(button)
    hers = "Отправить на согласование" if state == "idea" else button
    assert filled(vera.get(here).text) == [hers] * bool(hers)


def test_what_has_come_is_placed_by_hand_one_page_after_another(app, plan, vera, clock):
    here = in_state(plan, "scheduled")
    clock.set(at("26.11 12:01"))
    assert filled(browser_of(app, plan.desk.ids, "vera").get(here).text) == ["Размещено"]


def test_a_page_that_the_program_posts_to_offers_no_link(plan, networks, anna):
    here = in_state(plan, "scheduled")
    with transaction() as session:
        session.get_one(Account, plan.ok).connection.publish = Publishing.HAND
    page, labels = anna.get(here).text, {page.id: page.label for page in pages()}
    vk, ok = (page[page.index(f'aria-label="{labels[one]}"') :].split("</section>")[0] for one in (plan.vk, plan.ok))
    assert vk.index("<summary>Разместили сами?") < vk.index("Ссылка на запись")
    assert "Разместили сами?" not in ok
    assert "Ссылка на запись" in ok


def test_the_reason_of_a_cancellation_that_came_too_late_stays_in_sight(plan, anna):
    page = in_state(plan, "approved")
    answer = anna.submit(f"{page}/cancel", {"version": 1, "reason": "Оттепель"})
    assert answer.status_code == 409
    form = answer.text.partition('<details class="confirm" open>')[2]
    assert 'value="Оттепель"' in form
