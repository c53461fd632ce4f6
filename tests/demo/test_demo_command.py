"""`osm demo`: seeds, prints who can log in, writes the file to try the import with."""

from __future__ import annotations

import pytest

from osm.demo.office import database_is_empty
from osm.demo.story import FILENAME

from .office import everything

pytestmark = pytest.mark.sqlite


def test_the_command_prints_accounts_and_results_and_is_called_once(app, client):
    result = app.test_cli_runner().invoke(args=["osm", "demo"])
    assert result.exit_code == 0, result.output
    for login in ("anna", "boris", "vera", "gleb", "dina", "efim"):
        assert f"demo-{login}" in result.output
    assert "Анна Лебедева, куратор, Пресс-центр" in result.output
    assert "Ефим Зайцев, без прав" in result.output
    assert "Согласовано, не опубликовано: 6" in result.output
    settings = app.extensions["osm"].settings
    assert str(settings.data_dir / FILENAME) in result.output
    assert (settings.data_dir / FILENAME).stat().st_size > 5000
    _the_accounts_open_the_door(client)
    _a_second_call_is_refused_and_changes_nothing(app)


def _the_accounts_open_the_door(client):
    assert client.log_in("boris", "demo-anna").status_code != 303
    assert client.log_in("anna", "demo-anna").status_code == 303


def _a_second_call_is_refused_and_changes_nothing(app):
    with app.app_context():
        assert not database_is_empty()
        before = everything()
    result = app.test_cli_runner().invoke(args=["osm", "demo"])
    assert result.exit_code == 1
    assert "уже есть данные" in result.output
    with app.app_context():
        assert everything() == before
