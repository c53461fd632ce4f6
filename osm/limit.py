"""How often strangers may ask: so many requests a second of one address."""

from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock

SHARE = 2 / 3
"""Of one address: behind one there may be a whole village, and still others get through."""
BURST_SECONDS = 2
"""So many seconds' requests may come at once."""
_REMEMBERED = 4096
"""Names; where there are more, those that could ask freely are forgotten."""


class Limit:
    """Buckets that fill by the second, one for each name. Several threads may ask."""

    def __init__(self, per_second: float) -> None:
        self._rate = max(1.0, float(per_second))
        self._left: dict[str, tuple[float, float]] = {}  # name → requests left, and when that was
        self._lock = Lock()

    def allows(self, name: str, now: float) -> bool:
        """Whether this request is answered; `now` in seconds of a clock that never goes back."""
        with self._lock:
            if len(self._left) > _REMEMBERED:
                self._left = {who: (left, at) for who, (left, at) in self._left.items() if now - at < BURST_SECONDS}
            most = self._rate * BURST_SECONDS
            left, at = self._left.get(name, (most, now))
            left = min(most, left + (now - at) * self._rate)
            if left < 1:
                return False
            self._left[name] = (left - 1, now)
            return True


def network_of(address: str) -> str:
    """What counts as one address: of IPv6 a provider gives each house 2**64."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
