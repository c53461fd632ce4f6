"""`osm demo`: seeds, prints who can log in, writes the file to try the import with."""

from __future__ import annotations

from osm.demo.export_file import FILENAME
from osm.demo.seed import database_is_empty

from .office import everything


def test_the_command_prints_the_accounts_and_what_it_made(app):
    result = app.test_cli_runner().invoke(args=["osm", "demo"])
    assert result.exit_code == 0, result.output
    for login in ("anna", "boris", "vera", "gleb", "dina", "efim"):
        assert f"demo-{login}" in result.output
    assert "Анна Лебедева, куратор, Пресс-центр" in result.output
    assert "Ефим Зайцев, без прав" in result.output
    assert "Согласовано, не опубликовано: 6" in result.output
    settings = app.extensions["osm_settings"]
    assert str(settings.data_dir / FILENAME) in result.output
    assert (settings.data_dir / FILENAME).stat().st_size > 5000


def test_the_accounts_open_the_door_and_a_second_call_is_refused_and_changes_nothing(app, client):
    runner = app.test_cli_runner()
    runner.invoke(args=["osm", "demo"])
    assert client.log_in("boris", "demo-anna").status_code != 303
    assert client.log_in("anna", "demo-anna").status_code == 303
    with app.app_context():
        assert not database_is_empty()
        before = everything()
    result = runner.invoke(args=["osm", "demo"])
    assert result.exit_code == 1
    assert "уже есть данные" in result.output
    with app.app_context():
        assert everything() == before
