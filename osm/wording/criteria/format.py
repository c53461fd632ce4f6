"""П.16: the form of a reply in a network, not that of a letter or a press release."""

import re

from osm.networks.catalogue import longest_reply
from osm.wording.criteria.model import Answer, Criterion, Key
from osm.wording.phrases import load_words
from osm.wording.text import AnswerText, Span

_WORDS = "osm.wording.criteria.words"
MOST_LINKS = 2  # more of them in one reply look like a press release
_OUTGOING = re.compile(
    r"(?im)^.{0,60}?(?:\bисх(?:одящ\w+)?\.?\s*(?:№|N|номер)|\bна\s+№|\bвх\.\s*№|^\s*№\s*[\d\-/]+\s+от\s+\d).*$"
)
_PERFORMER = re.compile(r"(?m)^\s*(?:Исп(?:олнитель|олн)?\.?\s*:?|Исполнитель:)\s*[А-ЯЁ].*$")
_CAPITALS = re.compile(r"(?m)^(?=(?:[^\n]*[А-ЯЁ]){10})[^а-яёa-z\n]+$")
_TOPIC = re.compile(
    r"^\s*(?:Тема|Кас(?:ательно|\.)|Re|О теме|Вопрос|Ответ на)\s*[:.]|^\s*(?:О|Об|По вопросу)\s[^\n.!?,]{5,100}\n"
)
_HEADING = re.compile(
    r"(?m)^\s*(?:\d+(?:\.\d+)+\.?|[IVX]+\.|Раздел\s+\d+|\d+[.)])\s+(?=[А-ЯЁ])[^\n]*[^\n.!?;:,]\s*$(?=\n\s*\n?\s*(?!\d+[.)])\S)"
)
_INITIALS = (
    r"(?:[А-ЯЁ]\.\s?[А-ЯЁ]\.\s?[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?|[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?\s[А-ЯЁ]\.\s?[А-ЯЁ]\.)"
)
_SIGNED = re.compile(rf"{_INITIALS}\s*$")
_PRESS = re.compile(
    r"(?im)^\s*(?:пресс-(?:служба|центр|релиз|секретарь)|отдел информации|управление информационн\w+ политик\w+)"
    r"[^\n.!?]{0,80}$"
)
_ATTRIBUTED = re.compile(
    r"[»”\"]\s*,?\s*[—–-]\s*(?:подчеркн|отмет|сообщ|заяв|рассказ|добав|поясн|проком|сказа|уточн|напомн|резюм)\w+"
)
_HASHTAG = re.compile(r"(?<!\S)#[А-Яа-яЁёA-Za-z]\w+")
_LINK = re.compile(
    r"https?://\S+|(?<![\w@.])(?:www\.)?[a-zа-я0-9-]{1,63}(?:\.[a-zа-я0-9-]{1,63})*\.(?:ru|рф|com|net|org|su|info|example|me|cc|gov)(?:/\S*)?(?![\w-])",
    re.IGNORECASE,
)
_POSITION = re.compile(
    r"^\s*(?:(?:и\.?\s?о\.?|врио|ведущ\w+|главн\w+|старш\w+|перв\w+|помощник|пресс-секретарь)\s+)?(?P<post>[А-Яа-яЁё-]+)(?:\s|$)",
    re.IGNORECASE,
)
_ADVICE = {
    "letterhead": "Уберите шапку, исходящий номер и заголовок: в сети они не нужны.",
    "signature": "Уберите подпись с должностью: ответ и так от имени администрации.",
    "press": "Похоже на пресс-релиз. Ответьте самому человеку, как в разговоре.",
    "links": "Ссылок больше двух. Оставьте одну или расскажите главное словами.",
    "long": "Слишком длинно: {length} знаков, в этой сети лучше до {longest}. Сократите.",
}


