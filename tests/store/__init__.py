"""The database itself: transactions, migrations, connections."""
