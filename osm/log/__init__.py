"""The log of events: records, contents, seals and the audit of them."""
