"""«Режим ЧС»: the plan is held, one notice, one answer."""
