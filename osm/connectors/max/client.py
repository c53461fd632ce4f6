"""Asks MAX, and makes events of the contract of its answers."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from osm.connectors import contract, transport
from osm.connectors.contract import Act, Kind, Person, Target, Way, Ways, Written
from osm.connectors.transport import Fault, Meaning, NetworkError, Raw, tried_again

# --- Asks MAX: what it lets a bot do, how often; what its refusals mean
# --- How often and how much MAX may be asked, and where its addresses lie (dev.max.ru)
BASE = "https://platform-api2.max.ru"
HOSTS = ("oneme.ru", "okcdn.ru", "max.ru")  # where photos are uploaded and lie

PER_SECOND = 30.0  # requests of one bot in all
WRITES_PER_SECOND = 2.0  # posts, answers and deletions in one channel
POLL_EVERY = 60  # seconds between two looks: with four requests each (see `connector`) an idle page costs 240 an hour
POSTS = 30  # the newest posts, whose comments are looked at
RECENT = 4  # posts of which one is looked at each time besides the newest
STIRRED = 10  # looks for which a post is looked at each time after something has happened there
POSTS_AT_ONCE = 100
PAGES_OF_POSTS = 10
COMMENTS_AT_ONCE = 100
PAGES_OF_COMMENTS = 20
LONGEST_COMMENT = 4000  # characters of an answer, and of a post


# --- Which method of MAX serves an act; what is not in the table is done by hand
TOKEN = "access_token"  # noqa: S105  # the name of a key

_SEES = Way("GET /messages/{post}/comments", (TOKEN,))
WAYS: Ways = {
    (Kind.COMMENT, Act.READ): _SEES,
    (Kind.COMMENT, Act.LOOK_UP): _SEES,
    (Kind.COMMENT, Act.REPLY): Way("POST /messages/{post}/comments", (TOKEN,)),
    (Kind.COMMENT, Act.EDIT): Way("PUT /messages/{post}/comments", (TOKEN,)),
    (Kind.COMMENT, Act.DELETE): Way("DELETE /messages/{post}/comments", (TOKEN,)),
    (Kind.COMMENT, Act.BAN): Way("DELETE /chats/{channel}/members", (TOKEN,)),
    (Kind.POST, Act.POST): Way("POST /messages", (TOKEN,)),
    (Kind.POST, Act.LOOK_UP): Way("GET /messages", (TOKEN,)),
    (Kind.POST, Act.EDIT): Way("PUT /messages", (TOKEN,)),
    (Kind.POST, Act.DELETE): Way("DELETE /messages", (TOKEN,)),
}
NEEDS: Mapping[Act, tuple[tuple[str, ...], ...]] = {
    Act.READ: (("read_all_messages",),),
    Act.LOOK_UP: (("read_all_messages",),),
    Act.REPLY: (("read_all_messages",), ("write",)),
    Act.EDIT: (("write",),),
    Act.DELETE: (("read_all_messages",), ("delete", "delete_message", "post_edit_delete_message")),
    Act.BAN: (("add_remove_members",),),
    Act.POST: (("write",),),
}
"""Act → the rights of the bot in the channel that it needs, each by any of its names: MAX has renamed some."""
RIGHT_WORDS = {
    "read_all_messages": "читать все сообщения",
    "write": "писать",
    "delete": "удалять сообщения",
    "add_remove_members": "добавлять и удалять участников",
}
KEY_WORDS = {TOKEN: "токен бота"}
WHERE_TO_GET = {
    TOKEN: "business.max.ru → Чат-боты → бот организации → токен. Бота добавьте в канал администратором: читать все "
    "сообщения, писать, удалять; для блокировок ещё «добавлять и удалять участников».",
}


# --- What each refusal of MAX means for an act, and what it says to people
UNKNOWN = Meaning(Fault.PERMANENT, "MAX отказал.")
GONE = Meaning(Fault.PERSON, "Этого в MAX больше нет, или бот его не видит.")
BAD = Meaning(Fault.PERMANENT, "MAX не понимает этот запрос: возможно, комментарий удалён.")
STATUSES: Mapping[int, Meaning] = {
    400: BAD,
    401: Meaning(Fault.RIGHTS, "Токен MAX больше не действует. Замените токен страницы."),
    403: Meaning(Fault.RIGHTS, "MAX не даёт этого права: проверьте права бота в канале."),
    404: GONE,
}
CODES: Mapping[str, Meaning] = {
    "verify.token": STATUSES[401],
    "attachment.not.ready": Meaning(Fault.TEMPORARY, "MAX ещё обрабатывает фото."),
    "comments.timeout_exceeded": Meaning(
        Fault.PERSON, "Исправить ответ через программу MAX даёт 26 часов, и они прошли: удалите его и ответьте заново."
    ),
}
MAYBE_GONE = frozenset({"400", "404", "200"})
"""Statuses of a refusal after which it is worth looking whether the aim is reached: what is gone has no code."""


def refused(status: int, answer: Mapping[str, Any]) -> NetworkError:
    """The refusal as ours; its code is the status, since MAX documents few codes. It is quoted where its code is not
    known."""
    if meaning := CODES.get(str(answer.get("code"))):
        return meaning.error(status)
    said = f"{answer.get('code') or ''}: {answer.get('message') or ''}".strip(": ")
    return STATUSES.get(status, UNKNOWN).error(status, said)


# --- Calls of MAX: the token, its turn, and the answer or what is wrong with it
class Client(transport.PageClient):
    """MAX for one page. The token travels in a header."""

    @property
    def channel(self) -> str:
        """As MAX numbers it: channels have a sign, which a page has not (`contract.Page`)."""
        return f"-{self.page.id}"

    def read(self, path: str, /, **parameters: Any) -> Mapping[str, Any]:
        """A reading: what fails for the moment is tried again, a few times."""
        return tried_again(lambda: self._call("GET", path, parameters))

    def do(
        self, verb: str, path: str, body: Mapping[str, Any] | None = None, /, **parameters: Any
    ) -> Mapping[str, Any]:
        """One act, tried once."""
        self._wait_turn(f"{self.page.keys.get(TOKEN, '')} {self.page.id}", WRITES_PER_SECOND)
        return self._call(verb, path, parameters, body)

    def uploaded(self, picture: contract.Picture) -> Mapping[str, Any]:
        """The photo on the servers of MAX, as an attachment; nobody sees it before it hangs on a post."""
        server = str(self._call("POST", "uploads", {"type": "image"}).get("url") or "")
        if not transport.is_ours_to_fetch(server, HOSTS, self.page.base):
            raise NetworkError("MAX назвал чужой адрес для фото, он не открыт.", Fault.TEMPORARY)
        files = {"data": (picture.filename, picture.content, picture.content_type)}
        taken = self._transport.ask_json("POST", server, files=files)
        photos = taken.get("photos") if isinstance(taken, Mapping) else None
        if not isinstance(photos, Mapping) or not photos:
            raise NetworkError(f"MAX не принял фото {picture.filename}.", Fault.PERSON)
        return {"type": "image", "payload": {"photos": photos}}

    def _call(
        self, verb: str, path: str, parameters: Mapping[str, Any], body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        token = self.page.keys.get(TOKEN, "")
        if not token:
            raise NetworkError(f"Для этого нужен {KEY_WORDS[TOKEN]}.", Fault.RIGHTS)
        self._wait_turn(token, PER_SECOND)
        given: dict[str, Any] = {"params": transport.form_values(parameters), "headers": {"Authorization": token}}
        if body is not None:
            given["json"] = body
        whole = self._transport.ask_whole(verb, f"{self.page.base}/{path}", **given)
        answer = transport.json_of(*whole)
        if not isinstance(answer, Mapping):
            raise NetworkError("MAX ответил непонятно.", Fault.TEMPORARY, unclear=True)
        if whole[0] >= 400 or answer.get("success") is False:
            raise refused(whole[0], answer)
        return answer


# --- Comments and posts of MAX as the contract has them. Ids (`mid`) are names: what they hold is not documented
_MID = re.compile(r"[\w.:=+-]{1,100}", re.ASCII)
_NAME = re.compile(r"[A-Za-z][\w.]{1,60}", re.ASCII)


class Reader:
    """Objects of MAX for one page. `bot`: the number of the page's bot; empty where it is not known yet."""

    def __init__(self, page_id: str) -> None:
        self.page, self.bot = page_id, ""

    @property
    def channel(self) -> str:
        return f"-{self.page}"

    def comment(self, raw: Raw, post: str, post_url: str, title: str = "") -> Written:
        """One comment. A comment without a sender is nobody's, not ours."""
        body, author = raw["body"], person(raw.get("sender"))
        target = Target(Kind.COMMENT, mid(body["mid"]), post, author=author.id)
        link = raw.get("link") or {}
        return Written(
            target, text=str(body.get("text") or ""), author=author, at=instant(raw["timestamp"]),
            url=comment_url(post_url, target.id), place_url=post_url, place_title=title,
            answers=mid(link["message"]["mid"]) if link.get("type") == "reply" else "",
            is_own=bool(author.id) and author.id == self.bot,
        )  # fmt: skip

    def post(self, raw: Raw) -> Written:
        """One post of the channel: all that stands there is the page's, whoever wrote it."""
        body = raw["body"]
        target = Target(Kind.POST, mid(body["mid"]), author=self.page)
        url, kinds = self.post_url(raw), {str(one.get("type")) for one in body.get("attachments") or ()}
        return Written(
            target, text=str(body.get("text") or ""), author=Person(self.page, url=self.url),
            at=instant(raw["timestamp"]), url=url, place_url=url, is_own=True,
            holds=frozenset("photo" if kind == "image" else kind for kind in kinds),
        )  # fmt: skip

    @property
    def url(self) -> str:
        """Where a browser opens the channel."""
        return f"https://web.max.ru/{self.channel}"

    def post_url(self, raw: Raw) -> str:
        """Where a browser opens a post: MAX says it of public channels; of others the channel is opened."""
        url = str(raw.get("url") or "")
        return url if is_max(url) else f"{self.url}?message={quote(mid(raw['body']['mid']))}"


def person(raw: Any) -> Person:
    """Who wrote it; nobody where MAX does not name him. His address, where he has no name, is ours to tell him by."""
    if not isinstance(raw, Mapping):
        return Person("")
    number = str(int(raw["user_id"]))
    name = " ".join(str(raw.get(part) or "") for part in ("first_name", "last_name")).strip()
    called = str(raw.get("username") or "")
    url = f"https://max.ru/{called}" if _NAME.fullmatch(called) else f"https://max.ru/u/{number}"
    return Person(number, name, url)


def mid(value: Any) -> str:
    """The id of a message as it is. ValueError for what is none."""
    if not isinstance(value, str) or not _MID.fullmatch(value):
        raise ValueError("no id")
    return value


def instant(value: Any) -> datetime:
    """Milliseconds since 1970. TypeError, OverflowError."""
    if type(value) is not int:
        raise TypeError("no instant")
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)


def is_max(url: str) -> bool:
    return url.startswith("https://") and urlsplit(url).hostname == "max.ru"


def comment_url(post_url: str, comment: str) -> str:
    """A browser opens the post; the rest distinguishes the comment from others: MAX has no addresses of comments."""
    return f"{post_url}{'&' if '?' in post_url else '?'}comment={quote(comment)}"
