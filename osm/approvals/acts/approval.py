"""The curator's decision on a version (П.11, П.12), valid only for the version that he saw; corrections of a published
answer; figures, dates and names in a text.
"""

import re
import secrets
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from babel.dates import get_month_names

from moderation.text.morph import NAME, Morph, morph
from osm.answers.acts import publication, templates
from osm.answers.acts.drafting import checked_text, next_number, submitted_draft
from osm.base.application import current_settings
from osm.base.database import add_row, db
from osm.base.errors import NotFound, NotYours
from osm.check.acts import due
from osm.flow.acts.act import Act, act, current_reply
from osm.flow.acts.edits import is_shared
from osm.models import CriteriaException, Draft, DraftState, Message, OverrideReason, ReadingKind, User
from osm.outbox.acts.orders import withdraw_publication
from osm.regulation import transitions, words
from osm.regulation.errors import MissingInput, TransitionNotAllowed, refuse
from osm.regulation.words import Action
from osm.wording.criteria import LABELS, Key

# --- Approval in spite of an unmet criterion (П.16, П.15)
MAX_TEXT = 1000  # characters of the curator's words


@dataclass(frozen=True, slots=True)
class Override:
    """The curator's reason. Words are required if the code does not explain it."""

    reason: OverrideReason
    text: str = ""


def override_of(reason: str, text: str) -> Override | None:
    """The chosen reason; None if no known one was chosen."""
    if reason not in set(OverrideReason):
        return None
    return Override(OverrideReason(reason), text.replace("\r\n", "\n").replace("\0", "").strip())


def unmet(draft: Draft) -> tuple[Key, ...]:
    """The criteria that this version does not meet, in the order of П.16."""
    reply = draft.reply
    checked = templates.check(
        draft.text, network=reply.message.network, kind=reply.kind, is_repeat=reply.message.is_repeat,
        attachments=len(reply.attachments),
    )  # fmt: skip
    return tuple(criterion.key for criterion in checked.criteria if criterion.is_missing)


def demand(draft: Draft, given: Override | None, *, actor: User, now: datetime) -> CriteriaException | None:
    """Store the reason with the version being approved; None if all criteria are met. Every approval calls this. Raises
    MissingInput (`in_spite`, `in_spite_text`)."""
    keys = unmet(draft)
    if not keys:
        return None
    if given is None:
        labels = ", ".join(LABELS[key] for key in keys)
        raise MissingInput("in_spite", f"Не хватает: {labels}. Исправьте ответ или выберите, почему согласуете так.")
    refuse("in_spite_text", len(given.text) > MAX_TEXT, f"Причина длиннее {MAX_TEXT} знаков. Сократите.")
    refuse("in_spite_text", given.reason is OverrideReason.OTHER and not given.text, "Напишите причину своими словами.")
    row = CriteriaException(
        draft_id=draft.id, criteria=",".join(keys), reason=given.reason, text=given.text, decided_at=now,
        decided_by_id=actor.id,
    )  # fmt: skip
    db.session.add(row)
    return row


# --- The decision on a version (П.11, П.12)
def second_person_approves() -> bool:
    """Whether this office demands that a common draft is approved by another curator than its author (П.14)."""
    return current_settings().second_person_approves


def approve_draft(
    message_id: int, version: int, *, draft_id: int, override: Override | None = None, actor: User, now: datetime
) -> Draft:
    """Approve this version for publication. `override`: the curator's reason; without it an unmet criterion raises
    MissingInput."""
    with act(Action.APPROVE_DRAFT, message_id, version, actor, now) as step:
        draft = _seen(step, draft_id)
        _approve(step, draft, override)
        return draft


def correct_and_approve(
    message_id: int, version: int, *, draft_id: int, text: str, override: Override | None = None, actor: User,
    now: datetime,
) -> Draft:  # fmt: skip
    """The curator corrects the text: a new approved version of his; the executor is shown the changes."""
    with act(Action.CORRECT_AND_APPROVE, message_id, version, actor, now, texts={"text": text}) as step:
        given = _seen(step, draft_id)
        corrected = checked_text(text)
        if corrected == given.text:
            _approve(step, given, override)
            return given
        _decide(step, given, DraftState.CORRECTED)
        draft = Draft(
            reply=given.reply, number=next_number(given.reply), text=corrected, came_from=given.came_from,
            author_id=given.author_id, author_for_id=given.author_for_id, submitted_by=step.actor, submitted_at=now,
            is_correction=True,
        )  # fmt: skip
        add_row(draft)
        due.enqueue([step.message.id], [ReadingKind.SEARCH])
        _approve(step, draft, override)
        return draft


