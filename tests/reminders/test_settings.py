"""Settings of letters and reminders."""

from __future__ import annotations

from datetime import time

import pytest

from osm.base.supervised import SettingsError
from osm.regulation.control import BEFORE
from osm.regulation.words import ClockKind
from osm.settings.environment import Security, load_mail, load_reminders

GIVEN = {"OSM_SMTP_HOST": "mail.example.ru", "OSM_MAIL_FROM": "osm@example.ru"}


def test_without_a_server_there_are_no_letters():
    assert load_mail({}) is None


@pytest.mark.words
@pytest.mark.parametrize(("security", "port"), [("", 587), ("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_from_the_security(security, port):
    mail = load_mail(GIVEN | {"OSM_SMTP_SECURITY": security})
    assert (mail.port, mail.domain) == (port, "example.ru")
    assert mail.security is Security(security or "starttls")


def test_all_of_them():
    more = {
        "OSM_SMTP_PORT": "2525", "OSM_SMTP_USER": "osm", "OSM_SMTP_PASSWORD": "секрет",
        "OSM_BASE_URL": "https://osm.example.ru/",
    }  # fmt: skip
    mail = load_mail(GIVEN | more)
    assert (mail.port, mail.user, mail.password, mail.base_url) == (2525, "osm", "секрет", "https://osm.example.ru")
    assert "секрет" not in repr(mail)


@pytest.mark.words
@pytest.mark.parametrize(
    "wrong",
    [
        {"OSM_MAIL_FROM": ""},
        {"OSM_MAIL_FROM": "osm"},
        {"OSM_SMTP_SECURITY": "ssl"},
        {"OSM_SMTP_PORT": "0"},
        {"OSM_SMTP_PORT": "x"},
        {"OSM_BASE_URL": "osm.example.ru"},
        {"OSM_SMTP_USER": "osm", "OSM_SMTP_SECURITY": "none"},
    ],
)
def test_what_is_wrong_is_named(wrong):
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        load_mail(GIVEN | wrong)


def test_times_before_and_of_digests():
    loaded = load_reminders({"OSM_REMIND_BEFORE": "answer=1:30, route=0:00", "OSM_DIGEST_TIMES": "16:30, 8:30"})
    assert loaded.before == {**BEFORE, ClockKind.ANSWER: 90, ClockKind.ROUTE: 0}
    assert loaded.digest_times == (time(8, 30), time(16, 30))


@pytest.mark.words
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OSM_REMIND_BEFORE", "answer"),
        ("OSM_REMIND_BEFORE", "lunch=1:00"),
        ("OSM_REMIND_BEFORE", "answer=90"),
        ("OSM_DIGEST_TIMES", "9"),
        ("OSM_DIGEST_TIMES", "24:00"),
    ],
)
def test_what_is_not_understood_is_said(name, value):
    with pytest.raises(SettingsError, match=name):
        load_reminders({name: value})
