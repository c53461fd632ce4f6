"""The two keys of an installation: from the environment; a development installation makes each once and keeps it with
the data.
"""

import os
import secrets
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from osm.base.supervised import SettingsError, why

SHORTEST_KEY = 32  # characters; `secrets.token_urlsafe(32)` makes 43
NEW_KEY = 'Получите ключ командой python3 -c "import secrets; print(secrets.token_urlsafe(32))".'


def own_key(env: Mapping[str, str], name: str, path: Path, production: bool) -> str:
    """The key from the environment; a development installation makes and keeps one."""
    value = env.get(name, "").strip()
    if value:
        if production and len(value) < SHORTEST_KEY:
            raise SettingsError(
                f"{name} короче {SHORTEST_KEY} знаков: такой ключ можно подобрать, рабочий сервер с ним не "
                f"запускается. {NEW_KEY}"
            )
        if production and _is_guessable(value):
            raise SettingsError(
                f"{name} легко подобрать: в нём повторяются или идут подряд одни и те же знаки. Рабочий сервер с таким "
                f"ключом не запускается. {NEW_KEY}"
            )
        return value
    if production:
        raise SettingsError(
            f"Не задан {name}: без него рабочий сервер не запускается. "
            f"{NEW_KEY} Передайте его в {name}; храните ключ отдельно от данных."
        )
    try:
        if not path.exists():
            _make_key(path)
    except OSError as error:
        raise SettingsError(f"Ключ {path} не записан ({why(error)}). Освободите место или задайте {name}.") from error
    return _kept_key(name, path)


def _is_guessable(key: str) -> bool:
    """Of few different characters (aaaa…), mostly in the order of the alphabet (0123…), or one piece repeated. No drawn
    key is, not even one of 32 digits."""
    step = Counter(ord(second) - ord(first) for first, second in pairwise(key)).most_common(1)[0][1]
    periods = range(1, len(key) * 2 // 3)
    return len(set(key)) < 6 or step > len(key) / 2 or any(key[by:] == key[:-by] for by in periods)


def _make_key(path: Path) -> None:
    """Whole or not at all: several processes may start at once, and any may die; the first one's key is used."""
    descriptor, made = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
        with suppress(FileExistsError):
            os.link(made, path)
    finally:
        os.unlink(made)


def _kept_key(name: str, path: Path) -> str:
    try:
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"Ключ из файла {path} не прочитан. Восстановите файл или задайте {name}.") from error
    if not key:
        raise SettingsError(f"Файл ключа {path} пуст. Удалите его (будет создан новый ключ) или задайте {name}.")
    return key