def return_draft(message_id: int, version: int, *, draft_id: int, remarks: str, actor: User, now: datetime) -> Draft:
    """Return it to the executor with remarks; he has an hour (П.12)."""
    with act(Action.RETURN_DRAFT, message_id, version, actor, now, texts={"remarks": remarks}) as step:
        draft = _seen(step, draft_id)
        draft.remarks = step.texts["remarks"]
        _decide(step, draft, DraftState.RETURNED)
        step.note = draft.remarks
        return draft


def revoke_approval(message_id: int, version: int, *, reason: str, actor: User, now: datetime) -> Message:
    """Take the approval back before anything was sent; the executor reworks."""
    texts, given = {"reason": reason}, {transitions.Condition.SENDING_NOT_BEGUN}
    with act(Action.REVOKE_APPROVAL, message_id, version, actor, now, texts=texts, given=given) as step:
        withdraw_publication(message_id, actor=actor, now=now)  # SendingBegun: then the condition is not met
        reply = current_reply(step.message)
        if reply is None or reply.approved_draft is None:
            raise NotFound("Согласованный ответ")
        draft = reply.approved_draft
        draft.remarks = step.texts["reason"]
        _decide(step, draft, DraftState.REVOKED)
        reply.approved_draft = None
        step.note = draft.remarks
        return step.message


def _seen(step: Act, draft_id: int) -> Draft:
    """The waiting version, if the curator saw exactly this one."""
    draft = submitted_draft(step.message)
    refuse("draft_id", draft.id != draft_id, "На согласовании уже другая версия. Откройте её: решение не записано.")
    return draft


def _approve(step: Act, draft: Draft, override: Override | None) -> None:
    """Every approval calls this: the version is checked again as at its submission."""
    if is_shared(step.message) and second_person_approves() and step.actor.id == draft.author_id:
        raise NotYours("Сводный ответ, который вы подготовили, согласует другой куратор: так решено настройкой.")
    checked_text(draft.text)
    templates.check_kept(draft.reply)
    if kept := demand(draft, override, actor=step.actor, now=step.now):
        step.changes |= {"unmet": (None, kept.criteria), "in_spite": (None, kept.reason)}
    _decide(step, draft, DraftState.APPROVED)
    draft.salt = draft.salt or secrets.token_hex(16)  # drafts from before this column: they have no digest yet
    step.changes["text_digest"] = (None, draft.digest)
    draft.reply.approved_draft = draft


def _decide(step: Act, draft: Draft, state: DraftState) -> None:
    draft.state, draft.decided_at, draft.decided_by_id = state, step.now, step.actor.id
    draft.decided_for_id = step.for_id
    step.object_kind, step.object_id = "draft", draft.id


# --- «Исправить ответ»
def correct_text(message_id: int, version: int, *, text: str, reason: str, actor: User, now: datetime) -> Draft:
    """Correct the last published reply with a new version approved by the curator; no clock moves. An unmet criterion
    of П.16 needs no reason but that of the correction. If the answer was entered in «Инцидент Менеджмент», it has to be
    entered again. Raises MissingInput, StaleVersion, TransitionNotAllowed."""
    with act(Action.CORRECT_ANSWER, message_id, version, actor, now, texts={"reason": reason}) as step:
        reply = publication.last_published(step.message)
        stood = reply.approved_draft if reply else None
        if reply is None or stood is None:
            raise TransitionNotAllowed(step.before, step.transition.action, actor.roles)
        corrected = checked_text(text)
        refuse("text", corrected == stood.text, "Текст тот же, что опубликован. Исправьте то, что неверно.")
        draft = Draft(
            reply=reply, number=next_number(reply), text=corrected, came_from=stood.came_from,
            author_id=stood.author_id, author_for_id=stood.author_for_id, submitted_by=step.actor, submitted_at=now,
            is_correction=True, salt=secrets.token_hex(16), state=DraftState.APPROVED, decided_at=now,
            decided_by_id=actor.id, decided_for_id=step.for_id,
        )  # fmt: skip
        add_row(draft)
        override = Override(OverrideReason.OTHER, step.texts["reason"][:MAX_TEXT])
        demand(draft, override, actor=actor, now=now)
        due.enqueue([step.message.id], [ReadingKind.SEARCH])
        reply.approved_draft = draft
        step.changes["text_digest"] = (stood.digest, draft.digest)
        if reply.entered_in_source_at is not None:
            step.changes["entered_in_source_at"] = (reply.entered_in_source_at, None)
            reply.entered_in_source_at = reply.entered_in_source_by_id = None
        step.object_kind, step.object_id = "draft", draft.id
        step.note = step.texts["reason"]
        return draft


