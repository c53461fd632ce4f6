"""Log-in by a password that an LDAP server checks: a real slapd."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.transaction import transaction
from osm.directory.acts import ldap as acts_ldap
from osm.directory.acts.entering import log_in
from osm.directory.acts.people import follow
from osm.models import Event, LoginAttempt, Source, User, UserRole
from osm.people.acts.users import block_user
from osm.regulation.words import Role

from .slapd import BASE, GROUPS, free_port, password_of

pytestmark = [pytest.mark.slapd, pytest.mark.sqlite]


def people(app) -> dict[str, User]:
    """Who has come from the directory; login → row."""
    with app.app_context():
        rows = db.session.scalars(select(User).where(User.source == Source.LDAP)).all()
        return {user.login: user for user in rows}


def enter(client, login: str, password: str | None = None):
    return client.log_in(login, password_of(login) if password is None else password)


def test_a_person_of_the_directory_enters_and_is_known(app, client, cast, ldap):
    answer = enter(client, "petrov")
    assert answer.status_code == 303
    assert client.get("/messages").status_code == 200
    row = people(app)["petrov"]
    assert (row.name, row.email) == ("Пётр Петров", "petrov@adm.example")
    assert row.own_roles == {Role.CURATOR}
    assert row.external_id.startswith("entryUUID=")
    assert row.password_hash == ""
    with app.app_context():
        event = db.session.scalars(select(Event).where(Event.action == "log_in")).one()
        assert event.changes["way"] == [None, "ldap"]
        assert db.session.scalars(select(LoginAttempt)).all() == []


def test_start_tls_does_the_same(app, client, cast, slapd, use_directory):
    use_directory(**slapd.environ(OSM_LDAP_URL=slapd.url_start_tls))
    assert enter(client, "petrov").status_code == 303


def test_capital_letters_do_not_make_another_person(app, client, cast, ldap):
    assert enter(client, "PETROV", password_of("petrov")).status_code == 303
    assert enter(app.test_client(), "petrov").status_code == 303
    assert list(people(app)) == ["petrov"]


@pytest.mark.parametrize("name", ["Ёжикова, Анна + Ко, 2-я", 'Ко"вычка\\ <Ы>; =', "#Решётка, Ёж ", "*)(uid=*"])
def test_a_name_with_any_signs(app, client, cast, ldap, name):
    ldap.add("strange", name.strip(), ("departments",))
    assert enter(client, "strange").status_code == 303
    assert people(app)["strange"].own_roles == {Role.EXECUTOR}


@pytest.mark.parametrize("password", ["", "не тот", "\u00ad", "\u200b", " ", "root-of-tests", "Пароль petrov 7!\0"])
def test_another_password_is_refused_and_nothing_is_stored(app, client, cast, ldap, password):
    answer = enter(client, "petrov", password)
    if password.endswith("\0"):  # NUL is never typed: the form leaves it out
        assert answer.status_code == 303
        return
    assert answer.status_code == 401
    assert "Логин или пароль не подошли" in answer.text
    assert people(app) == {}


def test_an_empty_password_never_reaches_the_server(app, ldap, now, monkeypatch):
    asked = []
    monkeypatch.setattr(acts_ldap, "_connected", lambda *given: asked.append(given))
    with app.app_context(), pytest.raises(Exception, match="не подошли"):
        log_in(current_settings().directory, "petrov", "", "127.0.0.1", now=now)
    assert asked == []


@pytest.mark.parametrize(
    "login", ["*", "petr*", "*)(uid=*", "petrov)(|(uid=*", "(", "\\2a", "petrov\x01", "ｐetrov", ""]
)
def test_a_login_is_no_filter(app, client, cast, ldap, login):
    assert enter(client, login, password_of("petrov")).status_code == 401
    assert people(app) == {}


def test_who_is_in_no_group_reads_why_and_is_not_stored(app, client, cast, ldap):
    answer = enter(client, "nobody")
    assert answer.status_code == 403
    assert "Вам ещё не дали прав" in answer.text
    assert people(app) == {}


def test_many_wrong_passwords_wait_like_local_ones(app, client, cast, ldap, monkeypatch):
    for _ in range(5):
        assert enter(client, "petrov", "не тот").status_code == 401
    asked = []
    monkeypatch.setattr(acts_ldap, "_connected", lambda *given: asked.append(given))
    answer = enter(client, "petrov")
    assert answer.status_code == 429
    assert asked == []  # so the directory does not lock him


def test_a_local_account_of_the_same_login_is_not_taken_over(app, client, cast, ldap):
    ldap.add("anna", "Другая Анна", ("boss",))
    assert enter(client, "anna").status_code == 401
    assert people(app) == {}
    assert enter(client, "anna", "пароль-anna").status_code == 303


def test_the_administrator_links_an_account_and_the_history_stays_his(app, client, cast, dina, ldap):
    ldap.add("boris", "Борис Ежов-Новый", ("departments",))
    page = f"/admin/users/{cast['boris']}"
    assert dina.submit(f"{page}/link", {"version": "1", "source": "ldap"}).status_code == 303
    assert enter(client, "boris", "пароль-boris").status_code == 401  # the password here has ended
    assert enter(client, "boris").status_code == 303
    row = people(app)["boris"]
    assert (row.id, row.name) == (cast["boris"], "Борис Ежов-Новый")
    assert dina.submit(f"{page}/link", {"version": str(row.version), "source": "local"}).status_code == 303
    assert enter(app.test_client(), "boris").status_code == 401
    assert "Выдать новый пароль" in dina.get(page).text


def test_linking_ends_what_the_old_password_has_opened(app, boris, cast, dina, ldap):
    page = f"/admin/users/{cast['boris']}"
    assert dina.submit(f"{page}/link", {"version": "1", "source": "ldap"}).status_code == 303
    assert boris.get("/password").location.startswith("/login")
    with app.app_context():
        changes = db.session.scalars(select(Event.changes).where(Event.action == "link_user")).one()
        assert changes["sessions"] == [1, 0]


def test_an_administrator_who_can_log_in_remains(app, cast, dina, ldap):
    """A linked one counts after his first log-in from there, a local one while he has a password."""
    page = f"/admin/users/{cast['dina']}"
    for source in ("ldap", "local"):
        answer = dina.submit(f"{page}/link", {"version": "1", "source": source})
        assert answer.status_code == 409
        assert "последний действующий администратор" in answer.text
    with app.app_context(), transaction() as session:
        for login in ("anna", "boris"):
            session.add(UserRole(user_id=cast[login], role=Role.ADMIN))
    for login in ("anna", "boris"):
        there = f"/admin/users/{cast[login]}"
        assert dina.submit(f"{there}/link", {"version": "1", "source": "ldap"}).status_code == 303
    assert dina.submit(f"{page}/link", {"version": "1", "source": "ldap"}).status_code == 409
    ldap.add("anna", "Анна", ("boss",))
    enter(app.test_client(), "anna")
    assert dina.submit(f"{page}/link", {"version": "1", "source": "ldap"}).status_code == 303


def test_a_new_name_and_login_are_the_same_person(app, client, cast, ldap):
    enter(client, "petrov")
    before = people(app)["petrov"].id
    ldap.rename("petrov", "Пётр Иванов", "ivanov")
    ldap.change("ivanov", mail="ivanov@adm.example")
    assert enter(client, "ivanov", password_of("petrov")).status_code == 303
    row = people(app)["ivanov"]
    assert (row.id, row.name, row.email) == (before, "Пётр Иванов", "ivanov@adm.example")


def test_a_newcomer_with_the_login_of_one_who_left_is_another_person(app, client, cast, ldap):
    enter(client, "petrov")
    ldap.remove("petrov")
    ldap.add("petrov", "Новый Петров", ("departments",))
    assert enter(app.test_client(), "petrov").status_code == 303
    rows = people(app)
    assert sorted(rows) == ["petrov", "petrov2"]
    assert rows["petrov2"].own_roles == {Role.EXECUTOR}


def test_two_people_with_one_mail_address_are_two(app, client, cast, ldap):
    ldap.add("second", "Павел Второй", ("press",), mail="petrov@adm.example")
    enter(client, "petrov")
    enter(app.test_client(), "second")
    assert sorted(people(app)) == ["petrov", "second"]


def test_two_entries_with_one_login_let_nobody_in(app, client, cast, ldap):
    ldap.add("petrov", "Двойник Петрова", ("boss",))
    assert enter(client, "petrov").status_code == 401


def test_the_department_comes_along_if_the_office_has_it(app, client, cast, ldap):
    ldap.change("petrov", department="жкх")
    ldap.change("sidorova", department="Отдел, которого нет")
    for login in ("petrov", "sidorova"):
        enter(app.test_client(), login)
    with app.app_context():
        rows = db.session.scalars(select(User).where(User.source == Source.LDAP).order_by(User.login)).all()
        assert [user.department and user.department.name for user in rows] == ["ЖКХ", None]


def test_groups_in_the_words_of_active_directory(app, client, cast, slapd, use_directory):
    guid = bytes(range(240, 256))
    slapd.add("adman", "Админ Доменный", ("press", "boss"), sAMAccountName="a.Domenny", objectGUID=guid)
    filter_ = "(&(objectClass=inetOrgPerson)(sAMAccountName={login}))"
    use_directory(**slapd.environ(OSM_LDAP_FILTER=filter_))
    assert enter(client, "A.Domenny", password_of("adman")).status_code == 303
    row = people(app)["a.domenny"]
    assert row.external_id == f"objectGUID={guid.hex()}"
    assert row.own_roles == {Role.CURATOR, Role.ADMIN}


@pytest.mark.parametrize(
    "flag",
    [
        {"userAccountControl": "514"},
        {"accountExpires": "116444736000000000"},
        {"nsAccountLock": "TRUE"},
    ],
)
def test_a_disabled_account_does_not_enter(app, client, cast, ldap, flag):
    ldap.change("petrov", **flag)
    assert enter(client, "petrov").status_code == 401


@pytest.mark.parametrize("flag", [{"userAccountControl": "512"}, {"accountExpires": str(2**63 - 1)}])
def test_an_enabled_account_does(client, cast, ldap, flag):
    ldap.change("petrov", **flag)
    assert enter(client, "petrov").status_code == 303


def test_who_is_blocked_here_stays_out(app, client, cast, ldap, now):
    enter(client, "petrov")
    with app.app_context():
        user = db.session.scalar(select(User).where(User.login == "petrov"))
        block_user(user.id, user.version, actor=None, now=now)
    assert enter(app.test_client(), "petrov").status_code == 401
    assert not people(app)["petrov"].is_active


def test_who_is_gone_and_then_blocked_here_stays_out(app, client, cast, dina, ldap, now):
    enter(client, "petrov")
    before = people(app)["petrov"]
    with app.app_context():
        follow(before.id, None, now, Source.LDAP)
    page = f"/admin/users/{before.id}"
    assert "Заблокировать" in dina.get(page).text
    version = str(people(app)["petrov"].version)
    assert dina.submit(f"{page}/block", {"version": version}).status_code == 303
    assert "Заблокировать" not in dina.get(page).text
    assert enter(app.test_client(), "petrov").status_code == 401
    assert not people(app)["petrov"].is_active


# --- The server is away, hangs, or is another
def said(client, login="petrov"):
    answer = enter(client, login)
    assert answer.status_code == 503
    return answer.text


def test_without_the_server_local_accounts_work(app, client, cast, ldap):
    ldap.stop()
    assert "соединение отклонено" in said(client)
    assert "Местные учётные записи работают" in said(client)
    assert enter(app.test_client(), "anna", "пароль-anna").status_code == 303


def test_the_next_server_is_asked(app, client, cast, slapd, use_directory):
    use_directory(**slapd.environ(OSM_LDAP_URL=f"ldaps://127.0.0.1:{free_port()} {slapd.url}"))
    assert enter(client, "petrov").status_code == 303


def test_a_certificate_of_another_host_is_refused(client, cast, slapd, use_directory):
    use_directory(**slapd.environ(OSM_LDAP_URL=slapd.url_of_another_host))
    assert "выдан другому имени" in said(client)


def test_a_certificate_of_another_root_is_refused(client, cast, slapd, use_directory):
    for url in (slapd.url, slapd.url_start_tls):
        use_directory(**(slapd.environ(OSM_LDAP_URL=url) | {"OSM_CA_BUNDLE": ""}))
        assert "сертификат сервера не подтверждён" in said(client)


def test_what_the_program_may_not_ask_is_no_wrong_password(client, cast, slapd, use_directory):
    use_directory(**slapd.environ(OSM_LDAP_BIND_PASSWORD="не тот"))
    assert "учётная запись программы не подошла" in said(client)
    use_directory(**slapd.environ(OSM_LDAP_BASE="dc=elsewhere"))
    assert "проверьте OSM_LDAP_BASE" in said(client)


@contextmanager
def a_server_that(does):
    """`does(connection)` for each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=does, args=(connection,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
def test_a_server_that_hangs_holds_nobody_for_long(client, cast, slapd, use_directory, monkeypatch, scheme):
    monkeypatch.setattr(acts_ldap, "TIMEOUT_SECONDS", 1)
    held = []
    with a_server_that(held.append) as port:
        use_directory(**slapd.environ(OSM_LDAP_URL=f"{scheme}://127.0.0.1:{port}"))
        begun = time.monotonic()
        assert "нет ответа" in said(client)
        first = time.monotonic() - begun
        begun = time.monotonic()
        said(client)
        assert first < 10
        assert time.monotonic() - begun < 0.9  # told so at once


def test_a_server_that_speaks_nonsense(client, cast, slapd, use_directory, monkeypatch):
    monkeypatch.setattr(acts_ldap, "TIMEOUT_SECONDS", 1)
    for scheme in ("ldap", "ldaps"):
        with a_server_that(lambda connection: connection.sendall(b"220 smtp\r\n" * 100)) as port:
            use_directory(**slapd.environ(OSM_LDAP_URL=f"{scheme}://127.0.0.1:{port}"))
            said(client)


def test_no_password_is_in_the_log(app, client, cast, ldap, caplog):
    caplog.set_level("DEBUG")
    enter(client, "petrov")
    enter(app.test_client(), "petrov", "тайна-неверная")
    ldap.stop()
    enter(app.test_client(), "sidorova")
    for secret in (password_of("petrov"), password_of("sidorova"), "тайна-неверная", "reader-of-tests"):
        assert secret not in caplog.text


def test_a_group_is_compared_by_the_server(app, client, cast, slapd, use_directory):
    roles = f"CN = Press , OU=Groups,{BASE.upper()}=curator"
    use_directory(**slapd.environ(OSM_LDAP_ROLES=roles))
    assert enter(client, "petrov").status_code == 303
    use_directory(**slapd.environ(OSM_LDAP_ROLES=f"cn=no-such,{GROUPS}=curator"))
    assert enter(app.test_client(), "petrov").status_code == 403
