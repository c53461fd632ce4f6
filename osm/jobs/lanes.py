"""The lanes of the worker and their jobs: jobs of one lane run in sequence, lanes in parallel; the beats of the lanes.

A job claims rows that are due and can be repeated at any time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from osm.base.application import Memory, SystemClock, current_now, current_settings
from osm.base.database import db, put
from osm.base.transaction import Pace, WorkerBeat, give_up, transaction
from osm.blacklist.acts import entries
from osm.bursts.acts import bursts, marks
from osm.check.acts import copies, due, index, repeats, rules, verdicts
from osm.comments.acts import deletions
from osm.directory.acts import entering
from osm.files.acts import files
from osm.flow.acts import act
from osm.groups.acts import members
from osm.guarding.acts import leaving
from osm.imports.acts import arrivals, folder, mailbox, work
from osm.imports.acts import files as acts_files
from osm.jobs.lease import PROCESS, is_gone
from osm.keeping.acts import nightly
from osm.listening.acts import called, hearing
from osm.log.acts import audit, record
from osm.login.acts import sessions
from osm.models import CameBy
from osm.neighbours.acts import answering
from osm.neighbours.acts import asking as questions
from osm.outbox.acts import asking, kinds, rounds
from osm.plan.acts import posting
from osm.reminders.acts import due as acts_due
from osm.reminders.acts import letters, mailing
from osm.reports.acts import sending
from osm.retention import queries
from osm.retention.acts import purge
from osm.retention.rules import Kept
from osm.shortcomings.acts import memos, shortcomings
from osm.urgent.acts import urgent

# --- Exports that come by themselves
FOLDER, MAILBOX = "inbox folder", "inbox mail"
"""Names of the troubles that they cannot be used; the jobs themselves do not fail."""


def take_exports(now: datetime, pace: Pace) -> int:
    """One round; returns the number of steps."""
    ends, count = arrivals.advance(now)
    path = current_settings().inbox_dir
    if path is not None:
        of_folder = [end for end in ends if end.way is CameBy.FOLDER]
        ends = [end for end in ends if end.way is not CameBy.FOLDER]
        try:
            moved, done, waits = folder.work(path, of_folder, now, pace)
            ends, count = ends + moved, count + done
            _note(FOLDER, now, waits)
        except folder.Trouble as trouble:
            mailing.note_trouble(FOLDER, now, str(trouble))
    arrivals.settle(ends, now)
    return count + len(ends)


def read_mail(now: datetime, pace: Pace) -> int:
    """Take the exports of the mailbox; returns the number of letters."""
    settings = current_settings().inbox_mail
    if settings is None:
        return 0
    try:
        done, waits = mailbox.work(settings, now, pace, answering)
    except mailbox.Trouble as trouble:
        give_up()
        mailing.note_trouble(MAILBOX, now, str(trouble))
        return 0
    _note(MAILBOX, now, waits)
    return done


def _note(name: str, now: datetime, waits: str) -> None:
    if waits:
        mailing.note_trouble(name, now, waits)
    else:
        mailing.end_trouble(name)


def purge_folder(now: datetime, _pace: Pace) -> int:
    """Delete files of the folder that have outlived their term, after a person has agreed to the first purge."""
    path = current_settings().inbox_dir
    if path is None or not queries.is_agreed():
        return 0
    try:
        return folder.purge(path, now - timedelta(days=queries.terms()[Kept.LOADS]))
    except folder.Trouble:
        return 0  # noted by `take_exports`


# --- The lanes, their jobs and beats
DONE_AT: Memory[dict[str, tuple[float, datetime]]] = Memory(lambda _: {})
"""When a job that runs seldom last began: on the clock of the machine, and ours."""


@dataclass(frozen=True)
class Lane:
    """One thread with one lease and one beat, all with this name.

    `seconds`: limit for each job in a round; the rest is done in the next round, which follows at once. Without a limit
    each job finishes its work, and the next round begins a second later. `begin` is called each time the lane gets its
    lease, `end` before its process stops. `gives_way`: asked before a round that follows at once, whether it rests."""

    name: str
    words: str  # name it in an alarm
    seconds: float = float("inf")
    begin: Callable[[], object] = lambda: None
    end: Callable[[], object] = lambda: None
    gives_way: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Job:
    """`run(now, pace)` does the work that is due and returns the number of rows; long jobs use `pace`."""

    name: str
    words: str  # name it in an alarm
    lane: Lane
    run: Callable[[datetime, Pace], int]
    seldom: bool = False  # a run every `pause` seconds is enough
    pause: float = 10

    def run_if_due(self, now: datetime, pace: Pace) -> int | None:
        """Run the job; None if it is `seldom` and ran shortly before."""
        if not self.seldom:
            return self.run(now, pace)
        done = DONE_AT.get()
        began, at = done.get(self.name, (float("-inf"), now))
        lately = time.monotonic() - began < self.pause
        if lately and timedelta() <= now - at < timedelta(seconds=self.pause):
            return None
        done[self.name] = time.monotonic(), now
        return self.run(now, pace)


KEPT_FOR = timedelta(days=90)  # how long a reminder is kept


def _begin_reading() -> None:
    due.release_all()  # claims of the process before
    repeats.enqueue_outdated()  # the program before may have had other rules


def _begin_mail() -> None:
    mailing.settle_interrupted(current_now())
    questions.settle_interrupted(current_now())


CLOCKS = Lane("clocks", "сроки", begin=lambda: members.leave_closed_before(current_now()))
FILES = Lane("files", "загрузка и копии", seconds=5.0, begin=nightly.drop_unfinished)
# Reading rests during an import: it has to read the imported rows anyway, and somebody waits for the import.
READING = Lane("reading", "проверка текстов", seconds=0.2, begin=_begin_reading, gives_way=work.is_under_way)
# A round only stores what was read; other threads wait for the networks.
NETWORKS = Lane(
    "networks", "соцсети", seconds=1.0, begin=lambda: kinds.release_of(is_gone), end=lambda: rounds.stop(current_now())
)
MAIL = Lane("mail", "письма", begin=_begin_mail)
DIRECTORY = Lane("directory", "каталог пользователей")  # it waits for servers of the organisation, its mailbox too
LANES = (CLOCKS, FILES, READING, NETWORKS, MAIL, DIRECTORY)


def _waiting_files(_now: datetime, _pace: Pace) -> int:
    # By the computer's clock: with OSM_NOW a folder that another process uses could look old.
    now = SystemClock().now()
    return files.remove_old(now) + acts_files.remove_leftovers(now)


def _terms_near(now: datetime, _pace: Pace) -> int:
    before = current_settings().reminders.before
    near = acts_due.remind_of_terms(now, before) + acts_due.remind_of_the_morning(now) + letters.remind_of_portal(now)
    return near + acts_due.remind_of_tasks(now) + letters.remind_of_loads(now)


def _alarms(now: datetime, _pace: Pace) -> int:
    from osm.jobs import running

    return running.raise_alarms(now)


JOBS: tuple[Job, ...] = (
    # Before the breaches, which need the calendar in force.
    Job("terms", "пересчёт сроков", CLOCKS, lambda now, pace: act.recompute_outdated(now, pace.may_continue)),
    Job("breaches", "отметка нарушений", CLOCKS, lambda now, _: act.record_breaches(now)),
    Job("urgent", "срочные доклады", CLOCKS, lambda now, _: urgent.remind_to_call(now)),
    Job("danger", "признаки угрозы жизни", CLOCKS, lambda now, _: urgent.notify_of_danger(now)),
    Job("arrivals", "приём выгрузок", FILES, take_exports, seldom=True, pause=2),  # before the imports, which it begins
    # An import may last longer than its round, so its lease is renewed by the clock.
    Job("imports", "загрузка файлов", FILES, lambda _, pace: work.run(PROCESS, current_now, pace)),
    Job("administrators", "сверка администраторов страниц", NETWORKS, leaving.run),
    Job(
        "directory", "сверка с каталогом пользователей", DIRECTORY,
        lambda now, pace: entering.run(now, pace, current_settings().directory), seldom=True, pause=entering.SECONDS,
    ),
    Job("inbox-mail", "выгрузки из почты", DIRECTORY, read_mail, seldom=True, pause=60),
    Job("callbacks", "события от соцсетей", NETWORKS, called.work_off),
    # Before the checks, so that one tick also checks the new comments.
    Job("pages", "чтение страниц в соцсетях", NETWORKS, hearing.run),
    # Before the rules, which use the result.
    Job("lessons", "обучение на решениях", READING, rules.learn_due, seldom=True),
    # Before the checks, so that texts are checked again in the same round.
    Job("rules", "правила проверки", READING, lambda *_: rules.follow()),
    Job("comments", "проверка комментариев", READING, verdicts.read_due_comments),
    Job("verdicts", "проверка сообщений", READING, verdicts.read_due),
    Job("search", "поиск", READING, index.read_due),
    Job("repeats", "поиск повторов", READING, repeats.read_due),
    Job("blacklist", "сроки чёрного списка", CLOCKS, lambda now, _: entries.run(now)),
    Job("pictures", "изображения", NETWORKS, deletions.keep_pictures),  # before the deletions, which wait for them
    # Before the outbox, which sends what is due in the same round.
    Job("plan", "план публикаций", NETWORKS, lambda now, _: posting.run_posts(now)),
    Job("outbox", "действия в соцсетях", NETWORKS, lambda now, pace: rounds.run(PROCESS, now, pace)),
    # After the outbox, so that its own posts are known.
    Job("past-plan", "записи мимо плана", NETWORKS, posting.run_past_plan, seldom=True),
    Job("keys", "продление ключей страниц", NETWORKS, asking.renew_keys, seldom=True),
    # After the breaches, which are events.
    Job("reminders", "напоминания", CLOCKS, lambda now, pace: acts_due.read_log(now, pace.may_continue)),
    Job("terms-near", "напоминания о сроках", CLOCKS, _terms_near, seldom=True),
    Job("week", "письмо с итогами недели", CLOCKS, lambda now, _: sending.write_due(now), seldom=True),
    Job(
        "promises", "напоминания об обещаниях", CLOCKS,
        lambda now, _: acts_due.remind_of_promises(now) + letters.remove_older(now - KEPT_FOR), seldom=True,
    ),
    Job("page-checks", "проверки страниц", CLOCKS, lambda now, _: leaving.remind_of_checks(now), seldom=True),
    Job("copies", "поиск копий", READING, copies.read_due),
    Job("memos", "служебные записки", CLOCKS, lambda now, _: memos.prepare_due(now, current_settings().memo_period)),
    Job("outages", "сбои соцсетей", CLOCKS, lambda now, _: shortcomings.note(now), seldom=True),
    Job("marks", "темы и места для всплесков", READING, marks.read_due),
    Job("bursts", "поиск всплесков", READING, bursts.judge_new),  # after copies and checks: a mailing is no burst
    Job("sessions", "сеансы", CLOCKS, lambda now, _: sessions.remove_expired_sessions(now)),
    Job("files", "уборка файлов", FILES, _waiting_files),
    Job("backup", "резервная копия", FILES, lambda now, pace: nightly.run(now, pace, current_settings())),
    # After the backup of the night, which keeps a reader open.
    Job(
        "purge", "уничтожение по срокам", FILES,
        lambda now, pace: 0 if nightly.is_under_way() else purge.run(now, pace), seldom=True,
    ),
    Job("put-away", "уборка принятых выгрузок", FILES, purge_folder, seldom=True, pause=3600),
    Job("readings", "журнал чтения", CLOCKS, lambda now, _: record.enter_kept(now)),
    Job("alarms", "проверка состояния", MAIL, _alarms, seldom=True),  # not in the lane of clocks, which it watches
    Job("questions", "сроки вопросов организациям", CLOCKS, lambda now, _: questions.end_due(now), seldom=True),
    Job("mail", "отправка писем", MAIL, lambda now, pace: mailing.send_due(now, pace, current_settings())),
    Job("letters", "письма организациям", MAIL, lambda now, pace: questions.send_due(now, pace, current_settings())),
    # Last, so that the events of this round are sealed too.
    Job("seals", "печати журнала", CLOCKS, lambda now, _: audit.seal_events(now)),
)  # fmt: skip
"""In the order of `osm tick`."""


# --- Beats of the lanes
LONGEST_SILENCE = timedelta(minutes=2)  # after this time a lane is considered dead

BEAT_SECONDS = 15  # seconds between two beats: more often would only wear the disk


def beat(lane: Lane, now: datetime) -> None:
    last = db.session.get(WorkerBeat, lane.name)
    if last is not None and 0 <= (now - last.at).total_seconds() < BEAT_SECONDS:
        return
    with transaction():
        put(WorkerBeat, name=lane.name, at=now, detail="")


def last_beat(lane: Lane) -> datetime | None:
    return db.session.scalar(select(WorkerBeat.at).where(WorkerBeat.name == lane.name))


def is_late(at: datetime | None, now: datetime) -> bool:
    """Whether a lane with this last beat has been silent for too long. A beat to come is from before the clock was set
    back: a lane that lives has beaten since."""
    return at is None or abs(now - at) > LONGEST_SILENCE


def late_lanes(now: datetime) -> list[Lane]:
    return [lane for lane in LANES if is_late(last_beat(lane), now)]
