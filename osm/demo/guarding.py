"""Who administers the page of the demonstration, a check of it whose term has passed, and one who leaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from osm.extensions import db
from osm.flow.acts.clocks import in_force
from osm.guarding.acts import leaving, pages
from osm.guarding.acts.pages import Administrator
from osm.regulation.guarding.checks import QUESTIONS, Finding, Question
from osm.store.models import Account, User

_AGENCY = "Илья Подрядов (агентство)"
_FOUND = "У подрядчика второй фактор выключен: договорились, что включит до конца недели."


def guard_pages(people: Mapping[str, User], now: datetime) -> None:
    """Of the first page three who can enter it, one of whom leaves, how one logs in, a check; the others are well."""
    page, *others = db.session.scalars(select(Account).order_by(Account.id))
    anna, today = people["anna"], in_force().calendar.local(now).date()
    entering = (
        Administrator(anna.id, "", "https://vk.com/id9900001", "owner", today - timedelta(days=700), "on"),
        Administrator(people["vera"].id, "", "", "editor", today - timedelta(days=200), "on"),
        Administrator(None, _AGENCY, "https://vk.com/id9900077", "admin", today - timedelta(days=90), "off"),
    )
    good = dict.fromkeys(map(str, QUESTIONS), str(Finding.GOOD))
    for other in others:
        pages.check(other.id, 1, answers=good, remark="", months=6, actor=people["vera"], now=now)
    version = 1
    for given in entering:
        leaver = pages.add_administrator(page.id, version, given=given, actor=anna, now=now)
        version += 1
    pages.describe(
        page.id,
        version,
        second_factor="on",
        changed_on=today - timedelta(days=400),
        recovery="8 (000) 000-02-02, служебный телефон пресс-центра\npress@example.org, почта пресс-центра",
        applications="Приложение ОСМ: комментарии и ответы\nСервис отложенных записей подрядчика",
        actor=anna,
        now=now,
    )
    answers = good | {str(Question.SECOND_FACTOR): str(Finding.BAD)}
    pages.check(page.id, version + 1, answers=answers, remark=_FOUND, months=1, actor=anna, now=now)
    leaving.leaves(page.id, version + 2, administrator_id=leaver.id, actor=anna, now=now)
