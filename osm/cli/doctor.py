"""`osm doctor`: is everything in order on this server, and what to do where it is not."""

import ctypes
import json
import os
import shutil
import smtplib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path

import click
from sqlalchemy import func, make_url, select

from osm.base.application import current_now, current_settings, local_zone
from osm.base.database import db
from osm.base.durable import Disk, folders_of, free_bytes
from osm.base.supervised import MARK, SettingsError, why
from osm.base.transaction import WorkerBeat, give_up
from osm.directory.acts.entering import check
from osm.imports.acts import folder as exports
from osm.imports.acts import mailbox
from osm.jobs.lanes import LANES, late_lanes
from osm.jobs.running import NEARLY_FULL
from osm.keeping.acts import nightly
from osm.log.queries.page import fault_at
from osm.models import ConnectionState
from osm.outbox.acts.keys import opened
from osm.outbox.queries import PageRow, pages
from osm.reminders.acts.mailing import Post, in_words
from osm.settings.environment import SETTINGS, own_key


@dataclass(frozen=True, slots=True)
class Line:
    """What one check found. `say`: in words, with what to do."""

    what: str
    ok: bool
    say: str


class Wrong(Exception):
    """`str(error)` says what is not in order, and what to do."""


@click.command("doctor", help="Проверить всё сразу: настройки, ключи, права, часы, диск, почту, соцсети, копии.")
@click.option("--json", "as_json", is_flag=True, help="Список {what, ok, say}.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    ctx.exit(show(examine(current_now()), as_json=as_json))


def examine(now: datetime) -> list[Line]:
    return [_line(what, ask, now) for what, (_title, ask) in CHECKS.items()]


def show(lines: Sequence[Line], *, as_json: bool) -> int:
    """Print them; the answer is the exit status."""
    if as_json:
        click.echo(json.dumps([asdict(line) for line in lines], ensure_ascii=False, indent=1))
    else:
        for line in lines:
            click.echo(f"{'в порядке' if line.ok else 'ИСПРАВИТЬ'}  {CHECKS[line.what][0]}: {line.say}")
    return 0 if all(line.ok for line in lines) else 1


def _line(what: str, ask: Callable[[datetime], str], now: datetime) -> Line:
    try:
        return Line(what, True, ask(now))
    except (Wrong, SettingsError) as error:
        return Line(what, False, str(error))
    except OSError as error:
        return Line(what, False, f"проверить не вышло: {error.filename or ''} {why(error)}.")
    except Exception as error:  # the other checks go on
        give_up()
        return Line(what, False, f"проверить не вышло: {type(error).__name__}. Подробности: journalctl -u osm.")


def _refuse(wrong: Sequence[str]) -> None:
    if wrong:
        raise Wrong(" ".join(wrong))


# --- What each check asks
def _settings(_now: datetime) -> str:
    _refuse(list(_unknown(sorted(os.environ))))
    if current_settings().is_production:
        return "прочитаны, рабочий сервер."
    return "прочитаны, пробная установка. Для работы с людьми задайте OSM_ENV=production."


_OF_TESTS = ("OSM_TEST_", "OSM_BENCH_")


def _unknown(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        if name.startswith("OSM_") and not name.startswith(_OF_TESTS) and name not in (*SETTINGS, MARK):
            alike = get_close_matches(name, SETTINGS, 1)
            yield f"{name}: такой настройки нет{f', есть {alike[0]}' if alike else ''}. Исправьте или уберите строку."


def _keys(_now: datetime) -> str:
    settings = current_settings()
    given = {"OSM_SECRET_KEY": settings.secret_key, "OSM_ENCRYPTION_KEY": settings.encryption_key}
    for name in given:
        own_key(given, name, Path(), production=True)
    if settings.secret_key == settings.encryption_key:
        raise Wrong("OSM_SECRET_KEY и OSM_ENCRYPTION_KEY одинаковы. Смените OSM_SECRET_KEY: данных это не затронет.")
    unread = [page.title for page in _connected() if page.connection.keys and not opened(page.connection.keys)]
    if unread:
        raise Wrong(
            f"Ключи страниц не читаются: {', '.join(unread)}. OSM_ENCRYPTION_KEY другой, чем был: верните прежний или "
            "вставьте ключи страниц заново («Управление» → «Страницы»)."
        )
    if settings.is_production:
        return "два разных, подобрать их нельзя. Храните их отдельно от данных: без них копию не открыть."
    return "два разных; на пробной установке лежат рядом с данными."


def _rights(_now: datetime) -> str:
    if os.name != "posix":
        return "на этой системе не проверяются."
    settings = current_settings()
    url = make_url(settings.database_url)
    database = Path(str(url.database)) if url.get_backend_name() == "sqlite" else None
    _refuse(list(_wrong_rights(settings.data_dir, settings.backup_dir, database)))
    return "данные, ключи и копии доступны только программе."


def _wrong_rights(data: Path, backups: Path | None, database: Path | None) -> Iterator[str]:
    for folder in filter(None, (data, backups)):
        if folder.exists() and folder.stat().st_mode & 0o007:
            yield f"Каталог {folder} открыт всем на сервере: chmod o-rwx {folder}."
    for key in (data / "secret.key", data / "encryption.key", Path("/etc/osm/osm.env")):
        if os.access(key, os.F_OK) and key.stat().st_mode & 0o077:
            yield f"Файл с ключами {key} читает не только владелец: chmod 600 {key}."
    if database and database.parent != data and database.stat().st_mode & 0o007:
        yield f"База {database} открыта всем на сервере: chmod o-rwx {database}."
    files = [Path(f"{database}{end}") for end in ("", "-wal", "-shm")] if database else []
    for path in (data, data / "uploads", data / "seals.jsonl", backups, *files):
        if path is None or not path.exists():
            continue
        if not os.access(path, os.R_OK | os.W_OK):
            yield f"Программа не может писать в {path}: chown osm:osm {path}."
        elif path != backups and path.stat().st_uid != data.stat().st_uid:
            yield f"Владелец {path} не тот, что у каталога данных: chown --reference={data} {path}."


_NOT_SYNCHRONISED = 5  # what adjtimex(2) answers (TIME_ERROR)
_MINUTE = timedelta(minutes=1)


def _clock(now: datetime) -> str:
    settings = current_settings()
    if settings.now:
        raise Wrong("Часы стоят: задан OSM_NOW. Уберите его, иначе сроки не идут.")
    last = db.session.scalar(select(func.max(WorkerBeat.at)).where(WorkerBeat.name.in_([lane.name for lane in LANES])))
    if last and last - now > _MINUTE:
        raise Wrong("Часы переведены назад: фоновая программа уже работала позже. Проверьте время: timedatectl.")
    if db.engine.dialect.name == "postgresql":
        apart = abs(db.session.scalars(select(func.clock_timestamp())).one() - datetime.now(UTC))
        if apart > _MINUTE:
            raise Wrong(
                f"Часы этого сервера расходятся с часами PostgreSQL на {apart.seconds} с. Программа живёт по часам "
                "PostgreSQL: настройте NTP на обоих."
            )
    said = f"{now.astimezone(settings.time_zone):%d.%m.%Y %H:%M}, пояс {settings.time_zone.key}."
    return said if _is_synchronised() else f"{said} Сверка времени по сети не видна, проверьте её: timedatectl."


def _is_synchronised() -> bool:
    try:
        return bool(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)) != _NOT_SYNCHRONISED)
    except (AttributeError, OSError, TypeError):  # a system without it
        return False


