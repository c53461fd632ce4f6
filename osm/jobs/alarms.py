"""Alarms for administrators: failing jobs, silent lanes, a nearly full disk, failed backups.

A broken seal of the log is reported by the table of reminders. Each alarm is sent once, a continuing one once a day.
"""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from osm.base.application import Memory, current_settings
from osm.base.durable import free_bytes
from osm.check.acts import due
from osm.directory.acts import entering
from osm.flow.acts.clocks import in_force
from osm.integrators.acts import taking
from osm.jobs import lanes
from osm.jobs.lanes import LANES, LONGEST_SILENCE, is_late, last_beat
from osm.keeping.acts import nightly
from osm.models import ReadingKind
from osm.regulation.reminding import Kind
from osm.regulation.words import Role
from osm.reminders.acts import letters, mailing

NEARLY_FULL = 512 * 1024 * 1024
"""Bytes: enough for a day of photos and a nightly backup; at the 8 MB of `osm.base.durable` no photo fits."""

JOB_WORDS = {
    "terms": "пересчёт сроков", "breaches": "отметка нарушений", "imports": "загрузка файлов",
    "rules": "правила проверки", "comments": "проверка комментариев", "verdicts": "проверка сообщений",
    "search": "поиск", "repeats": "поиск повторов", "blacklist": "сроки чёрного списка", "copies": "поиск копий",
    "sessions": "сеансы", "files": "уборка файлов", "backup": "резервная копия",
    "purge": "уничтожение по срокам", "readings": "журнал чтения",
    "seals": "печати журнала", "reminders": "напоминания", "terms-near": "напоминания о сроках",
    "pages": "чтение страниц в соцсетях", "outbox": "действия в соцсетях", "pictures": "изображения",
    "plan": "план публикаций", "past-plan": "записи мимо плана",
    "keys": "продление ключей страниц", "urgent": "срочные доклады", "danger": "признаки угрозы жизни",
    "memos": "служебные записки", "marks": "темы и места для всплесков", "bursts": "поиск всплесков",
    "lessons": "обучение на решениях", "outages": "сбои соцсетей",
    "promises": "напоминания об обещаниях", "alarms": "проверка состояния", "mail": "отправка писем",
    "callbacks": "события от соцсетей", "week": "письмо с итогами недели",
    "page-checks": "проверки страниц", "administrators": "сверка администраторов страниц",
    "directory": "сверка с каталогом пользователей",
    "arrivals": "приём выгрузок", "inbox-mail": "выгрузки из почты", "put-away": "уборка принятых выгрузок",
    "questions": "сроки вопросов организациям", "letters": "письма организациям",
}  # fmt: skip
TROUBLE_WORDS = {
    **JOB_WORDS,
    mailing.SERVER: "почтовый сервер",
    lanes.FOLDER: "приём выгрузок",
    lanes.MAILBOX: "выгрузки из почты",
    taking.SCANNER: "выгрузки через API",
    entering.SERVER: "каталог пользователей",
    entering.PROVIDER: "единый вход",
}
UNREAD_WORDS = {
    ReadingKind.SEARCH: "поиск (часть текстов прочитать не вышло, поиск их не находит)",
    ReadingKind.REPEATS: "поиск повторов (часть сообщений прочитать не вышло)",
    ReadingKind.VERDICT: "проверка по п. 17 (часть текстов прочитать не вышло, отметок у них нет)",
    ReadingKind.COPIES: "поиск копий (часть текстов прочитать не вышло)",
    ReadingKind.BURSTS: "темы и места для всплесков (часть текстов прочитать не вышло)",
}
LANE_WORDS = {
    "clocks": "сроки",
    "files": "загрузка и копии",
    "reading": "проверка текстов",
    "networks": "соцсети",
    "mail": "письма",
    "directory": "каталог пользователей",
}

SINCE = Memory(lambda _: time.monotonic())

Alarm = tuple[Kind, str, dict[str, Any]]


def look(now: datetime) -> int:
    """Remind the administrators of present problems; returns the number of new reminders."""
    alarms = list(_alarms(now))
    if not alarms:
        return 0
    admins = letters.Recipients(now).holders(Role.ADMIN)
    return sum(letters.remind(kind, about, admins, at=now, facts=facts) for kind, about, facts in alarms)


def _alarms(now: datetime) -> Iterator[Alarm]:
    settings = current_settings()
    today = f"{in_force().calendar.local(now).date()}"
    for trouble in mailing.troubles():
        if now - trouble.since >= LONGEST_SILENCE:  # a failure followed by a success is not reported
            name = TROUBLE_WORDS.get(trouble.name, trouble.name) + (f" ({trouble.reason})" if trouble.reason else "")
            yield Kind.JOB_FAILED, f"{trouble.name}:{trouble.since.isoformat()}:{today}", {"name": name}
    for kind in due.given_up():
        yield Kind.JOB_FAILED, f"unread {kind}:{today}", {"name": UNREAD_WORDS[kind]}
    for lane in LANES if _runs_long_enough() else ():
        if is_late(at := last_beat(lane), now):
            name = LANE_WORDS.get(lane.name, lane.name)
            yield Kind.LANE_LATE, f"{lane.name}:{at.isoformat() if at else today}", {"name": name}
    if (free := free_bytes(settings)) < NEARLY_FULL:
        yield Kind.DISK_FULL, today, {"free": free // 1024**2}
    if settings.backup_dir is not None:
        yield from _of_backups(now, today)


def _runs_long_enough() -> bool:
    """Right after a start all lanes look late, because their last beats are from the process before."""
    return time.monotonic() - SINCE.get() > LONGEST_SILENCE.total_seconds()


def _of_backups(now: datetime, today: str) -> Iterator[Alarm]:
    state = nightly.state(now)
    if state.failure or (state.made_at and state.overdue):
        yield Kind.BACKUP_FAILED, today, {"reason": state.failure or "её нет больше суток"}
    if state.trial_failure:
        yield Kind.TRIAL_FAILED, today, {"reason": state.trial_failure}
