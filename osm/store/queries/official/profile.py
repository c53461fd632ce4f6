"""How a page looked, each time that somebody or its network was asked; the newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import lazyload

from osm.extensions import db
from osm.regulation.official.profile import ITEM_LABELS, RECOMMENDED, ProfileItem, Seen, lacking
from osm.store.models import ProfileCheck, User

SHOWN = 10


@dataclass(frozen=True, slots=True)
class LookRow:
    """One look. `title` and `url`: what the network calls the page, empty where it was not asked."""

    id: int
    at: datetime
    by: str
    marks: Mapping[ProfileItem, Seen]
    note: str
    is_told: bool
    title: str
    url: str
    photo_sha256: str

    @property
    def lines(self) -> list[tuple[str, Seen, bool]]:
        """Label, what was seen, whether it is only recommended; in the order of Пр.2.4."""
        return [(ITEM_LABELS[item], self.marks.get(item, Seen.UNKNOWN), item in RECOMMENDED) for item in ProfileItem]

    @property
    def lacks(self) -> tuple[str, ...]:
        return tuple(ITEM_LABELS[item] for item in lacking(self.marks))


def looks(account_id: int) -> list[LookRow]:
    return [_row(*found) for found in db.session.execute(_looks(account_id).limit(SHOWN))]


def latest(account_id: int, *, told: bool | None = None) -> LookRow | None:
    """The newest look; `told`: the newest for which the network was asked, or (False) of a person."""
    wanted = _looks(account_id)
    if told is not None:
        wanted = wanted.where(ProfileCheck.told.is_not(None) if told else ProfileCheck.told.is_(None))
    found = db.session.execute(wanted.limit(1)).one_or_none()
    return _row(*found) if found else None


def newest_photo(account_id: int) -> LookRow | None:
    """The newest look with a picture."""
    found = db.session.execute(_looks(account_id).where(ProfileCheck.photo_sha256 != "").limit(1)).one_or_none()
    return _row(*found) if found else None


def photo_of(check_id: int) -> ProfileCheck | None:
    """The look whose picture is asked for; None where it has none."""
    row = db.session.get(ProfileCheck, check_id)
    return row if row is not None and row.photo_sha256 else None


def _looks(account_id: int) -> Select[ProfileCheck, str]:
    return (
        select(ProfileCheck, User.name)
        .outerjoin(User, User.id == ProfileCheck.by_id)
        .where(ProfileCheck.account_id == account_id)
        .order_by(ProfileCheck.at.desc(), ProfileCheck.id.desc())
        .options(lazyload("*"))
    )


def _row(check: ProfileCheck, by: str | None) -> LookRow:
    told = check.told or {}
    marks = {ProfileItem(item): Seen(seen) for item, seen in check.marks.items()}
    return LookRow(
        check.id, check.at, by or "", marks, check.note, check.told is not None, str(told.get("title", "")),
        str(told.get("url", "")), check.photo_sha256,
    )  # fmt: skip
