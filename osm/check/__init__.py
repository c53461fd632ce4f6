"""The check of messages by moderation, copies and repeats, what was learned (П.15, П.17)."""
