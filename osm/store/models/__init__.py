"""All tables, so that one import makes them known to the database and to the migrations."""

from osm.store.models.accounts import (
    Account,
    Answering,
    Connection,
    ConnectionState,
    Hearing,
    Moderating,
    NetworkOutage,
    Publishing,
    ReceivedEvent,
    Stop,
    Turn,
)
from osm.store.models.answers import Assignment, Draft, DraftState, DraftText, InterimExplanation, Reply
from osm.store.models.blacklist import BlacklistEvidence, BlacklistProposal
from osm.store.models.calendar import CalendarEdition
from osm.store.models.clocks import Deadline, DeadlineState
from osm.store.models.comments import UNMARKED, WEAK, Comment, OutboxAction
from osm.store.models.complaints import Complaint
from osm.store.models.control.reminders import MailState, Reminder, ReminderMark
from osm.store.models.control.reports import FormKind, ReportForm, SentForm
from osm.store.models.control.shifts import DutyTurn, Shift
from osm.store.models.control.shortcomings import DocumentTemplate, Memo, MemoReader, MemoState, Shortcoming
from osm.store.models.control.urgent import (
    Danger,
    DangerReply,
    Instruction,
    InstructionKind,
    InstructionState,
    Reached,
    ReachedAs,
    UrgentReading,
    UrgentReport,
)
from osm.store.models.copies import CopyGroup, CopyKey, CopyText
from osm.store.models.dictionary import DictionaryChange, OfficeLesson, OwnEntry, RuleSwitch, VerdictChange
from osm.store.models.emergency import Emergency, EmergencyHold
from osm.store.models.entrance.sessions import LoginAddress, LoginAttempt, WebSession
from osm.store.models.files import Attachment, Purpose
from osm.store.models.groups import AnswerGroup, GroupMember, GroupState
from osm.store.models.guarding.pages import PageAdministrator, PageCheck, PageGuard
from osm.store.models.guarding.tasks import PageTask, TaskOutcome
from osm.store.models.help.memos import HelpEdition, HelpKind, HelpPage, HelpTopic
from osm.store.models.imports import (
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
from osm.store.models.leases import Lease, WorkerBeat
from osm.store.models.log import Event, EventNote, EventSeal
from osm.store.models.messages import Author, Closure, Evidence, Followup, Message, NumberSeries, Origin
from osm.store.models.notes import TO_CURATOR, Note, NoteKind
from osm.store.models.office_settings import OfficeSettings
from osm.store.models.official.editions import AccountEdition
from osm.store.models.official.profiles import ProfileCheck
from osm.store.models.parts import Part, PartText
from osm.store.models.plan.feeds import PlanFeed
from osm.store.models.plan.headings import HeadingIdea, WeeklyHeading
from osm.store.models.plan.memorable import MemorableDay
from osm.store.models.plan.news import DepartmentNews, KraiTask, NewsState, PlanPhoto
from osm.store.models.plan.publications import Placement, Publication, PublicationVersion, VersionDecision
from osm.store.models.plan.typed import PlanText
from osm.store.models.promises import Promise, PromisePhoto, PromiseState
from osm.store.models.reading import (
    TEXT_OF_MARK,
    Burst,
    BurstKind,
    BurstMark,
    DueCommentReading,
    DueReading,
    MessageSearch,
    ReadingKind,
)
from osm.store.models.register import SavedFilter
from osm.store.models.repeats import KnownPlace, LinkKind, LinkState, MessageLink, MessageTraits, PlaceKind, TraitKey
from osm.store.models.staff import (
    Absence,
    Department,
    Deputy,
    Office,
    Topic,
    User,
    UserRole,
)
from osm.store.models.templates import AnswerTemplate, CriteriaException, InSpiteReason, TemplateUse
from osm.store.models.threads.edits import CommentEdit
from osm.store.models.threads.offers import OfferOutcome, OwnComment, ThreadOffer
from osm.store.models.told_facts import FactsState, ToldFacts
from osm.store.models.verdicts import (
    MAILING_RULE,
    CommentFindingAnswer,
    Decision,
    FindingAnswer,
    FindingReply,
    MessageVerdict,
)

__all__ = [
    "MAILING_RULE",
    "TEXT_OF_MARK",
    "TO_CURATOR",
    "UNMARKED",
    "WEAK",
    "Absence",
    "Account",
    "AccountEdition",
    "AnswerGroup",
    "AnswerTemplate",
    "Answering",
    "Assignment",
    "Attachment",
    "Author",
    "BlacklistEvidence",
    "BlacklistProposal",
    "Burst",
    "BurstKind",
    "BurstMark",
    "CalendarEdition",
    "Closure",
    "Comment",
    "CommentEdit",
    "CommentFindingAnswer",
    "Complaint",
    "Connection",
    "ConnectionState",
    "CopyGroup",
    "CopyKey",
    "CopyText",
    "CriteriaException",
    "Danger",
    "DangerReply",
    "Deadline",
    "DeadlineState",
    "Decision",
    "Department",
    "DepartmentNews",
    "Deputy",
    "DictionaryChange",
    "DocumentTemplate",
    "Draft",
    "DraftState",
    "DraftText",
    "DueCommentReading",
    "DueReading",
    "DutyTurn",
    "EditionKind",
    "EditionLook",
    "Emergency",
    "EmergencyHold",
    "Event",
    "EventNote",
    "EventSeal",
    "Evidence",
    "FactsState",
    "FindingAnswer",
    "FindingReply",
    "Followup",
    "FormKind",
    "GroupMember",
    "GroupState",
    "HeadingIdea",
    "Hearing",
    "HeldOutcome",
    "HeldRow",
    "HelpEdition",
    "HelpKind",
    "HelpPage",
    "HelpTopic",
    "ImportRow",
    "ImportRun",
    "ImportSource",
    "ImportState",
    "InSpiteReason",
    "Instruction",
    "InstructionKind",
    "InstructionState",
    "InterimExplanation",
    "KnownPlace",
    "KraiTask",
    "Lease",
    "LinkKind",
    "LinkState",
    "LoginAddress",
    "LoginAttempt",
    "MailState",
    "Memo",
    "MemoReader",
    "MemoState",
    "MemorableDay",
    "Message",
    "MessageEdition",
    "MessageLink",
    "MessageSearch",
    "MessageTraits",
    "MessageVerdict",
    "Moderating",
    "NetworkOutage",
    "NewsState",
    "Note",
    "NoteKind",
    "NumberSeries",
    "OfferOutcome",
    "Office",
    "OfficeLesson",
    "OfficeSettings",
    "Origin",
    "OutboxAction",
    "OwnComment",
    "OwnEntry",
    "PageAdministrator",
    "PageCheck",
    "PageGuard",
    "PageTask",
    "Part",
    "PartText",
    "PlaceKind",
    "Placement",
    "PlanFeed",
    "PlanPhoto",
    "PlanText",
    "ProfileCheck",
    "Promise",
    "PromisePhoto",
    "PromiseState",
    "Publication",
    "PublicationVersion",
    "Publishing",
    "Purpose",
    "Reached",
    "ReachedAs",
    "ReadingKind",
    "ReceivedEvent",
    "Reminder",
    "ReminderMark",
    "Reply",
    "ReportForm",
    "RowOutcome",
    "RuleSwitch",
    "SavedFilter",
    "SentForm",
    "Shift",
    "Shortcoming",
    "Stop",
    "TaskOutcome",
    "TemplateUse",
    "ThreadOffer",
    "ToldFacts",
    "Topic",
    "TraitKey",
    "Turn",
    "UrgentReading",
    "UrgentReport",
    "User",
    "UserRole",
    "VerdictChange",
    "VersionDecision",
    "WebSession",
    "WeeklyHeading",
    "WorkerBeat",
]
