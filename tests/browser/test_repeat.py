"""П.15 in a real browser: a repeat goes to the earlier executor, and the page shows the earlier answer too."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from osm.regulation.words import Status
from tests.desk import Desk
from tests.messages.test_linked import same_author

from .test_loop import send
from .test_several_executors import DESK, desk, enter

__all__ = ["desk", "enter"]

pytestmark = pytest.mark.browser

EARLIER_ANSWER = "Здравствуйте! Яму засыпали."
PROMISE = "Здравствуйте! Управление ЖКХ устранит проблему до 30 ноября."
WORK = "Здравствуйте! Управление ЖКХ вчера вывезло старый асфальт, до 30 ноября рабочие зальют яму литым асфальтом."


def test_a_repeat_with_its_earlier_answer_next_to_it(desk: Desk, enter: Callable[..., Page]) -> None:
    earlier = desk.in_status(Status.ANSWERED, text="Яма на Лазо, 7, пробил колесо")
    repeat = desk.in_status(Status.NEW, text="Яму на Лазо, 7 так и не засыпали")
    same_author(earlier, repeat)

    # The card asks Анна; she says yes, and the earlier executor is already selected.
    root = (anna := enter("anna", DESK)).url.rstrip("/")
    anna.goto(f"{root}/messages/{repeat.id}")
    linked = anna.get_by_role("region", name="О том же")
    expect(linked).to_contain_text(f"№ {earlier.number}")
    linked.get_by_role("button", name="Это повторное").click()
    expect(linked.get_by_role("status")).to_contain_text("Отмечено: повторное")
    anna.reload()
    expect(anna.locator("select[name=executor_id] option:checked").first).to_have_text(re.compile("Борис Ежов"))
    anna.get_by_role("button", name="Направить", exact=True).first.click()
    expect(anna.locator("#notices")).to_contain_text("Борис Ежов")

    # Борис reads the earlier answer on his telephone; for a repeat a promise is not enough.
    boris = enter("boris")
    boris.goto(f"{root}/messages/{repeat.id}/answer")
    expect(boris.get_by_text("Уже отвечали")).to_be_visible()
    expect(boris.get_by_text(EARLIER_ANSWER)).to_be_visible()
    boris.locator("#editor-text").fill(PROMISE)
    summary = boris.locator(".checklist-summary")
    expect(summary).to_contain_text("работы по повтору")
    boris.locator("#editor-text").fill(WORK)
    expect(summary).to_have_text("Всё, что требует п. 16, на месте.")
    send(boris)
    expect(boris.get_by_text("отправлен на согласование")).to_be_visible()

    # Анна sees it next to the draft when she decides.
    anna.goto(f"{root}/approvals/{repeat.id}")
    expect(anna.get_by_text(EARLIER_ANSWER)).to_be_visible()
    expect(anna.get_by_text(WORK).first).to_be_visible()
