"""Telegram: a channel and the group of its comments by the Bot API. `TelegramConnector` is what others use."""

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from osm.connectors import contract, transport
from osm.connectors.telegram import client
from osm.connectors.transport import PASSING, CannotLook, Fault, NetworkError, Transport
from osm.regulation.own_pages import ToldProfile

_BLIND = "Telegram не показывает программе, что уже написано: посмотрите в самом канале."
_ANSWER = (
    "Связь прервалась, а вышел ли ответ, Telegram программе не показывает: посмотрите в самом канале. Если его нет, "
    "нажмите «Повторить», если есть, вставьте ссылку на него."
)
_POST = (
    "Связь прервалась, а вышла ли запись, Telegram программе не показывает: посмотрите в самом канале. Если её нет, "
    "нажмите «Повторить программой», если есть, вставьте ссылку на неё."
)
_BAN = (
    "Связь прервалась, а заблокирован ли канал, Telegram не показывает: посмотрите в группе. Если нет, нажмите "
    "«Повторить», если да, «Выполнено»."
)
_MISSED = "Telegram хранит новое только сутки и старого не показывает."
_OUT = "Бот больше не администратор группы обсуждений: комментарии не слышны. Верните ему права."
_NO_GROUP = "У канала нет группы обсуждений, поэтому нет и комментариев. Свяжите группу в настройках канала."
_SOON = timedelta(minutes=1)  # Telegram takes a ban that ends within half a minute for one without an end
_TOO_LONG = f"Telegram принимает не больше {client.LONGEST_TEXT} знаков: сократите текст."
_LONG_CAPTION = (
    f"Под фото Telegram принимает не больше {client.LONGEST_CAPTION} знаков: сократите текст или уберите фото."
)
_MANY_PHOTOS = f"Telegram принимает не больше {client.MOST_PHOTOS} фото в одном сообщении: уберите лишние."
_CHANNEL_FOR_EVER = (
    "Автор пишет от имени канала: такого Telegram блокирует только навсегда, а здесь назначен срок. Заблокируйте сами "
    "или измените срок."
)
_GONE = "Telegram не возвращает удалённое."
_BY_HAND = (
    contract.Cannot(contract.Act.RESTORE, _GONE),
    contract.Cannot(contract.Act.LOOK_UP, _BLIND),
)  # what the program does in no channel
_NOT_ADMIN = "Бот не администратор группы обсуждений. Добавьте его администратором."
_WEBHOOK = "Бота уже слушает другая программа (у него включён webhook). У страницы должен быть свой бот."


