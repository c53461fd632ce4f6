"""How often strangers may ask: so many requests a second in all, and no single address more than its share."""

from __future__ import annotations

from threading import Lock

SHARE = 2 / 3
"""Of one address: behind one there may be a whole village, and still others get through."""
BURST_SECONDS = 2
"""So many seconds' requests may come at once."""
_REMEMBERED = 4096
"""Addresses; where there are more, those that could ask freely are forgotten."""


class Limit:
    """Buckets that fill by the second: one for all, one for each address. Several threads may ask."""

    def __init__(self, per_second: int) -> None:
        self._rates = {"": float(per_second)}
        self._per_address = max(1.0, per_second * SHARE)
        self._left: dict[str, tuple[float, float]] = {}  # address («» for all) → what is left, and when it was
        self._lock = Lock()

    def allows(self, address: str, now: float) -> bool:
        """Whether this request is answered; `now` in seconds of a clock that never goes back."""
        with self._lock:
            if len(self._left) > _REMEMBERED:
                self._left = {who: (left, at) for who, (left, at) in self._left.items() if now - at < BURST_SECONDS}
            have = {who: self._filled(who, now) for who in ("", address)}
            if min(have.values()) < 1:
                return False
            self._left |= {who: (left - 1, now) for who, left in have.items()}
            return True

    def _filled(self, who: str, now: float) -> float:
        rate = self._rates.get(who, self._per_address)
        left, at = self._left.get(who, (rate * BURST_SECONDS, now))
        return min(rate * BURST_SECONDS, left + (now - at) * rate)
