"""A server to install on: a root folder of its own in name spaces of its own, without a route to anywhere.

By default it is this machine with a layer over it that takes every change, and a bundle that borrows the packages of
the tests. For the trial in full: a folder made by debootstrap, and what `make bundle` made.

    debootstrap --variant=minbase trixie /tmp/trixie
    OSM_TEST_BARE=/tmp/trixie OSM_TEST_BUNDLE=var/bundle/osm-1.0.0.tar.gz make test PYTEST_ARGS=tests/deploy

systemd does not run here: the program is started as its unit says.
"""

from __future__ import annotations

import ensurepip
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

from osm.settings import ROOT

BARE = os.environ.get("OSM_TEST_BARE", "/")
BUNDLE = os.environ.get("OSM_TEST_BUNDLE")
_CARRIED = ("app.py", "osm", "moderation", "static", "templates", "deploy", "docs")
_SPACES = """
set -e
mount -t tmpfs tmpfs {folder}
mkdir {folder}/upper {folder}/work {folder}/root
mount -t overlay overlay -o lowerdir={bare},upperdir={folder}/upper,workdir={folder}/work {folder}/root
mount -t proc proc {folder}/root/proc
mount --rbind /dev {folder}/root/dev
mount -t tmpfs tmpfs {folder}/root/run
if test -d /run/postgresql; then
    mkdir {folder}/root/run/postgresql
    mount --bind /run/postgresql {folder}/root/run/postgresql
fi
ip link set lo up
chmod 711 {folder}/root/root
echo ready
exec cat
"""


class Server:
    """`run` carries out a command as root of the server; `ask` one of this machine's Python in its network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root"
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-c",
             _SPACES.format(folder=folder, bare=BARE)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout
        assert self.process.stdout.readline() == "ready\n"
        pid = self.process.pid
        child = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]
        self._enter = ["nsenter", "--target", child, "--mount", "--net", "--pid"]

    def command(self, line: str) -> list[str]:
        path = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        if BARE == "/":
            path = f"{Path(sys.base_prefix) / 'bin'}:{path}"
        return [*self._enter, "chroot", str(self.root), "env", "-i", f"PATH={path}", "LC_ALL=C.UTF-8", "sh", "-c", line]

    def run(self, line: str, *, status: int = 0) -> str:
        done = subprocess.run(self.command(line), capture_output=True, text=True, check=False, timeout=600)
        said = done.stdout + done.stderr
        assert done.returncode == status, f"{line}\n{said}"
        return said

    def start(self, line: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.command(line), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(self, code: str, *arguments: str) -> str:
        command = [*self._enter, sys.executable, "-c", code, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout

    def put(self, source: Path, place: str) -> None:
        """A folder of this machine to a place on the server."""
        quoted = shlex.quote(str(source))
        line = f"mkdir -p {self.root}{place} && cp -R {quoted}/. {self.root}{place}"
        subprocess.run([*self._enter, "sh", "-c", line], check=True)

    def end(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(30)


def unpacked(folder: Path) -> Path:
    """The folder of a bundle: that of `make bundle`, or one with this code and the packages of the tests."""
    bundle = folder / "bundle"
    bundle.mkdir()
    if BUNDLE:
        subprocess.run(["tar", "-xzf", BUNDLE, "-C", str(bundle), "--strip-components=1"], check=True)
        return bundle
    (program := bundle / "program").mkdir()
    for name in _CARRIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, program / name)
    for path in list(program.rglob("__pycache__")):
        shutil.rmtree(path)
    (bundle / "wheels").mkdir()
    shutil.copy(next((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")), bundle / "wheels")
    wheel = bundle / "wheels" / "packages_of_tests-1-py3-none-any.whl"
    info = "packages_of_tests-1.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("packages_of_tests.pth", sysconfig.get_path("purelib"))
        file.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: packages-of-tests\nVersion: 1\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (program / "requirements.txt").write_text(f"packages-of-tests==1 --hash=sha256:{digest}\n")
    shutil.copy(program / "deploy" / "install.sh", bundle)
    return bundle


def sum_up(bundle: Path) -> None:
    """Write the checksums of a bundle, after it has been changed."""
    files = sorted(path for path in bundle.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  ./{path.relative_to(bundle)}\n" for path in files]
    (bundle / "SHA256SUMS").write_text("".join(lines))
