"""Asks Telegram: what it lets a bot do, how often; what its refusals mean."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from osm.connectors import contract, page, transport
from osm.connectors.faults import Fault, Meaning, NetworkError, tried_again
from osm.connectors.ways import Act, Kind, Way, Ways

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
class Client(page.PageClient):
    """Telegram for one page. The token stands in the address, which therefore no error names."""

    @property
    def channel(self) -> int:
        """As Telegram numbers it; a page is named as its links do."""
        return int(f"-100{self.page.id}")

    def read(self, method: str, **parameters: Any) -> Any:
        """A reading: what fails for the moment is tried again, a few times."""
        return tried_again(lambda: self.do(method, **parameters))

    def updates(self, offset: int, wait: int) -> list[Mapping[str, Any]]:
        """What has happened since `offset`, all before which is confirmed by that. Tried once: listening goes on."""
        given: dict[str, Any] = {"offset": offset, "timeout": wait, "allowed_updates": TOLD}
        found = self.do("getUpdates", wait=wait, **given)
        return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []

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
