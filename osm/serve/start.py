"""Making an application fit to work: its tables in their newest form, nothing in it that its mode forbids."""

from flask import Flask
from sqlalchemy.exc import DBAPIError

from osm.base.application import application
from osm.base.supervised import NO_ROOM
from osm.base.transaction import is_no_room
from osm.keeping.acts.restore import finish_interrupted
from osm.people.acts.users import demonstration_users
from osm.settings import SettingsError
from osm.store.schema import set_up


def prepare(app: Flask) -> None:
    """Set an empty data directory up, upgrade an older one; SettingsError says in Russian why it cannot be used."""
    try:
        set_up(app)
        with app.app_context():
            finish_interrupted()
    except (DBAPIError, OSError) as error:
        if is_no_room(error):
            raise SettingsError(NO_ROOM) from error
        raise
    if not application(app).settings.is_production:
        return
    with app.app_context():
        logins = demonstration_users()
    if logins:
        raise SettingsError(
            f"В базе есть демонстрационные учётные записи ({', '.join(logins)}), их пароли известны всем. "
            "Для рабочего сервера укажите в OSM_DATA_DIR (или OSM_DATABASE_URL) новую, пустую базу."
        )
