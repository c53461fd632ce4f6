"""Networks that call an address of ours: what they send, how often they try again, when they give up."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

import requests

from tests.emulators import vk_schema
from tests.emulators.instagram import PAGE, Instagram
from tests.emulators.vk_world import World

TRIES = 3
"""How often VK brings one event before it lets the server rest."""


def post(url: str, body: bytes, **headers: str) -> tuple[int, str]:
    """Status and body of the answer; 0 if there is no answer."""
    sent = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    try:
        answer = requests.post(url, data=body, headers=sent, timeout=10, allow_redirects=False)
    except requests.ConnectionError:
        return 0, ""
    return answer.status_code, answer.text


@dataclass
class VkCalls:
    """One server of VK's Callback API: events go to `url` one after the other, each until it is answered `ok`."""

    world: World
    url: str
    secret: str = ""
    at: int = 0
    """The event that is brought next."""

    def confirm(self) -> bool:
        """Whether the address returns the code from the settings of the community."""
        body = json.dumps({"type": "confirmation", "group_id": self.world.group}).encode()
        return post(self.url, body) == (200, self.world.confirmation)

    def deliver(self) -> int:
        """Deliver the events in order up to the first that is not accepted; return how many were accepted."""
        taken = 0
        while self.at < len(self.world.events):
            event = self.world.events[self.at]
            if vk_schema.is_there():
                vk_schema.check_event(event["type"], event["object"])
            if not any(self._bring(event, attempt) for attempt in range(TRIES)):
                break
            self.at += 1
            taken += 1
        return taken

    def _bring(self, event: dict[str, Any], attempt: int) -> bool:
        body = json.dumps({**event, **({"secret": self.secret} if self.secret else {})}, ensure_ascii=False)
        return post(self.url, body.encode(), X_Retry_Counter=str(attempt)) == (200, "ok")


@dataclass
class InstagramCalls:
    """Meta's webhook of one application: new comments go to `url`, signed with the application's secret."""

    network: Instagram
    url: str
    app_secret: str

    def verify(self, token: str) -> tuple[int, str]:
        """What the address answers when its owner enters it."""
        asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token}
        answer = requests.get(self.url, params=asked, timeout=10)
        return answer.status_code, answer.text

    def tell(self, *numbers: str, changes: bool = True) -> int:
        """Send these comments in one call; return the status of the answer. `changes`: as in Facebook Login."""
        body = json.dumps({"object": "instagram", "entry": [self._entry(one, changes) for one in numbers]}).encode()
        return post(self.url, body, X_Hub_Signature_256=signature(self.app_secret, body))[0]

    def _entry(self, number: str, changes: bool) -> dict[str, Any]:
        one = self.network.comments[number]
        value = {
            "id": number, "text": one["text"], "from": {"id": one["author"], "username": one["name"]},
            "media": {"id": one["media"], "media_product_type": "FEED"},
        }  # fmt: skip
        if one["parent"]:
            value["parent_id"] = one["parent"]
        change = {"field": "comments", "value": value}
        return {"id": PAGE, "time": one["at"], **({"changes": [change]} if changes else change)}


def signature(secret: str, body: bytes) -> str:
    """As Meta signs what it sends."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
