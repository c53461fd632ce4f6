"""Comments under the own pages and the black list (П.17, Пр.2.6): words, states, terms, complaints."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from osm.regulation.words import Ground, Labelled, Role


class CommentKind(Labelled):
    """What people write on a page of the office (Пр.2.6): all of it is looked through."""

    COMMENT = "comment", "Комментарий"
    COMMUNITY_MESSAGE = "community_message", "Сообщение сообществу"
    SUGGESTED_POST = "suggested_post", "Предложенная запись"
    DISCUSSION = "discussion", "Обсуждение"
    PHOTO_COMMENT = "photo_comment", "Комментарий под фото"
    VIDEO_COMMENT = "video_comment", "Комментарий под видео"


class CommentState(Labelled):
    WAITING = "waiting", "Ждёт решения"
    KEPT = "kept", "Оставлен"
    DELETED = "deleted", "Удалён"
    TAKEN = "taken", "Взят в работу"


class CommentGround(Labelled):
    """Why a comment is deleted (Пр.2.6) and its author proposed for the black list: a closed list without criticism.
    The codes of П.17 are those of `Ground`."""

    PROFANITY = "profanity", "Нецензурные выражения"
    INSULT = "insult", "Оскорбительные выражения"
    THREAT = "threat", "Нарушение правил соцсети: угроза жизни, здоровью или имуществу должностного лица либо его семьи"
    SPAM = "spam", "Спам-рассылка"
    AD = "ad", "Реклама"
    NETWORK_RULES = "network_rules", "Нарушение правил соцсети"


COMMENT_GROUND_CLAUSES: dict[CommentGround, str] = {
    **dict.fromkeys(CommentGround, "Пр.2.6"),
    CommentGround.THREAT: "Пр.2.6, П.17",
}
"""Пр.2.6 is what a comment is deleted by. It does not name threats to officials: those break the rules of the network,
and П.17, which does, is named too."""


class OutboxKind(Labelled):
    DELETE = "delete", "Удалить комментарий"
    BAN = "ban", "Заблокировать автора"
    UNBAN = "unban", "Разблокировать автора"
    PUBLISH = "publish", "Опубликовать ответ"
    POST = "post", "Опубликовать запись"
    EDIT = "edit", "Исправить ответ"  # our answer gets another text
    RESTORE = "restore", "Вернуть комментарий"  # the deleted comment is visible again
    WEBHOOK = "webhook", "Сообщить интегратору"  # another system gets an event


class OutboxState(Labelled):
    """How far it is."""

    PENDING = "pending", "Ждёт"
    DONE_BY_HAND = "done_by_hand", "Выполнено вручную"
    DONE = "done", "Выполнено"
    CANCELLED = "cancelled", "Отменено"
    FAILED = "failed", "Не удалось"


UNKNOWN_THING = "вложение, о котором соцсеть не сообщает"
"""Where nothing but the comment itself is known: a person opens it in the network."""


class ThingKind(Labelled):
    """What is attached to a comment beyond its pictures (Пр.2.6)."""

    PHOTO = "photo", "изображение"
    VIDEO = "video", "видео"
    VOICE = "voice", "голосовое сообщение"
    AUDIO = "audio", "аудиозапись"
    GIF = "gif", "анимация GIF"
    STICKER = "sticker", "стикер"
    LINK = "link", "ссылка"
    FILE = "file", "файл"
    DRAWING = "drawing", "рисунок"
    POLL = "poll", "опрос"
    POST = "post", "запись со стены"
    GOODS = "goods", "товар"
    GIFT = "gift", "подарок"
    PLACE = "place", "место на карте"
    CONTACT = "contact", "контакт"
    FORWARDED = "forwarded", "пересланное сообщение"
    OTHER = "other", "вложение"


def thing_words(thing: Mapping[str, Any]) -> str:
    """«видео «Яма у дома», 0:42», «голосовое сообщение, 0:12»; `thing`: an attachment as it is stored (Пр.2.6)."""
    kind, title, seconds = str(thing.get("kind")), str(thing.get("title") or ""), thing.get("seconds")
    said = ThingKind(kind).label if kind in set(ThingKind) else ThingKind.OTHER.label
    if title:
        said += f" «{title}»"
    if seconds:
        said += f", {seconds // 60}:{seconds % 60:02}"
    # An address is worth reading where it is the thing itself.
    return f"{said} {thing['url']}" if kind == "link" and thing.get("url") else said


WITHOUT_WORDS = "[без текста"  # the text of a comment that is a picture alone


# --- The black list: terms, states, and the term that an author's offences suggest
class BanTerm(Labelled):
    """For how long, in growing order."""

    DAY = "day", "1 день"
    THREE_DAYS = "three_days", "3 дня"
    WEEK = "week", "неделя"
    MONTH = "month", "месяц"
    FOREVER = "forever", "навсегда"


_DAYS = {BanTerm.DAY: 1, BanTerm.THREE_DAYS: 3, BanTerm.WEEK: 7}
_LADDER: tuple[BanTerm, ...] = tuple(BanTerm)

_D, _T, _W, _M, _F = _LADDER
TERMS_BY_OFFENCE: dict[CommentGround, tuple[BanTerm, ...]] = {
    CommentGround.PROFANITY: (_D, _T, _W, _M),
    CommentGround.INSULT: (_T, _W, _M, _F),
    CommentGround.THREAT: (_M, _F),
    CommentGround.SPAM: (_W, _F),
    CommentGround.AD: (_D, _W, _M, _F),
    CommentGround.NETWORK_RULES: (_T, _W, _M, _F),
}
"""Ground → the term for the first offence, the second, and so on; the last holds for all that follow."""

REMEMBERED = timedelta(days=365)  # an offence longer ago raises no term any more

_TIMED_BY_HAND = frozenset({"vk"})


class ListState(Labelled):
    PENDING = "pending", "Ждёт решения"
    APPROVED = "approved", "Утверждено, не выполнено"  # decided; not yet done in the network
    REJECTED = "rejected", "Отклонено"
    APPLIED = "applied", "Блокировка действует"  # banned there
    EXPIRED = "expired", "Срок истёк"
    LIFTED = "lifted", "Снято"


IN_FORCE: frozenset[ListState] = frozenset({ListState.APPROVED, ListState.APPLIED})
COUNTED: frozenset[ListState] = frozenset({ListState.APPROVED, ListState.APPLIED, ListState.EXPIRED})
"""Offences that raise the next term; what was rejected or lifted was none."""


def list_clause(ground: CommentGround, *, of_messages: bool, of_comments: bool) -> str:
    """What the office did with the author's texts: П.17 excludes messages, Пр.2.6 deletes comments. An author without a
    known text, named only by the network, wrote a comment on our page."""
    clauses = ["П.17"] if of_messages else []
    if of_comments or not of_messages:
        clauses += COMMENT_GROUND_CLAUSES[ground].split(", ")
    return ", ".join(dict.fromkeys(clauses))


def list_ground(ground: CommentGround, *, of_messages: bool, of_comments: bool) -> str:
    """The ground in the words of П.17 where it is of messages alone."""
    if of_messages and not of_comments and ground is not CommentGround.NETWORK_RULES:
        return Ground(ground).label
    return ground.label


def proposed_term(ground: CommentGround, earlier: Sequence[BanTerm] = ()) -> BanTerm:
    """The term to propose. `earlier`: the terms that the author was given within REMEMBERED, in any order. Each of them
    moves one step along the table of the ground; and no term is proposed that is not longer than the longest the author
    has had already."""
    table = TERMS_BY_OFFENCE[ground]
    by_table = table[min(len(earlier), len(table) - 1)]
    if not earlier:
        return by_table
    next_step = min(max(map(_LADDER.index, earlier)) + 1, len(_LADDER) - 1)
    return _LADDER[max(_LADDER.index(by_table), next_step)]


def gravest(grounds: Sequence[CommentGround], earlier: Sequence[BanTerm] = ()) -> tuple[CommentGround, BanTerm]:
    """Of several grounds of one proposal the one with the longest term, the first of equals, and that term."""
    terms = [(ground, proposed_term(ground, earlier)) for ground in grounds]
    return max(terms, key=lambda one: _LADDER.index(one[1]))


def is_longer(term: BanTerm, other: BanTerm) -> bool:
    return _LADDER.index(term) > _LADDER.index(other)


def ban_ends(term: BanTerm, since: datetime) -> datetime | None:
    """When a ban that began at `since` ends (a local instant: a month is one of the calendar); None: never."""
    if term is BanTerm.FOREVER:
        return None
    if term is BanTerm.MONTH:
        # The same day of the next month, the last day of it where it is shorter.
        first = since.replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
        last = ((following + timedelta(days=32)).replace(day=1) - timedelta(days=1)).day
        return following.replace(day=min(since.day, last))
    return since + timedelta(days=_DAYS[term])


def term_until(until: datetime | None, since: datetime) -> BanTerm:
    """The term of a ban that a person set in the network: the shortest one that lasts as long, else the longest with an
    end. An hour is forgiven: people choose there by days."""
    if until is None:
        return BanTerm.FOREVER
    ended = [term for term in _LADDER if term is not BanTerm.FOREVER]
    for term in ended:
        ends = ban_ends(term, since)
        if ends is not None and ends >= until - timedelta(hours=1):
            return term
    return ended[-1]


def counts_terms_by_hand(network: str) -> bool:
    """Whether the network asks a person who bans for the term, and ends the ban. Of a program its connector says it."""
    return network in _TIMED_BY_HAND


def term_note(network: str, term: str) -> str:
    """The same of the term (a code of BanTerm), for the person who bans."""
    return ban_note(network, ends=term != BanTerm.FOREVER)


def ban_note(network: str, *, ends: bool) -> str:
    """What a person who bans there has to know of a ban that ends or does not, in one sentence; empty: nothing."""
    counts = counts_terms_by_hand(network)
    if ends and counts:
        return "ВКонтакте снимает блокировку само: укажите там этот срок."
    if ends:
        return (
            "Сама сеть срок не отсчитывает: когда он истечёт, задача снять блокировку появится в «Сделать в соцсетях»."
        )
    return "ВКонтакте ставит срок не длиннее года: для «навсегда» выберите там блокировку без срока." if counts else ""


# --- Complaints about a deletion or a ban: who reviews them, within what term, with which outcome
REVIEWERS = frozenset({Role.CURATOR, Role.HEAD})
"""The curator (or his substitute) and the head; never the person whose decision it is about."""
TERM_DAYS = 1  # working days for the review, counted as in П.13; the office's own term, no clause sets it


class ComplaintOutcome(Labelled):
    UPHELD = "upheld", "Решение оставлено в силе"
    RESTORED = "restored", "Комментарий возвращён"
    ADMITTED = "admitted", "Признано ошибкой, вернуть комментарий соцсеть не может"
    """The deletion was wrong, but the network cannot bring the comment back."""
    UNBANNED = "unbanned", "Блокировка снята"
