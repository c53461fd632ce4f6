"""Acting in Instagram as the page: answers and deletions. Each call is tried once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from osm.connectors import looking, page
from osm.connectors.contract import Picture, Placed, Target
from osm.connectors.faults import CannotLook, Fault, NetworkError
from osm.connectors.instagram import client, events, reading
from osm.connectors.ways import Act, Kind

_NO_PHOTO = "К ответу в Instagram фото не прикладывают: дайте ссылку."
_TOO_LONG = f"Instagram принимает ответ не длиннее {client.LONGEST_COMMENT} знаков: сократите его."


class Writing(reading.Reading, page.ByHand):
    """Reading, and the acting half of a page's connector."""

    by_hand = "Instagram не даёт делать это через программу: выполните на сайте."

    def reply(self, target: Target, text: str, pictures: Sequence[Picture], key: str) -> Placed:
        """Answer in its thread. Instagram knows no keys of answers: a second try looks first."""
        self._check(target)
        if pictures:
            raise NetworkError(_NO_PHOTO, Fault.PERSON)
        if len(text) > client.LONGEST_COMMENT:
            raise NetworkError(_TOO_LONG, Fault.PERSON)
        permalink = self.permalink(target.place)
        answer = self._client.do("POST", f"{_top(target)}/replies", Act.REPLY, message=text)
        try:
            placed = events.number(answer["id"])
        except (KeyError, TypeError, ValueError):
            raise NetworkError("Instagram ответил непонятно.", Fault.TEMPORARY, unclear=True) from None
        return Placed(self._own(target, placed), events.comment_url(permalink, placed))

    def find_reply(self, target: Target, text: str, known: Collection[str]) -> Placed | None:
        """Our answer of this text in its thread: Instagram does not say which comment of it is answered.

        All answers of a thread are in one list: those to two of its comments differ by `known` alone.
        """
        own = self.own_under(_top(target), target.place, self.permalink(target.place))
        same = (one for one in own if looking.same_words(one.text, text))
        return looking.first_free((Placed(self._own(target, one.target.id), one.url, one.at) for one in same), known)

    def delete(self, target: Target) -> None:
        self._done(target, "DELETE", Act.DELETE)

    def hide(self, target: Target) -> None:
        """A hidden comment cannot be answered."""
        self._done(target, "POST", Act.HIDE, hide="true")

    def show(self, target: Target) -> None:
        self._done(target, "POST", Act.SHOW, hide="false")

    def _done(self, target: Target, verb: str, act: Act, **parameters: str) -> None:
        self._check(target)
        answer = self._client.do(verb, target.id, act, **parameters)
        if answer is not None and not (isinstance(answer, Mapping) and answer.get("success") is True):
            raise NetworkError("Instagram не подтвердил, что это сделано.", Fault.TEMPORARY, unclear=True)

    def is_banned(self, author: str, until: datetime | None) -> bool:
        raise CannotLook

    def _check(self, target: Target) -> None:
        if target.kind is not Kind.COMMENT or not self._client.has(client.TOKEN):
            raise NetworkError("Для этого у страницы нет ключа: выполните на сайте.", Fault.PERMANENT)

    def _own(self, target: Target, comment: str) -> Target:
        return Target(Kind.COMMENT, comment, target.place, author=self._client.page.id, thread=_top(target))


def _top(target: Target) -> str:
    """Instagram has two levels: an answer to an answer goes under the comment above both."""
    return target.thread or target.id
