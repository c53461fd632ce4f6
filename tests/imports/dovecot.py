"""A real IMAP server on loopback: dovecot with its own folder, port and certificate, a process of the test."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DOVECOT = shutil.which("dovecot", path="/usr/sbin:/usr/bin")
USER, PASSWORD = "vygruzki", "a password of the test"

_CONFIG = """\
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl_server_cert_file = {folder}/cert.pem
ssl_server_key_file = {folder}/key.pem
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
auth_mechanisms = plain
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}/mail/%{{user}}
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
"""


@dataclass(frozen=True)
class Server:
    port: int
    ca: Path


@contextmanager
def running() -> Iterator[Server]:
    assert DOVECOT
    folder = Path(tempfile.mkdtemp(prefix="osm-dovecot-"))
    folder.chmod(0o755)
    mail = folder / "mail"
    mail.mkdir()
    mail.chmod(0o777)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += [
        "-addext",
        "subjectAltName=DNS:localhost",
        "-keyout",
        str(folder / "key.pem"),
        "-out",
        str(folder / "cert.pem"),
    ]
    subprocess.run(made, check=True, capture_output=True)
    config = folder / "dovecot.conf"
    config.write_text(_CONFIG.format(folder=folder, port=port, password=PASSWORD, uid=65534, gid=65534))
    process = subprocess.Popen([DOVECOT, "-F", "-c", str(config)], env={"PATH": os.environ["PATH"]})
    try:
        _wait(port, folder)
        yield Server(port, folder / "cert.pem")
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, folder: Path) -> None:
    context = ssl.create_default_context(cafile=str(folder / "cert.pem"))
    for _ in range(150):
        try:
            with (
                socket.create_connection(("127.0.0.1", port), 5) as plain,
                context.wrap_socket(plain, server_hostname="localhost") as secure,
            ):
                if secure.recv(10):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    log = folder / "log"
    raise AssertionError(log.read_text() if log.exists() else "dovecot does not answer")
