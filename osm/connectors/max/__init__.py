"""MAX: a channel with its comments by the Bot API. `MaxConnector` is what others use."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from osm.connectors import contract, hearing, transport
from osm.connectors.max import client
from osm.connectors.transport import TOO_DEEP, CannotLook, Fault, NetworkError, Transport, objects, readable
from osm.regulation.own_pages import ToldProfile

_NO_PHOTO = "К ответу в MAX фото не прикладывают: дайте ссылку."
_TOO_LONG = f"MAX принимает не больше {client.LONGEST_COMMENT} знаков: сократите текст."
_COMMENTS_OFF = "MAX ответил ошибкой. Возможно, комментарии к этой записи выключены: посмотрите на сайте."
_BANNED = (
    "Связь прервалась, а заблокирован ли автор, MAX не показывает: посмотрите в канале. Если нет, нажмите «Повторить», "
    "если да, «Выполнено»."
)
_NOBODY = "MAX не сообщает, кто это написал: заблокировать автора через программу нельзя."
_BY_HAND = (
    contract.Cannot(contract.Act.RESTORE, "MAX не возвращает удалённое."),
    contract.Cannot(contract.Act.UNBAN, "MAX не даёт программе снять блокировку: это делают в самом канале."),
)  # what the program does in no channel
_NO_LINK = "MAX блокирует участника, только если у канала есть ссылка, а у этого её нет. Заблокируйте в самом канале."
_NOT_ADMIN = "Бот не администратор этого канала. Добавьте его администратором."


class MaxConnector(hearing.Looking[client.Client], transport.ByHand):
    ways: ClassVar[contract.Ways] = client.WAYS
    keys = (client.TOKEN,)
    most_pages = client.PAGES_OF_COMMENTS
    closed = (Fault.PERMANENT, Fault.PERSON)
    traits: ClassVar[contract.Traits] = contract.Traits()
    tells_all_posts = True
    by_hand = "MAX не даёт делать это через программу: выполните на сайте."

    def __init__(self, page: contract.Page, wait_turn: contract.WaitTurn, transport: Transport | None = None) -> None:
        self._client = client.Client(page, wait_turn, transport)
        self.reader = client.Reader(page.id)

    def listen(self, cursor: Mapping[str, Any], wait: int) -> contract.Batch:
        """What differs from the last look; never waits.

        MAX does not say under which posts something has happened. Each look reads the comments of the newest post, of
        one of the next RECENT, of one of all (`looking` takes it in turn), and of those where something has happened
        lately: three requests and one for the posts while nothing does.
        """
        number, stirred = int(cursor.get("look") or 0), dict(cursor.get("stirred") or {})
        places = self._places()
        due = {one.id for one in places[:1]} | {name for name, last in stirred.items() if last > number}
        if recent := places[1 : 1 + client.RECENT]:
            due.add(recent[number % len(recent)].id)
        known = cursor.get("places") or {}
        asked = [replace(one, stir=[number] if one.id in due else _stored(known, one)) for one in places]
        batch = self._looked(cursor, asked)
        stirred |= {event.target.place: number + client.STIRRED for event in batch.events if hasattr(event, "target")}
        lively = {name: last for name, last in stirred.items() if last > number}
        return replace(batch, cursor={**batch.cursor, "look": number + 1, "stirred": lively})

    def now(self, target: contract.Target) -> contract.Written | None:
        """Its present state. What MAX refuses without a code of its own is gone: nobody else can say it."""
        self._check_sees()
        try:
            if target.kind is contract.Kind.POST:
                return readable(self.reader.post, self._client.read(f"messages/{target.id}"))
            self._know_bot()
            raw = self._client.read(f"messages/{target.place}/comments/{target.id}")
            return readable(self.reader.comment, raw, target.place, self.post_url(target.place))
        except NetworkError as error:
            if error.code in client.MAYBE_GONE:
                return None
            raise

    def posts(self, since: datetime) -> list[contract.Written]:
        """What stands in the channel, newest first."""
        self._check_sees()
        found = (readable(self.reader.post, raw) for raw in self._posts(since))
        return [one for one in found if one and one.at >= since]

    def post_url(self, post: str) -> str:
        return self.reader.post_url(self._client.read(f"messages/{client.mid(post)}"))

    def own(self, target: contract.Target) -> Iterator[contract.Written]:
        """What may be the page's own under this post, back to the comment itself: nobody's too. CannotLook."""
        self._check_sees()
        self._know_bot()
        for found, is_last in self._pages(target.place, self.post_url(target.place), client.PAGES_OF_COMMENTS):
            yield from (one for one in found if one.is_own or not one.author.id)
            if is_last or any(one.target.id == target.id for one in found):
                return
        raise CannotLook(TOO_DEEP)

    def _know_bot(self) -> None:
        """Which sender is the page itself: asked once."""
        if not self.reader.bot:
            self.reader.bot = str(self._client.read("me")["user_id"])

    def _posts(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        """Back to this instant, newest first."""
        floor, before, seen = hearing.milliseconds(since), None, set[str]()
        for _ in range(client.PAGES_OF_POSTS):
            answer = self._client.read(
                "messages", chat_id=self._client.channel, count=client.POSTS_AT_ONCE, before=before
            )
            raws = objects(answer, "messages")
            found = [one for one in raws if (name := _name(one)) and name not in seen]
            seen |= {_name(one) for one in found}
            yield from found
            oldest = min((one["timestamp"] for one in found), default=0)
            if len(raws) < client.POSTS_AT_ONCE or oldest < floor:
                return
            before = oldest + 1  # whether the bound itself belongs to it no page says
        raise CannotLook(TOO_DEEP)

    def _places(self) -> list[hearing.Place]:
        """The newest posts, first the newest."""
        self._know_bot()
        answer = self._client.read("messages", chat_id=self._client.channel, count=client.POSTS)
        found = [one for raw in objects(answer, "messages") if (one := readable(self.reader.post, raw))]
        return [
            hearing.Place(contract.Kind.COMMENT, one.target.id, client.TOKEN, [], hearing.titled(one.text), one.url)
            for one in sorted(found, key=lambda one: one.at, reverse=True)
        ]

    def _pages_of(self, place: hearing.Place, pages: int) -> Iterator[tuple[list[contract.Written], bool]]:
        return self._pages(place.id, place.url, pages, place.title)

    def _pages(self, post: str, url: str, pages: int, title: str = "") -> Iterator[tuple[list[contract.Written], bool]]:
        """Page by page from the newest back; with the last one True."""
        before, seen = None, set[str]()
        for _ in range(pages):
            answer = self._client.read(
                f"messages/{client.mid(post)}/comments", count=client.COMMENTS_AT_ONCE, before=before
            )
            raw = objects(answer, "messages")
            found = [one for each in raw if (one := readable(self.reader.comment, each, post, url, title))]
            fresh = [one for one in found if one.target.id not in seen]
            is_last = len(raw) < client.COMMENTS_AT_ONCE or not fresh
            yield fresh, is_last
            if is_last:
                return
            seen |= {one.target.id for one in fresh}
            before = hearing.milliseconds(min(one.at for one in fresh)) + 1  # as of posts

    def reply(
        self, target: contract.Target, text: str, pictures: Sequence[contract.Picture], key: str
    ) -> contract.Placed:
        """Answer under it. MAX knows no keys of answers: a second try looks first."""
        self._check(target.kind, contract.Act.REPLY, text)
        if pictures:
            raise NetworkError(_NO_PHOTO, Fault.PERSON)
        url = self.post_url(target.place)
        body = {"text": text, "link": {"type": "reply", "mid": target.id}}
        try:
            answer = self._client.do("POST", f"messages/{client.mid(target.place)}/comments", body)
        except NetworkError as error:
            if error.code == "HTTP 500":
                raise NetworkError(_COMMENTS_OFF, Fault.TEMPORARY, code=error.code, unclear=True) from None
            if error.code in client.MAYBE_GONE and self.now(target) is None:
                raise client.GONE.error(error.code, error.said) from None
            raise
        placed = readable(self.reader.comment, answer.get("message"), target.place, url)
        if placed is None:
            raise NetworkError("MAX ответил непонятно.", Fault.TEMPORARY, unclear=True)
        return self._placed(placed)

    def find_reply(self, target: contract.Target, text: str, known: Collection[str]) -> contract.Placed | None:
        """Our answer of this text to exactly this comment. One that MAX shows as nobody's is taken for ours: that is
        how it shows citizens too, and an answer that stands twice is worse than one that a citizen has copied."""
        same = (one for one in self.own(target) if one.answers == target.id and hearing.same_words(one.text, text))
        return hearing.first_free(map(self._placed, same), known)

    def post(self, text: str, pictures: Sequence[contract.Picture], key: str) -> contract.Placed:
        """A post of the channel, without a `format`: marks would be taken out, and the text not be found again."""
        self._check(contract.Kind.POST, contract.Act.POST, text)
        answer = self._client.do("POST", "messages", self._message(text, pictures), chat_id=self._client.channel)
        placed = readable(self.reader.post, answer.get("message"))
        if placed is None:
            raise NetworkError("MAX ответил непонятно.", Fault.TEMPORARY, unclear=True)
        return contract.Placed(placed.target, placed.url, placed.at)

    def edit(self, own: contract.Target, text: str, pictures: Sequence[contract.Picture]) -> None:
        """Of an answer within 26 hours; a post keeps its photos where none are given."""
        self._check(own.kind, contract.Act.EDIT, text)
        if own.kind is contract.Kind.POST:
            body = self._message(text, pictures) if pictures else {"text": text, "attachments": None, "link": None}
            self._client.do("PUT", "messages", body, message_id=own.id)
        elif pictures:
            raise NetworkError(_NO_PHOTO, Fault.PERSON)
        else:
            self._client.do("PUT", f"messages/{client.mid(own.place)}/comments", {"text": text}, comment_id=own.id)

    def delete(self, target: contract.Target) -> None:
        """What MAX refuses for want of it is looked for: gone is done."""
        self._check(target.kind, contract.Act.DELETE)
        try:
            if target.kind is contract.Kind.POST:
                self._client.do("DELETE", "messages", message_id=target.id)
            else:
                self._client.do("DELETE", f"messages/{client.mid(target.place)}/comments", comment_id=target.id)
        except NetworkError as error:
            if error.code not in client.MAYBE_GONE or self.now(target) is not None:
                raise

    def ban(self, author: str, until: datetime | None, reason: str, words: str) -> None:
        """For ever: MAX knows no terms and takes no ban back. When the term ends, a person lifts it."""
        self._check(contract.Kind.COMMENT, contract.Act.BAN)
        if not author:
            raise NetworkError(_NOBODY, Fault.PERSON)
        self._client.do("DELETE", f"chats/{self._client.channel}/members", user_id=author, block="true")

    def is_banned(self, author: str, until: datetime | None) -> bool:
        raise CannotLook(_BANNED)

    def _message(self, text: str, pictures: Sequence[contract.Picture]) -> dict[str, Any]:
        try:
            photos = [self._client.uploaded(one) for one in pictures]
        except NetworkError as error:
            error.unclear = False  # the post itself has not been asked for
            raise
        return {"text": text, "attachments": photos, "link": None}

    def _check(self, kind: contract.Kind, act: contract.Act, text: str = "") -> None:
        self._client.way(client.WAYS, kind, act)
        if len(text) > client.LONGEST_COMMENT:
            raise NetworkError(_TOO_LONG, Fault.PERSON)

    def _placed(self, one: contract.Written) -> contract.Placed:
        return contract.Placed(replace(one.target, author=self.reader.bot), one.url, one.at)

    def profile(self) -> ToldProfile:
        """There are no covers; the network does not say whether the page is marked."""
        chat = self._chat()
        return ToldProfile(
            title=str(chat.get("title") or ""), url=_link(chat), description=str(chat.get("description") or ""),
            avatar=bool(chat.get("icon")),
        )  # fmt: skip

    def check(self) -> contract.Report:
        """Whose token it is, whether it opens this channel, and the bot's rights there."""
        needs = dict.fromkeys(client.NEEDS, (client.TOKEN,))
        asked = {client.TOKEN: self._opened}
        return transport.report_of(asked, needs, client.KEY_WORDS, client.WHERE_TO_GET, _BY_HAND)

    def _opened(self) -> transport.Opened:
        who, chat = self._client.read("me"), self._chat()
        rights = self._client.read(f"chats/{self._client.channel}/members/me")
        if chat.get("type") != "channel":
            raise NetworkError("Это не канал: у группы и диалога нет комментариев.", Fault.RIGHTS)
        if not rights.get("is_admin") and not rights.get("is_owner"):
            raise NetworkError(_NOT_ADMIN, Fault.RIGHTS)
        lacks = {act: why for act in client.NEEDS if (why := _lacks(act, rights, chat))}
        bot = str(who.get("first_name") or who.get("username") or "")
        return str(chat.get("title") or ""), _link(chat), bot, lacks

    def _chat(self) -> Mapping[str, Any]:
        return self._client.read(f"chats/{self._client.channel}")


def _stored(known: Mapping[str, Any], place: hearing.Place) -> list[int]:
    """As it was remembered: no reason to look at it."""
    before = known.get(place.name)
    return (before.get("stir") or []) if isinstance(before, Mapping) else []


def _name(raw: Mapping[str, Any]) -> str:
    body = raw.get("body")
    return str(body.get("mid") or "") if isinstance(body, Mapping) and type(raw.get("timestamp")) is int else ""


def _lacks(act: contract.Act, rights: Mapping[str, Any], chat: Mapping[str, Any]) -> str:
    """What the bot lacks for it, in words; empty: nothing. An owner may do everything."""
    given = set(rights.get("permissions") or ())
    missing = [names[0] for names in client.NEEDS[act] if not given.intersection(names)]
    if missing and not rights.get("is_owner"):
        return f"Боту не дано право «{client.RIGHT_WORDS[missing[0]]}»: канал → Администраторы → бот."
    return _NO_LINK if act is contract.Act.BAN and not chat.get("link") else ""


def _link(chat: Mapping[str, Any]) -> str:
    url = str(chat.get("link") or "")
    return url if client.is_max(url) else ""
