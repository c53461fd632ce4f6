"""The data of the criteria, and the form of an answer (П.16): greeting, no letter or press release, photo or video."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from osm.networks.catalogue import longest_reply
from osm.regulation import words
from osm.regulation.words import ReplyKind
from osm.wording.text import AnswerText, Span, load, load_words


class Key(words.Labelled):
    """The criteria of П.16, and of П.15 for a repeated message, in the order of the clause."""

    GREETING = "greeting", "приветствие"
    POLITE = "polite", "вежливо"
    FORMAT = "format", "формат сети"
    RESPONSIBLE_BODY = "responsible_body", "кто отвечает"
    MEASURES = "measures", "меры"
    TERMS = "terms", "срок"
    ATTACHMENTS = "attachments", "фото"
    REPEAT_MEASURES = "repeat_measures", "работы по повтору"


LABELS = {one: one.label for one in Key}


@dataclass(frozen=True, slots=True)
class Rudeness:
    """A finding of the moderation library in the answer: where, and why in Russian."""

    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to be judged. `attachments`: files attached to it; `rudeness`: what moderation found in the text."""

    text: AnswerText
    network: str
    kind: words.ReplyKind
    is_repeat: bool = False
    attachments: int = 0
    rudeness: Sequence[Rudeness] = ()


@dataclass(frozen=True, slots=True)
class Criterion:
    """`met`: None where it does not apply or is for a person to judge; `advice` says which. `evidence` decided it."""

    key: Key
    met: bool | None
    evidence: tuple[Span, ...] = ()
    advice: str = ""
    needs_a_person: bool = False  # where `met` is None: somebody must look; otherwise it does not apply
    is_owed: bool = True  # false: better met, but not required

    @property
    def is_missing(self) -> bool:
        return self.met is False and self.is_owed


_ADVICE_GREETING = "Начните с приветствия или обращения: «Здравствуйте, Мария!»"
_FURTHEST = 4  # words before the greeting: «Марина Олеговна, добрый день», «И снова здравствуйте»
_RESPECT = frozenset({"уважаемый", "многоуважаемый", "глубокоуважаемый", "дорогой", "ув", "милый"})
_STOPS = frozenset(",!.—–-:?")


def check_greeting(answer: Answer) -> Criterion:
    """An emoji or a sign may precede; a letterhead, a topic, thanks may not."""
    found = _greeting(answer.text)
    if found:
        return Criterion(Key.GREETING, True, (found,))
    first = answer.text.sentences[0] if answer.text.sentences else None
    evidence = (answer.text.span(first.start, min(first.start + 5, first.stop - 1)),) if first else ()
    return Criterion(Key.GREETING, False, evidence, _ADVICE_GREETING)


def _greeting(text: AnswerText) -> Span | None:
    words = text.words
    start = next((i for i, word in enumerate(words) if word.is_word or word.text.startswith(("[", "@"))), None)
    if start is None:
        return None
    if words[start].text.startswith("[") or (start and words[start - 1].text == "@"):
        return text.span(start, start)
    sentence = text.sentence_of(start)
    for match in load("greetings.txt").find(words[start : min(sentence.stop, start + _FURTHEST + 4)]):
        before = words[start : start + match.first]
        if sum(word.is_word for word in before) <= _FURTHEST and _may_precede(before):
            return text.span(start + match.first, start + match.last)
    return _address(text, start, sentence)


def _may_precede(before: list) -> bool:  # type: ignore[type-arg]
    """A name, or one or two small words: «И снова», «Ещё раз», «Всем»."""
    return all(word.is_capital or not word.is_word or len(word.form) <= 5 for word in before) and not any(
        word.verb and "VERB" in word.first for word in before
    )


