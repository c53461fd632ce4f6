"""ВКонтакте: the page of a community by its API 5.199. `VkConnector` is what others use."""

from osm.connectors.vk.connector import VkConnector

__all__ = ["VkConnector"]
