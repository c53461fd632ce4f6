"""Telegram: a channel and the group of its comments by the Bot API. `TelegramConnector` is what others use."""

from osm.connectors.telegram.connector import TelegramConnector

__all__ = ["TelegramConnector"]
