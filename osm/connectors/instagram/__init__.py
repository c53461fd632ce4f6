"""Instagram: a professional account by the API of Meta. `InstagramConnector` is what others use."""

from osm.connectors.instagram.connector import InstagramConnector

__all__ = ["InstagramConnector"]
