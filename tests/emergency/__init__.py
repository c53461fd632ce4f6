"""«Режим ЧС»: the plan held, one notice, one answer."""
