"""Keys with which a production installation starts in tests; generated once, they protect nothing."""

from __future__ import annotations

KEYS = {
    "OSM_SECRET_KEY": "tests-Yq3vZ8mKx0cWnRj5LtBs7PfUeHd2GaQo",
    "OSM_ENCRYPTION_KEY": "tests-uN6hXk1TzVw9EyMr4CbJg8SpDfLq3AoI",
}
