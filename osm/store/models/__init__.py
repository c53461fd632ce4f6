"""All tables, so that one import makes them known to the database and to the migrations."""

from osm.store.models.answers import AnswerTemplate, CriteriaException, InSpiteReason, TemplateUse
from osm.store.models.calendar import CalendarEdition
from osm.store.models.files import Attachment, Purpose
from osm.store.models.imports import ImportRow, ImportRun, ImportSource, ImportState, RowOutcome
from osm.store.models.journal import Event, EventNote, EventSeal
from osm.store.models.leases import Lease
from osm.store.models.likeness import (
    KnownPlace,
    LinkKind,
    LinkState,
    MessageLink,
    MessageTraits,
    PlaceKind,
    TraitKey,
)
from osm.store.models.messages import Author, Closure, Evidence, Followup, Message, NumberSeries, Origin
from osm.store.models.people import Department, Deputy, LoginAttempt, Topic, User, UserRole, WebSession, WorkerBeat
from osm.store.models.readings import DueReading, ReadingKind
from osm.store.models.saved import SavedFilter
from osm.store.models.search import MessageSearch
from osm.store.models.terms import Deadline, DeadlineState
from osm.store.models.verdicts import Decision, FindingAnswer, FindingReply, MessageVerdict
from osm.store.models.work import Assignment, Draft, DraftState, DraftText, Reply

__all__ = [
    "AnswerTemplate",
    "Assignment",
    "Attachment",
    "Author",
    "CalendarEdition",
    "Closure",
    "CriteriaException",
    "Deadline",
    "DeadlineState",
    "Decision",
    "Department",
    "Deputy",
    "Draft",
    "DraftState",
    "DraftText",
    "DueReading",
    "Event",
    "EventNote",
    "EventSeal",
    "Evidence",
    "FindingAnswer",
    "FindingReply",
    "Followup",
    "ImportRow",
    "ImportRun",
    "ImportSource",
    "ImportState",
    "InSpiteReason",
    "KnownPlace",
    "Lease",
    "LinkKind",
    "LinkState",
    "LoginAttempt",
    "Message",
    "MessageLink",
    "MessageSearch",
    "MessageTraits",
    "MessageVerdict",
    "NumberSeries",
    "Origin",
    "PlaceKind",
    "Purpose",
    "ReadingKind",
    "Reply",
    "RowOutcome",
    "SavedFilter",
    "TemplateUse",
    "Topic",
    "TraitKey",
    "User",
    "UserRole",
    "WebSession",
    "WorkerBeat",
]
