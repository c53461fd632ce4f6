"""/healthz and /readyz: whether the program can work; /metrics for a watching program (Prometheus)."""

import hmac
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from itertools import accumulate
from typing import Any

from flask import Blueprint, Flask, Response, abort, g, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import and_, case, cast, func, literal, not_, null, select, union_all
from sqlalchemy.exc import SQLAlchemyError

from osm.base.application import Memory, current_now, current_settings
from osm.base.database import db
from osm.base.durable import DISK, free_bytes
from osm.base.supervised import shared
from osm.base.transaction import WorkerBeat, give_up
from osm.base.types import UtcDateTime, is_code
from osm.imports.models import ImportState
from osm.jobs.lanes import LANES, late_lanes
from osm.keeping.acts import nightly
from osm.log.queries.page import fault_at
from osm.models import Deadline, DueCommentReading, DueReading, ImportRun, OutboxAction, ReceivedEvent, Reminder
from osm.outbox.queries import ACTS_WITH_PAGE, BY_ITSELF, pages
from osm.regulation.blacklist import OutboxState
from osm.regulation.words import DeadlineState
from osm.reminders.acts.mailing import PREFIX, TO_MAIL
from osm.shell.access import public
from osm.shell.requests import came_through_proxy
from osm.store.schema import newest_revision, stored_revision
from osm.version import VERSION

health = Blueprint("health", __name__)


@health.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    return jsonify(status="ok")


@health.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    facts: dict[str, object] = {}
    checks = {"database": False, "migrations": False, "worker": False, "disk": DISK.get().takes_something()}
    try:
        checks["migrations"] = stored_revision(db.session.connection()) == newest_revision()
        checks["database"] = True
        late = [lane.name for lane in late_lanes(current_now())]
        checks["worker"] = not late
        facts = _backup() | _log_fault() | ({"late": late} if late else {})
    except SQLAlchemyError:
        give_up()
    ready = all(checks.values())
    return jsonify(status="ok" if ready else "not ready", **checks, **facts), 200 if ready else 503


def _backup() -> dict[str, object]:
    """What a watching program can raise an alarm about; people can work without it, so it makes nothing «not ready»."""
    if current_settings().backup_dir is None:
        return {}
    state = nightly.state(current_now())
    return {
        "backup_at": state.made_at.isoformat() if state.made_at else None,
        "backup_overdue": state.overdue,
        "backup_tried_at": state.tried_at.isoformat() if state.tried_at else None,
        "backup_trial_failed": bool(state.trial_failure),
    }


def _log_fault() -> dict[str, object]:
    """When the log was last found to be changed outside the program; work is not stopped by it."""
    at = fault_at()
    return {"log_fault_at": at.isoformat()} if at else {}


metrics_blueprint = Blueprint("metrics", __name__)

NEVER = float("inf")  # the age of what has not happened yet: later than every bound
_DAY = timedelta(days=1)
_REGISTRY = Memory(lambda _: CollectorRegistry())
REQUESTS = Memory(lambda _: shared())
_UNKNOWN = cast(null(), UtcDateTime)


@metrics_blueprint.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    if not (_has_token() or _is_from_here()):
        abort(403)
    return Response(generate_latest(_REGISTRY.get()), content_type=CONTENT_TYPE_LATEST)


def _has_token() -> bool:
    token, given = current_settings().metrics_token, request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def _is_from_here() -> bool:
    """A request through a proxy on this server is not: anybody may have sent it."""
    try:
        return ip_address(request.remote_addr or "").is_loopback and not came_through_proxy(request.environ)
    except ValueError:
        return False


def init_app(app: Flask) -> None:
    registry = _REGISTRY.get(app)
    registry.register(_Facts())
    registry.register(_Requests())
    app.after_request(_count)


# --- Requests
_BOUNDS = Histogram.DEFAULT_BUCKETS
_NAMES = [f"{bound}" for bound in _BOUNDS[:-1]] + ["+Inf"]
_WIDTH = len(_BOUNDS) + 1  # numbers for each of 1xx … 5xx: requests within each bound, and their seconds together


