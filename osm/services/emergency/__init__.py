"""An emergency: one press holds the plan, gives one notice and one answer."""
