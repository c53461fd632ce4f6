"""The first steps of an installation: what is still to be done, found out from the database and the settings.

Administrators and curators read the list on their first page until all was done once; the log remembers that. Later
only «Управление» shows what is open again, such as a new year, and it asks the database once an hour.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, abort, after_this_request, current_app, g, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, Exists, ScalarSelect, bindparam, exists, func, select

from osm.base.application import Memory, current_now, current_settings
from osm.base.database import db
from osm.base.transaction import BesideReading, WorkerBeat, transaction, unless_busy
from osm.base.types import OfRow, is_code
from osm.calendar.queries import CHECKED_YEAR
from osm.flow.acts.terms import in_force, local_day
from osm.keeping.acts.nightly import TRIAL_FAILED, TRIED
from osm.log.acts.record import record
from osm.models import Connection, ConnectionState, Event, ImportRun, ImportState, Office, Topic, User, UserRole
from osm.people.queries.people import OFFICE_ID
from osm.regulation.control import MailMode
from osm.regulation.words import PRESS_CENTRE, Post, Role
from osm.reminders.acts.mailing import PREFIX, SERVER
from osm.shell import frame, requests
from osm.shell.access import Screens, declared, may, me
from osm.shell.run_act import who

AGAIN_AFTER = timedelta(hours=1)
FOLDED_FROM = 3
"""So few open steps are folded into one line, but not while one does the steps: what counts is the first sight of this
log-in."""
_FIRST_SEEN = "first_steps"
MAILED = ("test_mail", "invite_user")  # letters that a person has sent: what the log calls them
DONE_ONCE = Memory(lambda _: False)
DONE_UNTIL: Memory[datetime | None] = Memory(lambda _: None)
"""What the process remembers, so that the first page of a working office asks nothing."""
_READERS = (Role.ADMIN, Role.CURATOR)


# --- What there is, in one statement
def _holds(*roles: Role) -> Exists:
    return exists().where(UserRole.user_id == User.id, UserRole.role.in_(roles))


def _people(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(User).where(User.is_active, *conditions).scalar_subquery()


def _topics(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(Topic).where(Topic.archived_at.is_(None), *conditions).scalar_subquery()


def _noted(name: str) -> Exists:
    return exists().where(WorkerBeat.name == name)


def _happened(*actions: str) -> Exists:
    return exists().where(Event.action.in_(actions))


_HAS_EXECUTOR = exists().where(User.department_id == Topic.department_id, User.is_active, _holds(Role.EXECUTOR))
_FOUND = select(
    *(
        select(getattr(Office, name) != "").where(Office.id == OFFICE_ID).scalar_subquery().label(name)
        for name in ("name", "letterhead", "responsible", "duty_phones")
    ),
    _people().label("people"),
    _people(_holds(Role.CURATOR)).label("curators"),
    _people(_holds(*PRESS_CENTRE)).label("press_centre"),
    _people(_holds(Role.EXECUTOR)).label("executors"),
    _people(User.post == Post.HEAD).label("heads"),
    _people(User.email == "", User.mail_mode != MailMode.NONE).label("without_email"),
    _people(User.is_demo.is_(True)).label("demonstration"),
    _topics().label("topics"),
    _topics(Topic.department_id.is_(None)).label("without_department"),
    _topics(Topic.department_id.is_not(None), ~_HAS_EXECUTOR).label("without_executor"),
    exists().where(Event.object_kind == CHECKED_YEAR, Event.object_id == bindparam("year")).label("calendar"),
    _happened(*MAILED).label("mailed"),
    exists()
    .where(WorkerBeat.name == PREFIX + SERVER, ~exists().where(Event.action.in_(MAILED), Event.at >= WorkerBeat.at))
    .label("mail_fails"),
    _noted(TRIED).label("tried"),
    _noted(TRIAL_FAILED).label("trial_failed"),
    exists().where(Connection.state.in_((ConnectionState.WORKING, ConnectionState.FAILING))).label("page"),
    exists().where(Connection.state == ConnectionState.STOPPED).label("page_stopped"),
    exists().where(is_code(ImportRun.state, ImportState.DONE), ImportRun.dry_run.is_(False)).label("file"),
    _happened("first_steps_done").label("done_once"),
    *(_happened(f"without_{code}").label(f"without_{code}") for code in ("mail", "page")),
)
"""Built once: building takes longer than running."""


@dataclass(frozen=True, slots=True)
class Found:
    """The row of the statement, with what the settings say."""

    row: Any
    year: int
    has_provisional_year: bool
    has_mail: bool
    has_backups: bool


# --- The steps
@dataclass(frozen=True, slots=True)
class Step:
    """`wrong`: what is wrong in words, empty if it is done; `done`: a few words for the line of what is done.
    `buttons`: label → endpoint with its values; who may open it is declared there. `without`: the office may also
    decide to do without it, and this is the label of that button."""

    code: str
    title: str
    wrong: Callable[[Found], str]
    done: Callable[[Found], str]
    buttons: Mapping[str, tuple[str, Mapping[str, Any]]]
    without: str = ""


def _office(found: Found) -> str:
    labels = {"name": "название", "letterhead": "шапка документов", "responsible": "ответственное лицо",
              "duty_phones": "дежурные телефоны"}  # fmt: skip
    missing = [label for name, label in labels.items() if not getattr(found.row, name)]
    return f"не указаны: {', '.join(missing)}" if missing else ""


def _staff(found: Found) -> str:
    row = found.row
    lacks = [
        *(["нет куратора"] if not row.curators else []),
        *(["нет исполнителей"] if not row.executors else []),
        *(["не указано, кто глава"] if not row.heads else []),
        *([f"без почты {row.without_email} из {row.people}"] if found.has_mail and row.without_email else []),
    ]
    return ", ".join(lacks)


def _competence(found: Found) -> str:
    row = found.row
    if not row.topics:
        return "тем ещё нет: исполнитель не предлагается"
    lacks = [
        *([f"{row.without_department} из {row.topics} без отдела"] if row.without_department else []),
        *([f"{row.without_executor} из {row.topics} ведут в отдел без исполнителя"] if row.without_executor else []),
    ]
    return f"{', '.join(lacks)}: по ним исполнитель не предлагается" if lacks else ""


def _calendar(found: Found) -> str:
    if found.row.calendar:
        return ""
    if found.has_provisional_year:
        return "нет постановления о переносе выходных, сроки могут сдвинуться"
    return "никто ещё не сверил рабочие дни и часы, по ним считаются сроки"


def _mail(found: Found) -> str:
    if not found.has_mail:
        return "" if found.row.without_mail else "письма не уходят: почтовый сервер не задан"
    if found.row.mail_fails:
        return "письма не уходят: почтовый сервер не отвечает"
    return "" if found.row.mailed else "сервер задан, но ни одно письмо ещё не проверено"


def _backup(found: Found) -> str:
    if not found.has_backups:
        return "ночные копии выключены: поломка диска уничтожит всё"
    if found.row.trial_failed:
        return "последнюю копию восстановить не удалось"
    not_yet = "ещё не сделана: программа делает и проверяет её сама, обычно за минуту после запуска"
    return "" if found.row.tried else not_yet


def _page(found: Found) -> str:
    if found.row.page or found.row.without_page:
        return ""
    return "соцсеть не принимает ключ, нужен новый" if found.row.page_stopped else "ответы пока размещаются вручную"


_NO_STAND_IN = "куратора некому заменить: нужен второй куратор или модератор"
_NO_FILE = "выгрузку из «Инцидент Менеджмента» ещё не загружали"


def _says(words: str) -> Callable[[Found], str]:
    return lambda _found: words


STEPS = (
    Step("office", "Сведения об администрации", _office, _says("Сведения об администрации"),
         {"Заполнить": ("office.office_show", {})}),
    Step("mail", "Почта", _mail, lambda found: "Почта" if found.has_mail else "Без почты",
         {"Настроить и проверить": ("mail.show", {})}, without="Без почты"),
    Step("topics", "Темы и отделы", _competence, lambda found: f"Темы и отделы ({found.row.topics})",
         {"Заполнить таблицу": ("topics.index", {})}),
    Step("people", "Люди", _staff, lambda found: f"Люди ({found.row.people})",
         {"Пригласить": ("users.new", {}), "Все люди": ("users.users_index", {})}),
    Step("stand-in", "Замещения", lambda found: "" if found.row.press_centre > 1 else _NO_STAND_IN,
         _says("Куратора есть кому заменить"),
         {"Пригласить": ("users.new", {"role": Role.MODERATOR})}),
    Step("calendar", "Календарь", _calendar, lambda found: f"Календарь {found.year} сверен",
         {"Сверить": ("calendar.index", {})}),
    Step("page", "Страница в соцсети", _page,
         lambda found: "Страница подключена" if found.row.page else "Ответы вручную",
         {"Подключить": ("pages.new", {}), "Все страницы": ("pages.pages_index", {})}, without="Отвечать вручную"),
    Step("file", "Первый файл", lambda found: "" if found.row.file else _NO_FILE, _says("Первый файл загружен"),
         {"Загрузить": ("imports.index", {})}),
    Step("backup", "Резервная копия", _backup, _says("Резервная копия проверена"),
         {"Посмотреть": ("backups.index", {})}),
)  # fmt: skip
"""In the order in which they are done: an invitation needs the mail, and a person his department."""


# --- The list for one person
@dataclass(frozen=True, slots=True)
class OpenStep(OfRow):
    """`buttons`: label and address; `who`: names of those who do it, where this person may not."""

    row: Step
    wrong: str
    buttons: Sequence[tuple[str, str]]
    without: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class FirstSteps:
    open: Sequence[OpenStep]
    done: Sequence[str]
    is_folded: bool


@dataclass(frozen=True, slots=True)
class Leading:
    """On the page of a step. `here`: what is open of it; `after`: the next step, by this person."""

    here: Sequence[OpenStep]
    after: OpenStep | None


def first_steps() -> FirstSteps | None:
    """What is still to be done; None for other roles, in a demonstration, when all is done. Asked once a request."""
    if "osm_first_steps" not in g:
        g.osm_first_steps = _first_steps()
    found: FirstSteps | None = g.osm_first_steps
    return found


def _first_steps() -> FirstSteps | None:
    now = current_now()
    if not me().has(*_READERS) or now < (DONE_UNTIL.get() or now) or _is_over():
        return None
    found = _found(local_day(now).year)
    wrong = {step.code: step.wrong(found) for step in STEPS}
    if found.row.demonstration or not any(wrong.values()):
        DONE_UNTIL.set(now + AGAIN_AFTER)
        if not found.row.demonstration and not found.row.done_once:
            after_this_request(_note_done)
        return None
    DONE_ONCE.set(found.row.done_once)
    if _is_over():
        return None
    todo = [step for step in STEPS if wrong[step.code]]
    names = _names() if not all(_may(step) for step in todo) else {}
    return FirstSteps(
        [_opened(step, wrong[step.code], names) for step in todo],
        [step.done(found) for step in STEPS if not wrong[step.code]],
        session.setdefault(_FIRST_SEEN, len(todo)) <= FOLDED_FROM,
    )


def leading() -> Leading | None:
    """How to go on from the page of a step; None elsewhere and once all is done."""
    endpoints = {step.code: {endpoint.partition(".")[0] for endpoint, _ in step.buttons.values()} for step in STEPS}
    here = {code for code, blueprints in endpoints.items() if request.blueprint in blueprints}
    steps = first_steps() if here else None
    if steps is None:
        return None
    after = next((one for one in steps.open if one.code not in here and one.buttons), None)
    return Leading([one for one in steps.open if one.code in here], after)


def _is_over() -> bool:
    """Whether this page has no list any more."""
    return DONE_ONCE.get() and request.path != frame.ADMIN


def _note_done(response: Response) -> Response:
    """After the page was made: it only looked."""
    with BesideReading("first steps"), unless_busy(0.2), transaction():
        record("first_steps_done", at=current_now(), actor=None, object_kind="first_step")
    return response


def _found(year: int) -> Found:
    settings = current_settings()
    provisional = year in in_force().calendar.provisional_years
    row = db.session.execute(_FOUND, {"year": year}).one()
    return Found(row, year, provisional, settings.mail is not None, settings.backup_dir is not None)


def _access(step: Step) -> frozenset[Role]:
    """Who may do the step: those who may open its first button."""
    return declared(current_app, next(iter(step.buttons.values()))[0]) or frozenset()


def _may(step: Step) -> bool:
    return may(_access(step), me())


def _opened(step: Step, wrong: str, names: Mapping[Role, Sequence[str]]) -> OpenStep:
    if _may(step):
        buttons = [(label, url_for(endpoint, **values)) for label, (endpoint, values) in step.buttons.items()]
        return OpenStep(step, wrong, buttons, without=step.without)
    doers = [name for role in Role if role in _access(step) for name in names.get(role, ())]
    return OpenStep(step, wrong, (), who=", ".join(dict.fromkeys(doers)) or "администратор")


def _names() -> Mapping[Role, Sequence[str]]:
    rows = db.session.execute(
        select(UserRole.role, User.name)
        .join(User, User.id == UserRole.user_id)
        .where(UserRole.role.in_(_READERS), User.is_active)
        .order_by(User.name)
    )
    found: dict[Role, list[str]] = {}
    for role, name in rows:
        found.setdefault(role, []).append(name)
    return found


# --- What only a person can decide
blueprint = Screens("first_steps", __name__, url_prefix="/admin/first-steps")


@blueprint.post("/<code>/without", Role.ADMIN)
def without(code: str) -> ResponseReturnValue:
    step = next((one for one in STEPS if one.code == code and one.without), None) or abort(404)
    with transaction():
        acting = who()
        record(f"without_{code}", at=acting["now"], actor=acting["actor"], object_kind="first_step")
    return requests.see_other(url_for("administration.show"), f"Записано: {step.without.lower()}.")


def init_app(app: Flask) -> None:
    app.add_template_global(first_steps)
    app.add_template_global(leading, "leading_to_next_step")
