"""The day by which an answer promises something: «до 15 декабря», «в пятницу», «в IV квартале», «за две недели».

A pure reading of the expressions that the criterion `terms` has found; what names no day gives None.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Collection, Iterable
from datetime import date, timedelta
from enum import StrEnum

from osm.wording.criteria import form
from osm.wording.criteria.term_words import Expression, find_terms
from osm.wording.text import AnswerText, Span, load_words

WorkingDays = Callable[[date, int], date]  # the n-th working day after a day

_MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_MONTH = r"(?P<month>янв|фев|мар|апр|ма[яеюй]|июн|июл|авг|сен|окт|ноя|дек)"
_WEEKDAYS = ("понед", "вторн", "сред", "четв", "пятн", "субб", "воск")
_SEASONS = {"весн": 5, "лет": 8, "осен": 11, "зим": 2}
_NUMBERS = {
    "од": 1, "два": 2, "две": 2, "двух": 2, "пар": 2, "тр": 3, "четыр": 4, "пят": 5, "шест": 6, "сем": 7, "вос": 8,
    "девят": 9, "десят": 10, "двенадцат": 12, "пятнадцат": 15, "двадцат": 20, "тридцат": 30, "полтор": 2,
}  # fmt: skip
_ORDINALS = ("перв", "втор", "трет", "четв")
_ORDINAL_DAYS = {
    "перв": 1, "втор": 2, "треть": 3, "четверт": 4, "пятнадцат": 15, "пят": 5, "шестнадцат": 16, "шест": 6,
    "семнадцат": 17, "седьм": 7, "восемнадцат": 18, "восьм": 8, "девятнадцат": 19, "девят": 9, "десят": 10,
    "одиннадцат": 11, "двенадцат": 12, "тринадцат": 13, "четырнадцат": 14, "двадцат": 20, "тридцат": 30,
}  # fmt: skip
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_OVER = re.compile(r"прошл|минувш|вчера|позавчера")
_YEAR = re.compile(r"20\d\d|[./]\d\d[./]\d\d")
_HALF_YEAR = timedelta(days=183)  # a date without a year that lies further back is one of the next year


def promised_days(
    fragments: Iterable[str], on: date, working_days: WorkingDays, ahead: Collection[str] = (),
    to_come: Collection[str] = (), written_on: date | None = None,
) -> list[tuple[date, str]]:  # fmt: skip
    """The days after `on` that these expressions name, each once with its words, the earliest first.

    `ahead`: those of them that speak of what is still to come; they may name `on` itself («сегодня до вечера починим»).
    `to_come`: those without a year that mean the nearest such day from when they were written (`written_on`, by default
    `on`), however far ahead it lies; one that has passed since is none.
    """
    found: dict[date, str] = {}
    for fragment in fragments:
        day = promised_day(fragment, on, working_days)
        if day is not None and day < (written_on or on) and fragment in to_come and not has_year(fragment):
            day = _date(day.year + 1, day.month, day.day)
        if day is not None and (day > on or (day == on and fragment in ahead)):
            found.setdefault(day, " ".join(fragment.split()))
    return sorted(found.items())


def has_year(fragment: str) -> bool:
    return bool(_YEAR.search(fragment))


def promised_day(fragment: str, on: date, working_days: WorkingDays) -> date | None:
    """The last day that one expression allows, None where it names none or one in the past tense."""
    text = " ".join(fragment.lower().split()).replace("ё", "е")
    if _OVER.search(text):
        return None
    if _BREAK.search(text):
        return _break(text, on, working_days)
    for read in (_numeric, _day_of_month, _month, _quarter, _season, _relative, _weekday, _end_of, _year):
        day = read(text, on)
        if day is not None:
            return day
    return _length(text, on, working_days)


_BREAK = re.compile(r"праздник|каникул|новому? год|новым год|нового год|рождеств|после .*выходн|окончании .*выходн")
_FEASTS = {"нов": (1, 1), "рождеств": (1, 7), "майск": (5, 1)}
_LONGEST_WAIT = 130  # days within which the next holidays are looked for


def _break(text: str, on: date, working_days: WorkingDays) -> date | None:
    """«После праздников»: the first working day after the next holidays; «до Нового года»: the last day before them."""
    is_after = bool(re.search(r"после|окончани", text))
    if "выходн" in text:
        return working_days(on + timedelta(days=(5 - on.weekday()) % 7), 1)
    feast = next((feast for stem, feast in _FEASTS.items() if re.search(rf"\b{stem}", text)), None)
    if feast:
        day = date(on.year, *feast)
        day = day if day > on else date(on.year + 1, *feast)
    else:
        days = (on + timedelta(days=ahead) for ahead in range(1, _LONGEST_WAIT))
        free = (d for d in days if d.weekday() < 5 and working_days(d - timedelta(days=1), 1) != d)
        found = next(free, None)
        if found is None:
            return None
        day = found
    return working_days(day, 1) if is_after else day - timedelta(days=1)


def _numeric(text: str, on: date) -> date | None:
    if found := re.search(r"\b(20\d\d)-(\d\d)-(\d\d)\b", text):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.search(r"\b(\d{1,2})\.(\d\d)(?:\.(?:20)?(\d\d))?\b", text):
        year = 2000 + int(found[3]) if found[3] else None
        return _near(int(found[1]), int(found[2]), year, on)
    if found := re.search(r"\b(\d{1,2})/(\d{1,2})/(?:20)?(\d\d)\b", text):
        return _date(2000 + int(found[3]), int(found[2]), int(found[1]))
    if found := re.search(r"\b(\d{1,2})(?:-?(?:го|му|е))?(?:\s+числ\w+)", text):
        day = _date(on.year, on.month, int(found[1]))
        return day if day and day > on else _date(*_next_month(on), int(found[1]))
    return None


def _day_of_month(text: str, on: date) -> date | None:
    found = re.search(rf"(?P<day>\d{{1,2}})(?:-?(?:го|му|е))?\s+{_MONTH}\w*(?:\s+(?P<year>\d{{4}}))?", text)
    if not found:
        return _day_in_words(text, on)
    year = int(found["year"]) if found["year"] else None
    return _near(int(found["day"]), _month_number(found["month"]), year, on)


def _day_in_words(text: str, on: date) -> date | None:
    """«до второго декабря», «двадцать пятого января»; «в первых числах» and «в первой половине» are none."""
    found = re.search(rf"((?:двадцать|тридцать)\s+)?\b(\w+)(?:ого|его)\s+{_MONTH}", text)
    stem = found[2] if found else ""
    number = next((n for ordinal, n in _ORDINAL_DAYS.items() if stem.startswith(ordinal)), None)
    if found is None or number is None:
        return None
    tens = {"двадцать": 20, "тридцать": 30}.get((found[1] or "").strip(), 0)
    return _near(tens + number, _month_number(found["month"]), None, on)


def _month(text: str, on: date) -> date | None:
    found = re.search(rf"\b{_MONTH}\w*(?:\s+(?P<year>\d{{4}}))?", text)
    if not found or re.search(r"\d", text[: found.start()]):
        return None
    month = _month_number(found["month"])
    year = int(found["year"]) if found["year"] else on.year + (month < on.month)
    return _date(year, month, _day_within(text, year, month))


def _quarter(text: str, on: date) -> date | None:
    if "квартал" not in text and "полугод" not in text:
        return None
    size = 3 if "квартал" in text else 6
    this = (on.month - 1) // size + 1
    number = next((n for n, stem in enumerate(_ORDINALS, 1) if stem in text), None)
    number = number or next((n for roman, n in _ROMAN.items() if re.search(rf"\b{roman}\b", text)), None)
    if number is None and (digit := re.search(r"\b([1-4])\b|\b([1-4])-", text)):
        number = int(digit[1] or digit[2])
    year_named = re.search(r"\b(20\d\d)\b", text)
    if number is None:
        number = this + bool(re.search(r"следующ|будущ", text))
    year = int(year_named[1]) if year_named else on.year + (number < this)
    month = number * size
    return _last(year + (month - 1) // 12, (month - 1) % 12 + 1)


def _season(text: str, on: date) -> date | None:
    month = next((month for stem, month in _SEASONS.items() if re.search(rf"\b{stem}", text)), None)
    if month is None or re.search(r"\d\s+лет\b", text):
        return None
    year = re.search(r"\b(20\d\d)\b", text)
    if year:
        return _last(int(year[1]), month)
    day = _last(on.year, month)
    return day if day >= on else _last(on.year + 1, month)


def _relative(text: str, on: date) -> date | None:
    if "послезавтра" in text:
        return on + timedelta(days=2)
    if re.search(r"\bзавтра", text):
        return on + timedelta(days=1)
    return on if re.search(r"\bсегодня", text) else None


def _weekday(text: str, on: date) -> date | None:
    number = next((n for n, stem in enumerate(_WEEKDAYS) if re.search(rf"\b{stem}", text)), None)
    if number is None:
        return None
    day = on + timedelta(days=(number - on.weekday()) % 7 or 7)
    if re.search(r"следующ|будущ", text) and day.isocalendar()[:2] == on.isocalendar()[:2]:
        day += timedelta(days=7)
    return day


def _end_of(text: str, on: date) -> date | None:
    if not re.search(r"конц|концу|этом|эт\w+|текущ|следующ|будущ|ближайш|выходн", text) or re.search(r"\d", text):
        return None
    later = bool(re.search(r"следующ|будущ", text))
    if "недел" in text or "выходн" in text:
        return on + timedelta(days=(6 if "выходн" in text else 4) - on.weekday() + 7 * later)
    if "месяц" in text:
        return _last(*(_next_month(on) if later else (on.year, on.month)))
    return date(on.year + later, 12, 31) if re.search(r"\bгод", text) else None


def _year(text: str, _on: date) -> date | None:
    found = re.search(r"\b(20\d\d)(?:-?\w+)?\s+год", text)
    return date(int(found[1]), 12, 31) if found else None


def _length(text: str, on: date, working_days: WorkingDays) -> date | None:
    if not re.search(r"\b(?:в течение|за|через|не более|максимум|спустя|в ближайш|до)\b", text):
        return None
    digits = re.findall(r"\d+", text)
    words = (n for word in text.split() for stem, n in _NUMBERS.items() if word.startswith(stem))
    number = int(digits[-1]) if digits else next(words, 1)
    if re.search(r"\b(?:дн\w*|день|сут\w+)\b", text):
        return working_days(on, number) if "рабоч" in text else on + timedelta(days=number)
    if "недел" in text:
        return on + timedelta(weeks=number)
    if "месяц" in text:
        months = on.month - 1 + number
        year, month = on.year + months // 12, months % 12 + 1
        return _date(year, month, min(on.day, monthrange(year, month)[1]))
    return None


def _near(day: int, month: int, year: int | None, on: date) -> date | None:
    found = _date(year or on.year, month, day)
    if found is None or year or found >= on - _HALF_YEAR:
        return found
    return _date(on.year + 1, month, day)


def _day_within(text: str, year: int, month: int) -> int:
    last = monthrange(year, month)[1]
    if "начал" in text or "перв" in text:
        return 10 if "полов" not in text else 15
    return 20 if "середин" in text else last


def _month_number(stem: str) -> int:
    return next(n for n, start in enumerate(_MONTHS, 1) if stem.startswith(start))


def _next_month(on: date) -> tuple[int, int]:
    return (on.year + 1, 1) if on.month == 12 else (on.year, on.month + 1)


def _last(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_LIMIT = re.compile(r"(?:до|к|ко|на|не\s+позднее|после)\s", re.IGNORECASE)
_LIMIT_BEFORE = re.compile(r"\b(?:до|к|ко|на|с|со|по|не\s+позднее|не\s+ранее|после)\s+$", re.IGNORECASE)


REMEMBERED = timedelta(days=60)  # «К 1 июля» in November is of the next year, «до 12 ноября» at its end has passed


class Tense(StrEnum):
    """Of what the clause around an expression of time speaks."""

    AHEAD = "ahead"
    MIXED = "mixed"  # «обещали закончить до 2 декабря»
    OVER = "over"
    UNSAID = "unsaid"  # no verb: «Срок — 2 декабря.»
    ASKED = "asked"  # «приходите 2 декабря»: of what the reader is to do


def find_promises(
    text: AnswerText, terms: Collection[Span], on: date, working_days: WorkingDays, written_on: date | None = None
) -> list[tuple[date, str]]:
    """The days to come, the earliest first. `terms`: those of П.16; a length is a promise only there. A date without a
    year is the nearest one to come from when it was written; where the words are past, the nearest one on either side.
    A day that they call done («провели 2 ноября») is none, nor is one that lies before `on`."""
    counted = {(span.start, span.end) for span in terms}
    frame = [span for kind, span in form.letter_frame(text) if kind != "press"]
    found: list[Span] = []
    ahead: set[str] = set()
    to_come: set[str] = set()
    for start, end, kind in find_terms(text.source):
        span = text.cut(start, end)
        if (start, end) not in counted and (kind is Expression.LENGTH or _is_elsewhere(text, span, frame)):
            continue
        tense = tense_at(text, span)
        if tense is Tense.ASKED or (tense is Tense.OVER and not _is_set(text, span)):
            continue
        found.append(span)
        if tense is Tense.AHEAD:
            ahead.add(span.fragment)
        if tense is Tense.AHEAD or (tense is Tense.UNSAID and kind is Expression.LIMIT):
            to_come.add(span.fragment)
    return promised_days([span.fragment for span in found], on, working_days, ahead, to_come, written_on)


def find_passed(text: AnswerText, on: date, working_days: WorkingDays, written_on: date) -> list[tuple[date, str]]:
    """The days before `on` by which something was still to come when it was written, the earliest first. A day without
    a year is the nearest one; one further back than REMEMBERED from then is one of the next year."""
    frame = [span for kind, span in form.letter_frame(text) if kind != "press"]
    found: dict[date, str] = {}
    for start, end, kind in find_terms(text.source):
        if kind is Expression.LENGTH:
            continue
        span = text.cut(start, end)
        day = promised_day(span.fragment, written_on, working_days)
        if day is None or day >= on or (day < written_on - REMEMBERED and not has_year(span.fragment)):
            continue
        if not _is_elsewhere(text, span, frame) and _is_still_owed(text, span):
            found.setdefault(day, " ".join(span.fragment.split()))
    return sorted(found.items())


def _is_still_owed(text: AnswerText, span: Span) -> bool:
    """«починим 12 ноября», «работы идут до 12 ноября», «приходите 12 ноября», «запланированы на 12», «срок — 12.11»."""
    place = _place(text, span)
    if place is None:
        return False
    clause = [text.words[i] for i in text.clause_of(place)]
    tense, is_limit = tense_at(text, span), _is_end(text, span)
    if tense is Tense.ASKED:
        return True
    if tense is Tense.AHEAD:
        return is_limit or any(word.verb and "futr" in word.verb.tags for word in clause)
    if tense is Tense.UNSAID:
        return is_limit or any(word.lemma_of(_TERM) for word in clause)
    return any(word.lemma_of(_PLANNED) and word.has("PRTS") for word in clause)


_END = re.compile(r"(?:до|к|ко|не\s+позднее)\s", re.IGNORECASE)
_END_BEFORE = re.compile(r"\b(?:до|к|ко|не\s+позднее)\s+$", re.IGNORECASE)
_TERM = frozenset({"срок"})
_PLANNED = frozenset({"запланировать", "назначить", "наметить"})


def _is_end(text: AnswerText, span: Span) -> bool:
    before = text.source[max(0, span.start - 15) : span.start]
    return bool(_END.match(span.fragment) or _END_BEFORE.search(before))


def tense_at(text: AnswerText, span: Span) -> Tense:
    """By the verbs of the clause: «сегодня починим», «сегодня починили»."""
    place = _place(text, span)
    if place is None:
        return Tense.UNSAID
    verbs = [
        verb.tags for i in text.clause_of(place) if (verb := text.words[i].verb) and not verb.tags & {"PRTF", "GRND"}
    ]
    if any(tags & {"impr", "2per"} for tags in verbs):
        return Tense.ASKED
    if any("futr" in tags for tags in verbs):
        return Tense.AHEAD
    if any("past" in tags for tags in verbs):
        return Tense.MIXED if any("INFN" in tags for tags in verbs) else Tense.OVER
    return Tense.AHEAD if verbs else Tense.UNSAID


def _is_set(text: AnswerText, span: Span) -> bool:
    """A day that was fixed, not one on which something was done: «перенесли на 5 декабря», «в план до 1 мая»."""
    if _LIMIT.match(span.fragment) or _LIMIT_BEFORE.search(text.source[max(0, span.start - 15) : span.start]):
        return True
    place = _place(text, span)
    planned = load_words("planned_verbs.txt")
    return place is not None and any(text.words[i].lemma_of(planned) for i in text.clause_of(place))


def _is_elsewhere(text: AnswerText, span: Span, frame: list[Span]) -> bool:
    """In somebody's quoted words, in letterhead or signature."""
    place = _place(text, span)
    if place is None or text.words[place].quoted:
        return True
    return any(one.start <= span.start < one.end for one in frame)


def _place(text: AnswerText, span: Span) -> int | None:
    return next((i for i, word in enumerate(text.words) if word.end > span.start), None)
