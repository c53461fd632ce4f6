"""The whole import: from the bytes of a file to messages, their clocks and the report."""
