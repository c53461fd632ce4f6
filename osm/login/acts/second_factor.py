"""The second factor: codes of a telephone (TOTP, RFC 6238) and ten one-time codes on paper.

Each code works once. Wrong ones are throttled together with wrong passwords.
"""

import base64
import hmac
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256

import pyotp
from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from osm.base.database import db
from osm.base.durable import derived_key, sealed, unsealed
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.log.acts.record import record
from osm.login.acts.attempts import LONGEST_ADDRESS, NO_MARKS, Marks, count_attempt, forget_attempts
from osm.login.acts.passwords import SHORTEST_PASSWORD, hash_code, password_matches
from osm.login.queries import is_required_of
from osm.models import PaperCode, RememberedBrowser, SecondFactor, Source, User, WebSession
from osm.regulation.errors import MissingInput

PAPER_CODES = 10
_STORED, _OFFERED = b"osm second factor v1", b"osm second factor offered v1"
_STEP = 30  # seconds for which a code is shown
_NEAR = (0, -1, 1)  # steps in which a code is accepted: a person types slowly, a clock is not exact
_FAR = 20  # steps in which the clock of the telephone is looked for

_AGAIN = "Наберите тот, который на телефоне сейчас. Если так повторяется, включите на телефоне автоматическое время."
_USED = "Этот код уже использован: каждый действует один раз. Дождитесь следующего на телефоне, это полминуты."
_NO_PAPER = "Такого кода на бумаге нет, или он уже использован. Возьмите следующий незачёркнутый."
_OTHER_KEY = (
    "Коды с телефона сейчас не проверить: ключ шифрования на сервере другой, так бывает после восстановления из копии. "
    "Введите код с бумаги или попросите другого администратора сбросить второй фактор."
)
_OFF = "Второй фактор уже выключен. Ничего не изменено."


class CodeRefused(MissingInput):
    """The code is wrong or used; the words say what to do."""

    def __init__(self, words: str) -> None:
        super().__init__("code", words)


class StillRequired(ServiceError):
    """The person's role needs a second factor."""

    words = "Для вашей роли второй фактор обязателен. На новый телефон его переносит «Настроить заново»."


# --- Turning it on and off
def offered_secret(seed: str) -> str:
    """The secret that a page offers. Nothing is stored: the seed, kept by the browser, gives the same one again."""
    digest = hmac.digest(derived_key(_OFFERED), seed.encode(), sha256)
    return base64.b32encode(digest[:20]).decode()


def set_up_address(secret: str, login: str) -> str:
    """What the QR code says to the telephone (`otpauth://…`); a Russian name would make the picture twice as dense."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="OSM")


def turn_on(
    secret: str, code: str, *, actor: User, now: datetime, proof: str = "", keep_session: str = "", address: str = "",
    marks: Marks = NO_MARKS,
) -> list[str]:  # fmt: skip
    """Accept codes of this secret from now on. Returns the codes for paper, which are shown once. `proof`: a code of
    the second factor that is replaced. Other sessions of the person end. Raises CodeRefused."""
    user_id = actor.id
    step = _step_of(secret, _plain(code), now, is_new=True)
    if db.session.get(SecondFactor, user_id) is not None:
        with _throttled(actor, address, marks, now):
            accept_code(user_id, proof, now=now, field="proof")
    salt, codes = secrets.token_hex(16), _new_codes()
    hashes = [hash_code(_plain(one), salt) for one in codes]
    with transaction() as session:
        user = session.get_one(User, user_id, with_for_update={"of": User, "key_share": True}, populate_existing=True)
        _remove(session, user_id)
        stored = sealed(_STORED, secret)
        session.add(SecondFactor(user_id=user_id, secret=stored, salt=salt, last_step=step, on_since=now))
        session.add_all(PaperCode(user_id=user_id, code_hash=one) for one in hashes)
        session.execute(delete(WebSession).where(WebSession.user_id == user_id, WebSession.id_hash != keep_session))
        record("second_factor_on", at=now, actor=user, about=user)
    return codes


def renew_paper_codes(
    code: str, *, actor: User, now: datetime, address: str = "", marks: Marks = NO_MARKS
) -> list[str]:
    """New codes for paper; the old ones end. Raises CodeRefused."""
    user_id = actor.id
    with _throttled(actor, address, marks, now):
        accept_code(user_id, code, now=now)
    salt, codes = secrets.token_hex(16), _new_codes()
    hashes = [hash_code(_plain(one), salt) for one in codes]
    with transaction() as session:
        factor = session.get(SecondFactor, user_id, with_for_update=True, populate_existing=True)
        if factor is None:
            raise CodeRefused(_OFF)
        factor.salt = salt
        session.execute(delete(PaperCode).where(PaperCode.user_id == user_id))
        session.add_all(PaperCode(user_id=user_id, code_hash=one) for one in hashes)
        record("second_factor_codes", at=now, actor=session.get(User, user_id), object_kind="user", object_id=user_id)
    return codes


def turn_off(
    password: str, code: str, *, actor: User, now: datetime, address: str = "", marks: Marks = NO_MARKS
) -> None:
    """A person of a directory has no password here: his code is enough. Raises StillRequired, MissingInput: a short
    password is enough only with a second factor."""
    if is_required_of(actor):
        raise StillRequired
    user_id, is_local = actor.id, actor.source is Source.LOCAL
    with _throttled(actor, address, marks, now):
        if is_local and not password_matches(db.session.get(User, user_id), password):
            raise MissingInput("password", "Пароль введён неверно. Ничего не изменено, попробуйте ещё раз.")
        if is_local and len(password) < SHORTEST_PASSWORD and not actor.is_demo:
            raise MissingInput(
                "password", f"Без второго фактора нужен пароль от {SHORTEST_PASSWORD} знаков. Сначала смените пароль."
            )
        accept_code(user_id, code, now=now)
    with transaction() as session:
        _remove(session, user_id)
        record("second_factor_off", at=now, actor=session.get(User, user_id), object_kind="user", object_id=user_id)


def remove_factor(user_id: int) -> bool:
    """In the caller's transaction. Whether there was one."""
    had = db.session.get(SecondFactor, user_id, populate_existing=True) is not None
    _remove(db.session(), user_id)
    return had


