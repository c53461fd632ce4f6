"""Machines that run the program over one PostgreSQL and one folder, each in name spaces of its own.

Each has its own network, process numbers and identity; the host name is the same on all, as on copies of one template.
Where name spaces are not allowed a machine is an address of loopback, and shares the rest with the others.
"""

from __future__ import annotations

import functools
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from osm.settings import ROOT

PORT = 5000
_BEGIN = """
set -e
mount -t proc proc /proc
hostname osm
if [ -e /etc/machine-id ]; then mount --bind {folder}/machine-id /etc/machine-id; fi
ip link set lo up
echo ready
read -r go
exec {command}
"""
_SPACES = ["unshare", "--mount", "--net", "--pid", "--uts", "--fork", "--kill-child"]


@functools.cache
def has_spaces() -> bool:
    """Whether this user may make name spaces and a cable between two of them; OSM_TEST_SPACES=0: as if not."""
    if os.environ.get("OSM_TEST_SPACES") == "0" or not (shutil.which("ip") and shutil.which("unshare")):
        return False
    trial = f"ip link add osm{os.getpid() % 100_000} type veth peer name osmtrial"
    inside = subprocess.run([*_SPACES, "sh", "-c", f"mount -t proc proc /proc && {trial}"], capture_output=True)
    return inside.returncode == 0


class Cable:
    """Connections of one machine to one server of this machine; they can be cut, all at once."""

    def __init__(self, address: str, to: tuple[str, int]) -> None:
        self._to, self._pairs, self._is_cut = to, set[socket.socket](), False
        self._socket = socket.create_server((address, 0), backlog=200)
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End all connections; new ones end at once, until `mend`."""
        self._is_cut = True
        for one in list(self._pairs):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._is_cut = False

    def close(self) -> None:
        self.cut()
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._socket.accept()
                if self._is_cut:
                    near.close()
                    continue
                far = socket.create_connection(self._to)
                self._pairs |= {near, far}
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)
        for one in (source, target):
            self._pairs.discard(one)
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class Machine:
    """`ahead`: minutes that its clock is wrong."""

    def __init__(self, number: int, folder: Path, *, database: tuple[str, int], network: tuple[str, int], ahead: float):
        self._folder = folder / f"machine-{number}"
        self._folder.mkdir()
        (self._folder / "machine-id").write_text(secrets.token_hex(16) + "\n")
        self._name = f"osm{os.getpid() % 100_000}-{number}"
        self._number, self._ahead = number, ahead
        self._to_database, self._to_network = database, network
        self._process: subprocess.Popen[bytes] | None = None
        self.cables: list[Cable] = []
        if has_spaces():
            net = f"10.215.{os.getpid() % 250}.{4 * number}"
            self._net = f"{net}/30"
            self._here, self.address = (f"{net.rpartition('.')[0]}.{4 * number + one}" for one in (1, 2))
            # While its cable is away nothing may look for it elsewhere.
            subprocess.run(["ip", "route", "replace", "unreachable", self._net, "metric", "9999"], check=True)
        else:
            self._here = self.address = f"127.0.0.{number + 1}"

    def start(self, environ: Callable[[int, int], dict[str, str]]) -> None:
        """`environ`: what the program is started with, by the ports of the database and of the network."""
        command = f"{sys.executable} -m osm.serve"
        if has_spaces():
            self._plug_in(_BEGIN.format(folder=self._folder, command=command))
        self.cables = [Cable(self._here, self._to_database), Cable(self._here, self._to_network)]
        given = environ(*(cable.port for cable in self.cables))
        clock = f"{Path(__file__).parent / 'ahead'}:{ROOT}"
        known = {
            "PATH": os.environ["PATH"], "HOST": self.address, "PORT": str(PORT), "PYTHONPATH": clock,
            "OSM_TEST_AHEAD": str(self._ahead), "OSM_WEB_PROCESSES": "2", **given,
        }  # fmt: skip
        if self._process is None:
            self._process = self._run(["sh", "-c", f"exec {command}"], known)
            return
        assert self._process.stdin
        lines = "".join(f"export {name}='{value}'; " for name, value in known.items())
        self._process.stdin.write(f"{lines}\n".encode())
        self._process.stdin.flush()

    def here(self, cable: int) -> str:
        """Where the machine finds a server of this one."""
        return f"{self._here}:{self.cables[cable].port}"

    def kill(self) -> None:
        """As when its power fails."""
        assert self._process
        process, self._process = self._process, None
        with suppress(ProcessLookupError):
            if has_spaces():
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)
        while Path(f"/sys/class/net/{self._name}").exists():  # until the last process of its space has ended
            time.sleep(0.05)
        for cable in self.cables:
            cable.close()

    def forget(self) -> None:
        """Switch it off for good."""
        if self.is_on:
            self.kill()
        if has_spaces():
            subprocess.run(["ip", "route", "delete", "unreachable", self._net, "metric", "9999"], check=True)

    def ready(self) -> tuple[int, str]:
        """Status and words of /readyz; 0 where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://{self.address}:{PORT}/readyz", timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    @property
    def is_on(self) -> bool:
        return self._process is not None

    def words(self) -> str:
        return (self._folder / "words.txt").read_text()

    def _run(self, command: list[str], environ: dict[str, str]) -> subprocess.Popen[bytes]:
        with (self._folder / "words.txt").open("ab") as words:
            return subprocess.Popen(
                command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words,
                start_new_session=True,
            )  # fmt: skip

    def _plug_in(self, script: str) -> None:
        script = script.replace("read -r go\n", 'read -r go\neval "$go"\n')
        self._process = self._run([*_SPACES, "sh", "-c", script], {"PATH": os.environ["PATH"]})
        assert self._process.stdout
        assert self._process.stdout.readline() == b"ready\n", self.words()
        pid = self._process.pid
        child = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]
        for line in (
            f"ip link add {self._name} type veth peer name eth0 netns {child}",
            f"ip address add {self._here}/30 dev {self._name}",
            f"ip link set {self._name} up",
            f"nsenter --target {child} --net ip address add {self.address}/30 dev eth0",
            f"nsenter --target {child} --net ip link set eth0 up",
        ):
            subprocess.run(line.split(), check=True)


def wait_for(condition: Callable[[], bool], *of: Any, seconds: float = 240) -> float:
    """Wait until the condition holds; returns the seconds that it took."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, [(one.ready(), one.words()[-4000:]) for one in of]
        time.sleep(0.1)
    return time.monotonic() - begun
