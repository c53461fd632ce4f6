"""The database, the base of the models and the settings; bound to an application in create_app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

if TYPE_CHECKING:
    from osm.settings import Settings


class Base(DeclarativeBase):
    """Base of the models. Constraints get predictable names, so that a migration can drop them on either database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Numbered(Base):
    """Base of the models whose rows have a number of their own."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)


# `class Message(Base)` and `class Message(db.Model)` share one registry and metadata; mypy can read the former only.
db = SQLAlchemy(model_class=Base, disable_autonaming=True)


def current_settings() -> Settings:
    """The settings of the running application."""
    settings: Settings = current_app.extensions["osm_settings"]
    return settings
