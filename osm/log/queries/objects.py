"""Names for the ids in the log: a table of kinds, one query for each kind that occurs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Protocol

from sqlalchemy import Select, func, select

from osm.base.database import db
from osm.log.models import ON_BEHALF_OF
from osm.models import (
    Absence,
    Account,
    AnswerGroup,
    AnswerTemplate,
    Assignment,
    Attachment,
    Author,
    BlacklistProposal,
    Burst,
    Campaign,
    Comment,
    Complaint,
    Department,
    DepartmentNews,
    DutyTurn,
    Emergency,
    Event,
    HelpPage,
    ImportRun,
    ImportSource,
    Integrator,
    KraiTask,
    MemorableDay,
    Message,
    NeighbourBody,
    NeighbourQuestion,
    Office,
    OfficeSettings,
    OutboxAction,
    OwnEntry,
    PageTask,
    PortalMessage,
    Promise,
    Publication,
    Shift,
    ThreadOffer,
    ToldFacts,
    Topic,
    User,
    WeeklyHeading,
)


# --- Times in words
class When(Protocol):
    """Formats a time in the local zone. `after`: the preposition before it."""

    def __call__(self, instant: datetime, after: str = "") -> str: ...


def in_full(zone: tzinfo) -> When:
    """«25.11.2026 09:05», «до 25.11.2026 09:05»."""

    def tell(instant: datetime, after: str = "") -> str:
        return f"{after} {instant.astimezone(zone):%d.%m.%Y %H:%M}".lstrip()

    return tell


# --- Names of ids
Key = tuple[str, int]  # a kind of KINDS and the id of a row
Names = Mapping[Key, str]

_AUTHOR_OF_ACTION = func.coalesce(OutboxAction.author_id, Comment.author_id)


@dataclass(frozen=True, slots=True)
class Kind:
    """`rows`: query of ids and names. `word`: empty if the words of the act already name the object."""

    word: str
    rows: Select[*tuple[Any, ...]]


KINDS: dict[str, Kind] = {
    "user": Kind("Учётная запись", select(User.id, User.name)),
    "absence": Kind("Отсутствие", select(Absence.id, User.name).join(User, User.id == Absence.person_id)),
    "department": Kind("Отдел", select(Department.id, Department.name)),
    "office": Kind("Сведения", select(Office.id, Office.name)),
    "office_settings": Kind("", select(OfficeSettings.id, OfficeSettings.marked_act_number)),
    "told_facts": Kind(
        "Сведения отделу",
        select(ToldFacts.id, Department.name).join(Department, Department.id == ToldFacts.department_id),
    ),
    "account": Kind("Страница", select(Account.id, Account.title)),
    "department_news": Kind("Новость отдела", select(DepartmentNews.id, func.substr(DepartmentNews.what, 1, 60))),
    "krai_task": Kind(
        "Задание края",
        select(KraiTask.id, Publication.title).join(Publication, Publication.id == KraiTask.publication_id),
    ),
    "weekly_heading": Kind("Рубрика недели", select(WeeklyHeading.id, WeeklyHeading.name)),
    "memorable_day": Kind("Памятная дата", select(MemorableDay.id, MemorableDay.title)),
    "campaign": Kind("Кампания выборов", select(Campaign.id, Campaign.title)),
    "publication": Kind("Публикация", select(Publication.id, Publication.title)),
    "page_guard": Kind("Защита страницы", select(Account.id, Account.title)),
    "official_page": Kind("Страница реестра", select(Account.id, Account.title)),
    "page_task": Kind("Закрытие доступа", select(PageTask.id, PageTask.name)),
    "help_page": Kind("Помощь", select(HelpPage.id, HelpPage.title)),
    "topic": Kind("Тема", select(Topic.id, Topic.name)),
    "template": Kind("Шаблон", select(AnswerTemplate.id, AnswerTemplate.name)),
    "import_run": Kind("Загрузка", select(ImportRun.id, ImportRun.filename)),
    "import_source": Kind("Источник", select(ImportSource.id, ImportSource.name)),
    "integrator": Kind("Интегратор", select(Integrator.id, Integrator.name)),
    "attachment": Kind("Файл", select(Attachment.id, Attachment.filename)),
    "answer_group": Kind("Общий ответ", select(AnswerGroup.id, AnswerGroup.name)),
    "shift": Kind("Смена", select(Shift.id, User.name).join(User, User.id == Shift.given_by_id)),
    "duty_turn": Kind("Дежурство", select(DutyTurn.id, User.name).join(User, User.id == DutyTurn.person_id)),
    "burst": Kind("Всплеск", select(Burst.id, Burst.name)),
    "promise": Kind("Обещание", select(Promise.id, Promise.words)),
    "comment": Kind("Комментарий", select(Comment.id, Author.name).join(Author, Author.id == Comment.author_id)),
    "complaint": Kind("Жалоба", select(Complaint.id, Message.number).join(Message, Message.id == Complaint.message_id)),
    "portal_message": Kind("ПОС", select(PortalMessage.id, PortalMessage.number)),
    "neighbour_body": Kind("Организация", select(NeighbourBody.id, NeighbourBody.name)),
    "neighbour_question": Kind(
        "Вопрос организации",
        select(NeighbourQuestion.id, NeighbourBody.name).join(NeighbourQuestion.body),
    ),
    "emergency": Kind("Режим ЧС", select(Emergency.id, Emergency.name)),
    "outbox_action": Kind(
        "Действие в соцсети",
        select(OutboxAction.id, Author.name)
        .outerjoin(Comment, Comment.id == OutboxAction.comment_id)
        .join(Author, Author.id == _AUTHOR_OF_ACTION),
    ),
    "blacklist_proposal": Kind("Чёрный список", select(BlacklistProposal.id, BlacklistProposal.author_name)),
    "message": Kind("", select(Message.id, Message.number)),
    "thread_offer": Kind(
        "", select(ThreadOffer.id, Message.number).join(Message, Message.id == ThreadOffer.message_id)
    ),
    "assignment": Kind("", select(Assignment.id, User.name).join(User, User.id == Assignment.executor_id)),
    "own_word": Kind("", select(OwnEntry.id, OwnEntry.text)),
}

FIELDS: dict[str, str] = {
    "account_id": "account",
    "department_id": "department",
    "topic_id": "topic",
    "executor_id": "user",
    "person_id": "user",
    "user_id": "user",
    "substitute_id": "user",
    "acting_id": "user",
    "stands_for_id": "user",
    "duty_officer_id": "user",
    "supervisor_id": "user",
    "reached_id": "user",
    "burst_id": "burst",
    "deputy_ids": "user",
    "to_id": "user",
    ON_BEHALF_OF: "user",
    "assignment_id": "assignment",
    "message_id": "message",
    "other_message_id": "message",
    "import_run_id": "import_run",
    "own_word_id": "own_word",
    "proposal_id": "blacklist_proposal",
    "comment_id": "comment",
    "publication_id": "publication",
    "body_id": "neighbour_body",
}
"""Field in the changes of an event → kind of its ids."""


def names_of(keys: Iterable[Key]) -> dict[Key, str]:
    """Names of these rows; rows that do not exist or have no name are missing."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for kind, row_id in keys:
        wanted[kind].add(row_id)
    named: dict[Key, str] = {}
    for kind, ids in wanted.items():
        rows = KINDS[kind].rows
        found = db.session.execute(rows.where(next(iter(rows.selected_columns)).in_(ids)))
        named |= {(kind, row_id): name for row_id, name in found if name}
    return named


