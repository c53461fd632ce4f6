"""After a common interim answer the page offers one final answer (П.13), or says why it is not possible."""

from __future__ import annotations

from datetime import timedelta

from osm.regulation.words import Status

from .test_groups import begin, fresh, group, rows, send, three

__all__ = ["three"]

WAITS = "{приветствие} МКУ «Дорожник» ждёт асфальт, яму засыплет до 27 ноября."


def given_interim(desk, anna, boris, clock, messages) -> str:
    """The page of the common answer; each message has its interim answer."""
    page = begin(anna, desk, messages)
    send(boris, messages, text=WAITS, kind="interim")
    anna.submit(f"{page}/approve", {"group_version": group().version, "row": rows(messages), "in_spite": "hurry"})
    assert "Готовить общий окончательный" not in anna.get(page).text, "it is not published yet"
    clock.set(clock.now() + timedelta(minutes=5))
    for n, message in enumerate(messages):
        link = {"version": fresh(message).version, "url": f"https://vk.com/wall-1_9?reply={n}"}
        assert anna.submit(f"/messages/{message.id}/publish", link).status_code == 303
    return page


def test_a_common_interim_answer_leads_to_one_final_answer(desk, anna, boris, gleb, clock, three):
    page = given_interim(desk, anna, boris, clock, three)
    assert "Окончательный тоже можно готовить один для всех" in boris.get(f"/messages/{three[0].id}").text
    for person in (anna, boris):
        assert "Готовить общий окончательный" in person.get(page).text
    assert "Готовить общий окончательный" not in gleb.get(page).text
    form = {"group_version": group().version, "row": rows(three)}
    begun = boris.submit(f"{page}/final", form)
    assert (begun.status_code, begun.location != page) == (303, True)
    assert "{приветствие}" in boris.get(begun.location).text
    assert [fresh(m).status for m in three] == [Status.IN_WORK] * 3
    assert "Готовить общий окончательный" not in boris.get(page).text
    again = anna.submit(f"{page}/final", form)
    assert (again.status_code, "изменили, пока страница была открыта" in again.text) == (409, True)


def test_different_executors_are_named_in_the_place_of_the_button(desk, anna, boris, clock, three):
    page = given_interim(desk, anna, boris, clock, three)
    given = {"version": fresh(three[0]).version, "executor_id": desk.ids["roman"]}
    assert anna.submit(f"/messages/{three[0].id}/reroute", given).status_code == 303
    text = anna.get(page).text
    assert f"Исполнители разные: {desk.roman.name}, {desk.boris.name}." in text
    assert "Готовить общий окончательный" not in text
    refused = anna.submit(f"{page}/final", {"group_version": group().version, "row": rows(three)})
    assert (refused.status_code, "передайте ему остальные" in refused.text) == (409, True)
