"""A real slapd (Debian's package) on loopback with its own folder, its own root of certificates and a small office."""

from __future__ import annotations

import ipaddress
import random
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ldap3 import MODIFY_ADD, MODIFY_DELETE, MODIFY_REPLACE, Connection, Server, Tls
from ldap3.utils.dn import escape_rdn

SLAPD = next(filter(None, map(shutil.which, ("slapd", "/usr/sbin/slapd"))), "")
BASE = "dc=adm,dc=example"
PEOPLE, GROUPS = f"ou=people,{BASE}", f"ou=groups,{BASE}"
ROOT, ROOT_PASSWORD = f"cn=root,{BASE}", "root-of-tests"
READER, READER_PASSWORD = f"cn=osm,{BASE}", "reader-of-tests"

_CONF = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
moduleload ppolicy
pidfile {folder}/slapd.pid
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 EQUALITY octetStringMatch
  SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27
  EQUALITY integerMatch SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.159 NAME 'accountExpires' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27
  EQUALITY integerMatch SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15
  EQUALITY caseIgnoreMatch SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.2.141 NAME 'department' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15
  EQUALITY caseIgnoreMatch SINGLE-VALUE )
attributetype ( 2.16.840.1.113730.3.1.610 NAME 'nsAccountLock' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15
  EQUALITY caseIgnoreMatch SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.99999.1 NAME 'likeActiveDirectory' AUXILIARY
  MAY ( objectGUID $ userAccountControl $ accountExpires $ sAMAccountName $ department $ nsAccountLock ) )
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{reader}" read by * none
database mdb
maxsize 10485760
suffix "{base}"
rootdn "{root}"
rootpw {password}
directory {folder}/data
dbnosync
overlay memberof
overlay ppolicy
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{reader}" read by * none
"""

#: Login → name, groups. The name of Борис has a comma, as «Фамилия, Имя» in some directories.
OFFICE = {
    "petrov": ("Пётр Петров", ("press",)),
    "sidorova": ("Сидорова, Анна + Ко", ("departments",)),
    "nobody": ("Никита Безгруппный", ()),
}


def password_of(login: str) -> str:
    return f"Пароль {login} 7!"


@dataclass
class Slapd:
    folder: Path
    port: int
    port_tls: int
    process: subprocess.Popen[bytes] | None = None
    dns: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"ldaps://127.0.0.1:{self.port_tls}"

    @property
    def url_start_tls(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def url_of_another_host(self) -> str:
        """The same server under an address that its certificate does not name."""
        return f"ldaps://127.0.0.2:{self.port_tls}"

    @property
    def ca(self) -> str:
        return str(self.folder / "ca.pem")

    def environ(self, **more: str) -> dict[str, str]:
        """Settings of an installation that uses this server."""
        roles = f"cn=press,{GROUPS}=curator; cn=departments,{GROUPS}=executor; cn=boss,{GROUPS}=admin"
        return {
            "OSM_LDAP_URL": self.url, "OSM_LDAP_BASE": BASE, "OSM_LDAP_BIND_DN": READER,
            "OSM_LDAP_BIND_PASSWORD": READER_PASSWORD, "OSM_LDAP_ROLES": roles, "OSM_CA_BUNDLE": self.ca, **more,
        }  # fmt: skip

    def start(self) -> None:
        urls = f"ldap://127.0.0.1:{self.port} ldaps://127.0.0.1:{self.port_tls} ldaps://127.0.0.2:{self.port_tls}"
        # A copy: the profile of AppArmor is for the path, and lets the server into its own folders alone.
        call = [str(self.folder / "slapd"), "-f", str(self.folder / "slapd.conf"), "-h", urls, "-d", "0"]
        self.process = subprocess.Popen(call)
        for _ in range(200):
            with socket.socket() as asked:
                if not asked.connect_ex(("127.0.0.1", self.port_tls)):
                    return
            time.sleep(0.05)
        raise AssertionError("slapd does not listen")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def add(self, login: str, name: str, groups: tuple[str, ...] = (), **attributes: Any) -> str:
        """A person; returns his DN."""
        dn = self.dns[login] = f"cn={escape_rdn(name)},{PEOPLE}"
        about = {
            "cn": name, "sn": name.split()[0], "uid": login, "mail": f"{login}@adm.example",
            "userPassword": password_of(login), **attributes,
        }  # fmt: skip
        classes = ["inetOrgPerson", "likeActiveDirectory"]
        with self.root() as root:
            assert root.add(dn, classes, {key: value for key, value in about.items() if value}), root.result
        for group in groups:
            self.put_into(login, group)
        return dn

    def put_into(self, login: str, group: str) -> None:
        self._modify(f"cn={group},{GROUPS}", {"member": [(MODIFY_ADD, [self.dns[login]])]})

    def take_out(self, login: str, group: str) -> None:
        self._modify(f"cn={group},{GROUPS}", {"member": [(MODIFY_DELETE, [self.dns[login]])]})

    def change(self, login: str, **attributes: Any) -> None:
        self._modify(self.dns[login], {name: [(MODIFY_REPLACE, [value])] for name, value in attributes.items()})

    def rename(self, login: str, name: str, new_login: str) -> None:
        with self.root() as root:
            assert root.modify_dn(self.dns[login], f"cn={escape_rdn(name)}"), root.result
        self.dns[new_login] = f"cn={escape_rdn(name)},{PEOPLE}"
        self.change(new_login, uid=new_login)

    def remove(self, login: str) -> None:
        with self.root() as root:
            assert root.delete(self.dns.pop(login)), root.result

    def empty(self) -> None:
        """The office as it was in the beginning."""
        with self.root() as root:
            root.search(BASE, "(|(objectClass=inetOrgPerson)(objectClass=groupOfNames))")
            for one in [entry["dn"] for entry in root.response]:
                assert root.delete(one), root.result
            for group in ("press", "departments", "boss"):
                about = {"cn": group, "member": READER}
                assert root.add(f"cn={group},{GROUPS}", "groupOfNames", about), root.result
        self.dns = {}
        for login, (name, groups) in OFFICE.items():
            self.add(login, name, groups)

    def _modify(self, dn: str, changes: Mapping[str, Any]) -> None:
        with self.root() as root:
            assert root.modify(dn, changes), root.result

    @contextmanager
    def root(self) -> Iterator[Connection]:
        tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=self.ca, valid_names=["localhost"])
        server = Server("127.0.0.1", port=self.port_tls, use_ssl=True, tls=tls)
        with Connection(server, ROOT, ROOT_PASSWORD, auto_bind=True) as connection:
            yield connection


@contextmanager
def running(folder: Path) -> Iterator[Slapd]:
    certificates(folder)
    (folder / "data").mkdir()
    shutil.copy2(SLAPD, folder / "slapd")
    about = {"folder": folder, "base": BASE, "root": ROOT, "password": ROOT_PASSWORD, "reader": READER}
    (folder / "slapd.conf").write_text(_CONF.format(**about))
    slapd = Slapd(folder, free_port(), free_port())
    slapd.start()
    try:
        with slapd.root() as root:
            root.add(BASE, ["dcObject", "organization"], {"dc": "adm", "o": "Администрация"})
            for place in (PEOPLE, GROUPS):
                root.add(place, "organizationalUnit")
            about = {"cn": "osm", "userPassword": READER_PASSWORD, "description": "the program"}
            assert root.add(READER, ["organizationalRole", "simpleSecurityObject"], about), root.result
        yield slapd
    finally:
        slapd.stop()


def free_port() -> int:
    """Below those that the system gives to connections: nobody else takes it before it is used."""
    while True:
        port = random.randint(20000, 32000)
        with socket.socket() as asked, suppress(OSError):
            asked.bind(("127.0.0.1", port))
            return port


def certificates(folder: Path, host: str = "127.0.0.1") -> None:
    """ca.pem, server.pem and server.key for one address."""
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = _certificate("Корень испытаний", ca_key, "Корень испытаний", ca_key, is_ca=True)
    own = _certificate("localhost", key, "Корень испытаний", ca_key, host=host)
    (folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM))
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    (folder / "server.key").write_bytes(key.private_bytes(*pem))


def _certificate(name: str, key: Any, issuer: str, signer: Any, *, is_ca: bool = False, host: str = "") -> Any:
    # By the computer's clock: the checker of certificates knows no other.
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(_use(is_ca), critical=True)  # Python 3.13 asks for it
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if host:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(host))]
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return made.sign(signer, hashes.SHA256())


def _use(is_ca: bool) -> x509.KeyUsage:
    names = (
        "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"
    )  # fmt: skip
    return x509.KeyUsage(
        digital_signature=not is_ca, key_cert_sign=is_ca, crl_sign=is_ca, **dict.fromkeys(names, False)
    )
