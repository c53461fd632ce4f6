"""A question to a body outside: its states and term, what is masked in it, its letter and what comes back."""

import html
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from moderation.text.morph import is_known, readings
from osm.likeness.places import STREET_KINDS
from osm.regulation.words import Labelled, Status


class QuestionWay(Labelled):
    LETTER = "letter", "письмо"
    LINK = "link", "ссылка"


class QuestionState(Labelled):
    WAITS = "waits", "ждёт куратора"
    SENT = "sent", "отправлен"
    OPENED = "opened", "открыт"  # of a link, once its code was entered
    ANSWERED = "answered", "ответ получен"
    LATE = "late", "опоздал"  # a letter may still come
    WITHDRAWN = "withdrawn", "отозван"
    CLOSED = "closed", "закрыт"


OUT = (QuestionState.SENT, QuestionState.OPENED)  # a link works
OPEN = (QuestionState.WAITS, *OUT)
TAKES_ANSWER = (*OUT, QuestionState.LATE)
TAKES_LETTERS = (*TAKES_ANSWER, QuestionState.ANSWERED)  # who has answered may write once more

ASKED_IN = frozenset({Status.IN_WORK, Status.REWORK})
ALIVE = ASKED_IN | {Status.ON_APPROVAL, Status.APPROVED, Status.AWAITING_AUTHOR, Status.AWAITING_FINAL}
"""The message is at work: a question about it goes on."""

LONGEST = timedelta(hours=72)
MOST_CODES = 5  # wrong ones; then the link is closed
MOST_PHOTOS = 5
LONGEST_TEXT, LONGEST_ANSWER = 4000, 16_000  # characters; an answer goes into a draft


def ends_at(now: datetime, draft_due: datetime | None) -> datetime:
    """A term that has passed limits nothing: the answer is needed all the same."""
    return min(draft_due, now + LONGEST) if draft_due and draft_due > now else now + LONGEST


def code_of(digest: bytes) -> str:
    return f"{int.from_bytes(digest[:8], 'big') % 10**6:06}"


