"""Hand open work to a substitute and back with one confirmation, all of it or nothing (П.3); the details and settings
of the office; access for an audit.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta, tzinfo
from urllib.parse import urlsplit

from sqlalchemy import text

from osm.base.database import db, insert_into
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.flow.acts.act import Act, act, load_message, together
from osm.flow.acts.clocks import in_force
from osm.flow.acts.moving import active_assignments, end_assignment, lines, locked, one_line, settle, write_into
from osm.flow.acts.terms import local_day
from osm.log.acts.record import Change, record
from osm.log.queries.words import KEPT
from osm.messages.acts.executors import MovedByAbsence, replace_executor
from osm.models import Assignment, AuditAccess, Office, OfficeSettings, User
from osm.networks.catalogue import NETWORKS
from osm.people.acts.users import create_user
from osm.people.queries import absences, people
from osm.people.queries.handovers import SETTINGS_ID, Held, Offer, OfferKind, offers_on
from osm.regulation.errors import EveryField, MissingInput, StaleVersion, TransitionNotAllowed, need, refuse
from osm.regulation.executors import PartState
from osm.regulation.words import Action, Role

# --- Handing over (П.3)
Done = tuple[Offer, User]


class OfferChanged(ServiceError):
    """The offer differs from what the person saw: the messages or the absence have changed."""

    words = (
        "Пока страница была открыта, список сообщений или отсутствие изменились. Ничего не передано: "
        "откройте «Ждёт меня», проверьте и нажмите ещё раз, если ещё нужно."
    )


def hand_over(holder_id: int, owner_id: int, seen: str, *, target_id: int | None, actor: User, now: datetime) -> Done:
    """Give everything in an offer to its target, or to `target_id` if there is no substitute. No term moves. `seen`:
    `Offer.seen` from the page. Raises OfferChanged, MissingInput."""
    try:
        with transaction(), together():
            offer = _found(holder_id, owner_id, seen, now)
            target = _target(offer, target_id, now)
            for item in offer.items:
                _hand_over(item, offer, target, actor, now)
            return offer, target
    except (StaleVersion, TransitionNotAllowed):
        raise OfferChanged from None  # somebody acted on one of the messages at this moment


def keep(holder_id: int, owner_id: int, seen: str, *, actor: User, now: datetime) -> Offer:
    """Let the substitute finish what he has, although the other is back. Raises OfferChanged."""
    with transaction():
        offer = _found(holder_id, owner_id, seen, now)
        if offer.kind is not OfferKind.BACK:
            raise OfferChanged
        for item in offer.items:
            message = load_message(item.message_id)
            if message.version != item.version:
                raise OfferChanged
            row = db.session.get_one(Assignment, item.assignment_id)
            row.kept_at = now
            record(KEPT, at=now, actor=actor, message=message, about=row, clause="П.3")
        return offer


def _found(holder_id: int, owner_id: int, seen: str, now: datetime) -> Offer:
    if db.engine.dialect.name == "postgresql":
        # Wait for a change of an absence in progress, or the work could go to the former substitute.
        db.session.execute(text("LOCK TABLE absence IN SHARE MODE"))
    wanted = (holder_id, owner_id, seen)
    found = [o for o in offers_on(local_day(now)) if (o.holder_id, o.owner_id, o.seen) == wanted]
    if not found:
        raise OfferChanged
    return found[0]


def _target(offer: Offer, target_id: int | None, now: datetime) -> User:
    if offer.target_id is not None:
        return db.session.get_one(User, offer.target_id)
    target = db.session.get(User, target_id) if target_id else None
    if target is None or not target.is_active or Role.EXECUTOR not in target.own_roles or target.id == offer.holder_id:
        raise MissingInput("target_id", "Выберите, кому передать сообщения.")
    if absences.roster_on(local_day(now)).is_away(target.id):
        raise MissingInput("target_id", f"{target.name} тоже отсутствует. Выберите другого исполнителя.")
    return target


def _hand_over(item: Held, offer: Offer, target: User, actor: User, now: datetime) -> None:
    action = Action.REROUTE if offer.kind is OfferKind.BLOCKED else Action.SUBSTITUTE
    with act(action, item.message_id, item.version, actor, now) as step:
        row = next((one for one in active_assignments(step.message) if one.id == item.assignment_id), None)
        if row is None:
            raise OfferChanged
        stands_for = None if offer.kind is OfferKind.BLOCKED or target.id == offer.owner_id else offer.owner_id
        _replace(step, row, target, stands_for)


def _replace(step: Act, row: Assignment, executor: User, for_id: int | None) -> None:
    """Give the task to another executor; its place in the order and its terms stay. If he works on this message
    already, his assignment gets the task too."""
    own = next((one for one in active_assignments(step.message) if one.executor_id == executor.id), None)
    if own is None:
        own = replace_executor(step, row, executor, MovedByAbsence(for_id))
    else:
        end_assignment(row, step.now)
        if row.task and row.task != own.task:
            own.task = "\n".join(filter(None, (own.task, row.task)))
        own.version += 1
        if row.part_state is not PartState.SENT and own.part_state is PartState.SENT:
            own.part_state = PartState.WAITING  # he is asked again, for what the other had not sent
    step.changes["executor_id"] = (row.executor_id, executor.id)
    step.changes["stands_for_id"] = (row.for_id, for_id)
    step.object_kind, step.object_id = "assignment", own.id


# --- The details of the office
MOST_LINES = 20
LONGEST_LINE = 120

_WEIGHTS = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


def edit_office(
    version: int, *, name: str, inn: str, letterhead: str, site: str, responsible: str, phones: str, duty_phones: str,
    actor: User | None, now: datetime,
) -> Office:  # fmt: skip
    """Raises MissingInput, which names the field, and StaleVersion."""
    with EveryField() as check:
        given = {
            "name": check(one_line, "name", "Название", name, 300),
            "inn": check(checked_inn, inn, "inn"),
            "letterhead": check(_lines, "letterhead", "Шапка документов", letterhead),
            "site": check(_checked_site, site),
            "responsible": check(one_line, "responsible", "Ответственное лицо", responsible, 200),
            "phones": check(_lines, "phones", "Телефоны", phones),
            "duty_phones": check(_lines, "duty_phones", "Дежурные телефоны", duty_phones),
        }
    with transaction() as session:
        session.execute(insert_into(Office).values(id=people.OFFICE_ID).on_conflict_do_nothing())
        office = locked(Office, people.OFFICE_ID, version, "Сведения об администрации")
        settle("edit_office", office, {"fields": ([], write_into(office, given))}, actor=actor, now=now)
        return office


def _lines(field: str, label: str, value: str) -> str:
    return "\n".join(lines(field, label, value, longest=LONGEST_LINE, most=MOST_LINES))


def checked_inn(typed: str, field: str) -> str:
    """Check an INN of 10 or 12 digits and its check digits (order of the tax service ММВ-7-6/435@). Raises
    MissingInput."""
    inn = re.sub(r"\s", "", typed)
    if inn and not (re.fullmatch(r"[0-9]{10}|[0-9]{12}", inn) and _with_check_figures(inn) == inn):
        raise MissingInput(field, "Такого ИНН не бывает: в нём 10 или 12 цифр, последние проверяют остальные.")
    return inn


def _with_check_figures(inn: str) -> str:
    """The number with its last digit (of 10) or last two (of 12) computed from the others."""
    checked = inn[:9] if len(inn) == 10 else inn[:10]
    while len(checked) < len(inn):
        weights = _WEIGHTS[-len(checked) :]
        checked += str(sum(weight * int(figure) for weight, figure in zip(weights, checked, strict=True)) % 11 % 10)
    return checked


def _checked_site(typed: str) -> str:
    site = one_line("site", "Адрес сайта", typed, 200)
    if not site:
        return ""
    parts = urlsplit(site if "//" in site else f"https://{site}")
    if parts.scheme not in ("http", "https") or "." not in (parts.hostname or "") or " " in site:
        raise MissingInput("site", "Это не адрес сайта. Напишите его как в браузере: https://…")
    return parts.geturl()


# --- Settings that the Postanovlenie leaves to the office (П.3, П.17)
KIND = "office_settings"
WHAT = "Настройки администрации"
_NO_ACT = "Напишите номер документа, которым это решено: порядок работы по п. 17 меняется."
_NO_DAY = "Укажите дату документа, которым это решено: порядок работы по п. 17 меняется."


def edit_settings(
    version: int, *, publishing_networks: Collection[str], answer_marked: bool, act_number: str, act_on: date | None,
    actor: User, now: datetime, zone: tzinfo, load_minutes: int | None = None,
) -> OfficeSettings:  # fmt: skip
    """Departing from the letter of П.17 needs an act of the office. `load_minutes`: None leaves them. Raises
    MissingInput, StaleVersion."""
    wrong = load_minutes is not None and not 15 <= load_minutes <= 600
    with locked_settings(version) as row:
        with EveryField() as check:
            number = check(one_line, "act_number", "Номер документа", act_number, 50)
            check(refuse, "load_minutes", wrong, "Введите число минут от 15 до 600.")
            if answer_marked != row.answer_marked:
                check(_check_act, number, act_on, now.astimezone(zone).date())
        changes: dict[str, Change] = {}
        if load_minutes is not None and load_minutes != row.load_minutes:
            changes["load_minutes"] = (row.load_minutes, load_minutes)
            row.load_minutes = load_minutes
        note = ""
        networks = sorted(_known(publishing_networks, row.publishing_networks))
        if networks != sorted(row.publishing_networks):
            changes["publishing_networks"] = (row.publishing_networks, networks)
            row.publishing_networks = networks
        if answer_marked != row.answer_marked:
            changes["answer_marked"] = (row.answer_marked, answer_marked)
            row.answer_marked, row.marked_act_number, row.marked_act_on = answer_marked, number, act_on
            note = f"№ {number} от {act_on:%d.%m.%Y}"
        if changes:
            settle("edit_office_settings", row, changes, actor=actor, now=now, note=note)
        return row


@contextmanager
def locked_settings(version: int) -> Iterator[OfficeSettings]:
    """Yield the settings, created if missing, if the version is the one seen. Raises StaleVersion."""
    with transaction() as session:
        first = insert_into(OfficeSettings).values(id=SETTINGS_ID, publishing_networks=[])
        session.execute(first.on_conflict_do_nothing())
        yield locked(OfficeSettings, SETTINGS_ID, version, WHAT)


def _known(given: Collection[str], kept: Collection[str]) -> set[str]:
    if strangers := set(given) - set(NETWORKS) - set(kept):
        raise MissingInput("publishing_networks", f"Соцсети «{min(strangers)}» в списке нет. Отметьте из списка.")
    return set(given)


def _check_act(number: str, day: date | None, today: date) -> None:
    with EveryField() as check:
        check(refuse, "act_number", not number, _NO_ACT)
        check(refuse, "act_on", day is None, _NO_DAY)
        check(refuse, "act_on", day and day > today, "Этот день ещё не наступил.")


# --- Access for an audit: an account that reads until its day ends, on a named ground
AUDIT_DAYS = 30  # a longer audit gets another account


def give_access(
    login: str, *, name: str, position: str, email: str, last_day: date | None, ordered_by: str, document: str,
    password: str, actor: User, now: datetime,
) -> User:  # fmt: skip
    """An account that reads to the end of this local day. Raises MissingInput; then nothing is stored."""
    today = local_day(now)
    longest = today + timedelta(days=AUDIT_DAYS)
    asked_day = f"Укажите последний день доступа: с {today:%d.%m.%Y} по {longest:%d.%m.%Y}."
    asked = "Укажите, кто поручил проверку: без этого доступа не дать."
    asked_document = "Укажите номер и дату документа о проверке."
    with EveryField() as check:
        check(refuse, "last_day", last_day and not today <= last_day <= longest, asked_day)
        last_day = check(need, "last_day", last_day, asked_day)
        ordered_by = check(one_line, "ordered_by", "Кто поручил", ordered_by, 300, missing=asked)
        document = check(one_line, "document", "Документ", document, 300, missing=asked_document)
    until = datetime.combine(last_day + timedelta(days=1), time(), in_force().calendar.tz)
    with transaction() as session:
        user = create_user(
            login, name, {Role.AUDITOR}, password, now=now, position=position, email=email, without_mail=True,
            must_change_password=True, actor=actor,
        )  # fmt: skip
        session.add(
            AuditAccess(
                user_id=user.id, until=until, ordered_by=ordered_by, document=document, given_at=now,
                given_by_id=actor.id,
            )
        )  # fmt: skip
        record("audit_access", at=now, actor=actor, about=user, changes={"ends_at": (None, until)})
        return user
