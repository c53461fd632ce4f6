"""«Ждёт меня»: what a person must do next."""
