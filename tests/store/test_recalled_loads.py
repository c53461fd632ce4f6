"""Authors who are stored already are found by name after the migration, and their messages compared anew."""

from __future__ import annotations

import importlib

from flask_migrate import downgrade, upgrade

from osm.extensions import db
from osm.networks.addresses import NAMELESS, name_key
from osm.store.models import Author, DueReading, ImportRun, ImportSource, ReadingKind
from osm.store.schema import MIGRATIONS, set_up
from osm.store.transaction import transaction
from tests.office import at, hire

NAMES = {"Пётр  Ильин": None, "Аноним": None, "Лидия Пробная": "https://vk.com/lidia", "": None}


def test_the_migration_knows_the_same_names_of_nobody():
    migration = importlib.import_module("osm.store.migrations.versions.0032_recalled_loads")
    assert set(migration.NOBODY) == NAMELESS


def test_names_are_compared_and_messages_without_an_address_are_owed_the_comparison(make_app):
    app = make_app()
    set_up(app)
    with app.app_context():
        office = hire()
        messages = [office.incident("02.03 10:00") for _ in NAMES]
        with transaction() as session:
            for message, (name, profile) in zip(messages, NAMES.items(), strict=True):
                session.merge(message).author = Author(network="vk", name=name, profile_url=profile)
            session.execute(db.delete(DueReading))
            run = ImportRun(
                source=ImportSource(name="ИМ", mapping={}), filename="a", sha256="0", created_at=at("02.03 10:00")
            )
            session.add(run)
        ids = [message.id for message in messages]
        db.session.remove()
        downgrade(str(MIGRATIONS), revision="0031")
        db.session.remove()
        upgrade(str(MIGRATIONS))
        keys = dict(db.session.execute(db.select(Author.name, Author.name_key)).all())
        assert keys == {name: name_key(name) for name in NAMES}
        assert list(keys.values()) == ["петр ильин", "", "лидия пробная", ""]
        owed = db.select(DueReading.message_id).where(DueReading.kind == ReadingKind.REPEATS)
        assert db.session.scalars(owed).all() == ids[:1]
        stored = db.session.query(ImportRun).one()
        assert (stored.forecast, stored.recalled_at) == ({}, None)
