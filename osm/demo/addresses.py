"""Invented addresses in the networks: well formed, with numbers that no real page has."""

from __future__ import annotations

_PROFILES = {
    "vk": "https://vk.com/id9990000{0:03}",
    "ok": "https://ok.ru/profile/999000000{0:03}",
    "max": "https://max.ru/u/000000000{0:03}",
}
"""Networks whose authors have a profile here; in the others there is only a name."""

_MESSAGES = {
    "vk": "https://vk.com/wall-9990000001_{0}?reply={1}",
    "ok": "https://ok.ru/group/99900000000001/topic/9990000{0}?comment={1}",
    "telegram": "https://t.me/c/9990000001/{0}?comment={1}",
    "max": "https://max.ru/c/-9990000001/{0}?comment={1}",
    "instagram": "https://www.instagram.com/p/OSMDEMO{0}/?comment_id={1}",
}


def profile_url(network: str, profile: int) -> str:
    """The author's page; empty where he has none."""
    return _PROFILES[network].format(profile) if profile and network in _PROFILES else ""


def message_url(network: str, number: int) -> str:
    """The address of the message with this running number."""
    return _MESSAGES[network].format(1200 + number // 3, 30000 + 10 * number)


def reply_url(network: str, number: int, reply: int) -> str:
    """The address of our reply; `reply` counts from 1."""
    return _MESSAGES[network].format(1200 + number // 3, 30000 + 10 * number + reply)
