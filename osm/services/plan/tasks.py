"""Tasks of the krai («Разместить до 12:00, прислать ссылки»): a publication made of each gathers the links (Пр.2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from osm.regulation.errors import MissingInput
from osm.regulation.plan.words import PlanAct, PublicationState
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.edits import locked, one_line
from osm.services.errors import NotYours, ServiceError
from osm.services.log.log import record
from osm.services.plan import versions
from osm.services.plan.steps import CLAUSE, PlanStep, step_upon, zone
from osm.services.plan.writing import LONGEST_TEXT
from osm.store.models import KraiTask, Placement, Publication, User
from osm.store.queries.plan.grid import pages as pages_of_office
from osm.store.transaction import transaction


def enter(
    title: str, text: str, *, given_by: str, due_at: datetime | None, pages: Sequence[int], actor: User, now: datetime
) -> KraiTask:
    """Write it down: the publication is approved where a curator enters it, else it waits for one.

    Raises MissingInput (`title`, `text`, `due_at`, `pages`).
    """
    if actor.roles.isdisjoint(PRESS_CENTRE):
        raise NotYours("План ведёт пресс-центр. Ничего не записано.")
    title = one_line("title", "О чём", title, 200, missing="Напишите, о чём задание.")
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not text or len(text) > LONGEST_TEXT:
        asked = "Текст слишком длинный: сократите." if text else "Вставьте текст, который нужно разместить."
        raise MissingInput("text", asked)
    if due_at is None or due_at <= now:
        raise MissingInput("due_at", "Укажите, до какого времени разместить: оно ещё не прошло.")
    known = {page.id for page in pages_of_office()} & set(pages)
    if not known:
        raise MissingInput("pages", "Выберите хотя бы одну страницу.")
    with transaction() as session:
        row = Publication(
            title=title, text=text, day=due_at.astimezone(zone()).date(), ground="Задание края", author=actor,
            created_at=now, state=PublicationState.DRAFT,
        )  # fmt: skip
        row.placements = [Placement(account_id=page) for page in sorted(known)]
        task = KraiTask(
            given_by=one_line("given_by", "Кто дал", given_by, 200), due_at=due_at, publication=row, entered_by=actor,
            entered_at=now,
        )  # fmt: skip
        session.add(task)
        session.flush()
        record(
            "krai_task_entered", at=now, actor=actor, clause="Пр.2.1", object_kind="krai_task", object_id=task.id,
            changes={"due_at": (None, due_at)},
        )  # fmt: skip
        act = PlanAct.APPROVE if actor.has(Role.CURATOR) else PlanAct.SUBMIT
        with session.no_autoflush, step_upon(row, act, actor, now) as step:
            _settle(step)
        return task


def _settle(step: PlanStep) -> None:
    (versions.approve if step.act is PlanAct.APPROVE else versions.submit)(step)


def report(task_id: int, version: int, *, actor: User, now: datetime) -> KraiTask:
    """The links that stand go to the krai as one text, kept as it was sent; later ones are added to it.

    Raises ServiceError where there is nothing to tell.
    """
    if actor.roles.isdisjoint(PRESS_CENTRE):
        raise NotYours("Докладывает пресс-центр. Ничего не изменено.")
    with transaction():
        task = locked(KraiTask, task_id, version, "Задание")
        words = report_words(task)
        if not words:
            raise ServiceError("Ссылок ещё нет: сначала разместите и отметьте «Размещено». Ничего не изменено.")
        if words == task.report:
            raise ServiceError("Об этом уже доложено, новых ссылок нет. Ничего не изменено.")
        task.report, task.reported_at, task.reported_by = words, now, actor
        task.version += 1
        record(
            "krai_task_reported", at=now, actor=actor, clause=CLAUSE, object_kind="krai_task", object_id=task.id,
            changes={"version": (version, task.version)},
        )  # fmt: skip
        return task


def report_words(task: KraiTask) -> str:
    """What was asked and where it stands; empty while it stands nowhere. What was sent stays word by word."""
    here = zone()
    said = task.report.splitlines()
    told = {line.partition(". ")[2] for line in said}
    standing = [(one, one.placed_at) for one in task.publication.placements if one.placed_at is not None]
    lines = [
        f"{one.account.title}: {one.url or 'размещено без ссылки'} ({at.astimezone(here):%d.%m.%Y %H:%M})"
        for one, at in standing
    ]
    new = [line for line in lines if line not in told]
    head = said or ([f"«{task.publication.title}» — размещено:"] if new else [])
    return "\n".join([*head, *(f"{number}. {line}" for number, line in enumerate(new, len(said) or 1))])