def _remove(session: Session, user_id: int) -> None:
    for table in (PaperCode, RememberedBrowser, SecondFactor):
        session.execute(delete(table).where(table.user_id == user_id))


@contextmanager
def _throttled(user: User, address: str, marks: Marks, now: datetime) -> Iterator[None]:
    """Count an attempt like one to log in; success forgets it. Raises TooManyAttempts."""
    place = address[:LONGEST_ADDRESS]
    attempt_id = count_attempt(user.login, place, marks, now)
    yield
    with transaction() as session:
        forget_attempts(session, attempt_id, user, place, marks)


# --- Codes
def accept_code(user_id: int, code: str, *, now: datetime, field: str = "code") -> None:
    """Take a code of the telephone or of the paper; it is then used. Raises CodeRefused. The database decides which of
    two at once is the first."""
    try:
        _accept(user_id, _plain(code), now)
    except CodeRefused as refused:
        refused.field = field
        raise


def _accept(user_id: int, typed: str, now: datetime) -> None:
    factor = db.session.get(SecondFactor, user_id, populate_existing=True)
    if factor is None:
        raise CodeRefused(_OFF)
    if re.fullmatch("[0-9]{6}", typed):
        step = _step_of(_opened(factor.secret), typed, now)
        # A clock of the server that was set back is forgiven: the last code is then one of the future.
        ahead = int(now.timestamp()) // _STEP + max(_NEAR)
        is_new = or_(SecondFactor.last_step < step, SecondFactor.last_step > ahead)
        newer = update(SecondFactor).where(
            SecondFactor.user_id == user_id, SecondFactor.secret == factor.secret, is_new
        )
        with transaction() as session:
            taken = session.scalar(newer.values(last_step=step).returning(SecondFactor.user_id))
        if taken is None:
            with transaction():
                record("code_used_again", at=now, actor=None, object_kind="user", object_id=user_id)
            raise CodeRefused(_USED)
        return
    code_hash = hash_code(typed, factor.salt)  # slow on purpose, so outside the transaction
    unused = update(PaperCode).where(
        PaperCode.user_id == user_id, PaperCode.code_hash == code_hash, PaperCode.used_at.is_(None)
    )
    with transaction() as session:
        if session.scalar(unused.values(used_at=now).returning(PaperCode.user_id)) is None:
            raise CodeRefused(_NO_PAPER)
        record("paper_code_used", at=now, actor=session.get(User, user_id), object_kind="user", object_id=user_id)


def _plain(code: str) -> str:
    """As it was shown: people type spaces and hyphens, or none."""
    return re.sub(r"[\W_]", "", code)[:40]


def _new_codes() -> list[str]:
    """Ten digits each, so that no layout of a keyboard is in the way; 33 bits, slowly hashed and throttled."""
    drawn = (f"{secrets.randbelow(10**10):010}" for _ in range(PAPER_CODES))
    return [f"{digits[:5]}-{digits[5:]}" for digits in drawn]


def _opened(stored: str) -> str:
    if secret := unsealed(_STORED, stored):
        return secret
    raise CodeRefused(_OTHER_KEY)


def _step_of(secret: str, typed: str, now: datetime, *, is_new: bool = False) -> int:
    """The half minute in which the telephone shows this code. Raises CodeRefused. Of a code that is still to come only
    the owner of a new secret learns that it was right: it could be used then."""
    totp, here = pyotp.TOTP(secret), int(now.timestamp()) // _STEP
    for shift in _NEAR:
        if hmac.compare_digest(totp.generate_otp(here + shift), typed):
            return here + shift
    for shift in (shift for far in range(2, _FAR + 1) for shift in ((-far, far) if is_new else (-far,))):
        if hmac.compare_digest(totp.generate_otp(here + shift), typed):
            way, minutes = ("отстают" if shift < 0 else "спешат"), max(1, round(abs(shift) * _STEP / 60))
            raise CodeRefused(
                f"Часы телефона {way} примерно на {minutes} мин., поэтому код не подошёл. Включите на телефоне "
                "автоматическое время и наберите новый код."
            )
    raise CodeRefused(f"Код не подошёл. {_AGAIN}")
