"""`make networks`: the product with demonstration data, emulated networks in which you write as a citizen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

from tests.emulators import max as max_emulator
from tests.emulators import site, telegram, vk

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    port = os.environ.get("PORT", "5000")
    with (
        tempfile.TemporaryDirectory() as folder,
        vk.vk_network(limits=False) as of_vk,
        max_emulator.max_network(limits=False) as of_max,
        telegram.telegram_network(limits=False) as of_telegram,
    ):
        walls = {"vk": site.of_vk(of_vk), "max": site.of_max(of_max), "telegram": site.of_telegram(of_telegram)}
        urls = {f"OSM_{network.upper()}_URL": wall.serving.base for network, wall in walls.items()}
        for wall in walls.values():
            wall.open(f"http://127.0.0.1:{port}")
        environ = {**os.environ, "OSM_DATA_DIR": folder, **urls, "PORT": port}
        product = subprocess.Popen([sys.executable, "-m", "osm.serve", "--demo"], cwd=ROOT, env=environ)
        try:
            _wait_for(product, f"http://127.0.0.1:{port}/healthz")
            _connect(environ, "vk", str(of_vk.world.group), vk.KEYS)
            _connect(environ, "max", str(-max_emulator.CHANNEL), max_emulator.KEYS)
            channel = str(telegram.CHANNEL).removeprefix("-100")
            _connect(environ, "telegram", channel, telegram.KEYS, ground="Для пробы")
            for wall in walls.values():
                print(f"{wall.network} для пробы: {wall.serving.base}/", flush=True)
            product.wait()
        except KeyboardInterrupt:
            pass
        finally:
            product.terminate()
            product.wait(30)


def _wait_for(product: subprocess.Popen[bytes], url: str) -> None:
    """Until the product answers: it sets up its database first."""
    while product.poll() is None:
        with suppress(OSError), urlopen(url, timeout=5):
            return
        time.sleep(0.5)


def _connect(environ: Mapping[str, str], network: str, page: str, keys: Mapping[str, str], **more: str) -> None:
    """The page is connected as an administrator would do it."""
    given = json.dumps({"network": network, "id": page, "keys": dict(keys), **more})
    command = [sys.executable, "-m", "flask", "--app", "app", "osm", "connect-page"]
    subprocess.run(command, cwd=ROOT, env=environ, input=given, text=True, check=True)


if __name__ == "__main__":
    main()
