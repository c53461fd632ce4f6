"""What an absence would bring, in sentences, before it is saved: whose messages and rights go to whom, which gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from osm.clock import current_now
from osm.regulation.durations import plural
from osm.regulation.substitution import Absence, Colleague, named, passed_on, period_words, stand_in
from osm.regulation.words import ROLE_LABELS, Post, Role
from osm.services.staff import absences as services
from osm.services.staff.absences import Given, local_day
from osm.store.queries.staff.handovers import count_held
from osm.store.queries.staff.substitutes import colleagues
from osm.web.access import me


@dataclass(frozen=True, slots=True)
class Effect:
    """One sentence; `is_alarm`: somebody's work would have nobody."""

    text: str
    is_alarm: bool = False


def possible_effects(person_id: int | None, given: Given, besides: int | None = None) -> list[Effect]:
    """What this absence would bring. Raises MissingInput as saving it would."""
    rule = services.checked_absence(person_id, given, actor=me(), now=current_now(), besides=besides)
    others = services.holding(rule.first_day, besides)
    people = colleagues(named([rule, *others]))
    return [
        *_of_leader(rule, people),
        *_of_executor(rule, people, local_day(current_now())),
        *_of_rights(rule, people),
        *_of_chain(rule, others, people),
    ]


def _of_executor(rule: Absence, people: dict[int, Colleague], today: date) -> list[Effect]:
    if Role.EXECUTOR not in people[rule.person_id].roles:
        return []
    count = count_held(rule.person_id)
    words = f"{count} {plural(count, 'открытое сообщение', 'открытых сообщения', 'открытых сообщений')}"
    if rule.substitute_id is None:
        kept = f"{words} {plural(count, 'останется', 'останутся', 'останутся')} без исполнителя. " if count else ""
        return [
            Effect(
                f"{kept}Замещающего нет: направить сюда новые сообщения будет нельзя, куратор увидит это красным.",
                is_alarm=True,
            )
        ]
    name = people[rule.substitute_id].name
    begins = "сегодня" if rule.first_day <= today else f"{rule.first_day:%d.%m}"
    found = [Effect(f"Новые сообщения в эти дни сразу получает замещающий: {name}.")]
    if count:
        moves = plural(count, "перейдёт", "перейдут", "перейдут")
        found.insert(
            0,
            Effect(
                f"{words} {moves} к замещающему: {name}. Куратор подтвердит одним нажатием ({begins}, «Ждёт меня»), "
                "сроки не изменятся; что останется открытым, вернётся."
            ),
        )
    return found


def _of_leader(rule: Absence, people: dict[int, Colleague]) -> list[Effect]:
    person = people[rule.person_id]
    if Role.HEAD not in person.roles:
        return []
    is_head = person.post is Post.HEAD
    if rule.acting_id is None:
        kept = " Срочный доклад по-прежнему доводят до него самого." if is_head else ""
        return [Effect(f"Исполняющего обязанности нет.{kept}", is_alarm=is_head)]
    days, name = period_words(rule.first_day, rule.last_day), people[rule.acting_id].name
    if not is_head:
        return [Effect(f"Обязанности исполняет {days}: {name}.")]
    return [Effect(f"И. о. главы {days}: {name}. Срочный доклад доведён до главы, когда его прочтёт и. о.")]


def _of_rights(rule: Absence, people: dict[int, Colleague]) -> list[Effect]:
    roles = passed_on(people[rule.person_id].roles)
    if not roles:
        return []
    words = ", ".join(ROLE_LABELS[role].lower() for role in Role if role in roles)
    if rule.substitute_id is None:
        return [Effect(f"Замещающего нет: права этой роли ({words}) на эти дни не перейдут никому.", is_alarm=True)]
    return [
        Effect(
            f"{people[rule.substitute_id].name} на эти дни получает права: {words}. «Ждёт меня» и остальные страницы "
            "откроются сами, в журнале будет видно, кто кого замещает."
        )
    ]


def _of_chain(rule: Absence, others: Sequence[Absence], people: dict[int, Colleague]) -> list[Effect]:
    """The substitute is away himself on some of these days."""
    found = []
    for other in others:
        if other.person_id != rule.substitute_id or not (
            other.first_day <= rule.last_day and rule.first_day <= other.last_day
        ):
            continue
        first, last = max(rule.first_day, other.first_day), min(rule.last_day, other.last_day)
        end = stand_in(rule.person_id, first, [rule, *others], people)
        follows = f"тогда замещает: {people[end].name}" if end and end in people else "замены на эти дни нет"
        found.append(
            Effect(
                f"{people[other.person_id].name} в отсутствии {period_words(first, last)}: {follows}.",
                is_alarm=end is None,
            )
        )
    return found