def letter_frame(text: AnswerText) -> tuple[tuple[str, Span], ...]:
    """Pieces that belong to a letter or press release, with their kind: letterhead, signature, press."""
    source = text.source
    found = [("letterhead", m) for pattern in (_OUTGOING, _CAPITALS, _HEADING) for m in pattern.finditer(source)]
    topic = _TOPIC.search(source)
    if topic:
        found.append(("letterhead", topic))
    found += [("signature", match) for match in _PERFORMER.finditer(source)]
    found += [("press", match) for match in (*_PRESS.finditer(source), *_ATTRIBUTED.finditer(source))]
    hashtags = list(_HASHTAG.finditer(source))
    if len(hashtags) > 1:
        found.append(("press", hashtags[0]))
    pieces = [(kind, text.cut(*match.span())) for kind, match in found if match[0].strip()]
    pieces += [("signature", span) for span in _signatures(text)]
    headline = _headline(source)
    if headline:
        pieces.append(("press", text.cut(*headline)))
    return tuple(pieces)


def _signatures(text: AnswerText) -> list[Span]:
    """A line or a last sentence that names a post, without a verb: «Начальник отдела А. А. Сомов»."""
    posts = load_words(_WORDS, "signature_posts.txt")
    found: list[Span] = []
    lines = [(m.start(), m[0]) for m in re.finditer(r"[^\n]+", text.source) if m[0].strip()]
    for number, (start, line) in enumerate(lines):
        if number == 0 or len(line) > 120:
            continue
        match = _POSITION.match(line)
        if match and match["post"].lower().replace("ё", "е") in posts and not line.rstrip().endswith(("!", "?", ":")):
            if not _has_verb(text, start, start + len(line)):
                found.append(text.cut(start, start + len(line)))
        elif re.fullmatch(rf"\s*{_INITIALS}\s*", line) and number >= len(lines) - 3:
            found.append(text.cut(start, start + len(line)))
    if not found and lines and text.sentences:
        start, line = lines[-1]
        sentence = text.sentences[-1]
        words = text.words[sentence.start : sentence.stop]
        is_signed = _SIGNED.search(line.rstrip().rstrip(".")) and len(text.sentences) > 1
        if is_signed and words[0].form in posts and not _has_verb(text, words[0].start, words[-1].end):
            found.append(text.span(sentence.start, sentence.stop - 1))
    return found


def _has_verb(text: AnswerText, start: int, end: int) -> bool:
    return any(
        start <= word.start < end and word.first & {"VERB", "PRTS"} and not word.is_capital for word in text.words
    )


def _headline(source: str) -> tuple[int, int] | None:
    """A first line without a stop and without a greeting, followed by an empty line or a long text: a headline."""
    match = re.match(r"\s*([^\n]{8,140}?)[ \t]*\n\s*\n?\s*\S", source)
    if not match or (match[1][-1] in ".!?,:;)»" and not match[1].endswith("»")):
        return None
    if re.search(r"(?i)здравств|добр(?:ый|ого|ое)|уважаем|привет|\[(?:id|club)", match[1]) or not match[1][0].isupper():
        return None
    is_block = re.match(r"\s*[^\n]+\n[ \t]*\n", source) is not None
    return match.span(1) if is_block and len(match[1].split()) > 2 else None


def check(answer: Answer, frame: tuple[tuple[str, Span], ...]) -> Criterion:
    """One link, a telephone, a short list, «С уважением, администрация» are in order."""
    text = answer.text
    found: list[tuple[str, Span]] = list(frame)
    links = [text.cut(*match.span()) for match in _LINK.finditer(text.source)]
    if len(links) > MOST_LINKS:
        found += [("links", span) for span in links]
    longest = longest_reply(answer.network)
    length = len(text.source.strip())
    if length > longest:
        found.append(("long", text.cut(longest, len(text.source))))
    if not found:
        return Criterion(Key.FORMAT, True)
    kinds = dict.fromkeys(kind for kind, _ in found)
    advice = " ".join(_ADVICE[kind].format(length=length, longest=longest) for kind in kinds)
    return Criterion(
        Key.FORMAT, False, tuple(sorted({span for _, span in found}, key=lambda s: (s.start, s.end))), advice
    )