# --- What is masked
HIDDEN = "[скрыто]"
_PLAIN = re.compile(
    r"""
      (?:https?://|www\.)\S+ | \b(?:m\.)?(?:vk|ok|t|wa|max|instagram|facebook)\.(?:com|ru|me)/\S+
    | \[(?:id|club)\d+\|[^\]]*\]
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+ | (?<!\w)@[a-z]\w{3,}
    | (?<![\d.-])(?:\+?\d[ \xa0()\u2010-\u2015-]*){9,19}\d(?!\d) | (?<![\d-])\d{1,3}-\d{2}-\d{2}(?![\d-])
    | (?<![\d.])\+?[78](?:[. ]\d{3}){2}(?:[. ]\d{2}){2}(?![\d.])
    | \b(?:кв|квартир[а-яё]{1,2}|комнат[а-яё])\.?\s*№?\s*\d+[а-я]?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_INITIALS = re.compile(r"\b[А-ЯЁ]\.\s?[А-ЯЁ]\.\s?[А-ЯЁ][а-яё]+|\b[А-ЯЁ][а-яё]+\s[А-ЯЁ]\.\s?[А-ЯЁ]\.")
_WORD = re.compile(r"[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?")
_ANY_WORD = re.compile(r"[а-яё]{2,}(?:-[а-яё]{2,})?", re.IGNORECASE)
_BEFORE = re.compile(r"([а-яё-]+)\.?\s*$", re.IGNORECASE)
_NAMES = frozenset({"Name", "Surn", "Patr"})
_OF_STREETS = STREET_KINDS | {"улице", "улицы", "улицу", "переулке", "проспекте", "площади", "имени", "им"}


def personal(text: str, name: str = "", place: str = "") -> list[tuple[int, int]]:
    """Spans that look like data of a person: telephones, other long numbers, mail, links, flats, names. `name`: of the
    author, found in any case form; `place`: of the message, its words are no names."""
    there = _lemmas(place)
    known = {one for one in _lemmas(name, of_names=True) if one not in there}
    found = [match.span() for pattern in (_PLAIN, _INITIALS) for match in pattern.finditer(text)]
    found += [match.span() for match in _ANY_WORD.finditer(text) if _is_name(text, match, known, there)]
    return list(_joined(sorted(found), text))


def masked(text: str, name: str = "", place: str = "") -> str:
    for start, end in reversed(personal(text, name, place)):
        text = text[:start] + HIDDEN + text[end:]
    return text


def _lemmas(text: str, *, of_names: bool = False) -> set[str]:
    """The dictionary forms of its words with a capital; `of_names`: of all but for usual ones («Жители Будника»)."""
    read = [(word, one) for word in (_ANY_WORD if of_names else _WORD).findall(text) for one in readings(word.lower())]
    return {one.lemma for word, one in read if not of_names or one.tags & _NAMES or not is_known(word.lower())}


def _is_name(text: str, match: re.Match[str], known: set[str], there: set[str]) -> bool:
    """A name of the dictionary, but for that of a street: «ул. Пушкина», «Гагарина, 5»."""
    read = [one for part in match[0].split("-") for one in readings(part.lower())]
    if any(one.lemma in known for one in read):
        return True
    if any(one.lemma in there for one in read) or match[0].islower():
        return False
    before, after = _BEFORE.search(text[: match.start()]), text[match.end() :]
    if (before and before[1].lower() in _OF_STREETS) or re.match(r",?\s+(?:д\.?\s*)?\d", after):
        return False
    if match[0].isupper():  # of a text in capitals the likeliest reading, and no abbreviation
        return len(match[0]) > 3 and is_known(match[0].lower()) and not _NAMES.isdisjoint(read[0].tags)
    begins = not text[: match.start()].rstrip(' «"(') or text[: match.start()].rstrip(' «"(')[-1] in ".!?:\n"
    return any(not _NAMES.isdisjoint(one.tags) for one in (read[:1] if begins else read))


def _joined(spans: Iterable[tuple[int, int]], text: str) -> Iterator[tuple[int, int]]:
    """Spans that meet are one: «Иванова Мария Петровна»."""
    last: tuple[int, int] | None = None
    for start, end in spans:
        if last and not text[last[1] : start].strip():
            last = last[0], max(last[1], end)
            continue
        if last:
            yield last
        last = start, end
    if last:
        yield last


# --- The letter
LINK = "{ссылка}"  # in the letter that is kept: the address itself is in no table
_MARK = re.compile(r"\[ОСМ-([0-9a-f]{20})\]")
_FORM = "Ответ:"
_HEADER = r"(?:от|from|кому|to|дата|date|тема|subject|отправлено|sent):[^\S\n]"
_ABOVE = r"--+[ \t]*(?:original message|исходное сообщение|пересылаемое сообщение|переадресованное)"
_OURS = re.compile(
    rf"(?im)^(?:[ \t]*>.*|[ \t]*{_ABOVE}.*|[ \t]*{_HEADER}.*\n\s{{0,9}}{_HEADER}.*|[ \t]*(?:от|from):.*\s*\Z"
    r"|.{0,120}(?:wrote|пишет|написал\(?а?\)?):[ \t]*|[^\n<>]{0,150}<[^\s<>@]+@[^\s<>]+>:[ \t]*)$"
)


def subject_of(number: int, mark: str) -> str:
    return f"Запрос № {number} [ОСМ-{mark}]"


def mark_in(subject: str) -> str:
    """The mark of a question; empty where there is none. A mail program may fold a subject."""
    found = _MARK.search(re.sub(r"\s+", "", subject))
    return found[1] if found else ""


def first_text(office: str, question: str, citizen: str) -> str:
    """What the curator gets to check: all that leaves but the ending."""
    parts = [f"{office or 'Администрация'} просит ответить:", question]
    return "\n\n".join([*parts, *([f"Житель написал:\n«{citizen}»"] if citizen else [])])


def letter_text(way: QuestionWay, text: str, until: str) -> str:
    """The whole letter as it leaves. A link brings no question: who has only the letter learns nothing."""
    if way is QuestionWay.LINK:
        return (
            "Здравствуйте!\n\nАдминистрация просит вас ответить на вопрос. Откройте страницу:\n"
            f"{LINK}\n\nПонадобится код из шести цифр: его скажут по телефону. Страница работает до {until}, ответить "
            "можно один раз."
        )
    return (
        f"{text}\n\nОтветьте на это письмо до {until}, не меняя тему: напишите после слова «{_FORM}», фотографии "
        f"приложите.\n\n{_FORM}\n"
    )


def answer_of(body: str, letter: str) -> str:
    """What was written in a letter that came back to `letter`, without the quoted text of ours."""
    text = re.sub(r"\r\n?", "\n", body).replace("\0", "")
    plain = re.sub(r"(?m)^[ \t]*>[ \t]?", "", text)
    _, form, after = plain.rpartition(f"\n{_FORM}")
    ours = re.search(r"[\s>]+".join(map(re.escape, letter.split()[:6])), text)  # one word may greet in both
    above = _before_quote(text[: ours.start()] if ours else text).removeprefix(_FORM).strip()
    return "\n\n".join(dict.fromkeys(filter(None, (above, _before_quote(after) if form else ""))))[:LONGEST_ANSWER]


def plain(source: str) -> str:
    bare = re.sub(r"(?is)<(script|style)\b.*?(?:</\1>|\Z)", "", source)
    broken = re.sub(r"(?i)<br\s*/?>|</(?:p|div|tr|li|h\d)>", "\n", bare)
    return html.unescape(re.sub(r"<[^<>]*>", "", broken))


def _before_quote(text: str) -> str:
    found = _OURS.search(text)
    return (text[: found.start()] if found else text).strip()