def _address(text: AnswerText, start: int, sentence: range) -> Span | None:
    """Words up to the first sign, if they name a person: «Галина Степановна, …», «Уважаемые жители!»."""
    words = text.words
    end = next((i for i in range(start, sentence.stop) if words[i].text in _STOPS), sentence.stop)
    named = words[start:end]
    if not named or len(named) > 6:
        return None
    if _RESPECT & named[0].keys and named[0].has("nomn"):
        return text.span(start, end - 1)
    if end == sentence.stop or words[end].text not in ",!":
        return None
    common = load_words("addressees.txt")
    if all((word.is_capital and word.has("Name")) or word.has("Patr") or word.has("Surn") for word in named):
        return text.span(start, end - 1)
    if len(named) <= 3 and any(word.lemma_of(common) and word.has("nomn") for word in named) and named[0].has("nomn"):
        return text.span(start, end - 1)
    return None


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
_ADVICE_FORMAT = {
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
    posts = load_words("signature_posts.txt")
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


def check_format(answer: Answer, frame: tuple[tuple[str, Span], ...]) -> Criterion:
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
    advice = " ".join(_ADVICE_FORMAT[kind].format(length=length, longest=longest) for kind in kinds)
    return Criterion(
        Key.FORMAT, False, tuple(sorted({span for _, span in found}, key=lambda s: (s.start, s.end))), advice
    )


_MEDIA = (
    r"(?:фото(?:граф\w+|отч[её]т\w*|материал\w*|к\w{1,3}|чк\w+)?|фотк\w+|сним(?:ок|к\w{1,3})|видео\w*|ролик\w*|кадр\w*|скриншот\w*|скрин\w*"
    r"|схем\w+|график\w*|документ\w*|акт\w{0,3}|файл\w*|копи\w+|карт(?:а|у|ы)|таблиц\w+|протокол\w*)"
)
_ATTACH = (
    r"(?:прилага(?:ем|ю|ются|ется)|прилож(?:или|ил|ила|им|ены|ен|ена|ено|у)|прикреп(?:или|ил|ила|им|лены|лен|лена|лено|лю)"
    r"|прикрепля(?:ем|ю)|прикладыва(?:ем|ю)|влож(?:или|ены|ен|ена)|добав(?:или|ляем|им)|публику(?:ем|ю)|выклад(?:ываем|ываю)|выложили)"
)
_CLAIMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_MEDIA}\b[^.!?\n]{{0,40}}?\b{_ATTACH}\b",
        rf"\b{_ATTACH}\b[^.!?\n]{{0,40}}?\b{_MEDIA}\b",
        r"\b(?:прилага(?:ем|ю|ются|ется)|прикрепля(?:ем|ю)|прикрепили|прикрепил|прикрепила)\b",
        r"\bво\s+вложени[ия]\b|\bв\s+приложени[ия](?!\s*[«\"„])\s*(?:[.,:;!)—–-]|$|к\s+(?:ответу|сообщению|комментарию)|ниже|фото|снимк|видео)",
        rf"\b{_MEDIA}\s*(?:[—–:-]\s*)?(?:ниже|внизу|под\s+ответом|под\s+текстом|в\s+(?:комментари\w+|карусели|посте|ответе))\b",
        rf"\b(?:смотрите|посмотрите|см\.|видно|показал[аи]?|показываем|делимся)\s+(?:на\s+|по\s+)?(?:нашем\s+|наших\s+|этом\s+|этих\s+|наши\s+)?{_MEDIA}\b(?!\s+(?:ваш|автора))",
        r"\b(?:на|в)\s+(?:нашем\s+|наших\s+|этом\s+|этих\s+|прикрепл[её]нн\w+\s+|приложенн\w+\s+|свежем\s+|свежих\s+)?(?:фото|фотографи(?:и|ях)|снимк(?:е|ах)|видео|кадр(?:е|ах)|ролике)\b(?!\s*[,]?\s*(?:которы|что\s+вы|ваш|автора|вы\s|из\s+ваш|в\s+ваш))",
        r"(?:^|[.!?\n(])\s*(?:фото|видео|снимок|снимки|фотоотч[её]т|ролик)(?:\s+(?:работ|результата|с\s+места|до\s+и\s+после|двора|ямы|[а-я]+))?\s*(?:[.)…]|$|[—–]\s*(?:ниже|во|в|здесь|вот))",
        rf"\b(?:лови(?:те)?|держи(?:те)?|вот|шлю|шл[её]м|высылаем|отправляем)\s+(?:и\s+|вам\s+|наше?\s+|обещанн\w+\s+)?{_MEDIA}\b",
        r"(?:^|\s)(?:📷|📸|📎|🎥)\s*(?:ниже|фото|видео)?",
    )
)
_NOT_OURS = re.compile(
    r"(?:ваш\w*|присл\w+|пришл[иё]\w*|прикрепите|приложите|сфотографируйте|снимите|за|сделайте|отправьте|дайте|нужн[оы]|просим|можете|могли)\s*$"
    r"|\b(?:вами|вы|автор\w*|вашем|вашему|вашей|вашего|ваше|ваши|ваших|спасибо\s+за)\b[^.!?\n]*$",
    re.IGNORECASE,
)


def check_attachments(answer: Answer) -> Criterion:
    """False only where the text says that something is attached and there is no attachment (design §9)."""
    if answer.attachments > 0:
        return Criterion(Key.ATTACHMENTS, True)
    source = answer.text.source
    for pattern in _CLAIMS:
        for match in pattern.finditer(source):
            start = match.start() + len(match[0]) - len(match[0].lstrip(" \n.!?("))
            if _NOT_OURS.search(source[max(0, start - 60) : start]):
                continue
            advice = "В тексте сказано, что файл приложен, а файла нет. Приложите его или уберите эти слова."
            return Criterion(Key.ATTACHMENTS, False, (answer.text.cut(start, match.end()),), advice)
    if answer.kind is ReplyKind.CLARIFICATION:
        return Criterion(Key.ATTACHMENTS, None, advice="Запросу автору это не нужно.")
    return Criterion(
        Key.ATTACHMENTS, None, advice="Есть фото или видео работ? Приложите. Решает человек.", needs_a_person=True
    )