def _disk(_now: datetime) -> str:
    settings = current_settings()
    if not Disk(folders_of(settings)).takes_something():
        raise Wrong("Диск не принимает записи. Освободите место (df -h) или проверьте диск.")
    free, backups = free_bytes(settings), settings.backup_dir
    if free < NEARLY_FULL:
        raise Wrong(f"Осталось {free // 1024**2} МБ. Освободите место: старые копии, журналы (df -h).")
    if backups and backups.exists() and shutil.disk_usage(backups).free < NEARLY_FULL:
        raise Wrong(f"Под копии в {backups} осталось меньше {NEARLY_FULL // 1024**2} МБ. Освободите место.")
    return f"свободно {free // 1024**2} МБ, записи принимает."


def _worker(now: datetime) -> str:
    late = late_lanes(now)
    if len(late) == len(LANES) and not current_settings().is_production:
        return "не запущена; на пробной установке это не ошибка."
    if late:
        stands = ", ".join(lane.words for lane in late)
        raise Wrong(f"Не отвечает: {stands}. Перезапустите: systemctl restart osm, затем journalctl -u osm -n 20.")
    return "работает."


def _mail(_now: datetime) -> str:
    mail = current_settings().mail
    if mail is None:
        return "не настроена: напоминания видны только в программе. Почтовый сервер задаёт OSM_SMTP_HOST."
    try:
        with Post(mail) as post:
            post.connected()
    except (OSError, smtplib.SMTPException) as error:
        raise Wrong(
            f"{mail.host}:{mail.port}: {in_words(error)}. Проверьте настройки OSM_SMTP_… и доступ к серверу по сети."
        ) from error
    if not mail.base_url:
        return f"{mail.host}:{mail.port} отвечает. В письмах нет ссылок: задайте OSM_BASE_URL."
    return f"{mail.host}:{mail.port} отвечает. Дойдёт ли письмо, покажет пробное: «Управление» → «Почта»."


