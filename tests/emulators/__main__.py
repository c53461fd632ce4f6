"""`make networks`: the product with demonstration data, an emulated VK and MAX in which you write as a citizen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.emulators import max as max_emulator
from tests.emulators import site, vk

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    port = os.environ.get("PORT", "5000")
    with (
        tempfile.TemporaryDirectory() as folder,
        vk.vk_network(limits=False) as of_vk,
        max_emulator.max_network(limits=False) as of_max,
    ):
        walls = {"vk": site.of_vk(of_vk), "max": site.of_max(of_max)}
        urls = {f"OSM_{network.upper()}_URL": wall.serving.base for network, wall in walls.items()}
        for wall in walls.values():
            wall.open(f"http://127.0.0.1:{port}")
        environ = {**os.environ, "OSM_DATA_DIR": folder, **urls, "PORT": port}
        product = subprocess.Popen([sys.executable, "-m", "osm.serve", "--demo"], cwd=ROOT, env=environ)
        try:
            time.sleep(5)  # the product sets up its database first
            _connect(environ, "vk", str(of_vk.world.group), vk.KEYS)
            _connect(environ, "max", str(-max_emulator.CHANNEL), max_emulator.KEYS)
            for wall in walls.values():
                print(f"{wall.network} для пробы: {wall.serving.base}/", flush=True)
            product.wait()
        except KeyboardInterrupt:
            pass
        finally:
            product.terminate()
            product.wait(30)


def _connect(environ: Mapping[str, str], network: str, page: str, keys: Mapping[str, str]) -> None:
    """The page is connected as an administrator would do it."""
    given = json.dumps({"network": network, "id": page, "keys": dict(keys)})
    command = [sys.executable, "-m", "flask", "--app", "app", "osm", "connect-page"]
    subprocess.run(command, cwd=ROOT, env=environ, input=given, text=True, check=True)


if __name__ == "__main__":
    main()
