"""Leases: of several processes only the one named in the row may do the work."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, String, Text, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from osm.base.database import Base, db
from osm.base.many_rows import insert_into
from osm.base.transaction import transaction
from osm.base.types import UtcDateTime


class Lease(Base):
    """`owner` names the process; a lease that has run out, or that lies in the future, is free."""

    __tablename__ = "lease"
    __table_args__ = (CheckConstraint("until >= taken_at", name="ends_after_it_begins"),)

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    owner: Mapped[str] = mapped_column(String(200))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class WorkerBeat(Base):
    __tablename__ = "worker_beat"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(Text, default="")


def take(
    name: str, owner: str, now: datetime, length: timedelta, *, is_gone: Callable[[str], bool] = lambda _owner: False
) -> bool:
    """Take the lease, or extend it by `length`; False while another owner has it. It is free if it has expired, if it
    ends later than possible (a clock was set back), or if `is_gone` says that its owner has ended. All owners of one
    name must use the same clock for `now`."""
    if _take(name, owner, now, length):
        return True
    holder = db.session.scalar(select(Lease.owner).where(Lease.name == name))
    db.session.rollback()
    if holder is None or not is_gone(holder):
        return False
    release(name, holder)
    return _take(name, owner, now, length)


def release(name: str, owner: str) -> None:
    with transaction() as session:
        session.execute(delete(Lease).where(Lease.name == name, Lease.owner == owner))


def _take(name: str, owner: str, now: datetime, length: timedelta) -> bool:
    values = {"owner": owner, "taken_at": now, "until": now + length}
    free = or_(Lease.owner == owner, Lease.until <= now, Lease.taken_at > now + length)
    statement = (
        insert_into(Lease)
        .values(name=name, **values)
        .on_conflict_do_update(index_elements=[Lease.name], set_=values, where=free)
        .returning(Lease.owner)
    )
    with transaction() as session:
        return session.scalar(statement) is not None


# --- How long a job of the worker may run before other work
@dataclass(frozen=True)
class Pace:
    """Limits of a job: `may_continue` is asked between batches, `is_gone` whether a lease holder has ended. `seconds`:
    limit of one run."""

    may_continue: Callable[[], bool] = lambda: True
    is_gone: Callable[[str], bool] = lambda _owner: False
    seconds: float = float("inf")


WHOLE = Pace()  # no limit
