"""One try of one act in a network, with all that it needs: it is run in a thread that asks no database."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

from sqlalchemy import case, select, update

from osm.clock import running_seconds
from osm.connectors.contract import BansByDeleting, Connector, Picture, Placed, Posts, Target
from osm.connectors.faults import CannotLook, Fault, NetworkError
from osm.connectors.looking import same_words
from osm.extensions import db
from osm.flow.acts.edits import one_line
from osm.log.acts.record import record
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.regulation.errors import StaleVersion
from osm.services.errors import NotFound, ServiceError
from osm.store.many_rows import insert_into
from osm.store.models import Account, Connection, OutboxAction, Stop, User
from osm.store.transaction import transaction

# --- A try holds its act by a lease that its process renews
LEASE = timedelta(minutes=3)
"""How long an act is held without a sign of life of the process that sends it. Ten photos may take longer."""
RENEW_SECONDS = 20.0
HELD_SECONDS = 60.0
"""For so long after a renewal its thread begins further requests. The rest of the lease is for the last of them
(`osm.connectors.transport`), and for a round that is late with the renewal."""


class LeaseEnded(NetworkError):
    """The process was held up for so long (a sleeping machine, a full disk) that another may have the act by now."""

    def __init__(self) -> None:
        super().__init__("Отправка прервалась: сервер был занят или спал. Программа повторит сама.", Fault.TEMPORARY)


@dataclass(slots=True)
class Hold:
    """`token`: the random word of this try. Of a lease the thread knows only when it was last renewed."""

    token: str = field(default_factory=lambda: token_hex(16))
    renewed: float = field(default_factory=running_seconds)

    def check(self) -> None:
        """Before each request, in the thread that sends. LeaseEnded."""
        if running_seconds() - self.renewed >= HELD_SECONDS:
            raise LeaseEnded


def take(actions: Iterable[OutboxAction], hold: Hold, owner: str, now: datetime) -> None:
    """These are this try's, in the caller's transaction."""
    for action in actions:
        action.leased_until, action.leased_by, action.lease_token = now + LEASE, owner, hold.token


def let_go(actions: Iterable[OutboxAction]) -> None:
    """No try holds these any more."""
    for action in actions:
        action.leased_until, action.lease_token = None, ""


def renew(holds: Iterable[Hold], now: datetime) -> None:
    """Renew the leases that are RENEW_SECONDS old; what was settled by others is not renewed."""
    begun = running_seconds()
    due = {hold.token: hold for hold in holds if begun - hold.renewed >= RENEW_SECONDS}
    if not due:
        return
    of_these = (OutboxAction.lease_token.in_(due), OutboxAction.state == OutboxState.PENDING)
    with transaction() as session:
        # What a person works on at this moment is renewed in the next round.
        query = select(OutboxAction.id, OutboxAction.lease_token).where(*of_these)
        rows = session.execute(query.with_for_update(skip_locked=True)).tuples().all()
        held = update(OutboxAction).where(OutboxAction.id.in_([number for number, _token in rows]))
        session.execute(held.values(leased_until=now + LEASE).execution_options(synchronize_session=False))
    for _number, token in rows:
        due[token].renewed = begun


def release_of(is_gone: Callable[[str], bool]) -> None:
    """Free at once what dead processes were sending; a process that may be alive keeps its lease to the end."""
    leased = (OutboxAction.state == OutboxState.PENDING, OutboxAction.leased_until.is_not(None))
    owners = db.session.scalars(select(OutboxAction.leased_by).where(*leased).distinct()).all()
    gone = [owner for owner in owners if is_gone(owner)]
    if gone:
        with transaction() as session:
            freed = update(OutboxAction).where(*leased, OutboxAction.leased_by.in_(gone))
            # A try that died with its process says nothing of the network: it makes no later one wait longer.
            fewer = case((OutboxAction.attempts > 0, OutboxAction.attempts - 1), else_=0)
            died = {"attempts": fewer, "interrupted": OutboxAction.interrupted + 1}
            session.execute(freed.values(leased_until=None, lease_token="", **died))


# --- «Остановить публикации»
LONGEST_REASON = 500
_ALL = "all"


class StoppedAlready(ServiceError):
    """Somebody else was quicker."""

    def __init__(self) -> None:
        super().__init__("Здесь публикации уже остановлены. Второй раз ничего не записано.")


def stop(account_id: int | None, *, reason: str, actor: User, now: datetime) -> Stop:
    """Hold all acts on this page (None: on all pages), also those that are ordered later.

    Raises MissingInput without a reason, NotFound, StoppedAlready.
    """
    reason = one_line("reason", "Причина", reason, LONGEST_REASON, missing="Напишите, почему: это увидят коллеги.")
    with transaction() as session:
        if account_id is not None and session.get(Account, account_id) is None:
            raise NotFound("Страница")
        lock_pages(account_id, to_stop=True)
        place = _ALL if account_id is None else str(account_id)
        row = {"place": place, "account_id": account_id, "reason": reason, "since": now, "by_id": actor.id}
        fresh = insert_into(Stop).values(**row).on_conflict_do_nothing().returning(Stop.id)
        number = session.scalar(fresh)
        if number is None:
            raise StoppedAlready
        _log("stop_publications", account_id, reason, actor, now)
        return session.get_one(Stop, number)


def release(stop_id: int, *, actor: User, now: datetime) -> Stop:
    """What this stop held goes out again, as far as no other stop holds it. NotFound where somebody was quicker."""
    with transaction() as session:
        found = session.get(Stop, stop_id, with_for_update=True)
        if found is None:
            raise NotFound("Остановка")
        session.delete(found)
        _log("release_publications", found.account_id, "", actor, now)
        return found


def release_all(seen: Collection[int], *, actor: User, now: datetime) -> int:
    """All the stops that the person has seen, and no later one; how many. NotFound where somebody was quicker."""
    with transaction() as session:
        found = session.scalars(select(Stop).where(Stop.id.in_(seen)).order_by(Stop.id).with_for_update()).all()
        if not found:
            raise NotFound("Остановка")
        for one in found:
            session.delete(one)
            _log("release_publications", one.account_id, "", actor, now)
        return len(found)


def let_out(action_id: int, version: int, *, actor: User, now: datetime) -> OutboxAction:
    """This one act goes out in spite of the stops of now. NotFound, StaleVersion."""
    with transaction() as session:
        action = session.get(OutboxAction, action_id, with_for_update=True)
        if action is None:
            raise NotFound("Действие")
        if action.version != version or action.state is not OutboxState.PENDING:
            raise StaleVersion(version, action.version)
        action.let_out_at, action.version = now, action.version + 1
        record("let_out", at=now, actor=actor, about=action)
        return action


def lock_pages(account_id: int | None = None, *, to_stop: bool = False) -> None:
    """Who stops and who claims wait for each other, in the caller's transaction: a claim after the stop sees it.

    On SQLite one writes at a time anyway. Several may claim at once.
    """
    query = select(Connection.id).order_by(Connection.id)
    if account_id is not None:
        query = query.where(Connection.account_id == account_id)
    db.session.execute(query.with_for_update(read=not to_stop)).all()


def _log(code: str, account_id: int | None, reason: str, actor: User, now: datetime) -> None:
    kind = "account" if account_id else ""
    record(code, at=now, actor=actor, note=reason, object_kind=kind, object_id=account_id)


# --- One try of one act in a network, with all that it needs
Result = Placed | bool | None
"""Where something stands now; whether an author was banned along with a deletion; or nothing to tell."""

WITHOUT_WORDS = "[без текста"
"""The text of a comment that is a picture alone."""
_IS_GONE = "Комментария в соцсети больше нет. Посмотрите, нужен ли ещё ответ."
_NO_POSTS = "В эту соцсеть программа записей не публикует: разместите руками."
_TOO_LATE = "Опоздать можно было меньше, публикации на странице нет. Разместите или назначьте новое время. {}"
_MAY_STAND = (
    "Связь прервалась, и неизвестно, вышла ли запись: эта соцсеть показывает новое не сразу. Посмотрите на странице: "
    "есть — вставьте ссылку, нет — нажмите «Повторить программой»."
)
_NO_FILE = (
    "Файла фото «{}» на сервере нет, поэтому ничего не отправлено. Приложите его заново или разместите сами, "
    "а администратору сообщите: файл восстанавливают из копии."
)
_IS_OTHER = "Комментарий изменён после согласования ответа. Сверьте и решите: отправить всё равно или снять с отправки."


class IsOther(NetworkError):
    """The comment asks something else by now: a person decides. `stands`: its present text."""

    def __init__(self, stands: str) -> None:
        super().__init__(_IS_OTHER, Fault.PERSON)
        self.stands = stands


_Photos = tuple[tuple[str, str, Path], ...]
"""Name, type, where it is stored."""


def _opened(photos: _Photos) -> Sequence[Picture]:
    """The photos as they go out. NetworkError where one is there no longer: nothing was sent."""
    found = []
    for name, kind, path in photos:
        try:
            found.append(Picture(name, kind, path.read_bytes()))
        except FileNotFoundError:
            raise NetworkError(_NO_FILE.format(name), Fault.PERSON) from None
    return found


@dataclass(frozen=True, slots=True)
class Answer:
    """An approved version. `asked`: the comment as it was when it was approved."""

    text: str
    photos: _Photos
    key: str
    asked: str
    seen: str | None = None
    """What the comment said when a person pressed «Отправить всё равно»; no other words are meant by that."""


@dataclass(frozen=True, slots=True)
class Post:
    """An approved publication. `since`: no earlier one is meant."""

    text: str
    photos: _Photos
    key: str
    since: datetime
    is_late: bool
    """Its author does not want it to go out any more; whether it did is looked at all the same."""
    in_spite: bool = False
    """A person has looked on the page and says: once more."""
    said_last: str = ""
    """The result of the last try, in words."""


@dataclass(frozen=True, slots=True)
class Errand:
    """`again`: an earlier try may have done it. `bans`: orders to ban the author that the deletion carries out too."""

    action_id: int
    connection_id: int
    hold: Hold
    kind: OutboxKind
    target: Target
    until: datetime | None
    ground: str
    again: bool
    answer: Answer | None = None
    bans: tuple[int, ...] = ()
    post: Post | None = None
    is_by_link: bool = False
    """Only its address is known: it was never received, and its text came by another way."""
    is_foreign: bool = False
    """It stands in the community of others, where this page may be refused."""
    known: frozenset[str] = frozenset()
    """What other acts have placed, by name or address; empty where it is not looked for."""
    is_alone: bool = False
    """A try before has ended without a result: were it the reason, others would end with it."""
    was_ordered: bool = False
    """An earlier order may have placed it, which a person has taken back: it is looked for where that can be seen."""


def delete(errand: Errand, connector: Connector) -> Result:
    """Gone already is done; where the author was to be banned with it, whether he is."""
    if errand.bans and isinstance(connector, BansByDeleting):
        return connector.delete_with_author(errand.target)
    connector.delete(errand.target)
    return None


def ban(errand: Errand, connector: Connector) -> Result:
    """A second try looks first, so that the author is banned once; a ban to another end is not this one."""
    author = errand.target.author
    if not (errand.again and connector.is_banned(author, errand.until)):
        connector.ban(author, errand.until, errand.ground, "")
    return None


def reply(errand: Errand, connector: Connector) -> Result:
    """Put the answer under the comment, once. Raises NetworkError."""
    answer, target = errand.answer, errand.target
    if answer is None:
        raise ValueError("an answer goes out without its text")
    if errand.is_by_link:
        target = _seen(errand, answer, connector)  # its thread is not known before it has been looked at
    if found := _found(errand, target, answer, connector):
        return found
    if not errand.is_by_link:
        target = _seen(errand, answer, connector)
    placed = connector.reply(target, answer.text, _opened(answer.photos), answer.key)
    try:
        stands = connector.now(placed.target) if placed.at is None else None
    except NetworkError:
        return placed  # when it was written is not worth a second try
    return replace(placed, at=stands.at) if stands else placed


def _found(errand: Errand, target: Target, answer: Answer, connector: Connector) -> Placed | None:
    """Our answer, if it was placed already. CannotLook."""
    if not errand.again and not errand.was_ordered:
        return None
    try:
        return connector.find_reply(target, answer.text, errand.known)
    except CannotLook:
        if errand.again:
            raise
        return None  # a person who took the earlier order back has looked


def edit(errand: Errand, connector: Connector) -> Result:
    """Our answer says this from now on; said twice it is the same."""
    answer = errand.answer
    if answer is None:
        raise ValueError("a correction goes out without its text")
    connector.edit(errand.target, answer.text, _opened(answer.photos))
    return None


def post(errand: Errand, connector: Connector) -> Result:
    """Put the publication on the page, once: a second try looks first. Raises NetworkError."""
    post = errand.post
    if post is None:
        raise ValueError("a publication goes out without its text")
    if not isinstance(connector, Posts):
        raise NetworkError(_NO_POSTS, Fault.PERSON)
    if errand.again and (found := _published(post, connector, errand.known)):
        return found
    if post.is_late:
        raise NetworkError(_TOO_LATE.format(post.said_last).strip(), Fault.PERSON)
    return connector.post(post.text, _opened(post.photos), post.key)


def _published(post: Post, connector: Posts, known: frozenset[str]) -> Placed | None:
    """Our post of this text, the newest that is not known as another one. NetworkError: it may be there without our
    knowledge.
    """
    if not post.text.strip():
        if post.in_spite:
            return None
        raise CannotLook
    for one in connector.posts(post.since):
        if same_words(one.text, post.text) and one.url not in known and one.target.name not in known:
            return Placed(one.target, one.url, one.at)
    if not connector.tells_all_posts and not post.in_spite:
        raise NetworkError(_MAY_STAND, Fault.PERSON)
    return None


def _seen(errand: Errand, answer: Answer, connector: Connector) -> Target:
    """The present comment. If its text is another one or it is gone, a person decides.

    Where no key can read, the answer is published without this check.
    """
    try:
        stands = connector.now(errand.target)
    except CannotLook:
        return errand.target
    if stands is None:
        raise NetworkError(_IS_GONE, Fault.PERSON)
    is_same = _is_same(_plain(stands.text), _plain(answer.asked), is_cut=errand.is_by_link)
    is_seen = answer.seen is not None and _plain(stands.text) == _plain(answer.seen)
    if answer.asked and not is_same and not is_seen:
        raise IsOther(stands.text)
    return stands.target if errand.is_by_link else errand.target


def _is_same(text: str, asked: str, *, is_cut: bool) -> bool:
    """`is_cut`: a comment from a link was copied by hand or cut; it is enough that one text is a part of the other."""
    if is_cut and text and (text in asked or asked in text):
        return True
    return text == asked or (not text and asked.startswith(WITHOUT_WORDS))


def _plain(text: str) -> str:
    return " ".join(text.split())
