"""Asks Telegram, and makes events of the contract of its answers."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from osm.connectors import contract, hearing, transport
from osm.connectors.contract import Act, Kind, Person, Target, Thing, Way, Ways, Written
from osm.connectors.transport import BROKEN, Fault, Meaning, NetworkError, Raw, objects, tried_again
from osm.regulation.blacklist import ThingKind

# --- Asks Telegram: what it lets a bot do, how often; what its refusals mean
# --- How often and how much Telegram may be asked
BASE = "https://api.telegram.org"
PER_SECOND = 30.0  # requests of one bot in all
SENDS_PER_SECOND = 20 / 60  # posts and answers in one chat
KEPT = timedelta(hours=24)  # for so long Telegram keeps what it has to tell
ALBUM = 1.0  # seconds in which the photos of one album come one by one
LONGEST_TEXT, LONGEST_CAPTION, MOST_PHOTOS = 4096, 1024, 10
"""Characters of a message, of one with photos; photos of one message."""
TOLD = ("message", "edited_message", "my_chat_member")
"""What is heard: posts of the channel come as their copies in the group."""


WARNING = (
    "Федеральный закон от 01.04.2025 № 41-ФЗ не позволяет органам местного самоуправления информировать граждан через "
    "иностранные мессенджеры."
)
"""What whoever connects a channel answers with the ground of the office."""


# --- Which method of Telegram serves an act; what is not in the table is done by hand
TOKEN = "access_token"  # noqa: S105  # the name of a key

WAYS: Ways = {
    (Kind.COMMENT, Act.READ): Way("getUpdates", (TOKEN,)),
    (Kind.COMMENT, Act.REPLY): Way("sendMessage", (TOKEN,)),
    (Kind.COMMENT, Act.EDIT): Way("editMessageText", (TOKEN,)),
    (Kind.COMMENT, Act.DELETE): Way("deleteMessage", (TOKEN,)),
    (Kind.COMMENT, Act.BAN): Way("banChatMember", (TOKEN,)),
    (Kind.COMMENT, Act.UNBAN): Way("unbanChatMember", (TOKEN,)),
    (Kind.POST, Act.POST): Way("sendMessage", (TOKEN,)),
    (Kind.POST, Act.EDIT): Way("editMessageText", (TOKEN,)),
    (Kind.POST, Act.DELETE): Way("deleteMessage", (TOKEN,)),
}
IN_GROUP: Mapping[Act, str] = {
    Act.READ: "",
    Act.REPLY: "",
    Act.EDIT: "",
    Act.DELETE: "can_delete_messages",
    Act.BAN: "can_restrict_members",
    Act.UNBAN: "can_restrict_members",
}
"""Act → the right of an administrator of the group that it needs; empty: to be one."""
RIGHT_WORDS = {
    "can_delete_messages": "удалять сообщения",
    "can_restrict_members": "блокировать участников",
    "can_post_messages": "публиковать сообщения",
}
KEY_WORDS = {TOKEN: "токен бота"}
WHERE_TO_GET = {
    TOKEN: "Напишите @BotFather: /newbot. Бота добавьте администратором и в канал (публиковать сообщения), и в его "
    "группу обсуждений (удалять сообщения, блокировать участников).",
}


# --- What each refusal of Telegram means: there are no codes, its sentences are known by their words
_NO_RIGHT = Meaning(Fault.RIGHTS, "Telegram не даёт этого права: проверьте права бота в канале и в группе.")
_NOT_BANNED = Meaning(Fault.PERMANENT, "Telegram не даёт заблокировать этого автора: возможно, он администратор.")
SENTENCES: Mapping[str, Meaning] = {
    "message to be replied not found": Meaning(
        Fault.PERSON, "Комментария, на который отвечают, в Telegram больше нет."
    ),
    "message to delete not found": Meaning(Fault.PERSON, "Этого в Telegram больше нет.", done=frozenset({Act.DELETE})),
    "message to edit not found": Meaning(Fault.PERSON, "Этого в Telegram больше нет."),
    "message is not modified": Meaning(Fault.PERSON, "Так там уже написано.", done=frozenset({Act.EDIT})),
    "message can't be deleted": Meaning(
        Fault.PERSON, "Через 48 часов Telegram не даёт боту удалить чужое: удалите в самой группе."
    ),
    "not enough rights": _NO_RIGHT,
    "need administrator rights": _NO_RIGHT,
    "chat_admin_required": _NO_RIGHT,
    "is an administrator of the chat": _NOT_BANNED,
    "can't remove chat owner": _NOT_BANNED,
    "participant_id_invalid": _NOT_BANNED,
}
STATUSES: Mapping[int, Meaning] = {
    401: Meaning(Fault.RIGHTS, "Токен Telegram больше не действует. Замените токен страницы."),
    403: Meaning(Fault.RIGHTS, "Бота нет в канале или в его группе: добавьте его администратором."),
    404: Meaning(Fault.PERMANENT, "Telegram не знает такого бота: проверьте токен."),
    409: Meaning(Fault.TEMPORARY, "Этого бота читает другая программа. У страницы должен быть свой бот."),
}
UNKNOWN = Meaning(Fault.PERMANENT, "Telegram отказал.")


def refused(status: int, said: str) -> NetworkError:
    """The refusal as ours, with the network's own sentence where we have none for it. All are clear: nothing has
    happened."""
    known = next((meaning for words, meaning in SENTENCES.items() if words in said.casefold()), None)
    return known.error(status) if known else STATUSES.get(status, UNKNOWN).error(status, said)


# --- Calls of Telegram: the token, its turn, and the answer or what is wrong with it
class Client(transport.PageClient):
    """Telegram for one page. The token stands in the address, which therefore no error names."""

    @property
    def channel(self) -> int:
        """As Telegram numbers it; a page is named as its links do."""
        return int(f"-100{self.page.id}")

    def read(self, method: str, **parameters: Any) -> Any:
        """A reading: what fails for the moment is tried again, a few times."""
        return tried_again(lambda: self.do(method, **parameters))

    def updates(self, offset: int, wait: int) -> list[Raw]:
        """What has happened since `offset`, all before which is confirmed by that. Tried once: listening goes on."""
        given: dict[str, Any] = {"offset": offset, "timeout": wait, "allowed_updates": TOLD}
        return objects(self.do("getUpdates", wait=wait, **given))

    def send(self, chat: int, text: str, pictures: Sequence[contract.Picture], **more: Any) -> list[Mapping[str, Any]]:
        """A message as it is typed, or photos with it as their caption; tried once. All messages that it became."""
        self._wait_turn(f"{self.page.keys.get(TOKEN, '')} {chat}", SENDS_PER_SECOND)
        if not pictures:
            sent = self.do("sendMessage", chat_id=chat, text=text, **more)
        elif len(pictures) == 1:
            sent = self.do("sendPhoto", {"photo": pictures[0]}, chat_id=chat, caption=text, **more)
        else:
            files = {f"photo{number}": one for number, one in enumerate(pictures)}
            media = [{"type": "photo", "media": f"attach://{name}"} for name in files]
            media[0]["caption"] = text
            sent = self.do("sendMediaGroup", files, chat_id=chat, media=media, **more)
        found = sent if isinstance(sent, list) else [sent]
        if not found or not all(isinstance(one, Mapping) and type(one.get("message_id")) is int for one in found):
            raise _unreadable()
        return found

    def file(self, name: str) -> bytes:
        """What lies there under this name; it has its address for an hour."""
        path = quote(str(self.do("getFile", file_id=name).get("file_path") or ""))
        status, content = self._transport.ask("GET", f"{self.page.base}/file/bot{self._token}/{path}")
        if status != 200 or not content:
            fault = Fault.TEMPORARY if status == 429 or status >= 500 else Fault.PERMANENT
            raise NetworkError(f"Telegram не отдал изображение (ответ {status}).", fault)
        return content

    def do(
        self, method: str, files: Mapping[str, contract.Picture] | None = None, *, wait: int = 0, **parameters: Any
    ) -> Any:
        """One call, tried once; its result."""
        token = self.page.keys.get(TOKEN, "")
        if not token:
            raise NetworkError(f"Для этого нужен {KEY_WORDS[TOKEN]}.", Fault.RIGHTS)
        self._wait_turn(token, PER_SECOND)
        form = {
            name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for name, value in parameters.items()
        }
        uploads = {name: (one.filename, one.content, one.content_type) for name, one in (files or {}).items()}
        url = f"{self.page.base}/bot{self._token}/{method}"
        whole = self._transport.ask_whole("POST", url, wait=wait, data=form, files=uploads or None)
        answer = transport.json_of(*whole)
        if not isinstance(answer, Mapping) or ("result" not in answer and answer.get("ok") is not False):
            raise _unreadable()
        if answer.get("ok") is not True:
            raise refused(whole[0], str(answer.get("description") or ""))
        return answer["result"]

    @property
    def _token(self) -> str:
        return quote(self.page.keys.get(TOKEN, ""), safe=":")


def _unreadable() -> NetworkError:
    return NetworkError("Telegram ответил непонятно.", Fault.TEMPORARY, unclear=True)


# --- Updates of a bot as events of its page: which message of the group is a comment, of whom, under which post
_NAME = re.compile(r"[A-Za-z]\w{2,40}", re.ASCII)
_THINGS = {
    "photo": ThingKind.PHOTO,
    "video": ThingKind.VIDEO,
    "video_note": ThingKind.VIDEO,
    "animation": ThingKind.GIF,
    "audio": ThingKind.AUDIO,
    "voice": ThingKind.VOICE,
    "sticker": ThingKind.STICKER,
    "document": ThingKind.FILE,
    "poll": ThingKind.POLL,
    "location": ThingKind.PLACE,
    "contact": ThingKind.CONTACT,
}
"""Fields of a message → what hangs on it."""
MOST_REMEMBERED = 300  # posts and albums remembered to understand later messages


class Reader:
    """What one page hears. `memory` travels in the cursor: the group, where its threads belong, albums that came.
    `group`: None where the channel has none. `is_out`: the bot has lost its place there, as Telegram told it last."""

    def __init__(self, channel: int, memory: Raw) -> None:
        self.channel, self.group = channel, memory.get("group")
        self.posts: dict[str, list[str]] = dict(memory.get("posts") or {})
        """Thread → the path of the post in t.me, its first words."""
        self.albums: dict[str, str] = dict(memory.get("albums") or {})
        """Album → the id of the comment that it is."""
        self.is_out = bool(memory.get("is_out"))

    @property
    def memory(self) -> dict[str, Any]:
        """To be given to the next reader."""
        newest = {name: dict([*kept.items()][-MOST_REMEMBERED:]) for name, kept in self._remembered.items()}
        return {"group": self.group, "is_out": self.is_out, **newest}

    @property
    def _remembered(self) -> dict[str, dict[str, Any]]:
        return {"posts": self.posts, "albums": self.albums}

    def events(self, updates: Iterable[Raw]) -> tuple[Written, ...]:
        """In their order. Telegram never tells that something was deleted."""
        found: dict[str, Written] = {}
        for number, update in enumerate(updates):
            with suppress(*BROKEN):
                if member := update.get("my_chat_member"):
                    self._place(member)
                elif (one := self._message(raw := update.get("message") or update["edited_message"])) is not None:
                    album = raw.get("media_group_id")
                    if album is None:
                        found[f"{number}"] = one
                    elif "message" in update:
                        self._joined(str(album), one, found)
                    elif one.text and str(album) in self.albums:
                        found[f"{number}"] = _named(one, self.albums[str(album)])
        return tuple(found.values())

    def _joined(self, album: str, one: Written, found: dict[str, Written]) -> None:
        """Photos that came together are one comment; one that came too late is a comment of its own."""
        if before := found.get(album):
            rest = one.target.id.rpartition("/")[2]
            hung = {"things": before.things + one.things, "pictures": before.pictures + one.pictures}
            one = _named(before, f"{before.target.id},{rest}", text=before.text or one.text, **hung)
        if before or album not in self.albums:
            found[album], self.albums[album] = one, one.target.id
        else:
            found[one.target.id] = one

    def _place(self, member: Raw) -> None:
        if member["chat"]["id"] == self.group:
            self.is_out = member["new_chat_member"]["status"] != "administrator"

    def _message(self, raw: Raw) -> Written | None:
        """A comment; None for the copy of a post, which says where its thread belongs, and for talk under no post."""
        if self._is_copy(raw):
            self.group = raw["chat"]["id"]
            self._remember(raw)
        elif raw["chat"]["id"] == self.group and (thread := raw.get("message_thread_id")) is not None:
            above = raw.get("reply_to_message") or {}
            if self._is_copy(above):
                self._remember(above)
            return self._comment(raw, thread, {} if self._is_copy(above) else above)
        return None

    def _is_copy(self, raw: Raw) -> bool:
        return bool(raw.get("is_automatic_forward")) and raw["sender_chat"]["id"] == self.channel

    def _remember(self, copy: Raw) -> None:
        """The copy of a post has another number than the post: that of its thread. Of a post that the channel has
        forwarded itself it tells the place where that comes from."""
        origin = copy.get("forward_origin") or {}
        is_ours = (origin.get("chat") or {}).get("id") == self.channel
        path = post_path(origin["chat"], origin["message_id"]) if is_ours else ""
        self.posts[str(copy["message_id"])] = [path, hearing.titled(copy.get("text") or copy.get("caption"))]

    def _comment(self, raw: Raw, thread: int, above: Raw) -> Written:
        """`above`: the comment that it answers."""
        author, number = person(raw.get("sender_chat") or raw["from"]), int(raw["message_id"])
        path, title = self.posts.get(str(thread), ["", ""])
        group = short(raw["chat"]["id"])
        target = Target(Kind.COMMENT, f"{group}/{number}", path, short(self.channel), author.id)
        answers = f"{group}/{above['message_id']}" if above else ""
        return Written(
            target, text=str(raw.get("text") or raw.get("caption") or ""), author=author,
            at=datetime.fromtimestamp(raw["date"], UTC), url=comment_url(target, thread),
            place_url=f"https://t.me/{path}" if path else "", place_title=title,
            answers=self.albums.get(str(above.get("media_group_id")), answers), things=things(raw),
            pictures=_pictures(raw),
            is_own=author.id in (str(self.channel), str(self.group)),
        )  # fmt: skip


def things(raw: Raw) -> tuple[Thing, ...]:
    """What hangs on a message. An animation comes as a file too."""
    hung = [(kind, raw[name]) for name, kind in _THINGS.items() if name in raw]
    if "animation" in raw:
        hung = hung[:1]
    return tuple(Thing(kind, *_about(one)) for kind, one in hung)


def _pictures(raw: Raw) -> tuple[str, ...]:
    """The photo in its largest size, by its name for this bot: an address would hold the token."""
    sizes = raw.get("photo") or ()
    return (str(max(sizes, key=lambda one: one["width"] * one["height"])["file_id"]),) if sizes else ()


def _about(one: Any) -> tuple[str, str, int | None]:
    """Its name, no address, its seconds."""
    if not isinstance(one, Mapping):
        return "", "", None
    seconds = one.get("duration")
    return str(one.get("file_name") or ""), "", seconds if type(seconds) is int else None


def person(raw: Raw) -> Person:
    """A human or a channel, which has a sign. Without a name his address is ours to tell him by: it opens nothing."""
    number, called = int(raw["id"]), str(raw.get("username") or "")
    name = raw.get("title") or " ".join(str(raw.get(part) or "") for part in ("first_name", "last_name"))
    return Person(str(number), str(name).strip(), f"https://t.me/{called if _NAME.fullmatch(called) else abs(number)}")


def short(chat: int) -> str:
    """The number of a channel or group as links have it."""
    return str(chat).removeprefix("-100")


def post_path(channel: Raw, number: int) -> str:
    """Of a post in t.me: by the name of the channel where it has one."""
    called = str(channel.get("username") or "")
    name = called if _NAME.fullmatch(called) else f"c/{short(channel['id'])}"
    return f"{name}/{int(number)}"


def comment_url(target: Target, thread: int | None = None) -> str:
    """Where a browser opens it: under its post, else in the group, which only members see."""
    group, _, numbers = target.id.partition("/")
    first = numbers.partition(",")[0]
    if target.place:
        return f"https://t.me/{target.place}?comment={first}"
    return f"https://t.me/c/{group}/{first}" + (f"?thread={thread}" if thread else "")


def _named(one: Written, number: str, **changes: Any) -> Written:
    return replace(one, target=replace(one.target, id=number), **changes)
