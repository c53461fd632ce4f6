"""The queue of comments: filters with addresses and counters, words for grounds and authors."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Flask, url_for

from osm.comments.queries.comments import UNMARKED, History, QueueFilter, parents_among
from osm.connectors.registry import traits_of
from osm.messages.views.card import GROUND_SHORT
from osm.networks.addresses import canonical_url
from osm.networks.catalogue import NETWORKS
from osm.regulation import blacklist
from osm.regulation.words import Ground, clause_words
from osm.regulation.working_time import worktime
from osm.shell import filters, requests
from osm.threads.queries import edits_among, traces_of

SAID = {
    "keep": "Оставлено",
    "delete": "Будет удалено",
    "blacklist": "Будет удалено, автор предложен в чёрный список",
    "banned": "Будет удалено, автор блокируется; куратор проверит",
    "take": "Взято в работу",
}
"""Name of a decision after it was made."""

SAID_OF_MANY = {
    **SAID,
    "blacklist": "Будет удалено, авторы предложены в чёрный список",
    "banned": "Будет удалено, авторы блокируются; куратор проверит",
}
"""The same for comments of several authors."""

SHORT: dict[str, str] = {
    **{str(ground): word for ground, word in GROUND_SHORT.items()},
    blacklist.CommentGround.NETWORK_RULES: "правила соцсети",
}
"""Short word for a category in a row."""

# Order of the counters, the worst first.
_CATEGORIES = (
    (Ground.THREAT.value, "угрозы"),
    (Ground.PROFANITY.value, "мат"),
    (Ground.INSULT.value, "оскорбления"),
    (Ground.SPAM.value, "спам"),
    (Ground.AD.value, "реклама"),
    (UNMARKED, "без пометок"),
)
_KINDS = {
    blacklist.CommentKind.COMMENT: "комментарии",
    blacklist.CommentKind.COMMUNITY_MESSAGE: "сообщения сообществу",
    blacklist.CommentKind.SUGGESTED_POST: "предложенные записи",
    blacklist.CommentKind.DISCUSSION: "обсуждения",
    blacklist.CommentKind.PHOTO_COMMENT: "под фото",
    blacklist.CommentKind.VIDEO_COMMENT: "под видео",
}


_LISTED = {
    blacklist.ListState.PENDING: "предложен в чёрный список",
    blacklist.ListState.APPROVED: "в чёрном списке",
    blacklist.ListState.APPLIED: "в чёрном списке",
}


@dataclass(frozen=True, slots=True)
class Tab:
    """A filter above the list; pressing it again removes it."""

    name: str
    code: str
    label: str
    number: int
    url: str
    is_on: bool


def filter_from(args: Mapping[str, str]) -> QueueFilter:
    """Read the filter from an address; unknown values are ignored."""
    post = _post(args.get("post", "").replace("\0", "")[:500])
    known = {
        "category": {*Ground, UNMARKED},
        "network": set(NETWORKS),
        "kind": set(blacklist.CommentKind),
        "post": {post},
    }
    known |= {name: {args.get(name)} for name in ("since", "until") if _is_instant(args.get(name, ""))}
    asked = {**args, "post": post}
    return QueueFilter(**{name: asked[name] for name, values in known.items() if asked.get(name) in values})


def _is_instant(typed: str) -> bool:
    try:
        return datetime.fromisoformat(typed).tzinfo is not None
    except ValueError:
        return False


def _post(typed: str) -> str:
    """Address of the post as stored in its comments, for any pasted address of the post or of a comment."""
    try:
        url = canonical_url(typed)
    except ValueError:
        return typed
    return url.partition("?")[0] if url.startswith("https://vk.com/wall") else url


def filters_of(url: str) -> QueueFilter:
    """The filter of this address."""
    return filter_from(dict(parse_qsl(requests.parts_of(url).query)))


def query_of(asked: QueueFilter) -> str:
    return urlencode({name: value for name, value in asdict(asked).items() if value})


def address_of(asked: QueueFilter) -> str:
    """The address of the list with this filter."""
    query = query_of(asked)
    return url_for("moderation.queue_show") + (f"?{query}" if query else "")


def post_address(url: str, asked: QueueFilter | None = None) -> str:
    """The list filtered by this post, in addition to the current filter."""
    return address_of(replace(asked or QueueFilter(), post=url))


def age_words(asked: QueueFilter) -> str:
    """The period of arrival in words; empty if not filtered."""
    said = (("пришли после", asked.since), ("пришли не позже", asked.until))
    return ", ".join(f"{words} {filters.moment(datetime.fromisoformat(at))}" for words, at in said if at)


def tabs(asked: QueueFilter, numbers: Mapping[tuple[str, str], int]) -> dict[str, list[Tab]]:
    """Filters with results, and active ones. A single network or kind is not offered."""
    choices = {
        "category": list(_CATEGORIES),
        "network": [(code, filters.network_label(code)) for code in NETWORKS],
        "kind": [(kind.value, label) for kind, label in _KINDS.items()],
    }
    found: dict[str, list[Tab]] = {}
    for name, pairs in choices.items():
        chosen = getattr(asked, name)
        some = [(code, label) for code, label in pairs if numbers.get((name, code)) or code == chosen]
        found[name] = [
            Tab(
                name, code, label, numbers.get((name, code), 0),
                address_of(replace(asked, **{name: "" if code == chosen else code})), code == chosen,
            )
            for code, label in some
            if len(some) > 1 or name == "category" or code == chosen
        ]  # fmt: skip
    return found


def history_words(history: History) -> str:
    """«3-й комментарий за 30 дней; раньше удалено 2 (мат, спам), оставлено 5»; empty for a first comment."""
    parts = [f"{history.month}-й за 30 дней"] if history.month > 1 else []
    decided = []
    if history.removed:
        grounds = ", ".join(f"{SHORT[ground]} {number}" for ground, number in history.deleted.items())
        decided.append(f"удалено {history.removed} ({grounds})")
    if history.kept:
        decided.append(f"оставлено {history.kept}")
    if history.taken:
        decided.append(f"в работу {history.taken}")
    if decided:
        parts.append("раньше " + ", ".join(decided))
    if history.listed is not None:
        parts.append(_LISTED[history.listed])
    return "; ".join(parts)


def others_words(others: list[tuple[str, int]]) -> str:
    """«Вера Носова разбирает 25 комментариев»."""
    return "; ".join(
        f"{name} разбирает {number} {worktime.plural(number, 'комментарий', 'комментария', 'комментариев')}"
        for name, number in others
    )


def shared(asked: QueueFilter) -> dict[str, Any]:
    """Values for each row. `opening`: with the id of a comment, the address of the list with its form."""
    here, query = address_of(asked), query_of(asked)
    opening = f"{here}{'&' if query else '?'}open="
    return {"asked": asked, "here": here, "filter_query": query, "opening": opening}


def _clause(ground: str) -> str:
    """«п. 2.6 Порядка»: the clause by which a comment is deleted."""
    return clause_words(blacklist.COMMENT_GROUND_CLAUSES[blacklist.CommentGround(ground)])


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        parents_among=parents_among, edits_among=lambda rows: edits_among(row.id for row in rows), traces_of=traces_of,
        tells_gone=lambda network: traits_of(network).tells_gone, comment_history=history_words,
        comment_others=others_words,
        comment_grounds=[(g.value, g.label, _clause(g)) for g in blacklist.CommentGround],
        comment_address=address_of, post_address=post_address, comment_age=age_words,
        any_age=lambda asked: address_of(replace(asked, since="", until="")),
    )  # fmt: skip
    app.jinja_env.filters.update(
        short_category=SHORT.__getitem__, comment_ground_label=lambda code: blacklist.CommentGround(code).label,
        comment_ground_clause=_clause,
        counted_comments=lambda number: filters.counted(number, "комментарий", "комментария", "комментариев"),
    )  # fmt: skip
