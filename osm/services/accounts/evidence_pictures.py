"""Before our own deletion the pictures of the comment are kept as evidence (П.16, П.17), as its screenshots are.

A deletion waits for them a minute at most. Each comment is fetched in a thread of its own, from the connector's hosts.
"""

from __future__ import annotations

from concurrent.futures import Future, wait
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from flask import current_app
from sqlalchemy import select

from osm.connectors.faults import NetworkError
from osm.connectors.pictures import fetch_picture
from osm.connectors.registry import CONNECTED
from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.services.accounts.hearing import in_thread
from osm.services.files import screenshots
from osm.services.files.attachments import Upload
from osm.services.log.log import record
from osm.services.pace import Pace
from osm.settings import Settings
from osm.store.models import Comment
from osm.store.transaction import transaction

MOST_AT_ONCE = 4
Fetched = list[IO[bytes]]
"""On the disk: pictures of several comments together would not fit into memory."""

_under_way: dict[int, Future[Fetched]] = {}


def take_up(now: datetime, pace: Pace) -> int:
    """Keep what has been fetched and begin what is wanted; of how many comments the pictures were settled.

    A round of the worker never waits; without a limit of time (`osm tick`) what is wanted is done to its end.
    """
    if pace.seconds < float("inf"):
        done = _collect(_under_way, now)
        _begin(_under_way)
        return done
    once: dict[int, Future[Fetched]] = {}
    settled = 0
    while _begin(once):
        wait(once.values())
        settled += _collect(once, now)
    return settled


def _begin(under_way: dict[int, Future[Fetched]]) -> int:
    """Those whose deletion waits; how many are begun."""
    wanted = select(Comment.id, Comment.network, Comment.pictures).where(Comment.pictures_until.is_not(None))
    settings: Settings = current_app.extensions["osm_settings"]
    begun = 0
    for comment_id, network, pictures in db.session.execute(wanted.order_by(Comment.pictures_until).limit(100)):
        if comment_id in under_way or len(under_way) >= MOST_AT_ONCE or network not in CONNECTED:
            continue
        known = CONNECTED[network]
        base = settings.network_urls.get(network, known.base)
        under_way[comment_id] = in_thread(partial(_fetch, tuple(pictures), known.hosts, base, settings.data_dir))
        begun += 1
    db.session.rollback()
    return begun


def _fetch(pictures: tuple[str, ...], hosts: tuple[str, ...], base: str, folder: Path) -> Fetched:
    found: Fetched = []
    for url in pictures:
        with suppress(NetworkError, OSError):
            content = fetch_picture(url, hosts, base)
            file = TemporaryFile(dir=folder)  # noqa: SIM115  (closed when it is kept, gone with the process)
            file.write(content)
            found.append(file)
    return found


def _collect(under_way: dict[int, Future[Fetched]], now: datetime) -> int:
    settled = 0
    for comment_id in [one for one, answer in under_way.items() if answer.done()]:
        answer = under_way.pop(comment_id)
        found: Fetched = [] if answer.exception() else answer.result()
        kept = sum(_keep(comment_id, file, now) for file in found)
        with transaction() as session:
            comment = session.get(Comment, comment_id, with_for_update=True)
            if comment is None:
                continue
            comment.pictures_until = None
            if kept < len(comment.pictures):
                counted = {"pictures_kept": (len(comment.pictures), kept)}
                record(
                    "pictures_not_kept", at=now, actor=None, object_kind="comment", object_id=comment_id,
                    changes=counted,
                )  # fmt: skip
        settled += 1
    return settled


def _keep(comment_id: int, file: IO[bytes], now: datetime) -> bool:
    """Whether it stands beside the comment now. What is no picture is not kept."""
    with file:
        file.seek(0)
        content = file.read()
    try:
        screenshots.attach_to_comment(comment_id, [Upload("из соцсети", content)], actor=None, now=now)
    except MissingInput:
        return False
    return True
