"""«Сведения организаций»: bodies outside (УК, водоканал, ЕДДС) are asked by letter or by a one-time link."""
