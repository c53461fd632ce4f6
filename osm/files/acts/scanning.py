"""Files that come in pass the scanner of the office (OSM_SCAN_COMMAND) before anything reads or keeps them."""

import logging
import os
import subprocess
import tempfile
from pathlib import Path

from osm.base.application import current_settings
from osm.base.child_process import KEPT_ENVIRONMENT
from osm.regulation.errors import MissingInput

log = logging.getLogger(__name__)

SECONDS = 60  # for one file
_CLEAN, _FOUND = 0, 1


class NotClean(MissingInput):
    """The scanner has found something, or could not tell."""

    def __init__(self, words: str) -> None:
        super().__init__("files", words)


class ScannerDown(NotClean):
    """It could not tell: the same file may pass later."""


def refuse_infected(path: Path, filename: str) -> None:
    """Let the scanner look at the file, if there is one. Raises NotClean, ScannerDown."""
    command = current_settings().scan_command
    if not command:
        return
    code = _asked(command, path)
    if code == _FOUND:
        log.warning("a file was refused by the scanner")
        raise NotClean(f"Файл «{filename}» не принят и не сохранён: проверка нашла в нём вирус. Ничего не изменено.")
    if code != _CLEAN:
        raise ScannerDown(
            f"Файл «{filename}» не принят и не сохранён: проверить его на вирусы не удалось. Повторите через несколько "
            "минут; если не поможет, скажите администратору."
        )


def works() -> bool:
    """Whether it can tell of an empty file."""
    command = current_settings().scan_command
    with tempfile.NamedTemporaryFile(prefix="osm-scan-") as empty:
        return not command or _asked(command, Path(empty.name)) == _CLEAN


def _asked(command: tuple[str, ...], path: Path) -> int | None:
    """The exit status; None where the scanner did not run or took too long."""
    environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603  no shell; the command of the server's administrator
            [*command, str(path.absolute())],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=environment, timeout=SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        log.error("the scanner does not work", extra={"why": type(error).__name__})
        return None
    if done.returncode not in (_CLEAN, _FOUND):
        log.error("the scanner does not work", extra={"status": done.returncode})
    return done.returncode
