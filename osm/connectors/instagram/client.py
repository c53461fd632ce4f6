"""Asks Instagram, and makes events of the contract of its answers."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from osm.connectors import contract, transport
from osm.connectors.contract import Act, Kind, Person, Target, Way, Ways, Written
from osm.connectors.hearing import Call, Callback, Delivered
from osm.connectors.transport import Fault, Meaning, NetworkError, Raw, objects, readable, tried_again

# --- Asks Instagram: what it lets a program do, with which key, how often; what its refusals mean
# --- How often and how much Instagram may be asked, and where its addresses lie (developers.facebook.com)
BASE = "https://graph.instagram.com"
VERSION = "v22.0"
HOSTS = ("cdninstagram.com", "fbcdn.net")  # where its pictures lie

PER_SECOND = 1.0
READING, ACTING = contract.PerHour(at_once=50, more=68), contract.PerHour(at_once=40, more=38)
"""Requests of one account: Meta allows 200 in any hour. Acts take from both, reading from its own alone."""
POLL_EVERY = 100  # seconds between two looks: each takes two requests or more
LOOK_EVERY = 600  # the same, where Instagram sends new comments itself: it never reports deletions
MEDIA = 15  # posts that are looked at, the newest: under older ones hardly anybody writes
COMMENTS_AT_ONCE = 50
PAGES_OF_COMMENTS = 10
LONGEST_COMMENT = 2200  # characters of an answer

WARNING = (
    "Реклама в Instagram наказуема с 01.09.2025. Подключайте страницу, только если руководство решило её вести: "
    "например, чтобы увидеть и закрыть то, что на ней осталось."
)
"""Who connects a page has read this, after how the network is restricted (`networks/catalogue.py`)."""


# --- Which method of Instagram serves an act upon what people write; what is not in the table is done by hand
TOKEN, APP_SECRET = "access_token", "app_secret"

WAYS: Ways = {
    (Kind.COMMENT, Act.READ): Way("GET media/comments", (TOKEN,)),
    (Kind.COMMENT, Act.LOOK_UP): Way("GET comment", (TOKEN,)),
    (Kind.COMMENT, Act.REPLY): Way("POST comment/replies", (TOKEN,)),
    (Kind.COMMENT, Act.DELETE): Way("DELETE comment", (TOKEN,)),
}
KEY_WORDS = {TOKEN: "ключ доступа", APP_SECRET: "секрет приложения"}
WHERE_TO_GET = {
    TOKEN: "Приложение на developers.facebook.com с правами instagram_business_basic и "
    "instagram_business_manage_comments; страница должна быть профессиональной.",
    APP_SECRET: "Нужен, только если Instagram присылает события (Webhook): приложение → Настройки → Основное.",
}


# --- What each error of Instagram means for an act, and what it says to people
_HOUR, _HOURS = timedelta(hours=1), timedelta(hours=3)

_INSIDE = Meaning(Fault.TEMPORARY, "Внутренняя ошибка Instagram.", unclear=True)
_OFTEN = Meaning(Fault.PAUSE, "Instagram просит сделать перерыв: исчерпано число запросов за час.", pause=_HOUR)
_KEY = Meaning(Fault.RIGHTS, "Ключ Instagram больше не действует. Замените ключ страницы.")
_RIGHT = Meaning(Fault.RIGHTS, "Instagram не даёт этого права: проверьте права ключа.")
GONE = Meaning(Fault.PERMANENT, "Этого в Instagram больше нет.", done=frozenset({Act.DELETE}))

ERRORS: Mapping[int, Meaning] = {
    1: _INSIDE,
    2: _INSIDE,
    3: _RIGHT,
    4: _OFTEN,
    10: _RIGHT,
    17: _OFTEN,
    24: GONE,
    32: _OFTEN,
    100: Meaning(Fault.PERMANENT, "Instagram не понимает этот запрос: возможно, комментарий удалён."),
    102: _KEY,
    190: _KEY,
    368: Meaning(Fault.PAUSE, "Instagram временно запретил странице это действие.", pause=_HOURS),
    613: _OFTEN,
    **dict.fromkeys(range(200, 300), _RIGHT),
}
UNKNOWN = Meaning(Fault.PERMANENT, "Instagram отказал.")
_NO_SUCH_OBJECT = (100, 33)  # code and subcode of what does not exist, or is not this page's to see


def is_gone(error: NetworkError) -> bool:
    return error.code in ("100/33", "24")


def meaning_of(code: int, subcode: int = 0) -> Meaning:
    return GONE if (code, subcode) == _NO_SUCH_OBJECT else ERRORS.get(code, UNKNOWN)


def refused(error: Mapping[str, Any]) -> NetworkError:
    """What Instagram answered under `error`, as ours."""
    code, subcode = (_number(error.get(name)) for name in ("code", "error_subcode"))
    meaning = meaning_of(code, subcode)
    if error.get("is_transient") is True and meaning is UNKNOWN:
        meaning = _INSIDE
    return meaning.error(f"{code}/{subcode}" if subcode else code, error.get("message"))


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


# --- Calls of Instagram: the key, its turn, and the answer or what is wrong with it
class Client(transport.PageClient):
    """Instagram for one page. The key travels in a header."""

    def do(self, verb: str, path: str, act: Act, /, **parameters: Any) -> Any:
        """One act, tried once. None where its aim was reached before: deleted already."""
        return self.once(act, lambda: self._call(verb, path, data=transport.form_values(parameters)))

    def read(self, path: str, /, **parameters: Any) -> Mapping[str, Any]:
        """A reading: what fails for the moment is tried again, a few times."""
        answer = tried_again(lambda: self._call("GET", path, params=transport.form_values(parameters)))
        return answer if isinstance(answer, Mapping) else {}

    def renewed(self) -> tuple[str, int]:
        """Another key for this one, and the seconds for which it is good. It must be a day old."""
        answer = self._call("GET", "refresh_access_token", params={"grant_type": "ig_refresh_token"}, version="")
        key, seconds = (
            (answer.get("access_token"), answer.get("expires_in")) if isinstance(answer, Mapping) else ("", 0)
        )
        if not isinstance(key, str) or not key or not isinstance(seconds, int) or seconds <= 0:
            raise NetworkError("Instagram не продлил ключ.", Fault.TEMPORARY)
        return key, seconds

    def _call(self, verb: str, path: str, *, version: str = f"/{VERSION}", **given: Any) -> Any:
        token = self.page.keys.get(TOKEN, "")
        if not token:
            raise NetworkError(f"Для этого нужен {KEY_WORDS[TOKEN]}.", Fault.RIGHTS)
        self._wait_turn(token, PER_SECOND)
        url = f"{self.page.base}{version}/{path}"
        answer = self._transport.ask_json(verb, url, headers={"Authorization": f"Bearer {token}"}, **given)
        error = answer.get("error") if isinstance(answer, Mapping) else None
        if isinstance(error, Mapping):
            raise refused(error)
        return answer


# --- Comments of Instagram as events of the contract, and the webhook that brings them. Numbers stay text
_SITE = "https://www.instagram.com"
_ID = re.compile(r"[1-9]\d{0,30}")
_NAME = re.compile(r"[\w.]{1,60}")


class Reader:
    def __init__(self, page_id: str) -> None:
        self.page = page_id

    def comments(self, answer: Any, media: str, permalink: str, title: str = "") -> list[Written]:
        """The comments of an answer with what is said under each."""
        found: list[Written] = []
        for raw in objects(answer, "data"):
            if top := readable(self.comment, raw, media, permalink, title):
                replies = objects(raw.get("replies"), "data")
                under = (readable(self.comment, one, media, permalink, title, top.target.id) for one in replies)
                found += [top, *filter(None, under)]
        return found

    def comment(self, raw: Raw, media: str, permalink: str, title: str = "", top: str = "") -> Written:
        answers = number(raw["parent_id"]) if raw.get("parent_id") else top
        author = self._author(raw)
        target = Target(Kind.COMMENT, number(raw["id"]), media, author=author.id, thread=answers)
        return Written(
            target, text=str(raw.get("text") or ""), author=author,
            at=datetime.strptime(str(raw["timestamp"]), "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC),
            url=comment_url(permalink, target.id), place_url=permalink, place_title=title, answers=answers,
            is_own=author.id == self.page,
        )  # fmt: skip

    def _author(self, raw: Raw) -> Person:
        """Who wrote it: Instagram names people by their name; the number comes along or does not."""
        about = inside(raw, "from")
        name = str(about.get("username") or raw.get("username") or "")
        return Person(str(about.get("id") or name), name, profile_url(name))


def inside(raw: Raw, name: str) -> Raw:
    """The object of this name, empty where there is none."""
    found = raw.get(name)
    return found if isinstance(found, Mapping) else {}


def number(value: Any) -> str:
    """A number as text. ValueError for what is none."""
    if not _ID.fullmatch(str(value)):
        raise ValueError("no number")
    return str(value)


def profile_url(name: str) -> str:
    """Where a browser opens a page; empty for what is no name."""
    return f"{_SITE}/{name}/" if _NAME.fullmatch(name) else ""


def permalink_of(raw: Raw) -> str:
    url = str(raw.get("permalink") or "")
    host = urlsplit(url).hostname or ""
    return url if url.startswith("https://") and host.removeprefix("www.") == "instagram.com" else f"{_SITE}/"


def comment_url(permalink: str, comment: str) -> str:
    """A browser opens the post; the rest distinguishes the comment from others."""
    return f"{permalink}?comment_id={comment}"


# --- The webhook
_MOST = 1000  # changes of one call: Meta brings no more at once


def read(raw: bytes, signature: str) -> Call:
    """Changes of one page or several. ValueError."""
    try:
        told = json.loads(raw)
        entries = told.get("entry") if isinstance(told, dict) else None
        if not isinstance(entries, list):
            raise ValueError("no entries")
        events = tuple(islice(_events(entries), _MOST + 1))
        if len(events) > _MOST:
            raise ValueError("too many changes")
        return Call(raw, signature, events)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _events(entries: list[Any]) -> Iterator[Delivered]:
    """Where one entry is one change, its fields are in the entry (Instagram Login)."""
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        changes = entry.get("changes", [entry])
        for change in changes if isinstance(changes, list) else ():
            if isinstance(change, dict):
                told = {"field": change.get("field"), "value": change.get("value"), "time": entry.get("time")}
                body = json.dumps(told, sort_keys=True)
                page = str(entry.get("id", ""))
                yield Delivered(page, hashlib.sha256(f"{page} {body}".encode()).hexdigest(), body)


def is_genuine(call: Call, _secret: str, keys: Mapping[str, str]) -> bool:
    """The body is signed with the secret of the application."""
    secret = keys.get(APP_SECRET, "")
    signed = "sha256=" + hmac.new(secret.encode(), call.raw, hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(call.proof.encode("utf-8", "replace"), signed.encode())


CALLBACK = Callback(
    words="Webhook",
    else_words="Просматриваем сами (по умолчанию)",
    read=read,
    is_genuine=is_genuine,
    look_every=LOOK_EVERY,
    listens=True,
    needs=APP_SECRET,
    how="Приложение на developers.facebook.com → Webhooks → Instagram: адрес и проверочный маркер, подписка "
    "на поле comments.",
    which="Просмотр: раз в полминуты, подходит всем. Webhook: Instagram присылает новые комментарии; программа "
    "должна быть видна из интернета.",
    word_of_ours="Проверочный маркер (Verify Token)",
    proof="X-Hub-Signature-256",
    asks_by=("hub.verify_token", "hub.challenge"),
)