class TelegramConnector(transport.ByHand):
    """One page: Telegram tells what happens, and nothing can be looked up."""

    ways: ClassVar[contract.Ways] = client.WAYS
    traits: ClassVar[contract.Traits] = contract.Traits(tells_gone=False, ends_bans=True, one_page_a_key=True)
    tells_all_posts = False
    by_hand = _GONE

    def __init__(self, page: contract.Page, wait_turn: contract.WaitTurn, transport: Transport | None = None) -> None:
        self._client = client.Client(page, wait_turn, transport)

    def listen(self, cursor: Mapping[str, Any], wait: int) -> contract.Batch:
        """What the bot was told since. The next call confirms it: its cursor is stored with these events."""
        reader = client.Reader(self._client.channel, cursor or {"group": self._group()})
        if reader.is_out and reader.group is not None:
            if self._rights(reader.group, self._bot()).get("status") != "administrator":
                raise NetworkError(_OUT, Fault.TEMPORARY)
            reader.is_out = False
        offset = int(cursor.get("offset", -1))  # -1: all but the last is forgotten
        updates = self._client.updates(offset, wait if cursor else 0)
        if cursor and any("media_group_id" in (one.get("message") or {}) for one in updates):
            time.sleep(client.ALBUM)  # the rest of an album may be on its way
            updates = self._client.updates(offset, 0)
        events = reader.events(updates) if cursor else ()
        # After an empty answer all is confirmed; numbers begin anywhere after a week of silence.
        following = max((number + 1 for one in updates if type(number := one.get("update_id")) is int), default=0)
        now = int(time.time())
        has_gap = now - int(cursor.get("heard_at", now)) > client.KEPT.total_seconds()
        return contract.Batch(events, {"offset": following, "heard_at": now, **reader.memory}, has_gap)

    def catch_up(self, since: datetime) -> list[contract.Written]:
        raise CannotLook(_MISSED)

    def now(self, target: contract.Target) -> contract.Written | None:
        raise CannotLook(_BLIND)

    def find_reply(self, target: contract.Target, text: str, known: Collection[str]) -> contract.Placed | None:
        raise CannotLook(_ANSWER)

    def posts(self, since: datetime) -> list[contract.Written]:
        raise CannotLook(_POST)

    def is_banned(self, author: str, until: datetime | None) -> bool:
        """Of a channel that writes here Telegram does not say it."""
        if author.startswith("-"):
            raise CannotLook(_BAN)
        member = self._client.read("getChatMember", chat_id=self._linked(), user_id=int(author))
        differs = abs(int(member.get("until_date") or 0) - _ends(until))
        return member.get("status") == "kicked" and differs < 2 * _SOON.total_seconds()

    def open_picture(self, name: str) -> bytes:
        """A photo of a comment."""
        return self._client.file(name)

    def _bot(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._client.read("getMe")
        return found

    def _chat(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._client.read("getChat", chat_id=self._client.channel)
        return found

    def _group(self) -> int | None:
        """Where the channel's posts are commented."""
        return self._chat().get("linked_chat_id")

    def _linked(self) -> int:
        group = self._group()
        if group is None:
            raise NetworkError(_NO_GROUP, Fault.PERSON)
        return group

    def _rights(self, chat: int | None, bot: Mapping[str, Any]) -> Mapping[str, Any]:
        """The bot as a member there; nothing where it is none."""
        if chat is None:
            return {}
        try:
            found: Mapping[str, Any] = self._client.read("getChatMember", chat_id=chat, user_id=bot["id"])
        except NetworkError as error:
            if error.fault in PASSING:
                raise
            return {}
        return found if found.get("status") in ("administrator", "creator") else {}

    def reply(
        self, target: contract.Target, text: str, pictures: Sequence[contract.Picture], key: str
    ) -> contract.Placed:
        """By the bot's own name, in the thread. Telegram knows no keys of answers, and no look finds one."""
        self._check(target.kind, contract.Act.REPLY, text, pictures)
        group, numbers = _chat_of(target), _numbers(target)
        sent = self._client.send(group, text, pictures, reply_parameters={"message_id": numbers[0]})
        number = f"{client.short(group)}/{_joined(sent)}"
        own = contract.Target(
            contract.Kind.COMMENT, number, target.place, target.owner, client.person(sent[0]["from"]).id
        )
        return contract.Placed(own, client.comment_url(own), _written_at(sent))

    def post(self, text: str, pictures: Sequence[contract.Picture], key: str) -> contract.Placed:
        """As the channel."""
        self._check(contract.Kind.POST, contract.Act.POST, text, pictures)
        sent = self._client.send(self._client.channel, text, pictures)
        owner = self._client.page.id
        url = f"https://t.me/{client.post_path(sent[0]['chat'], sent[0]['message_id'])}"
        return contract.Placed(
            contract.Target(contract.Kind.POST, _joined(sent), owner=owner, author=owner), url, _written_at(sent)
        )

    def edit(self, own: contract.Target, text: str, pictures: Sequence[contract.Picture]) -> None:
        """Photos stay as they are: with them the text is their caption."""
        self._check(own.kind, contract.Act.EDIT, text, pictures)
        method, name = ("editMessageCaption", "caption") if pictures else ("editMessageText", "text")
        about: dict[str, Any] = {"chat_id": _chat_of(own), "message_id": _numbers(own)[0], name: text}
        self._client.once(contract.Act.EDIT, lambda: self._client.do(method, **about))

    def delete(self, target: contract.Target) -> None:
        """An album is deleted photo by photo."""
        self._check(target.kind, contract.Act.DELETE)
        delete = partial(self._client.do, "deleteMessage", chat_id=_chat_of(target))
        for number in _numbers(target):
            self._client.once(contract.Act.DELETE, partial(delete, message_id=number))

    def ban(self, author: str, until: datetime | None, reason: str, words: str) -> None:
        """In the group. What he has written there stays."""
        self._check(contract.Kind.COMMENT, contract.Act.BAN)
        if not author.startswith("-"):
            self._client.do("banChatMember", chat_id=self._linked(), user_id=int(author), until_date=_ends(until))
        elif until is None:
            self._client.do("banChatSenderChat", chat_id=self._linked(), sender_chat_id=int(author))
        else:
            raise NetworkError(_CHANNEL_FOR_EVER, Fault.PERSON)

    def unban(self, author: str) -> None:
        """Without `only_if_banned` Telegram would throw a member out."""
        self._check(contract.Kind.COMMENT, contract.Act.UNBAN)
        group, number = self._linked(), int(author)
        if number < 0:
            self._client.do("unbanChatSenderChat", chat_id=group, sender_chat_id=number)
        else:
            self._client.do("unbanChatMember", chat_id=group, user_id=number, only_if_banned=True)

    def _check(
        self, kind: contract.Kind, act: contract.Act, text: str = "", pictures: Sequence[contract.Picture] = ()
    ) -> None:
        self._client.way(client.WAYS, kind, act)
        for is_over, words in (
            (len(text) > client.LONGEST_TEXT, _TOO_LONG),
            (bool(pictures) and len(text) > client.LONGEST_CAPTION, _LONG_CAPTION),
            (len(pictures) > client.MOST_PHOTOS, _MANY_PHOTOS),
        ):
            if is_over:
                raise NetworkError(words, Fault.PERSON)

    def profile(self) -> ToldProfile:
        """There are no covers; the network does not say whether the page is marked."""
        chat = self._chat()
        return ToldProfile(
            title=str(chat.get("title") or ""), url=_link(chat), description=str(chat.get("description") or ""),
            avatar=bool(chat.get("photo")),
        )  # fmt: skip

    def check(self) -> contract.Report:
        """Whose token it is, whether it opens this channel and its group, and the bot's rights in both."""
        needs = dict.fromkeys((*client.IN_GROUP, contract.Act.POST), (client.TOKEN,))
        asked = {client.TOKEN: self._opened}
        return transport.report_of(asked, needs, client.KEY_WORDS, client.WHERE_TO_GET, _BY_HAND)

    def _opened(self) -> transport.Opened:
        bot, chat = self._bot(), self._chat()
        if chat.get("type") != "channel":
            raise NetworkError("Это не канал: нужен номер канала, а не группы.", Fault.RIGHTS)
        lacks = {act: why for act, why in self._lacks(bot, chat).items() if why}
        return str(chat.get("title") or ""), _link(chat), f"@{bot.get('username') or bot['id']}", lacks

    def _lacks(self, bot: Mapping[str, Any], chat: Mapping[str, Any]) -> dict[contract.Act, str]:
        """Act → what the bot lacks for it, in words; empty: nothing."""
        group = chat.get("linked_chat_id")
        in_channel, in_group = self._rights(chat["id"], bot), self._rights(group, bot)
        out = _NO_GROUP if group is None else "" if in_group else _NOT_ADMIN
        lacks = {act: out or _missing(right, in_group, "группа обсуждений") for act, right in client.IN_GROUP.items()}
        if self._client.read("getWebhookInfo").get("url"):
            lacks[contract.Act.READ] = _WEBHOOK
        return lacks | {contract.Act.POST: _missing("can_post_messages", in_channel, "канал")}


def _ends(until: datetime | None) -> int:
    """As Telegram counts the end of a ban; 0: never."""
    return int(max(until, datetime.now(UTC) + _SOON).timestamp()) if until else 0


def _chat_of(target: contract.Target) -> int:
    group, is_comment, _ = target.id.partition("/")
    return int(f"-100{group if is_comment else target.owner}")


def _numbers(target: contract.Target) -> list[int]:
    """The messages that it is: an album is several."""
    return [int(one) for one in target.id.rpartition("/")[2].split(",")]


def _joined(sent: Sequence[Mapping[str, Any]]) -> str:
    return ",".join(str(one["message_id"]) for one in sent)


def _written_at(sent: Sequence[Mapping[str, Any]]) -> datetime:
    return datetime.fromtimestamp(sent[0]["date"], UTC)


def _missing(right: str, given: Mapping[str, Any], where: str) -> str:
    if not right or given.get(right):
        return ""
    return f"Боту не дано право «{client.RIGHT_WORDS[right]}»: {where} → Администраторы → бот."


def _link(chat: Mapping[str, Any]) -> str:
    return f"https://t.me/{called}" if (called := str(chat.get("username") or "")) else ""
