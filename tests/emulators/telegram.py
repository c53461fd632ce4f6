"""Telegram on loopback: bots, each with a channel and the group of its comments; one queue of updates for each bot."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.emulators import telegram_schema
from tests.emulators.serving import Answer, Asked, Serving, served

TOKEN, CHANNEL, GROUP = "7000001:access-key", -1001700000001, -1002700000001
KEYS = {"access_token": TOKEN}
"""The token of the bot as the emulator knows it."""
RIGHTS = ("can_post_messages", "can_edit_messages", "can_delete_messages", "can_restrict_members")
_OTHER_RIGHTS = (
    "can_be_edited", "is_anonymous", "can_manage_chat", "can_manage_video_chats", "can_promote_members",
    "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
)  # fmt: skip
DAY, DELETED_WITHIN = 86_400, 48 * 3600
"""Seconds that updates are kept, and in which a bot deletes what others wrote."""
RATES = {"all": (30, 1.0), "chat": (20, 60.0)}
SERVICE, AS_GROUP, AS_CHANNEL = 777000, 1087968824, 136817688
"""The accounts that Telegram writes for."""

Raw = dict[str, Any]


class Refused(Exception):
    """An error of Telegram."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code, self.description = code, description


@dataclass
class Bot:
    """One bot, its channel and that one's group. `updates`: not confirmed yet; `poll`: number of the latest poll."""

    token: str = TOKEN
    channel: int = CHANNEL
    group: int | None = GROUP
    name: str = "gorod"
    rights: set[str] = field(default_factory=lambda: set(RIGHTS))
    is_in_group: bool = True
    webhook: str = ""
    allowed: list[str] = field(default_factory=list)
    updates: list[Raw] = field(default_factory=list)
    poll: int = 0

    @property
    def id(self) -> int:
        return int(self.token.partition(":")[0])