def _directory(now: datetime) -> str:
    of = current_settings().directory
    if of.ldap is None and of.oidc is None:
        return "не настроен: люди входят с паролями программы."
    lines = check(of, "", now)
    _refuse([f"{line.what}: {line.say}." for line in lines if not line.ok])
    return "отвечает. Что он говорит о человеке, покажет osm directory ЛОГИН."


def _connected() -> list[PageRow]:
    return [page for page in pages() if page.is_connected]


def _networks(now: datetime) -> str:
    connected = _connected()
    _refuse([f"«{page.title}»: {wrong}" for page in connected for wrong in _wrong_page(page, now)])
    works = sum(page.works for page in connected)
    return f"страниц подключено: {works}." if works else "страницы не подключены: ответы размещаются вручную."


def _wrong_page(page: PageRow, now: datetime) -> Iterator[str]:
    where = "«Управление» → «Страницы»"
    if page.connection.state is ConnectionState.OFF:
        return
    if not page.is_here:
        yield f"выключена, база скопирована или восстановлена. Включите, если работает только эта установка: {where}."
    elif page.needs_key:
        yield f"соцсеть не принимает ключ. {page.connection.said} Вставьте новый: {where}."
    elif page.connection.state is ConnectionState.FAILING:
        yield f"не читается. {page.connection.said} Проверьте доступ сервера в интернет."
    for at in page.end_soon(now).values():
        yield f"ключ действует до {at.astimezone(local_zone()):%d.%m.%Y %H:%M}. Замените: {where}."


def _log(_now: datetime) -> str:
    if at := fault_at():
        found = at.astimezone(local_zone())
        raise Wrong(f"Изменён в обход программы, найдено {found:%d.%m.%Y %H:%M}. Что нарушено: osm audit-verify.")
    return "нарушений не замечено."


def _backup(now: datetime) -> str:
    settings = current_settings()
    if settings.backup_dir is None:
        if settings.is_production:
            raise Wrong("Ночные копии выключены: поломка диска уничтожит всё. Задайте OSM_BACKUP_DIR.")
        return "ночные копии выключены; на пробной установке это не ошибка."
    state = nightly.state(now)
    if state.failure:
        raise Wrong(f"Последняя не получилась: {state.failure}. Программа повторяет попытку каждый час.")
    if state.made_at is None:
        return "ещё не сделана: программа делает её сама, пока работает."
    made = f"{state.made_at.astimezone(settings.time_zone):%d.%m.%Y %H:%M}"
    if state.overdue:
        raise Wrong(f"Последняя сделана {made}, больше суток назад. Почему: journalctl -u osm, поиск слова backup.")
    if not (settings.backup_dir / state.file).is_file():
        raise Wrong(f"Копии {state.file} нет в {settings.backup_dir}. Сделайте новую: osm backup ФАЙЛ.")
    if state.trial_failure:
        raise Wrong(f"Копия {made} не восстановилась на пробе: {state.trial_failure}")
    if settings.backup_dir.stat().st_dev == settings.data_dir.stat().st_dev:
        return f"сделана {made}, но на том же диске, что данные. Забирайте копии на другую машину."
    return f"сделана {made}."


def _inbox(_now: datetime) -> str:
    path, mail = current_settings().inbox_dir, current_settings().inbox_mail
    works = []
    try:
        if path is not None:
            with exports.opened(path):
                works.append(f"папка {path} открывается, писать в неё можно")
        if mail is not None:
            with mailbox.opened(mail):
                works.append(f"ящик {mail.user} открывается")
    except (exports.Trouble, mailbox.Trouble) as trouble:
        raise Wrong(f"{trouble}. Проверьте OSM_INBOX_DIR и права, OSM_IMAP_….") from trouble
    return f"{'; '.join(works)}." if works else "не приходят сами: папку задаёт OSM_INBOX_DIR, ящик — OSM_IMAP_HOST."


CHECKS: dict[str, tuple[str, Callable[[datetime], str]]] = {
    "settings": ("Настройки", _settings),
    "keys": ("Ключи", _keys),
    "rights": ("Права файлов", _rights),
    "clock": ("Часы", _clock),
    "disk": ("Диск", _disk),
    "worker": ("Фоновая программа", _worker),
    "mail": ("Почта", _mail),
    "directory": ("Каталог пользователей", _directory),
    "inbox": ("Выгрузки", _inbox),
    "networks": ("Соцсети", _networks),
    "log": ("Журнал", _log),
    "backup": ("Резервная копия", _backup),
}
"""Code → its words and what it asks: the answer in words, or Wrong."""
