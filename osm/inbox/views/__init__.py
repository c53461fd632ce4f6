"""What «Ждёт меня» shows."""
