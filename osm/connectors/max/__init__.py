"""MAX: a channel with its comments by the Bot API. `MaxConnector` is what others use."""

from osm.connectors.max.connector import MaxConnector

__all__ = ["MaxConnector"]
