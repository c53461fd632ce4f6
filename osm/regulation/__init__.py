"""The regulation as code: terms, working time, statuses and transitions. Pure functions, standard library only.

Nothing here reads the clock or the database; `now` is always an argument."""
