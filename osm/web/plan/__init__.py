"""«План»: publications by week and month, and one with everything that is done to it (Пр.1.2.4)."""