# --- Figures, dates and names in a Russian text
class FactKind(words.Labelled):
    FIGURE = "figure", "число"
    DATE = "date", "дата"
    NAME = "name", "имя или название"


FACT_LABELS = {one: one.label for one in FactKind}


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact in the text; equal `key` means the same fact in other words."""

    kind: FactKind
    text: str
    key: Hashable


_MONTHS = frozenset(get_month_names("wide", "stand-alone", "ru").values())
_OF_MONTHS = tuple(get_month_names("wide", "format", "ru").values())
_DAY_WORDS = """
сегодня завтра вчера послезавтра позавчера
понедельник вторник среда четверг пятница суббота воскресенье
"""
_NUMBER_WORDS = """
ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать
шестнадцать семнадцать восемнадцать девятнадцать двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят
девяносто сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот тысяча миллион миллиард
оба полтора половина треть четверть десяток сотня двое трое четверо пятеро шестеро семеро
первый второй третий четвертый пятый шестой седьмой восьмой девятый десятый
"""
_DAYS, _NUMBERS = frozenset(_DAY_WORDS.split()), frozenset(_NUMBER_WORDS.split())
_RUSSIAN = re.compile(r"[а-яё-]+")
_POLITE = frozenset({"вы", "ваш"})  # capital letters out of politeness, not of names

_FACT = re.compile(
    rf"""
    (?P<day>\d{{1,2}})(?:-?(?:го|е|ое|му))?\s+(?P<month>{"|".join(_OF_MONTHS)})\b(?:\s+(?P<year>\d{{4}})\b)?
    | (?<![\d.,])(?P<dd>\d{{1,2}})\.(?P<mm>0[1-9]|1[0-2])(?:\.(?P<yyyy>\d{{4}}|\d{{2}}))?(?![\d.,]*\d)
    | (?P<number>\d{{1,3}}(?:[ \u00a0\u202f]\d{{3}})+(?!\d)(?:[.,]\d+)?|\d+(?:[-.,:/]\d+)*(?:[а-я]\b)?)
    | (?P<word>[^\W\d_]+(?:-[^\W\d_]+)*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BEFORE_SENTENCE = re.compile(r"(?:^|\n|[!?…]|\.)[\s«»\"“”(—–•*-]*\Z")
_SHORTENED = re.compile(r"\b(?:[А-ЯЁA-Z]|ул|пер|пр|просп|бул|пл|д|г|гор|с|пос|п|ст|мкр|им|тов|гр|р|св)\.[\s«\"]*\Z")
"""A point that does not end a sentence: «ул. Калининская», «И. П. Иванов»."""


def facts_of(text: str) -> list[Fact]:
    """The facts in the order of the text."""
    return [fact for match in _FACT.finditer(text) if (fact := _fact(match, text))]


def _fact(match: re.Match[str], text: str) -> Fact | None:
    given, shown = match.groupdict(), match[0]
    if given["month"]:
        year = int(given["year"]) if given["year"] else None
        return Fact(FactKind.DATE, shown, (int(given["day"]), _OF_MONTHS.index(given["month"].lower()) + 1, year))
    if given["mm"] and 1 <= int(given["dd"]) <= 31:
        return Fact(FactKind.DATE, shown, (int(given["dd"]), int(given["mm"]), _full_year(given["yyyy"])))
    if given["mm"] or given["number"]:
        return Fact(FactKind.FIGURE, shown, re.sub(r"\s", "", shown).replace(",", "."))
    return _word(shown, text[max(0, match.start() - 12) : match.start()])


def _word(shown: str, before: str) -> Fact | None:
    reading = _reading(shown.lower())
    lemmas = set(reading.lemmas)
    if months := lemmas & _MONTHS:
        return Fact(FactKind.DATE, shown, min(months))
    if days := lemmas & _DAYS:
        return Fact(FactKind.DATE, shown, min(days))
    if numbers := lemmas & _NUMBERS:
        return Fact(FactKind.FIGURE, shown, min(numbers))
    if not shown[0].isupper() or lemmas & _POLITE:
        return None
    starts = bool(_BEFORE_SENTENCE.search(before)) and not _SHORTENED.search(before)
    is_name = len(shown) > 1 and (shown.isupper() or bool(reading.grammar & NAME))
    return Fact(FactKind.NAME, shown, reading.lemmas[0]) if is_name or not starts else None


@lru_cache(maxsize=8192)
def _reading(word: str) -> Morph:
    """Only Russian words have a morphology; others are their own dictionary form."""
    return morph(word) if _RUSSIAN.fullmatch(word) else Morph((word,), 0, known=False)


def _full_year(digits: str | None) -> int | None:
    return None if digits is None else int(digits) + (2000 if len(digits) == 2 else 0)
