"""The town of the lives: the demonstration with a page connected to an emulated VK, put back before each life."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from osm import create_app
from osm.base.application import FixedClock
from osm.serve.start import prepare
from osm.settings import load_settings
from tests.databases import let_go, set_for_tests
from tests.emulators.vk import KEYS, Vk, vk_network
from tests.emulators.vk_world import World

#: Wednesday 25 November 2026, 09:05 in Vladivostok.
MORNING = datetime(2026, 11, 24, 23, 5, tzinfo=UTC)
PUBLIC = "https://open.les.example.ru"
CITIZENS = {100500: ("Анна", "Тестова"), 100501: ("Пётр", "Иванов"), 100502: ("Ольга", "Ким")}
WRITTEN = (
    "Когда засыплют яму на Калининской, 12?",
    "Вы все идиоты и твари",
    "Спасибо за каток!",
    "Куплю гараж, дорого",
)


@dataclass
class Town:
    """`remembers`: the state of a process that has just begun; `errors`: what was logged as a failure in this life."""

    app: Flask
    clock: FixedClock
    vk: Vk
    folder: Path
    remembers: dict[Any, Any]
    errors: list[str] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.folder / "osm.sqlite3"

    def keep(self) -> None:
        """Keep the state with which every life begins."""
        let_go(self.app)
        for name in ("osm.sqlite3", "seals.jsonl"):
            shutil.copyfile(self.folder / name, self.folder / f"{name}.kept")

    def put_back(self) -> None:
        let_go(self.app)
        for name in ("osm.sqlite3", "osm.sqlite3-wal", "osm.sqlite3-shm"):
            (self.folder / name).unlink(missing_ok=True)  # a reader that has the old file open keeps it
        for name in ("osm.sqlite3", "seals.jsonl"):
            shutil.copyfile(self.folder / f"{name}.kept", self.folder / name)
        memory = self.app.extensions["osm"].remembers
        memory.clear()
        memory.update(self.remembers)
        self.clock.set(MORNING)
        self.vk.world = world()
        self.vk.refuse.clear()
        self.errors.clear()

    def command(self, *words: str, given: str | None = None) -> Any:
        """`osm …`: what it printed."""
        return self.app.test_cli_runner().invoke(args=["osm", *words], input=given)

    def round(self) -> str:
        """Let the worker do its round at this instant; return what went wrong."""
        self.vk.world.now = int(self.clock.now().timestamp())
        done = self.command("tick", "--at", self.clock.now().isoformat())
        return "" if done.exit_code == 0 else done.output


def world(*, silent: bool = False) -> World:
    """The network at the beginning of each life, always the same; `silent`: before the first comment."""
    made = World(now=int(MORNING.timestamp()) - 3600)
    for number, name in CITIZENS.items():
        made.person(number, *name)
    post = made.post("График вывоза мусора на эту неделю")
    for author, text in () if silent else zip([*CITIZENS, 100500], WRITTEN, strict=True):
        made.write(post, author, text)
    return made


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """The demonstration takes some seconds to make; every life begins with a copy."""
    with vk_network(limits=False) as vk:
        clock = FixedClock(MORNING - timedelta(minutes=5))
        app = create_app(
            load_settings({"OSM_DATA_DIR": str(folder), "OSM_VK_URL": vk.base, "OSM_PUBLIC_URL": PUBLIC}), clock
        )
        app.config["PROPAGATE_EXCEPTIONS"] = False
        with app.app_context():
            set_for_tests(app.extensions["sqlalchemy"].engine)
        found = Town(app, clock, vk, folder, dict(app.extensions["osm"].remembers))
        prepare(app)
        listener = _Errors(found.errors)
        logging.getLogger().addHandler(listener)
        try:
            vk.world = world(silent=True)
            for words, given in (
                (("demo",), None),
                (("connect-page",), json.dumps({"network": "vk", "id": str(vk.world.group), "keys": KEYS})),
            ):
                done = found.command(*words, given=given)
                assert done.exit_code == 0, done.output
            assert found.round() == ""  # what was written before the connection is not read
            vk.world, _ = world(), clock.set(MORNING)
            assert found.round() == ""
            found.keep()
            yield found
        finally:
            logging.getLogger().removeHandler(listener)
            let_go(app)


class _Errors(logging.Handler):
    """Keeps what was logged as a failure, with its trace."""

    def __init__(self, into: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.into = into
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.into.append(self.format(record))
