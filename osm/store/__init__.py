"""The store: tables, the read side, the calendar loader, migrations."""
