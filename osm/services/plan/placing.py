"""«Размещено»: where a publication stands, noted by whoever placed it by hand, or by the worker (Пр.1.2.4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from osm.networks.addresses import MAX_URL, address, network_of_url
from osm.regulation.errors import MissingInput
from osm.regulation.plan.words import PlanAct
from osm.services.errors import NotFound, ServiceError
from osm.services.plan.joining import join
from osm.services.plan.outgoing import leave_out as leave_placement_out
from osm.services.plan.outgoing import withdraw
from osm.services.plan.standing import settle
from osm.services.plan.steps import PlanStep, plan_step
from osm.store.models import Placement, Publication, User

_FORESEEN = timedelta(minutes=1)


def note_placed(
    publication_id: int,
    version: int,
    *,
    placement_id: int | None,
    url: str,
    placed_at: datetime | None,
    without_link: bool = False,
    actor: User,
    now: datetime,
) -> Publication:
    """It stands on this page; on all of them, it is published. The link is asked for.

    Raises MissingInput (`url`, `placed_at`), ServiceError where it stands there already.
    """
    with _placing(publication_id, version, placement_id, actor, now) as (step, placement):
        placement.url = "" if without_link and not url.strip() else _link(url, placement)
        if placed_at is not None and placed_at > now + _FORESEEN:
            raise MissingInput("placed_at", "Это время ещё не наступило. Исправьте или оставьте поле пустым.")
        placement.placed_at, placement.placed_by, placement.error = placed_at or now, actor, ""
        join(placement, now)
        step.changes["account_id"] = (None, placement.account_id)
    return step.row


def leave_out(
    publication_id: int, version: int, *, placement_id: int | None, actor: User, now: datetime
) -> Publication:
    """It will not stand on this page; if it stands on all others, it is published."""
    with _placing(publication_id, version, placement_id, actor, now) as (step, placement):
        if len(step.row.placements) == 1:
            raise ServiceError("Это единственная страница. Отмените публикацию, если она не нужна. Ничего не изменено.")
        leave_placement_out(step.row, placement, actor=actor, now=now)
        step.changes["account_id"] = (placement.account_id, None)
    return step.row


@contextmanager
def _placing(
    publication_id: int, version: int, placement_id: int | None, actor: User, now: datetime
) -> Iterator[tuple[PlanStep, Placement]]:
    with plan_step(PlanAct.PLACE, publication_id, version, actor=actor, now=now) as step:
        placement = next((one for one in step.row.placements if one.id == placement_id), None)
        if placement is None:
            raise NotFound("Страница публикации")
        if placement.placed_at is not None:
            raise ServiceError("Здесь публикация уже отмечена размещённой. Ничего не изменено.")
        withdraw(step.row, actor=actor, now=now, placement_id=placement.id)
        yield step, placement
        settle(step)


def _link(typed: str, placement: Placement) -> str:
    if not typed.strip():
        raise MissingInput("url", "Вставьте ссылку на запись или отметьте, что ссылки нет.")
    try:
        url, network = address(typed), network_of_url(typed)
    except ValueError:
        raise MissingInput(
            "url", "Это не ссылка. Скопируйте адрес записи целиком, например https://vk.com/wall-1_2."
        ) from None
    if len(url) > MAX_URL:
        raise MissingInput("url", f"Ссылка длиннее {MAX_URL} знаков. Скопируйте адрес записи.")
    if network is not None and network != placement.account.network:
        raise MissingInput("url", "Ссылка ведёт в другую соцсеть. Проверьте, к той ли странице она относится.")
    return url
