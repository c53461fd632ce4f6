"""`make networks`: the product with demonstration data and an emulated VK in which you write as a citizen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.emulators.site import CITIZEN, site
from tests.emulators.vk import KEYS, vk_network

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    port = os.environ.get("PORT", "5000")
    with tempfile.TemporaryDirectory() as folder, vk_network(limits=False) as vk:
        vk.world.now = int(time.time())
        vk.world.person(CITIZEN, "Анна", "Тестова")
        post = vk.world.post("График вывоза мусора на эту неделю")
        answer = vk.serving.answer

        def answered(asked):  # type: ignore[no-untyped-def]
            vk.world.now = int(time.time())
            is_site = asked.path in ("/", "/write")
            return site(vk, post, f"http://127.0.0.1:{port}", asked) if is_site else answer(asked)

        vk.serving.answer = answered
        environ = {**os.environ, "OSM_DATA_DIR": folder, "OSM_VK_URL": vk.base, "PORT": port}
        product = subprocess.Popen([sys.executable, "-m", "osm.serve", "--demo"], cwd=ROOT, env=environ)
        try:
            _connect(environ, vk.world.group)
            print(f"\nСоцсеть для пробы, начните здесь: {vk.base}/\n", flush=True)
            product.wait()
        except KeyboardInterrupt:
            pass
        finally:
            product.terminate()
            product.wait(30)


def _connect(environ: dict[str, str], group: int) -> None:
    """The page is connected as an administrator would do it, as soon as the database is there."""
    given = json.dumps({"network": "vk", "id": str(group), "keys": KEYS})
    command = [sys.executable, "-m", "flask", "--app", "app", "osm", "connect-page"]
    time.sleep(5)  # the product sets up its database first
    subprocess.run(command, cwd=ROOT, env=environ, input=given, text=True, check=True)


if __name__ == "__main__":
    main()