@dataclass
class Telegram:
    """`refuse`: errors of the next calls; `effects` counts what really happened."""

    bots: dict[str, Bot] = field(default_factory=lambda: {TOKEN: Bot()})
    now: int = field(default_factory=lambda: int(time.time()))
    messages: dict[tuple[int, int], Raw] = field(default_factory=dict)
    """Chat and number → what stands there, as Telegram shows it."""
    banned: dict[tuple[int, int], int] = field(default_factory=dict)
    """Group and author → until when; 0: for ever."""
    photos: list[bytes] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    """What citizens have sent, by `file_id`."""
    refuse: deque[tuple[int, str]] = field(default_factory=deque)
    effects: Counter[tuple[str, str]] = field(default_factory=Counter)
    limits: bool = True
    over: int = 0
    """Calls that came faster than Telegram allows."""
    asked_of: Counter[str] = field(default_factory=Counter)
    """Requests by the token of the bot."""
    serving: Serving = field(init=False)
    _ids: dict[int, Any] = field(default_factory=lambda: defaultdict(lambda: itertools.count(1)))
    _calls: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.serving = Serving(self._answer)

    @property
    def base(self) -> str:
        return self.serving.base

    # --- What people do
    def post(self, text: str, bot: Bot | None = None) -> int:
        """The page publishes; the number of the copy in the group, under which people comment."""
        bot = bot or self.bots[TOKEN]
        chat = self._chat(bot.channel)
        post = self._stands(bot, bot.channel, {"sender_chat": chat, "text": text})
        return self._copied(bot, post)

    def write(
        self, thread: int, author: int, name: str, text: str, under: int = 0, bot: Bot | None = None, **more: Any
    ) -> int:
        """A citizen comments under this copy, or answers the comment `under`; a negative `author` is a channel."""
        bot = bot or self.bots[TOKEN]
        group = bot.group or 0
        above = dict(self.messages[group, under or thread])
        above.pop("reply_to_message", None)
        about = {"message_thread_id": thread, "reply_to_message": above, **({"text": text} if text else {}), **more}
        return self._told(bot, "message", self._stands(bot, group, self._of(author, name) | about))

    def talk(self, author: int, name: str, text: str) -> int:
        """Somebody writes in the group, under no post."""
        bot = self.bots[TOKEN]
        return self._told(bot, "message", self._stands(bot, bot.group or 0, self._of(author, name) | {"text": text}))

    def change(self, number: int, text: str, bot: Bot | None = None) -> None:
        bot = bot or self.bots[TOKEN]
        one = self.messages[bot.group or 0, number]
        one["caption" if "photo" in one else "text"] = text
        self._told(bot, "edited_message", one | {"edit_date": self.now})

    def delete(self, number: int, chat: int = GROUP) -> None:
        """Nobody is told."""
        del self.messages[chat, number]

    def texts(self, chat: int = GROUP) -> list[str]:
        """What stands there now."""
        return [one.get("text") or one.get("caption", "") for (at, _), one in self.messages.items() if at == chat]

    def place(self, status: str) -> None:
        """The owner of the group gives or takes the bot its place there."""
        bot = self.bots[TOKEN]
        before, bot.is_in_group = self._member(bot, GROUP, bot.id), status == "administrator"
        after = self._member(bot, GROUP, bot.id)
        about = {"chat": self._chat(GROUP), "from": self._user(1, "Владелец"), "date": self.now}
        self._told(bot, "my_chat_member", about | {"old_chat_member": before, "new_chat_member": after})

    def _copied(self, bot: Bot, post: Raw) -> int:
        if bot.group is None:
            return 0
        chat = self._chat(bot.channel)
        origin = {"type": "channel", "chat": chat, "message_id": post["message_id"], "date": post["date"]}
        copy = {name: post[name] for name in ("text", "caption", "photo", "media_group_id") if name in post}
        about = {"from": self._user(SERVICE, "Telegram"), "sender_chat": chat, "is_automatic_forward": True}
        return self._told(bot, "message", self._stands(bot, bot.group, {**about, "forward_origin": origin, **copy}))

    def _stands(self, _bot: Bot, chat: int, about: Raw) -> Raw:
        self.now += 1
        number = next(self._ids[chat])
        one = {"message_id": number, "date": self.now, "chat": self._chat(chat), **about}
        self.messages[chat, number] = one
        return one

    def _told(self, bot: Bot, kind: str, what: Raw) -> int:
        with self._changed:
            if kind in bot.allowed or not bot.allowed:
                number = next(self._ids[bot.id])
                update = json.loads(json.dumps({"update_id": number, kind: what}))
                bot.updates.append(update)
                self._changed.notify_all()
        return int(what.get("message_id", 0))

    # --- What the bot asks
    def _answer(self, asked: Asked) -> Answer:
        if asked.path.startswith("/file/bot"):
            token, _, name = asked.path.removeprefix("/file/bot").partition("/photos/")
            found = self.files.get(name) if token in self.bots else None
            return Answer(found or b"", 200 if found else 404)
        try:
            _, token, method = asked.path.split("/")
            bot = self.bots.get(token.removeprefix("bot"))
            if bot is None:
                raise Refused(401, "Unauthorized")
            asks = {name.lower(): name for name in _METHODS}
            if method.lower() not in asks:
                raise Refused(404, "Not Found")
            method = asks[method.lower()]
            given = telegram_schema.typed(asked.json if asked.json is not None else asked.given)
            telegram_schema.check_request(method, given, set(asked.files))
            with self._changed:
                self._let_in(bot, "all")
                self.asked_of[bot.token] += 1
                if self.refuse and method != "getUpdates":
                    raise Refused(*self.refuse.popleft())
                result = getattr(self, f"_{method}")(bot, given, asked.files)
            telegram_schema.check_result(method, result)
            return Answer({"ok": True, "result": result})
        except telegram_schema.Wrong as wrong:
            return _error(400, f"Bad Request: {wrong}")
        except Refused as refused:
            return _error(refused.code, refused.description)

    def _let_in(self, bot: Bot, what: str, of: int = 0) -> None:
        most, seconds = RATES[what]
        now, calls = time.monotonic(), self._calls[f"{bot.id} {what} {of}"]
        while calls and calls[0] <= now - seconds:
            calls.popleft()
        if len(calls) >= most:
            self.over += 1
            if self.limits:
                raise Refused(429, f"Too Many Requests: retry after {int(calls[0] + seconds - now) + 1}")
        calls.append(now)

    def _getMe(self, bot: Bot, _given: Raw, _files: Any) -> Raw:
        return self._user(bot.id, "Бот администрации", is_bot=True) | {"username": "gorod_bot"}

    def _getWebhookInfo(self, bot: Bot, _given: Raw, _files: Any) -> Raw:
        return {"url": bot.webhook, "has_custom_certificate": False, "pending_update_count": len(bot.updates)}

    def _getUpdates(self, bot: Bot, given: Raw, _files: Any) -> list[Raw]:
        if bot.webhook:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        bot.poll, poll = bot.poll + 1, bot.poll + 1
        self._changed.notify_all()
        bot.allowed = given.get("allowed_updates", bot.allowed)
        offset, until = given.get("offset", 0), time.monotonic() + min(given.get("timeout", 0), 50)
        late = [one for one in bot.updates if next(iter(_told_in(one))).get("date", self.now) < self.now - DAY]
        kept = bot.updates[offset:] if offset < 0 else [one for one in bot.updates if one["update_id"] >= offset]
        bot.updates = [one for one in kept if one not in late]
        while not bot.updates and (left := until - time.monotonic()) > 0 and not self.serving.closing.is_set():
            self._changed.wait(min(left, 0.5))
            if bot.poll != poll:
                raise Refused(
                    409, "Conflict: terminated by other getUpdates request; make sure that only one is running"
                )
        return list(bot.updates[: given.get("limit", 100)])

    def _getFile(self, _bot: Bot, given: Raw, _files: Any) -> Raw:
        name = given["file_id"]
        if name not in self.files:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        return {"file_id": name, "file_unique_id": name, "file_path": f"photos/{name}"}

    def _getChat(self, bot: Bot, given: Raw, _files: Any) -> Raw:
        chat = self._known_chat(bot, given["chat_id"])
        other = bot.group if chat == bot.channel else bot.channel
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
        about: Raw = {"accent_color_id": 1, "max_reaction_count": 11, "description": "Канал"}
        about["accepted_gift_types"] = dict.fromkeys(gifts, False)
        return self._chat(chat) | about | ({"linked_chat_id": other} if other else {})

    def _getChatMember(self, bot: Bot, given: Raw, _files: Any) -> Raw:
        return self._member(bot, self._known_chat(bot, given["chat_id"]), given["user_id"])

    def _sendMessage(self, bot: Bot, given: Raw, _files: Any) -> Raw:
        if not 1 <= len(given["text"]) <= 4096:
            raise Refused(400, "Bad Request: message is too long")
        return self._sent(bot, given, [{"text": given["text"]}])[0]

    def _sendPhoto(self, bot: Bot, given: Raw, files: dict[str, bytes]) -> Raw:
        return self._sent(bot, given, [self._photo(files["photo"], given.get("caption", ""))])[0]

    def _sendMediaGroup(self, bot: Bot, given: Raw, files: dict[str, bytes]) -> list[Raw]:
        if not 2 <= len(given["media"]) <= 10:
            raise Refused(400, "Bad Request: wrong number of messages in the album")
        album = {"media_group_id": str(self.now)}
        hung = [
            self._photo(files[one["media"].removeprefix("attach://")], one.get("caption", "")) for one in given["media"]
        ]
        return self._sent(bot, given, [one | album for one in hung])

    def _editMessageText(self, bot: Bot, given: Raw, _files: Any) -> Raw:
        return self._edited(bot, given, "text")

    def _editMessageCaption(self, bot: Bot, given: Raw, _files: Any) -> Raw:
        return self._edited(bot, given, "caption")

    def _deleteMessage(self, bot: Bot, given: Raw, _files: Any) -> bool:
        chat, number = self._known_chat(bot, given["chat_id"]), given["message_id"]
        one = self.messages.get((chat, number))
        if one is None:
            raise Refused(400, "Bad Request: message to delete not found")
        is_own = one.get("from", {}).get("id") == bot.id or chat == bot.channel
        if not is_own and "can_delete_messages" not in bot.rights:
            raise Refused(400, "Bad Request: not enough rights to delete a message")
        if not is_own and self.now - one["date"] > DELETED_WITHIN:
            raise Refused(400, "Bad Request: message can't be deleted for everyone")
        self.effects["delete", f"{chat}/{number}"] += 1
        del self.messages[chat, number]
        return True

    def _banChatMember(self, bot: Bot, given: Raw, _files: Any) -> bool:
        until = given.get("until_date", 0)
        is_for_ever = until - self.now < 30 or until - self.now > 366 * DAY
        return self._ban(bot, given, given["user_id"], 0 if is_for_ever else until)

    def _banChatSenderChat(self, bot: Bot, given: Raw, _files: Any) -> bool:
        return self._ban(bot, given, given["sender_chat_id"], 0)

    def _unbanChatMember(self, bot: Bot, given: Raw, _files: Any) -> bool:
        assert given.get("only_if_banned") is True, "a member would be thrown out"
        return self._unban(bot, given, given["user_id"])

    def _unbanChatSenderChat(self, bot: Bot, given: Raw, _files: Any) -> bool:
        return self._unban(bot, given, given["sender_chat_id"])

    def _ban(self, bot: Bot, given: Raw, who: int, until: int) -> bool:
        group = self._restricts(bot, given)
        if who in (bot.id, 1):
            raise Refused(400, "Bad Request: user is an administrator of the chat")
        self.effects["ban", str(who)] += 1
        self.banned[group, who] = until
        return True

    def _unban(self, bot: Bot, given: Raw, who: int) -> bool:
        if self.banned.pop((self._restricts(bot, given), who), None) is not None:
            self.effects["unban", str(who)] += 1
        return True

    def _restricts(self, bot: Bot, given: Raw) -> int:
        if "can_restrict_members" not in bot.rights:
            raise Refused(400, "Bad Request: not enough rights to restrict/unrestrict chat member")
        return self._known_chat(bot, given["chat_id"])

    def _sent(self, bot: Bot, given: Raw, hung: list[Raw]) -> list[Raw]:
        chat, is_post = self._known_chat(bot, given["chat_id"]), given["chat_id"] == bot.channel
        if is_post and "can_post_messages" not in bot.rights:
            raise Refused(400, "Bad Request: need administrator rights in the channel chat")
        if len(hung[0].get("caption", "")) > 1024:
            raise Refused(400, "Bad Request: message caption is too long")
        self._let_in(bot, "chat", chat)
        about: Raw = {"sender_chat": self._chat(chat)} if is_post else {"from": self._getMe(bot, {}, {})}
        what = hung[0].get("text") or hung[0].get("caption", "")
        if "reply_parameters" in given:
            under = given["reply_parameters"]["message_id"]
            above = self.messages.get((chat, under))
            if above is None:
                raise Refused(400, "Bad Request: message to be replied not found")
            nested = {name: value for name, value in above.items() if name != "reply_to_message"}
            about |= {"message_thread_id": above["message_thread_id"], "reply_to_message": nested}
            what = f"{chat}/{under}"
        self.effects["post" if is_post else "reply", what] += 1
        sent = [self._stands(bot, chat, about | one) for one in hung]
        for one in sent if is_post else ():
            self._copied(bot, one)
        return sent

    def _edited(self, bot: Bot, given: Raw, name: str) -> Raw:
        one = self.messages.get((self._known_chat(bot, given["chat_id"]), given["message_id"]))
        if one is None:
            raise Refused(400, "Bad Request: message to edit not found")
        if one.get("from", {}).get("id") != bot.id and "sender_chat" not in one:
            raise Refused(400, "Bad Request: message can't be edited")
        if ("photo" in one) is (name == "text"):
            raise Refused(400, f"Bad Request: there is no {name} in the message to edit")
        if one.get(name) == given[name]:
            raise Refused(400, "Bad Request: message is not modified: specified new message content is the same")
        self.effects["edit", f"{given['chat_id']}/{given['message_id']}"] += 1
        one[name] = given[name]
        return one

    def _photo(self, content: bytes, caption: str) -> Raw:
        self.photos.append(content)
        number = f"file-{len(self.photos)}"
        shown = {"file_id": number, "file_unique_id": number, "width": 90, "height": 60}
        return {"photo": [shown], **({"caption": caption} if caption else {})}

    def _known_chat(self, bot: Bot, chat: int) -> int:
        if chat not in (bot.channel, bot.group):
            raise Refused(400, "Bad Request: chat not found")
        if chat == bot.group and not bot.is_in_group:
            raise Refused(403, "Forbidden: bot was kicked from the supergroup chat")
        return chat

    # --- How Telegram shows it
    def _chat(self, chat: int) -> Raw:
        for bot in self.bots.values():
            if chat == bot.channel:
                return {"id": chat, "type": "channel", "title": "Администрация", "username": bot.name}
        return {"id": chat, "type": "supergroup", "title": "Обсуждение"}

    def _of(self, author: int, name: str) -> Raw:
        if author > 0:
            return {"from": self._user(author, name)}
        chats = {bot.group for bot in self.bots.values()}
        account = self._user(AS_GROUP if author in chats else AS_CHANNEL, "Channel", is_bot=True)
        kind = "supergroup" if author in chats else "channel"
        return {"from": account, "sender_chat": {"id": author, "type": kind, "title": name}}

    def _user(self, number: int, name: str, *, is_bot: bool = False) -> Raw:
        first, _, last = name.partition(" ")
        return {"id": number, "is_bot": is_bot, "first_name": first, **({"last_name": last} if last else {})}

    def _member(self, bot: Bot, chat: int, who: int) -> Raw:
        user = {"user": self._getMe(bot, {}, {}) if who == bot.id else self._user(who, "Кто-то")}
        if who == bot.id and (chat == bot.channel or bot.is_in_group):
            of_channel = {"can_post_messages", "can_edit_messages"}
            named = [one for one in RIGHTS if one not in of_channel or chat == bot.channel]
            rights = {name: name in bot.rights for name in named} | dict.fromkeys(_OTHER_RIGHTS, False)
            return {"status": "administrator", **user, **rights}
        if (chat, who) in self.banned:
            return {"status": "kicked", **user, "until_date": self.banned[chat, who]}
        return {"status": "left", **user}


_METHODS = [name[1:] for name in vars(Telegram) if name.startswith("_") and name.lower() != name]


def _told_in(update: Raw) -> list[Raw]:
    return [one for name, one in update.items() if name != "update_id"]


def _error(code: int, description: str) -> Answer:
    body: Raw = {"ok": False, "error_code": code, "description": description}
    seconds = int(description.rpartition(" ")[2]) if code == 429 else 600
    if code == 429:
        body["parameters"] = {"retry_after": seconds}
    return Answer(body, code, seconds)


@contextmanager
def telegram_network(**given: Any) -> Iterator[Telegram]:
    """The emulator, answering at `base`."""
    found = Telegram(**given)
    with served(found.serving):
        yield found