def _count(response: Response) -> Response:
    if request.endpoint != "static" and "request_started" in g:
        seconds = time.perf_counter() - g.request_started
        first = (response.status_code // 100 - 1) * _WIDTH
        with REQUESTS.get().changing("requests") as numbers:
            numbers[first + bisect_left(_BOUNDS, seconds)] += 1
            numbers[first + len(_BOUNDS)] += seconds
    return response


class _Requests(Collector):
    def collect(self) -> Iterator[Metric]:
        with REQUESTS.get().changing("requests") as numbers:
            known = numbers.tolist()
        found = HistogramMetricFamily("osm_request_seconds", "Requests of all web processes", labels=["status"])
        for kind in range(5):
            *within, seconds = known[kind * _WIDTH : (kind + 1) * _WIDTH]
            if any(within):
                found.add_metric([f"{kind + 1}xx"], list(zip(_NAMES, accumulate(within), strict=True)), seconds)
        yield found


# --- What the database knows
class _Facts(Collector):
    def collect(self) -> Iterator[Metric]:
        yield _gauge("osm_info", "This version", [((VERSION,), 1)], "version")
        yield _gauge("osm_disk_free_bytes", "Room where there is least", [((), free_bytes(current_settings()))])
        takes = DISK.get().takes_something()
        yield _gauge("osm_disk_writable", "Whether something can be written", [((), takes)])
        found: list[Metric] = []
        try:
            found = [one for part in (_beats, _queues, _terms, _pages, _log) for one in part(current_now())]
        except SQLAlchemyError:
            give_up()
        yield _gauge("osm_database_up", "Whether the database answers", [((), bool(found))])
        yield from found


def _gauge(name: str, words: str, samples: Iterable[tuple[tuple[str, ...], float]], *labels: str) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for values, number in samples:
        family.add_metric(values, float(number))
    return family


def _beats(now: datetime) -> Iterator[Metric]:
    at: dict[str, datetime] = dict(db.session.execute(select(WorkerBeat.name, WorkerBeat.at)).all())

    def age(name: str) -> float:
        return (now - at[name]).total_seconds() if name in at else NEVER

    silent = [((lane.name,), age(lane.name)) for lane in LANES]
    yield _gauge("osm_lane_silent_seconds", "Since the last beat of a lane of the worker", silent, "lane")
    troubles = [((name.removeprefix(PREFIX),), age(name)) for name in at if name.startswith(PREFIX)]
    yield _gauge("osm_trouble_seconds", "How long a trouble of the worker has lasted", troubles, "what")
    if current_settings().backup_dir is not None:
        yield _gauge("osm_backup_age_seconds", "Since the last good backup", [((), age(nightly.GOOD))])
        yield _gauge("osm_backup_tried_seconds", "Since a backup was restored as a trial", [((), age(nightly.TRIED))])
        for name, note in (("failed", nightly.FAILED), ("trial_failed", nightly.TRIAL_FAILED)):
            yield _gauge(f"osm_backup_{name}", "Whether the last one did", [((), note in at)])


def _queue(name: str, of: Any, since: Any, *where: Any) -> Any:
    return select(literal(name), func.count(), func.min(since)).select_from(of).where(*where)


def _queues(now: datetime) -> Iterator[Metric]:
    pending = OutboxAction.state == OutboxState.PENDING
    under_way = ImportRun.state.in_((ImportState.STAGING, ImportState.PUBLISHING))
    rows = db.session.execute(
        union_all(
            _queue("outbox", ACTS_WITH_PAGE, OutboxAction.not_before, pending, BY_ITSELF),
            _queue("outbox_for_person", ACTS_WITH_PAGE, OutboxAction.not_before, pending, not_(BY_ITSELF)),
            _queue("letters", Reminder, Reminder.shown_from, TO_MAIL, Reminder.shown_from <= now),
            _queue("callbacks", ReceivedEvent, ReceivedEvent.received_at, ReceivedEvent.worked_at.is_(None)),
            _queue("imports", ImportRun, ImportRun.created_at, under_way),
            _queue("readings", DueReading, _UNKNOWN),
            _queue("comment_readings", DueCommentReading, _UNKNOWN),
        )
    ).all()
    yield _gauge("osm_queue", "What waits", [((name,), count) for name, count, _ in rows], "queue")
    oldest = [((name,), (now - since).total_seconds()) for name, _, since in rows if since]
    yield _gauge("osm_queue_oldest_seconds", "How long the oldest of them has waited", oldest, "queue")


def _terms(now: datetime) -> Iterator[Metric]:
    is_open = is_code(Deadline.state, DeadlineState.OPEN)
    runs = and_(is_open, Deadline.blameless.is_(False))
    missed = Deadline.breached_at > now - _DAY
    rows = db.session.execute(
        select(
            Deadline.kind,
            func.count(case((is_open, 1))),
            func.count(case((and_(runs, Deadline.due_at <= now), 1))),
            func.min(case((runs, Deadline.due_at))),
            func.count(case((missed, 1))),
        )
        .where(is_open | missed)
        .group_by(Deadline.kind)
    ).all()
    columns = (
        ("osm_terms_open", "Clocks that run"),
        ("osm_terms_overdue", "Clocks that run past their term"),
        ("osm_term_oldest_overdue_seconds", "Since the oldest open term; below zero: until it"),
        ("osm_breaches_last_day", "Terms missed in 24 hours"),
    )
    for place, (name, words) in enumerate(columns, 1):
        values = [(row.kind, row[place]) for row in rows if row[place] is not None]
        samples = [
            ((kind,), (now - value).total_seconds() if isinstance(value, datetime) else value) for kind, value in values
        ]
        yield _gauge(name, words, samples, "clock")


def _pages(now: datetime) -> Iterator[Metric]:
    connected = [page for page in pages() if page.is_connected]
    named = [((str(page.account.id), page.account.network), page) for page in connected]
    states = [((*name, page.connection.state if page.is_here else "elsewhere"), 1) for name, page in named]
    yield _gauge("osm_page", "A connected page", states, "page", "network", "state")
    read = [
        (name, (now - page.connection.read_at).total_seconds() if page.connection.read_at else NEVER)
        for name, page in named
        if page.works
    ]
    yield _gauge("osm_page_read_seconds", "Since the network last answered", read, "page", "network")
    ends = [
        (name, (min(map(datetime.fromisoformat, page.connection.expires.values())) - now).total_seconds())
        for name, page in named
        if page.connection.expires
    ]
    yield _gauge("osm_page_key_ends_seconds", "Until the first of its keys ends", ends, "page", "network")


def _log(_now: datetime) -> Iterator[Metric]:
    yield _gauge("osm_log_fault", "Whether the log was changed outside the program", [((), fault_at() is not None)])