def keys_of(event: Event) -> Iterator[Key]:
    """The object of an event and the objects in its changes."""
    if event.object_kind in KINDS and event.object_id is not None:
        yield event.object_kind, event.object_id
    yield from keys_of_changes(event.changes)


def keys_of_changes(changes: Mapping[str, Any]) -> Iterator[Key]:
    """Objects in the changes of an event; malformed values are skipped."""
    for field, kind in FIELDS.items():
        pair = changes.get(field)
        for value in pair if isinstance(pair, list) else ():
            for row_id in value if isinstance(value, list) else [value]:
                if isinstance(row_id, int) and not isinstance(row_id, bool):
                    yield kind, row_id


def named(field: str, row_id: object, names: Names) -> str:
    """Name for an id in this field: «Лидия Журавлёва»; «№ 12» for a message or a deleted row."""
    if not isinstance(row_id, int):
        return str(row_id)
    kind = FIELDS[field]
    name = names.get((kind, row_id), "")
    return name if name and kind != "message" else f"№ {name or row_id}"


def object_words(kind: str, row_id: int | None, names: Names) -> str:
    """«Отдел «ЖКХ»», or «Комментарий № 7» without a name; empty if the kind needs no words."""
    if kind not in KINDS or not KINDS[kind].word or row_id is None:
        return ""
    name = names.get((kind, row_id))
    return f"{KINDS[kind].word} «{name}»" if name else f"{KINDS[kind].word} № {row_id}"
