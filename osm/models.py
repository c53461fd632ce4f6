"""All tables, so that one import makes them known to the database and to the migrations; and those of the worker."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from osm.answers.models import *
from osm.base.database import Base
from osm.base.types import UtcDateTime
from osm.blacklist.models import *
from osm.calendar.models import *
from osm.check.models.check import *
from osm.check.models.copies import *
from osm.comments.models import *
from osm.complaints.models import *
from osm.connections.models import *
from osm.emergency.models import *
from osm.files.models import *
from osm.flow.models import *
from osm.groups.models import *
from osm.guarding.models import *
from osm.help.models import *
from osm.imports.models import *
from osm.integrators.models import *
from osm.listening.models import *
from osm.log.models import *
from osm.messages.models import *
from osm.outbox.models import *
from osm.pages.models import *
from osm.people.models.log_ins import *
from osm.people.models.people import *
from osm.plan.models import *
from osm.register.models import *
from osm.reminders.models import *
from osm.retention.models import *
from osm.shortcomings.models import *
from osm.talk.models import *
from osm.threads.models import *
from osm.urgent.models import *


class Lease(Base):
    """`owner` names the process; a lease that has run out, or that lies in the future, is free."""

    __tablename__ = "lease"
    __table_args__ = (CheckConstraint("until >= taken_at", name="ends_after_it_begins"),)

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    owner: Mapped[str] = mapped_column(String(200))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class WorkerBeat(Base):
    """The last sign of life of a worker."""

    __tablename__ = "worker_beat"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(Text, default="")
