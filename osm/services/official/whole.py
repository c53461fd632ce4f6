"""«Других страниц администрация не ведёт»: said on the site only after an administrator has said so (Пр.1.3)."""

from __future__ import annotations

from datetime import datetime

from osm.services.edits import settle
from osm.services.errors import ServiceError
from osm.services.staff.office_settings import KIND, locked_settings
from osm.store.models import OfficeSettings, User
from osm.store.queries.official.register import unentered


def say_whole(version: int, *, whole: bool, actor: User, now: datetime) -> OfficeSettings:
    """The administrator says that the register names every page, or takes that back. StaleVersion, ServiceError.

    Not while a page that the program knows is missing from it.
    """
    with locked_settings(version) as row:
        if whole and (missing := unentered()):
            names = ", ".join(f"«{page.title}»" for page in missing[:3])
            raise ServiceError(f"Сначала внесите в реестр известные программе страницы: {names}. Ничего не изменено.")
        if whole == (row.no_others_at is not None):
            return row
        before, row.no_others_at = row.no_others_at, now if whole else None
        row.no_others_by_id = actor.id if whole else None
        action = "register_is_whole" if whole else "register_is_not_whole"
        settle(action, KIND, row, {"no_others_at": (before, row.no_others_at)}, actor=actor, now=now)
        return row
