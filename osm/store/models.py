"""All tables, so that one import makes them known to the database and to the migrations; and those of the worker."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from osm.answers.models import (
    AnswerTemplate,
    Assignment,
    CriteriaException,
    Draft,
    DraftState,
    DraftText,
    InterimExplanation,
    OverrideReason,
    Promise,
    PromisePhoto,
    PromiseState,
    Reply,
    TemplateUse,
)
from osm.blacklist.models import BlacklistEvidence, BlacklistProposal
from osm.calendar.models import CalendarEdition
from osm.check.models.check import (
    MAILING_RULE,
    TEXT_OF_MARK,
    Burst,
    BurstKind,
    BurstMark,
    CommentFindingAnswer,
    Decision,
    DictionaryChange,
    DueCommentReading,
    DueReading,
    FindingAnswer,
    FindingReply,
    MessageSearch,
    MessageVerdict,
    OfficeLesson,
    OwnEntry,
    ReadingKind,
    RuleSwitch,
    VerdictChange,
)
from osm.check.models.copies import (
    CopyGroup,
    CopyKey,
    CopyText,
    KnownPlace,
    LinkKind,
    LinkState,
    MessageLink,
    MessageTraits,
    PlaceKind,
    TraitKey,
)
from osm.comments.models import UNMARKED, WEAK, Comment
from osm.complaints.models import Complaint
from osm.connections.models import (
    Account,
    Answering,
    Connection,
    ConnectionState,
    Hearing,
    Moderating,
    NetworkOutage,
    Publishing,
    Turn,
)
from osm.emergency.models import Emergency, EmergencyHold
from osm.extensions import Base
from osm.files.models import Attachment, Purpose
from osm.flow.models import Deadline, DeadlineState
from osm.groups.models import AnswerGroup, GroupMember, GroupState, Part, PartText
from osm.guarding.models import PageAdministrator, PageCheck, PageGuard, PageTask, TaskOutcome
from osm.help.models import HelpEdition, HelpKind, HelpPage, HelpTopic
from osm.imports.models import (
    EditionKind,
    EditionLook,
    HeldOutcome,
    HeldRow,
    ImportRow,
    ImportRun,
    ImportSource,
    ImportState,
    MessageEdition,
    RowOutcome,
)
from osm.listening.models import ReceivedEvent
from osm.log.models import Event, EventNote, EventSeal
from osm.messages.models import (
    Author,
    Closure,
    Evidence,
    FactsState,
    Followup,
    Message,
    NumberSeries,
    Origin,
    ToldFacts,
)
from osm.outbox.models import OutboxAction, Stop
from osm.pages.models import AccountEdition, ProfileCheck
from osm.people.models import (
    Absence,
    Department,
    Deputy,
    LoginAddress,
    LoginAttempt,
    Office,
    OfficeSettings,
    Topic,
    User,
    UserRole,
    WebSession,
)
from osm.plan.models import (
    Campaign,
    DepartmentNews,
    HeadingIdea,
    KraiTask,
    MemorableDay,
    NewsState,
    Placement,
    PlanFeed,
    PlanPhoto,
    PlanText,
    Publication,
    PublicationVersion,
    VersionDecision,
    WeeklyHeading,
)
from osm.register.models import SavedFilter
from osm.reminders.models import MailState, Reminder, ReminderMark
from osm.shortcomings.models import (
    DocumentTemplate,
    FormKind,
    Memo,
    MemoReader,
    MemoState,
    ReportForm,
    SentForm,
    Shortcoming,
)
from osm.store.types import UtcDateTime
from osm.talk.models import TO_CURATOR, Note, NoteKind
from osm.threads.models import CommentEdit, OfferOutcome, OwnComment, ThreadOffer
from osm.urgent.models import (
    Danger,
    DangerReply,
    DutyTurn,
    Instruction,
    InstructionKind,
    InstructionState,
    Reached,
    ReachedAs,
    Shift,
    UrgentReading,
    UrgentReport,
)


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
