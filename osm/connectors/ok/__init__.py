"""Одноклассники: the page of a group by the methods of fb.do and the Bot API. `OkConnector` is what others use."""

from osm.connectors.ok.connector import OkConnector

__all__ = ["OkConnector"]
