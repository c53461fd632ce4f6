"""What the system refuses is said in Russian, everywhere a person can read it."""

from __future__ import annotations

import errno
import os
import re
import socket
from pathlib import Path

import pytest

from osm.base.supervised import REASONS, why
from osm.settings import ROOT

RUSSIAN = re.compile(r"[а-яё0-9 ,—]+")


@pytest.mark.parametrize("number", [*REASONS, errno.ENODEV])
def test_the_reason_is_russian(number):
    assert RUSSIAN.fullmatch(why(OSError(number, os.strerror(number))))


def test_of_a_name_and_of_an_error_without_a_number():
    assert why(socket.gaierror(socket.EAI_NONAME, "Name or service not known")) == "такого имени в сети нет"
    assert why(OSError("short read")) == "ошибка чтения или записи"


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (lambda folder: (folder / "нет" / "файл").write_text(""), "нет такого каталога или файла"),
        (lambda folder: folder.write_text(""), "это каталог, а нужен файл"),
        (lambda folder: (folder / ("я" * 300)).write_text(""), "имя слишком длинное"),
        (lambda folder: Path("/dev/full").write_text("я"), "на диске нет места"),
    ],
)
def test_what_the_system_really_refuses(tmp_path, refused, words):
    with pytest.raises(OSError) as error:
        refused(tmp_path)
    assert why(error.value) == words


def test_the_systems_own_words_are_never_shown():
    found = [path for path in (ROOT / "osm").rglob("*.py") if "strerror" in path.read_text(encoding="utf-8")]
    assert found == []
