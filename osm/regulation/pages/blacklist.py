"""The black list of П.17 and Пр.2.6: terms, states, and the term that an author's offences suggest.

The regulation leaves the order to «the rules of the network»; the table of terms here is the office's own practice:
a proposal only, which the curator may change.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from osm.regulation import labelled, words
from osm.regulation.pages.comment_words import COMMENT_GROUND_CLAUSES, COMMENT_GROUND_LABELS, CommentGround


class BanTerm(labelled.Labelled):
    """For how long, in growing order."""

    DAY = "day", "1 день"
    THREE_DAYS = "three_days", "3 дня"
    WEEK = "week", "неделя"
    MONTH = "month", "месяц"
    FOREVER = "forever", "навсегда"


BAN_TERM_LABELS = {one: one.label for one in BanTerm}

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


class ListState(labelled.Labelled):
    PENDING = "pending", "Ждёт решения"
    APPROVED = "approved", "Утверждено, не выполнено"  # decided; not yet done in the network
    REJECTED = "rejected", "Отклонено"
    APPLIED = "applied", "Блокировка действует"  # banned there
    EXPIRED = "expired", "Срок истёк"
    LIFTED = "lifted", "Снято"


LIST_STATE_LABELS = {one: one.label for one in ListState}

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
        return words.GROUND_LABELS[words.Ground(ground)]
    return COMMENT_GROUND_LABELS[ground]


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
    """Whether `term` lasts longer."""
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
